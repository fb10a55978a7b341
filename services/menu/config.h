/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking at settings, and changing them, on all screens at once: a list of
 * what there is in a scope, "" being what has none.  The mark moves as in a
 * menu (choice.h); Enter opens a scope, or begins to edit the value in its
 * row, where the keys are the prompt's and Enter or Ctrl-X end it; Ctrl-D
 * clears; Backspace and the arrow to the left lead to the scope around; Esc,
 * Ctrl-C and Ctrl-X leave.  What is secret is shown as asterisks.  Pure: who
 * sets and clears is told by events, for that may wait.
 *
 *	config_init(&c, settings, links, "net0", rows);
 *	event = config_key(&c, key);
 *	if (event == CONFIG_SET)
 *		err = config_reload(&c, set(c.name, c.edit.text) < 0 ? "It cannot become that" : "");
 */
#ifndef SERVICES_MENU_CONFIG_H
#define SERVICES_MENU_CONFIG_H

#include <stdbool.h>

#include "services/console/lineedit.h"
#include "services/menu/choice.h"
#include "services/script/settings.h"

enum config_event {
	CONFIG_MORE, CONFIG_REPAINT,
	CONFIG_SET,			/* `name` is to become what stands in edit.text, then config_reload() */
	CONFIG_CLEAR,			/* `name` is to be cleared, then config_reload() */
	CONFIG_LEFT,			/* by Esc or Ctrl-X */
	CONFIG_BROKEN,			/* by Ctrl-C */
	CONFIG_FAILED,			/* no memory for the list */
};

#define CONFIG_NAME_MAX (SETTING_NAME_MAX + 12)	/* with a type */

struct config {
	struct widget widget;
	struct choice choice;
	struct lineedit edit;
	const struct settings *settings;
	const char *(*link)(unsigned i);	/* the i-th link's name; NULL past the last */
	void (*turn)(void);		/* called for each row while the list is made: a turn for others; or NULL */
	bool lost;			/* the list is not made yet, or there was no memory for it: nothing is shown */
	unsigned rows;			/* of the smallest screen */
	char scope[SETTING_NAME_MAX];	/* without its slash; "" is none */
	char name[CONFIG_NAME_MAX];	/* what an event is about, with its scope and, where it needs one, its type */
};

/* 0; -ENOENT: there is no such scope; -ENOMEM, -ENOSPC: no room for the list. */
int config_init(struct config *c, const struct settings *s, const char *(*link)(unsigned i), const char *scope,
		unsigned rows, void (*turn)(void));
enum config_event config_key(struct config *c, int key);
/* The list anew, the mark where it was, with a line that says what went wrong, or "": as config_init(). */
int config_reload(struct config *c, const char *said);
/* What becomes of it when nobody does anything. */
void config_note(struct config *c, const char *note);
/* Nothing of it stays in memory. */
void config_end(struct config *c);

#endif
