/* SPDX-License-Identifier: BSD-2-Clause */
/* pxelinux's trees.  See pxelinux_commands.h. */
#include "services/pxelinux/pxelinux_commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/keyboard.h"
#include "kernel/log.h"
#include "kernel/membuf.h"
#include "kernel/task.h"
#include "services/command/run.h"
#include "services/console/keys.h"
#include "services/pxelinux/px.h"

#define REASON_MAX 200
#define SEE_S 20u
#define LINES_AT_ONCE 64u
#define TURNS_MAX 16			/* configurations that lead to each other, with neither menu nor line between */

static struct px_session session;
static struct membuf found;		/* session.file, if there is one */

int pxelinux_find(char *reason, size_t cap)
{
	membuf_free(&found);
	px_end(&session);
	int err = px_begin(&session);
	if (err < 0)
		snprintf(reason, cap, "there is not enough memory");
	else
		err = px_search(&session, &found, reason, cap);
	if (err < 0)
		px_end(&session);
	return err;
}

void pxelinux_forget(void)
{
	memset(&session, 0, sizeof(session));
	memset(&found, 0, sizeof(found));
	px_tell_servers(0);
}

/* Whoever chose it sees why it failed before the menu covers that, or above the boot: line: that, or -EINTR. */
static int let_see(int shown)
{
	command_forget_failure();
	if (shown == PX_SHOW_PROMPT)
		return shown;
	log_warn("pxelinux: that failed; a key, or %u s, and the menu is back", SEE_S);
	int key = command_key(clock_us() + SEE_S * 1000000ull);
	return key == -EINTR ? key : key == KEY_CTRL_C ? command_why(-ECANCELED, "it was left") : shown;
}

/* DEFAULT's line leads to a menu, or boots; where there is none, or PROMPT asks for it, somebody is asked. */
static int begin(struct px_session *s)
{
	const struct px_config *c = &s->c;
	int err = 0;
	if (!s->told) {
		s->told = true;
		if (c->display)
			err = px_show_file(s, c->display);
		unsigned lines = 0;
		for (const struct px_line *l = c->say.first; l; l = l->next) {
			log_line("%s", l->text);
			if (++lines % LINES_AT_ONCE == 0)
				task_yield();
		}
	}
	if (err < 0)
		return err;
	/* MENU SHIFTKEY has its own use for that key */
	if (c->escape && !s->asked && !s->menu->shift && keyboard_shift())
		return PX_SHOW_PROMPT;
	if (c->ui)
		return px_run(s, c->ui);
	return c->prompt || !c->preferred ? PX_SHOW_PROMPT : px_run(s, c->preferred);
}

/*
 * ONERROR: what was not found is told to another line, or MENU ONERROR: another line is run instead.  What that comes
 * to, or err where there is none.
 */
static int on_error(struct px_session *s, int err, bool by_menu)
{
	static char line[2 * PX_LINE_MAX];
	const char *own = by_menu ? s->menu->own_onerror : NULL;
	if (!own && !s->menu->onerror)
		return err;
	snprintf(line, sizeof(line), "%s%s%s", own ? own : s->menu->onerror, own ? "" : " ", own ? "" : s->line);
	char shown[PX_SHOWN_MAX];
	log_line("pxelinux: ONERROR: %s", px_shown(line, SIZE_MAX, shown));
	command_forget_failure();
	return px_run(s, line);
}

/* Configurations lead to each other: the boot: line, until somebody types; with somebody there it is an error. */
static int lead_nowhere(struct px_session *s)
{
	int err = command_fail(-ELOOP, "pxelinux: its configurations lead to each other again and again");
	if (s->asked)
		return err;
	command_forget_failure();
	s->asked = true;
	return PX_SHOW_PROMPT;
}

/* Runs, from what comes next on, until something boots, or it fails with nobody there. */
static int go(struct px_session *s, int next)
{
	int shown = PX_SHOW_PROMPT;
	for (unsigned turns = 0;; turns = next == PX_AGAIN ? turns + 1 : 0) {
		shown = next == PX_AGAIN ? shown : next;
		next = turns > TURNS_MAX ? lead_nowhere(s) : next == PX_SHOW_MENU ? px_menu(s) :
		       next == PX_SHOW_PROMPT ? px_prompt(s) : begin(s);
		if (next == -ENOENT)
			next = on_error(s, next, shown == PX_SHOW_MENU);
		if (next < 0 && next != -EINTR && next != -ECANCELED && s->asked && !s->by_time)
			next = let_see(shown);
		if (next <= PX_DONE)
			return next;
	}
}

/* The configuration that the command names: 0 or -E, said. */
static int load_named(const struct call *c)
{
	membuf_free(&found);
	px_end(&session);
	int err = px_begin(&session);
	if (err < 0)
		return command_fail(err, "pxelinux: there is not enough memory");
	if (c->opt[0] && strlen(c->opt[0]) >= sizeof(session.prefix))
		return command_fail(-ENAMETOOLONG, "pxelinux: the prefix is too long: " URL_LIMITS);
	if (c->opt[0])
		strcpy(session.prefix, c->opt[0]);
	return px_load(&session, c->argv[0], NULL);
}

/* The machine's own. */
static int load_found(void)
{
	char reason[REASON_MAX] = "";
	int err = found.data ? 0 : pxelinux_find(reason, sizeof(reason));
	if (err < 0)
		return err == -EINTR ? err : command_fail(err, "pxelinux: %s", reason);
	err = px_take(&session, &found);
	membuf_free(&found);
	return err;
}

static int cmd_pxelinux(struct call *c)
{
	int err = c->argc ? load_named(c) : load_found();
	if (err == 0) {
		session.asked = c->opt[1] != NULL;
		err = go(&session, session.asked ? PX_SHOW_PROMPT : PX_AGAIN);
		if (err < 0 && err != -EINTR && err != -ECANCELED)
			log_line("pxelinux: its boot: line, with all labels, is there by the command pxelinux --boot");
	}
	px_end(&session);		/* however it began: web servers hear no more of the machine */
	return err;
}

/* A module by its name: what its line does at the boot: line, with names relative to the script's place. */
static int cmd_c32(struct call *c)
{
	static char line[PX_LINE_MAX];
	membuf_free(&found);
	px_end(&session);
	int err = px_begin(&session);
	if (err < 0) {
		px_end(&session);
		return command_fail(err, "%s: there is not enough memory", c->name);
	}
	px_begin_here(&session);
	int len = snprintf(line, sizeof(line), "%s ", c->name);
	if (len >= (int)sizeof(line) || options_join(c->argc, c->argv, line + len, sizeof(line) - (size_t)len) < 0)
		err = command_fail(-E2BIG, "%s: the line is too long", c->name);
	if (err == 0)
		err = px_run(&session, line);
	if (err > PX_DONE)
		err = go(&session, err);
	px_end(&session);
	return err;
}

const struct command pxelinux_commands[] = {
	{ .name = "pxelinux", .options = "p/prefix= b/boot", .max = 1, .run = cmd_pxelinux,
	  .usage = "[--boot] [--prefix URL] [file]", .help = "do what pxelinux's configuration of this machine says" },
	{ .name = "*.c32", .max = ANY_ARGS, .run = cmd_c32,
	  .usage = "[words]", .help = "do what syslinux's module of that name does" },
	{ 0 },
};
