/* SPDX-License-Identifier: BSD-2-Clause */
/* The command config: the editor of settings (config.h) on all consoles. */
#include "services/menu/config_commands.h"

#include <errno.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/task.h"
#include "services/command/question.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/console_service.h"
#include "services/interface/interface_commands.h"
#include "services/menu/config.h"
#include "services/script/setting_owner.h"

#define REDRAW_US 1000000u		/* the time that is left is shown in seconds */

static const char *link_name(unsigned i)
{
	return interface_words(0, i);
}

static const char *why(int err)
{
	switch (err) {
	case 0: return "";
	case -ENOENT: return "Nobody has set it: the network or the machine says so, or nobody does";
	case -EINVAL: return "That is no value of its type";
	case -EROFS: return "It is final: our own file says so";
	default: return err_text(err);
	}
}

/* What has been typed comes into force, or what is in force stays. */
static enum config_event change(struct config *c, enum config_event event)
{
	struct settings *s = command_settings();
	int err = event == CONFIG_SET ? setting_owner_set(s, c->name, c->edit.text, false) :
		  settings_clear(s, c->name);
	if (err == 0) {
		err = setting_owner_apply(s, c->name);
		/* the name last: what follows a password's is masked */
		log_line("config: %s %s", err < 0 ? "as before, for the reason above:" :
			 event == CONFIG_SET ? "set" : "cleared", c->name);
	}
	command_forget_failure();
	return config_reload(c, why(err)) < 0 ? CONFIG_FAILED : CONFIG_MORE;
}

static bool goes_on(enum config_event event)
{
	return event == CONFIG_MORE || event == CONFIG_REPAINT;
}

/* Shown until it is left: how; or -EINTR: the command is to end. */
static int edit(struct config *c)
{
	static struct input_focus keys;
	char note[QUESTION_NOTE_MAX];
	enum config_event event = CONFIG_MORE;
	int key = question_begin(false);
	if (key < 0)
		return key;
	console_focus(&keys);
	config_note(c, question_note(CLOCK_NEVER, "", note));
	console_widget(&c->widget);
	while (goes_on(event) && key != -EINTR) {
		key = command_key_of(&keys, clock_us() + REDRAW_US);
		event = key < 0 ? CONFIG_MORE : config_key(c, key);
		if (event == CONFIG_SET || event == CONFIG_CLEAR)
			event = change(c, event);
		if (event == CONFIG_REPAINT)
			console_repaint();
		config_note(c, question_note(CLOCK_NEVER, "", note));
		console_redraw();
	}
	console_widget(NULL);
	console_release(&keys);
	question_end();
	command_say_typist();
	return key == -EINTR ? key : (int)event;
}

static int cmd_config(struct call *c)
{
	static struct config config;
	const char *scope = c->argc ? c->argv[0] : "";
	unsigned rows, columns;
	console_widget_size(&rows, &columns);
	int err = config_init(&config, command_settings(), link_name, scope, rows, task_yield);
	if (err == 0)
		err = edit(&config);
	config_end(&config);
	if (err == -ENOENT)
		return command_fail(err, "config: there is no scope %s; config alone lists them", scope);
	if (err == CONFIG_FAILED || (err < 0 && err != -EINTR))
		return command_fail(err < 0 ? err : -ENOMEM, "config: no room for the list; all menus together may "
				    "have %u entries and %u bytes", MENU_ENTRIES_MAX, MENU_BYTES_MAX);
	if (err == CONFIG_BROKEN)
		return command_why(-ECANCELED, "the editor was left by Ctrl-C");
	return err < 0 ? err : 0;
}

const struct command config_commands[] = {
	{ .name = "config", .max = 1, .run = cmd_config, .words = interface_words,
	  .usage = "[SCOPE]", .help = "look at settings and change them, on a screen of their own" },
	{ 0 },
};
