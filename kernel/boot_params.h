/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the start-up code hands to the loader proper: how we were started and
 * what the machine has.  Lives in the start-up code's memory; kernel_init
 * copies what stays needed.
 */
#ifndef KERNEL_BOOT_PARAMS_H
#define KERNEL_BOOT_PARAMS_H

#include <stdint.h>

#include "gen/abi16.h"
#include "kernel/memmap.h"

struct keep;

/* The registers on the starter's stack as boot16/start.asm pushed them, lowest address first. */
struct caller_frame {
	uint16_t gs, fs, es, ds;
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
	uint16_t flags;
	uint16_t ret_ip, ret_cs;	/* where a far return goes */
	uint16_t arg[2];		/* SS:SP+4 on entry: !PXE, offset and segment */
} __attribute__((packed));

struct boot_params {
	uint32_t magic;			/* BP_MAGIC */
	uint32_t resident;		/* linear address of the resident segment */
	uint32_t image, image_len;	/* where the loader proper lies, bytes with its zeroed data */
	uint32_t syms, syms_len;	/* symbol table for backtraces, in the image's last bytes */
	/* from here up memory is left to drivers in option ROMs; 0: there can be none */
	uint32_t rom_area;
	uint16_t caller_ss, caller_sp;	/* where the starter's stack has its struct caller_frame */
	struct caller_frame caller;	/* a copy */
	uint16_t base_kib;		/* base memory, 40:13 */
	/* what we were started with; undi_cards() asks the ROM if the starter gave none */
	char args[NBP_ARGS_LEN];
	const uint8_t *options;		/* OPTIONS_LEN bytes: the settings in our own file (kernel/patch.h) */
	uint32_t file_len;		/* of undine.0 at NBP_AT, as it was started */
	/*
	 * A loader of Linux has started us: the arguments are a kernel's command line, and there may be an initrd.  It
	 * lies behind the loader's image, or where it is kept; initrd_len 0: none.
	 */
	uint32_t as_linux;
	const uint8_t *initrd;
	uint32_t initrd_len, initrd_refused;	/* the latter: the length of one that is too long, or not in memory */
	struct keep *keep;		/* what an earlier life has kept (kernel/keep.h); NULL: this is the first */
	struct memmap map;		/* with the ROM's own memory hidden */
};

#endif
