/* SPDX-License-Identifier: BSD-2-Clause */
/* A text to look through: see pager.h. */
#include "services/console/pager.h"

#include <stdio.h>
#include <string.h>

#include "services/console/keys.h"

#define KEYS "q ends; arrows, page up and down, home, end"

static struct pager *pager_of(struct widget *w)
{
	return (struct pager *)((char *)w - offsetof(struct pager, widget));
}

static const char *line_at(const struct pager *p, unsigned number)
{
	const char *at = p->text;
	while (number-- && *at) {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return at;
}

/* The rows that a line of len bytes takes. */
static unsigned rows_of(size_t len, unsigned columns)
{
	return len ? (unsigned)((len + columns - 1) / columns) : 1;
}

/*
 * The row'th row from the top line on, where lines are cut into pieces of
 * `columns`: its start and *len; NULL past the end.
 */
static const char *row_at(const struct pager *p, unsigned row, unsigned columns, size_t *len)
{
	const char *at = line_at(p, p->top);
	while (*at) {
		size_t whole = strcspn(at, "\n");
		unsigned pieces = rows_of(whole, columns);
		if (row < pieces) {
			at += row * columns;
			*len = whole - row * columns < columns ? whole - row * columns : columns;
			return at;
		}
		row -= pieces;
		at += whole + (at[whole] == '\n');
	}
	return NULL;
}

static void line(struct widget *w, char *out, size_t cap)
{
	const struct pager *p = pager_of(w);
	snprintf(out, cap, "%s: from line %u of %u%s%s; " KEYS, p->title, p->lines ? p->top + 1 : 0, p->lines,
		 *p->note ? " " : "", p->note);
}

static void draw(struct widget *w, struct widget_row *out, unsigned row, unsigned rows)
{
	char text[WIDGET_COLUMNS + 1];
	size_t len;
	if (row + 1 == rows) {
		line(w, text, sizeof(text));
		widget_put(out, 0, STYLE_PLAIN, text);
		widget_style(out, STYLE_REVERSE);
		return;
	}
	const char *at = row_at(pager_of(w), row, out->columns, &len);
	if (!at)
		return;
	snprintf(text, sizeof(text), "%.*s", (int)len, at);
	widget_put(out, 0, STYLE_PLAIN, text);
}

/* The top line from which on the text's end is seen on the smallest screen. */
static unsigned last_page(const struct pager *p)
{
	unsigned top = p->lines, room = p->page;
	while (top) {
		unsigned rows = rows_of(strcspn(line_at(p, top - 1), "\n"), p->columns);
		if (rows > room)
			break;
		room -= rows;
		top--;
	}
	return top - (p->lines && top == p->lines);	/* a line that no screen has room for */
}

void pager_init(struct pager *p, const char *title, const char *text, unsigned rows, unsigned columns)
{
	*p = (struct pager){
		.widget = { .draw = draw, .line = line }, .title = title, .text = text, .page = rows > 2 ? rows - 1 : 1,
		.columns = columns ? columns : 1,
	};
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		p->lines++;
	p->top = last_page(p);
}

bool pager_key(struct pager *p, int key)
{
	if (key < 0)
		return false;
	unsigned last = p->lines ? p->lines - 1 : 0, top = p->top, step = p->page > 1 ? p->page - 1 : 1;
	switch (key) {
	case 'q': case 'Q': case KEY_ESC: case KEY_ENTER: case KEY_CTRL_C: case KEY_CTRL_D: return false;
	case KEY_UP: case 'k': top -= top > 0; break;
	case KEY_DOWN: case 'j': top++; break;
	case KEY_PGUP: case 'b': top -= top < step ? top : step; break;
	case KEY_PGDN: case ' ': top += step; break;
	case KEY_HOME: case 'g': top = 0; break;
	case KEY_END: case 'G': top = last_page(p); break;
	default: return true;
	}
	p->top = top > last ? last : top;
	p->widget.page++;
	return true;
}
