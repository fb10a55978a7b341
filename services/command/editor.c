/* SPDX-License-Identifier: BSD-2-Clause */
/* The line editor on the consoles.  See editor.h. */
#include "services/command/editor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/keys.h"
#include "services/console/lineedit.h"
#include "services/console/progress.h"

#define REDRAW_US 1000000u		/* the note may count seconds */

static struct lineedit edit;

static const struct editor_far *far;

void editor_set_far(const struct editor_far *f)
{
	far = f;
}

/* The word at that place is one that is known far away. */
static bool is_far(const char *word)
{
	const char *mark = strstr(word, "://");

	return far && mark && mark < word + strcspn(word, " ");
}

static const char *word_for_tab(const char *line, size_t at, unsigned i)
{
	return is_far(line + at) ? far->word(i) : command_complete(line, at, i);
}

void editor_init(void)
{
	lineedit_init(&edit, word_for_tab);
}

/* Tab wants a word that is known far away: 0, or a key that came while it was asked for. */
static int ask_far(void)
{
	size_t start = edit.pos;

	while (start && edit.text[start - 1] != ' ')
		start--;
	return is_far(edit.text + start) ? far->ask(edit.text + start, edit.pos - start) : 0;
}

static void show(const char *prompt, const struct editor_watch *watch)
{
	char line[PROGRESS_WIDTH + 1];
	int cursor = lineedit_show_masked(&edit, prompt, false, line, PROGRESS_WIDTH);
	size_t len = strlen(line);
	if (watch && !console_is_plain() && (!edit.len || watch->always))
		watch->note(line + len, sizeof(line) - len);
	console_live(line, cursor);
}

/* Ends a line being edited, leaving it in the log. */
static int leave(const char *prompt, const char *mark, int result)
{
	console_live(NULL, -1);
	log_line("%s%s%s", prompt, edit.text, mark);
	command_say_typist();
	return result;
}

static void show_choices(void)
{
	char choices[PROGRESS_WIDTH + 1];
	lineedit_choices(&edit, choices, sizeof(choices));
	log_line("%s", choices);
}

static int edit_line(const char *prompt, const struct editor_watch *watch)
{
	for (;;) {
		show(prompt, watch);
		uint64_t until = watch ? watch->until_us() : CLOCK_NEVER, redraw = clock_us() + REDRAW_US;
		int key = command_key(until < redraw ? until : redraw);
		if (key == -ETIMEDOUT && clock_us() < until)
			continue;
		if (key < 0) {
			console_live(NULL, -1);
			return key;
		}
		if (watch && watch->typed)
			watch->typed();
		if (watch && watch->key && watch->key(key)) {
			console_live(NULL, -1);
			return -EAGAIN;
		}
		int meanwhile = key == KEY_TAB && edit.word == word_for_tab ? ask_far() : 0;
		if (meanwhile)
			key = meanwhile;
		switch (lineedit_key(&edit, key)) {
		case LINEEDIT_DONE: return leave(prompt, "", 0);
		case LINEEDIT_TOO_LONG:
			log_line("a line may have %u bytes; this one had more, and does nothing", LINEEDIT_MAX - 1);
			return leave(prompt, "...", -ECANCELED);
		case LINEEDIT_CANCEL: return leave(prompt, "^C", -ECANCELED);
		case LINEEDIT_EOF: return leave(prompt, "^D", -EPIPE);
		case LINEEDIT_CHOICES: show_choices(); break;
		case LINEEDIT_REDRAW: console_repaint(); break;
		case LINEEDIT_MORE: break;
		}
	}
}

int editor_read(const char *prompt, const char *initial, const struct editor_watch *watch, char *line, size_t cap)
{
	lineedit_begin(&edit, initial);
	edit.word = watch && watch->word ? watch->word : word_for_tab;
	int err = edit_line(prompt, watch);
	if (err == 0)
		snprintf(line, cap, "%s", edit.text);
	return err;
}

void editor_remember(void)
{
	lineedit_remember(&edit);
}

int command_read_line(const char *prompt, const char *initial, char *line, size_t cap)
{
	return editor_read(prompt, initial, NULL, line, cap);
}
