/* SPDX-License-Identifier: BSD-2-Clause */
/* Menus and forms for scripts. */
#include "services/menu/menu_commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "services/command/key_name.h"
#include "services/command/run.h"
#include "services/console/colours.h"
#include "services/console/console.h"
#include "services/console/console_service.h"
#include "services/console/keys.h"
#include "services/graphics/graphics.h"
#include "services/menu/choice.h"
#include "services/menu/form.h"
#include "services/menu/menu.h"
#include "services/menu/menu_ask.h"
#include "services/menu/palette.h"
#include "services/script/script.h"
#include "services/script/setting_owner.h"

#define SHOWN 60			/* characters of a title in messages */

/* ---- building them up ---- */

/* The arguments from `from` on as one text, the caller's to free; NULL: no memory. */
static char *joined(const struct call *c, int from)
{
	char *text = malloc(SCRIPT_LINE_MAX);
	if (text)
		options_join(c->argc - from, c->argv + from, text, SCRIPT_LINE_MAX);
	return text;
}

/* What an option says, where an empty word says nothing. */
static const char *said(const char *value)
{
	return value && *value ? value : NULL;
}

static int no_menu(const struct call *c, const char *name)
{
	return name ? command_fail(-ENOENT, "%s: there is no menu or form called %s", c->cmd->name, name) :
	       command_fail(-ENOENT, "%s: there is no menu or form yet; `menu TITLE` begins one", c->cmd->name);
}

static int cmd_menu(struct call *c)
{
	const char *name = said(c->opt[0]);
	if (c->opt[1]) {
		struct menu *m = menu_find(name);
		if (m)		/* what is not there is gone */
			menu_delete(m);
		return 0;
	}
	char *title = joined(c, 0);
	struct menu *m = title ? menu_create(name, title) : NULL;
	free(title);
	return m ? 0 : command_fail(-ENOMEM, "%s: no memory for it", c->cmd->name);
}

static int cmd_item(struct call *c)
{
	const char *name = said(c->opt[0]) ? c->opt[0] : said(c->opt[1]);
	struct menu *m = menu_find(name);
	unsigned flags = (c->opt[3] ? MENU_PREFERRED : 0u) | (c->opt[4] ? MENU_SECRET : 0u) |
			 (c->opt[7] ? MENU_HIDDEN : 0u) | (c->opt[8] ? MENU_DISABLED : 0u);
	bool gap = c->opt[5] || !c->argc;
	int key = said(c->opt[2]) ? key_named(c->opt[2]) : 0;
	if (!m)
		return no_menu(c, name);
	if (said(c->opt[2]) && !key)
		return command_fail(-EINVAL, "item: %s is no key; write a character or its number", c->opt[2]);
	char *text = joined(c, gap ? 0 : 1);
	if (!text)
		return -ENOMEM;
	int err = menu_add(m, gap ? NULL : c->argv[0], text, key, flags);
	free(text);
	if (err == 0 && said(c->opt[6]))
		err = menu_add_hint(m, c->opt[6]);
	if (err == -ENOSPC)
		return command_fail(err, "item: all menus together may have %u entries and %u bytes", MENU_ENTRIES_MAX,
				    MENU_BYTES_MAX);
	return err < 0 ? command_fail(err, "item: no memory for it") : 0;
}

/* ---- choosing ---- */

static int times(const struct call *c, unsigned timeout, unsigned retimeout, uint32_t *timeout_ms,
		 uint32_t *retimeout_ms)
{
	int err = command_number(said(c->opt[timeout]), "the timeout in ms", timeout_ms);
	return err < 0 ? err : command_number(said(c->opt[retimeout]), "the timeout after a key, in ms", retimeout_ms);
}

static int set(const char *setting, const char *value)
{
	int err = setting_owner_set(command_settings(), setting, value, false);
	return err < 0 ? command_fail(err, "%s: a setting of that name cannot become \"%.60s\"", setting, value) :
	       setting_owner_apply(command_settings(), setting);
}

static int cmd_choose(struct call *c)
{
	static struct choice choice;
	const char *name = said(c->opt[0]);
	struct menu *m = menu_find(name);
	uint32_t timeout_ms = 0, retimeout_ms = 0;
	unsigned rows, columns;
	if (!m)
		return no_menu(c, name);
	if (times(c, 2, 3, &timeout_ms, &retimeout_ms) < 0)
		return -EINVAL;
	console_widget_size(&rows, &columns);
	if (choice_init(&choice, m, said(c->opt[1]), rows) < 0)
		return command_fail(-ENOENT, "choose: the menu has no entry that could be chosen");
	struct menu_ask ask = { .timeout_ms = timeout_ms, .retimeout_ms = retimeout_ms, .total_us = CLOCK_NEVER };
	int err = menu_ask(&choice, &ask);
	if (err == 0) {
		log_line("menu: %.*s: %s", SHOWN, *m->title ? m->title : "choice",
			 choice_label(&choice));
		err = set(c->argv[0], choice_label(&choice));
	} else if (err != -EINTR) {
		command_why(err, "the menu was left");
	}
	command_say_typist();
	if (!c->opt[4])
		menu_delete(m);
	return err;
}

/* ---- filling in ---- */

/* The fields begin with what the settings are. */
static int fill(struct menu *m)
{
	for (struct menu_entry *e = m->first; e; e = e->next) {
		char *now = NULL;
		int len = e->name ? settings_text(command_settings(), e->name, &now) : 0;
		int err = len > 0 ? menu_set_value(e, now) : 0;
		free(now);
		if (len >= LINEEDIT_MAX)
			return command_fail(-E2BIG, "form: %s is longer than the %u bytes that can be typed; set it",
					    e->name, LINEEDIT_MAX - 1);
		if (err < 0)
			return err;
	}
	return 0;
}

static int take(struct menu *m)
{
	int err = 0;
	for (struct menu_entry *e = m->first; e && err == 0; e = e->next)
		if (e->name && !e->hidden && !e->disabled)
			err = set(e->name, e->value ? e->value : "");
	return err;
}

static int fill_in(struct menu *m)
{
	static struct form form;
	int err = fill(m);
	if (err < 0)
		return err;
	if (form_init(&form, m) < 0)
		return command_fail(-ENOENT, "the form has no field");
	err = menu_ask_form(&form);
	if (err == -ECANCELED)
		command_why(err, "the form was left");
	else if (err == 0 && form.no_memory)
		err = command_fail(-ENOMEM, "no memory for what was typed");
	else if (err == 0)
		err = take(m);
	form_end(&form);
	return err;
}

static int cmd_present(struct call *c)
{
	const char *name = said(c->opt[0]);
	struct menu *m = menu_find(name);
	if (!m)
		return no_menu(c, name);
	int err = fill_in(m);
	if (!c->opt[1])
		menu_delete(m);
	return err;
}

static int cmd_login(struct call *c)
{
	(void)c;
	struct menu *m = menu_create(MENU_OWN, "Log in");
	int err = m ? menu_add(m, "username", "Name", 0, 0) : -ENOMEM;
	if (err == 0)
		err = menu_add(m, "password", "Password", 0, MENU_SECRET);
	if (err == 0)
		err = fill_in(m);
	if (m)
		menu_delete(m);
	return err;
}

/* ---- what they look like ---- */

/* A number that may be left out: -1 then; 0, or -EINVAL, said. */
static int colour_number(const char *text, const char *what, int *out)
{
	uint32_t n = 0;
	*out = -1;
	if (!said(text))
		return 0;
	if (command_number(text, what, &n) < 0)
		return -EINVAL;
	*out = (int)(n < 0x1000000 ? n : 0xffffff);
	return 0;
}

static int cmd_colour(struct call *c)
{
	int colour, basic, rgb;
	if (colour_number(c->opt[0], "the basic colour", &basic) < 0 ||
	    colour_number(c->opt[1], "the RGB value", &rgb) < 0 || colour_number(c->argv[0], "the colour", &colour) < 0)
		return -EINVAL;
	if (basic < 0)
		basic = rgb < 0 ? (int)COLOUR_DEFAULT : (int)palette_nearest((uint32_t)rgb);
	if (colour_set((unsigned)colour, (unsigned)basic, rgb) < 0)
		return command_fail(-EINVAL, "%s: colours are 0 to %u; basic ones 0 to 7, or 9 for the terminal's own",
				    c->cmd->name, COLOURS - 1);
	graphics_colours();
	return 0;
}

static int cmd_cpair(struct call *c)
{
	int pair, foreground, background;
	if (colour_number(c->opt[0], "the text's colour", &foreground) < 0 ||
	    colour_number(c->opt[1], "the ground's colour", &background) < 0 ||
	    colour_number(c->argv[0], "the pair", &pair) < 0)
		return -EINVAL;
	/* 9 is the terminal's own colour here, too */
	if (palette_set_pair((unsigned)pair, foreground, background) < 0)
		return command_fail(-EINVAL, "cpair: pairs are 0 to %u, colours 0 to %u", PALETTE_PAIRS - 1,
				    COLOURS - 1);
	return 0;
}

const struct command menu_commands[] = {
	{ .name = "menu", .options = "n/name= d/delete", .max = ANY_ARGS, .run = cmd_menu,
	  .usage = "[--name n] [--delete] [title]", .help = "begin a menu, or do away with one" },
	{ .name = "form", .options = "n/name= d/delete", .max = ANY_ARGS, .run = cmd_menu,
	  .usage = "[--name n] [--delete] [title]", .help = "begin a form, or do away with one" },
	{ .name = "item", .options = "m/menu= f/form= k/key= d/default s/secret g/gap /hint= /hidden /disabled",
	  .max = ANY_ARGS, .run = cmd_item,
	  .usage = "[--menu n] [--key k] [--default] [--secret] [--gap] [--hint text] [--hidden] [--disabled] "
		   "[label|setting] [text]",
	  .help = "add an entry to a menu, a field to a form" },
	{ .name = "choose", .options = "m/menu= d/default= t/timeout= r/retimeout= k/keep", .min = 1, .max = 1,
	  .run = cmd_choose, .usage = "[--menu n] [--default label] [--timeout ms] [--retimeout ms] [--keep] SETTING",
	  .help = "let a person choose from a menu" },
	{ .name = "present", .options = "f/form= k/keep", .run = cmd_present,
	  .usage = "[--form n] [--keep]", .help = "let a person fill in a form" },
	{ .name = "login", .run = cmd_login, .help = "ask for username and password" },
	{ .name = "colour", .options = "b/basic= r/rgb=", .min = 1, .max = 1, .run = cmd_colour,
	  .usage = "[--basic n] [--rgb 0xrrggbb] COLOUR", .help = "what a colour's number means" },
	{ .name = "cpair", .options = "f/foreground= b/background=", .min = 1, .max = 1, .run = cmd_cpair,
	  .usage = "[--foreground n] [--background n] PAIR", .help = "a menu's colours" },
	{ 0 },
};
