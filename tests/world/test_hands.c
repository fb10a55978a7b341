/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hands leave behind: somebody has typed and is gone.  Each command of
 * main.c's tables ends by itself, or is left running here, by a session that is
 * lost and by somebody who says nothing more; and what is no key holds nothing.
 */
#include <stdio.h>
#include <string.h>

#include "kernel/user32.h"
#include "sdk/include/undine_abi.h"
#include "services/command/command.h"
#include "tests/unit/umod_file.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/kernels.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PAUSE_S 60u			/* retry-timeout's */
#define PRESENCE_S 300u
#define HEAL_S 10u			/* how long a try that goes well may take */

static void mend(void)
{
	far_say("/boot.ipxe", "#!ipxe\nkernel kernel a=1\nmodule one first word\nmodule two second\nboot\n");
}

static void fail_once(const char *script)
{
	far_boot_file = "http://files.test/boot.ipxe";
	far_say("/boot.ipxe", script);
	kernels_serve(0);
	pc_start(NULL);
	CHECK(pc_says("is tried again in", 60 * SECOND));
}

static void boots_within(unsigned seconds)
{
	CHECK(machine_run(pc_ended, seconds * SECOND));
	CHECK_INT(pc_end, PC_BOOTED);
	kernels_arrived(pc_hand_over());
}

static const char *awaited;

static bool has_heard(void)
{
	return far_heard(awaited);
}

static void hears(const char *text)
{
	awaited = text;
	CHECK(machine_run(has_heard, 20 * SECOND));
}

/* ---- what goes on until it is ended ---- */

#define LONG "http://files.test/late-end"

/* Typed; what is seen then. */
static const struct held {
	const char *command, *line, *answer;
	bool quiet;			/* nothing is said of its end */
} held[] = {
	{ "ping", "ping 10.0.0.1", "seq=3", false },
	{ "telnet", "telnet 10.0.0.1 80", "connected to", false },
	{ "read", "read x", "x: ", false },
	{ "prompt", "prompt a key?", "a key?", false },
	{ "sleep", "sleep 100000", "sleep 100000", false },
	{ "time", "time sleep 100000", "sleep 100000", false },
	{ "retry", "retry 9999 sleep 100000", "sleep 100000", false },
	{ "timeout", "timeout 100000 ping 10.0.0.1", "seq=3", false },
	{ "foreach", "foreach x a b -- sleep 100000", "sleep 100000", false },
	{ "log", "log --page", "log", false },
	{ "login", "login", "Password", false },
	{ "config", "config", "Settings", false },
	{ "choose", "menu Which?\r\nitem a First\r\nitem b Second\r\nchoose x", "First", false },
	{ "present", "form About you\r\nitem name Who\r\npresent", "Who", false },
	{ "chain", "chain endless", "again and", false },
	{ "chain", "chain menu", "Second", false },
	{ "chain", "chain form", "Who", false },
	{ "chain", "chain asks", "Prompt within", true },
	{ "chain", "chain asks\r\nping 10.0.0.1", "seq=3", false },
	{ "shell", "shell", "Prompt within", true },
	{ "boot", "boot endless", "again and", false },
	{ "autoboot", "autoboot", "again and", false },
	{ "pxelinux", "pxelinux asks.cfg", "boot: ", false },
	{ "*.c32", "menu.c32 menu.cfg", "Second", false },
	{ "run", "run m.umod", "run m.umod", false },
	{ "sync", "imgfetch --background " LONG "\r\nsync", "sync", false },
	{ "imgstat", "imgfetch --background " LONG "\r\nimgfree", "imgfree", false },
	/* files that last */
	{ "kernel", "kernel " LONG, LONG, false },
	{ "module", "module " LONG, LONG, false },
	{ "initrd", "initrd " LONG, LONG, false },
	{ "imgfetch", "imgfetch " LONG, LONG, false },
	{ "imgextract", "imgextract " LONG, LONG, false },
	{ "imgset", "imgset x " LONG, LONG, false },
	{ "sha256sum", "sha256sum " LONG, LONG, false },
	{ "cat", "cat " LONG, LONG, false },
	{ "ls", "ls " LONG "/", LONG, false },
	{ "answer", "answer x " LONG, LONG, false },
	{ "certstore", "certstore " LONG, LONG, false },
	{ "freebsd", "freebsd " LONG "/", LONG, false },
};

/* What has an end of its own: it waits for nobody, or for a server no longer than its own time is. */
static const char *const ends[] = {
	"help", "exit", "status", "who", "kick", "logout", "telnetd", "crash", "reboot", "poweroff", "tasks", "memmap",
	"dhcp", "ifopen", "ifclose", "iflinkwait", "ifstat", "ipstat", "vcreate", "vdestroy", "startpxe", "stoppxe",
	"route", "arp", "sockets", "pxebs", "nslookup", "ntp",
	"set", "clear", "show", "inc", "echo", "isset", "iseq", "compare", "goto", "params", "param", "menu", "form",
	"item", "colour", "cpair", "kenv", "cpuid", "pciscan", "usbscan",
	"imgselect", "imgargs", "imgmem", "imgfree", "imgverify", "certstat", "certfree", "sanboot", "localboot",
	"kill", "ps", "lotest" /* by Ctrl-C: test_lotest.c */,
	"console" /* its picture is a file like those above, but there is no graphics mode here */,
	"unlock" /* no policy is set */,
	"shim", "imgtrust", "imgdecrypt", "sanhook", "sanunhook", "fcstat", "fcels", "ibstat", "iwstat", "iwlist",
	"fdt", "gdbstub",
};

static bool is_known(const char *name)
{
	bool known = false;
	for (unsigned i = 0; i < COUNT(held); i++)
		known = known || !strcmp(held[i].command, name);
	for (unsigned i = 0; i < COUNT(ends); i++)
		known = known || !strcmp(ends[i], name);
	return known;
}

/* A new command is put into one of both lists. */
static void all_are_known(void *arg)
{
	const struct command *c;
	bool all = true;
	(void)arg;
	pc_start("script=prompt");
	CHECK(pc_says("This is the prompt", 60 * SECOND));
	for (unsigned i = 0; (c = command_get(i)); i++)
		if (!is_known(c->name) && !is_known(command_first_name(c)->name)) {
			fprintf(stderr, "%s: does it end by itself?\n", c->name);
			all = false;
		}
	CHECK(all);
}

static int rests(struct user32 *u, const struct space *s)
{
	(void)s;
	u->frame.eax = UNDINE_SLEEP;
	u->frame.ebx = 1000;
	return USER32_CALL;
}

static void serve_all(void)
{
	static uint8_t module[UMOD_FILE_LEN];
	umod_make(module);
	pc_module = rests;
	far_serve("/m.umod", module, sizeof(module));
	far_say("/endless", "#!ipxe\n:again\necho again and\nsleep 1\ngoto again\n");
	far_say("/asks", "#!ipxe\nshell || goto on\n:on\nsleep 100000\n");
	far_say("/menu", "#!ipxe\nmenu Which?\nitem a First\nitem b Second\nchoose x || sleep 100000\nsleep 100000\n");
	far_say("/form", "#!ipxe\nform About you\nitem name Who\npresent || sleep 100000\nsleep 100000\n");
	far_say("/asks.cfg", "PROMPT 1\nLABEL a\nKERNEL kernel\n");
	far_say("/menu.cfg", "LABEL a\nMENU LABEL First\nKERNEL kernel\nLABEL b\nMENU LABEL Second\nKERNEL kernel\n");
}

/* A session in which it is typed, and what comes of it is seen. */
static void hold(unsigned n)
{
	static const char failing[] = "#!ipxe\ntelnetd --insecure\nkernel missing\n";
	serve_all();
	fail_once(failing);
	far_call_telnet();
	hears("undine> ");
	if (!strcmp(held[n].command, "autoboot"))
		far_find("/boot.ipxe")->instead = "/endless";
	far_telnet_say(held[n].line);
	far_telnet_say("\r\n");
	hears(held[n].answer);
	machine_run(NULL, 3 * SECOND);
	far_find("/boot.ipxe")->instead = NULL;
	mend();
}

static void held_by_the_lost(unsigned n)
{
	hold(n);
	far_telnet_hang_up();
	machine_run(NULL, 3 * SECOND);
	CHECK(pc_said("the end of the session that typed it") != held[n].quiet);
	boots_within(PAUSE_S + HEAL_S);
}

static void held_by_the_silent(unsigned n)
{
	hold(n);
	CHECK(!machine_run(pc_ended, (PRESENCE_S - 30) * SECOND));
	boots_within(30 + HEAL_S);
}

static bool each_of(const void *arg)
{
	unsigned failed;
	if (machine_each(*(void (*const *)(unsigned))arg, 0, COUNT(held), sizeof(void *) == 8 ? 1 : 3, &failed))
		return true;
	printf("typed: %s\n", held[failed].line);
	return false;
}

/* ---- what is no key ---- */

/* After the log-in, which is none either. */
static const struct {
	const char *said, *later;
} no_keys[] = {
	{ "sesame\r\n", "" }, { "sesame\r", "" }, { "sesame\n", "" }, { "sesame\r", "\n" },
	{ "sesame\r\n", "\xff\xf6" /* are you there? */ }, { "sesame\r\n", "\xff\xf1" /* nothing */ },
	{ "sesame\r\n", "\xff\xfb\x1f\xff\xfa\x1f\x01\x50\x01\x18\xff\xf0" /* a window */ },
	{ "sesame\r\n", "\xff\xfd\x01\xff\xfb\x18" /* DO ECHO, WILL TERMINAL-TYPE */ },
};

static void logs_in(unsigned n)
{
	fail_once("#!ipxe\ntelnetd --password sesame\nkernel missing\n");
	machine_run(NULL, 20 * SECOND);
	far_call_telnet();
	hears("Password: ");
	far_telnet_say(no_keys[n].said);
	hears("undine> ");
	machine_run(NULL, SECOND);
	far_telnet_say(no_keys[n].later);
	machine_run(NULL, SECOND);
	mend();
	boots_within(PAUSE_S - 20 + HEAL_S);
}

static bool no_key_holds(const void *arg)
{
	unsigned failed;
	(void)arg;
	if (machine_each(logs_in, 0, COUNT(no_keys), 1, &failed))
		return true;
	printf("what is no key: %u\n", failed);
	return false;
}

static bool alone(const void *fn)
{
	return machine_alone(*(void (*const *)(void *))fn, NULL);
}

int main(int argc, char **argv)
{
	static void (*const each[])(unsigned) = { held_by_the_lost, held_by_the_silent };
	static void (*const known)(void *) = all_are_known;
	const struct test tests[] = {
		{ "all commands are known", alone, &known },
		{ "held by the lost", each_of, &each[0] },
		{ "held by the silent", each_of, &each[1] },
		{ "no keys", no_key_holds, NULL },
	};
	return run_tests(tests, COUNT(tests), argc > 1 ? argv[1] : NULL);
}
