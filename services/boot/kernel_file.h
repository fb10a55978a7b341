/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel's file, read for loading: which bytes of it go where, and where it
 * is entered.  What says so is ELF's program headers, the addresses in a
 * Multiboot header, or the person at the prompt.  Pure: nothing is copied.
 *
 * Called by mb2_header.c, mb1_header.c and mb_protocol.c.
 */
#ifndef SERVICES_BOOT_KERNEL_FILE_H
#define SERVICES_BOOT_KERNEL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/boot/elf.h"
#include "services/boot/segment.h"
#include "services/boot/why.h"

#define KERNEL_SEGMENTS_MAX 64u

struct kernel_file {
	bool is_elf;
	struct elf elf;			/* if is_elf */
	struct segment seg[KERNEL_SEGMENTS_MAX];	/* addresses as linked; no two overlap */
	unsigned segments;
	uint32_t lo, hi;		/* the memory from the first to the last segment, [lo, hi) */
	uint32_t entry;			/* physical, as linked; in loaded bytes */
	/* part of the file with the sections that no segment loads, see elf.h; or 0, 0 */
	uint32_t syms_lo, syms_hi;
};

/* The addresses of a Multiboot header (Multiboot2 3.1.6; Multiboot 3.1.3). */
struct kernel_flat {
	uint32_t offset;		/* of the header in the file */
	uint32_t header_addr, load_addr, load_end, bss_end;
};

#define KERNEL_WHOLE_FILE 0xffffffffu	/* load_addr: from the file's first byte on */

/*
 * Each fills *k and checks all that can be checked without knowing the
 * machine: 0, or -ENOEXEC with *why set.  data must outlive k.  entry: the
 * header's, or NULL for ELF's own.
 */
int kernel_open_elf(struct kernel_file *k, const uint8_t *data, size_t len, const uint32_t *entry,
		    struct boot_why *why);
int kernel_open_flat(struct kernel_file *k, const struct kernel_flat *f, size_t len, uint32_t entry,
		     struct boot_why *why);
int kernel_open_raw(struct kernel_file *k, size_t len, uint32_t load, uint32_t entry, struct boot_why *why);

#endif
