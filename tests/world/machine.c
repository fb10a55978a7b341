/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks, clock, log and chance on the host: see machine.h. */
#include "tests/world/machine.h"

#include <assert.h>
#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <ucontext.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/panic.h"
#include "kernel/restart.h"
#include "kernel/random.h"
#include "kernel/task_machine.h"
#include "tests/world/machine_parts.h"

/* ---- stacks ---- */

struct fiber {
	void *at[5];			/* __builtin_setjmp's: no system call is made, unlike by swapcontext() */
	bool ran;
	ucontext_t first;		/* the way to its function */
	void *fake;			/* ASan's */
	const void *bottom;
	size_t len;
	task_fn *fn;
	void *arg;
	unsigned waits;			/* how often it was left */
};

static struct fiber outside, *here = &outside;	/* outside: whoever called machine_run() */
static struct fiber *scheduler;
static bool (*until)(void);
static bool reached, stopped;
static uint64_t now_us = 1000000, limit;

void (*machine_at_wait)(const char *task, unsigned n, bool back);

/* After coming from `from`, whose bounds are known now. */
static void arrive(struct fiber *from, void *fake)
{
	const void *bottom;
	size_t len;
	__sanitizer_finish_switch_fiber(fake, &bottom, &len);
	from->bottom = bottom;
	from->len = len;
}

static struct fiber *came_from;

/* ASan knows of the switch already; it need not clean the stack that is left, which is as it shall be found again. */
static void __attribute__((noinline, no_sanitize("address"))) leave_for(struct fiber *from, struct fiber *to)
{
	from->ran = true;
	if (__builtin_setjmp(from->at))
		return;
	if (to->ran)
		__builtin_longjmp(to->at, 1);
	setcontext(&to->first);
}

static void go(struct fiber *to)
{
	struct fiber *from = here;
	came_from = from;
	here = to;
	__sanitizer_start_switch_fiber(&from->fake, to->bottom, to->len);
	leave_for(from, to);
	arrive(came_from, from->fake);
}

static void entry(void)
{
	arrive(came_from, NULL);
	here->fn(here->arg);
	task_exit();
}

void *task_machine_prepare(void *stack, size_t len, task_fn *fn, void *arg)
{
	struct fiber *f = (struct fiber *)(((uintptr_t)stack + len - sizeof(*f)) & ~(uintptr_t)63);
	*f = (struct fiber){ .fn = fn, .arg = arg, .bottom = stack, .len = (size_t)((uint8_t *)f - (uint8_t *)stack) };
	getcontext(&f->first);
	f->first.uc_stack.ss_sp = stack;
	f->first.uc_stack.ss_size = f->len;
	makecontext(&f->first, entry, 0);
	return f;
}

static void echo_log(void);

/* Back to whoever runs the machine, when that is due. */
static void pause_if_due(void)
{
	echo_log();
	reached = until && until();
	if (reached || now_us >= limit)
		go(&outside);
}

void task_switch(void **save, void *load)
{
	struct fiber *self = *save = here;
	if (self == scheduler) {
		pause_if_due();
		go(load);
		return;
	}
	const char *name = task_name(task_self());
	unsigned n = ++self->waits;
	if (machine_at_wait)
		machine_at_wait(name, n, false);
	go(load);
	if (machine_at_wait)
		machine_at_wait(name, n, true);
}

struct task *__real_task_create(const char *name, task_fn *fn, void *arg, size_t stack_len);
struct task *__wrap_task_create(const char *name, task_fn *fn, void *arg, size_t stack_len);

/* What the product asks for is meant for smaller frames. */
struct task *__wrap_task_create(const char *name, task_fn *fn, void *arg, size_t stack_len)
{
	if (stack_len < MACHINE_STACK)
		stack_len = 4 * stack_len > MACHINE_STACK ? 4 * stack_len : MACHINE_STACK;
	return __real_task_create(name, fn, arg, stack_len);
}

void task_machine_crash(void)
{
	task_fault();
}

bool task_machine_guard(void *page, bool on)
{
	if (on && !machine_may_allocate())	/* the first in a part of memory takes a page table */
		return false;
	if (on)
		__asan_poison_memory_region(page, PAGE_LEN);
	else	/* frames that were never left stay poisoned too, and the whole stack is to be written over */
		__asan_unpoison_memory_region(page, machine_pages_len(page));
	return true;
}

/* ---- time ---- */

uint64_t (*machine_clock)(void);
void (*machine_rest)(uint64_t until_us);

uint64_t clock_us(void)
{
	if (machine_clock)
		return machine_clock();
	return now_us++;	/* nothing takes no time, and nobody spins for ever */
}

void machine_pass(uint64_t us)
{
	now_us += us;
}

bool machine_has_stopped(void)
{
	return stopped;
}

_Noreturn void machine_stop(void)
{
	reached = true;
	stopped = true;
	echo_log();
	go(&outside);
	abort();
}

void task_machine_turn(void)
{
}

void task_machine_idle(uint64_t soonest_us)
{
	if (machine_rest) {
		pause_if_due();
		machine_rest(soonest_us);
		return;
	}
	if (soonest_us > limit)
		soonest_us = limit;
	if (soonest_us > now_us)
		now_us = soonest_us;
	pause_if_due();
}

void (*machine_begin)(void) = task_run;

static void run_all(void *arg)
{
	(void)arg;
	machine_begin();
}

bool machine_run(bool (*done)(void), uint64_t limit_us)
{
	static uint8_t stack[2 * MACHINE_STACK] __attribute__((aligned(64)));
	assert(!stopped);
	until = done;
	limit = machine_clock ? UINT64_MAX : now_us + limit_us;
	reached = false;
	if (!scheduler) {
		__asan_unpoison_memory_region(stack, sizeof(stack));	/* frames of a machine before this one */
		scheduler = task_machine_prepare(stack, sizeof(stack), run_all, NULL);
	}
	go(scheduler);
	return reached;
}

/* ---- log, chance ---- */

bool machine_echo;
static uint64_t echoed;

static void echo_log(void)
{
	char text[512];
	size_t n;
	while (machine_echo && (n = log_read(&echoed, text, sizeof(text))))
		fwrite(text, 1, n, stderr);
}

void panic(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	abort();
}

void (*machine_restarted)(void);

bool restart_carried(enum carry_tag tag, unsigned nth, const void **data, size_t *len)
{
	(void)tag;
	(void)nth;
	(void)data;
	(void)len;
	return false;
}

void restart(const char *fmt, ...)
{
	char why[160];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (!machine_restarted)
		panic("restart: %s", why);
	log_line("restart: %s", why);
	machine_restarted();
	abort();
}

void random_stir(const void *data, size_t len)
{
	(void)data;
	(void)len;
}

void random_jitter(void)
{
}

bool random_ready(void)
{
	return true;
}

bool machine_has_no_chance;

int random_wait(uint64_t deadline_us)
{
	return machine_has_no_chance ? (task_sleep_until(deadline_us), -ETIMEDOUT) : 0;
}

uint32_t machine_chance = 1;

uint32_t random_u32(void)
{
	machine_chance ^= machine_chance << 13;
	machine_chance ^= machine_chance >> 17;
	machine_chance ^= machine_chance << 5;
	return machine_chance;
}
