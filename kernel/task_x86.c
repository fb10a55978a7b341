/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks on the PC: see task_machine.h; task_switch() is in entry.asm. */
#include "kernel/task_machine.h"

#include "kernel/clock.h"
#include "kernel/entry.h"
#include "kernel/gate.h"
#include "kernel/io.h"
#include "kernel/paging.h"
#include "kernel/random.h"
#include "kernel/watchdog.h"

#define IDLE_HALT_US 20000u	/* with nothing due sooner, the processor may sleep till the next BIOS tick (55 ms) */

void *task_machine_prepare(void *stack, size_t len, task_fn *fn, void *arg)
{
	uint32_t *sp = (uint32_t *)((uint8_t *)stack + len);
	*--sp = 0;			/* where task_start's own return address would be */
	*--sp = (uint32_t)task_start;
	*--sp = 0;			/* ebp: backtraces end here */
	*--sp = (uint32_t)fn;		/* ebx */
	*--sp = (uint32_t)arg;		/* esi */
	*--sp = (uint32_t)task_exit;	/* edi */
	return sp;
}

bool task_machine_guard(void *page, bool on)
{
	return paging_guard((uint32_t)page, on);
}

static void sleep_till_interrupt(void)
{
	gate_call(T_HALT);
	random_jitter();
}

void task_machine_turn(void)
{
	watchdog_turn();
}

void task_machine_idle(uint64_t soonest_us)
{
	watchdog_turn();
	if (soonest_us > clock_us() + IDLE_HALT_US)
		sleep_till_interrupt();
	else
		cpu_relax();
}

static volatile uint8_t *crash_place;

void task_machine_crash_at(const void *place)
{
	crash_place = (volatile uint8_t *)(uintptr_t)place;
}

const uint8_t task_machine_endless[1];

void task_machine_crash(void)
{
	while (crash_place == task_machine_endless)
		cpu_relax();
	*crash_place |= 0;	/* as it was, where nothing keeps us from it */
}
