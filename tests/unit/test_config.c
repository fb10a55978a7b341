/* SPDX-License-Identifier: BSD-2-Clause */
/* The editor of settings: what its lists show, what keys do, what is told to be set. */
#include <errno.h>
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
#include "services/menu/config.h"
#include "services/menu/menu.h"

#define ROWS 24u
#define CTRL_X ('X' - '@')

static struct config config;
static struct settings settings;

static const char *link_name(unsigned i)
{
	return i == 0 ? "net0" : i == 1 ? "net0-5" : NULL;
}

/* What the network and the machine know. */
static int known(void *ctx, const char *name, struct setting_value *v)
{
	(void)ctx;
	if (!strcmp(name, "net0/ip") || !strcmp(name, "ip"))
		return setting_value_raw(v, VALUE_IPV4, "\x0a\0\0\x64", 4);
	if (!strcmp(name, "net0.dhcp/filename"))
		return setting_value_text(v, "boot.ipxe");
	if (!strcmp(name, "smbios/serial"))
		return setting_value_text(v, "SN-1");
	return -ENOENT;
}

static int setup(void **state)
{
	(void)state;
	settings_init(&settings, known, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	config_end(&config);
	settings_free(&settings);
	return 0;
}

static unsigned turns;

/* Others draw what is shown so far. */
static void turn(void)
{
	struct widget_row r;

	turns++;
	widget_blank(&r, 80);
	config.widget.draw(&config.widget, &r, 1, ROWS);
}

static void begin(const char *scope)
{
	assert_int_equal(config_init(&config, &settings, link_name, scope, ROWS, turn), 0);
}

static const char *marked(void)
{
	return choice_label(&config.choice);
}

static struct widget_row drawn;

static const char *row(unsigned n, bool lines)
{
	static char text[WIDGET_COLUMNS + 1];
	widget_blank(&drawn, 80);
	drawn.lines = lines;
	config.widget.draw(&config.widget, &drawn, n, ROWS);
	memcpy(text, drawn.text, sizeof(text));
	for (unsigned i = drawn.columns; i && text[i - 1] == ' '; i--)
		text[i - 1] = '\0';
	return text;
}

static const char *line(void)
{
	static char text[300];
	config.widget.line(&config.widget, text, sizeof(text));
	return text;
}

static bool screen_has(const char *text)
{
	for (unsigned n = 0; n < ROWS; n++)
		if (strstr(row(n, false), text))
			return true;
	return false;
}

static enum config_event type(const char *keys)
{
	enum config_event event = CONFIG_MORE;
	for (; *keys; keys++)
		event = config_key(&config, *keys == '\n' ? KEY_ENTER : *keys);
	return event;
}

/* The mark goes to that label, which is there. */
static void go(const char *label)
{
	config_key(&config, KEY_HOME);
	for (unsigned n = 0; strcmp(marked(), label); n++) {
		assert_true(n < 500);
		config_key(&config, KEY_DOWN);
	}
}

static bool lists(const char *label)
{
	for (unsigned n = 0; n < config.choice.menu->count; n++)
		if (!strcmp(menu_entry(config.choice.menu, n)->name, label))
			return true;
	return false;
}

/* ---- what is shown ---- */

static void the_root_lists_scopes_and_settings(void **state)
{
	(void)state;
	settings_set(&settings, "my/colour", "red");
	settings_set(&settings, "greeting", "hello");
	begin("");
	const char *const there[] = { "my/", "net0/", "net0-5/", "net0.dhcp/", "smbios/", "filename", "greeting",
				      "retry-timeout", "manufacturer", "ip" };
	const char *const not_there[] = { "proxydhcp/", "net0-5.dhcp/", "../", "67", "pxebs/" };
	for (unsigned i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		assert_true(lists(there[i]));
	for (unsigned i = 0; i < sizeof(not_there) / sizeof(not_there[0]); i++)
		assert_false(lists(not_there[i]));
	assert_string_equal(marked(), "my/");
	assert_string_equal(row(1, false), "                                    Settings");
	go("greeting");
	assert_true(screen_has("greeting                  hello"));
	assert_true(screen_has("greeting:string, set"));
	go("ip");
	assert_true(screen_has("ip                        10.0.0.100"));
	assert_true(screen_has("ip:ipv4, as the network or the machine says"));
	go("retry-timeout");
	assert_true(screen_has("retry-timeout             -"));
	assert_true(screen_has("retry-timeout is not set"));
	assert_true(screen_has("Ctrl-D clears, Ctrl-X leaves"));
}

static void each_name_stands_once_and_in_order(void **state)
{
	(void)state;
	settings_set(&settings, "67", "by number");
	settings_set(&settings, "zz", "last");
	settings_set(&settings, "net0/zz", "there");
	begin("");
	const char *before = "";
	for (unsigned n = 0; n < config.choice.menu->count; n++) {
		const char *name = menu_entry(config.choice.menu, n)->name;
		if (name[strlen(name) - 1] == '/')
			continue;
		assert_true(strcmp(before, name) < 0);
		before = name;
	}
	assert_string_equal(before, "zz");
	go("filename");
	assert_true(screen_has("filename                  by number"));
	assert_true(screen_has("filename:string, set"));
}

static void a_scope_shows_its_own(void **state)
{
	(void)state;
	begin("net0/");
	assert_string_equal(row(1, false), "                               Settings of net0/");
	assert_true(lists("../") && lists("mac") && lists("chip") && lists("ip"));
	assert_false(lists("manufacturer") || lists("retry-timeout") || lists("net0/"));
	begin("net0.dhcp");
	assert_true(lists("filename"));
	assert_int_equal(config.choice.menu->count, 2);
	snprintf(settings.netx, sizeof(settings.netx), "net0-5");
	begin("netX/");
	assert_string_equal(config.scope, "net0-5");
	assert_int_equal(config_init(&config, &settings, link_name, "nowhere", ROWS, turn), -ENOENT);
	assert_int_equal(config_init(&config, &settings, link_name, "net0/ip", ROWS, turn), -ENOENT);
	char name[2 * SETTING_NAME_MAX];
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(config_init(&config, &settings, link_name, name, ROWS, turn), -ENOENT);
}

static void scopes_are_walked(void **state)
{
	(void)state;
	begin("");
	go("net0/");
	assert_int_equal(type("\n"), CONFIG_MORE);
	assert_string_equal(config.scope, "net0");
	assert_string_equal(marked(), "../");
	assert_int_equal(type("\n"), CONFIG_MORE);
	assert_string_equal(config.scope, "");
	assert_string_equal(marked(), "net0/");
	type("\n");
	assert_int_equal(config_key(&config, KEY_BACKSPACE), CONFIG_MORE);
	assert_string_equal(marked(), "net0/");
	assert_int_equal(config_key(&config, KEY_LEFT), CONFIG_MORE);
	assert_string_equal(config.scope, "");
}

/* ---- what is changed ---- */

static void a_value_is_edited_in_its_row(void **state)
{
	(void)state;
	settings_set(&settings, "greeting", "hello");
	begin("");
	go("greeting");
	type("\n!");
	assert_true(screen_has("greeting                  hello!"));
	assert_true(screen_has("Enter keeps it, Esc leaves it as it was"));
	assert_string_equal(line(), "greeting: hello!");
	assert_int_equal(type("\n"), CONFIG_SET);
	assert_string_equal(config.name, "greeting");
	assert_string_equal(config.edit.text, "hello!");
	settings_set(&settings, "greeting", "hello!");
	assert_int_equal(config_reload(&config, ""), 0);
	assert_string_equal(marked(), "greeting");
	assert_true(screen_has("greeting                  hello!"));
	type("\n\x15other");
	assert_int_equal(config_key(&config, CTRL_X), CONFIG_SET);
	assert_string_equal(config.edit.text, "other");
	for (unsigned i = 0; i < 2; i++) {	/* left: as it was */
		type("\nno");
		assert_int_equal(config_key(&config, i ? KEY_ESC : KEY_CTRL_C), CONFIG_MORE);
		assert_true(screen_has("greeting                  hello!"));
	}
}

static void a_type_of_its_own_stays(void **state)
{
	(void)state;
	settings_set(&settings, "n:int32", "5");
	settings_set(&settings, "net0/priority", "3");
	begin("");
	go("n");
	assert_true(screen_has("n:int32, set"));
	type("\n\x15" "17");
	assert_int_equal(type("\n"), CONFIG_SET);
	assert_string_equal(config.name, "n:int32");
	begin("net0");
	go("priority");		/* which is int8 by its name */
	assert_int_equal(type("\n4\n"), CONFIG_SET);
	assert_string_equal(config.name, "net0/priority");
	assert_string_equal(config.edit.text, "34");
}

static void what_goes_wrong_is_said(void **state)
{
	(void)state;
	begin("");
	go("ip");
	assert_int_equal(type("\nx\n"), CONFIG_SET);
	assert_int_equal(config_reload(&config, "That is no address"), 0);
	assert_true(screen_has("That is no address"));
	assert_non_null(strstr(line(), "That is no address"));
	assert_string_equal(marked(), "ip");
	config_key(&config, KEY_DOWN);
	assert_false(screen_has("That is no address"));
}

static void what_cannot_be_typed_is_not_spoilt(void **state)
{
	(void)state;
	static char text[SETTING_LEN_MAX + 1];
	memset(text, 'y', SETTING_LEN_MAX);
	settings_set(&settings, "long", text);
	settings_set_raw(&settings, "odd:string", "a\033[31mb\n", 8);
	begin("");
	go("long");
	type("\n");
	assert_true(screen_has("It is longer than what can be typed"));
	assert_null(config.choice.edit);
	go("odd");
	assert_true(screen_has("odd                       a.[31mb."));
	type("\n");
	assert_true(screen_has("It has bytes that cannot be typed"));
	assert_null(config.choice.edit);
}

static void a_setting_is_cleared(void **state)
{
	(void)state;
	settings_set(&settings, "my/a", "1");
	begin("my");
	go("a");
	assert_int_equal(config_key(&config, KEY_CTRL_D), CONFIG_CLEAR);
	assert_string_equal(config.name, "my/a");
	settings_clear(&settings, "my/a");
	assert_int_equal(config_reload(&config, ""), 0);
	assert_string_equal(marked(), "../");
	assert_int_equal(config_key(&config, KEY_CTRL_D), CONFIG_MORE);
	type("\n");
	assert_false(lists("my/"));
}

static void secrets_are_not_shown(void **state)
{
	(void)state;
	settings_set(&settings, "password", "opensesame");
	settings_set(&settings, "http-proxy", "http://me:opensesame@proxy:3128");
	begin("");
	go("password");
	assert_true(screen_has("password                  **********"));
	assert_false(screen_has("opensesame"));
	type("\n");
	assert_string_equal(config.edit.text, "");	/* not for the arrows to find */
	type("opensesame");
	assert_true(screen_has("password                  **********"));
	assert_string_equal(line(), "password: **********");
	assert_int_equal(type("\n"), CONFIG_SET);
	assert_string_equal(config.edit.text, "opensesame");
	for (unsigned i = 0; i < 2; i++) {
		go(i ? "http-proxy" : "telnetd.password");
		assert_false(screen_has("opensesame"));
		type("\nopensesame");
		assert_false(screen_has("opensesame"));
		assert_null(strstr(line(), "opensesame"));
		config_key(&config, KEY_ESC);
	}
	config_end(&config);
	for (size_t i = 0; i < sizeof(config.edit.text); i++)
		assert_int_equal(config.edit.text[i], 0);
}

static void a_secret_that_nobody_typed_stays(void **state)
{
	(void)state;
	settings_set(&settings, "password", "opensesame");
	begin("");
	go("password");
	assert_int_equal(type("\n\n"), CONFIG_MORE);
	assert_null(config.choice.edit);
	assert_true(screen_has("It stays as it was; Ctrl-D clears it"));
	assert_int_equal(type("\nx\b\n"), CONFIG_MORE);
	assert_null(config.choice.edit);
	settings_set(&settings, "greeting", "hello");
	assert_int_equal(config_reload(&config, ""), 0);
	go("greeting");
	assert_int_equal(type("\n\x15\n"), CONFIG_SET);	/* what can be seen can become nothing */
}

/* A token so long that its '@' is beyond what a row has of it. */
static void a_long_token_is_not_shown(void **state)
{
	(void)state;
	static char url[400] = "http://";
	memset(url + 7, 'k', 300);
	strcat(url, "@host/");
	settings_set(&settings, "my-url", url);
	begin("");
	go("my-url");
	assert_true(screen_has("my-url                    ****"));
	assert_false(screen_has("kkk"));
}

static void a_scripts_menu_is_not_hurt(void **state)
{
	(void)state;
	struct menu *m = menu_create("config", "a script's");
	begin("");
	config_end(&config);
	assert_ptr_equal(menu_find("config"), m);
	menu_delete(m);
}

/* ---- leaving, and small screens ---- */

static void it_is_left(void **state)
{
	(void)state;
	begin("");
	assert_int_equal(config_key(&config, CTRL_X), CONFIG_LEFT);
	assert_int_equal(config_key(&config, KEY_ESC), CONFIG_LEFT);
	assert_int_equal(config_key(&config, KEY_CTRL_C), CONFIG_BROKEN);
	config_note(&config, "(try 2 in 14:59)");
	assert_true(screen_has("(try 2 in 14:59)"));
	assert_int_equal(config_key(&config, 'L' - '@'), CONFIG_REPAINT);
	assert_true(screen_has("(try 2 in 14:59)"));
}

/* A terminal of lines: numbers lead to rows, and each list is shown once. */
static void lines_are_numbered(void **state)
{
	(void)state;
	settings_set(&settings, "my/a", "1");
	begin("my");
	unsigned page = config.widget.page;
	assert_string_equal(row(0, true), "Settings of my/");
	assert_string_equal(row(1, true), "  1  ../");
	assert_string_equal(row(2, true), "  2  a                         1");
	assert_int_equal(config.widget.page, page);
	type("2\n3");
	assert_string_equal(line(), "a: 13");
	assert_int_equal(type("\n"), CONFIG_SET);
	assert_int_equal(config_reload(&config, ""), 0);
	assert_true(config.widget.page > page);
}

static void a_narrow_screen_still_edits(void **state)
{
	(void)state;
	struct widget_row r;
	settings_set(&settings, "greeting", "hello");
	begin("");
	go("greeting");
	type("\n");
	for (unsigned columns = 1; columns < 40; columns++)
		for (unsigned n = 0; n < 10; n++) {
			widget_blank(&r, columns);
			config.widget.draw(&config.widget, &r, n, 10);
			assert_int_equal(strlen(r.text), columns);
		}
}

/* Others have a turn for each row, and draw nothing of a list that is not whole. */
static void others_have_turns(void **state)
{
	(void)state;
	char name[24];
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "s%02u/a", i);
		settings_set(&settings, name, "1");
	}
	turns = 0;
	begin("");
	assert_true(turns >= config.choice.menu->count && config.choice.menu->count > 150);
	turns = 0;
	type("\x0c");
	assert_true(turns >= config.choice.menu->count);
}

static void no_room_is_told(void **state)
{
	(void)state;
	struct menu *m = menu_create("many", "");
	while (menu_add(m, "e", "", 0, 0) == 0)
		;
	assert_int_equal(config_init(&config, &settings, link_name, "", ROWS, turn), -ENOSPC);
	menu_delete(m);
	begin("net0");		/* and the root has more rows */
	m = menu_create("many", "");
	while (menu_add(m, "e", "", 0, 0) == 0)
		;
	assert_int_equal(type("\n"), CONFIG_FAILED);
	assert_string_equal(row(1, false), "");
	assert_string_equal(line(), "");
	menu_delete(m);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_root_lists_scopes_and_settings), TEST(each_name_stands_once_and_in_order),
		TEST(a_scope_shows_its_own), TEST(scopes_are_walked), TEST(a_value_is_edited_in_its_row),
		TEST(a_type_of_its_own_stays), TEST(what_goes_wrong_is_said),
		TEST(what_cannot_be_typed_is_not_spoilt), TEST(a_setting_is_cleared), TEST(secrets_are_not_shown),
		TEST(a_secret_that_nobody_typed_stays), TEST(a_long_token_is_not_shown),
		TEST(a_scripts_menu_is_not_hurt),
		TEST(it_is_left), TEST(lines_are_numbered), TEST(a_narrow_screen_still_edits), TEST(no_room_is_told),
		TEST(others_have_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
