/* SPDX-License-Identifier: BSD-2-Clause */
/* Menus and forms: what is in them, what is shown, and what keys do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "services/console/colours.h"
#include "services/console/keys.h"
#include "services/menu/choice.h"
#include "services/menu/form.h"
#include "services/menu/menu.h"
#include "services/menu/palette.h"

#define ROWS 24u

static struct choice choice;
static struct form form;

static int setup(void **state)
{
	(void)state;
	palette_reset();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	menu_delete_all();
	return 0;
}

/* One of four entries between gaps. */
static struct menu *small_menu(void)
{
	struct menu *m = menu_create(NULL, "What now?");
	assert_non_null(m);
	assert_int_equal(menu_add(m, NULL, "-- Debian", 0, 0), 0);
	assert_int_equal(menu_add(m, "install", "Install it", 'i', 0), 0);
	assert_int_equal(menu_add(m, "rescue", "", 0, MENU_PREFERRED), 0);
	assert_int_equal(menu_add(m, NULL, "", 0, 0), 0);
	assert_int_equal(menu_add(m, "Local", "From disk", 'L', 0), 0);
	assert_int_equal(menu_add(m, "local", "From disk, \033[1;31mred", 'l', MENU_PREFERRED), 0);
	return m;
}

static struct widget_row drawn;

/* A row of the widget without the blanks at its end. */
static const char *row(struct widget *w, unsigned n, bool lines)
{
	static char text[WIDGET_COLUMNS + 1];
	widget_blank(&drawn, 80);
	drawn.lines = lines;
	w->draw(w, &drawn, n, ROWS);
	memcpy(text, drawn.text, sizeof(text));
	for (unsigned i = drawn.columns; i && text[i - 1] == ' '; i--)
		text[i - 1] = '\0';
	return text;
}

static const char *line(struct widget *w)
{
	static char text[300];
	w->line(w, text, sizeof(text));
	return text;
}

static const char *marked(void)
{
	return menu_entry(choice.menu, choice.at)->name;
}

/* ---- what there is ---- */

static void names_stand_once(void **state)
{
	(void)state;
	struct menu *a = menu_create("a", "A"), *none = menu_create(NULL, NULL);
	assert_ptr_equal(menu_find("a"), a);
	assert_ptr_equal(menu_find(NULL), none);
	assert_string_equal(none->title, "");
	assert_null(menu_find("b"));
	assert_int_equal(menu_add(a, "x", "X", 0, 0), 0);
	a = menu_create("a", "again");
	assert_int_equal(a->count, 0);
	menu_delete(menu_find("a"));
	assert_null(menu_find("a"));
	assert_ptr_equal(menu_find(NULL), none);
}

/* Ctrl-@ is no entry's own key. */
static void no_key_chooses_nothing(void **state)
{
	(void)state;
	assert_int_equal(choice_init(&choice, small_menu(), NULL, ROWS), 0);
	assert_int_equal(choice_key(&choice, 0), CHOICE_MORE);
}

/* Thousands of entries, texts of megabytes: an error, and room again once they are gone. */
static void bounds_are_told(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		struct menu *m = menu_create(NULL, "many");
		char *text = malloc(MENU_BYTES_MAX + 1);
		unsigned n = 0;
		while (menu_add(m, "e", "", 0, 0) == 0)
			n++;
		assert_int_equal(n, MENU_ENTRIES_MAX);
		m = menu_create(NULL, "long");
		memset(text, 'x', MENU_BYTES_MAX);
		text[MENU_BYTES_MAX] = '\0';
		assert_int_equal(menu_add(m, "e", text, 0, 0), -ENOSPC);
		assert_int_equal(menu_add(m, "e", text + 20, 0, 0), 0);
		assert_int_equal(menu_add(m, "e", "a word of some length", 0, 0), -ENOSPC);
		assert_int_equal(m->count, 1);
		free(text);
		menu_delete(m);
	}
}

/* ---- choosing ---- */

static void the_mark_begins_where_it_is_wanted(void **state)
{
	(void)state;
	struct menu *m = small_menu();
	assert_int_equal(choice_init(&choice, m, NULL, ROWS), 0);
	assert_string_equal(marked(), "rescue");
	assert_int_equal(choice_init(&choice, m, "Local", ROWS), 0);
	assert_string_equal(marked(), "Local");
	assert_int_equal(choice_init(&choice, m, "nobody", ROWS), 0);
	assert_string_equal(marked(), "rescue");
	m = menu_create("gaps", "only gaps");
	menu_add(m, NULL, "one", 0, 0);
	assert_int_equal(choice_init(&choice, m, NULL, ROWS), -ENOENT);
}

static void keys_move_the_mark(void **state)
{
	(void)state;
	static const struct { int key; const char *at; } story[] = {
		{ KEY_UP, "install" }, { KEY_UP, "install" }, { KEY_DOWN, "rescue" }, { KEY_DOWN, "Local" },
		{ KEY_HOME, "install" }, { KEY_END, "local" }, { KEY_DOWN, "local" }, { KEY_PGUP, "install" },
		{ KEY_PGDN, "local" }, { '2', "rescue" }, { '9', "rescue" }, { KEY_TAB, "Local" }, { '1', "install" },
		{ 'z', "install" }, { KEY_CTRL_A, "install" },
	};
	choice_init(&choice, small_menu(), NULL, ROWS);
	for (size_t i = 0; i < sizeof(story) / sizeof(story[0]); i++) {
		assert_int_equal(choice_key(&choice, story[i].key), CHOICE_MORE);
		assert_string_equal(marked(), story[i].at);
	}
	assert_int_equal(choice_key(&choice, KEY_ENTER), CHOICE_TAKEN);
	assert_int_equal(choice_key(&choice, KEY_ESC), CHOICE_LEFT);
	assert_int_equal(choice_key(&choice, KEY_CTRL_C), CHOICE_LEFT);
	assert_string_equal(marked(), "install");
}

static void an_entrys_own_key_takes_it(void **state)
{
	(void)state;
	choice_init(&choice, small_menu(), NULL, ROWS);
	assert_int_equal(choice_key(&choice, 'L'), CHOICE_TAKEN);
	assert_string_equal(marked(), "Local");
	assert_int_equal(choice_key(&choice, 'l'), CHOICE_TAKEN);
	assert_string_equal(marked(), "local");
	assert_int_equal(choice_key(&choice, 'I'), CHOICE_TAKEN);	/* nobody else's in this case */
	assert_string_equal(marked(), "install");
}

static void numbers_are_typed_digit_by_digit(void **state)
{
	(void)state;
	struct menu *m = menu_create(NULL, "hundreds");
	char name[8];
	for (unsigned i = 1; i <= 300; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		menu_add(m, i % 10 ? name : NULL, name, 0, 0);
	}
	choice_init(&choice, m, NULL, ROWS);
	for (const char *k = "257"; *k; k++)
		assert_int_equal(choice_key(&choice, *k), CHOICE_MORE);
	assert_string_equal(marked(), "n285");				/* the 257th that is no gap */
	assert_non_null(strstr(line(&choice.widget), "> 257 n285. Number 257"));
	assert_int_equal(choice_key(&choice, '3'), CHOICE_MORE);		/* there is no 2573 */
	assert_string_equal(marked(), "n3");
	for (unsigned i = 0; i < 40; i++)
		choice_key(&choice, '9');
	choice_key(&choice, KEY_DOWN);
	assert_int_equal(choice.typed, 0);
}

/* Its place and its colours are what its maker wants, as far as the screen has room for that. */
static void a_look_of_its_own(void **state)
{
	(void)state;
	struct menu *m = small_menu();
	assert_int_equal(menu_add_hint(m, "a hint"), 0);
	menu_show_key(m, 3);
	choice_init(&choice, m, NULL, ROWS);
	struct choice_look look = { .screen = 0x10, .normal = 0x20, .title = 0x30, .selected = 0x40, .hot = 0x50,
				    .hot_selected = 0x60, .disabled = 0x70, .keys = 0x80, .time = 0x90, .help = 0xa0,
				    .left = 10, .width = 40, .top = 2, .rows = 4, .keys_row = 10, .time_row = 12,
				    .help_row = 11 };
	choice.look = &look;
	assert_string_equal(row(&choice.widget, 3, false), "                         What now?");
	assert_int_equal(drawn.style[25], 0x30);
	assert_string_equal(row(&choice.widget, 5, false), "            -- Debian");
	assert_int_equal(drawn.style[9], 0x10);
	assert_int_equal(drawn.style[10], 0x70);
	assert_int_equal(drawn.style[50], 0x10);
	assert_string_equal(row(&choice.widget, 6, false), "            Install it");
	assert_int_equal(drawn.style[10], 0x20);
	assert_string_equal(row(&choice.widget, 9, false), "            ...");	/* four at once */
	assert_non_null(strstr(row(&choice.widget, 10, false), "Arrows or a number"));
	assert_int_equal(drawn.style[2], 0x80);
	choice_key(&choice, KEY_END);
	assert_string_equal(row(&choice.widget, 8, false), "            From disk, red");
	assert_int_equal(drawn.style[10], 0x40 | STYLE_MARKED);
	assert_int_equal(drawn.style[14], 0x60 | STYLE_MARKED);
	assert_string_equal(row(&choice.widget, 11, false), "  a hint");
	assert_int_equal(drawn.style[2], 0xa0);
	choice_ends(&choice, 7, "");
	assert_non_null(strstr(row(&choice.widget, 12, false), "Taken in 7 s"));
	assert_int_equal(drawn.style[2], 0x90);
	/* no room */
	look.top = look.rows = look.keys_row = look.time_row = look.help_row = 100;
	look.left = 60;
	assert_string_equal(row(&choice.widget, 4, false), "  Install it");
	assert_int_equal(drawn.style[79], 0x20);
	assert_non_null(strstr(row(&choice.widget, ROWS - 1, false), "Taken in 7 s"));
	/* rows that are lines are placed nowhere */
	assert_string_equal(row(&choice.widget, 2, true), "  1  Install it");
}

static void all_is_shown(void **state)
{
	(void)state;
	uint16_t style;
	choice_init(&choice, small_menu(), NULL, ROWS);
	choice_ends(&choice, 7, "");
	assert_string_equal(row(&choice.widget, 1, false), "                                   What now?");
	assert_string_equal(row(&choice.widget, 3, false), "  -- Debian");
	assert_string_equal(row(&choice.widget, 4, false), "  Install it");
	assert_int_equal(drawn.style[79], palette_style(PAIR_NORMAL));
	assert_string_equal(row(&choice.widget, 5, false), "  rescue");	/* it has no text but its name */
	assert_int_equal(drawn.style[79], palette_style(PAIR_SELECTED) | STYLE_MARKED | STYLE_BOLD);
	assert_string_equal(row(&choice.widget, 8, false), "  From disk, red");
	style = palette_style(PAIR_NORMAL);
	assert_int_equal(drawn.style[12], style);
	assert_int_equal(drawn.style[13], (style & ~STYLE_COLOUR(30)) | STYLE_COLOUR(1) | STYLE_BOLD);
	assert_non_null(strstr(row(&choice.widget, ROWS - 1, false), "Taken in 7 s unless a key comes"));
	/* where rows are lines */
	assert_string_equal(row(&choice.widget, 0, true), "What now?");
	assert_string_equal(row(&choice.widget, 2, true), "  1  Install it");
	assert_string_equal(row(&choice.widget, 6, true), "  4  From disk, red");
	assert_string_equal(row(&choice.widget, 7, true), "");
	assert_string_equal(line(&choice.widget), "> 2 rescue. Taken in 7 s unless a key comes");
	choice_ends(&choice, -1, "(try 2 in 14:59)");
	assert_string_equal(line(&choice.widget), "> 2 rescue. Number, Enter or Esc  (try 2 in 14:59)");
}

/* What a menu's maker says of its keys is there from the first second, the time below it; nobody is told of Esc. */
static void keys_beside_the_time(void **state)
{
	(void)state;
	struct menu *m = small_menu();
	choice_init(&choice, m, NULL, ROWS);
	choice.keys = "Tab edits";
	choice.no_esc = true;
	choice_ends(&choice, 7, "");
	assert_string_equal(row(&choice.widget, ROWS - 2, false), "  Tab edits");
	assert_string_equal(row(&choice.widget, ROWS - 1, false),
			    "  Taken in 7 s unless a key comes; Enter takes it now");
	choice_key(&choice, '2');
	choice_ends(&choice, -1, "(try 2 in 14:59)");
	assert_string_equal(row(&choice.widget, ROWS - 2, false), "  Number 2: Enter takes it  (try 2 in 14:59)");
	assert_string_equal(row(&choice.widget, ROWS - 1, false), "");
	assert_string_equal(line(&choice.widget), "> 2 rescue. Number 2: Enter");
	choice_key(&choice, KEY_DOWN);
	assert_string_equal(row(&choice.widget, ROWS - 2, false), "  Tab edits  (try 2 in 14:59)");
	assert_string_equal(line(&choice.widget), "> 3 From disk. Number or Enter  (try 2 in 14:59)");
	/* rows of their own, of which that of the hints is none */
	assert_int_equal(menu_add_hint(m, "a hint"), 0);
	struct choice_look look = { .rows = 6, .help_row = 12, .keys_row = 12, .time_row = 14 };
	choice.look = &look;
	choice_ends(&choice, 7, "");
	assert_string_equal(row(&choice.widget, ROWS - 2, false), "  Tab edits");
	assert_non_null(strstr(row(&choice.widget, 14, false), "Taken in 7 s"));
	choice_key(&choice, KEY_END);
	look = (struct choice_look){ .help_row = ROWS - 2 };
	assert_string_equal(row(&choice.widget, ROWS - 3, false), "  a hint");
	assert_string_equal(row(&choice.widget, ROWS - 2, false), "  Tab edits");
}

/* Hidden ones are chosen by their keys only, disabled ones are seen only; what is said of the marked one. */
static void some_cannot_be_chosen(void **state)
{
	(void)state;
	struct menu *m = menu_create(NULL, "Some");
	assert_int_equal(menu_add_hint(m, "of nobody"), -ENOENT);
	menu_add(m, "off", "Not today", 'o', MENU_DISABLED | MENU_PREFERRED);
	menu_add(m, "secret", "Nobody sees it", 's', MENU_HIDDEN | MENU_PREFERRED);
	menu_add(m, "a", "One", 0, 0);
	assert_int_equal(menu_add_hint(m, "the first, \033[1mreally"), 0);
	menu_add(m, "b", "Two", 0, 0);
	assert_int_equal(choice_init(&choice, m, "secret", ROWS), 0);
	assert_string_equal(marked(), "a");
	assert_string_equal(row(&choice.widget, 3, false), "  Not today");
	assert_int_equal(drawn.style[4], palette_style(PAIR_SEPARATOR));
	assert_string_equal(row(&choice.widget, 4, false), "  One");
	assert_string_equal(row(&choice.widget, 5, false), "  Two");
	assert_string_equal(row(&choice.widget, 6, false), "");
	assert_string_equal(row(&choice.widget, ROWS - 2, false), "  the first, really");
	assert_string_equal(row(&choice.widget, 1, true), "  Not today");
	assert_string_equal(row(&choice.widget, 2, true), "  1  One");
	assert_non_null(strstr(line(&choice.widget), "> 1 One (the first, "));
	assert_int_equal(choice_key(&choice, KEY_UP), CHOICE_MORE);
	assert_int_equal(choice_key(&choice, 'o'), CHOICE_MORE);
	assert_string_equal(marked(), "a");
	assert_int_equal(choice_key(&choice, '2'), CHOICE_MORE);
	assert_string_equal(row(&choice.widget, ROWS - 2, false), "");
	assert_int_equal(choice_key(&choice, KEY_ENTER), CHOICE_TAKEN);
	assert_string_equal(choice_label(&choice), "b");
	assert_int_equal(choice_key(&choice, 's'), CHOICE_TAKEN);
	assert_string_equal(choice_label(&choice), "secret");
	m = menu_create("f", "A form");
	menu_add(m, "kept", "Kept", 0, MENU_DISABLED);
	menu_set_value(menu_entry(m, 0), "as it is");
	menu_add(m, "unseen", "Unseen, with a label that is long", 0, MENU_HIDDEN);
	menu_add(m, "x", "X", 0, 0);
	menu_add_hint(m, "a word");
	assert_int_equal(form_init(&form, m), 0);
	snprintf(form.note, sizeof(form.note), "(try 2 in 0:10)");
	assert_string_equal(row(&form.widget, 3, false), "  Kept  as it is");
	assert_string_equal(row(&form.widget, 4, false), "  X");
	assert_string_equal(row(&form.widget, ROWS - 2, false),
			    "  a word                                                        (try 2 in 0:10)");
	assert_int_equal(form_key(&form, KEY_UP), FORM_MORE);
	assert_int_equal(form_key(&form, 'y'), FORM_MORE);
	assert_int_equal(form_key(&form, KEY_ENTER), FORM_DONE);
	assert_string_equal(menu_entry(m, 1)->value, "y");
	form_end(&form);
}

/* Eight thousand entries, one text of 10 kB: what a screen and a key cost does not grow with them. */
static void thousands_are_quick(void **state)
{
	(void)state;
	static char text[10001];
	struct menu *m = menu_create(NULL, "thousands");
	memset(text, 'x', sizeof(text) - 1);
	menu_add(m, "big", text, 0, 0);
	for (unsigned i = 1; i < MENU_ENTRIES_MAX; i++)
		assert_int_equal(menu_add(m, "e", "", 0, 0), 0);
	choice_init(&choice, m, NULL, ROWS);
	assert_int_equal(form_init(&form, m), 0);
	choice_key(&choice, KEY_END);
	clock_t begun = clock();
	for (unsigned round = 0; round < 1000; round++)
		for (unsigned n = 0; n < ROWS; n++) {
			row(&choice.widget, n, false);
			row(&form.widget, n, false);
		}
	for (unsigned i = 0; i < 1000; i++)
		choice_key(&choice, KEY_UP);
	assert_true(clock() - begun < 4 * CLOCKS_PER_SEC);
	form_end(&form);
}

/* A long menu: the mark is always seen, on screens of every size. */
static void the_mark_is_always_seen(void **state)
{
	(void)state;
	struct menu *m = menu_create(NULL, "long");
	char name[8];
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "e%u", i);
		menu_add(m, name, "", 0, 0);
	}
	choice_init(&choice, m, NULL, 5);
	for (unsigned at = 0; at < 100; at++) {
		for (unsigned rows = 1; rows < 40; rows += 2) {
			unsigned seen = 0;
			for (unsigned n = 0; n < rows; n++) {
				widget_blank(&drawn, 20);
				choice.widget.draw(&choice.widget, &drawn, n, rows);
				seen += drawn.style[3] == (palette_style(PAIR_SELECTED) | STYLE_MARKED | STYLE_BOLD);
			}
			assert_int_equal(seen, 1);
		}
		unsigned page = choice.widget.page, before = choice.at / choice.page;
		choice_key(&choice, KEY_DOWN);
		assert_int_equal(choice.widget.page != page, choice.at / choice.page != before);
	}
}

/* ---- filling in ---- */

static struct menu *small_form(void)
{
	struct menu *m = menu_create("f", "Who are you?");
	menu_add(m, NULL, "About you", 0, 0);
	menu_add(m, "name", "Name", 0, 0);
	menu_add(m, "password", "Password", 0, MENU_SECRET);
	menu_set_value(menu_entry(m, 1), "ann");
	return m;
}

static enum form_event type(const char *text)
{
	enum form_event event = FORM_MORE;
	for (; *text && event == FORM_MORE; text++)
		event = form_key(&form, *text);
	return event;
}

static void fields_are_filled_in(void **state)
{
	(void)state;
	struct menu *m = small_form();
	assert_int_equal(form_init(&form, m), 0);
	assert_string_equal(row(&form.widget, 4, false), "  Name      ann");
	assert_int_equal(drawn.style[15], STYLE_PLAIN);		/* the cursor */
	assert_int_equal(type("a\r"), FORM_MORE);
	assert_string_equal(menu_entry(m, 1)->value, "anna");
	assert_int_equal(type("s3cret"), FORM_MORE);
	assert_string_equal(row(&form.widget, 5, false), "  Password  ******");
	assert_string_equal(line(&form.widget), "Password: ******");
	form_key(&form, KEY_UP);
	assert_string_equal(row(&form.widget, 5, false), "  Password  ******");
	form_key(&form, KEY_DOWN);
	assert_int_equal(form_key(&form, KEY_ENTER), FORM_DONE);
	assert_string_equal(menu_entry(m, 2)->value, "s3cret");
	form_end(&form);
	for (size_t i = 0; i < sizeof(form.edit.text); i++)
		assert_int_equal(form.edit.text[i], 0);
}

static void forms_can_be_left_and_cut_short(void **state)
{
	(void)state;
	struct menu *m = small_form();
	form_init(&form, m);
	assert_int_equal(form_key(&form, 'X' - '@'), FORM_DONE);
	assert_string_equal(menu_entry(m, 1)->value, "ann");
	assert_null(menu_entry(m, 2)->value);
	assert_int_equal(form_key(&form, KEY_ESC), FORM_LEFT);
	assert_int_equal(form_key(&form, KEY_CTRL_C), FORM_LEFT);
	assert_int_equal(form_key(&form, 'L' - '@'), FORM_REPAINT);
	form_end(&form);
	m = menu_create(NULL, "no field");
	menu_add(m, NULL, "gap", 0, 0);
	assert_int_equal(form_init(&form, m), -ENOENT);
}

/* ---- colours ---- */

static void colours_are_the_scripts(void **state)
{
	(void)state;
	assert_int_equal(palette_style(PAIR_NORMAL), STYLE_COLOUR(7) | STYLE_GROUND(4));
	assert_int_equal(palette_style(PAIR_PLAIN), STYLE_PLAIN);
	assert_int_equal(palette_set_pair(PAIR_NORMAL, 2, -1), 0);
	assert_int_equal(palette_style(PAIR_NORMAL), STYLE_COLOUR(2) | STYLE_GROUND(4));
	assert_int_equal(colour_set(2, palette_nearest(0xf0f010), -1), 0);
	assert_int_equal(palette_style(PAIR_NORMAL), STYLE_COLOUR(3) | STYLE_GROUND(4));
	assert_int_equal(colour_set(4, COLOUR_DEFAULT, -1), 0);
	assert_int_equal(palette_style(PAIR_NORMAL), STYLE_COLOUR(3));
	assert_int_equal(palette_set_pair(16, 1, 1), -EINVAL);
	assert_int_equal(palette_set_pair(1, 16, 1), -EINVAL);
	assert_int_equal(colour_set(16, 1, -1), -EINVAL);
	assert_int_equal(colour_set(1, 8, -1), -EINVAL);
	palette_reset();
	assert_int_equal(palette_style(PAIR_NORMAL), STYLE_COLOUR(7) | STYLE_GROUND(4));
	assert_int_equal(colour_set(7, 7, 0x00ff00), 0);		/* a shade */
	assert_int_equal(palette_style(PAIR_NORMAL), STYLE_COLOUR(STYLE_NUMBERED + 7) | STYLE_GROUND(4));
	palette_reset();
	/* a picture is seen behind blue, until somebody says what that is */
	colours_see_through(true);
	assert_int_equal(palette_style(PAIR_NORMAL), STYLE_COLOUR(7));
	assert_int_equal(palette_style(PAIR_SELECTED), STYLE_COLOUR(7) | STYLE_GROUND(1));
	assert_int_equal(colour_set(4, 4, -1), 0);
	assert_int_equal(palette_style(PAIR_NORMAL), STYLE_COLOUR(7) | STYLE_GROUND(4));
	colours_see_through(false);
	palette_reset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_stand_once, setup, teardown),
		cmocka_unit_test_setup_teardown(bounds_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(no_key_chooses_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_beside_the_time, setup, teardown),
		cmocka_unit_test_setup_teardown(some_cannot_be_chosen, setup, teardown),
		cmocka_unit_test_setup_teardown(thousands_are_quick, setup, teardown),
		cmocka_unit_test_setup_teardown(the_mark_begins_where_it_is_wanted, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_move_the_mark, setup, teardown),
		cmocka_unit_test_setup_teardown(an_entrys_own_key_takes_it, setup, teardown),
		cmocka_unit_test_setup_teardown(numbers_are_typed_digit_by_digit, setup, teardown),
		cmocka_unit_test_setup_teardown(all_is_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(the_mark_is_always_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(a_look_of_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(fields_are_filled_in, setup, teardown),
		cmocka_unit_test_setup_teardown(forms_can_be_left_and_cut_short, setup, teardown),
		cmocka_unit_test_setup_teardown(colours_are_the_scripts, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
