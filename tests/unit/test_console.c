/* SPDX-License-Identifier: BSD-2-Clause */
/* Screens of every size and ability: the log, the live area, widgets, who gets the keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/log.h"
#include "kernel/vt.h"
#include "services/console/colours.h"
#include "services/console/console.h"
#include "services/console/keys.h"
#include "services/console/pager.h"
#include "services/console/ports.h"

#define CELLS (160 * 60)

/* A screen that records cells; what it was sent last is kept too. */
struct recorder {
	struct screen screen;
	struct vt vt;
	uint32_t cells[CELLS];
	size_t cap;			/* bytes that it takes at a time */
	char sent[1 << 20];
	size_t len;
};

static struct recorder small, big, dumb;

static bool pump(struct screen *s)
{
	struct recorder *r = (struct recorder *)((char *)s - offsetof(struct recorder, screen));
	char text[64];
	size_t n, all = 0;
	while ((n = console_take(s, text, r->cap < sizeof(text) ? r->cap : sizeof(text)))) {
		vt_write(&r->vt, text, n);
		if (r->len + n >= sizeof(r->sent))
			r->len = 0;
		memcpy(r->sent + r->len, text, n);
		r->len += n;
		r->sent[r->len] = '\0';
		all += n;
	}
	return all;
}

static void join(struct recorder *r, unsigned columns, unsigned rows, uint8_t can)
{
	r->screen = (struct screen){
		.name = "test", .columns = (uint16_t)columns, .rows = (uint16_t)rows, .can = can, .pump = pump,
		.pos = log_end(),
	};
	vt_init(&r->vt, r->cells, columns, rows);
	r->cap = 7;
	r->len = 0;
	console_join(&r->screen);
}

static int setup(void **state)
{
	(void)state;
	console_init(NULL);
	console_widget(NULL);
	console_live(NULL, -1);
	join(&small, 80, 25, SCREEN_ERASE | SCREEN_FULL);
	join(&big, 132, 43, SCREEN_ERASE | SCREEN_FULL | SCREEN_COLOUR);
	join(&dumb, 80, 24, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	console_leave(&small.screen);
	console_leave(&big.screen);
	console_leave(&dumb.screen);
	return 0;
}

static const char *row(struct recorder *r, unsigned n)
{
	static char text[161];
	unsigned len = r->vt.columns;
	for (unsigned i = 0; i < len; i++)
		text[i] = (char)r->cells[n * len + i];
	while (len && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
	return text;
}

static uint8_t style(struct recorder *r, unsigned at_row, unsigned column)
{
	return (uint8_t)(r->cells[at_row * r->vt.columns + column] >> 8);
}

/* All show it in that row. */
static void all_show(unsigned n, const char *text)
{
	assert_string_equal(row(&small, n), text);
	assert_string_equal(row(&big, n), text);
	assert_string_equal(row(&dumb, n), text);
}

static void cursor_at(struct recorder *r, unsigned at_row, unsigned column)
{
	assert_int_equal(r->vt.row, at_row);
	assert_int_equal(r->vt.column, column);
}

/* ---- the log and the live area ---- */

static void test_log(void **state)
{
	(void)state;
	log_line("one");
	log_line("two\nthree");
	log_partial("fo");
	all_show(3, "fo");
	log_partial("ur");
	all_show(3, "four");
	log_line(" five");
	all_show(0, "one");
	all_show(2, "three");
	all_show(3, "four five");
	all_show(4, "");
	cursor_at(&dumb, 4, 0);
}

/* Colours of a line of its own: where there are none, it is the same text, bold where it is bright; and none after. */
static void test_coloured(void **state)
{
	(void)state;
	log_coloured("a\x8e\x91" "bc\x87\x90" "d\x8f\x90" "e");
	log_line("next");
	all_show(0, "abcde");
	all_show(1, "next");
	assert_int_equal(style(&big, 0, 0), VT_PLAIN);
	assert_int_equal(style(&big, 0, 1), 0x1e);		/* yellow on blue, as VGA has it */
	assert_int_equal(style(&big, 0, 2), 0x1e);
	assert_int_equal(style(&big, 0, 3), VT_PLAIN);
	assert_int_equal(style(&big, 0, 4), 0x0f);
	assert_int_equal(style(&big, 1, 0), VT_PLAIN);
	assert_int_equal(style(&small, 0, 1), 0x0f);
	assert_int_equal(style(&small, 0, 3), VT_PLAIN);
	assert_int_equal(style(&dumb, 0, 1), VT_PLAIN);
}

static void test_utf8(void **state)
{
	(void)state;
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{ "D\xc3\xa9marrer \xc3\x9c\xc3\xbf", "Demarrer Uy" }, { "\xe2\x82\xac 5", "? 5" },
		{ "\xf0\x9f\x98\x80!", "?!" }, { "\xe4\xc3", "??" }, { "\xc3" "A", "?A" },
		{ "\x80\xbf" "a", "?a" },
		{ "\033[1m\xc3\xb1\033[0mo", "no" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct widget_row r;
		widget_blank(&r, 20);
		widget_put_ansi(&r, 0, STYLE_PLAIN, rows[i].text);
		size_t len = strlen(rows[i].shown);
		assert_memory_equal(r.text, rows[i].shown, len);
		assert_int_equal(r.text[len], ' ');
		assert_int_equal(widget_ansi_columns(rows[i].text), len);
	}
}

static void test_live(void **state)
{
	(void)state;
	log_line("above");
	console_live("undine> ech", -1);
	console_live("undine> echo", 9);
	all_show(1, "undine> echo");
	cursor_at(&small, 1, 9);
	cursor_at(&dumb, 1, 9);
	log_line("between");
	all_show(1, "between");
	all_show(2, "undine> echo");
	cursor_at(&big, 2, 9);
	console_live("undine> e", -1);
	all_show(2, "undine> e");
	console_live(NULL, -1);
	all_show(2, "");
	log_line("after");
	all_show(2, "after");
}

/* What is typed reads as one line in a transcript; nothing is sent twice. */
static void test_only_what_differs(void **state)
{
	(void)state;
	console_live("> a", -1);
	console_live("> ab", -1);
	console_live("> ab", 3);
	console_live("> aXb", 4);
	assert_string_equal(small.sent, "> ab\b\033[KXb\b");
	small.len = 0;
	console_live("> aXb", 4);
	assert_int_equal(small.len, 0);
	assert_null(strchr(dumb.sent, '\033'));
	all_show(0, "> aXb");
}

/* What another wrote over is as it should be again. */
static void test_repaint(void **state)
{
	(void)state;
	console_live("first\nundine> echo", 8);
	for (struct recorder *r = &small; r; r = r == &small ? &dumb : NULL)
		r->cells[r->vt.row * r->vt.columns] = 'X';
	assert_string_equal(row(&small, 1), "Xndine> echo");
	console_repaint();
	assert_string_equal(row(&small, 0), "first");
	assert_string_equal(row(&small, 1), "undine> echo");
	cursor_at(&small, 1, 8);
	assert_string_equal(row(&dumb, 0), "undine> echo");
	cursor_at(&dumb, 0, 8);
}

static void test_several_rows(void **state)
{
	(void)state;
	log_line("above");
	console_live("first\nsecond\nthird> x", 7);
	assert_string_equal(row(&small, 1), "first");
	assert_string_equal(row(&big, 2), "second");
	assert_string_equal(row(&big, 3), "third> x");
	cursor_at(&small, 3, 7);
	assert_string_equal(row(&dumb, 1), "third> x");	/* it has room for one: where the cursor is */
	log_line("between");
	assert_string_equal(row(&small, 1), "between");
	assert_string_equal(row(&small, 2), "first");
	assert_string_equal(row(&small, 4), "third> x");
	cursor_at(&small, 4, 7);
	assert_string_equal(row(&dumb, 2), "third> x");
	console_live("first\nsecOnd\nthird> x", 7);
	assert_string_equal(row(&small, 3), "secOnd");
	cursor_at(&small, 4, 7);
	console_live("only", -1);
	assert_string_equal(row(&small, 2), "only");
	assert_string_equal(row(&small, 3), "");
	assert_string_equal(row(&small, 4), "");
	cursor_at(&small, 2, 4);
	log_partial("said: ");
	assert_string_equal(row(&small, 2), "said: only");
	assert_string_equal(row(&dumb, 2), "said: only");
	log_line("done");
	assert_string_equal(row(&small, 2), "said: done");
	assert_string_equal(row(&small, 3), "only");
}

/* At the bottom of the screen everything moves up, the live area keeps its place. */
static void test_several_rows_at_the_bottom(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 60; i++)
		log_line("line %u", i);
	console_live("a\nb\nc", -1);
	log_line("last");
	assert_string_equal(row(&small, 21), "last");
	assert_string_equal(row(&small, 22), "a");
	assert_string_equal(row(&small, 24), "c");
	assert_string_equal(row(&big, 39), "last");
	assert_string_equal(row(&big, 42), "c");
	console_live(NULL, -1);
	log_line("end");
	assert_string_equal(row(&small, 22), "end");
	assert_string_equal(row(&small, 23), "");
}

/* A longer line than the screen is wide: the part around the cursor. */
static void test_wide_lines(void **state)
{
	char text[201];
	(void)state;
	for (unsigned i = 0; i < 200; i++)
		text[i] = (char)('a' + i % 26);
	text[200] = '\0';
	console_live(text, 0);
	assert_int_equal(strlen(row(&small, 0)), 79);
	assert_int_equal(strlen(row(&big, 0)), 131);
	assert_memory_equal(row(&big, 0), text, 131);
	console_live(text, 150);
	assert_int_equal(small.vt.row, 0);
	assert_int_equal((char)small.cells[small.vt.column], text[150]);
	assert_int_equal((char)big.cells[big.vt.column], text[150]);
	assert_int_equal((char)dumb.cells[dumb.vt.column], text[150]);
}

static void test_nothing_secret(void **state)
{
	(void)state;
	console_live("telnetd --password sesame\033[2J", -1);
	all_show(0, "telnetd --password ******");
}

/* One that takes nothing misses the oldest, and is told; who joins late has all that is left. */
static void test_too_slow(void **state)
{
	static struct recorder slow;
	char text[64];
	(void)state;
	join(&slow, 80, 25, SCREEN_ERASE);
	slow.screen.pump = NULL;
	log_line("the first");
	while (console_take(&slow.screen, text, sizeof(text)))
		;
	small.screen.pump = big.screen.pump = dumb.screen.pump = NULL;
	for (unsigned i = 0; i < 4000; i++)
		log_line("a line that is one of many, number %u", i);
	pump(&slow.screen);
	assert_non_null(strstr(slow.sent, "bytes of output are lost here"));
	assert_true(slow.screen.lost > 10000);
	assert_string_equal(row(&slow, 23), "a line that is one of many, number 3999");
	console_leave(&slow.screen);
}

/* A serial line takes what it can, and loses nothing. */
static void test_patient(void **state)
{
	(void)state;
	small.cap = 1;
	for (unsigned i = 0; i < 400; i++)
		log_line("number %u", i);
	assert_int_equal(small.screen.lost, 0);
	assert_string_equal(row(&small, 23), "number 399");
}

static void test_end(void **state)
{
	(void)state;
	console_live("prompt> ", -1);
	log_line("the last one");
	screen_end(&small.screen);
	log_line("not for it");
	assert_string_equal(row(&small, 0), "the last one");
	assert_string_equal(row(&small, 1), "");
	assert_string_equal(row(&big, 1), "not for it");
}

static void test_log_positions(void **state)
{
	char text[64];
	(void)state;
	log_line("the last but one");
	log_line("the last");
	uint64_t at = log_back(2);
	assert_int_equal(log_read(&at, text, sizeof(text)), 26);
	assert_memory_equal(text, "the last but one\nthe last\n", 26);
	at = log_tail(20);			/* cuts the last but one */
	assert_int_equal(log_read(&at, text, sizeof(text)), 9);
	at = log_tail(9);
	assert_int_equal(log_read(&at, text, sizeof(text)), 9);
	at = log_tail(LOG_RING_LEN);
	log_read(&at, text, 1);
	assert_true(log_end() - at < LOG_RING_LEN);
}

/* ---- widgets ---- */

static unsigned chosen;

static void draw_menu(struct widget *w, struct widget_row *out, unsigned n, unsigned rows)
{
	char text[40];
	(void)w;
	if (n == 0) {
		widget_put(out, 0, STYLE_PLAIN, "Which one?");
		widget_style(out, STYLE_REVERSE);
	} else if (n <= 3) {
		snprintf(text, sizeof(text), "%s item %u", n == chosen ? ">" : " ", n);
		widget_put(out, 2, n == chosen ? STYLE_BOLD | STYLE_COLOUR(1) : STYLE_PLAIN, text);
	} else if (n == rows - 1) {
		snprintf(text, sizeof(text), "%u columns", out->columns);
		widget_put(out, out->columns - 11, STYLE_PLAIN, text);
	}
}

static void line_menu(struct widget *w, char *out, size_t cap)
{
	(void)w;
	snprintf(out, cap, "item %u of 3", chosen);
}

static struct widget menu = { .draw = draw_menu, .line = line_menu };

static void test_widget(void **state)
{
	(void)state;
	log_line("before");
	console_live("live", -1);
	chosen = 1;
	console_widget(&menu);
	assert_string_equal(row(&small, 0), "Which one?");
	assert_int_equal(style(&small, 0, 79), 0x70);
	assert_string_equal(row(&small, 1), "  > item 1");
	assert_int_equal(style(&small, 1, 2), 0x0f);		/* it has no colours: bold, in what there is */
	assert_int_equal(style(&big, 1, 2), 0x0c);
	assert_string_equal(row(&small, 23) + 69, "80 columns");
	assert_string_equal(row(&big, 41) + 121, "132 columns" + 0);
	assert_string_equal(row(&small, 24), "");
	/* the one without places has lines, and where it stands below them */
	assert_string_equal(row(&dumb, 0), "before");
	assert_string_equal(row(&dumb, 1), "Which one?");
	assert_string_equal(row(&dumb, 2), "  > item 1");
	assert_string_equal(row(&dumb, 6), "item 1 of 3");
	assert_null(strchr(dumb.sent, '\033'));

	small.len = 0;
	chosen = 2;
	console_redraw();
	assert_string_equal(row(&small, 1), "    item 1");
	assert_string_equal(row(&small, 2), "  > item 2");
	assert_int_equal(style(&small, 1, 2), 0x07);
	assert_true(small.len < 80);		/* two rows, no more */
	assert_string_equal(row(&dumb, 6), "item 2 of 3");
	menu.page++;
	console_redraw();
	assert_string_equal(row(&dumb, 8), "  > item 2");
}

static void draw_shades(struct widget *w, struct widget_row *out, unsigned n, unsigned rows)
{
	(void)w;
	(void)rows;
	if (n == 0)
		widget_put(out, 0, STYLE_COLOUR(STYLE_NUMBERED + 12) | STYLE_GROUND(STYLE_NUMBERED + 3), "a");
	if (n == 1)
		widget_put(out, 0, STYLE_COLOUR(2) | STYLE_REVERSE, "b");
}

/* Colours that scripts have given shades: by number where the screen knows them, the basic ones elsewhere. */
static void test_shades(void **state)
{
	(void)state;
	static struct widget shades = { .draw = draw_shades, .line = line_menu };
	assert_int_equal(colour_set(12, 1, 0x123456), 0);
	assert_int_equal(colour_set(3, COLOUR_DEFAULT, 0x654321), 0);
	small.screen.can |= SCREEN_COLOUR | SCREEN_NUMBERED;
	console_widget(&shades);
	assert_int_equal(VT_TEXT(small.cells[0]), 1 + VT_NUMBERED + 12);
	assert_int_equal(VT_GROUND(small.cells[0]), 1 + VT_NUMBERED + 3);
	assert_int_equal(VT_TEXT(big.cells[0]), 1 + 1);
	assert_int_equal(VT_GROUND(big.cells[0]), 0);
	assert_int_equal(style(&big, 0, 0), 0x04);
	assert_int_equal(VT_TEXT(small.cells[80]), 1 + 0);	/* reversed: black on green */
	assert_int_equal(VT_GROUND(small.cells[80]), 1 + 2);
	assert_int_equal(VT_TEXT(small.cells[1]), 0);
	assert_int_equal(VT_GROUND(small.cells[1]), 0);
	console_widget(NULL);
	colours_reset();
}

/* Lines logged meanwhile: below the widget, and all of them where they belong when it goes. */
static void test_widget_and_log(void **state)
{
	(void)state;
	log_line("before");
	console_live("live", -1);
	console_widget(&menu);
	log_line("meanwhile one");
	log_line("meanwhile two");
	assert_string_equal(row(&small, 0), "Which one?");
	assert_string_equal(row(&small, 24), "meanwhile two");
	assert_string_equal(row(&big, 42), "meanwhile two");
	assert_non_null(strstr(dumb.sent, "meanwhile one\r\n"));
	console_widget(NULL);
	unsigned at = 24;
	while (at && !*row(&small, at))
		at--;
	assert_string_equal(row(&small, at), "live");
	assert_string_equal(row(&small, at - 1), "meanwhile two");
	assert_string_equal(row(&small, at - 2), "meanwhile one");
	assert_string_equal(row(&small, at - 3), "before");
	cursor_at(&small, at, 4);
}

/* It draws no more than it was asked for, in any size. */
static void test_widget_sizes(void **state)
{
	(void)state;
	static struct recorder odd;
	for (unsigned columns = 20; columns <= 160; columns += 35)
		for (unsigned rows = 2; rows <= 60; rows += 19) {
			join(&odd, columns, rows, SCREEN_ERASE | SCREEN_FULL);
			console_widget(&menu);
			assert_string_equal(row(&odd, 0), "Which one?");
			console_widget(NULL);
			console_leave(&odd.screen);
		}
	unsigned rows, columns;
	console_widget_size(&rows, &columns);
	assert_int_equal(rows, 23);
	assert_int_equal(columns, 80);
}

/* A terminal that tells its size while a widget is there. */
static void test_resize(void **state)
{
	(void)state;
	console_widget(&menu);
	vt_init(&small.vt, small.cells, 40, 10);
	screen_resize(&small.screen, 40, 10, SCREEN_ERASE | SCREEN_FULL);
	console_pump();
	assert_string_equal(row(&small, 0), "Which one?");
	assert_string_equal(row(&small, 8) + 29, "40 columns");
}

/* ---- the pager ---- */

static void test_pager(void **state)
{
	static char text[65536];
	static const char longer[] = " is longer than eighty columns, which is why it goes on in the next row of a "
				     "screen that has no more";
	struct pager p;
	unsigned rows, columns;
	(void)state;
	size_t len = 0;
	for (unsigned i = 1; i <= 100; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "line %u%s\n", i, i == 50 ? longer : "");
	console_widget_size(&rows, &columns);
	pager_init(&p, "log", text, rows, columns);
	console_widget(&p.widget);
	assert_string_equal(row(&small, 21), "line 100");
	assert_non_null(strstr(row(&small, 23), "log: from line 79 of 100"));
	assert_int_equal(style(&small, 23, 0), 0x70);
	assert_string_equal(row(&big, 0), "line 79");
	assert_non_null(strstr(row(&dumb, 23), "log: from line 79 of 100"));
	assert_string_equal(row(&dumb, 21), "line 100");
	assert_true(pager_key(&p, KEY_HOME));
	console_redraw();
	assert_string_equal(row(&small, 0), "line 1");
	assert_string_equal(row(&big, 41 - 1), "line 41");
	assert_string_equal(row(&dumb, 21), "line 22");
	for (unsigned i = 0; i < 3; i++)
		pager_key(&p, KEY_PGDN);
	pager_key(&p, KEY_UP);
	for (unsigned i = 0; i < 40; i++)
		pager_key(&p, i % 2 ? 'k' : 'j');
	pager_key(&p, 'x');
	console_redraw();
	assert_int_equal(p.top, 62);
	while (p.top > 48)
		pager_key(&p, KEY_UP);
	console_redraw();
	assert_string_equal(row(&small, 0), "line 49");
	assert_int_equal(strlen(row(&small, 1)), 80);
	assert_string_equal(row(&small, 3), "line 51");
	assert_string_equal(row(&big, 2), "line 51");
	for (unsigned i = 0; i < 9; i++)
		pager_key(&p, ' ');
	assert_int_equal(p.top, 99);
	console_redraw();
	assert_string_equal(row(&small, 1), "");
	assert_false(pager_key(&p, 'q'));
	assert_false(pager_key(&p, KEY_CTRL_C));
	console_widget(NULL);
	assert_string_equal(row(&small, 23), "");
	/* its end is seen where lines take more rows than one */
	snprintf(text + len, sizeof(text) - len, "line 101%s\nthe last\n", longer);
	pager_init(&p, "log", text, rows, columns);
	console_widget(&p.widget);
	console_redraw();
	assert_string_equal(row(&small, 0), "line 82");
	assert_string_equal(row(&small, 21), "the last");
	pager_key(&p, KEY_HOME);
	pager_key(&p, KEY_END);
	console_redraw();
	assert_string_equal(row(&small, 21), "the last");
	pager_init(&p, "log", text, 3, 10);	/* a line that no page has room for */
	assert_int_equal(p.top, 101);
	text[strlen(text) - 9] = '\0';
	pager_init(&p, "log", text, 3, 10);
	assert_int_equal(p.top, 100);
	/* of nothing */
	pager_init(&p, "log", "", rows, columns);
	console_widget(&p.widget);
	pager_key(&p, KEY_PGDN);
	pager_key(&p, KEY_UP);
	console_redraw();
	assert_non_null(strstr(row(&small, 23), "log: from line 0 of 0"));
}

/* ---- keys ---- */

static void test_focus(void **state)
{
	struct input in = { 0 };
	struct input_focus prompt, client;
	(void)state;
	input_put(&in, 'a', 0);
	assert_int_equal(input_take(&in, &prompt), -11);
	input_focus(&in, &prompt);
	assert_int_equal(input_take(&in, &prompt), 'a');
	input_put(&in, 'b', 0);
	input_put(&in, KEY_CTRL_C, 0);
	input_focus(&in, &client);
	input_focus(&in, &client);		/* it has them already */
	assert_int_equal(input_take(&in, &prompt), -11);
	assert_false(input_interrupted(&in, &prompt));
	assert_int_equal(input_take(&in, &client), 'b');
	in.reader = &client;
	assert_false(input_awaited(&in));
	input_release(&in, &client);
	in.reader = &prompt;
	assert_true(input_interrupted(&in, &prompt));	/* typed ahead */
	assert_true(input_awaited(&in));
	input_release(&in, &client);
	input_focus(&in, &client);
	input_focus(&in, &prompt);		/* one that is begun again comes to the top */
	input_put(&in, 'c', 0);
	assert_int_equal(input_take(&in, &prompt), 'c');
	input_release(&in, &prompt);
	assert_ptr_equal(in.focus, &client);
}

static void test_queue(void **state)
{
	struct input in = { 0 };
	struct input_focus f;
	(void)state;
	input_focus(&in, &f);
	for (unsigned i = 0; i < 2 * INPUT_LEN; i++)
		input_put(&in, 'x', i % 3);
	assert_int_equal(input_room(&in), 0);
	input_disown(&in, 2);
	input_put(&in, KEY_CTRL_C, 1);		/* it is never lost */
	assert_int_equal(input_room(&in), INPUT_LEN - 1);
	assert_int_equal(input_take(&in, &f), KEY_CTRL_C);
	assert_int_equal(input_typists(&in), 1u << 1);
	input_put(&in, 'y', 2);
	input_put(&in, 'z', 3);
	assert_int_equal(input_take(&in, &f), 'y');
	input_disown(&in, 2);
	input_disown(&in, 3);
	assert_int_equal(input_take(&in, &f), 'z');
	assert_int_equal(input_typists(&in), 1u << INPUT_GONE);
	assert_int_equal(input_typists(&in), 0);
}

static char left[40];

static void leave(struct screen *s, const char *why)
{
	snprintf(left, sizeof(left), "%s: %s", s->name, why);
}

static void test_typists(void **state)
{
	struct input_focus f;
	char who[80];
	(void)state;
	small.screen.who = 3;
	small.screen.name = "session 3 (10.0.0.9)";
	small.screen.leave = leave;
	input_focus(console_input(), &f);
	console_typed('a', 0, 1000);
	input_take(console_input(), &f);
	assert_false(console_typed_by(who, sizeof(who)));
	assert_false(console_logout());
	console_typed('a', 3, 1000);
	console_typed('b', 4, 1000);
	input_take(console_input(), &f);
	input_take(console_input(), &f);
	assert_true(console_typed_by(who, sizeof(who)));
	assert_string_equal(who, "session 3 (10.0.0.9)");
	assert_true(console_logout());
	assert_string_equal(left, "session 3 (10.0.0.9): logout");
	console_typed('a', 3, 1000);
	console_leave(&small.screen);
	input_take(console_input(), &f);
	assert_true(console_typed_by(who, sizeof(who)));
	assert_string_equal(who, "a session that is gone");
	input_release(console_input(), &f);
}

/* Whoever has left is not there, and what they alone have typed is nobody's. */
static void test_presence(void **state)
{
	struct input_focus f;
	char who[80];
	(void)state;
	console_forget_typists();
	small.screen.who = 3;
	big.screen.who = 4;
	input_focus(console_input(), &f);
	console_typed('a', 3, 5000);
	console_typed('b', 4, 7000);
	assert_int_equal(console_last_key_us(), 7000);
	while (input_take(console_input(), &f) >= 0)
		;
	console_typed_by(who, sizeof(who));
	console_leave(&big.screen);
	assert_int_equal(console_last_key_us(), 5000);
	assert_false(console_typists_gone());
	console_leave(&small.screen);
	assert_true(console_typists_gone());
	assert_false(console_typed_by(who, sizeof(who)));	/* nobody has typed since */
	assert_true(console_typists_gone());
	assert_int_equal(console_last_key_us(), 1000);	/* at the machine, in a test before: nobody leaves there */
	console_typed('c', 0, 9000);				/* goes on with it */
	input_take(console_input(), &f);
	assert_false(console_typists_gone());
	assert_int_equal(console_last_key_us(), 9000);
	console_typed_by(who, sizeof(who));
	assert_false(console_typists_gone());
	console_forget_typists();
	assert_false(console_typists_gone());
	input_release(console_input(), &f);
}

/* A note stands where nothing else does. */
static void test_note(void **state)
{
	(void)state;
	console_live("", -1);
	console_note("a note");
	all_show(0, "a note");
	console_live("a line", -1);
	all_show(0, "a line");
	console_note("another");
	all_show(0, "a line");
	console_live(NULL, -1);
	all_show(0, "another");
	console_note("");
	all_show(0, "");
}

static void decode(const char *bytes, size_t len, const int *want, size_t count)
{
	struct keys k = { 0 };
	int got[32], n = 0;
	for (size_t i = 0; i < len; i++)
		n += (int)keys_byte(&k, (uint8_t)bytes[i], 1000, got + n);
	assert_int_equal(keys_pause(&k, 40000), 0);
	got[n] = keys_pause(&k, 90000);
	n += got[n] != 0;
	assert_int_equal(n, count);
	assert_memory_equal(got, want, count * sizeof(*want));
}
#define DECODE(bytes, ...) decode(bytes, sizeof(bytes) - 1, (const int[]){ __VA_ARGS__ }, \
				  sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int))

static void test_keys(void **state)
{
	(void)state;
	DECODE("a\r\nb\nc\r", 'a', KEY_ENTER, 'b', KEY_ENTER, 'c', KEY_ENTER);
	DECODE("\033[A\033OB\033[3~\033[15~\033[24~\033OP", KEY_UP, KEY_DOWN, KEY_DELETE, KEY_F1 + 4, KEY_F1 + 11,
	       KEY_F1);
	DECODE("\033", KEY_ESC);
	DECODE("\033x\177", KEY_ESC, 'x', KEY_BACKSPACE);
	DECODE("\033[99999999999~\033[Z.", '.');
	/* with modifiers, as xterm sends them; Linux' console; what a terminal says of itself is no key */
	DECODE("\033[1;5C\033[3;2~\033O5P\033[15;5~", KEY_RIGHT, KEY_DELETE, KEY_F1, KEY_F1 + 4);
	DECODE("\033[[B\033[?1;2c\033[>0;276;0c.", KEY_F1 + 1, '.');
	/* one that breaks off */
	DECODE("\033[12\003\033[1;\033[A\033O\r", KEY_CTRL_C, KEY_UP, KEY_ENTER);
	assert_int_equal(keys_bios(0x1e61), 'a');
	assert_int_equal(keys_bios(0x48e0), KEY_UP);
	assert_int_equal(keys_bios(0x4800), KEY_UP);
	assert_int_equal(keys_bios(0x3b00), KEY_F1);
	assert_int_equal(keys_bios(0x0100), 0);
}

/* ---- the setting console ---- */

static char bad[PORTS_TEXT];

/* "NAME, RATE FORMAT columns x rows / abilities; ..." */
static const char *ports_text(const char *setting, const struct ports_port *standard)
{
	static char out[400];
	char text[PORTS_TEXT];
	struct ports p;
	if (ports_parse(&p, setting, standard, bad) < 0)
		return "wrong";
	size_t len = (size_t)snprintf(out, sizeof(out), "%s%s", p.vga ? "vga" : "no vga", p.chosen ? "" : ", guessed");
	for (unsigned i = 0; i < p.count; i++)
		len += (size_t)snprintf(out + len, sizeof(out) - len, "; %s %ux%u/%u", ports_describe(&p.port[i], text),
					p.port[i].columns, p.port[i].rows, p.port[i].can);
	return out;
}

static void test_ports(void **state)
{
	const struct ports_port other = { .io = 0x2f8, .rate = 9600, .line = 3, .can = 3, .columns = 80, .rows = 24 };
	(void)state;
	assert_string_equal(ports_text("", &ports_com1), "vga, guessed; COM1, 115200 8N1 80x24/3");
	assert_string_equal(ports_text("auto", &other), "vga, guessed; COM2, 9600 8N1 80x24/3");
	assert_string_equal(ports_text("com2,57600n8", &ports_com1), "vga; COM2, 57600 8N1 80x24/3");
	assert_string_equal(ports_text("com1,com2,9600e7,dumb,132x43", &ports_com1),
			    "vga; COM1, 115200 8N1 80x24/3; COM2, 9600 7E1 132x43/0");
	assert_string_equal(ports_text("ttyS3,19200,8o2,0x2f0,ansi", &ports_com1),
			    "vga; COM4, 19200 8O2 80x24/3; 2F0h, 115200 8N1 80x24/7");
	assert_string_equal(ports_text("COM3,0", &ports_com1), "vga; COM3, as it was set 80x24/3");
	assert_string_equal(ports_text("serial,132x43", &other), "vga; COM2, 9600 8N1 132x43/3");
	assert_string_equal(ports_text("com2", &other), "vga; COM2, 9600 8N1 80x24/3");
	assert_string_equal(ports_text("vga", &ports_com1), "vga");
	assert_string_equal(ports_text("novga", &ports_com1), "no vga; COM1, 115200 8N1 80x24/3");
	assert_string_equal(ports_text("com2,novga", &ports_com1), "no vga; COM2, 115200 8N1 80x24/3");
	assert_string_equal(ports_text("com1,com1,9600", &ports_com1), "vga; COM1, 9600 8N1 80x24/3");
	static const char *const wrong[] = {
		"com5", "com0", "com", "ttyS4", "0x", "0x10000", "57600", "com1,", ",com1", "com1,1000000", "com1,49",
		"com1,9600x8", "com1,9600n9", "com1,9600n88", "com1,8n3", "com1,19x5", "com1,80x1", "com1,80x256",
		"com1,colour", "vga,9600", "0x3f8x", "com1,com2,com3,com4,0x100", "com1,99999999999999999999",
		"a-very-long-item-that-is-no-port-at-all",
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (strcmp(ports_text(wrong[i], &ports_com1), "wrong"))
			fail_msg("%s is taken", wrong[i]);
	ports_text("com1,9600,blue,com2", &ports_com1);
	assert_string_equal(bad, "blue");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		WITH(test_log), WITH(test_coloured), cmocka_unit_test(test_utf8), WITH(test_live),
		WITH(test_only_what_differs), WITH(test_repaint),
			WITH(test_several_rows),
		WITH(test_several_rows_at_the_bottom), WITH(test_wide_lines), WITH(test_nothing_secret),
		WITH(test_too_slow),
		WITH(test_patient), WITH(test_end), WITH(test_log_positions), WITH(test_widget),
		WITH(test_shades), WITH(test_widget_and_log), WITH(test_widget_sizes),
		WITH(test_resize), WITH(test_pager), cmocka_unit_test(test_focus), cmocka_unit_test(test_queue),
		WITH(test_typists), WITH(test_presence), WITH(test_note),
		cmocka_unit_test(test_keys), cmocka_unit_test(test_ports),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
