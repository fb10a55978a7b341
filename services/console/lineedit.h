/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line being typed: keys in, text and cursor out.  Pure; shows nothing
 * itself.  Emacs' keys: ^A ^E ends, ^B ^F and arrows, ^U ^K kill to the
 * start or end, ^W kills a word, ^D deletes or, on an empty line, ends;
 * up and down (^P ^N) walk through the history; Tab completes a word.
 */
#ifndef SERVICES_CONSOLE_LINEEDIT_H
#define SERVICES_CONSOLE_LINEEDIT_H

#include <stdbool.h>
#include <stddef.h>

#define LINEEDIT_MAX 8192	/* bytes of a line with its NUL: a long URL can be pasted */
#define LINEEDIT_HISTORY 32	/* lines kept */
#define LINEEDIT_WORD 800	/* bytes that Tab can add, with a NUL: a file's name, all of it encoded */

enum lineedit_event {
	LINEEDIT_MORE,		/* goes on: show it again */
	LINEEDIT_DONE,		/* Enter: e->text is the line */
	LINEEDIT_TOO_LONG,	/* Enter, but something typed found no room: it is not the line that was meant */
	LINEEDIT_CANCEL,	/* Ctrl-C: the line is to be dropped */
	LINEEDIT_EOF,		/* Ctrl-D on an empty line */
	LINEEDIT_CHOICES,	/* Tab fits several words: lineedit_choices() */
	LINEEDIT_REDRAW,	/* Ctrl-L: the screen may be garbled */
};

/* The i-th word that may stand at line + at, in any order, good until the next call; NULL past the last. */
typedef const char *lineedit_word_fn(const char *line, size_t at, unsigned i);

struct lineedit {
	char text[LINEEDIT_MAX];
	size_t len, pos;		/* pos: the cursor, 0..len */
	bool lost;			/* a key found no room */
	size_t scroll;			/* first byte shown */
	lineedit_word_fn *word;		/* or NULL */
	char *history[LINEEDIT_HISTORY];	/* oldest first */
	unsigned count, at;		/* at == count: the line that is new */
	char *draft;			/* the new line while an old one is shown */
};

void lineedit_init(struct lineedit *e, lineedit_word_fn *word);
/* A new line, with that text in it ("" or NULL: empty), cut at LINEEDIT_MAX - 1. */
void lineedit_begin(struct lineedit *e, const char *text);
/* One key (services/console/keys.h); unknown ones are ignored. */
enum lineedit_event lineedit_key(struct lineedit *e, int key);
/*
 * What to show in `width` columns (out holds width + 1): prompt and the part
 * of the line around the cursor, < and > where more lies hidden.  Returns the
 * cursor's column.
 */
int lineedit_show(struct lineedit *e, const char *prompt, char *out, size_t width);
/* The same with passwords masked (kernel/secret.h), or, if it is one, with all as asterisks. */
int lineedit_show_masked(struct lineedit *e, const char *prompt, bool secret, char *out, size_t width);
/* Puts the line into the history, unless it is empty, blank or the last one again. */
void lineedit_remember(struct lineedit *e);
/* What the word before the cursor may become, separated by blanks, cut at cap; of paths what follows the last '/'. */
void lineedit_choices(const struct lineedit *e, char *out, size_t cap);
void lineedit_free(struct lineedit *e);

#endif
