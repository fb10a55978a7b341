/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may come in by telnet when a setting that was to keep somebody out
 * cannot be understood, or may have been cut off: nobody, whether it came in
 * the file, as an argument, by DHCP or was typed.  A whole loader is called by a
 * client on its network, which all these settings are about; once the setting is
 * right the client is let in, so that it was the setting that kept it out.  Nor
 * is anything run then if what may be run may have been said where it was cut.
 */
#include <string.h>

#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define GOOD "telnetd.insecure=1 "
#define ALLOW "set telnetd.allow 10.0.0.0/8\n"
#define FIFTY "filler=90 filler=90 filler=90 filler=90 filler=90 "
#define THOUSAND FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY \
	FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY
/* with GOOD, which has 19 bytes, in front of it: the most that arguments may be, and one byte more */
#define REST THOUSAND "a=1"
#define CUT THOUSAND "a=12"
#define BEHIND_NUL(words, more) .dhcp = words "\0" more, .dhcp_len = sizeof(words "\0" more) - 1

struct door {
	const char *args, *dhcp;
	size_t dhcp_len;		/* 0: up to its NUL */
	const char *file[2];
	const char *typed;
	bool open;
	const char *mended_by;		/* NULL: by nothing */
};

/* The client's network is 10.0.0.0/8. */
static const struct door doors[] = {
	{ .args = GOOD, .open = true },
	{ .args = GOOD "telnetd.allow=10.0.0.0/8", .open = true },
	{ .args = GOOD "telnetd.allow=192.168.0.0/16", .mended_by = ALLOW },
	{ .dhcp = GOOD "telnetd.allow=10.0.0.0/8", .open = true },
	{ .file = { "telnetd.insecure=1", "telnetd.allow=10.0.0.0/8" }, .open = true },

	{ .args = GOOD "telnetd.allow=10.0.0.0/33", .mended_by = ALLOW },
	{ .args = GOOD "telnetd.allow=10.0.0.0/8,", .open = true },
	{ .args = GOOD "telnetd.allow=10.0.0.0/8,x", .mended_by = ALLOW },
	{ .args = GOOD "telnetd.allow=,10.0.0.0/8", .mended_by = ALLOW },
	{ .args = GOOD "telnetd.allow=10.0.0.0/", .mended_by = ALLOW },
	{ .args = GOOD "telnetd.allow=files.test", .mended_by = ALLOW },
	{ .args = GOOD "telnetd.allow=1,2,3,4,5,6,7,8,9", .mended_by = ALLOW },
	{ .args = GOOD "telnetd.allow", .mended_by = ALLOW },
	{ .args = GOOD "telnetd.allow:ipv4=10.0.0.0/8", .mended_by = ALLOW },
	{ .args = GOOD "telnetd.allow:int32=here", .mended_by = ALLOW },
	{ .args = GOOD "telnetd.allow:nosuchtype=10.0.0.0/8", .mended_by = ALLOW },
	{ .args = "telnetd.insecure=maybe telnetd.allow=10.0.0.0/8", .mended_by = "set telnetd.insecure 1\n" },
	{ .args = GOOD "telnetd.readonly=perhaps", .mended_by = "set telnetd.readonly 1\n" },
	{ .args = GOOD "telnetd.readonly:ipv4=1", .mended_by = ALLOW },
	{ .args = GOOD "telnetd.port=70000", .mended_by = "set telnetd.port 23\n" },
	{ .args = GOOD "telnetd.idle=-1", .mended_by = "set telnetd.idle 9\n" },
	{ .args = GOOD "telnetd.sessions=9", .mended_by = "set telnetd.sessions 1\n" },
	{ .args = "telnetd.password-sha256=abc",
	  .mended_by = "clear telnetd.password-sha256\nset telnetd.password x\n" },

	/* what is longer than arguments may be has lost its end, and it may have been the end that guards */
	{ .args = GOOD REST, .open = true },
	{ .args = GOOD CUT, .mended_by = ALLOW },
	{ .args = GOOD THOUSAND "telnetd.allow=192.168.0.0/16", .mended_by = ALLOW },
	{ .args = GOOD "telnetd.allow=10.0.0.0/8 " THOUSAND, .mended_by = ALLOW },
	{ .args = GOOD CUT, .file = { "!telnetd.allow=10.0.0.0/8" }, .open = true },
	/* and so has option 224 where a NUL stands in it, but not where one ends it */
	{ BEHIND_NUL(GOOD "telnetd.allow=10.0.0.0/8", "\0\0"), .open = true },
	{ BEHIND_NUL(GOOD "a=1", " telnetd.allow=192.168.0.0/16"), .mended_by = ALLOW },
	{ .args = GOOD "telnetd.allow=10.0.0.0/8", BEHIND_NUL("", "telnetd.readonly=1"), .mended_by = ALLOW },

	{ .dhcp = GOOD "telnetd.allow=10.0.0.0/33", .mended_by = ALLOW },
	{ .dhcp = GOOD "telnetd.allow", .mended_by = ALLOW },
	{ .dhcp = GOOD "telnetd.allow:ipv4=10.0.0.0/8", .mended_by = ALLOW },
	{ .dhcp = GOOD "telnetd.readonly=perhaps", .mended_by = "set telnetd.readonly 0\n" },
	/* it was open before the lease came */
	{ .args = GOOD, .dhcp = "telnetd.allow=10.0.0.0/33", .mended_by = ALLOW },
	{ .args = GOOD, .dhcp = "telnetd.allow", .mended_by = ALLOW },
	{ .args = GOOD, .dhcp = "telnetd.sessions=many", .mended_by = "set telnetd.sessions 2\n" },
	/* what an argument has said already is not DHCP's to say */
	{ .args = GOOD "telnetd.allow=10.0.0.0/8", .dhcp = "telnetd.allow=10.0.0.0/33", .open = true },

	{ .file = { "telnetd.insecure=1", "telnetd.allow=10.0.0.0/33" }, .mended_by = ALLOW },
	{ .file = { "telnetd.insecure=1", "!telnetd.allow=10.0.0.0/33" } },
	{ .file = { "telnetd.insecure=1", "telnetd.allow:ipv4=10.0.0.0/8" } },
	{ .file = { "telnetd.insecure=1", "=" } },
	{ .args = GOOD, .file = { "!telnetd.allow=here" } },
	{ .args = GOOD, .dhcp = "telnetd.allow=10.0.0.0/8", .file = { "=" } },
	/* what is final stays in force, whatever comes later */
	{ .args = GOOD "telnetd.allow", .file = { "!telnetd.allow=10.0.0.0/8" }, .open = true },

	/* what is typed is refused, and all stays as it was */
	{ .args = GOOD, .typed = "set telnetd.allow 10.0.0.0/33\n", .open = true },
	{ .args = GOOD, .typed = "set telnetd.allow 192.168.0.0/16\nset telnetd.allow 0.0.0.0/33\n",
	  .mended_by = ALLOW },
	{ .typed = "telnetd --insecure --allow 10.0.0.0/33\n", .mended_by = "telnetd --insecure --allow 10.0.0.0/8\n" },
};

static bool at_prompt(void)
{
	return pc_said("This is the prompt;");
}

static bool typed_is_done(void)
{
	return pc_said("\nall that was typed is done");
}

static bool is_done_again(void)
{
	return pc_said("\nthe door should be open");
}

static bool never(void)
{
	return false;
}

static bool is_let_in(void)
{
	far_call_telnet();
	machine_run(never, 3 * SECOND);
	return far_was_greeted();
}

static void try_door(void *arg)
{
	const struct door *d = arg;
	far_boot_file = "http://files.test/none";
	far_settings = d->dhcp;
	far_settings_len = d->dhcp_len;
	for (unsigned i = 0; i < 2 && d->file[i]; i++)
		pc_file_setting(d->file[i]);
	pc_start(d->args);
	CHECK(machine_run(at_prompt, 60 * SECOND));
	pc_type("\n");
	if (d->typed)
		pc_type(d->typed);
	pc_type("echo all that was typed is done\n");
	CHECK(machine_run(typed_is_done, 60 * SECOND));
	CHECK_INT(is_let_in(), d->open);
	if (!d->mended_by)
		return;
	pc_type(d->mended_by);
	pc_type("echo the door should be open\n");
	CHECK(machine_run(is_done_again, 60 * SECOND));
	CHECK(is_let_in());
}

static bool all_doors(const void *arg)
{
	bool good = true;
	(void)arg;
	for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
		struct door d = doors[i];
		bool as_said = machine_alone(try_door, &d);
		if (!as_said)
			fprintf(stderr, "that was with arguments \"%s\", DHCP \"%s\", file \"%s\" \"%s\", typed "
				"\"%s\"\n", d.args ? d.args : "", d.dhcp ? d.dhcp : "", d.file[0] ? d.file[0] : "",
				d.file[1] ? d.file[1] : "", d.typed ? d.typed : "");
		good = good && as_said;
	}
	return good;
}

static bool has_run(void)
{
	return pc_said("it runs");
}

static bool is_refused(void)
{
	return pc_said("this script is refused: trust-policy");
}

static void try_to_run(void *args)
{
	static const char script[] = "#!ipxe\necho it runs\nshell\n";
	bool cut = !strcmp(args, GOOD CUT);
	far_serve("/boot.ipxe", script, sizeof(script) - 1);
	far_boot_file = "http://files.test/boot.ipxe";
	pc_start(args);
	CHECK(machine_run(cut ? is_refused : has_run, 60 * SECOND));
	CHECK(!cut || !has_run());
	CHECK_INT(pc_said("arguments: longer than 1022 bytes"), cut);
}

static bool nothing_runs(const void *arg)
{
	static char cut[] = GOOD CUT, whole[] = GOOD REST;
	(void)arg;
	return machine_alone(try_to_run, cut) && machine_alone(try_to_run, whole);
}

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "opens_for_nobody_on_a_guess", all_doors, NULL },
		{ "runs_nothing_on_a_guess", nothing_runs, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
