/* SPDX-License-Identifier: BSD-2-Clause */
/* Each allocation and each wait, one after the other: see trouble.h. */
#include "tests/world/trouble.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/task.h"
#include "tests/world/check.h"
#include "tests/world/machine.h"

#define TRIES (sizeof(void *) == 4 ? 40u : 120u)	/* of each kind, about */
#define ALLOCATIONS_LEAST 20u		/* fewer, and it has not begun when it should */
#define WAITS_LEAST 5u

enum trouble_kind trouble_kind;
static const struct trouble *trouble;
static unsigned number, begun_at, waits, *counted;

static void look(const char *task, unsigned n, bool back)
{
	(void)n;
	if (!begun_at) {
		if (!trouble->has_begun())
			return;
		begun_at = machine_allocations + 1;
		machine_failing_allocation = trouble_kind == TROUBLE_SHORT ? machine_allocations + number : 0;
	}
	if (!back && !strcmp(task, trouble->task) && ++waits == number && trouble_kind == TROUBLE_CRASH)
		task_crash(task_self());
}

static void run(unsigned n)
{
	number = n;
	machine_at_wait = look;
	trouble->play();
	CHECK(begun_at);
}

static void count(void *arg)
{
	(void)arg;
	run(0);
	counted[0] = machine_allocations + 1 - begun_at;
	counted[1] = waits;
}

static bool each(enum trouble_kind kind, unsigned of)
{
	const char *what = kind == TROUBLE_SHORT ? "allocation" : "wait";
	unsigned failed, step = 1 + of / TRIES;
	trouble_kind = kind;
	if (!machine_each(run, 1, of + 1, step, &failed)) {
		printf("%s: %s %u\n", trouble->name, what, failed);
		return false;
	}
	printf("%s: %u %ss, every %u\n", trouble->name, of, what, step);
	return true;
}

bool trouble_tries(const struct trouble *t)
{
	trouble = t;
	trouble_kind = TROUBLE_NONE;
	counted = mmap(NULL, 2 * sizeof(*counted), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return counted != MAP_FAILED && machine_alone(count, NULL) && counted[0] >= ALLOCATIONS_LEAST &&
	       counted[1] >= WAITS_LEAST && each(TROUBLE_SHORT, counted[0]) && each(TROUBLE_CRASH, counted[1]);
}
