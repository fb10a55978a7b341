/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 32-bit code at CPL 3, on page tables of its own: what modules are run by
 * (services/modules).  It sees the regions of its space (space.h) and nothing
 * else: its tables hold besides them only what a trap needs, which is the
 * loader's own image and the running task's stack, for CPL 0.  No port is
 * open to it; interrupts cannot be switched off; the timer takes the processor
 * away.  Its FPU and SSE registers are its own (fpu.h); those that a ROM or the BIOS changes are not a program's.
 *
 *	user32_begin(&u, entry, stack_top);
 *	for (;;) {
 *		switch (user32_run(&u, &space)) {
 *		case USER32_CALL:	serve(u.frame.eax, u.frame.ebx...); u.frame.eax = result; break;
 *		case USER32_TIMER:	task_yield(); break;
 *		case USER32_FAULT:	log_line("%s", traps_name(u.frame.vector)); ...
 *		}
 *	}
 *	user32_end(&u);
 */
#ifndef KERNEL_USER32_H
#define KERNEL_USER32_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/fpu.h"
#include "kernel/space.h"
#include "kernel/traps.h"

enum user32_why { USER32_CALL, USER32_TIMER, USER32_FAULT };

struct user32 {
	uint8_t fpu[FPU_LEN] __attribute__((aligned(16)));
	struct trap_frame frame;	/* its registers; from a call, eax is the number and the answer */
	uint32_t fault_at;		/* the address of a page fault */
	uint8_t *tables;		/* its page directories, behind what points to them; the tables hang on those */
	uint32_t mapped;		/* regions of its space that stand in them */
};

/* In the task that will run it.  0; -ENOMEM; or -EINVAL: the loader lies where a program's pages are to be. */
int user32_begin(struct user32 *u, uint32_t entry, uint32_t esp);
/* Runs it until something happens: enum user32_why, or -ENOMEM: no memory for its page tables. */
int user32_run(struct user32 *u, const struct space *s);
void user32_end(struct user32 *u);	/* its registers stay to be read */

/* For traps.c: such code runs, or is about to; it has trapped.  The latter does not return. */
bool user32_running(void);
_Noreturn void user32_trap(const struct trap_frame *f, enum user32_why why);

#endif
