/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One piece of a kernel in physical memory: `len` bytes of its file from
 * `offset` on, then zeros up to `mem` bytes in all.
 */
#ifndef SERVICES_BOOT_SEGMENT_H
#define SERVICES_BOOT_SEGMENT_H

#include <stdint.h>

struct segment {
	uint32_t addr;		/* physical, where it is linked to be */
	uint32_t mem;		/* bytes of memory, > 0; addr + mem does not pass 4 GiB */
	uint32_t offset;	/* in the file */
	uint32_t len;		/* bytes of the file, <= mem */
};

#endif
