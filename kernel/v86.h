/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The v86 monitor's judgement (Intel SDM volume 3, 21.2 and 21.3): what to do
 * when an instruction traps in virtual-8086 mode.  Runs with IOPL 0, so that
 * CLI, STI, PUSHF, POPF, IRET and INT n come here; I/O does not (TSS bitmap).
 * Pure: works on registers and a view of the first MiB.
 */
#ifndef KERNEL_V86_H
#define KERNEL_V86_H

#include <stdbool.h>
#include <stdint.h>

struct v86_state {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp;
	uint16_t ip, cs, sp, ss, ds, es, fs, gs;
	uint32_t eflags;		/* as in the processor; IF says nothing */
	bool vif;			/* the interrupt flag that the code believes in */
};

/* [0, len) can be read and written at base + address. */
struct v86_memory {
	uint8_t *base;
	uint32_t len;
};

enum v86_action {
	V86_EMULATED,	/* done; go on at the new cs:ip */
	V86_HALT,	/* HLT; cs:ip is behind it */
	V86_TO_REAL,	/* an instruction that changes modes or needs privilege: finish in real mode from cs:ip on */
	V86_FAULT,	/* nothing that 16-bit code may do */
};

/* The instruction at s->cs:ip trapped with #GP. */
enum v86_action v86_trap(struct v86_state *s, const struct v86_memory *mem);
/* FLAGS as the code sees them. */
uint16_t v86_flags(const struct v86_state *s);

#endif
