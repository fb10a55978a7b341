/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a collector is told: each try that failed with its cause, and the
 * handover; and that a collector that is dead, silent or does not want it
 * costs nobody more than two seconds at the handover, and one line.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/version.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define POSTED_MAX 8

static char posted[POSTED_MAX][4096];
static unsigned count;

static void note(const char *body)
{
	CHECK(count < POSTED_MAX);
	snprintf(posted[count++], sizeof(posted[0]), "%s", body);
}

static void start(const char *script, const char *args)
{
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, strlen(script));
	kernels_serve(0);
	far_posted = note;
	pc_start(args);
}

static bool twice(void)
{
	return count == 2;
}

static bool has_all(unsigned n, const char *const *wants)
{
	for (; *wants; wants++)
		if (!strstr(posted[n], *wants)) {
			fprintf(stderr, "not in \"%s\": %s\n", posted[n], *wants);
			return false;
		}
	return true;
}

/* The second try knows that it is the second; then the server has the file, and the third boots. */
static void each_failure_and_the_handover(void *arg)
{
	static const char *const first[] = {
		"{\"event\":\"failure\",\"version\":\"" UNDINE_VERSION "\",\"machine\":{\"mac\":\"02:00:00:00:00:01\","
		"\"ip\":\"10.0.0.100\"},\"try\":1,\"timings\":{\"up_ms\":", "\"cause\":{\"what\":\"404 ",
		"\"url\":\"http://files.test/later\",\"peer\":\"10.0.0.1:80\",\"status\":404,",
		"\"failed\":[\"boot.ipxe:2: imgfetch later\"]}}", NULL
	}, *const second[] = { "\"try\":2,", "\"failing_ms\":", "\"cause\":{\"what\":\"404 ", NULL
	}, *const third[] = { "{\"event\":\"handover\",\"to\":\"kernel\",", "\"try\":3,", "\"failing_ms\":",
		"\"fetch_bytes\":", "\"cause\":{\"what\":\"404 ", NULL };
	(void)arg;
	start("#!ipxe\nimgfetch later\nkernel kernel\nboot\n", "report-url=http://files.test/report retry-timeout=1");
	CHECK(machine_run(twice, 60 * SECOND));
	CHECK(has_all(0, first) && has_all(1, second));
	far_serve("/later", "x", 1);
	CHECK(machine_run(pc_ended, 60 * SECOND));
	CHECK_INT(pc_end, PC_BOOTED);
	CHECK_INT(count, 3);
	CHECK(has_all(2, third));
	CHECK(!pc_said("report:"));
}

static unsigned times_said(const char *what)
{
	static char text[LOG_RING_LEN + 1];
	uint64_t pos = 0;
	unsigned n = 0;
	text[log_read(&pos, text, LOG_RING_LEN)] = '\0';
	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static unsigned tries_wanted;

static bool tried(void)
{
	return times_said("all is tried again in") >= tries_wanted;
}

static bool is_booting(void)
{
	return pc_said("boot: starting kernel");
}

static const struct bad {
	const char *url, *said;
	uint64_t most_us;		/* that the handover may wait for it */
} bads[] = {
	{ "http://files.test/elsewhere", "report: http://files.test/elsewhere: 404 Not Found", SECOND },
	{ "http://files.test/moved", "report: http://files.test/moved: it is elsewhere", SECOND },
	{ "http://files.test/garbage", "report: http://files.test/garbage: 10.0.0.1:80 answers, but ", SECOND },
	{ "http://files.test/silent", "report: http://files.test/silent: 10.0.0.1:80 took the request but", 2200000 },
	{ "http://10.0.0.9/report", "report: http://10.0.0.9/report: 10.0.0.9:80 does not answer", 2200000 },
	{ "http://mute.test/report", "report: http://mute.test/report: ", 2200000 },
	{ "http://files.test:82/report", "report: http://files.test:82/report: ", SECOND },
};

static void costs_little(void *arg)
{
	const struct bad *b = *(const struct bad *const *)arg;
	char args[128];
	snprintf(args, sizeof(args), "report-url=%s retry-timeout=40", b->url);
	start("#!ipxe\nimgfetch later\nkernel kernel\nboot\n", args);
	tries_wanted = 2;
	CHECK(machine_run(tried, 200 * SECOND));
	CHECK_INT(times_said(b->said), 1);
	CHECK_INT(times_said("report: http"), 1);
	far_serve("/later", "x", 1);
	CHECK(machine_run(is_booting, 300 * SECOND));
	uint64_t begun = clock_us();
	CHECK(machine_run(pc_ended, 10 * SECOND));
	CHECK_INT(pc_end, PC_BOOTED);
	CHECK(clock_us() - begun < b->most_us);
	CHECK_INT(times_said("report: http"), 1);
}

static bool all_cost_little(const void *arg)
{
	bool good = true;
	(void)arg;
	for (unsigned i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		const struct bad *b = &bads[i];
		good = machine_alone(costs_little, &b) && good;
	}
	return good;
}

/* Where nothing is set, or nothing that can be posted to, nothing is posted; leaving otherwise is told, too. */
static void only_where_it_is_wanted(void *arg)
{
	static const char *const leaving[] = { "{\"event\":\"leaving\",\"version\"", "\"try\":2,", NULL };
	(void)arg;
	start("#!ipxe\nimgfetch later\n", "report-url=tftp://files.test/report");
	tries_wanted = 1;
	CHECK(machine_run(tried, 60 * SECOND));
	CHECK(pc_said("report-url: tftp://files.test/report is no URL that can be posted to"));
	pc_type("set report-url nowhere\nset report-url http://files.test/report\nexit 3\n");
	CHECK(machine_run(pc_ended, 10 * SECOND));
	CHECK(pc_said("report-url: nowhere is no URL that can be posted to"));
	CHECK_INT(pc_end, PC_EXITED);
	CHECK_INT(count, 1);
	CHECK(has_all(0, leaving));
}

static bool alone(const void *arg)
{
	void (*test)(void *) = *(void (*const *)(void *))arg;
	return machine_alone(test, NULL);
}

int main(int argc, char **argv)
{
	static void (*const each)(void *) = each_failure_and_the_handover, (*const wanted)(void *) =
		only_where_it_is_wanted;
	const struct test tests[] = {
		{ "each failure and the handover", alone, &each }, { "bad collectors", all_cost_little, NULL },
		{ "only where it is wanted", alone, &wanted },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
