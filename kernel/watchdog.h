/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The watchdog over 32-bit code: a task that does not wait for too long is
 * ended as by a fault; when that has happened shortly before, or it is no task,
 * the loader starts itself anew (restart.h).
 *
 * Its clock is the clock chip's update interrupt, once a second: IRQ 8, the one
 * line that is let through in 32-bit code (pic.h).  What is counted are
 * interrupts that come while one turn lasts, so neither a ROM's call nor a
 * host that stops a virtual machine for a while counts for more than one.
 */
#ifndef KERNEL_WATCHDOG_H
#define KERNEL_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#define WATCHDOG_S 30			/* if nobody sets it */

void watchdog_start(void);
/* Before the machine is left: interrupts are off again, the clock chip and the controllers as they were. */
void watchdog_stop(void);
/* What is too long, in seconds; 0: nothing is. */
void watchdog_set(uint32_t seconds);
/* A turn begins, or nobody has one. */
void watchdog_turn(void);

/* For traps.c.  The clock chip's interrupt, an NMI: true if what they have interrupted hangs. */
bool watchdog_tick(void);
bool watchdog_nmi(void);
/* Something hangs: true if something has a short while ago, and ending a task has not helped. */
bool watchdog_again(void);

#endif
