/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Menus and forms as scripts build them up: a title and entries, under a name
 * or without one.  The same object is a menu when something is chosen from it
 * (choice.h) and a form when it is filled in (form.h), as in iPXE.  Pure; the
 * owner is the task that runs commands.
 */
#ifndef SERVICES_MENU_MENU_H
#define SERVICES_MENU_MENU_H

#include <stdbool.h>
#include <stddef.h>

#define MENU_BYTES_MAX (256u << 10)	/* names and texts of all menus together */
#define MENU_ENTRIES_MAX 8192u		/* entries of all menus together */
#define MENU_HINT_LINES 8u

struct menu_entry {
	struct menu_entry *next;
	char *name;			/* what choosing it gives, the setting that it fills in; NULL: a gap */
	char *text;
	char *hint;			/* lines that are shown while the mark stands on it; NULL: none is */
	char *value;			/* of a form's field, while it is filled in; or NULL */
	unsigned key_column;		/* of the text, where that key stands, from 1; 0: it does not */
	int key;			/* chooses it at once (services/console/keys.h); 0: none */
	bool preferred;			/* it is where the mark stands at first */
	bool secret;			/* what is typed is not shown */
	bool hidden;			/* only its own key chooses it */
	bool disabled;			/* it is shown, and cannot be chosen or filled in */
	unsigned row;			/* from 0, among those that are shown */
	unsigned number;		/* from 1, among those that the mark can stand on; 0: it cannot */
};

struct menu {
	struct menu *next;
	char *name;			/* NULL: the one without a name */
	char *title;			/* "" if it has none */
	struct menu_entry *first, **end;
	struct menu_entry **shown;	/* by their rows */
	unsigned count, room;		/* of shown */
	unsigned numbers;		/* how many have one */
	unsigned hints;			/* lines of the longest hint, at most MENU_HINT_LINES */
};

#define MENU_OWN ""			/* of the loader's own lists: no script can give that name */

/* A new one, instead of the one of that name (NULL: without): NULL for -ENOMEM. */
struct menu *menu_create(const char *name, const char *title);
/* The one of that name, or NULL. */
struct menu *menu_find(const char *name);
void menu_delete(struct menu *m);
void menu_delete_all(void);
/* There are none; their memory went with the task that had it. */
void menu_forget(void);

enum { MENU_PREFERRED = 1, MENU_SECRET = 2, MENU_HIDDEN = 4, MENU_DISABLED = 8 };
/* One more entry at the end; name may be NULL, both are copied: 0, -ENOMEM or -ENOSPC (too many, too long). */
int menu_add(struct menu *m, const char *name, const char *text, int key, unsigned flags);
/* What is shown while the mark stands on the entry that was added last: as above. */
int menu_add_hint(struct menu *m, const char *hint);
/* In the text of the entry that was added last its key stands in that column, from 1. */
void menu_show_key(struct menu *m, unsigned column);
/* The entry in row n, from 0, or NULL. */
struct menu_entry *menu_entry(const struct menu *m, unsigned n);
/* The field's value becomes a copy of text (NULL: none): 0 or -ENOMEM, and it is as before. */
int menu_set_value(struct menu_entry *e, const char *text);

#endif
