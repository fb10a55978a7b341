/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processor traps: reported with registers and a backtrace on every console;
 * the task that caused one ends, the rest goes on.  A trap outside any task
 * is a panic.  A stack overflow arrives as a double fault, which has a task
 * state and a stack of its own.
 */
#ifndef KERNEL_TRAPS_H
#define KERNEL_TRAPS_H

#include <stdint.h>

/* What entry.asm's stubs leave on the stack. */
struct trap_frame {
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
	uint32_t vector, error;
	uint32_t eip, cs, eflags;
};

void traps_init(void);
void trap_handler(struct trap_frame *f);
void trap_double_fault(void);

#endif
