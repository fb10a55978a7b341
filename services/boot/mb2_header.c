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

/*
 * Information tags that may be required.  "Required" asks that the loader
 * knows the tag, not that the machine has the thing (3.1.5): so the boot
 * device (5: none in a network boot) and all of EFI's (11, 12, 17 to 20: none
 * on a BIOS) are fine, as are 3, 9, 14 to 16 and 21 where there is no such
 * thing.  Missing are those that this loader does not make yet.
 */
static bool info_known(uint32_t type)
{
	return type <= 21 && !(1u << type & (1u << 7 | 1u << 8 | 1u << 10 | 1u << 13));
}

static const char *info_name(uint32_t type)
{
	switch (type) {
	case 7: return " (VBE)";
	case 8: return " (framebuffer)";
	case 10: return " (APM)";
	case 13: return " (SMBIOS)";
	default: return "";
	}
}

static int read_request(struct cursor *c, bool optional, struct boot_why *why)
{
	while (cur_left(c) >= 4) {
		uint32_t type = cur_le32(c);
		if (!optional && !info_known(type))
			return boot_why(why, -ENOTSUP, "it requires boot information of type %u%s, which there is not",
					(unsigned)type, info_name(type));
	}
	return 0;
}

static int read_address(struct mb2_header *h, struct cursor *c, struct boot_why *why)
{
	h->has_address = true;
	h->header_addr = cur_le32(c);
	h->load_addr = cur_le32(c);
	h->load_end = cur_le32(c);
	h->bss_end = cur_le32(c);
	if (c->bad)
		return boot_why(why, -ENOEXEC, "its address tag is too short");
	return 0;
}

static int read_framebuffer(struct cursor *c, bool optional, struct boot_why *why)
{
	uint32_t width = cur_le32(c), height = cur_le32(c), depth = cur_le32(c);
	if (c->bad)
		return boot_why(why, -ENOEXEC, "its framebuffer tag is too short");
	/* depth 0 is text, or no preference: text it is (3.1.10) */
	if (!optional && depth)
		return boot_why(why, -ENOTSUP, "it requires a graphics mode (%ux%u, %u bits), and only text mode is offered",
				(unsigned)width, (unsigned)height, (unsigned)depth);
	return 0;
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
		return read_framebuffer(c, optional, why);
	case TAG_RELOCATABLE:
		return read_relocatable(h, c, why);
	case TAG_CONSOLE:		/* there is always a text console */
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
	struct cursor c = cur_make(data + h->offset, h->len);
	cur_skip(&c, HEADER_FIXED_LEN);
	for (;;) {
		size_t at = c.pos;
		uint16_t type = cur_le16(&c), flags = cur_le16(&c);
		uint32_t size = cur_le32(&c);
		if (c.bad || size < TAG_FIXED_LEN || size > h->len - at)
			return boot_why(why, -ENOEXEC, "its Multiboot2 header is damaged: tag %u of %u bytes at %u of %u",
					type, (unsigned)size, (unsigned)at, (unsigned)h->len);
		if (type == TAG_END)
			return 0;
		struct cursor body = cur_make(data + h->offset + at + TAG_FIXED_LEN, size - TAG_FIXED_LEN);
		int rc = read_tag(h, type, flags & FLAG_OPTIONAL, &body, why);
		if (rc)
			return rc;
		cur_skip(&c, (at + size + 7) / 8 * 8 - c.pos);	/* the next tag is 8-aligned again */
	}
}

int mb2_header_find(const uint8_t *data, size_t len, struct mb2_header *h, struct boot_why *why)
{
	size_t limit = len < MB2_SEARCH_LEN ? len : MB2_SEARCH_LEN;
	*h = (struct mb2_header){ .align = 1 };
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
			return boot_why(why, -ENOEXEC, "its Multiboot2 header of %u bytes at %u is not within the first %u bytes",
					(unsigned)hlen, (unsigned)at, (unsigned)limit);
		h->offset = (uint32_t)at;
		h->len = hlen;
		return read_tags(h, data, why);
	}
	return boot_why(why, -ENOENT, "no Multiboot2 header in its first %u bytes", (unsigned)limit);
}
