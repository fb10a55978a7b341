/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Widgets: what takes over all screens for a while (a menu, a form, a pager).
 * One draws itself a row at a time, in whatever size it is asked for, and
 * knows no terminal: each screen asks for its own rows and columns, and sends
 * what differs from what it shows.  A screen that cannot place its cursor
 * shows the rows as lines each time the page changes, and line() below them.
 * Pure.  Opened and closed by console_widget() (console.h).
 *
 *	static void draw(struct widget *w, struct widget_row *out, unsigned row, unsigned rows)
 *	{
 *		if (row == 0)
 *			widget_put(out, 0, STYLE_REVERSE, "Which one?");
 *		else if (row - 1 < count && row < rows)
 *			widget_put(out, 2, row - 1 == chosen ? STYLE_BOLD : STYLE_PLAIN, names[row - 1]);
 *	}
 */
#ifndef SERVICES_CONSOLE_WIDGET_H
#define SERVICES_CONSOLE_WIDGET_H

#include <stddef.h>
#include <stdint.h>

#define WIDGET_COLUMNS 255

/* How a cell looks.  A screen without colour leaves that out; no meaning may hang on it alone. */
enum { STYLE_PLAIN = 0, STYLE_BOLD = 1, STYLE_REVERSE = 2, STYLE_COLOURED = 8 };
#define STYLE_COLOUR(n) (STYLE_COLOURED | (n) << 4)	/* ECMA-48's: 1 red, 2 green, 3 yellow, 4 blue, ... */

struct widget_row {
	unsigned columns;			/* 1..WIDGET_COLUMNS */
	char text[WIDGET_COLUMNS + 1];		/* blanks at first; ASCII */
	uint8_t style[WIDGET_COLUMNS];
};

struct widget {
	/* Draws row `row` (0..) of `rows` into out, which is blank.  Does not wait. */
	void (*draw)(struct widget *w, struct widget_row *out, unsigned row, unsigned rows);
	/* Where it stands, in one line, and what keys it takes. */
	void (*line)(struct widget *w, char *out, size_t cap);
	unsigned page;		/* changed by its owner when a screen of lines is to see all rows again */
};

/* Blank, with so many columns (cut at WIDGET_COLUMNS). */
void widget_blank(struct widget_row *r, unsigned columns);
/* Text from a column on, cut at the row's end. */
void widget_put(struct widget_row *r, unsigned column, uint8_t style, const char *text);
/* The whole row looks like that. */
void widget_style(struct widget_row *r, uint8_t style);

#endif
