/* SPDX-License-Identifier: BSD-2-Clause */
/* Choosing from a menu: see choice.h. */
#include "services/menu/choice.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "services/console/keys.h"
#include "services/menu/palette.h"

#define HEAD 3u			/* rows above the entries: blank, title, blank */
#define FOOT 2u			/* rows below: see foot() */
#define INDENT 2u
#define LINE_EDIT 60u		/* columns of what is being typed where rows are lines */

static struct choice *choice_of(struct widget *w)
{
	return (struct choice *)((char *)w - offsetof(struct choice, widget));
}

/* Rows below the entries: blank, what is said of the marked one if any has that, the keys, and the time by its own. */
static unsigned foot(const struct choice *c)
{
	return FOOT + c->menu->hints + (c->keys != NULL);
}

/* Entries that fit into so many rows, of a screen that places them, or of lines. */
static unsigned room(const struct choice *c, unsigned rows, bool lines)
{
	unsigned around = lines ? 1 : HEAD + foot(c);
	return rows > around ? rows - around : 1;
}

static const char *shown_text(const struct menu_entry *e)
{
	return e->name && !*e->text ? e->name : e->text;
}

/* The first entry shown where there is room for so many: the mark stays in the middle. */
static unsigned top_of(const struct choice *c, unsigned fit)
{
	if (c->menu->count <= fit || c->at < fit / 2)
		return 0;
	unsigned last = c->menu->count - fit;
	return c->at - fit / 2 < last ? c->at - fit / 2 : last;
}

/* "in # second{,s}": what stands in braces is for one, for two where there are three, for more. */
static void put_autoboot(const struct choice *c, char *out, size_t cap)
{
	size_t n = 0;
	int32_t left = c->left_s;
	out[0] = '\0';
	for (const char *p = c->autoboot; *p && n + 12 < cap; p++) {
		if (*p == '#') {
			n += (size_t)snprintf(out + n, cap - n, "%ld", (long)left);
		} else if (*p == '{' && strchr(p, '}')) {
			const char *end = strchr(p, '}'), *part = p + 1;
			for (int32_t more = left == 1 ? 0 : left == 2 ? 1 : 2; more; more--) {
				const char *comma = memchr(part, ',', (size_t)(end - part));
				part = comma ? comma + 1 : part;
			}
			int len = (int)strcspn(part, ",}");
			n += (size_t)snprintf(out + n, cap - n, "%.*s", len < (int)(cap - n) ? len : 0, part);
			p = end;
		} else {
			out[n++] = *p;
			out[n] = '\0';
		}
	}
}

/* The time until it is taken. */
static void when(const struct choice *c, char *out, size_t cap)
{
	if (c->autoboot)
		put_autoboot(c, out, cap);
	else
		snprintf(out, cap, "Taken in %ld s unless a key comes; Enter takes it now%s", (long)c->left_s,
			 c->no_esc ? "" : ", Esc leaves the menu");
}

/* What keys do. */
static void how(const struct choice *c, char *out, size_t cap)
{
	if (c->typed)
		snprintf(out, cap, "Number %u: Enter takes it%s  %s", c->typed,
			 c->no_esc ? "" : ", Esc leaves the menu", c->note);
	else if (c->keys)
		snprintf(out, cap, "%s  %s", c->keys, c->note);
	else
		snprintf(out, cap, "Arrows or a number move, Enter takes it, Esc leaves%s%s",
			 c->note[0] ? "  " : " the menu", c->note);
}

/* What is being typed, in so many columns: the cursor's. */
static int typed_text(const struct choice *c, char *out, size_t width)
{
	return lineedit_show_masked(c->edit, "", c->secret, out, width);
}

static void line(struct widget *w, char *out, size_t cap)
{
	const struct choice *c = choice_of(w);
	const struct menu_entry *e = menu_entry(c->menu, c->at);
	if (c->edit) {
		char text[LINE_EDIT + 1];
		typed_text(c, text, LINE_EDIT);
		snprintf(out, cap, "%.60s: %s", e->name, text);
		return;
	}
	if (*c->said) {
		snprintf(out, cap, "%s. > %u %.60s", c->said, e->number, e->name);
		return;
	}
	const char *hint = e->hint ? e->hint + strspn(e->hint, " \t\n") : "";
	size_t len = strcspn(hint, "\n");
	int n = snprintf(out, cap, "> %u %.100s%s%.*s%s. ", e->number, c->named ? e->name : shown_text(e),
			 len ? " (" : "",
			 (int)(len < 30 ? len : 30), hint, len ? ")" : "");
	if (n <= 0 || (size_t)n >= cap)
		return;
	if (c->left_s >= 0)	/* short, for of a longer line than the screen only the end is seen */
		snprintf(out + n, cap - (size_t)n, "Taken in %ld s unless a key comes", (long)c->left_s);
	else if (c->typed)
		snprintf(out + n, cap - (size_t)n, "Number %u: Enter%s", c->typed, c->no_esc ? "" : " or Esc");
	else
		snprintf(out + n, cap - (size_t)n, "Number%s%s%s", c->no_esc ? " or Enter" : ", Enter or Esc",
			 c->note[0] ? "  " : "", c->note);
}

/* To the row's end. */
static void draw_edit(const struct choice *c, struct widget_row *out, unsigned column)
{
	char text[WIDGET_COLUMNS + 1];
	uint16_t style = palette_style(PAIR_EDIT) | STYLE_MARKED;
	if (column + 4 > out->columns)
		column = out->columns > 4 ? out->columns - 4 : 0;
	for (unsigned i = column; i < out->columns; i++)
		widget_put(out, i, style, " ");
	int cursor = typed_text(c, text, out->columns - column);
	widget_put(out, column, style, text);
	if (column + (unsigned)cursor < out->columns)
		out->style[column + (unsigned)cursor] = STYLE_PLAIN;
}

void choice_look_own(struct choice_look *look)
{
	uint16_t normal = palette_style(PAIR_NORMAL), gap = palette_style(PAIR_SEPARATOR);
	uint16_t selected = palette_style(PAIR_SELECTED) | STYLE_BOLD;
	*look = (struct choice_look){ .screen = normal, .normal = normal, .title = normal | STYLE_BOLD,
				      .selected = selected, .hot = normal, .hot_selected = selected, .disabled = gap,
				      .keys = gap, .time = gap, .help = gap };
}

static struct choice_look look_of(const struct choice *c)
{
	struct choice_look look;
	if (c->look)
		return *c->look;
	choice_look_own(&look);
	return look;
}

/* In so many columns of a row. */
static void draw_entry(const struct choice *c, const struct choice_look *look, struct widget_row *out, unsigned n)
{
	const struct menu_entry *e = menu_entry(c->menu, n);
	uint16_t style = e->number ? look->normal : look->disabled, hot = look->hot;
	unsigned indent = look->left + INDENT, until = look->left + look->width;
	char number[12];
	if (!out->lines && n == c->at) {
		style = look->selected | STYLE_MARKED;
		hot = look->hot_selected | STYLE_MARKED;
	}
	if (out->lines && e->number) {
		snprintf(number, sizeof(number), "%3u", e->number);
		widget_put(out, 0, style, number);
		indent = 5;
	} else if (!out->lines) {
		for (unsigned i = look->left; i < until && i < out->columns; i++)
			out->style[i] = style;
	}
	widget_put_ansi(out, indent, style, shown_text(e));
	if (e->key_column && e->number && indent + e->key_column - 1 < out->columns)
		out->style[indent + e->key_column - 1] = hot;
	for (unsigned i = until; look->width && i < out->columns; i++) {
		out->text[i] = ' ';
		out->style[i] = look->screen;
	}
	if (!out->lines && n == c->at && c->edit)
		draw_edit(c, out, indent + CHOICE_EDIT_COLUMN);
}

/* A screen of lines shows all entries around the mark, in blocks as long as the smallest screen's page. */
static void draw_line(const struct choice *c, struct widget_row *out, unsigned row)
{
	unsigned n = c->at / c->page * c->page + row - 1;
	if (!row)
		widget_put_ansi(out, 0, STYLE_PLAIN, c->menu->title);
	else if (row <= c->page && n < c->menu->count) {
		struct choice_look plain = look_of(c);
		plain.left = plain.width = 0;
		draw_entry(c, &plain, out, n);
	}
}

/* Line n of what is said of the marked entry. */
static void put_hint(const struct choice *c, const struct choice_look *look, struct widget_row *out, unsigned n)
{
	const char *hint = *c->said ? c->said : menu_entry(c->menu, c->at)->hint;
	char text[WIDGET_COLUMNS + 1];
	for (; hint && n; n--) {
		hint = strchr(hint, '\n');
		hint = hint ? hint + 1 : NULL;
	}
	if (hint) {
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(hint, "\n"), hint);
		widget_put_ansi(out, INDENT, *c->said ? palette_style(PAIR_ALERT) : look->help, text);
	}
}

/* Where what stands on a screen of so many rows. */
struct places {
	unsigned head, fit;		/* rows before the entries, and for them */
	unsigned hint, keys, time;	/* the first row of hints; what keys do; the time that is left */
};

/* A row below the entries' last, and not one of hints. */
static bool is_free(const struct places *p, unsigned hints, unsigned row, unsigned end, unsigned rows)
{
	return row >= end && row < rows && (row < p->hint || row >= p->hint + hints);
}

static struct places places_of(const struct choice *c, const struct choice_look *look, unsigned rows)
{
	unsigned hints = c->menu->hints;
	struct places p = { .head = rows > HEAD + foot(c) ? HEAD : 0, .fit = room(c, rows, false),
			    .hint = rows - foot(c) + 1, .keys = rows - 1 - (c->keys != NULL), .time = rows - 1 };
	if (!p.head)
		return p;
	if (look->top < p.fit) {	/* else there would be no room for any */
		p.head += look->top;
		p.fit -= look->top;
	}
	if (look->rows && look->rows < p.fit)
		p.fit = look->rows;
	unsigned end = p.head + p.fit + 1;	/* the row below "..." */
	if (look->help_row >= end && look->help_row + hints <= p.keys)
		p.hint = look->help_row;
	if (is_free(&p, hints, look->keys_row, end, rows))
		p.keys = look->keys_row;
	if (is_free(&p, hints, look->time_row, end, rows))
		p.time = look->time_row;
	return p;
}

static void draw(struct widget *w, struct widget_row *out, unsigned row, unsigned rows)
{
	const struct choice *c = choice_of(w);
	struct choice_look look = look_of(c);
	char text[WIDGET_COLUMNS + 1];
	if (out->lines) {
		draw_line(c, out, row);
		return;
	}
	if (!look.width || look.left + look.width > out->columns) {	/* a narrow screen shows it from edge to edge */
		look.left = 0;
		look.width = out->columns;
	}
	struct places p = places_of(c, &look, rows);
	unsigned top = top_of(c, p.fit), title = widget_ansi_columns(c->menu->title);
	widget_style(out, look.screen);
	if (row >= p.head && row - p.head < p.fit) {
		if (top + row - p.head < c->menu->count)
			draw_entry(c, &look, out, top + row - p.head);
	} else if (p.head && row == p.head - 2) {
		widget_put_ansi(out, look.left + (title < look.width ? (look.width - title) / 2 : 0), look.title,
				c->menu->title);
	} else if (p.head && ((row == p.head - 1 && top) || (row == p.head + p.fit && top + p.fit < c->menu->count))) {
		widget_put(out, look.left + INDENT, look.disabled, "...");
	} else if (p.head && row >= p.hint && row < p.hint + c->menu->hints) {
		put_hint(c, &look, out, row - p.hint);
	} else if (p.head && row == p.time && c->left_s >= 0) {
		when(c, text, sizeof(text));
		widget_put(out, INDENT, look.time, text);
	} else if (p.head && row == p.keys && (c->keys || c->left_s < 0)) {
		how(c, text, sizeof(text));
		widget_put(out, INDENT, look.keys, text);
	}
}

/* The mark on the one with that number: false if there is none. */
static bool go(struct choice *c, unsigned number)
{
	for (unsigned n = number ? number - 1 : c->menu->count; n < c->menu->count; n++)
		if (menu_entry(c->menu, n)->number == number) {
			c->at = n;
			return true;
		}
	return false;
}

/* The mark goes by so many entries that can be chosen, as far as there are any. */
static void move(struct choice *c, int step)
{
	int now = (int)menu_entry(c->menu, c->at)->number, last = (int)c->menu->numbers;
	go(c, (unsigned)(step < 1 - now ? 1 : step > last - now ? last : now + step));
}

int choice_init(struct choice *c, const struct menu *m, const char *wanted, unsigned rows)
{
	unsigned best = 0;
	*c = (struct choice){ .widget = { .draw = draw, .line = line }, .menu = m, .left_s = -1 };
	c->page = room(c, rows, true);
	for (unsigned n = 0; n < m->count; n++) {
		const struct menu_entry *e = menu_entry(m, n);
		unsigned rank = !e->number ? 0 : wanted && !strcmp(e->name, wanted) ? 3 : e->preferred ? 2 : 1;
		if (rank > best) {
			best = rank;
			c->at = n;
		}
	}
	return best ? 0 : -ENOENT;
}

/* The entry with that key; letters as typed first, then in the other case. */
static const struct menu_entry *hot(const struct choice *c, int key)
{
	int other = key < 0x80 && isalpha(key) ? key ^ 0x20 : key;
	if (!key)		/* Ctrl-@: those that have none have 0 */
		return NULL;
	for (int k = key;; k = other) {
		for (const struct menu_entry *e = c->menu->first; e; e = e->next)
			if (e->name && !e->disabled && e->key == k)
				return e;
		if (k == other)
			return NULL;
	}
}

/* One more digit, or where that leads to no entry, the first of another number. */
static void digit(struct choice *c, unsigned typed, unsigned n)
{
	c->typed = typed * 10 + n;
	if (!go(c, c->typed)) {
		c->typed = n;
		if (!go(c, n))
			c->typed = 0;
	}
}

enum choice_event choice_key(struct choice *c, int key)
{
	unsigned page = c->at / c->page, typed = c->typed;
	c->typed = 0;
	c->own_key = hot(c, key);
	if (c->own_key && c->keys_move && !c->own_key->hidden) {
		c->at = c->own_key->row;
		c->own_key = NULL;
		c->widget.page += c->at / c->page != page;
		return CHOICE_MORE;
	}
	if (c->own_key) {
		c->at = c->own_key->hidden ? c->at : c->own_key->row;
		return CHOICE_TAKEN;
	}
	switch (key) {
	case KEY_UP: case 'P' - '@': move(c, -1); break;
	case KEY_DOWN: case 'N' - '@': case KEY_TAB: move(c, 1); break;
	case KEY_PGUP: move(c, -(int)(c->page > 1 ? c->page - 1 : 1)); break;
	case KEY_PGDN: move(c, (int)(c->page > 1 ? c->page - 1 : 1)); break;
	case KEY_HOME: move(c, -(int)MENU_ENTRIES_MAX); break;
	case KEY_END: move(c, (int)MENU_ENTRIES_MAX); break;
	case KEY_ENTER: return CHOICE_TAKEN;
	case KEY_ESC: case KEY_CTRL_C: return CHOICE_LEFT;
	default:
		if (key >= '0' && key <= '9')
			digit(c, typed, (unsigned)(key - '0'));
	}
	if (c->at / c->page != page)
		c->widget.page++;
	return CHOICE_MORE;
}

void choice_ends(struct choice *c, int32_t left_s, const char *note)
{
	c->left_s = left_s;
	snprintf(c->note, sizeof(c->note), "%s", note);
}

const char *choice_label(const struct choice *c)
{
	return c->own_key ? c->own_key->name : menu_entry(c->menu, c->at)->name;
}
