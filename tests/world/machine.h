/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/world: the loader's own tasks, requests and services on the host, as
 * they run in the machine: kernel/task.c, request.c and service.c are the
 * product's sources; what they need of a PC (kernel/task_machine.h, clock.h,
 * pages.h, arena.h) stands here, under ASan and UBSan.
 *
 *	the clock	jumps: when no task can run, to the earliest deadline
 *	memory		pages are the product's (kernel/pages.c), of 16 MiB where a PC
 *			has them; blocks are malloc's, each on its own; so that ASan sees
 *			any use after a task's end.  What is not given back is counted
 *	faults		machine_at_wait: something happens to one task at its n-th wait
 *
 * A test makes its tasks, then runs the machine for a time or until
 * something has become true:
 *
 *	service_start(&service);
 *	task_create("asker", asker, NULL, MACHINE_STACK);
 *	assert_true(machine_run(done, 10000000));
 *
 * A machine runs once: a test that wants a fresh one asks machine_alone() or
 * machine_each().
 */
#ifndef TESTS_WORLD_MACHINE_H
#define TESTS_WORLD_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINE_STACK (64u * 1024)	/* frames are big under ASan */

/* Runs the tasks until done() says true or limit_us of simulated time have passed: whether done() did.  Repeatable. */
bool machine_run(bool (*done)(void), uint64_t limit_us);
/* What runs the tasks, below all stacks: task_run(), unless it is set before the first machine_run(). */
extern void (*machine_begin)(void);
/* For whoever runs inside: nothing runs any more, and machine_run() is not to be called again. */
_Noreturn void machine_stop(void);
/*
 * A clock and a rest in place of the ones that jump, before the first machine_run(), which has no limit then; and
 * whether the log goes to standard error.
 */
extern uint64_t (*machine_clock)(void);
extern void (*machine_rest)(uint64_t until_us);
extern void (*machine_restarted)(void);	/* the loader would start anew from memory; NULL: that is a failure */
extern bool machine_echo;
/* Lets time pass. */
void machine_pass(uint64_t us);

/*
 * Called on the stack of the task `task` at each of its waits, n = 1, 2, ...:
 * when it is about to be left (back false) and when it goes on (back true).
 * There it may do what a task may: task_crash(task_self()) before, or
 * task_exit() and task_fault() after it.  NULL: nobody.
 */
extern void (*machine_at_wait)(const char *task, unsigned n, bool back);

/*
 * Memory from MACHINE_LOW to MACHINE_MEMORY; machine_map() is what the BIOS says of it: the first 64 KiB that a
 * process can have are the resident segment's.
 */
#define MACHINE_LOW 0x10000u
#define MACHINE_MEMORY 0x1000000u

struct memmap;

const struct memmap *machine_map(void);
/* Makes it, and the page allocator on it: done by the first allocation, if by nobody else. */
void machine_memory(void);

/* Bytes held by the page allocator; blocks held by arenas. */
extern size_t machine_pages_held, machine_blocks_held;
/* Allocations so far, of pages and of blocks; from the one of that number on so many fail (0: none does). */
extern unsigned machine_allocations, machine_failing_allocation, machine_failing_count;
bool machine_may_allocate(void);		/* counts one more */
/* What the loader's random numbers come from; not 0. */
extern uint32_t machine_chance;
extern bool machine_has_no_chance;	/* good for secrets they never are */

/* malloc() and its like take from the running task's arena, as in the loader; these do not. */
void *machine_malloc(size_t len);
void machine_free(void *p);

/*
 * Runs fn in a process of its own: true if it returned within 20 s of
 * processor time; what it
 * said is shown only if it did not, with the log if WORLD_ECHO is set in the
 * environment.
 */
bool machine_alone(void (*fn)(void *arg), void *arg);
/*
 * A table's rows, each of which begins with its name (const char *), each played on a machine of its own: what main()
 * returns.  only: the name of one, or NULL.
 */
int machine_rows(void (*play)(const void *row), const void *rows, size_t size, size_t count, const char *only);

/*
 * Runs fn(n) for n = from, from + step, ... below end, each on a fresh machine, all in one process: for between two
 * of them the program's data are put back as they were, which costs less than a process.  True if all went well,
 * else as above, and *failed = the n with which it did not.
 */
bool machine_each(void (*fn)(unsigned n), unsigned from, unsigned end, unsigned step, unsigned *failed);

#endif
