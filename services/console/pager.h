/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pager: a text to look through, on all screens at once, each as wide as it
 * is (lines go on in the next row) and from the same line on.  Pure; who opens
 * it as a widget brings it the keys.
 */
#ifndef SERVICES_CONSOLE_PAGER_H
#define SERVICES_CONSOLE_PAGER_H

#include <stdbool.h>

#include "services/console/widget.h"

#define PAGER_NOTE_MAX 40

struct pager {
	struct widget widget;
	const char *title;
	const char *text;		/* the owner's; lines end with '\n' */
	unsigned lines;
	unsigned top;			/* the first line shown */
	unsigned page, columns;		/* rows that the smallest screen shows at a time, and their length */
	char note[PAGER_NOTE_MAX];	/* the owner's, beside that: "(try 2 in 4:59)"; "": none */
};

/* Begins at the text's end; rows and columns: of the smallest screen. */
void pager_init(struct pager *p, const char *title, const char *text, unsigned rows, unsigned columns);
/* A key: false when it ends the pager (q, ESC, Enter, Ctrl-C, Ctrl-D, or an error). */
bool pager_key(struct pager *p, int key);

#endif
