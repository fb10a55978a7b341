/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot2 (specification 2.0) for BIOS machines: the header in a kernel
 * (3.1), the kernel's segments (by ELF program headers or address tag), and
 * the boot information (3.6).  All pure: bytes in, plain structures out.
 *
 * Leaves out what only EFI machines have: information tags 11, 12, 17 to 20.
 * Called by mb_protocol.c and by image_type_probe().
 */
#ifndef SERVICES_BOOT_MULTIBOOT2_H
#define SERVICES_BOOT_MULTIBOOT2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/boot/boot_info.h"
#include "services/boot/kernel_file.h"
#include "services/boot/why.h"

#define MB2_HEADER_MAGIC 0xe85250d6u
#define MB2_LOADER_MAGIC 0x36d76289u	/* EAX at entry */
#define MB2_SEARCH_LEN 32768u		/* the header lies within these first bytes */

enum mb2_preference { MB2_PREFER_NONE = 0, MB2_PREFER_LOW = 1, MB2_PREFER_HIGH = 2 };

struct mb2_header {
	uint32_t len;			/* in bytes; its offset is flat.offset */
	bool has_address;		/* tag 2 */
	struct kernel_flat flat;
	bool has_entry;			/* tag 3 */
	uint32_t entry;
	bool relocatable;		/* tag 10 */
	uint32_t min_addr, max_addr;	/* lowest and highest address for the image; max counts as its last byte */
	uint32_t align;			/* a power of two, at least 1 */
	enum mb2_preference preference;
	struct boot_console_wish console;	/* tags 4 and 5 */
};

/*
 * Finds and reads the header.  0, or with *why set -ENOENT (none there),
 * -ENOEXEC (malformed) or -ENOTSUP (it requires what this loader cannot do).
 */
int mb2_header_find(const uint8_t *data, size_t len, struct mb2_header *h, struct boot_why *why);

/* mb2_header_find, and all that can be checked without knowing the machine.  data must outlive k.  Errors alike. */
int mb2_open(struct mb2_header *h, struct kernel_file *k, const uint8_t *data, size_t len, struct boot_why *why);

/*
 * Writes the boot information to buf, which is 8-aligned; its length is the
 * result.  If it would pass cap (buf may be NULL and cap 0) nothing past cap
 * is written and the result says how much is needed.  Addresses do not change
 * the length; another map or console adds BOOT_INFO_SLACK at the most.
 */
size_t mb2_info_build(const struct boot_info *in, void *buf, size_t cap);

#endif
