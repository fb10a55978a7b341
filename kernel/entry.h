/* SPDX-License-Identifier: BSD-2-Clause */
/* The assembly half of tasks and traps: entry.asm. */
#ifndef KERNEL_ENTRY_H
#define KERNEL_ENTRY_H

#include <stdint.h>

void task_start(void);			/* what a new task's first task_switch() returns into: task_x86.c */
void gdt_load(const void *gdtr, const void *idtr, uint32_t tss_selector);
void df_entry(void);
void trap_timer(void);
void trap_clock_chip(void);
void trap_spurious(void);
void trap_call(void);
struct trap_frame;
int user16_enter(const struct trap_frame *f, uint32_t *esp0);
int user32_enter(const struct trap_frame *f, uint32_t *esp0, uint32_t cr3);
_Noreturn void user16_leave(int result);	/* from either */
extern const uint8_t trap_table[];	/* 32 stubs of 16 bytes */
extern const uint8_t boot_stack_guard[];	/* the page below the stack on which kernel_main() runs */

#endif
