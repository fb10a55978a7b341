/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filling in a form: each entry with a name is a field.  Enter, Tab and the
 * arrows go from field to field, Enter in the last one and Ctrl-X anywhere end
 * it, Esc and Ctrl-C leave it; within a field the keys are the prompt's.
 * What is typed into a secret field is shown as asterisks, everywhere.  Pure.
 */
#ifndef SERVICES_MENU_FORM_H
#define SERVICES_MENU_FORM_H

#include "services/console/lineedit.h"
#include "services/console/widget.h"
#include "services/menu/menu.h"

enum form_event { FORM_MORE, FORM_DONE, FORM_LEFT, FORM_REPAINT };

#define FORM_NOTE_MAX 40	/* bytes, with the NUL */

struct form {
	struct widget widget;
	struct menu *menu;		/* its entries' values are what stands in the fields */
	struct menu_entry *at;		/* the field that is being filled in */
	unsigned widest;		/* label, in columns */
	struct lineedit edit;		/* that one's text */
	char note[FORM_NOTE_MAX];	/* what becomes of it when nobody fills it in; or "" */
	bool no_memory;			/* for the text that was typed last; it has been dropped */
};

/* 0, or -ENOENT: it has no field. */
int form_init(struct form *f, struct menu *m);
enum form_event form_key(struct form *f, int key);
/* Nothing of what was typed stays in memory that form_init() took. */
void form_end(struct form *f);

#endif
