/* SPDX-License-Identifier: BSD-2-Clause */
/* The Multiboot header (specification 3.1): see multiboot1.h. */
#include <errno.h>

#include "net/cursor.h"
#include "services/boot/multiboot1.h"

#define HEADER_LEN 12u			/* magic, flags, checksum */
#define FLAG_VIDEO (1u << 2)
#define FLAG_ADDRESS (1u << 16)
#define FLAGS_REQUIRED 0xffffu		/* what must be understood; the rest may be ignored */
#define FLAGS_KNOWN 0x7u		/* page alignment and memory map are for everybody */
#define VIDEO_TEXT 1u

static int read_fields(struct mb1_header *h, uint32_t flags, struct cursor *c, struct boot_why *why)
{
	if (flags & FLAGS_REQUIRED & ~FLAGS_KNOWN)
		return boot_why(why, -ENOTSUP, "its Multiboot header requires unknown features 0x%x",
				(unsigned)(flags & FLAGS_REQUIRED & ~FLAGS_KNOWN));
	h->has_address = flags & FLAG_ADDRESS;
	if (flags & (FLAG_ADDRESS | FLAG_VIDEO)) {
		h->flat.header_addr = cur_le32(c);
		h->flat.load_addr = cur_le32(c);
		h->flat.load_end = cur_le32(c);
		h->flat.bss_end = cur_le32(c);
		h->entry = cur_le32(c);
	}
	if (flags & FLAG_VIDEO) {
		h->console.graphics = cur_le32(c) != VIDEO_TEXT;
		h->console.mode.width = cur_le32(c);
		h->console.mode.height = cur_le32(c);
		h->console.mode.depth = cur_le32(c);
	}
	return c->bad ? boot_why(why, -ENOEXEC, "the file ends inside its Multiboot header") : 0;
}

int mb1_header_find(const uint8_t *data, size_t len, struct mb1_header *h, struct boot_why *why)
{
	size_t limit = len < MB1_SEARCH_LEN ? len : MB1_SEARCH_LEN;
	*h = (struct mb1_header){ .console.text = true };
	for (size_t at = 0; at + HEADER_LEN <= limit; at += 4) {
		struct cursor c = cur_make(data + at, len - at);
		if (cur_le32(&c) != MB1_HEADER_MAGIC)
			continue;
		uint32_t flags = cur_le32(&c), sum = cur_le32(&c);
		if (MB1_HEADER_MAGIC + flags + sum != 0)
			continue;
		h->flat.offset = (uint32_t)at;
		return read_fields(h, flags, &c, why);
	}
	return boot_why(why, -ENOENT, "no Multiboot header in its first %u bytes", (unsigned)limit);
}

int mb1_open(struct mb1_header *h, struct kernel_file *k, const uint8_t *data, size_t len, struct boot_why *why)
{
	int rc = mb1_header_find(data, len, h, why);
	if (rc)
		return rc;
	if (h->has_address)
		return kernel_open_flat(k, &h->flat, len, h->entry, why);
	if (elf_probe(data, len))
		return kernel_open_elf(k, data, len, NULL, why);
	return boot_why(why, -ENOEXEC, "it is not ELF and its Multiboot header has no addresses");
}
