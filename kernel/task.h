/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cooperative tasks, each with its own stack (guard page below it, canary,
 * high-water mark) and its own arena: all that a task allocates goes when the
 * task goes.  A task runs until it waits: only the functions marked "waits"
 * let others run.  There is no preemption, so shared state needs no locks
 * between two waits.
 */
#ifndef KERNEL_TASK_H
#define KERNEL_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;
struct arena;

/* Something that tasks can wait for: a name in common.  All zero is ready to use. */
struct waitq {
	unsigned waiters;
};

typedef void task_fn(void *arg);

/*
 * Makes a task that is ready to run fn(arg).  stack_len in bytes, rounded up
 * to pages.  name must outlive the task.  NULL when memory is short.  A task
 * ends when fn returns.
 */
struct task *task_create(const char *name, task_fn *fn, void *arg, size_t stack_len);

struct task *task_self(void);
const char *task_name(const struct task *t);
struct arena *task_arena(struct task *t);

void task_yield(void);					/* waits: lets every ready task run once */
int task_sleep_until(uint64_t deadline_us);		/* waits: 0, or -ECANCELED */
int task_sleep_ms(uint32_t ms);				/* waits: 0, or -ECANCELED */

/*
 * Waits on q until waitq_wake(q) or the deadline: 0 or -ETIMEDOUT; or
 * -ECANCELED at once, and at every further wait, while the task has a request
 * in its hands that nobody wants any more (request.h).
 */
int waitq_wait(struct waitq *q, uint64_t deadline_us);
/* Makes every task that waits on q ready.  Does not wait. */
void waitq_wake(struct waitq *q);

/* True while the running task's waits end with -ECANCELED. */
bool task_cancelled(void);
/* For request.c: t holds one more request that nobody wants; it has let go of one. */
void task_cancel(struct task *t);
void task_cancel_heard(struct task *t);

/* One line for each task: name, state, stack use; for the `tasks` command. */
struct task_info {
	const char *name;
	const char *state;
	size_t stack_len, stack_used;	/* bytes; used = high-water mark */
	size_t arena_len;		/* bytes its arena holds */
	uint64_t run_us;		/* time spent running */
	/*
	 * The longest time that it kept all others from running, between two of its
	 * waits; and the longest call of firmware, which nobody can split: a turn's
	 * longest such call is not counted in its time.
	 */
	uint64_t turn_max_us, call_max_us;
};
/* The i-th task (0..): false when there is none. */
bool task_get_info(unsigned i, struct task_info *out);
/* The longest turns and calls are measured anew. */
void task_forget_turns(void);
/* The running task has been in one call of firmware for so long.  Before any task runs: nothing. */
void task_called_firmware(uint64_t us);

/* Runs the tasks for ever, from main's stack; never returns. */
_Noreturn void task_run(void);

/* Ends the running task, as returning from its function does.  Its stack and arena are freed. */
_Noreturn void task_exit(void);

/* Called from the scheduler for each task that has returned or faulted, before its memory goes. */
typedef void task_end_fn(struct task *t);
/* gone(): called after that, when its memory is free again; or NULL. */
void task_on_end(task_end_fn *fn, void (*gone)(void));

/* Called from the scheduler when the running task has ended, however that is, and its memory is gone: once. */
void task_at_end(void (*fn)(void *arg), void *arg);

/* t faults at its next wait, or in the one it is in: tests of the supervisor. */
void task_crash(struct task *t);

/* The running task faulted (trap handler, on any stack): it never runs again, task_run sees to the rest. */
_Noreturn void task_fault(void);
/* The address of the guard page below t's stack, for the trap report. */
uintptr_t task_guard(const struct task *t);
/* True if the stack bounds hold addr. */
bool task_stack_holds(const struct task *t, uintptr_t addr);

#endif
