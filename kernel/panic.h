/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of the road, for our own bugs only: says on every console what
 * happened and what to report, and reboots after PANIC_REBOOT_S seconds.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <stdint.h>

#define PANIC_REBOOT_S 60

_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Logs the calls that led to the frame at ebp: one line each, with names from the symbol table. */
void backtrace(uint32_t eip, uint32_t ebp);
/* Resets the machine: keyboard controller, port CF9h, triple fault. */
_Noreturn void machine_reset(void);

#endif
