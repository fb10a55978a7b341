/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block that copier.asm works on.  The caller allocates it outside of all
 * that moves, copies copier_code into it, fills it in, and jumps to its first
 * byte with EBX = its address.
 */
#ifndef SERVICES_BOOT_COPIER_H
#define SERVICES_BOOT_COPIER_H

#include <stddef.h>
#include <stdint.h>

#include "services/boot/handover.h"

#define COPIER_CODE_LEN 320
#define COPIER_STACK_LEN 64		/* it pushes two words at a time */

/* The registers that a kernel is entered with; EFLAGS is always 2, CS 10h, the rest 18h. */
struct entry_regs {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp, esp, eip;
};

struct copier_block {
	uint8_t code[COPIER_CODE_LEN];
	struct entry_regs regs;
	uint32_t stack;			/* top of a stack of COPIER_STACK_LEN bytes */
	uint32_t count;
	struct move move[];
};

_Static_assert(offsetof(struct copier_block, regs) == COPIER_CODE_LEN, "copier.asm, block.eax");
_Static_assert(offsetof(struct copier_block, stack) == COPIER_CODE_LEN + 36, "copier.asm, block.stack");
_Static_assert(offsetof(struct copier_block, move) == COPIER_CODE_LEN + 44, "copier.asm, block.moves");
_Static_assert(sizeof(struct move) == 16, "copier.asm, .next");

extern const uint8_t copier_code[COPIER_CODE_LEN];

#endif
