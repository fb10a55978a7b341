/* SPDX-License-Identifier: BSD-2-Clause */
/* A configuration's menus, and the boot: line.  See px.h. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/keyboard.h"
#include "kernel/log.h"
#include "kernel/task.h"
#include "services/command/editor.h"
#include "services/command/question.h"
#include "services/command/run.h"
#include "services/console/colours.h"
#include "services/console/console.h"
#include "services/console/keys.h"
#include "services/console/widget.h"
#include "services/menu/choice.h"
#include "services/menu/menu.h"
#include "services/menu/menu_ask.h"
#include "services/pxelinux/password.h"
#include "services/pxelinux/px.h"

#define TENTH_MS 100u
#define TENTH_US 100000ull
#define TEXT_MAX 256
#define TABMSG "Press [Tab] to edit options"
#define KEY_HELP_PREFIX KEY_CTRL_F	/* Ctrl-F 1 is F1, for terminals without such keys */

static int no_memory(void)
{
	return command_fail(-ENOMEM, "pxelinux: not enough memory for the menu");
}

/* ---- its entries ---- */

/* The text as it is shown, without the first ^, which stands before the entry's own key: that, or 0, and its column. */
static int entry_text(const struct px_label *l, char out[TEXT_MAX], unsigned *column)
{
	const struct px_menu *to = l->to;
	const char *text = l->text ? l->text : to && to->title[0] ? to->title : to && to->tag ? to->tag :
			   l->name ? l->name : "";
	int key = 0;
	size_t n = l->indent < TEXT_MAX / 2 ? l->indent : 0;
	memset(out, ' ', n);
	for (; *text && n < TEXT_MAX - 4; text++) {
		if (*text == '^' && !key && text[1]) {
			key = tolower((unsigned char)text[1]);
			out[n] = '\0';
			*column = widget_ansi_columns(out) + 1;
		} else {
			out[n++] = *text;
		}
	}
	snprintf(out + n, TEXT_MAX - n, "%s", to ? " >" : "");
	return key;
}

/* As lines, which the menu shows below it, and no more than that. */
static int add_help(struct menu *m, const struct px_lines *help)
{
	static char text[MENU_HINT_LINES * (WIDGET_COLUMNS + 1) + 1];
	char *at = text;
	unsigned lines = 0;
	for (const struct px_line *l = help->first; l && lines++ < MENU_HINT_LINES; l = l->next)
		at += sprintf(at, "%.*s\n", WIDGET_COLUMNS, l->text);
	return at == text ? 0 : menu_add_hint(m, text);
}

/* taken: keys of entries before it, of which a later one has no use. */
static int add_entry(struct menu *m, const struct px_label *l, unsigned n, bool preferred, bool taken[256])
{
	char text[TEXT_MAX], name[16];
	unsigned column = 0;
	int key = entry_text(l, text, &column);
	snprintf(name, sizeof(name), "%u", n);
	key = taken[key & 0xff] ? 0 : key;
	taken[key & 0xff] = key;
	int err = menu_add(m, l->does == PX_SEPARATOR ? NULL : name, text, key,
			   (preferred ? MENU_PREFERRED : 0u) | (l->hidden ? MENU_HIDDEN : 0u) |
			   (l->disabled ? MENU_DISABLED : 0u));
	if (err < 0)
		return err;
	menu_show_key(m, column);
	return 0;
}

/* A menu of the engine's with all entries up to *at, which there was no room for: 0 or -E. */
static int fill(struct menu **m, const struct px_menu *of, bool with_help, const struct px_label **at)
{
	const struct px_label *preferred = of->marked ? of->marked : px_menu_preferred(of);
	bool taken[256] = { false };
	char title[TEXT_MAX];
	unsigned n = 0;
	snprintf(title, sizeof(title), "%s", of->title);
	*m = menu_create(MENU_OWN, title);
	int err = *m ? 0 : -ENOMEM;
	for (const struct px_label *l = of->first; l && err == 0; l = l->below, n++) {
		*at = l;
		err = l->hidden ? 0 : add_entry(*m, l, n, l == preferred, taken);
		if (err == 0 && with_help && !l->hidden)
			err = add_help(*m, &l->help);
	}
	return err;
}

/* To be deleted; NULL: there is none, said. */
static struct menu *build(const struct px_menu *of)
{
	const struct px_label *at = NULL;
	struct menu *m;
	int err = fill(&m, of, true, &at);
	if (err == -ENOSPC) {
		log_line("pxelinux: %s:%u: menus have room for %u entries and %u KiB of text; help texts are left out",
			 at->file, at->line, MENU_ENTRIES_MAX, MENU_BYTES_MAX >> 10);
		err = fill(&m, of, false, &at);
	}
	if (err == -ENOSPC)
		log_line("pxelinux: %s:%u: so is %.60s, and what follows it; the boot: line starts it by its name",
			 at->file, at->line, at->name ? at->name : "an entry");
	if (err == 0 || err == -ENOSPC)
		return m;
	if (m)
		menu_delete(m);
	no_memory();
	return NULL;
}

static struct px_label *entry(const struct px_menu *of, const char *name)
{
	struct px_label *l = of->first;
	for (unsigned long n = strtoul(name, NULL, 10); l && n; n--)
		l = l->below;
	return l;
}

/* ---- passwords ---- */

/* The rounds of an encrypted one take their time. */
static bool pause(void)
{
	task_yield();
	return command_interrupted();
}

/* 0; -EACCES: it is another, or that is none; -EINTR, -ENOMEM. */
static int opens(const char *kept, const char *typed)
{
	switch (kept ? password_check(kept, typed, pause) : PASSWORD_WRONG) {
	case PASSWORD_OPENS: return 0;
	case PASSWORD_ENDED: return -EINTR;
	case PASSWORD_NO_MEMORY: return no_memory();
	default: return -EACCES;
	}
}

/* Asks for one: 0, it is one of those two, of which one may be NULL; or -E. */
static int unlock(const struct px_menu *m, const char *own, const char *master)
{
	static struct form form;
	struct menu *f = menu_create(MENU_OWN, m->passprompt ? m->passprompt : "Password required");
	if (!f || menu_add(f, "password", "Password", 0, MENU_SECRET) < 0 || form_init(&form, f) < 0) {
		if (f)
			menu_delete(f);
		return no_memory();
	}
	int err = menu_ask_form(&form);
	const char *typed = f->first->value ? f->first->value : "";
	if (err == 0)
		err = opens(own, typed);
	if (err == -EACCES)
		err = opens(master, typed);
	if (err == -EACCES)
		log_line("pxelinux: that is not the password");
	form_end(&form);
	menu_delete(f);
	question_forget();
	return err;
}

/* ---- a menu ---- */

static uint64_t total_us(const struct px_session *s, uint32_t tenths)
{
	return tenths ? s->begun_us + tenths * TENTH_US : CLOCK_NEVER;
}

static uint32_t tenths_ms(uint32_t tenths)
{
	return tenths < UINT32_MAX / TENTH_MS ? tenths * TENTH_MS : UINT32_MAX;
}

/* Before a menu that is hidden: 0, it is to be shown; > 0: its time is over; -EINTR. */
static int wait_hidden(struct px_session *s, const struct px_menu *m)
{
	uint64_t until = clock_us() + m->timeout * TENTH_US;
	if (total_us(s, m->total) < until)
		until = total_us(s, m->total);
	int err = question_begin(true);
	if (console_is_plain())
		log_line("pxelinux: a key shows the menu");
	while (err == 0 && clock_us() < until) {
		char text[80];
		snprintf(text, sizeof(text), "pxelinux: %lu s until it boots; a key shows the menu",
			 (unsigned long)((until - clock_us() + 999999) / 1000000));
		console_live(text, -1);
		int key = command_key(clock_us() + TENTH_US * 5);
		if (key >= 0 || key == -EINTR) {
			console_live(NULL, -1);
			question_end();
			s->asked |= key >= 0;
			for (const struct px_key *k = m->keys; k && !s->hidden_line; k = k->next)
				s->hidden_line = k->key == key ? k->line : NULL;
			question_forget();
			return key < 0 ? key : 0;
		}
	}
	console_live(NULL, -1);
	question_end();
	return err < 0 ? err : 1;
}

/* Where a menu goes to instead of booting. */
static int go_to(struct px_session *s, const struct px_label *l)
{
	struct px_menu *to = l->does == PX_SUBMENU ? l->to : l->tag && *l->tag ? px_config_menu(&s->c, l->tag) :
			     s->menu->parent;
	if (!to) {
		log_line("pxelinux: %s:%u: there is no menu %s", l->file, l->line, l->tag && *l->tag ? l->tag :
			 "above this one");
		to = s->c.top;
	}
	s->menu = to;
	return PX_SHOW_MENU;
}

static int enter(struct px_session *s, const struct px_label *l)
{
	int err;
	switch (l->does) {
	case PX_QUIT: return PX_SHOW_PROMPT;
	case PX_SUBMENU: case PX_GOTO: case PX_EXIT: return go_to(s, l);
	case PX_HELP:
		err = px_show_file(s, l->tag);
		return err < 0 ? err : PX_SHOW_MENU;
	default: return px_run_label(s, l);
	}
}

/* What is booted by the time: what the configuration prefers, wherever somebody has left the mark. */
static int time_over(struct px_session *s)
{
	const struct px_label *l = px_menu_preferred(s->menu);
	s->by_time = true;
	return s->menu->ontimeout ? px_run(s, s->menu->ontimeout) : l ? enter(s, l) : PX_SHOW_PROMPT;
}

static int take(struct px_session *s, const struct px_label *l)
{
	int err = l->password ? unlock(s->menu, l->password, s->menu->password) : 0;
	return err == -EINTR ? err : err < 0 ? PX_SHOW_MENU : enter(s, l);
}

static uint64_t line_until_us;		/* when the line that is typed ends by itself */

static uint64_t until_us(void)
{
	return line_until_us;
}

static void note(char *out, size_t cap)
{
	char text[QUESTION_NOTE_MAX];
	snprintf(out, cap, "  %s", question_note(line_until_us, "boots", text));
}

static bool is_esc(int key)
{
	return key == KEY_ESC;
}

/* The entry's whole line, changed by whoever is there. */
static int edit(struct px_session *s, const struct px_label *l)
{
	static char line[PX_LINE_MAX], initial[PX_LINE_MAX];
	static const struct editor_watch watch = { .until_us = until_us, .note = note, .key = is_esc };
	if (l->does != PX_BOOTS || l->kind == PX_NONE)
		return PX_SHOW_MENU;
	if (snprintf(initial, sizeof(initial), "%s%s%s%s%s", l->kernel, *l->append ? " " : "", l->append, l->initrd ?
		     " initrd=" : "", l->initrd ? l->initrd : "") >= (int)sizeof(initial) ||
	    px_append_facts(l->sysappend, initial, sizeof(initial)) < 0) {
		log_line("pxelinux: %s:%u: the line is too long to be edited", l->file, l->line);
		return PX_SHOW_MENU;
	}
	int err = question_begin(false);
	if (err < 0)
		return err;
	line_until_us = CLOCK_NEVER;
	err = editor_read("> ", initial, &watch, line, sizeof(line));
	question_end();
	question_forget();
	return err == 0 ? px_run_edited(s, l, line) : err == -EINTR ? err : PX_SHOW_MENU;
}

/* A key that is the menu's own. */
static int special(struct px_session *s, int key, const struct px_label *marked)
{
	bool open = s->menu->allow_options;
	if (key == KEY_TAB || key == KEY_ESC) {
		int err = !open ? -EACCES : s->menu->password ? unlock(s->menu, NULL, s->menu->password) : 0;
		if (err < 0)
			return err == -EINTR ? err : PX_SHOW_MENU;
		return key == KEY_ESC ? PX_SHOW_PROMPT : edit(s, marked);
	}
	int n = key - KEY_F1;
	int err = s->c.key[n] ? px_show_file(s, s->c.key[n]) : 0;
	return err < 0 ? err : PX_SHOW_MENU;
}

int px_menu(struct px_session *s)
{
	static struct choice choice;
	static struct choice_look look;
	static const int keys[] = { KEY_TAB, KEY_ESC, KEY_F1, KEY_F1 + 1, KEY_F1 + 2, KEY_F1 + 3, KEY_F1 + 4,
				    KEY_F1 + 5, KEY_F1 + 6, KEY_F1 + 7, KEY_F1 + 8, KEY_F1 + 9, KEY_F1 + 10,
				    KEY_F1 + 11, 0 };
	struct px_menu *of = s->menu;
	unsigned rows, columns;
	int result = of->hidden && of->timeout && !s->asked ? wait_hidden(s, of) : 0;
	if (result == 0 && of->shift && !s->asked && !keyboard_shift())
		result = 1;
	if (s->hidden_line) {
		const char *line = s->hidden_line;
		s->hidden_line = NULL;
		return px_run(s, line);
	}
	if (result)
		return result < 0 ? result : time_over(s);
	px_picture(s, of);
	struct menu *m = build(of);
	if (!m) {
		command_forget_failure();
		return PX_SHOW_PROMPT;
	}
	console_widget_size(&rows, &columns);
	if (choice_init(&choice, m, NULL, rows) < 0) {
		menu_delete(m);
		log_line("pxelinux: %.60s: no entry can be chosen", *of->title ? of->title : "the menu");
		return PX_SHOW_PROMPT;
	}
	colours_keep();		/* they may be a script's */
	px_choice_look(of, &look);
	choice.look = &look;
	choice.keys_move = !of->immediate;
	choice.no_esc = !of->allow_options;
	choice.keys = of->allow_options ? of->tabmsg ? of->tabmsg : TABMSG : of->notabmsg ? of->notabmsg : "";
	struct menu_ask ask = { .timeout_ms = s->asked ? 0 : tenths_ms(of->timeout), .total_us = total_us(s, of->total),
				.keys = keys, .autoboot = of->autoboot };
	result = menu_ask(&choice, &ask);
	colours_back();
	struct px_label *l = entry(of, choice_label(&choice));
	of->marked = l;
	if (result == 0)
		log_line("menu: %.60s: %s", *of->title ? of->title : "choice", l->name ? l->name : "another menu");
	s->asked |= !ask.timed_out;
	s->by_time = false;
	menu_delete(m);
	if (result > 0)
		return special(s, result, l);
	if (result < 0)
		return result == -ECANCELED ? command_why(result, "the menu was left") : result;
	return ask.timed_out ? time_over(s) : take(s, l);
}

/* ---- the boot: line ---- */

static struct px_session *prompted;	/* whose */
static int help_wanted;			/* the F key that was typed, from 1; 0: none */
static bool after_ctrl_f;

static const struct px_label *word_at;	/* where the next word is looked for */
static unsigned word_next;

static const char *label_word(const char *line, size_t at, unsigned i)
{
	if (at != strspn(line, " \t") || !prompted->c.complete)
		return NULL;
	/* it is asked for one after the other */
	if (!i || i != word_next)
		word_at = prompted->c.first, word_next = 0;
	while (word_at && (!word_at->name || word_next < i)) {
		word_next += word_at->name != NULL;
		word_at = word_at->next;
	}
	if (!word_at)
		return NULL;
	const char *name = word_at->name;
	word_at = word_at->next;
	word_next = i + 1;
	return name;
}

/* What an empty line, or no line within the time, boots. */
static const char *unsaid(const struct px_session *s, bool timed_out)
{
	const struct px_config *c = &s->c;
	return timed_out && c->top->ontimeout ? c->top->ontimeout : c->ui ? c->ui : c->preferred;
}

/* F1 to F12, or Ctrl-F and a digit; any key ends the time. */
static bool key_typed(int key)
{
	line_until_us = unsaid(prompted, true) ? total_us(prompted, prompted->c.top->total) : CLOCK_NEVER;
	question_timed(line_until_us != CLOCK_NEVER);
	if (after_ctrl_f) {
		after_ctrl_f = false;
		help_wanted = key >= '1' && key <= '9' ? key - '0' : key == '0' ? 10 :
			      tolower(key) >= 'a' && tolower(key) <= 'c' ? tolower(key) - 'a' + 10 : 0;
	} else {
		after_ctrl_f = key == KEY_HELP_PREFIX;
		if (key >= KEY_F1 && key < KEY_F1 + (int)PXCONFIG_KEYS)
			help_wanted = key - KEY_F1 + 1;
	}
	return help_wanted;
}

int px_prompt(struct px_session *s)
{
	static char line[PX_LINE_MAX];
	static const struct editor_watch watch = { .until_us = until_us, .note = note, .word = label_word,
						   .key = key_typed };
	uint64_t total = total_us(s, s->c.top->total);
	px_no_picture(s);
	line_until_us = s->c.top->timeout && !s->asked ? clock_us() + s->c.top->timeout * TENTH_US : CLOCK_NEVER;
	if (total < line_until_us)
		line_until_us = total;
	if (!unsaid(s, true))		/* nothing would come of it */
		line_until_us = CLOCK_NEVER;
	prompted = s;
	help_wanted = 0;
	after_ctrl_f = false;
	int err = question_begin(line_until_us != CLOCK_NEVER);
	if (err < 0)
		return err;
	err = editor_read("boot: ", "", &watch, line, sizeof(line));
	question_end();
	if (err == -EAGAIN) {
		err = s->c.key[help_wanted - 1] ? px_show_file(s, s->c.key[help_wanted - 1]) : 0;
		s->asked = true;
		return err < 0 ? err : PX_SHOW_PROMPT;
	}
	if (err < 0 && err != -ETIMEDOUT)
		return err == -EINTR ? err : command_why(-ECANCELED, "the boot: line was left");
	s->asked |= err == 0;
	s->by_time = err < 0;
	if (err == 0)
		editor_remember();
	const char *what = err == 0 && line[strspn(line, " \t")] ? line : unsaid(s, err < 0);
	if (!what)
		return PX_SHOW_PROMPT;
	if (what == line && !s->c.top->allow_options)
		line[strspn(line, " \t") + strcspn(line + strspn(line, " \t"), " \t")] = '\0';
	return px_run(s, what);
}
