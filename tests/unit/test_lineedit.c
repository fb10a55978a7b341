/* SPDX-License-Identifier: BSD-2-Clause */
/* The line editor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/console/keys.h"
#include "services/console/lineedit.h"

/* Commands, then names; as they come they lie in one buffer, which they may. */
static const char *word(const char *line, size_t at, unsigned i)
{
	static const char *const words[] = { "image", "imgstat", "imgfree", "boot", NULL };
	static const char *const names[] = { "xen.gz", "xen-debug.gz", "initrd", "h/ab/", "g/one", "g/two", NULL };
	static char text[16];
	const char *found = at > strspn(line, " ") ? names[i] : words[i];
	return found ? strcpy(text, found) : NULL;
}

static struct lineedit e;

static void keys(const char *text)
{
	while (*text)
		assert_int_equal(lineedit_key(&e, *text++), LINEEDIT_MORE);
}

/* Text, with the cursor as | in it. */
static void expect(const char *with_cursor)
{
	char now[LINEEDIT_MAX + 1];
	memcpy(now, e.text, e.pos);
	now[e.pos] = '|';
	memcpy(now + e.pos + 1, e.text + e.pos, e.len - e.pos + 1);
	assert_string_equal(now, with_cursor);
}

static int begin(void **state)
{
	(void)state;
	lineedit_init(&e, word);
	lineedit_begin(&e, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	lineedit_free(&e);
	return 0;
}

static void test_editing(void **state)
{
	(void)state;
	keys("hello wurld");
	expect("hello wurld|");
	for (int i = 0; i < 4; i++)
		lineedit_key(&e, KEY_LEFT);
	expect("hello w|urld");
	lineedit_key(&e, KEY_DELETE);
	keys("o");
	expect("hello wo|rld");
	lineedit_key(&e, KEY_BACKSPACE);
	lineedit_key(&e, 127);
	expect("hello |rld");
	lineedit_key(&e, KEY_CTRL_A);
	lineedit_key(&e, KEY_BACKSPACE);
	lineedit_key(&e, KEY_LEFT);
	expect("|hello rld");
	lineedit_key(&e, KEY_CTRL_D);
	expect("|ello rld");
	lineedit_key(&e, KEY_END);
	lineedit_key(&e, KEY_DELETE);
	lineedit_key(&e, KEY_RIGHT);
	expect("ello rld|");
	lineedit_key(&e, 'W' - '@');
	expect("ello |");
	lineedit_key(&e, 'W' - '@');
	expect("|");
	lineedit_key(&e, 'W' - '@');
	keys("a b c");
	lineedit_key(&e, KEY_LEFT);
	lineedit_key(&e, KEY_LEFT);
	lineedit_key(&e, 'K' - '@');
	expect("a b|");
	lineedit_key(&e, KEY_LEFT);
	lineedit_key(&e, 'U' - '@');
	expect("|b");
	lineedit_key(&e, KEY_F1);
	lineedit_key(&e, 0xe4);
	lineedit_key(&e, KEY_ESC);
	expect("|b");
}

static void test_events(void **state)
{
	(void)state;
	assert_int_equal(lineedit_key(&e, KEY_CTRL_D), LINEEDIT_EOF);
	keys("x");
	assert_int_equal(lineedit_key(&e, KEY_CTRL_D), LINEEDIT_MORE);
	assert_int_equal(lineedit_key(&e, KEY_CTRL_C), LINEEDIT_CANCEL);
	assert_int_equal(lineedit_key(&e, 12), LINEEDIT_REDRAW);
	assert_int_equal(lineedit_key(&e, KEY_ENTER), LINEEDIT_DONE);
	assert_int_equal(lineedit_key(&e, '\n'), LINEEDIT_DONE);
	assert_string_equal(e.text, "x");
}

static void test_history(void **state)
{
	(void)state;
	keys("one");
	lineedit_remember(&e);
	lineedit_remember(&e);		/* the same again: once */
	lineedit_begin(&e, "two");
	lineedit_remember(&e);
	lineedit_begin(&e, "  ");
	lineedit_remember(&e);		/* blank: not at all */
	assert_int_equal(e.count, 2);
	lineedit_begin(&e, NULL);
	keys("new");
	lineedit_key(&e, KEY_DOWN);
	expect("new|");
	lineedit_key(&e, KEY_UP);
	expect("two|");
	lineedit_key(&e, KEY_UP);
	lineedit_key(&e, KEY_UP);
	expect("one|");
	lineedit_key(&e, KEY_DOWN);
	lineedit_key(&e, KEY_DOWN);
	expect("new|");
	for (int i = 0; i < LINEEDIT_HISTORY + 5; i++) {
		char line[3] = { 'a', (char)('A' + i), 0 };
		lineedit_begin(&e, line);
		lineedit_remember(&e);
	}
	assert_int_equal(e.count, LINEEDIT_HISTORY);
	assert_string_equal(e.history[0], "aF");
}

static void test_completion(void **state)
{
	char choices[32];
	(void)state;
	keys("b");
	lineedit_key(&e, KEY_TAB);
	expect("boot |");
	assert_int_equal(lineedit_key(&e, KEY_TAB), LINEEDIT_CHOICES);	/* of what may follow it */
	keys("x");
	assert_int_equal(lineedit_key(&e, KEY_TAB), LINEEDIT_MORE);
	expect("boot xen|");
	assert_int_equal(lineedit_key(&e, KEY_TAB), LINEEDIT_CHOICES);
	lineedit_choices(&e, choices, sizeof(choices));
	assert_string_equal(choices, "xen.gz xen-debug.gz");
	keys(".");
	lineedit_key(&e, KEY_TAB);
	expect("boot xen.gz |");
	lineedit_begin(&e, "boot in console=ttyS0");
	for (int i = 0; i < 14; i++)
		lineedit_key(&e, KEY_LEFT);
	lineedit_key(&e, KEY_TAB);		/* in the middle: no second blank */
	expect("boot initrd| console=ttyS0");
	lineedit_begin(&e, "i");
	assert_int_equal(lineedit_key(&e, KEY_TAB), LINEEDIT_MORE);
	expect("im|");
	assert_int_equal(lineedit_key(&e, KEY_TAB), LINEEDIT_CHOICES);
	lineedit_choices(&e, choices, sizeof(choices));
	assert_string_equal(choices, "image imgstat imgfree");
	lineedit_choices(&e, choices, 15);
	assert_string_equal(choices, "image imgstat");
	keys("gs");
	lineedit_key(&e, KEY_TAB);
	expect("imgstat |");
	lineedit_begin(&e, "x");
	lineedit_key(&e, KEY_TAB);
	expect("x|");
	/* folders: no blank behind one; the parts that differ are shown */
	lineedit_begin(&e, "boot h/a");
	lineedit_key(&e, KEY_TAB);
	expect("boot h/ab/|");
	lineedit_begin(&e, "boot g/");
	assert_int_equal(lineedit_key(&e, KEY_TAB), LINEEDIT_CHOICES);
	lineedit_choices(&e, choices, sizeof(choices));
	assert_string_equal(choices, "one two");
}

static void test_limit(void **state)
{
	(void)state;
	for (int i = 0; i < LINEEDIT_MAX - 1; i++)
		lineedit_key(&e, 'a' + i % 26);
	assert_int_equal(e.len, LINEEDIT_MAX - 1);
	assert_int_equal(lineedit_key(&e, KEY_ENTER), LINEEDIT_DONE);
	for (int i = 0; i < 10; i++)
		lineedit_key(&e, 'z');
	assert_int_equal(strlen(e.text), LINEEDIT_MAX - 1);
	/* what was meant is not known any more, even when something is taken back */
	assert_int_equal(lineedit_key(&e, KEY_ENTER), LINEEDIT_TOO_LONG);
	lineedit_key(&e, KEY_BACKSPACE);
	assert_int_equal(lineedit_key(&e, KEY_ENTER), LINEEDIT_TOO_LONG);
	lineedit_begin(&e, "x");
	assert_int_equal(lineedit_key(&e, KEY_ENTER), LINEEDIT_DONE);
}

static void test_show(void **state)
{
	char out[81];
	(void)state;
	keys("abc");
	assert_int_equal(lineedit_show(&e, "> ", out, 10), 5);
	assert_string_equal(out, "> abc");
	keys("defgh");				/* 8 bytes in 8 columns: the cursor needs one */
	assert_int_equal(lineedit_show(&e, "> ", out, 10), 7);
	assert_string_equal(out, "> <efgh");
	lineedit_key(&e, KEY_HOME);
	assert_int_equal(lineedit_show(&e, "> ", out, 10), 2);
	assert_string_equal(out, "> abcdefgh");
}

/* Any keys at all: the text stays well-formed, and the cursor is shown over its own byte. */
static void test_any_keys(void **state)
{
	(void)state;
	print_message("seed 99\n");
	srand(99);
	for (int i = 0; i < 200000; i++) {
		int key = rand() % 3 ? ' ' + rand() % 96 : rand() % 4 ? rand() % 32 : KEY_UP + rand() % 12;
		char out[41];
		if (lineedit_key(&e, key) == LINEEDIT_DONE) {
			lineedit_remember(&e);
			lineedit_begin(&e, NULL);
		}
		assert_true(e.pos <= e.len && e.len < LINEEDIT_MAX && strlen(e.text) == e.len);
		if (i % 16)
			continue;
		int at = lineedit_show(&e, "undine> ", out, 40);
		assert_true(strlen(out) <= 40 && at >= 8 && at < 40 && (size_t)at <= strlen(out));
		if (e.pos < e.len && out[at] != '<' && out[at] != '>')
			assert_int_equal(out[at], e.text[e.pos]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_editing, begin, end),
		cmocka_unit_test_setup_teardown(test_events, begin, end),
		cmocka_unit_test_setup_teardown(test_history, begin, end),
		cmocka_unit_test_setup_teardown(test_completion, begin, end),
		cmocka_unit_test_setup_teardown(test_limit, begin, end),
		cmocka_unit_test_setup_teardown(test_show, begin, end),
		cmocka_unit_test_setup_teardown(test_any_keys, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
