/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tasks need of the machine they run on.  task_x86.c and entry.asm are
 * the PC; the tests bring their own.  Nobody but task.c calls these, and the command crash.
 */
#ifndef KERNEL_TASK_MACHINE_H
#define KERNEL_TASK_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/task.h"

/*
 * Makes the stack [stack, stack + len) ready for a first task_switch(): the
 * value to load then.  fn(arg) runs there, and task_exit() when it returns.
 */
void *task_machine_prepare(void *stack, size_t len, task_fn *fn, void *arg);
/* Keeps this stack's pointer in *save and goes on with the other; returns when somebody loads what was saved. */
void task_switch(void **save, void *load);
/* Makes a page inaccessible, so that a stack that overflows faults (false: no memory for that), or accessible again. */
bool task_machine_guard(void *page, bool on);
/* A turn begins, or nobody has one: the watchdog counts from now on. */
void task_machine_turn(void);
/* No task can run: a rest, at most until `soonest` (absolute). */
void task_machine_idle(uint64_t soonest_us);
/* The running task does what a bug would do: it writes where task_machine_crash_at() said last, NULL at first. */
void task_machine_crash(void);
void task_machine_crash_at(const void *place);
/* Or it never comes back: what task_machine_crash_at() may be given for a place. */
extern const uint8_t task_machine_endless[];

#endif
