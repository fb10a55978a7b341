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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIDGET_COLUMNS 255

/* How a cell looks.  A screen without colour leaves that out; no meaning may hang on it alone. */
enum {
	STYLE_PLAIN = 0, STYLE_BOLD = 1, STYLE_REVERSE = 2,
	STYLE_MARKED = 4,		/* stands out by its colours; reverse where there are none */
	STYLE_COLOURS = 0x3ff0,		/* both of the following */
};
#define STYLE_COLOUR(n) (((n) + 1) << 4)	/* of the text, ECMA-48's: 1 red, 2 green, 3 yellow, 4 blue, ... */
#define STYLE_GROUND(n) (((n) + 1) << 9)	/* behind it */
#define STYLE_NUMBERED 8			/* plus a number: one that a script has given its shade (colours.h) */
#define STYLE_COLOUR_OF(style) ((int)((style) >> 4 & 31) - 1)	/* -1: the terminal's own */
#define STYLE_GROUND_OF(style) ((int)((style) >> 9 & 31) - 1)

struct widget_row {
	unsigned columns;			/* 1..WIDGET_COLUMNS */
	char text[WIDGET_COLUMNS + 1];		/* blanks at first; ASCII */
	uint16_t style[WIDGET_COLUMNS];
	bool lines;				/* the screen shows rows as lines; numbers help there */
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
void widget_put(struct widget_row *r, unsigned column, uint16_t style, const char *text);
/*
 * The same for a text that may bring its own looks: ECMA-48's SGR sequences
 * change the style from there on, 0 leads back to the one given; others are
 * left out.  UTF-8 is read: terminals of all kinds get the letter without its
 * mark, or '?'.
 */
void widget_put_ansi(struct widget_row *r, unsigned column, uint16_t style, const char *text);
/* A style after one parameter of an SGR sequence; plain is what 0 leads back to. */
uint16_t widget_sgr(uint16_t style, uint16_t plain, unsigned n);
/* The columns that such a text takes. */
unsigned widget_ansi_columns(const char *text);
/* The whole row looks like that. */
void widget_style(struct widget_row *r, uint16_t style);

#endif
