/* SPDX-License-Identifier: BSD-2-Clause */
/* Filling in a form: see form.h. */
#include "services/menu/form.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "services/console/keys.h"
#include "services/menu/palette.h"

#define HEAD 3u			/* rows above the fields: blank, title, blank */
#define FOOT 2u
#define INDENT 2u
#define KEYS "Enter: the next field, in the last one: done. Ctrl-X: done. Esc leaves"

static struct form *form_of(struct widget *w)
{
	return (struct form *)((char *)w - offsetof(struct form, widget));
}

static const char *label(const struct menu_entry *e)
{
	return e->name && !*e->text ? e->name : e->text;
}

/* A field's text in `width` columns, as it may be seen; the cursor's column or -1. */
static int text_of(struct form *f, const struct menu_entry *e, char *out, size_t width)
{
	int cursor = -1;
	out[0] = '\0';
	if (e == f->at) {
		cursor = e->secret ? lineedit_show_masked(&f->edit, "", true, out, width) :
			 lineedit_show(&f->edit, "", out, width);
	} else if (e->value) {
		size_t len = strlen(e->value);
		snprintf(out, width + 1, "%s", e->value);
		if (e->secret)
			memset(out, '*', len < width ? len : width);
	}
	return cursor;
}

static void line(struct widget *w, char *out, size_t cap)
{
	struct form *f = form_of(w);
	char text[WIDGET_COLUMNS + 1];
	text_of(f, f->at, text, 60);
	snprintf(out, cap, "%.80s: %s", label(f->at), text);
}

/* The column in which the fields begin: behind the longest label, but in the row's first half. */
static unsigned column_of(const struct form *f, unsigned columns)
{
	return INDENT + 2 + f->widest < columns / 2 ? INDENT + 2 + f->widest : columns / 2;
}

static void draw_entry(struct form *f, struct widget_row *out, const struct menu_entry *e)
{
	char text[WIDGET_COLUMNS + 1];
	unsigned column = column_of(f, out->columns), width = out->columns - column;
	uint16_t style = palette_style(e->number ? PAIR_NORMAL : PAIR_SEPARATOR);
	widget_put_ansi(out, INDENT, style, label(e));
	if (!e->name || width < 3)
		return;
	int cursor = text_of(f, e, text, width - 1);
	if (e->number)
		style = palette_style(PAIR_EDIT) | (out->lines ? 0 : STYLE_MARKED);
	for (unsigned i = column; i < out->columns - 1 && !out->lines; i++)
		widget_put(out, i, style, " ");
	widget_put(out, column, style, text);
	if (cursor >= 0 && !out->lines && column + (unsigned)cursor < out->columns)
		out->style[column + (unsigned)cursor] = STYLE_PLAIN;
}

static void draw(struct widget *w, struct widget_row *out, unsigned row, unsigned rows)
{
	struct form *f = form_of(w);
	unsigned head = rows > HEAD + FOOT ? HEAD : 0, fit = rows > HEAD + FOOT ? rows - HEAD - FOOT : rows;
	unsigned top = f->at->row < fit ? 0 : f->at->row - fit + 1;
	if (!out->lines)
		widget_style(out, palette_style(PAIR_NORMAL));
	const struct menu_entry *e = row >= head && row - head < fit ? menu_entry(f->menu, top + row - head) : NULL;
	if (e) {
		draw_entry(f, out, e);
	} else if (head && row == 1) {
		unsigned len = widget_ansi_columns(f->menu->title);
		widget_put_ansi(out, len < out->columns && !out->lines ? (out->columns - len) / 2 : 0,
				palette_style(PAIR_NORMAL) | STYLE_BOLD, f->menu->title);
	} else if (head && row == rows - 1) {
		widget_put(out, INDENT, palette_style(PAIR_SEPARATOR), KEYS);
	} else if (head && row == rows - FOOT) {
		unsigned len = (unsigned)strlen(f->note);
		widget_put_ansi(out, INDENT, palette_style(PAIR_SEPARATOR), f->at->hint ? f->at->hint : "");
		if (len + INDENT < out->columns)
			widget_put(out, out->columns - len - 1, palette_style(PAIR_SEPARATOR), f->note);
	}
}

static struct menu_entry *field_after(struct menu_entry *e)
{
	while (e && !e->number)
		e = e->next;
	return e;
}

static struct menu_entry *field_before(const struct form *f)
{
	struct menu_entry *last = f->at;
	for (struct menu_entry *e = f->menu->first; e != f->at; e = e->next)
		if (e->number)
			last = e;
	return last;
}

static void enter(struct form *f, struct menu_entry *e)
{
	f->at = e;
	lineedit_begin(&f->edit, e->value);
}

static void keep(struct form *f)
{
	if (menu_set_value(f->at, f->edit.text) < 0)
		f->no_memory = true;
}

static void go(struct form *f, struct menu_entry *e)
{
	if (!e)
		return;
	keep(f);
	enter(f, e);
}

int form_init(struct form *f, struct menu *m)
{
	struct menu_entry *first = field_after(m->first);
	*f = (struct form){ .widget = { .draw = draw, .line = line }, .menu = m };
	lineedit_init(&f->edit, NULL);
	if (!first)
		return -ENOENT;
	for (const struct menu_entry *e = m->first; e; e = e->next) {
		unsigned columns = e->name && !e->hidden ? widget_ansi_columns(label(e)) : 0;
		f->widest = columns > f->widest ? columns : f->widest;
	}
	enter(f, first);
	return 0;
}

enum form_event form_key(struct form *f, int key)
{
	switch (key) {
	case KEY_ESC: case KEY_CTRL_C: return FORM_LEFT;
	case 'X' - '@':
		keep(f);
		return FORM_DONE;
	case KEY_UP: case 'P' - '@': go(f, field_before(f)); return FORM_MORE;
	case KEY_DOWN: case 'N' - '@': case KEY_TAB: go(f, field_after(f->at->next)); return FORM_MORE;
	case KEY_ENTER:
		if (!field_after(f->at->next)) {
			keep(f);
			return FORM_DONE;
		}
		go(f, field_after(f->at->next));
		return FORM_MORE;
	}
	return lineedit_key(&f->edit, key) == LINEEDIT_REDRAW ? FORM_REPAINT : FORM_MORE;
}

void form_end(struct form *f)
{
	lineedit_begin(&f->edit, NULL);
	lineedit_free(&f->edit);
	memset(f->edit.text, 0, sizeof(f->edit.text));
}
