/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that come side by side: how much sooner, in which order they are kept, and that a script sees the same as if
 * each had been waited for.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define SAID_MAX 10

static void begin(const char *text)
{
	static char script[4096];
	static const char part[] = "#!ipxe\nimgfetch --name in-part 3000-1\nimgfetch none\nimgfetch 3000-2\n";
	static const char sums[] = "0000000000000000000000000000000000000000000000000000000000000000  10-1\n";
	static const char odd[] = "#!ipxe\nimgfetch none\necho ${a}${a}\n";
	CHECK(snprintf(script, sizeof(script), "#!ipxe\n%s", text) < (int)sizeof(script));
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, strlen(script));
	far_serve("/part", part, strlen(part));
	far_serve("/sums", sums, strlen(sums));
	far_serve("/odd", odd, strlen(odd));
	kernels_serve(0);
	pc_start(NULL);
}

/* ---- how much sooner ---- */

static uint64_t between(const char *from, const char *to)
{
	CHECK(pc_says(from, 600 * SECOND));
	uint64_t begun_us = clock_us();
	CHECK(pc_says(to, 600 * SECOND));
	return clock_us() - begun_us;
}

#define FILES "kernel 90000-1\nmodule 3000-2\nmodule 70000-3\nmodule 2000-4\nmodule 80000-5\n"

/* 50 ms each way: one after the other, then side by side, then three at a time, in the same run. */
static void sooner(void *arg)
{
	(void)arg;
	far_wire_us = 50000;
	begin("echo alone\n" FILES "echo was alone\nimgfree\nset fetch-parallel 6\necho together\n" FILES
	      "echo were together\nimgfree\nset fetch-parallel 3\necho three\n" FILES "echo were three\n");
	uint64_t alone = between("alone", "was alone"), together = between("together", "were together");
	uint64_t three = between("three", "were three");
	CHECK(2 * alone >= 5 * together);
	CHECK(together < three && three < alone);
}

static bool come_sooner(const void *arg)
{
	(void)arg;
	return machine_alone(sooner, NULL);
}

/* ---- how many calls ---- */

static uint16_t ports[32];
static unsigned calls;

/* A SYN, to wherever: from another port each call. */
static void count_call(const uint8_t *frame, size_t len)
{
	if (len < 54 || frame[12] != 8 || frame[13] || frame[23] != 6 || frame[47] != 2 || frame[30] != 192)
		return;
	uint16_t port = (uint16_t)(frame[34] << 8 | frame[35]);
	unsigned i = 0;
	while (i < calls && ports[i] != port)
		i++;
	if (i == calls && calls < 32)
		ports[calls++] = port;
}

static bool has_waited(void)
{
	static uint64_t since_us;
	since_us = since_us || !calls ? since_us : clock_us();
	return since_us && clock_us() > since_us + 10 * SECOND;
}

/* Six files of a name with two addresses, of which neither answers: eight calls at once, not twelve. */
static void few_calls(void *arg)
{
	(void)arg;
	far_gateway = 0x0a000001;
	far_files_first = 0xc0000201;
	far_files_at = 0xc0000202;
	far_crowd = count_call;
	far_boot_file = "http://10.0.0.1/boot.ipxe";
	static const char script[] = "#!ipxe\nset fetch.connect-timeout 60\nset fetch-parallel 6\n"
		"imgfetch http://files.test/a\nimgfetch http://files.test/b\nimgfetch http://files.test/c\n"
		"imgfetch http://files.test/d\nimgfetch http://files.test/e\nimgfetch http://files.test/f\n";
	far_serve("/boot.ipxe", script, strlen(script));
	pc_start(NULL);
	CHECK(machine_run(has_waited, 60 * SECOND));
	CHECK_INT(calls, 8);
}

static bool call_few(const void *arg)
{
	(void)arg;
	return machine_alone(few_calls, NULL);
}

/* ---- a log without redraws ---- */

/* What is kept of the serial line has the download's line every ten seconds, and is not drawn over. */
static void plainly(void *arg)
{
	(void)arg;
	far_boot_file = "http://files.test/boot.ipxe";
	static const char script[] = "#!ipxe\nset console.plain 1\nimgfetch 900000-1\nset fetch-parallel 2\n"
		"imgfetch 900000-2\nimgfetch 800000-3\n";
	far_serve("/boot.ipxe", script, strlen(script));
	pc_start(NULL);
	CHECK(pc_says("script: taken from", 60 * SECOND));
	CHECK(!pc_shows("900000-1", 4 * SECOND));
	CHECK(pc_says("900000-1 [", 4 * SECOND));
	CHECK(pc_says("http: 900000-1 ", 60 * SECOND));
	/* several: a line each */
	CHECK(pc_says("900000-2 [", 10 * SECOND));
	CHECK(pc_says("800000-3 [", SECOND));
	CHECK(pc_says("This is the prompt", 60 * SECOND));
	machine_run(pc_ended, SECOND);
	uint64_t sent = pc_sent;		/* no note that counts down to the next try */
	machine_run(pc_ended, 5 * SECOND);
	CHECK_INT(pc_sent, sent);
}

static bool is_plain(const void *arg)
{
	(void)arg;
	return machine_alone(plainly, NULL);
}

/* ---- what scripts see ---- */

#define TWICE "set a ${a}${a}\nset a ${a}${a}\nset a ${a}${a}\n"

static const struct row {
	const char *script;		/* without its first line; well at its end is where it should come to */
	const char *said[SAID_MAX];	/* in the log, in this order */
	const char *never;
} rows[] = {
	/* kept in the script's order, whichever comes first */
	{ "set fetch-parallel 4\nimgfetch --name a 60000-1\nimgfetch --name b 100-2 || echo wrong\n\n:x # nothing\n"
	  "imgfetch --name c 20000-3 && imgfetch --name d 200-4\nimgstat\necho well\n",
	  { "  a: 58.5 KiB", "  b: 100 bytes", "  c: 19.5 KiB", "  d: 200 bytes", "well" }, "wrong" },
	/* one that fails is found out later, and fails where it stands: those behind it have not been fetched */
	{ "set fetch-parallel 4\nimgfetch --name a 60000-1\nimgfetch none || goto out\nimgfetch --name b 100-2\n"
	  "echo wrong\n:out\nimgstat\necho well\n",
	  { "http://files.test/none: 404", "  a: 58.5 KiB", "well" }, "  b: " },
	{ "set fetch-parallel 4\nimgfetch none || echo none is caught\nimgfetch no && echo wrong || echo no is caught\n"
	  "imgfetch --name b 100-2\nimgstat\necho well\n",
	  { "/none: 404", "none is caught", "/no: 404", "no is caught", "  b: 100 bytes", "well" }, "wrong" },
	/* the first in the script counts, also when it fails last, or the other fails at once */
	{ "set fetch-parallel 4\nimgfetch late-2 && imgfetch reset || echo first\nimgfetch a##x\nimgfetch late-3\n"
	  "imgfetch --timeout x 5-5 || echo second\nimgstat\necho well\n",
	  { "first", "/a: 404", "failed" }, "well" },
	{ "set fetch-parallel 4\nimgfetch none\nkernel --type no-such some\necho wrong\n",
	  { "/none: 404", "boot.ipxe:3: imgfetch none: failed" }, "wrong" },
	{ "set fetch-parallel 4\nimgfetch none || echo caught\nkernel --type no-such some || echo well\n",
	  { "/none: 404", "caught", "kernel: no image type is called no-such", "well" }, NULL },
	/* a script's end waits, and its failure is its caller's */
	{ "set fetch-parallel 4\nchain part || echo caught\nimgstat\necho well\n",
	  { "/none: 404", "part:3: imgfetch none: failed", "caught", "  in-part: 2.9 KiB", "well" }, "3000-2: 2" },
	/* so is it before a line that cannot be run */
	{ "set fetch-parallel 4\nset a 0123456789abcdef\n" TWICE TWICE TWICE "chain odd || echo caught\nimgstat\n"
	  "echo well\n",
	  { "/none: 404", "odd:2: imgfetch none: failed", "caught", "no images", "well" }, "odd:3" },
	/* more than may run at once, and than there is room for */
	{ "set fetch-parallel 2\nimgfetch 1-1\nimgfetch 2-1\nimgfetch 3-1\nimgfetch 4-1\nimgfetch 5-1\nimgfetch 6-1\n"
	  "imgfetch 7-1\nimgfetch 8-1\nimgfetch data:,x\nimgfetch 9-1\nimgstat\necho well\n",
	  { "  1-1: ", "  4-1: ", "  8-1: ", "  data: ", "  9-1: ", "well" }, NULL },
	/* --background: the script goes on; the order stays; who needs it waits, and hears of its failure once */
	{ "kernel --background --name k 100000-1\nmodule --background --name a 60000-2\nmodule --name b 100-3\n"
	  "imgstat\nsync --timeout 100 || echo not yet\nsync && echo all\nimgstat\necho well\n",
	  { "  k [>", "  a [>", "  b: 100 bytes",
	    "sync: files are still on their way", "not yet", "all",
	    "  k: 97.6 KiB, kernel", "  a: 58.5 KiB", "  b: 100 bytes", "well" }, NULL },
	{ "imgfetch --background none\nimgfetch --background --name a 100-2\nsleep 2\nimgstat\nmd5sum a || echo told\n"
	  "sync && md5sum a && echo well\n",
	  { "failed: sync tells why", "/none: 404", "told", "  a", "well" }, NULL },
	{ "kernel --background --name a 100000-1\nkernel --name b 10-2\nboot || echo well\n",
	  { "boot: b (unknown) cannot be booted", "well" }, NULL },
	/* that what has come is not what it should be is the failure of imgstat, if that is the first who looks */
	{ "set sha256sums sums\nmodule --background --name m 10-1\nsleep 2\nimgstat && echo wrong || echo told\n"
	  "sync && imgstat && echo well\n",
	  { "m: its SHA-256 is", "told", "no images", "well" }, "wrong" },
	/* more of the background's than there is room for, of whom nobody wants to know */
	{ "set i:int32 0\n:more\nimgfetch --background --name f${i} 10-1\ninc i\niseq ${i} 32 || goto more\n"
	  "imgfetch --background --name g 10-1 || echo full\nsync\nimgfetch --background --name h 10-1\n"
	  "sync && imgstat && echo well\n",
	  { "--background: 32 files wait", "full", "  f31: 10 bytes", "  h: 10 bytes", "well" }, "  g: " },
};

static bool has_ended(void)
{
	return pc_said("all is tried again in") || pc_ended();
}

static void plays(const void *arg)
{
	const struct row *row = arg;
	begin(row->script);
	CHECK(machine_run(has_ended, 600 * SECOND));
	for (unsigned i = 0; i < SAID_MAX && row->said[i]; i++)
		if (!pc_said(row->said[i])) {
			fprintf(stderr, "%s\nnot said: %s\n", row->script, row->said[i]);
			abort();
		}
	CHECK(!row->never || !pc_said(row->never));
}

static void plays_row(void *arg)
{
	plays(*(const struct row *const *)arg);
}

static bool each_plays(const void *arg)
{
	bool good = true;
	(void)arg;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		good = machine_alone(plays_row, &row) && good;
	}
	return good;
}

/* ---- a person ---- */

/* A line each; Ctrl-C ends the script and all of them. */
static void shows(void *arg)
{
	(void)arg;
	begin("set fetch-parallel 4\nimgfetch --name first 500000-1\nimgfetch --name second 400000-2\nboot\n");
	CHECK(pc_shows("second [", 60 * SECOND));
	CHECK(pc_shows("first [", SECOND));
	pc_type("\x03");
	CHECK(pc_says("Stopped by Ctrl-C", 5 * SECOND));
	pc_type("imgstat\n");
	CHECK(pc_says("no images", 5 * SECOND));
	pc_type("set fetch-parallel 4\nimgfetch --background 300000-1\nsync\n");
	CHECK(pc_shows("300000-1 [=", 60 * SECOND));
	pc_type("\x03");
	CHECK(pc_says("sync: stopped by Ctrl-C", 60 * SECOND));
	pc_type("sync --timeout 1\n");
	CHECK(pc_says("sync: files are still on their way", 60 * SECOND));
	pc_type("imgfetch none || echo caught\n");		/* at the prompt each is waited for */
	CHECK(pc_says("caught", 5 * SECOND));
	pc_type("crash shell\n");
	CHECK(pc_says("shell: service started again", 60 * SECOND));
	pc_type("sync && imgstat\n");
	CHECK(pc_says("no images", 5 * SECOND));
}

static bool is_shown(const void *arg)
{
	(void)arg;
	return machine_alone(shows, NULL);
}

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "come sooner", come_sooner, NULL },
		{ "each plays", each_plays, NULL },
		{ "is shown", is_shown, NULL },
		{ "calls are few", call_few, NULL },
		{ "is plain", is_plain, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
