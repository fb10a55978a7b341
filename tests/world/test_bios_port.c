/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose a serial port is that the firmware names: ours, a BIOS's whose INT 10h goes there too, or a BIOS's that copies
 * the video memory, at its own time.  What the port lets out is said here; serial.c and a BIOS are the lab's.
 */
#include <stdio.h>

#include "services/console/local.h"
#include "services/console/ports.h"
#include "tests/world/check.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define LEFT "console: COM1 is left to the BIOS, which copies the screen there"
#define SHARED "console: COM1, 115200 8N1, where the BIOS shows its screen too: it reads what is typed there"
#define NEVER_SILENT "+" "++++++++++" "++++++++++" "+"

static const struct story {
	const char *name, *overhears, *says, *says_not;
} stories[] = {
	{ "nobody_else", "--", NULL, "BIOS" },
	{ "int_10h_goes_there", "+-+", SHARED, LEFT },
	{ "something_comes_at_each_tick", NEVER_SILENT, SHARED, LEFT },
	{ "copies_the_screen", "-+", LEFT, SHARED },
	{ "is_behind_with_copying", "++++--+", LEFT, SHARED },
	{ "was_just_done_with_what_stood_there", "+---", NULL, "BIOS" },
};

static void play(void *arg)
{
	const struct story *s = arg;
	pc_start(NULL);
	machine_run(NULL, SECOND);
	CHECK_INT(local_set("vga"), 0);
	pc_overhears = s->overhears;
	local_begin(&ports_com1, true, NULL);
	CHECK(!s->says || pc_said(s->says));
	CHECK(!pc_said(s->says_not));
	CHECK_INT(*pc_overhears, 0);
}

static bool run(const void *story)
{
	return machine_alone(play, (void *)(uintptr_t)story);
}

int main(int argc, char **argv)
{
	struct test tests[sizeof(stories) / sizeof(stories[0])];
	for (unsigned i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tests[i] = (struct test){ stories[i].name, run, &stories[i] };
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
