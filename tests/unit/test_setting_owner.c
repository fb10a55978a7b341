/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A setting whose owner refuses it: every command that sets one fails then, and
 * what was set before is set again.  setting_owner.c and the commands run in
 * tasks and are not in the library of pure files, so they are included.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "services/command/question.c"
#include "services/dns/dns_commands.c"
#include "services/script/script_commands.c"
#include "services/script/setting_owner.c"

static struct settings settings;
static const char *typed;		/* what the person answers to read */
static unsigned applied;
static char in_force[32];		/* what the owner has taken */

struct settings *command_settings(void)
{
	return &settings;
}

int command_fail(int err, const char *fmt, ...)
{
	(void)fmt;
	return err;
}

int command_why(int err, const char *fmt, ...)
{
	(void)fmt;
	return err;
}

int editor_read(const char *prompt, const char *now, const struct editor_watch *watch, char *out, size_t cap)
{
	(void)prompt;
	(void)now;
	(void)watch;
	snprintf(out, cap, "%s", typed);
	return 0;
}

/* For the commands of these tables that set nothing. */
int command_number(const char *text, const char *what, uint32_t *out)
{
	(void)what;
	(void)out;
	return text ? -EINVAL : 0;
}

struct script *command_script(void)
{
	return NULL;
}

int command_sleep_until(uint64_t deadline_us)
{
	(void)deadline_us;
	return 0;
}

int command_key(uint64_t deadline_us)
{
	(void)deadline_us;
	return 0;
}

void command_say_typist(void)
{
}

uint64_t clock_us(void)
{
	return 0;
}

int dns_lookup(const char *name, struct net_addr *addrs, unsigned max, uint64_t deadline_us, bool (*stop)(void),
	       struct cause_fact *why)
{
	(void)why;
	(void)name;
	(void)max;
	(void)deadline_us;
	(void)stop;
	addrs[0] = net_addr_v4(0x0a4d0009);
	return 1;
}

/* Takes numbers below 10; what nobody set is 0. */
static int take(void)
{
	char text[32];
	assert_true(setting_owner_name() && !strncmp(setting_owner_name(), "own.x", 5));
	applied++;
	if (settings_format(&settings, "own.x", text, sizeof(text)) < 0)
		snprintf(text, sizeof(text), "0");
	if (strlen(text) != 1)
		return -EINVAL;
	snprintf(in_force, sizeof(in_force), "%s", text);
	return 0;
}

/* It wants one once it has one. */
static int insist(void)
{
	char text[32];
	return settings_format(&settings, "must", text, sizeof(text)) < 0 ? -EINVAL : 0;
}

static const struct setting_owner rows[] = {
	{ .prefix = "own.", .changed = take }, { .prefix = "must", .changed = insist }, { 0 },
};

static int run(const char *name, const char *arg, const char *value)
{
	static const struct command *const tables[] = { script_commands, dns_commands };
	char args[2][32];
	char *argv[] = { args[0], args[1] };
	snprintf(args[0], sizeof(args[0]), "%s", arg);
	snprintf(args[1], sizeof(args[1]), "%s", value ? value : "");
	for (size_t t = 0; t < 2; t++)
		for (const struct command *c = tables[t]; c->name; c++)
			if (!strcmp(c->name, name)) {
				struct call call = { .cmd = c, .argc = value ? 2 : 1, .argv = argv };
				return c->run(&call);
			}
	fail();
	return 0;
}

static void is(const char *name, const char *value)
{
	char text[32] = "";
	settings_format(&settings, name, text, sizeof(text));
	assert_string_equal(text, value);
}

static int setup(void **state)
{
	(void)state;
	settings_free(&settings);
	settings_init(&settings, NULL, NULL);
	setting_set_owners(rows);
	assert_int_equal(run("set", "own.x", "7"), 0);
	assert_string_equal(in_force, "7");
	applied = 0;
	return 0;
}

static void refused_by(const char *command, const char *arg, const char *value)
{
	assert_int_equal(run(command, arg, value), -EINVAL);
	is("own.x", "7");
	assert_string_equal(in_force, "7");
	assert_int_equal(applied, 2);	/* and once more with what was before */
}

static void set_leaves_the_old_value(void **state)
{
	(void)state;
	refused_by("set", "own.x", "77");
	assert_int_equal(run("set", "own.x", "8"), 0);
	assert_string_equal(in_force, "8");
}

static void read_leaves_the_old_value(void **state)
{
	(void)state;
	typed = "77";
	refused_by("read", "own.x", NULL);
}

static void inc_leaves_the_old_value(void **state)
{
	(void)state;
	assert_int_equal(run("set", "own.x:int8", "7"), 0);
	applied = 0;
	refused_by("inc", "own.x", "3");
	assert_int_equal(run("inc", "own.x", NULL), 0);
	is("own.x", "8");
}

static void nslookup_leaves_the_old_value(void **state)
{
	(void)state;
	refused_by("nslookup", "own.x", "name");
}

static void clear_leaves_the_old_value(void **state)
{
	(void)state;
	assert_int_equal(run("set", "must", "be"), 0);
	assert_int_equal(run("clear", "must", NULL), -EINVAL);
	is("must", "be");
	assert_int_equal(run("set", "must", NULL), -EINVAL);
	is("must", "be");
	assert_int_equal(run("clear", "own.x", NULL), 0);
	assert_string_equal(in_force, "0");
}

/* One that was not set before is not set afterwards. */
static void the_first_value(void **state)
{
	(void)state;
	run("clear", "own.x", NULL);
	assert_int_equal(run("set", "own.x", "77"), -EINVAL);
	assert_int_equal(settings.count, 0);
	assert_string_equal(in_force, "0");
}

static void done(void)
{
	settings_free(&settings);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(set_leaves_the_old_value), T(read_leaves_the_old_value), T(inc_leaves_the_old_value),
		T(nslookup_leaves_the_old_value), T(clear_leaves_the_old_value), T(the_first_value),
	};
	atexit(done);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
