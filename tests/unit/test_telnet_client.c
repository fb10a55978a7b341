/* SPDX-License-Identifier: BSD-2-Clause */
/* The telnet client: its one-line terminal, its keys, its lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/console/keys.h"
#include "services/telnet/telnet_client.h"

static struct telnet_client c;
static char lines[24576];	/* finished ones, each with '|' after it */

static void take_line(const char *text)
{
	size_t len = strlen(lines);
	assert_true(strlen(text) <= TELNET_COLUMNS);
	snprintf(lines + len, sizeof(lines) - len, "%s|", text);
}

static int begin(void **state)
{
	(void)state;
	telnet_client_init(&c, take_line);
	lines[0] = '\0';
	return 0;
}

static void put(const char *bytes, size_t len)
{
	assert_int_equal(telnet_client_input(&c, (const uint8_t *)bytes, len), len);
}
#define PUT(text) put(text, sizeof(text) - 1)

static void shows(const char *text, int cursor)
{
	char out[TELNET_COLUMNS + 1];
	assert_int_equal(telnet_client_show(&c, out), cursor);
	assert_string_equal(out, text);
}

/* The line under way after these bytes, at the start of a session. */
static void draws(const char *bytes, const char *text, int cursor)
{
	begin(NULL);
	put(bytes, strlen(bytes));
	shows(text, cursor);
}

static void sent(const char *bytes, size_t len)
{
	assert_int_equal(c.out_len, len);
	assert_memory_equal(c.out, bytes, len);
	telnet_client_sent(&c, len);
}
#define SENT(text) sent(text, sizeof(text) - 1)

static void keys(const char *text)
{
	for (; *text; text++)
		telnet_client_key(&c, (uint8_t)*text);
}

static void test_lines(void **state)
{
	(void)state;
	PUT("one\r\ntwo\nthree\r\r\n\r\nlogin: ");
	assert_string_equal(lines, "one|two|three||");
	shows("login: ", 7);
}

static void test_drawing(void **state)
{
	(void)state;
	draws("abc\b\bX", "aXc", 2);
	draws("abc\rX", "Xbc", 1);
	draws("\b\bx", "x", 1);
	draws("a\tb", "a       b", 9);
	draws("abc\b\b\033[K", "a", 1);
	draws("abc\b\033[1K", "  c", 2);
	draws("abc\033[2K", "   ", 3);
	draws("abc\033[2D\033[J", "a", 1);
	draws("abc\033[99D.", ".bc", 1);
	draws("abc\r\033[C.", "a.c", 2);
	draws("a\033[2Cb", "a  b", 4);
	draws("abc\033[2G.", "a.c", 2);
	draws("abc\033[G.", ".bc", 1);
	draws("abcd\r\033[2P", "cd", 0);
	draws("abcd\033[3D\033[9P", "a", 1);
	draws("abcd\r\033[2@", "  abcd", 0);
	draws("abcd\r\033[2X", "  cd", 0);
	draws("abc\r\033[5X", "     ", 0);
}

static void test_edges(void **state)
{
	char wide[TELNET_COLUMNS + 1];
	(void)state;
	memset(wide, 'w', TELNET_COLUMNS);
	wide[TELNET_COLUMNS] = '\0';
	put(wide, TELNET_COLUMNS);
	shows(wide, TELNET_COLUMNS);
	PUT("\r\n");		/* a full line and its end are one line */
	assert_string_equal(lines + TELNET_COLUMNS, "|");
	put(wide, TELNET_COLUMNS);
	PUT("x");
	shows("x", 1);
	put(wide, TELNET_COLUMNS - 1);
	PUT("\b\033[999C\033[999@");
	assert_int_equal(c.screen.cursor, TELNET_COLUMNS - 1);
	PUT("\r\033[999@\033[999X\033[999P");
	shows("", 0);
	PUT("\033[99999999999999999999C");
	assert_int_equal(c.screen.cursor, TELNET_COLUMNS - 1);
}

static void test_a_cleared_screen_is_a_new_line(void **state)
{
	(void)state;
	PUT("old\033[H\033[2Jnew\033[12;40Hlast\033[3J");
	assert_string_equal(lines, "old|new|last|");
	shows("", 0);
}

static void test_what_is_passed_over(void **state)
{
	(void)state;
	draws("a\033[1;31mb\033[0m\033[?25l\033[?1049h\033[6n\033[c\033[>c\033[2 qc", "abc", 3);
	draws("a\033]0;title\ab\033]0;title\033\\c\033P$q\033\\d\033X\033\033\\e\033_x\033\\f\033^\033\\g", "abcdefg",
		7);
	draws("a\033(0b\033)Bc\033#8d\033ce\0337f\033=g\033>", "abcdefg", 7);
	draws("a\001\002\005\007\016\017\177b\x9b" "31m", "ab31m", 5);
	draws("a\033[?Kb\033[1;2\033[1mc", "abc", 3);
	draws("na\xc3\xafve \xe2\x82\xac", "na?ve ?", 7);
	begin(NULL);
	PUT("\033]0;never ended\r\nseen\033[12\nstill\033\nhere\033(\n");	/* a line's end ends all of them */
	assert_string_equal(lines, "|seen|still|here|");
}

static void test_keys(void **state)
{
	char out[TELNET_KEY_MAX + 1];
	static const struct { int key; const char *bytes; } table[] = {
		{ 'a', "a" }, { KEY_ENTER, "\r" }, { KEY_BACKSPACE, "\177" }, { KEY_TAB, "\t" }, { KEY_CTRL_C, "\3" },
		{ 0xe4, "\xe4" },
		{ KEY_UP, "\033[A" }, { KEY_DOWN, "\033[B" }, { KEY_LEFT, "\033[D" }, { KEY_RIGHT, "\033[C" },
		{ KEY_HOME, "\033[H" },
		{ KEY_END, "\033[F" }, { KEY_DELETE, "\033[3~" }, { KEY_INSERT, "\033[2~" }, { KEY_PGUP, "\033[5~" },
		{ KEY_PGDN, "\033[6~" },
		{ KEY_F1, "\033[11~" }, { KEY_F1 + 5, "\033[17~" }, { KEY_F1 + 11, "\033[24~" }, { KEY_F1 + 12, "" },
		{ KEY_PGDN + 1, "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		out[telnet_key(table[i].key, out)] = '\0';
		assert_string_equal(out, table[i].bytes);
	}
}

/* The peer does not echo: what is typed is edited beside what the peer wrote, and goes out as a line. */
static void test_line_by_line(void **state)
{
	(void)state;
	PUT("hello\r\nname: ");
	keys("jox\be");
	shows("name: joe", 9);
	telnet_client_key(&c, KEY_HOME);
	shows("name: joe", 6);
	SENT("");
	keys("\r");
	SENT("joe\r\n");
	assert_string_equal(lines, "hello|name: joe|");
	shows("", 0);
	keys("half\3");
	SENT("\3");		/* it speaks no telnet */
	shows("", 0);
	keys("\4");
	SENT("\4");
	PUT("\xff\xf1");
	keys("half\3");
	SENT("\xff\xf4");
	keys("\r");
	SENT("\r\n");
}

static void test_byte_by_byte(void **state)
{
	(void)state;
	keys("ea");
	PUT("\xff\xfb\x01");
	SENT("\xff\xfd\x01" "ea");	/* typed before the peer began to echo */
	shows("", 0);
	keys("rly\r");
	SENT("rly\r\0");
	keys("x\xff\3");
	SENT("x\xff\xff\3");
	PUT("\xff\xfc\x01");
	SENT("\xff\xfe\x01");
	keys("y");
	SENT("");
	shows("y", 1);
}

static void test_binary(void **state)
{
	(void)state;
	PUT("\xff\xfb\x01\xff\xfd\x00");
	SENT("\xff\xfd\x01\xff\xfb\x00");
	keys("\rx");
	SENT("\rx");
}

static void test_window_and_terminal(void **state)
{
	(void)state;
	PUT("\xff\xfd\x1f\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0\xff\xfd\x22");
	SENT("\xff\xfb\x1f\xff\xfa\x1f\0\x50\0\x19\xff\xf0\xff\xfb\x18\xff\xfa\x18\0DUMB\xff\xf0\xff\xfc\x22");
	telnet_client_command(&c, TELNET_CMD_AYT);
	SENT("\xff\xf6");
}

/* A peer that takes nothing: keys are lost, its bytes wait, and nothing overflows. */
static void test_stuck(void **state)
{
	static uint8_t asks[6 * 5000];
	(void)state;
	for (size_t i = 0; i < sizeof(asks); i += 3)
		memcpy(asks + i, "\xff\xfd\x22", 3);
	size_t n = telnet_client_input(&c, asks, sizeof(asks));
	assert_true(n > 0 && n < sizeof(asks));
	assert_int_equal(telnet_client_input(&c, asks + n, 3), 0);
	for (int i = 0; i < 5000; i++) {
		keys("some text\r");
		telnet_client_command(&c, TELNET_CMD_AYT);
	}
	assert_true(c.out_len <= sizeof(c.out));
	telnet_client_sent(&c, c.out_len);
	assert_true(telnet_client_input(&c, asks + n, 3) == 3);
	SENT("\xff\xfc\x22");
}

/* A long line with the longest encoding fits. */
static void test_longest_line(void **state)
{
	(void)state;
	for (int i = 0; i < LINEEDIT_MAX - 1; i++)
		keys("x");
	keys("\r");
	assert_int_equal(c.out_len, LINEEDIT_MAX - 1 + 2);
	assert_int_equal(strlen(lines), LINEEDIT_MAX - 1 + (LINEEDIT_MAX - 1 + TELNET_COLUMNS - 1) / TELNET_COLUMNS);
	telnet_client_sent(&c, c.out_len);
	for (int i = 0; i < LINEEDIT_MAX; i++)
		keys("x");
	keys("\r");
	assert_int_equal(c.out_len, 0);
	assert_non_null(strstr(lines, "too long; it was not sent"));
}

#define T(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_lines), T(test_drawing), T(test_edges), T(test_a_cleared_screen_is_a_new_line),
		T(test_what_is_passed_over), T(test_keys),
		T(test_line_by_line), T(test_byte_by_byte), T(test_binary), T(test_window_and_terminal), T(test_stuck),
		T(test_longest_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
