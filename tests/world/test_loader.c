/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole loader, to one of whose tasks something happens at one of its
 * waits, one run each:
 *
 *	crash	it faults there
 *	starve	it faults there, and the next allocation fails, be it the restart's
 *	stop	it returns there
 *	late	a minute and a half pass there, so that every deadline comes
 *	cancel	Ctrl-C is typed there, and the wire is dark for ten seconds
 *
 * or one of its allocations fails.  Each time the loader must boot in the end,
 * by itself.
 *
 *	test_loader [every] [TASK]	at some of its waits, or at every one
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/clock.h"
#include "kernel/task.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"
#include "tests/world/story.h"

#define SECOND 1000000ull
#define LATE_US (90 * SECOND)
#define DARK_US (10 * SECOND)

static const char *const tasks[] = {
	"console", "net", "dhcp", "dns", "fetch", "fetch2", "fetch3", "fetch4", "fetch5", "fetch6",
	"telnet", "syslog", "report", "shell",
};
#define TASKS (sizeof(tasks) / sizeof(tasks[0]))

static struct {
	unsigned waits[TASKS];		/* of each task, while all goes well */
	unsigned allocations;
	struct story_rest usual;
} *shared;

enum fate { CRASH, STARVE, STOP, LATE, CANCEL };
static const char *const fates[] = { "crash", "starve", "stop", "late", "cancel" };

static const char *victim;
static bool every;
static unsigned at;
static enum fate fate;
static bool struck;
static uint64_t light_us;

static void strike(const char *task, unsigned n, bool back)
{
	if (light_us && clock_us() >= light_us) {
		far_dark = false;
		light_us = 0;
	}
	if (strcmp(task, victim) || n != at || (!back && struck))
		return;
	struck = true;
	switch (fate) {
	case STARVE:
	case CRASH:
		if (back)
			break;
		task_crash(task_self());
		if (fate == STARVE)
			machine_failing_allocation = machine_allocations + 1;
		break;
	case STOP:
		if (back) {
			at = 0;
			task_exit();
		}
		break;
	case LATE:
		if (!back)
			machine_pass(LATE_US);
		break;
	case CANCEL:
		if (back)
			break;
		pc_type("\x03");
		far_dark = true;
		light_us = clock_us() + DARK_US;
		break;
	}
}

static void run_struck(unsigned n)
{
	at = n;
	story_begin();
	machine_at_wait = strike;
	story_ends_well();
	CHECK(struck);
	CHECK_INT(pc_end, PC_BOOTED);
	CHECK(!story_service_is_down());
}

static void run_short(unsigned n)
{
	story_begin();
	machine_failing_allocation = n;
	story_ends_well();
}

static void count_waits(const char *task, unsigned n, bool back)
{
	(void)back;
	for (unsigned i = 0; i < TASKS; i++)
		if (!strcmp(tasks[i], task))
			shared->waits[i] = n;
}

static void count(void *arg)
{
	(void)arg;
	story_begin();
	machine_at_wait = count_waits;
	story_ends_well();
	shared->allocations = machine_allocations;
}

/* In 32 bit a fifth of it: what is special there is not a matter of when. */
static unsigned some(unsigned of, unsigned runs)
{
	return every ? 1 : (1 + of / runs) * (sizeof(void *) == 4 ? 5 : 1);
}

static bool try_task(const void *task)
{
	unsigned i = 0, failed;
	while (strcmp(tasks[i], task))
		i++;
	unsigned waits = shared->waits[i], step = some(waits, 24);
	victim = task;
	for (fate = CRASH; fate <= CANCEL; fate++)
		if (!machine_each(run_struck, 1, waits + 1, step, &failed)) {
			printf("%s at wait %u of %s\n", fates[fate], failed, victim);
			return false;
		}
	printf("%u waits, every %u\n", waits, step);
	return waits > 0;
}

static bool try_short(const void *arg)
{
	unsigned step = some(shared->allocations, 400), failed;
	(void)arg;
	/* what the loader cannot do without comes first: main.c panics there */
	if (!machine_each(run_short, 30, shared->allocations + 1, step, &failed)) {
		printf("allocation %u fails\n", failed);
		return false;
	}
	printf("%u allocations, every %u\n", shared->allocations, step);
	return true;
}

int main(int argc, char **argv)
{
	struct test tests[TASKS + 1] = { { "memory", try_short, NULL } };
	for (unsigned i = 0; i < TASKS; i++)
		tests[1 + i] = (struct test){ tasks[i], try_task, tasks[i] };
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	story_usual = &shared->usual;
	every = argc > 1 && !strcmp(argv[1], "every");
	argc -= every;
	argv += every;
	if (!machine_alone(count, NULL))
		return 1;
	return run_tests(tests, TASKS + 1, argc > 1 ? argv[1] : NULL);
}
