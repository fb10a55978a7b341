/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux kernels (Linux's Documentation/arch/x86/boot.rst, protocols up to
 * 2.15, and zImages from before 2.00): the setup header, the words of the
 * command line that are for the loader, and what the kernel is given: the zero
 * page for the 32-bit entry, the setup code's own fields for the 16-bit one.
 * Pure.
 *
 * Leaves out: the 64-bit and EFI entries, EDD and IST information (the 16-bit
 * setup code asks the BIOS for those by itself).
 * Called by linux_protocol.c.
 */
#ifndef SERVICES_BOOT_LINUX_H
#define SERVICES_BOOT_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/boot/why.h"

#define LINUX_ZERO_PAGE_LEN 4096u
#define LINUX_HIGH 0x100000u		/* where a bzImage goes that says nothing else */
#define LINUX_LOW 0x10000u		/* where a zImage goes */
#define LINUX_OLD_SETUP 0x90000u	/* where setup code from before 2.02 has to be */
#define LINUX_RELEASE_LEN 40

struct boot_machine;
struct memmap;

struct linux_kernel {
	const uint8_t *data;		/* the file, owned by the caller */
	uint16_t version;		/* boot protocol, 0x20f is 2.15; 0: from before 2.00 */
	uint32_t header_end;		/* of the setup header, in the file */
	uint32_t setup_len;		/* boot sector and setup code; the rest of the file is the kernel */
	uint32_t kernel_len;
	bool high;			/* a bzImage, otherwise a zImage, for low memory */
	bool entry32;			/* it can be entered in 32-bit mode */
	/*
	 * by its header no kernel is packed in it (2.08 and later would say so), as in what only looks like Linux:
	 * memdisk, iPXE, wimboot, GRUB.  The code of these is 16-bit.
	 */
	bool setup_only;
	bool relocatable;
	uint32_t load;			/* physical: where it goes, or would like to go */
	uint32_t align;			/* of any other place, a power of two */
	uint32_t memory;		/* what it needs from its load address on, >= kernel_len */
	uint32_t entry;			/* 32-bit entry, from the load address on */
	uint32_t args_max;		/* longest command line, without its NUL */
	uint32_t initrd_last;		/* highest address of an initrd's last byte; 0: it takes none */
	char release[LINUX_RELEASE_LEN];	/* "6.1.0-18-amd64", printable; or "" */
};

/* Checks all that can be checked without knowing the machine: 0, or -ENOEXEC with *why set. */
int linux_open(struct linux_kernel *k, const uint8_t *data, size_t len, struct boot_why *why);

/* What of the command line is also for the loader. */
struct linux_words {
	bool has_vga;
	uint16_t vga;			/* vga=normal, ext, ask or a number */
	uint64_t mem;			/* mem=: the initrd goes below; UINT64_MAX without it */
};

/* 0, or -EINVAL: a word that is not understood, or more than the kernel takes. */
int linux_read_words(const struct linux_kernel *k, const char *args, struct linux_words *w, struct boot_why *why);

/* What the kernel is given, once all places are known. */
struct linux_given {
	const struct linux_kernel *kernel;
	const struct linux_words *words;
	const char *args;
	const struct boot_machine *machine;
	const struct memmap *map;	/* for the zero page */
	uint32_t at;			/* physical address of what is built here */
	uint32_t load;			/* where the kernel is */
	uint32_t initrd, initrd_len;
	uint8_t cursor_row, cursor_column;
};

/*
 * For the 32-bit entry: the zero page, then the memory map's entries that have
 * no room in it, then the command line.  Writes no more than cap bytes: the
 * length.  It depends on the map and the command line only.
 */
size_t linux_build_params(const struct linux_given *g, uint8_t *buf, size_t cap);

/*
 * For the 16-bit entry: the setup code, its heap and stack (its top is *sp),
 * and the command line.  As linux_build_params.
 */
size_t linux_build_setup(const struct linux_given *g, uint8_t *buf, size_t cap, uint16_t *sp);

#endif
