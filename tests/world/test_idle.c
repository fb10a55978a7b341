/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scripts that wait for somebody who does not come: they are left for the
 * next try, nothing of theirs runs any more, and no machine stays in a menu
 * for ever because of a stray key.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "services/console/console.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull

static void start(const char *script, const char *args)
{
	far_boot_file = "http://files.test/boot.ipxe";
	far_say("/boot.ipxe", script);
	kernels_serve(0);
	pc_start(args);
}

static void mend(void)
{
	far_say("/boot.ipxe", "#!ipxe\nkernel kernel a=1\nmodule one first word\nmodule two second\nboot\n");
}

static bool stays(unsigned seconds)
{
	return !machine_run(pc_ended, seconds * SECOND);
}

static void boots_within(unsigned seconds)
{
	CHECK(machine_run(pc_ended, seconds * SECOND));
	CHECK_INT(pc_end, PC_BOOTED);
	kernels_arrived(pc_hand_over());
}

static struct screen seen = { .name = "seen", .columns = 80, .rows = 24, .can = SCREEN_ERASE | SCREEN_FULL };
static char sight[1u << 20];

static bool shows(const char *text)
{
	console_repaint();
	size_t n = console_take(&seen, sight, sizeof(sight));
	return memmem(sight, n, text, strlen(text));
}

static void see(const char *text, unsigned seconds)
{
	for (unsigned n = 0; !shows(text); n++) {
		CHECK(n < seconds);
		machine_run(NULL, SECOND);
	}
}

/* ---- each kind of question ---- */

#define WRONG " && goto wrong || goto wrong\n:wrong\necho this was not chosen\nsleep 100000\n"
#define MENU "menu Which?\nitem a First\nitem b Second\n"

static const struct {
	const char *asks, *sight, *keys;	/* keys: stray ones that come once */
} questions[] = {
	{ MENU "choose x" WRONG, "Second", "" },
	{ MENU "choose x" WRONG, "Second", "\x0e" },
	{ MENU "choose --timeout 50000 x" WRONG, "Taken in 4", "q" },
	{ "form About you\nitem name Who\npresent" WRONG, "Who", "ann" },
	{ "login" WRONG, "Password", "" },
	{ "config" WRONG, "Settings", "" },
	{ "config net0" WRONG, "Settings of net0/", "\x0e\n1" },
	{ "prompt a key?" WRONG, "a key?", "" },
	{ "prompt --key x a key?" WRONG, "a key?", "" },
	{ "read x" WRONG, "x: ", "" },
	{ "read --timeout 50000 x" WRONG, "(goes on in 0:4", "y" },
	{ "set x:string one\nread x" WRONG, "x: one", "" },
	{ "log --page" WRONG, "q ends", "" },
	{ "pxelinux asks.cfg" WRONG, "boot: ", "" },
	{ "pxelinux menu.cfg" WRONG, "Inside", "\n\x0e" },	/* its submenu */
	{ "pxelinux menu.cfg" WRONG, "Inside", "\x1b" },	/* its boot: line */
};
#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

static void begin(unsigned n, const char *args)
{
	static char script[1000];
	snprintf(script, sizeof(script), "#!ipxe\n%s", questions[n].asks);
	console_join(&seen);
	far_say("/asks.cfg", "PROMPT 1\nLABEL a\nKERNEL kernel\n");
	far_say("/menu.cfg", "UI menu.c32\nMENU BEGIN in\nMENU TITLE Inside\nLABEL a\nKERNEL kernel\nMENU END\n"
	      "LABEL b\nKERNEL kernel\n");
	start(script, args);
	see(questions[n].sight, 60);
	pc_type(questions[n].keys);
	machine_run(NULL, 4 * SECOND);
	mend();
}

static void left_alone(unsigned n)
{
	begin(n, NULL);
	CHECK(shows("(try 2 in 1"));
	CHECK(stays(888));
	CHECK(shows("(try 2 in "));
	boots_within(20 + 900 / 8);
	CHECK(pc_said("stopped by menu-idle, for nobody is there"));
	CHECK(!pc_said("this was not chosen"));
	CHECK(!pc_said("menu: Which"));
}

/* Off: it stands as long as it likes, or as long as boot-timeout lets it. */
static void never(unsigned n)
{
	begin(n, "menu-idle=0 boot-timeout=0");
	CHECK(!shows("(try"));
	CHECK(stays(5000));
	CHECK(!pc_said("this was not chosen"));
}

static bool each_of(const void *arg)
{
	unsigned failed;
	if (machine_each(*(void (*const *)(unsigned))arg, 0, QUESTIONS, 1, &failed))
		return true;
	printf("asked: %s", questions[failed].asks);
	return false;
}

/* ---- who is there, what else leads on ---- */

static bool alone(const void *fn)
{
	return machine_alone(*(void (*const *)(void *))fn, NULL);
}

/* Shorter than presence: a key holds it so long, and each anew, but no more than an hour. */
static void somebody_is_there(void *arg)
{
	(void)arg;
	begin(0, "menu-idle=20");
	pc_type("\x0e");
	CHECK(stays(290));
	pc_type("\x10");
	CHECK(stays(290));
	boots_within(20);
}

static bool types(void)
{
	static uint64_t next_us;
	if (clock_us() >= next_us) {
		next_us = clock_us() + 50 * SECOND;
		pc_type("~");
	}
	return pc_ended();
}

static void noise(void *arg)
{
	(void)arg;
	begin(0, NULL);
	uint64_t begun = clock_us();
	CHECK(machine_run(types, 4000 * SECOND));
	CHECK(clock_us() - begun > 3500 * SECOND);
	CHECK_INT(pc_end, PC_BOOTED);
}

/* A time of its own is stronger, and begins again when a key has stopped it. */
static void own_time(void *arg)
{
	(void)arg;
	start("#!ipxe\n" MENU "choose --timeout 2000000 --retimeout 1500000 x\necho it was ${x}\nsleep 100000\n", NULL);
	console_join(&seen);
	see("Taken in 19", 60);
	CHECK(stays(1800));
	pc_type("\x0e");
	see("Taken in 1499", 3);
	CHECK(stays(1490));
	CHECK(!pc_said("it was"));
	CHECK(pc_says("it was b", 20 * SECOND));
}

/* A script that is called, from one that waits for it. */
static void called(void *arg)
{
	(void)arg;
	far_say("/menu", "#!ipxe\n" MENU "choose x || goto on\n:on\nsleep 100000\n");
	start("#!ipxe\nchain menu || goto on\n:on\nchain menu\nsleep 100000\n", NULL);
	CHECK(pc_says("taken from DHCP boot file", 60 * SECOND));
	mend();
	boots_within(960 + 900 / 8);
	CHECK(pc_said("menu:5: choose x: stopped by menu-idle"));
}

/* Typed at the prompt, and nothing is tried again: what the script waits for is left all the same. */
static void from_the_prompt(void *arg)
{
	(void)arg;
	far_say("/menu", "#!ipxe\n" MENU "choose x || goto on\n:on\nsleep 100000\n");
	start("#!ipxe\nkernel missing\n", "retry-timeout=0");
	CHECK(pc_says("This is the prompt", 60 * SECOND));
	pc_type("chain http://files.test/menu\n");
	mend();
	CHECK(stays(890));
	boots_within(30 + 900 / 8);
}

/* How long a menu stands varies, from try to try as from machine to machine, within bounds. */
static void at_another_moment(void *arg)
{
	uint64_t least_us = UINT64_MAX, most_us = 0;
	(void)arg;
	start("#!ipxe\n" MENU "choose x || sleep 100000\n", NULL);
	for (unsigned n = 0; n < 6; n++) {
		char said[20];
		uint64_t us = clock_us();
		snprintf(said, sizeof(said), "try %u,", n + 2);
		CHECK(pc_says(said, 1100 * SECOND));
		us = clock_us() - us;
		CHECK(us >= 900 * SECOND && us < (900 + 900 / 8 + 30) * SECOND);
		least_us = us < least_us ? us : least_us;
		most_us = us > most_us ? us : most_us;
	}
	CHECK(most_us > least_us + 10 * SECOND);
}

/* `shell` where nothing is tried again. */
static void shell(void *arg)
{
	(void)arg;
	console_join(&seen);
	start("#!ipxe\nshell || sleep 100000\nsleep 100000\n", "retry-timeout=0");
	see("undine>   (try 2 in 1", 60);
	mend();
	pc_type("echo here\n");
	machine_run(NULL, SECOND);
	CHECK(stays(890));
	boots_within(20 + 900 / 8);
}

/* Tries that end so count: the fallback has its turn. */
static void falls_back(void *arg)
{
	(void)arg;
	far_say("/last.ipxe", "#!ipxe\necho the last has its turn\n" MENU "choose x || sleep 100000\n");
	start("#!ipxe\n" MENU "choose x || sleep 100000\nsleep 100000\n",
	      "menu-idle=30 fallback-after=2 fallback=http://files.test/last.ipxe,exit");
	CHECK(pc_says("try 2, after 0:3", 60 * SECOND));
	CHECK(!pc_said("Falling back"));
	CHECK(pc_says("Falling back to http://files.test/last.ipxe", 40 * SECOND));
	CHECK(pc_says("the last has its turn", 5 * SECOND));
	CHECK(pc_says("try 3,", 40 * SECOND));
	mend();
	boots_within(40);
}

/* Ctrl-C leaves the menu; where that leads to it again, it ends the script. */
static void ctrl_c(void *arg)
{
	(void)arg;
	console_join(&seen);
	start("#!ipxe\n:again\n" MENU "choose x || goto again\n", NULL);
	see("Second", 60);
	pc_type("\x03");
	CHECK(pc_says("Stopped by Ctrl-C", 5 * SECOND));
	CHECK(pc_says("This is the prompt", 1 * SECOND));
}

/* Nothing that a script does holds Ctrl-C up: not one that never rests. */
static void ctrl_c_without_rest(void *arg)
{
	(void)arg;
	start("#!ipxe\n:again\ninc n ||\ngoto again\n", NULL);
	CHECK(pc_says("taken from DHCP boot file", 60 * SECOND));
	machine_run(NULL, SECOND);
	pc_type("\x03");
	CHECK(pc_says("Stopped by Ctrl-C", 5 * SECOND));
	pc_type("chain http://files.test/boot.ipxe\n");
	machine_run(NULL, SECOND);
	pc_type("\x03");
	machine_run(NULL, SECOND);
	pc_type("echo it is ${version}\n");
	CHECK(pc_says("it is ", 5 * SECOND));
}

/* A script that has ended without booting, or has failed, is a try like any other. */
static void ends_without_booting(void *arg)
{
	(void)arg;
	console_join(&seen);
	start("#!ipxe\n" MENU "choose --timeout 1000 x\necho it was ${x}\n"
	      "console --x 640 -y 480 --picture p.png && goto lost || echo so be it\n"
	      "console --y high && goto lost || echo text goes on\n",
	      NULL);
	CHECK(pc_says("it was a", 60 * SECOND));
	CHECK(pc_says("has no graphics mode", 5 * SECOND));
	CHECK(pc_says("so be it", 5 * SECOND));
	CHECK(pc_says("text goes on", 5 * SECOND));
	CHECK(pc_says("has ended without booting anything", 5 * SECOND));
	CHECK(pc_says("is tried again in", 1 * SECOND));
	see("(try 2 in ", 5);
	CHECK(pc_says("try 2,", 70 * SECOND));
	mend();
	boots_within(400);
}

int main(int argc, char **argv)
{
	static void (*const each[])(unsigned) = { left_alone, never };
	static void (*const all[])(void *) = {
		somebody_is_there, noise, own_time, called, from_the_prompt, shell, falls_back, ctrl_c,
		ctrl_c_without_rest, ends_without_booting, at_another_moment,
	};
	const struct test tests[] = {
		{ "left alone", each_of, &each[0] },
		{ "never", each_of, &each[1] },
		{ "somebody is there", alone, &all[0] },
		{ "noise", alone, &all[1] },
		{ "a time of its own", alone, &all[2] },
		{ "called", alone, &all[3] },
		{ "from the prompt", alone, &all[4] },
		{ "shell", alone, &all[5] },
		{ "falls back", alone, &all[6] },
		{ "Ctrl-C", alone, &all[7] },
		{ "Ctrl-C without rest", alone, &all[8] },
		{ "ends without booting", alone, &all[9] },
		{ "at another moment", alone, &all[10] },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
