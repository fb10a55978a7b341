/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot2 (specification 2.0) for BIOS machines: the header in a kernel
 * (3.1), the kernel's segments (by ELF program headers or address tag), and
 * the boot information (3.6).  All pure: bytes in, plain structures out.
 *
 * Leaves out for now: graphics modes, and the information tags for VBE,
 * framebuffer, APM and SMBIOS; a kernel that requires one of them is refused
 * by name.  Called by mb2_protocol_service.c and by image_type_probe().
 */
#ifndef SERVICES_BOOT_MULTIBOOT2_H
#define SERVICES_BOOT_MULTIBOOT2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/boot/boot_machine.h"
#include "services/boot/elf.h"
#include "services/boot/segment.h"
#include "services/boot/why.h"

#define MB2_HEADER_MAGIC 0xe85250d6u
#define MB2_LOADER_MAGIC 0x36d76289u	/* EAX at entry */
#define MB2_SEARCH_LEN 32768u		/* the header lies within these first bytes */
#define MB2_SEGMENTS_MAX 64u

enum mb2_preference { MB2_PREFER_NONE = 0, MB2_PREFER_LOW = 1, MB2_PREFER_HIGH = 2 };

struct mb2_header {
	uint32_t offset, len;		/* where in the file, whole length */
	bool has_address;		/* tag 2 */
	uint32_t header_addr, load_addr, load_end, bss_end;
	bool has_entry;			/* tag 3 */
	uint32_t entry;
	bool relocatable;		/* tag 10 */
	uint32_t min_addr, max_addr;	/* lowest and highest address for the image; max counts as its last byte */
	uint32_t align;			/* a power of two, at least 1 */
	enum mb2_preference preference;
};

/*
 * Finds and reads the header.  0, or with *why set -ENOENT (none there),
 * -ENOEXEC (malformed) or -ENOTSUP (it requires what this loader cannot do).
 */
int mb2_header_find(const uint8_t *data, size_t len, struct mb2_header *h, struct boot_why *why);

struct mb2_kernel {
	struct mb2_header header;
	bool is_elf;
	struct elf elf;			/* if is_elf */
	struct segment seg[MB2_SEGMENTS_MAX];	/* addresses as linked; no two overlap */
	unsigned segments;
	uint32_t lo, hi;		/* the memory from the first to the last segment, [lo, hi) */
	uint32_t entry;			/* physical, as linked; inside a segment */
	uint32_t syms_lo, syms_hi;	/* part of the file that tag 9's tables are in, see elf.h; or 0, 0 */
};

/* mb2_header_find, and all that can be checked without knowing the machine.  data must outlive k.  Errors alike. */
int mb2_kernel_open(struct mb2_kernel *k, const uint8_t *data, size_t len, struct boot_why *why);
/* "Multiboot2 ELF32", "Multiboot2 ELF64", "Multiboot2 flat" */
const char *mb2_kernel_text(const struct mb2_kernel *k);

struct mb2_module {
	uint32_t start, end;		/* physical; both 0 when it is empty */
	const char *name, *args;	/* joined by a blank */
	bool no_name;			/* args alone */
};

struct mb2_info {
	const char *name, *args;	/* the kernel's, as in mb2_module */
	bool no_name;
	const char *loader;		/* "Undine 1.0" */
	uint32_t load_base;		/* where the lowest segment is */
	const struct mb2_module *module;
	unsigned modules;
	const struct memmap *map;
	const struct mb2_kernel *kernel;	/* for its section headers */
	uint32_t syms_addr;		/* where syms_lo of the file is in memory */
	const struct boot_machine *machine;	/* all of it but the map */
};

/*
 * Writes the boot information to buf, which is 8-aligned; its length is the
 * result.  If it would pass cap (buf may be NULL and cap 0) nothing past cap
 * is written and the result says how much is needed.  Same input, same length;
 * with a smaller memory map never more.
 */
size_t mb2_info_build(const struct mb2_info *in, void *buf, size_t cap);
/* The most that in will take, whatever the final memory map: with MEMMAP_MAX entries. */
size_t mb2_info_max(const struct mb2_info *in);

#endif
