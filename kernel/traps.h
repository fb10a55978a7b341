/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processor traps: reported with registers and a backtrace on every console;
 * the task that caused one ends, the rest goes on.  A trap outside any task
 * is a panic.  A stack overflow arrives as a double fault, which has a task
 * state and a stack of its own.
 */
#ifndef KERNEL_TRAPS_H
#define KERNEL_TRAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What entry.asm's stubs leave on the stack. */
struct trap_frame {
	uint32_t gs, fs, es, ds;
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
	uint32_t vector, error;
	uint32_t eip, cs, eflags;
	uint32_t user_esp, user_ss;			/* only from CPL 3 */
	uint32_t v86_es, v86_ds, v86_fs, v86_gs;	/* only from v86 */
};

#define TRAP_KERNEL_LEN offsetof(struct trap_frame, user_esp)	/* what there is of it from CPL 0 */

void traps_init(void);
/* "page fault" */
const char *traps_name(uint32_t vector);
/* The GDT's entry for a selector, to be filled by user16.c; loaded again by the next use of the selector. */
void traps_set_descriptor(uint16_t sel, uint64_t descriptor);
/* While 16-bit code runs at CPL 3, vector 8 is the timer's, not the double fault's. */
void traps_vector8_is_timer(bool on);
/* While 32-bit code runs at CPL 3 no port is open to it; 16-bit code has them all. */
void traps_close_ports(bool on);
/* The TSS's stack pointer for traps from CPL 3. */
uint32_t *traps_esp0(void);
void trap_handler(struct trap_frame *f);
void trap_double_fault(void);

#endif
