/* SPDX-License-Identifier: BSD-2-Clause */
/* Option ROMs with UNDI: see rom.h.  ROMs of other buses than PCI are refused. */
#include "drivers/undi/rom.h"

#include <string.h>

#include "net/cursor.h"

#define HEADER_LEN 0x1c			/* up to the pointer to the PnP header */
#define UNDI_PTR 0x16
#define PCIR_PTR 0x18
#define SECTOR 512u
#define ID_LEN 0x16
#define PCIR_LEN 0x18
#define PCIR_IMAGE_LEN 0x10
#define PCIR_CODE_TYPE 0x14
#define PCIR_INDICATOR 0x15
#define CODE_X86 0
#define LAST_IMAGE 0x80
#define PCIR_LEN_3 0x1c			/* revision 3 added the list of devices */
#define CLASS_NETWORK 2
#define DEVICES_MAX 256u		/* in a list that has no end */
#define PNP_PTR 0x1a
#define PNP_HEADER_LEN 0x20
#define PNP_MAKER 0x0e
#define PNP_PRODUCT 0x10
#define PNP_AREA 0xf0000u
#define PNP_LEN 0x21

static uint16_t word(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* len bytes at offset off of the ROM, or NULL. */
static const uint8_t *part(const struct undi_memory *mem, const struct undi_rom *rom, uint32_t off, uint32_t len)
{
	return off <= rom->len && len <= rom->len - off ? undi_view(mem, rom->at + off, len) : NULL;
}

/* The PCI data structure: false, or vendor, device and *is_network. */
static bool read_pcir(const struct undi_memory *mem, struct undi_rom *rom, bool *is_network)
{
	uint16_t off = word(mem->base + rom->at + PCIR_PTR);
	const uint8_t *p = off ? part(mem, rom, off, PCIR_LEN) : NULL;
	if (!p || memcmp(p, "PCIR", 4))
		return false;
	struct cursor c = cur_make(p, PCIR_LEN);
	cur_skip(&c, 4);
	rom->vendor = cur_le16(&c);
	rom->device = cur_le16(&c);
	uint16_t list = cur_le16(&c), len = cur_le16(&c);
	uint8_t revision = cur_u8(&c);
	cur_skip(&c, 2);
	*is_network = cur_u8(&c) == CLASS_NETWORK;
	rom->image_len = cur_le16(&c) * SECTOR;
	rom->more = revision >= 3 && len >= PCIR_LEN_3 && list ? rom->at + off + list : 0;
	return true;
}

/* The UNDI ROM ID at offset off: NULL, or what is wrong. */
static const char *read_id(const struct undi_memory *mem, struct undi_rom *rom, uint16_t off)
{
	const uint8_t *p = part(mem, rom, off, ID_LEN);
	if (!p)
		return "the UNDI ROM ID reaches outside the ROM";
	struct cursor c = cur_make(p, ID_LEN);
	cur_skip(&c, 4);
	uint8_t len = cur_u8(&c);
	if (len < ID_LEN)
		return "the UNDI ROM ID is too short";
	if (!part(mem, rom, off, len))
		return "the UNDI ROM ID reaches outside the ROM";
	if (!undi_sum_is_zero(p, len))
		return "the UNDI ROM ID's checksum is wrong";
	cur_skip(&c, 3);		/* checksum, structure's revision, UNDI's lowest version byte */
	rom->minor = cur_u8(&c);
	rom->major = cur_u8(&c);
	rom->loader = cur_le16(&c);
	cur_skip(&c, 2);		/* stack: ours is large enough */
	rom->data_len = cur_le16(&c);
	rom->code_len = cur_le16(&c);
	if (!rom->loader || rom->loader >= rom->len)
		return "the UNDI loader lies outside the ROM";
	if (!rom->code_len)
		return "the UNDI ROM ID names no code";
	if (memcmp(p + ID_LEN - 4, "PCIR", 4))
		return "its UNDI is not for PCI";
	return NULL;
}

/* The text at offset off of the ROM: printable ASCII without blanks around it, or nothing. */
static void read_words(const struct undi_memory *mem, const struct undi_rom *rom, uint16_t off, char *out)
{
	const uint8_t *p;
	uint32_t n = 0;
	for (; off && n + 1 < UNDI_WORDS_MAX && (p = part(mem, rom, off, 1)) && *p >= ' ' && *p < 0x7f; off++)
		if (n || *p != ' ')
			out[n++] = (char)*p;
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = 0;
}

/* The PnP header: there may be several, and the first counts.  Its checksum proves little, so it is not asked for. */
static void read_pnp(const struct undi_memory *mem, struct undi_rom *rom)
{
	uint16_t off = word(mem->base + rom->at + PNP_PTR);
	const uint8_t *p = off ? part(mem, rom, off, PNP_HEADER_LEN) : NULL;
	if (!p || memcmp(p, "$PnP", 4))
		return;
	read_words(mem, rom, word(p + PNP_MAKER), rom->maker);
	read_words(mem, rom, word(p + PNP_PRODUCT), rom->product);
}

enum rom_kind undi_rom_check(const struct undi_memory *mem, uint32_t at, struct undi_rom *rom, const char **why)
{
	const uint8_t *p = undi_view(mem, at, HEADER_LEN);
	bool pcir, network = false;
	if (!p || p[0] != 0x55 || p[1] != 0xaa || !p[2])
		return ROM_NONE;
	*rom = (struct undi_rom){ .at = at, .len = p[2] * SECTOR };
	if (at + rom->len > ROM_AREA_END || !undi_view(mem, at, rom->len))
		return ROM_NONE;
	bool sound = undi_sum_is_zero(p, rom->len);
	pcir = read_pcir(mem, rom, &network);
	uint16_t id = word(p + UNDI_PTR);
	const uint8_t *signature = id ? part(mem, rom, id, 4) : NULL;
	bool undi = signature && !memcmp(signature, "UNDI", 4);
	if (!undi && !sound)
		return ROM_NONE;
	if (!undi) {
		*why = "the pointer to its UNDI ROM ID leads outside the ROM";
		return network && id && !signature ? ROM_REFUSED : ROM_OTHER;
	}
	*why = "its checksum is wrong";
	if (!sound)
		return ROM_REFUSED;
	*why = read_id(mem, rom, id);
	if (!*why && !pcir)
		*why = "it does not say which PCI device it is for";
	read_pnp(mem, rom);
	return *why ? ROM_REFUSED : ROM_UNDI;
}

bool undi_rom_image(const uint8_t *image, uint32_t len, struct undi_rom *rom)
{
	struct undi_memory mem = { .base = image, .lowest = 0, .len = len };
	const char *why;
	for (uint32_t at = 0;; at += word(image + at + word(image + at + PCIR_PTR) + PCIR_IMAGE_LEN) * SECTOR) {
		const uint8_t *p = undi_view(&mem, at, HEADER_LEN);
		const uint8_t *pcir = p ? undi_view(&mem, at + word(p + PCIR_PTR), PCIR_LEN) : NULL;
		if (!pcir || memcmp(pcir, "PCIR", 4))
			return false;
		if (pcir[PCIR_CODE_TYPE] == CODE_X86 && undi_rom_check(&mem, at, rom, &why) == ROM_UNDI)
			return true;
		if ((pcir[PCIR_INDICATOR] & LAST_IMAGE) || !word(pcir + PCIR_IMAGE_LEN))
			return false;
	}
}

uint32_t undi_rom_next(uint32_t at, enum rom_kind kind, const struct undi_rom *rom)
{
	/* where a ROM cannot be trusted, neither can its length */
	if (kind == ROM_NONE || kind == ROM_REFUSED)
		return at + ROM_STEP;
	return at + (rom->len + ROM_STEP - 1) / ROM_STEP * ROM_STEP;
}

bool undi_rom_device(const struct undi_memory *mem, const struct undi_rom *rom, unsigned i, uint16_t *device)
{
	*device = rom->device;
	if (!i)
		return true;
	const uint8_t *p = rom->more && i <= DEVICES_MAX ? part(mem, rom, rom->more - rom->at + 2 * (i - 1), 2) : NULL;
	*device = p ? word(p) : 0;
	return *device != 0;
}

bool undi_rom_for(const struct undi_memory *mem, uint16_t vendor, uint16_t device, struct undi_rom *rom)
{
	enum rom_kind kind;
	const char *why;
	uint16_t one;
	for (uint32_t at = ROM_AREA; at < ROM_AREA_END; at = undi_rom_next(at, kind, rom)) {
		kind = undi_rom_check(mem, at, rom, &why);
		for (unsigned i = 0; kind == ROM_UNDI && rom->vendor == vendor && undi_rom_device(mem, rom, i, &one);
		     i++)
			if (one == device)
				return true;
	}
	return false;
}

struct pxe_ptr undi_find_pnp(const struct undi_memory *mem)
{
	for (uint32_t off = 0; off < 0x10000; off += 16) {
		const uint8_t *p = undi_view(mem, PNP_AREA + off, PNP_LEN);
		if (p && !memcmp(p, "$PnP", 4) && p[5] >= PNP_LEN && undi_view(mem, PNP_AREA + off, p[5]) &&
		    undi_sum_is_zero(p, p[5]))
			return (struct pxe_ptr){ .off = (uint16_t)off, .seg = PNP_AREA >> 4 };
	}
	return (struct pxe_ptr){ 0, 0 };
}
