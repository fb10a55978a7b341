/* SPDX-License-Identifier: BSD-2-Clause */
/* Cooperative tasks: see task.h.  The scheduler is the loop in task_run(), on the stack main came with. */
#include "kernel/task.h"

#include <errno.h>
#include <string.h>

#include "kernel/arena.h"
#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/panic.h"
#include "kernel/task_machine.h"

#define CANARY 0x5afec0deu
#define STACK_FILL 0xa5

enum state { READY, WAITING, DEAD, FAULTED };

struct task {
	struct task *next;
	const char *name;
	void *sp;
	uint8_t *stack;			/* lowest byte; the guard page is below */
	size_t stack_len;
	enum state state;
	bool crash;			/* faults as soon as it runs */
	unsigned cancels;		/* requests in its hands that nobody wants any more */
	int woken;			/* why it was made ready: 0, -ETIMEDOUT, -ECANCELED */
	uint64_t deadline_us;
	struct waitq *on;
	uint64_t run_us, turn_max_us, call_max_us;
	uint64_t call_us;		/* the longest call of firmware in this turn */
	struct arena arena;
	void (*at_end)(void *arg);
	void *at_end_arg;
};

static struct task *tasks, *current;
static void *scheduler_sp;
static task_end_fn *on_end;
static void (*on_gone)(void);

struct task *task_self(void)
{
	return current;
}

const char *task_name(const struct task *t)
{
	return t->name;
}

struct arena *task_arena(struct task *t)
{
	return &t->arena;
}

uintptr_t task_guard(const struct task *t)
{
	return (uintptr_t)t->stack - PAGE_LEN;
}

bool task_stack_holds(const struct task *t, uintptr_t addr)
{
	return addr - (uintptr_t)t->stack < t->stack_len;
}

void task_at_end(void (*fn)(void *arg), void *arg)
{
	current->at_end = fn;
	current->at_end_arg = arg;
}

void task_on_end(task_end_fn *fn, void (*gone)(void))
{
	on_end = fn;
	on_gone = gone;
}

struct task *task_create(const char *name, task_fn *fn, void *arg, size_t stack_len)
{
	stack_len = (stack_len + PAGE_LEN - 1) & ~(PAGE_LEN - 1);
	uint8_t *pages = pages_alloc(stack_len + PAGE_LEN);
	/* the task's own description lies on top of its stack */
	struct task *t;
	if (!pages)
		return NULL;
	if (!task_machine_guard(pages, true)) {
		pages_free(pages, stack_len + PAGE_LEN);
		return NULL;
	}
	t = (struct task *)(pages + PAGE_LEN + stack_len - ((sizeof *t + 15) & ~(size_t)15));
	memset(pages + PAGE_LEN, STACK_FILL, stack_len);
	*t = (struct task){ .name = name, .stack = pages + PAGE_LEN, .stack_len = stack_len, .state = READY };
	arena_init(&t->arena, name);
	*(uint32_t *)t->stack = CANARY;
	t->sp = task_machine_prepare(t->stack, (size_t)((uint8_t *)t - t->stack), fn, arg);

	struct task **end = &tasks;
	while (*end)
		end = &(*end)->next;
	*end = t;
	return t;
}

static void switch_out(enum state state)
{
	current->state = state;
	task_switch(&current->sp, scheduler_sp);
	if (current->crash)
		task_machine_crash();
}

/* Wherever it waited, it does no more. */
static void make_ready(struct task *t, int why)
{
	if (t->on)
		t->on->waiters--;
	t->on = NULL;
	t->woken = why;
	t->state = READY;
}

/* Until somebody makes it ready: why. */
static int wait(struct waitq *q, uint64_t deadline_us)
{
	if (current->cancels) {
		switch_out(READY);	/* a loop that does not listen shall not keep the others from running */
		return -ECANCELED;
	}
	current->on = q;
	current->deadline_us = deadline_us;
	if (q)
		q->waiters++;
	switch_out(WAITING);
	return current->woken;
}

void task_yield(void)
{
	switch_out(READY);
}

int task_sleep_until(uint64_t deadline_us)
{
	int why = wait(NULL, deadline_us);
	return why == -ETIMEDOUT ? 0 : why;
}

int task_sleep_ms(uint32_t ms)
{
	return task_sleep_until(clock_us() + (uint64_t)ms * 1000);
}

int waitq_wait(struct waitq *q, uint64_t deadline_us)
{
	return wait(q, deadline_us);
}

void waitq_wake(struct waitq *q)
{
	for (struct task *t = tasks; t && q->waiters; t = t->next)
		if (t->state == WAITING && t->on == q)
			make_ready(t, 0);
}

bool task_cancelled(void)
{
	return current->cancels;
}

void task_cancel(struct task *t)
{
	t->cancels++;
	if (t->state == WAITING)
		make_ready(t, -ECANCELED);
}

void task_cancel_heard(struct task *t)
{
	t->cancels--;
}

void task_crash(struct task *t)
{
	t->crash = true;
	if (t->state == WAITING)
		make_ready(t, -ECANCELED);
}

_Noreturn void task_exit(void)
{
	switch_out(DEAD);
	__builtin_unreachable();
}

_Noreturn void task_fault(void)
{
	void *dropped;
	current->state = FAULTED;
	task_switch(&dropped, scheduler_sp);
	__builtin_unreachable();
}

/* Takes t out of the list and frees what it held. */
static void reap(struct task *t)
{
	for (struct task **p = &tasks; *p; p = &(*p)->next)
		if (*p == t) {
			*p = t->next;
			break;
		}
	uint8_t *pages = t->stack - PAGE_LEN;
	size_t len = t->stack_len + PAGE_LEN;
	void (*at_end)(void *arg) = t->at_end;
	void *arg = t->at_end_arg;
	arena_destroy(&t->arena);
	task_machine_guard(pages, false);
	memset(pages, 0xdd, len);	/* whoever still points there shall notice */
	pages_free(pages, len);
	if (at_end)
		at_end(arg);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void count_turn(struct task *t, uint64_t us)
{
	t->run_us += us;
	t->turn_max_us = larger(t->turn_max_us, us - t->call_us);
	t->call_max_us = larger(t->call_max_us, t->call_us);
}

void task_called_firmware(uint64_t us)
{
	if (current)
		current->call_us = larger(current->call_us, us);
}

void task_forget_turns(void)
{
	for (struct task *t = tasks; t; t = t->next)
		t->turn_max_us = t->call_max_us = 0;
}

static void run_one(struct task *t)
{
	uint64_t from = clock_us();
	current = t;
	t->call_us = 0;
	task_machine_turn();
	task_switch(&scheduler_sp, t->sp);
	current = NULL;
	count_turn(t, clock_us() - from);
	if (*(uint32_t *)t->stack != CANARY && t->state != FAULTED) {
		log_error("task %s: stack overflow (canary gone); ending it", t->name);
		make_ready(t, -ECANCELED);
		t->state = FAULTED;
	}
	if (t->state != FAULTED && t->state != DEAD)
		return;
	/* a service's new task is made before the old one's memory goes, so the two never coincide */
	if (on_end)
		on_end(t);
	reap(t);
	if (on_gone)
		on_gone();
}

/* Runs every task that may run, once: true if any did.  *soonest = the earliest deadline of the others. */
static bool pass(uint64_t *soonest)
{
	bool ran = false;
	uint64_t now = clock_us();
	*soonest = CLOCK_NEVER;
	for (struct task *t = tasks, *next; t; t = next) {
		if (t->state == WAITING && t->deadline_us <= now)
			make_ready(t, -ETIMEDOUT);
		if (t->state == READY) {
			ran = true;
			run_one(t);
			/* t may be gone, and so may its successor: begin again if the list changed under us */
			next = NULL;
			for (struct task *u = tasks; u; u = u->next)
				if (u == t)
					next = t->next;
			continue;
		}
		if (t->deadline_us < *soonest)
			*soonest = t->deadline_us;
		next = t->next;
	}
	return ran;
}

_Noreturn void task_run(void)
{
	for (;;) {
		uint64_t soonest;
		if (!tasks)
			panic("no task is left to run");
		if (!pass(&soonest))
			task_machine_idle(soonest);
	}
}

bool task_get_info(unsigned i, struct task_info *out)
{
	struct task *t = tasks;
	while (t && i--)
		t = t->next;
	if (!t)
		return false;
	size_t unused = sizeof(uint32_t);	/* the canary */
	while (unused < t->stack_len && t->stack[unused] == STACK_FILL)
		unused++;
	*out = (struct task_info){
		.name = t->name,
		.state = t == current ? "running" : t->state == READY ? "ready" : t->on ? "waiting" : "sleeping",
		.stack_len = t->stack_len,
		.stack_used = t->stack_len - unused,
		.arena_len = t->arena.held,
		.run_us = t->run_us,
		.turn_max_us = t->turn_max_us,
		.call_max_us = t->call_max_us,
	};
	return true;
}
