/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Multiboot2 header: search and tag walk (specification 3.1.1 to 3.1.12).
 * A tag that can be ignored has bit 0 of its flags set; every other one must
 * be understood, or the kernel is refused.
 */
#include <errno.h>

#include "net/cursor.h"
#include "services/boot/multiboot2.h"

enum {
	TAG_END = 0, TAG_REQUEST = 1, TAG_ADDRESS = 2, TAG_ENTRY = 3, TAG_CONSOLE = 4, TAG_FRAMEBUFFER = 5,
	TAG_MODULE_ALIGN = 6, TAG_EFI_BS = 7, TAG_EFI32_ENTRY = 8, TAG_EFI64_ENTRY = 9, TAG_RELOCATABLE = 10,
};

#define FLAG_OPTIONAL 1u
#define HEADER_FIXED_LEN 16u
#define TAG_FIXED_LEN 8u
#define ARCH_I386 0u

#define INFO_TYPE_MAX 21u		/* the last tag that the specification knows */
#define CONSOLE_REQUIRED 1u
#define CONSOLE_TEXT 2u
#define TEXT_COLUMNS_MAX 132u		/* bigger than any text screen: pixels are meant */
#define TEXT_ROWS_MAX 60u

/*
 * "Required" asks that the loader knows the tag, not that the machine has the
 * thing (3.1.5): so the boot device, where there is none, and all of EFI's on
 * a BIOS are fine.
 */
static int read_request(struct cursor *c, bool optional, struct boot_why *why)
{
	while (cur_left(c) >= 4) {
		uint32_t type = cur_le32(c);
		if (!optional && type > INFO_TYPE_MAX)
			return boot_why(why, -ENOTSUP, "it requires boot information of type %u, which there is not",
					(unsigned)type);
	}
	return 0;
}

static int read_address(struct mb2_header *h, struct cursor *c, struct boot_why *why)
{
	h->has_address = true;
	h->flat.header_addr = cur_le32(c);
	h->flat.load_addr = cur_le32(c);
	h->flat.load_end = cur_le32(c);
	h->flat.bss_end = cur_le32(c);
	if (c->bad)
		return boot_why(why, -ENOEXEC, "its address tag is too short");
	return 0;
}

/* A recommendation, even where it is required (3.1.10). */
static int read_framebuffer(struct mb2_header *h, struct cursor *c, struct boot_why *why)
{
	struct vbe_wish *w = &h->console.mode;
	w->width = cur_le32(c);
	w->height = cur_le32(c);
	w->depth = cur_le32(c);
	h->console.graphics = true;
	return c->bad ? boot_why(why, -ENOEXEC, "its framebuffer tag is too short") : 0;
}

static int read_console(struct mb2_header *h, struct cursor *c, struct boot_why *why)
{
	uint32_t flags = cur_le32(c);
	h->console.required = flags & CONSOLE_REQUIRED;
	h->console.text = flags & CONSOLE_TEXT;
	return c->bad ? boot_why(why, -ENOEXEC, "its console tag is too short") : 0;
}

/* Depth 0 with the size of a text screen asks for text; all zeros is any graphics mode. */
static void settle_console(struct boot_console_wish *c)
{
	if (c->text && !c->mode.depth && c->mode.width && c->mode.width <= TEXT_COLUMNS_MAX && c->mode.height &&
	    c->mode.height <= TEXT_ROWS_MAX)
		c->graphics = false;
}

static int read_relocatable(struct mb2_header *h, struct cursor *c, struct boot_why *why)
{
	h->relocatable = true;
	h->min_addr = cur_le32(c);
	h->max_addr = cur_le32(c);
	h->align = cur_le32(c);
	uint32_t preference = cur_le32(c);
	if (c->bad)
		return boot_why(why, -ENOEXEC, "its relocation tag is too short");
	if (!h->align)
		h->align = 1;
	if (h->align & (h->align - 1))
		return boot_why(why, -ENOEXEC, "it asks for alignment to 0x%x, which is no power of two",
				(unsigned)h->align);
	/* an unknown preference is no preference */
	h->preference = preference <= MB2_PREFER_HIGH ? (enum mb2_preference)preference : MB2_PREFER_NONE;
	return 0;
}

/* One tag; c holds its contents and nothing else. */
static int read_tag(struct mb2_header *h, uint16_t type, bool optional, struct cursor *c, struct boot_why *why)
{
	switch (type) {
	case TAG_REQUEST:
		return read_request(c, optional, why);
	case TAG_ADDRESS:
		return read_address(h, c, why);
	case TAG_ENTRY:
		h->has_entry = true;
		h->entry = cur_le32(c);
		return c->bad ? boot_why(why, -ENOEXEC, "its entry tag is too short") : 0;
	case TAG_FRAMEBUFFER:
		return read_framebuffer(h, c, why);
	case TAG_CONSOLE:
		return read_console(h, c, why);
	case TAG_RELOCATABLE:
		return read_relocatable(h, c, why);
	case TAG_MODULE_ALIGN:		/* modules are page aligned for everybody */
	/*
	 * How to be entered on EFI machines, and that boot services may stay:
	 * taken into account on EFI platforms only (3.1.7, 3.1.8), so required
	 * or not they ask for nothing on a BIOS.
	 */
	case TAG_EFI_BS:
	case TAG_EFI32_ENTRY:
	case TAG_EFI64_ENTRY:
		return 0;
	default:
		if (!optional)
			return boot_why(why, -ENOTSUP, "it requires header tag %u, which is unknown", type);
		return 0;
	}
}

static int read_tags(struct mb2_header *h, const uint8_t *data, struct boot_why *why)
{
	struct cursor c = cur_make(data + h->flat.offset, h->len);
	cur_skip(&c, HEADER_FIXED_LEN);
	for (;;) {
		size_t at = c.pos;
		uint16_t type = cur_le16(&c), flags = cur_le16(&c);
		uint32_t size = cur_le32(&c);
		if (c.bad || size < TAG_FIXED_LEN || size > h->len - at)
			return boot_why(why, -ENOEXEC,
					"its Multiboot2 header is damaged: tag %u of %u bytes at %u of %u", type,
					(unsigned)size, (unsigned)at, (unsigned)h->len);
		if (type == TAG_END)
			return 0;
		struct cursor body = cur_make(data + h->flat.offset + at + TAG_FIXED_LEN, size - TAG_FIXED_LEN);
		int rc = read_tag(h, type, flags & FLAG_OPTIONAL, &body, why);
		if (rc)
			return rc;
		cur_skip(&c, (at + size + 7) / 8 * 8 - c.pos);	/* the next tag is 8-aligned again */
	}
}

int mb2_header_find(const uint8_t *data, size_t len, struct mb2_header *h, struct boot_why *why)
{
	size_t limit = len < MB2_SEARCH_LEN ? len : MB2_SEARCH_LEN;
	*h = (struct mb2_header){ .align = 1, .console.text = true };
	for (size_t at = 0; at + HEADER_FIXED_LEN <= limit; at += 8) {
		struct cursor c = cur_make(data + at, HEADER_FIXED_LEN);
		if (cur_le32(&c) != MB2_HEADER_MAGIC)
			continue;
		uint32_t arch = cur_le32(&c), hlen = cur_le32(&c), sum = cur_le32(&c);
		if (MB2_HEADER_MAGIC + arch + hlen + sum != 0)
			continue;	/* the magic number by chance, as in a loader's own code */
		if (arch != ARCH_I386)
			return boot_why(why, -ENOTSUP, "its Multiboot2 header is for architecture %u, not for a PC",
					(unsigned)arch);
		if (hlen < HEADER_FIXED_LEN + TAG_FIXED_LEN || hlen > limit - at)
			return boot_why(why, -ENOEXEC,
					"its Multiboot2 header of %u bytes at %u is not within the first %u bytes",
					(unsigned)hlen, (unsigned)at, (unsigned)limit);
		h->flat.offset = (uint32_t)at;
		h->len = hlen;
		int rc = read_tags(h, data, why);
		settle_console(&h->console);
		return rc;
	}
	return boot_why(why, -ENOENT, "no Multiboot2 header in its first %u bytes", (unsigned)limit);
}

int mb2_open(struct mb2_header *h, struct kernel_file *k, const uint8_t *data, size_t len, struct boot_why *why)
{
	int rc = mb2_header_find(data, len, h, why);
	if (rc)
		return rc;
	if (h->has_address && !h->has_entry)
		return boot_why(why, -ENOEXEC, "it has an address tag, but no entry tag");
	if (h->has_address)
		return kernel_open_flat(k, &h->flat, len, h->entry, why);
	if (elf_probe(data, len))
		return kernel_open_elf(k, data, len, h->has_entry ? &h->entry : NULL, why);
	return boot_why(why, -ENOEXEC, "it is not ELF and its Multiboot2 header has no address tag");
}
