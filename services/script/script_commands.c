/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of the script language: settings, texts, jumps, waits. */
#include "services/script/script_commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "services/command/editor.h"
#include "services/command/key_name.h"
#include "services/command/number.h"
#include "services/command/question.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/keys.h"
#include "services/console/lineedit.h"
#include "services/console/progress.h"
#include "services/script/script.h"
#include "services/script/setting_owner.h"

#define NOTE_US 1000000u		/* the time that is left is shown in seconds */

static int setting_failed(const struct call *c, int err)
{
	return command_fail(err, "%s %s: %s", c->cmd->name, c->argv[0],
			  err == -EINVAL ? "not a name, type or value that settings can have" : err_text(err));
}

/* The arguments from `from` on as one text, the caller's to free, or NULL. */
static char *joined(const struct call *c, int from)
{
	char *text = malloc(SCRIPT_LINE_MAX);
	if (text)
		options_join(c->argc - from, c->argv + from, text, SCRIPT_LINE_MAX);
	return text;
}

/* Those that were set, each once. */
static const char *setting_words(unsigned arg, unsigned i)
{
	const struct setting *e = arg ? NULL : command_settings()->first;
	while (e && i--)
		e = e->next;
	return e ? e->name : NULL;
}

static int cmd_set(struct call *c)
{
	char *text = joined(c, 1);
	if (!text)
		return -ENOMEM;
	int err = setting_owner_set(command_settings(), c->argv[0], text, false);
	free(text);
	return err < 0 ? setting_failed(c, err) : setting_owner_apply(command_settings(), c->argv[0]);
}

/* "net0/": all that was set there, whether it was anything or not. */
static int clear_scope(const char *scope)
{
	struct settings *s = command_settings();
	const char *from = strcmp(scope, "netX/") ? scope : s->netx;
	size_t len = strcspn(from, "/");
	int result = 0;
	for (struct setting *e = s->first, *next; e; e = next) {
		char name[SETTING_NAME_MAX];
		next = e->next;
		if (strncmp(e->name, from, len) || e->name[len] != '/')
			continue;
		snprintf(name, sizeof(name), "%s", e->name);
		int err = settings_clear(s, name);
		if (err == 0)
			err = setting_owner_apply(s, name);
		result = err < 0 ? err : result;
	}
	return result < 0 ? command_fail(result, "clear %s: %s", scope, err_text(result)) : 0;
}

static int cmd_clear(struct call *c)
{
	size_t len = strlen(c->argv[0]);
	if (len > 1 && c->argv[0][len - 1] == '/')
		return clear_scope(c->argv[0]);
	int err = setting_owner_set(command_settings(), c->argv[0], "", false);
	if (err < 0)
		return setting_failed(c, err);
	return setting_owner_apply(command_settings(), c->argv[0]);
}

/* For people, behind its value. */
static const char *origin(const char *name)
{
	unsigned marks = settings_marks(command_settings(), name);
	return marks & SETTING_FINAL ? "  (final, by our own file)" :
	       marks & SETTING_DEFAULT ? "  (by our own file)" : "";
}

static void show(const char *name, enum value_type type)
{
	char *text;
	if (settings_text(command_settings(), name, &text) >= 0)
		log_line("  %s:%s = %s%s", name, value_type_name(type), text, origin(name));
	free(text);
}

static int cmd_show(struct call *c)
{
	struct setting_value v;
	if (!c->argc) {
		for (const struct setting *e = command_settings()->first; e && !c->opt[0]; e = e->next)
			show(e->name, e->type);
		return 0;
	}
	int err = settings_fetch(command_settings(), c->argv[0], &v);
	if (err < 0)
		return (c->opt[0] ? command_why : command_fail)(err, "show %s: %s", c->argv[0],
				    err == -ENOENT ? "not set" : "not a setting's name");
	char name[SETTING_NAME_MAX + 12], *text;
	snprintf(name, sizeof(name), "%.*s:%s", (int)strcspn(c->argv[0], ":"), c->argv[0], value_type_name(v.type));
	err = settings_text(command_settings(), name, &text);
	if (err >= 0 && !c->opt[0])
		log_line("  %s = %s%s", name, text, origin(c->argv[0]));
	free(text);
	return err < 0 ? err : 0;
}

static int cmd_inc(struct call *c)
{
	int32_t now = 0, by = 1;
	struct setting_value v;
	if (c->argc > 1 && number_parse(c->argv[1], &by) < 0)
		return command_fail(-EINVAL, "inc: %s is no number", c->argv[1]);
	enum value_type type = VALUE_INT32;
	if (settings_fetch(command_settings(), c->argv[0], &v) == 0) {
		if (v.type < VALUE_INT8 || v.type > VALUE_UINT32 || value_number(v.type, v.raw, v.len, &now) < 0)
			return command_fail(-ENOTSUP, "inc: %s is of type %s, and only integers are counted up: "
					    "set %s:int32 makes it one", c->argv[0],
					    value_type_name(v.type ? v.type : VALUE_STRING), c->argv[0]);
		type = v.type;
	}
	int err = settings_set_number(command_settings(), c->argv[0], type, (int32_t)((uint32_t)now + (uint32_t)by));
	return err < 0 ? setting_failed(c, err) : setting_owner_apply(command_settings(), c->argv[0]);
}

/* When `read` gives up; a key that is typed stops that. */
static uint64_t read_until;

static uint64_t read_until_us(void)
{
	return read_until;
}

static void read_note(char *out, size_t cap)
{
	char note[QUESTION_NOTE_MAX];
	question_note(read_until, "goes on", note);
	snprintf(out, cap, "%s%s", *note ? "  " : "", note);
}

static void read_typed(void)
{
	read_until = CLOCK_NEVER;
	question_timed(false);
}

static const struct editor_watch read_watch = { .until_us = read_until_us, .note = read_note, .always = true,
						   .typed = read_typed };

/* A line from a person, who changes `now`: 0, or as editor_read(). */
static int ask(const char *prompt, const char *now, uint32_t timeout_ms, char *line, size_t cap)
{
	int err = question_begin(timeout_ms);
	if (err < 0)
		return err;
	read_until = timeout_ms ? clock_us() + timeout_ms * 1000ull : CLOCK_NEVER;
	err = editor_read(prompt, now, &read_watch, line, cap);
	question_end();
	return err;
}

static int cmd_read(struct call *c)
{
	static char typed[LINEEDIT_MAX];
	char prompt[SETTING_NAME_MAX + 4], *now;
	uint32_t timeout_ms = 0;
	if (command_number(c->opt[0], "the timeout in ms", &timeout_ms) < 0)
		return -EINVAL;
	if (settings_text(command_settings(), c->argv[0], &now) >= LINEEDIT_MAX) {
		free(now);
		return command_fail(-E2BIG, "read: %s is longer than the %u bytes that can be typed; set it",
				    c->argv[0], LINEEDIT_MAX - 1);
	}
	snprintf(prompt, sizeof(prompt), "%.*s: ", SETTING_NAME_MAX, c->argv[0]);
	int err = ask(prompt, now, timeout_ms, typed, sizeof(typed));
	free(now);
	if (err == -EINTR)
		return err;
	if (err == -ETIMEDOUT)
		return command_why(err, "nobody typed within %lu ms", (unsigned long)timeout_ms);
	if (err < 0)
		return command_why(err == -ECANCELED ? -ECANCELED : -EPIPE, "nothing was typed");
	err = setting_owner_set(command_settings(), c->argv[0], typed, false);
	return err < 0 ? setting_failed(c, err) : setting_owner_apply(command_settings(), c->argv[0]);
}

static int cmd_echo(struct call *c)
{
	char *text = joined(c, 0);
	if (!text)
		return -ENOMEM;
	if (c->opt[0])
		log_partial(text);
	else
		log_line("%s", text);
	free(text);
	return 0;
}

static int cmd_isset(struct call *c)
{
	return c->argv[0][0] ? 0 : command_why(-ENOENT, "the value is empty");
}

static int cmd_iseq(struct call *c)
{
	if (!strcmp(c->argv[0], c->argv[1]))
		return 0;
	return command_why(-ERANGE, "\"%.60s\" is not \"%.60s\"", c->argv[0], c->argv[1]);
}

static int cmd_goto(struct call *c)
{
	int err = script_goto(command_script(), c->argv[0]);
	if (err == -ENOTTY)
		return command_fail(err, "goto: only a script has labels");
	return err < 0 ? command_why(err, "the script has no label :%s", c->argv[0]) : 0;
}

static int cmd_exit(struct call *c)
{
	uint32_t status = 0;
	if (c->argc && command_number(c->argv[0], "the status", &status) < 0)
		return -EINVAL;
	return script_exit(command_script(), (int)(status & 0xffff));
}

static int cmd_shell(struct call *c)
{
	(void)c;
	log_line("Prompt within the script; exit goes on with it.");
	int err = script_push_prompt(command_script());
	return err < 0 ? command_fail(err, "shell: too many prompts and scripts within each other") : 0;
}

static int cmd_sleep(struct call *c)
{
	uint32_t seconds = 0;
	if (command_number(c->argv[0], "the time in seconds", &seconds) < 0)
		return -EINVAL;
	return command_sleep_until(clock_us() + seconds * 1000000ull);
}

/* A key while `text` is shown: the key, -ETIMEDOUT or -EINTR. */
static int ask_key(const char *text, uint32_t timeout_ms)
{
	char line[PROGRESS_WIDTH + 1], note[QUESTION_NOTE_MAX];
	uint64_t until = timeout_ms ? clock_us() + timeout_ms * 1000ull : CLOCK_NEVER, redraw;
	int key = question_begin(timeout_ms);
	if (key < 0)
		return key;
	do {
		question_note(until, "goes on", note);
		bool fits = *note && strlen(text) + 2 + strlen(note) < sizeof(line);
		snprintf(line, sizeof(line), "%s%s%s", text, fits ? "  " : "", fits ? note : "");
		console_live(line, (int)strlen(text));
		redraw = clock_us() + NOTE_US;
		key = command_key(until < redraw ? until : redraw);
	} while (key == -ETIMEDOUT && clock_us() < until);
	question_end();
	console_live(NULL, -1);
	log_line("%s", text);
	command_say_typist();
	return key;
}

static int cmd_prompt(struct call *c)
{
	char text[PROGRESS_WIDTH + 1];
	uint32_t timeout_ms = 0;
	int wanted = c->opt[0] ? key_named(c->opt[0]) : 0;
	if (c->opt[0] && !wanted)
		return command_fail(-EINVAL, "prompt: %s is no key; write a character or its number", c->opt[0]);
	if (command_number(c->opt[1], "the timeout in ms", &timeout_ms) < 0)
		return -EINVAL;
	options_join(c->argc, c->argv, text, sizeof(text));
	int key = ask_key(text, timeout_ms);
	if (key == -EINTR)
		return key;
	if (key < 0)
		return command_why(-ETIMEDOUT, "no key within %lu ms", (unsigned long)timeout_ms);
	if (key == KEY_CTRL_C && wanted != KEY_CTRL_C)
		return -EINTR;
	return wanted && key != wanted ? command_why(-ECANCELED, "another key was pressed") : 0;
}

const struct command script_commands[] = {
	{ .name = "set", .min = 1, .max = ANY_ARGS, .run = cmd_set,
	  .usage = "NAME[:type] [value]", .help = "set a setting", .words = setting_words },
	{ .name = "clear", .min = 1, .max = 1, .run = cmd_clear,
	  .usage = "NAME | SCOPE/", .help = "unset a setting, or all of a scope", .words = setting_words },
	{ .name = "show", .options = "q/quiet", .max = 1, .run = cmd_show,
	  .usage = "[--quiet] [NAME[:type]]",
	  .help = "a setting, or all that were set; --quiet: only whether it is", .words = setting_words },
	{ .name = "inc", .min = 1, .max = 2, .run = cmd_inc,
	  .usage = "NAME [by]", .help = "count a setting up", .words = setting_words },
	{ .name = "read", .options = "t/timeout=", .min = 1, .max = 1, .run = cmd_read,
	  .usage = "[--timeout ms] NAME", .help = "let a person type a setting's value", .words = setting_words },
	{ .name = "echo", .options = "n/n", .max = ANY_ARGS, .run = cmd_echo,
	  .usage = "[-n] [text]", .help = "print text" },
	{ .name = "isset", .min = 1, .max = 1, .run = cmd_isset,
	  .usage = "VALUE", .help = "succeed if the value is not empty" },
	{ .name = "iseq", .min = 2, .max = 2, .run = cmd_iseq,
	  .usage = "VALUE VALUE", .help = "succeed if they are the same" },
	{ .name = "goto", .min = 1, .max = 1, .run = cmd_goto,
	  .usage = "LABEL", .help = "go on after :LABEL in the script" },
	{ .name = "prompt", .options = "k/key= t/timeout=", .max = ANY_ARGS, .run = cmd_prompt,
	  .usage = "[--key k] [--timeout ms] [text]", .help = "wait for a key" },
	{ .name = "sleep", .min = 1, .max = 1, .run = cmd_sleep,
	  .usage = "SECONDS", .help = "wait" },
	{ .name = "shell", .run = cmd_shell,
	  .help = "a prompt in the middle of a script; exit goes on" },
	{ .name = "exit", .max = 1, .run = cmd_exit,
	  .usage = "[status]", .help = "leave the script; at the prompt, go back to the ROM" },
	{ 0 },
};
