/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one life of the loader keeps for the next, in pages high in memory that
 * the start-up code and the page allocator leave alone (kernel/restart.h):
 * this structure, what is carried over (kernel/carry.h), the file that we came
 * as, and the initrd that came with it.
 */
#ifndef KERNEL_KEEP_H
#define KERNEL_KEEP_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/boot_params.h"

#define KEEP_MAGIC 0x314b4e55u		/* "UNK1" */
#define KEEP_CARRY_LEN 0x6000u

struct keep {
	uint32_t magic;
	uint32_t crc;			/* CRC-32 of the rest of this structure */
	uint32_t len;			/* bytes of all, from here on */
	uint32_t file_len, file_crc;	/* CRC-32, also of the initrd behind it */
	uint32_t as_linux, initrd_len;	/* as in struct boot_params */
	uint32_t restarts;		/* since the ROM has started us */
	uint32_t in_a_row;		/* of these, the last ones that followed each other soon */
	uint32_t rom_lost;		/* the PXE stack that started us hangs: not 0 */
	uint32_t resets;		/* by us, as the last resort; as far as memory outlives them */
	uint16_t caller_ss, caller_sp;	/* where the starter's stack has its struct caller_frame */
	struct caller_frame caller;
	uint8_t carry[KEEP_CARRY_LEN];
	uint8_t file[];
};

#define KEEP_CRC_FROM offsetof(struct keep, len)
#define KEEP_CRC_LEN (offsetof(struct keep, carry) - KEEP_CRC_FROM)

#endif
