/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may come in by telnet when a setting that was to keep somebody out
 * cannot be understood: nobody, whether it came in the file, as an argument, by
 * DHCP or was typed.  A whole loader is called by a client on its network,
 * which all these settings are about; once the setting is right the client is
 * let in, so that it was the setting that kept it out.
 */
#include <string.h>

#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define GOOD "telnetd.insecure=1 "
#define ALLOW "set telnetd.allow 10.0.0.0/8\n"

struct door {
	const char *args, *dhcp;
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

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ "opens_for_nobody_on_a_guess", all_doors, NULL },
	};
	return run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc > 1 ? argv[1] : NULL);
}
