/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block that realmode.asm works on: the way from the copier's flat 32-bit
 * mode into real mode.  It lies below 640 KiB, on a paragraph, clear of all
 * that is loaded; the copier enters it at its first byte with EBX = its
 * address.  Interrupt vectors, BIOS data and the interrupt controllers are as
 * the BIOS left them, the A20 gate is open.
 */
#ifndef SERVICES_BOOT_REALMODE_H
#define SERVICES_BOOT_REALMODE_H

#include <stddef.h>
#include <stdint.h>

#include "services/firmware/real_regs.h"

#define REALMODE_CODE_LEN 256

struct realmode_block {
	uint8_t code[REALMODE_CODE_LEN];
	struct real_regs regs;
};

_Static_assert(offsetof(struct real_regs, ip) == 28 && offsetof(struct real_regs, sp) == 34, "realmode.asm, block");
_Static_assert(offsetof(struct real_regs, gs) == 44, "realmode.asm, block.gs");

extern const uint8_t realmode_code[REALMODE_CODE_LEN];

#endif
