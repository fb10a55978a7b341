/* SPDX-License-Identifier: BSD-2-Clause */
/* Panic, backtraces and the reset: see panic.h. */
#include "kernel/panic.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "kernel/clock.h"
#include "kernel/io.h"
#include "kernel/log.h"
#include "kernel/restart.h"
#include "kernel/symbols.h"
#include "kernel/task.h"
#include "kernel/version.h"

#define FRAMES_MAX 16
#define PANICS_MAX 2		/* the second is one in the restart, which then leaves out what it was at */

static void backtrace_line(unsigned depth, uint32_t eip)
{
	uint32_t off;
	const char *name = symbols_find(eip, &off);
	if (name)
		log_error("  #%u %08lx %s+0x%lx", depth, (unsigned long)eip, name, (unsigned long)off);
	else
		log_error("  #%u %08lx (not in the loader)", depth, (unsigned long)eip);
}

void backtrace(uint32_t eip, uint32_t ebp)
{
	struct task *t = task_self();
	backtrace_line(0, eip);
	for (unsigned depth = 1; depth < FRAMES_MAX; depth++) {
		/* only frames on the task's own stack are followed */
		if (!t || ebp % 4 || !task_stack_holds(t, ebp) || !task_stack_holds(t, ebp + 7))
			return;
		const uint32_t *frame = (const uint32_t *)ebp;
		if (!frame[1])
			return;
		backtrace_line(depth, frame[1]);
		if (frame[0] <= ebp)
			return;
		ebp = frame[0];
	}
}

_Noreturn void machine_reset(void)
{
	for (unsigned spin = 0; spin < 100000 && inb(0x64) & 2; spin++)
		;
	outb(0x64, 0xfe);			/* keyboard controller pulses the reset line */
	clock_busy_us(50000);
	outb(0xcf9, 0x02);			/* reset control register of PCI chipsets */
	outb(0xcf9, 0x06);
	clock_busy_us(50000);
	static const struct {
		uint16_t limit;
		uint32_t base;
	} __attribute__((packed)) none = { 0, 0 };
	__asm__ volatile("lidt %0; int3" : : "m"(none));
	for (;;)
		cpu_relax();
}

_Noreturn void machine_reset_soon(const char *who)
{
	log_error("%s: rebooting in %d s", who, REBOOT_S);
	log_flush();
	for (int s = 0; s < REBOOT_S * 20; s++)
		clock_busy_us(50000);
	machine_reset();
}

_Noreturn void panic(const char *fmt, ...)
{
	static unsigned depth;
	char what[128];
	va_list ap;
	if (++depth > PANICS_MAX)
		machine_reset();
	log_panic();
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	log_error("panic: this is a bug in Undine " UNDINE_VERSION ":");
	log_error("%s", what);
	backtrace((uint32_t)__builtin_return_address(0), (uint32_t)__builtin_frame_address(0));
	log_error("panic: please report the lines from \"panic:\" on, with the machine's and network card's model.");
	restart("panic: %s", what);
}
