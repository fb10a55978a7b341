/* SPDX-License-Identifier: BSD-2-Clause */
/* When a script that waits for somebody is left, and what is said of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/clock.h"
#include "services/command/question.c"
#include "services/console/keys.h"
#include "services/script/script.h"
#include "services/shell/idle.h"
#include "services/shell/retry.h"

#define S(n) ((n) * 1000000ull)

static struct script script;
static uint64_t now_us;

static uint32_t line(void)
{
	return script_line(&script);
}

uint64_t clock_us(void)
{
	return now_us;
}

static void nobody_is_waited_for_so_long(void **state)
{
	(void)state;
	assert_int_equal(idle_due_us(S(100), 0, S(900), 300), S(1000));
	assert_int_equal(idle_due_us(S(100), S(50), S(900), 300), S(1000));	/* typed before it was asked */
	assert_int_equal(idle_due_us(S(100), S(150), S(900), 300), S(1050));
	assert_int_equal(idle_due_us(S(100), S(150), S(0), 300), RETRY_NEVER);
}

static void whoever_is_there_holds_it(void **state)
{
	(void)state;
	assert_int_equal(idle_due_us(S(100), S(90), S(10), 300), S(390));
	assert_int_equal(idle_due_us(S(100), S(101), S(10), 300), S(401));
	assert_int_equal(idle_due_us(S(100), S(109), S(10), 0), S(110));	/* presence 0: keys hold nothing */
}

static void noise_holds_it_an_hour(void **state)
{
	(void)state;
	assert_int_equal(idle_due_us(S(100), S(3600), S(900), 300), S(3700));
	assert_int_equal(idle_due_us(S(100), S(4000), S(5000), 300), S(5100));
}

/* Nobody is left too early, and a fleet is not left at once. */
static void machines_part(void **state)
{
	uint64_t least = UINT64_MAX, most = 0;
	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		uint64_t us = idle_spread_us(900, i * 2654435761u);
		assert_true(us >= S(900) && us <= S(900) + S(900) / 8);
		least = us < least ? us : least;
		most = us > most ? us : most;
	}
	assert_true(most - least > S(100));
	assert_int_equal(idle_spread_us(0, 12345), 0);
	assert_int_equal(idle_spread_us(8, 0), S(8));
	assert_in_range(idle_spread_us(INT32_MAX, UINT32_MAX), S(INT32_MAX), S(INT32_MAX) + S(INT32_MAX) / 8);
}

/* ---- questions ---- */

static uint64_t asks_at;		/* the line at which the script asks, as a label is found */
static int answer;

static int command(void *ctx, int argc, char **argv)
{
	(void)ctx;
	(void)argc;
	if (argv[0][0] == 'g')
		return script_goto(&script, argv[1]);
	if (argv[0][0] == 'k') {
		question_key('x');
		return 0;
	}
	asks_at++;
	answer = question_begin(false);
	if (answer == 0)
		question_key(KEY_CTRL_C);
	question_end();
	return answer == 0 ? -ECANCELED : answer;
}

static bool interrupted(void *ctx)
{
	(void)ctx;
	now_us += 1000;
	return asks_at > 20;
}

static void failed(void *ctx, const struct script_failure *f)
{
	(void)ctx;
	(void)f;
}

static const struct script_ops ops = { .command = command, .interrupted = interrupted, .failed = failed };

static int play(const char *text)
{
	static struct settings settings;
	settings_init(&settings, NULL, NULL);
	script_init(&script, &ops, NULL, &settings);
	asks_at = 0;
	question_set_asker(line, NULL);
	assert_int_equal(script_push(&script, "x.ipxe", text, strlen(text), false), 0);
	return script_run(&script);
}

/* Each question is left by Ctrl-C; what stands behind || runs, but no script is without end. */
static void ctrl_c_ends_what_asks_again(void **state)
{
	(void)state;
	assert_int_equal(play("ask || ask || ask || set\n"), -EINTR);
	assert_int_equal(asks_at, 2);		/* it is one line */
	question_key('x');
	assert_int_equal(play("ask || \\\ngo on\n:on\nask || go other\n:other\nask || kx\n"), 0);
	assert_int_equal(asks_at, 3);
	question_key('x');
	assert_int_equal(play(":again\nask || go again\n"), -EINTR);
	assert_int_equal(asks_at, 2);
	question_key('x');
	assert_int_equal(play(":again\nask || go other\n:other\nask || go again\n"), -EINTR);
	assert_int_equal(asks_at, 3);
	question_key('x');
	assert_int_equal(play(":again\nask || kx\ngo again\n"), -EINTR);	/* another key: on and on */
	assert_int_equal(asks_at, 21);
}

static void say(char *out, size_t cap)
{
	snprintf(out, cap, "try 2 in 15:00");
}

static void its_end_is_said(void **state)
{
	char note[QUESTION_NOTE_MAX];
	(void)state;
	now_us = S(10);
	assert_string_equal(question_note(CLOCK_NEVER, "x", note), "");
	assert_string_equal(question_note(S(12) - 1, "goes on", note), "(goes on in 0:02)");
	assert_string_equal(question_note(S(9), "goes on", note), "(goes on in 0:00)");
	question_set_asker(line, say);
	assert_string_equal(question_note(CLOCK_NEVER, "x", note), "(try 2 in 15:00)");
	assert_int_equal(question_open_us(), 0);
	assert_int_equal(question_begin(true), 0);
	assert_int_equal(question_open_us(), 0);
	now_us = S(20);
	question_timed(false);
	assert_int_equal(question_open_us(), S(20));
	now_us = S(30);
	question_timed(false);
	assert_int_equal(question_open_us(), S(20));
	question_end();
	assert_int_equal(question_open_us(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_waited_for_so_long), cmocka_unit_test(whoever_is_there_holds_it),
		cmocka_unit_test(noise_holds_it_an_hour), cmocka_unit_test(machines_part),
		cmocka_unit_test(ctrl_c_ends_what_asks_again),
		cmocka_unit_test(its_end_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
