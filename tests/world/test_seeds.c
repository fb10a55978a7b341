/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole loader and bad luck: test_seeds [FIRST [COUNT]].  A seed draws a
 * wire (loss, frames that come twice, delays), whether there is a second card,
 * and what happens in the first minutes: services crash, return or sleep over
 * their deadlines, somebody types, or calls by telnet and types there, memory
 * is short, the wire is dark, the servers are gone for a while.  Then
 * all works again, and the loader must boot by itself, unless a service is down
 * for good, which the console says.  A seed that fails is run once more with the log shown;
 * so it can be at any time: the same bytes happen again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/service.h"
#include "kernel/task.h"
#include "tests/world/check.h"
#include "tests/world/draw.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"
#include "tests/world/story.h"

#define SECOND 1000000ull
#define SEEDS (sizeof(void *) == 4 ? 200u : 2000u)
#define AT_ONCE 100u			/* in one process */
#define EVENTS 8
#define TWICE 4				/* so many are run twice */

static const char *const names[] = {
	"console", "net", "dhcp", "dns", "fetch", "fetch2", "fetch3", "fetch4", "fetch5", "fetch6", "telnet", "shell",
};
static const char *const lines[] = {
	"\x03", "\x03\n", "x", "\x1b[A\n", "ifstat\n", "show net0/ip\n", "help\n", "nslookup a slow.test\n", "dhcp\n",
	"imgstat\n", "ping -c 2 10.0.0.1\n", "sleep 3\n", "telnetd --insecure\n", "telnetd --password sesame\n",
	"log\n", "nonsense && more\n", "\x04",
	"ifclose\n", "ifopen\n", "ping -c 3 10.0.0.9\n", "sanboot --drive 0x81\n", "telnet 10.0.0.1\n",
	"log --page\n", "read x\n", "ping 10.0.0.1\n",	/* these do not end by themselves */
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* By telnet, where that is on. */
static const char *const calls[] = {
	"ifstat\r\n", "\x03", "who\r\n", "log --pa\t", "telnet 10.0.0.1\r\n", "\x04", "\xff\xf4", "imgstat",
	"telnetd --stop\r\n", "ping -c 3 10.0.0.1\r\n",
};

enum kind { CRASH, STOP, LATE, TYPE, CALL, SHORT, DARK, DOWN, KINDS };

static struct event {
	uint64_t at_us, lasts_us;
	enum kind kind;
	unsigned which, count;
} events[EVENTS];
static unsigned event_count, next_event;
static uint64_t dark_until, down_until, quiet_at;
static const char *leaving;		/* the service that returns at its next wait */

static struct {
	uint32_t hash[TWICE];
	struct story_rest usual;
	unsigned greeted, logged_in, second_leases;	/* seeds in which a caller was, a second card had one */
} *shared;

/* ---- what a seed draws ---- */

/* Short ones are as likely as long ones: 1 us to 4 minutes. */
static uint64_t draw_time(unsigned bits)
{
	uint64_t top = 1ull << draw(bits + 1);
	return top + draw((uint32_t)top);
}

static void draw_all(unsigned seed)
{
	static const unsigned rates[] = { 0, 0, 0, 30, 100, 500, 1500 };
	draw_by(seed);
	machine_chance = draw(UINT32_MAX) | 1;
	far_seed = draw(UINT32_MAX) | 1;
	far_loss = rates[draw(COUNT(rates))];
	far_twice = rates[draw(COUNT(rates))];
	far_jitter_us = draw(2) ? 0 : draw(30000);
	far_dhcp_delay_us = draw_time(21);
	story_args = draw(2) ? NULL : "telnetd.password=sesame";
	far_second = draw(2) ? FAR_ONE_CARD : 1 + draw(3);
	event_count = draw(EVENTS + 1);
	uint64_t at = clock_us();
	for (unsigned i = 0; i < event_count; i++) {
		at += draw_time(24);
		events[i] = (struct event){ at, draw_time(25), draw(KINDS), draw(1000), 1 + draw(4) };
	}
	quiet_at = at + 60 * SECOND;
}

/* ---- and what happens then ---- */

static void happen(const struct event *e)
{
	struct service *s = service_find(names[e->which % COUNT(names)]);
	switch (e->kind) {
	case CRASH:
		if (s->task)
			task_crash(s->task);
		break;
	case STOP: leaving = s->name; break;
	case LATE: machine_pass(e->lasts_us); break;
	case TYPE: pc_type(lines[e->which % COUNT(lines)]); break;
	case CALL:
		far_call_telnet_and_type("sesame\r\n", calls[e->which % COUNT(calls)],
					 e->lasts_us + e->count * 4 * SECOND, e->count & 1);
		break;
	case SHORT:
		machine_failing_allocation = machine_allocations + 1 + e->which % 20;
		machine_failing_count = e->count;
		break;
	case DARK: dark_until = clock_us() + e->lasts_us; break;
	case DOWN: down_until = clock_us() + e->lasts_us; break;
	case KINDS: break;
	}
}

static void at_wait(const char *task, unsigned n, bool back)
{
	(void)n;
	if (leaving && back && !strcmp(task, leaving)) {
		leaving = NULL;
		task_exit();
	}
	if (back)
		return;
	uint64_t now = clock_us();
	while (next_event < event_count && events[next_event].at_us <= now)
		happen(&events[next_event++]);
	far_dark = now < dark_until;
	far_down = now < down_until;
	if (now < quiet_at)
		return;
	far_loss = far_twice = 0;
	far_jitter_us = 0;
}

static uint32_t hash_log(void)
{
	char text[4096];
	uint32_t h = 2166136261u;
	uint64_t pos = 0;
	for (size_t n; (n = log_read(&pos, text, sizeof(text)));)
		for (size_t i = 0; i < n; i++)
			h = (h ^ (uint8_t)text[i]) * 16777619u;
	return h;
}

static void no_luck_needed(void *arg)
{
	(void)arg;
	story_begin();
	story_ends_well();
}

static void run_seed(unsigned seed)
{
	draw_all(seed);
	story_begin();
	machine_at_wait = at_wait;
	story_ends_well();
	shared->greeted += far_was_greeted();
	shared->logged_in += pc_said(" logged in");
	shared->second_leases += pc_said("ACK 10.0.0.101 ");
}

static void run_twice(unsigned seed)
{
	uint32_t *hash = &shared->hash[seed % TWICE];
	run_seed(seed);
	uint32_t now = hash_log();
	CHECK(!*hash || *hash == now);
	*hash = now;
}

static unsigned first = 1, count = SEEDS;

static bool run_all(void (*run)(unsigned), unsigned from, unsigned end)
{
	unsigned failed;
	for (; from < end; from += AT_ONCE) {
		unsigned to = from + AT_ONCE < end ? from + AT_ONCE : end;
		if (machine_each(run, from, to, 1, &failed))
			continue;
		setenv("WORLD_ECHO", "1", 1);
		machine_each(run, failed, failed + 1, 1, &failed);
		printf("seed %u; once more: test_seeds %u 1\n", failed, failed);
		return false;
	}
	return true;
}

static bool try_seeds(const void *arg)
{
	(void)arg;
	bool good = run_all(run_seed, first, first + count);
	if (good)
		printf("seeds: %u from %u on; callers by telnet were greeted in %u, logged in in %u; net1 had a lease "
		       "in %u\n", count, first, shared->greeted, shared->logged_in, shared->second_leases);
	/* enough for them to have been in the way of something */
	return good && (count < SEEDS || (shared->greeted > count / 20 && shared->second_leases > count / 20));
}

static bool try_again(const void *arg)
{
	(void)arg;
	return run_all(run_twice, first, first + TWICE) && run_all(run_twice, first, first + TWICE);
}

int main(int argc, char **argv)
{
	const struct test tests[] = { { "seeds", try_seeds, NULL }, { "again", try_again, NULL } };
	first = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : first;
	count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : count;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	story_usual = &shared->usual;
	story_usual->typed = EVENTS;
	if (!machine_alone(no_luck_needed, NULL))
		return 1;
	return run_tests(tests, COUNT(tests), NULL);
}
