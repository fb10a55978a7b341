/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * panic() is for our own bugs only: says on every console what happened and
 * what to report, and starts the loader anew (restart.h).  A reset of the
 * machine is the end of the road.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <stdint.h>

#define REBOOT_S 60

_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Logs the calls that led to the frame at ebp: one line each, with names from the symbol table. */
void backtrace(uint32_t eip, uint32_t ebp);
/* Says that `who` resets the machine, and does so after REBOOT_S seconds, in which it can be read why. */
_Noreturn void machine_reset_soon(const char *who);
/* Resets the machine: keyboard controller, port CF9h, triple fault. */
_Noreturn void machine_reset(void);

#endif
