/* SPDX-License-Identifier: BSD-2-Clause */
/* Cooperative tasks: see task.h.  The scheduler is the loop in task_run(), on the stack main came with. */
#include "kernel/task.h"

#include <errno.h>
#include <string.h>

#include "kernel/arena.h"
#include "kernel/clock.h"
#include "kernel/gate.h"
#include "kernel/io.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/paging.h"
#include "kernel/panic.h"
#include "kernel/service.h"
#include "kernel/task_switch.h"

#define CANARY 0x5afec0deu
#define STACK_FILL 0xa5
#define IDLE_HALT_US 20000u	/* with nothing due sooner, the processor may sleep till the next BIOS tick (55 ms) */

enum state { READY, WAITING, DEAD, FAULTED };

struct task {
	struct task *next;
	const char *name;
	uint32_t esp;
	uint8_t *stack;			/* lowest byte; the guard page is below */
	size_t stack_len;
	enum state state;
	bool timed_out;
	uint64_t deadline_us;
	struct waitq *on;
	uint64_t run_us;
	struct arena arena;
};

static struct task *tasks, *current;
static uint32_t scheduler_esp;

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

uint32_t task_guard(const struct task *t)
{
	return (uint32_t)t->stack - PAGE_LEN;
}

bool task_stack_holds(const struct task *t, uint32_t addr)
{
	return addr - (uint32_t)t->stack < t->stack_len;
}

struct task *task_create(const char *name, task_fn *fn, void *arg, size_t stack_len)
{
	stack_len = (stack_len + PAGE_LEN - 1) & ~(PAGE_LEN - 1);
	uint8_t *pages = pages_alloc(stack_len + PAGE_LEN);
	/* the task's own description lies on top of its stack */
	struct task *t;
	if (!pages)
		return NULL;
	t = (struct task *)(pages + PAGE_LEN + stack_len - ((sizeof *t + 15) & ~15u));
	memset(pages + PAGE_LEN, STACK_FILL, stack_len);
	*t = (struct task){ .name = name, .stack = pages + PAGE_LEN, .stack_len = stack_len, .state = READY };
	arena_init(&t->arena, name);
	paging_guard((uint32_t)pages, true);
	*(uint32_t *)t->stack = CANARY;

	uint32_t *sp = (uint32_t *)t;
	*--sp = 0;			/* where task_start's own return address would be */
	*--sp = (uint32_t)task_start;
	*--sp = 0;			/* ebp: backtraces end here */
	*--sp = (uint32_t)fn;		/* ebx */
	*--sp = (uint32_t)arg;		/* esi */
	*--sp = (uint32_t)task_exit;	/* edi */
	t->esp = (uint32_t)sp;

	struct task **end = &tasks;
	while (*end)
		end = &(*end)->next;
	*end = t;
	return t;
}

static void switch_out(enum state state)
{
	current->state = state;
	task_switch(&current->esp, scheduler_esp);
}

void task_yield(void)
{
	switch_out(READY);
}

void task_sleep_until(uint64_t deadline_us)
{
	current->on = NULL;
	current->deadline_us = deadline_us;
	switch_out(WAITING);
}

void task_sleep_ms(uint32_t ms)
{
	task_sleep_until(clock_us() + (uint64_t)ms * 1000);
}

int waitq_wait(struct waitq *q, uint64_t deadline_us)
{
	current->on = q;
	current->deadline_us = deadline_us;
	current->timed_out = false;
	q->waiters++;
	switch_out(WAITING);
	q->waiters--;
	return current->timed_out ? -ETIMEDOUT : 0;
}

void waitq_wake(struct waitq *q)
{
	if (!q->waiters)
		return;
	for (struct task *t = tasks; t; t = t->next)
		if (t->state == WAITING && t->on == q) {
			t->on = NULL;
			t->state = READY;
		}
}

_Noreturn void task_exit(void)
{
	switch_out(DEAD);
	__builtin_unreachable();
}

_Noreturn void task_fault(void)
{
	uint32_t dropped;
	current->state = FAULTED;
	task_switch(&dropped, scheduler_esp);
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
	if (t->state == WAITING && t->on)
		t->on->waiters--;
	uint8_t *pages = t->stack - PAGE_LEN;
	size_t len = t->stack_len + PAGE_LEN;
	arena_destroy(&t->arena);
	paging_guard((uint32_t)pages, false);
	memset(pages, 0xdd, len);	/* whoever still points there shall notice */
	pages_free(pages, len);
}

static void run_one(struct task *t)
{
	uint64_t from = clock_us();
	current = t;
	task_switch(&scheduler_esp, t->esp);
	current = NULL;
	t->run_us += clock_us() - from;
	if (*(uint32_t *)t->stack != CANARY && t->state != FAULTED) {
		log_line("task %s: stack overflow (canary gone); ending it", t->name);
		t->state = FAULTED;
	}
	if (t->state == FAULTED) {
		/* the supervisor starts a new task before this one's memory goes, so the two never coincide */
		service_faulted(t);
		reap(t);
	} else if (t->state == DEAD) {
		reap(t);
	}
}

/* Runs every task that may run, once: true if any did.  *soonest = the earliest deadline of the others. */
static bool pass(uint64_t *soonest)
{
	bool ran = false;
	uint64_t now = clock_us();
	*soonest = CLOCK_NEVER;
	for (struct task *t = tasks, *next; t; t = next) {
		if (t->state == WAITING && t->deadline_us <= now) {
			t->timed_out = true;
			t->state = READY;
		}
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
		if (pass(&soonest))
			continue;
		if (soonest > clock_us() + IDLE_HALT_US)
			gate_call(T_HALT);
		else
			cpu_relax();
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
	struct service *s = service_find(t->name);
	*out = (struct task_info){
		.name = t->name,
		.state = t == current ? "running" : t->state == READY ? "ready" : t->on ? "waiting" : "sleeping",
		.stack_len = t->stack_len,
		.stack_used = t->stack_len - unused,
		.arena_len = t->arena.held,
		.run_us = t->run_us,
		.restarts = s ? s->restarts : 0,
	};
	return true;
}
