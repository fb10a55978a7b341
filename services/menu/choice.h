/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Choosing one entry of a menu, on all screens at once: a list with a mark on
 * those that can place their cursor, a numbered one on the others.  Arrows,
 * page up and down, home and end move the mark, a number does (which Enter
 * ends), Enter chooses, an entry's own key chooses it at once, Esc and Ctrl-C
 * leave.  Pure.
 */
#ifndef SERVICES_MENU_CHOICE_H
#define SERVICES_MENU_CHOICE_H

#include <stdint.h>

#include "services/console/lineedit.h"
#include "services/console/widget.h"
#include "services/menu/menu.h"

enum choice_event { CHOICE_MORE, CHOICE_TAKEN, CHOICE_LEFT };

#define CHOICE_EDIT_COLUMN 26	/* of a row's text */
#define CHOICE_SAID_MAX 80
#define CHOICE_NOTE_MAX 40		/* bytes, with the NUL */

/* How a menu looks whose maker has said more of that than colours. */
struct choice_look {
	/* styles (services/console/widget.h) of: all around it; its rows, title and marked row, with the entries' own
	 * keys in them; what cannot be chosen; the last row: on keys, and on the time; hints */
	uint16_t screen, normal, title, selected, hot, hot_selected, disabled, keys, time, help;
	unsigned left, width, top;	/* its columns (0: the screen's) and its first row */
	unsigned rows;			/* entries at once; 0: as many as the screen has room for */
	unsigned keys_row, time_row, help_row;	/* 0: at the screen's end */
};

/* Scripts' menus': colours by palette.h, and the whole screen. */
void choice_look_own(struct choice_look *look);

struct choice {
	struct widget widget;
	const struct menu *menu;
	unsigned at;			/* the row that is marked */
	const struct menu_entry *own_key;	/* chosen by its own key; or NULL */
	unsigned typed;			/* the number so far; 0: none */
	unsigned page;			/* entries that the smallest screen shows */
	int32_t left_s;			/* until the marked one is taken; < 0: no such time */
	char note[CHOICE_NOTE_MAX];	/* what else becomes of it; or "" */
	/* for lists that are more than a choice; all zero for others */
	const char *keys;		/* what is said of the keys instead */
	char said[CHOICE_SAID_MAX];	/* of the last one, in the place of hints (the menu has some); or "" */
	struct lineedit *edit;		/* what stands in the marked row behind CHOICE_EDIT_COLUMN is being typed */
	bool secret;			/* in asterisks */
	bool named;			/* a screen of lines is told the entry's name, not its text */
	bool keys_move;			/* an entry's own key only moves the mark there */
	bool no_esc;			/* nobody is told of Esc */
	const struct choice_look *look;	/* NULL: that of all menus */
	const char *autoboot;		/* said instead of "Taken in": # is the seconds, {a,b} one and more; or NULL */
};

/*
 * The mark on the entry called `wanted` (or NULL), else the preferred one,
 * else the first; rows: of the smallest screen.  0, or -ENOENT: it has no
 * entry to choose.
 */
int choice_init(struct choice *c, const struct menu *m, const char *wanted, unsigned rows);
enum choice_event choice_key(struct choice *c, int key);
/* The label of the entry that is taken. */
const char *choice_label(const struct choice *c);
/* What becomes of it: what remains until the marked entry is taken, or < 0 and what else is to be said. */
void choice_ends(struct choice *c, int32_t left_s, const char *note);

#endif
