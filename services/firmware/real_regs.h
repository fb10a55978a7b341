/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of a program that is entered in real mode (services/boot/realmode.asm). */
#ifndef SERVICES_FIRMWARE_REAL_REGS_H
#define SERVICES_FIRMWARE_REAL_REGS_H

#include <stdint.h>

/* What real-mode code is entered with. */
struct real_regs {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp;
	uint16_t ip, cs;
	uint16_t flags;			/* IF decides whether interrupts are on */
	uint16_t sp, ss, ds, es, fs, gs;	/* six bytes below SS:SP are used */
};

#endif
