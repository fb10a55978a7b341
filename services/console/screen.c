/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is sent to a terminal: see screen.h.  Each step puts a piece into the
 * empty `out`: some of the log, one row of the live area, one row of a widget.
 */
#include "services/console/screen.h"

#include <stdio.h>
#include <string.h>

#include "kernel/log.h"
#include "kernel/vt.h"
#include "services/console/colours.h"

#define PIECE 256		/* bytes of the log at a time */
#define COLUMNS 80		/* where the terminal does not say */
#define ROWS 24
#define WHOLE (SCREEN_ERASE | SCREEN_FULL)

void screen_begin(struct screen *s)
{
	s->stop = UINT64_MAX;
	s->stale = true;
	s->ending = s->placed = s->forgets = false;
	s->shown_rows = s->row = s->column = 0;
	s->widget = NULL;
	s->out_at = s->out_len = 0;
	screen_resize(s, s->columns, s->rows, s->can);
}

void screen_resize(struct screen *s, unsigned columns, unsigned rows, uint8_t can)
{
	s->columns = (uint16_t)(columns > 1 ? columns : COLUMNS);
	s->rows = (uint16_t)(rows > 1 ? rows : ROWS);
	if (s->columns > WIDGET_COLUMNS)
		s->columns = WIDGET_COLUMNS;
	if (s->rows > SCREEN_ROWS_MAX)
		s->rows = SCREEN_ROWS_MAX;
	s->can = can;
	memset(s->hash, 0, sizeof(s->hash));
	s->stale = true;
}

void screen_end(struct screen *s)
{
	s->stop = log_end();
	s->ending = true;
	s->stale = true;
}

void screen_forget(struct screen *s)
{
	memset(s->hash, 0, sizeof(s->hash));
	s->forgets = true;
	s->stale = true;
}

static void put(struct screen *s, const char *text, size_t len)
{
	if (len > SCREEN_OUT - s->out_len)
		len = SCREEN_OUT - s->out_len;
	memcpy(s->out + s->out_len, text, len);
	s->out_len += len;
}

static void puts_out(struct screen *s, const char *text)
{
	put(s, text, strlen(text));
}

static void repeat(struct screen *s, const char *text, size_t n)
{
	while (n--)
		puts_out(s, text);
}

static void put_sequence(struct screen *s, const char *fmt, unsigned a, unsigned b)
{
	char text[24];
	snprintf(text, sizeof(text), fmt, a, b);
	puts_out(s, text);
}

static bool full(const struct screen *s)
{
	return (s->can & WHOLE) == WHOLE;
}

/* ---- the live area ---- */

/* The cursor to a row of the live area; below the last one there a new one begins. */
static void go_row(struct screen *s, unsigned row)
{
	if (row < s->row)
		put_sequence(s, "\033[%uA", s->row - row, 0);
	for (; s->row < row; s->row++) {
		puts_out(s, "\r\n");
		s->column = 0;
	}
	s->row = row;
}

/* The cursor to a column of its row: to the right over what stands there. */
static void go_column(struct screen *s, unsigned column)
{
	for (; s->column > column; s->column--)
		puts_out(s, "\b");
	put(s, s->shown[s->row] + s->column, column - s->column);
	s->column = column;
}

/*
 * A row as it is to be.  Only what differs is sent: terminals do not flicker,
 * and a typed line reads as one in a transcript.
 */
static void draw_row(struct screen *s, unsigned row, const char *want)
{
	go_row(s, row);
	if (row == s->shown_rows) {
		s->shown[row][0] = '\0';
		s->shown_rows++;
	}
	size_t same = 0, len = strlen(want), old = strlen(s->shown[row]);
	while (want[same] && want[same] == s->shown[row][same])
		same++;
	go_column(s, same);
	if (old > same && s->can & SCREEN_ERASE)
		puts_out(s, "\033[K");
	puts_out(s, want + same);
	if (old > len && !(s->can & SCREEN_ERASE)) {
		repeat(s, " ", old - len);
		repeat(s, "\b", old - len);
	}
	s->column = len;
	memcpy(s->shown[row], want, len + 1);
}

/* Nothing is below the log any more: its next line can come. */
static void wipe(struct screen *s)
{
	if (!s->shown_rows)
		return;
	unsigned rows = s->shown_rows;
	go_row(s, 0);
	puts_out(s, "\r");
	if (rows > 1)
		puts_out(s, "\033[J");
	else if (s->can & SCREEN_ERASE)
		puts_out(s, "\033[K");
	else
		repeat(s, " ", strlen(s->shown[0]));
	if (!(s->can & SCREEN_ERASE))
		puts_out(s, "\r");
	s->shown_rows = s->row = s->column = 0;
}

/* From where on a text is shown that is longer than the screen is wide, so that its cursor is seen. */
static unsigned scrolled(unsigned len, unsigned cursor, unsigned width)
{
	unsigned half = width / 2;
	return len <= width || cursor < width || !half ? 0 : (cursor / half - 1) * half;
}

/* The rows wanted below the log: a screen of lines has room for one, where the cursor is. */
static unsigned want_rows(const struct screen *s, const struct scene *scene)
{
	unsigned rows = scene->widget ? 1 : scene->live.rows;
	if (s->ending)
		return 0;
	if (!rows && *log_unfinished())
		return 1;
	return full(s) || rows < 2 ? rows : 1;
}

/* One of them; *cursor is its column in it. */
static void want_row(const struct screen *s, const struct scene *scene, unsigned row, char out[LIVE_COLUMNS],
		     unsigned *cursor)
{
	const struct live *l = &scene->live;
	char text[LOG_LINE_MAX + LIVE_COLUMNS] = "";
	unsigned width = s->columns - 1u, from = 0;
	if (scene->widget) {
		scene->widget->line(scene->widget, text, sizeof(text));
		*cursor = (unsigned)strlen(text);
	} else {
		unsigned of = want_rows(s, scene) < l->rows ? l->rows - 1 : row;
		snprintf(text, sizeof(text), "%s%s", of ? "" : log_unfinished(), l->rows ? l->text[of] : "");
		*cursor = l->cursor + (of ? 0 : (unsigned)strlen(log_unfinished()));
		if (of + 1 < l->rows)
			*cursor = 0;
	}
	from = scrolled((unsigned)strlen(text), *cursor, width);
	snprintf(out, width + 1 < LIVE_COLUMNS ? width + 1 : LIVE_COLUMNS, "%s", text + from);
	*cursor -= from;
}

/* One step towards the live area that is wanted: false when it is there. */
static bool show_live(struct screen *s, const struct scene *scene)
{
	unsigned rows = want_rows(s, scene), cursor = 0;
	char want[LIVE_COLUMNS];
	for (unsigned i = 0; i < rows; i++) {
		want_row(s, scene, i, want, &cursor);
		if (i < s->shown_rows && !strcmp(want, s->shown[i]))
			continue;
		draw_row(s, i, want);
		return true;
	}
	if (!rows && s->shown_rows == 1) {
		draw_row(s, 0, "");
		s->shown_rows = 0;
	} else if (rows < s->shown_rows) {
		go_row(s, rows);
		puts_out(s, "\r\033[J");
		s->column = 0;
		s->shown_rows = rows;
	}
	if (rows) {
		go_row(s, rows - 1);
		size_t len = strlen(s->shown[s->row]);
		go_column(s, cursor < len ? cursor : len);
	}
	return s->out_len;
}

/* ---- styles ---- */

/* first: the parameter of SGR that is the first basic colour. */
static void put_colour(struct screen *s, unsigned first, int colour)
{
	if (colour >= STYLE_NUMBERED && s->can & SCREEN_NUMBERED) {
		put_sequence(s, ";%u;5;%u", first + 8, VT_NUMBER + (unsigned)colour - STYLE_NUMBERED);
		return;
	}
	if (colour >= STYLE_NUMBERED)
		colour = (int)colour_basic((unsigned)colour - STYLE_NUMBERED);
	if (colour >= 0 && colour < (int)COLOUR_BASIC)
		put_sequence(s, ";%u", first + (unsigned)colour, 0);
}

static void put_style(struct screen *s, uint16_t style)
{
	bool coloured = s->can & SCREEN_COLOUR;
	puts_out(s, "\033[0");
	if (style & STYLE_BOLD)
		puts_out(s, ";1");
	if (coloured) {
		put_colour(s, 30, STYLE_COLOUR_OF(style));
		put_colour(s, 40, STYLE_GROUND_OF(style));
	}
	if (style & STYLE_REVERSE || (style & STYLE_MARKED && !(coloured && style & STYLE_COLOURS)))
		puts_out(s, ";7");
	puts_out(s, "m");
}

/* ---- the log ---- */

/* A colour as VGA counts them, by ECMA-48's basic one. */
static int basic_of(unsigned char mark)
{
	return (mark & 1) << 2 | (mark & 2) | (mark >> 2 & 1);
}

/* One of the log's marks: the text's comes first, and with the ground's both are known. */
static void take_mark(struct screen *s, unsigned char mark)
{
	unsigned number = mark & 15;
	if (mark < LOG_MARK_GROUND) {
		s->ink = number == VT_PLAIN ? STYLE_PLAIN :
			 (uint16_t)((number & 8 ? STYLE_BOLD : 0) | STYLE_COLOUR(basic_of(mark)));
		return;
	}
	if (number)
		s->ink |= STYLE_GROUND(basic_of(mark));
	put_style(s, s->ink);
}

static void put_log(struct screen *s, const char *at)
{
	unsigned char c = (unsigned char)*at;
	if (c >= LOG_MARK_TEXT) {
		if (full(s))
			take_mark(s, c);
		return;
	}
	if (c == '\n' && s->ink != STYLE_PLAIN)
		put_style(s, s->ink = STYLE_PLAIN);
	put(s, c == '\n' ? "\r\n" : at, c == '\n' ? 2 : 1);
}

static bool show_log(struct screen *s)
{
	char text[PIECE];
	uint64_t from = s->pos, left = s->stop - from;
	if (from >= s->stop || from >= log_end())
		return false;
	wipe(s);
	size_t n = log_read_marked(&s->pos, text, left < PIECE ? (size_t)left : PIECE);
	if (from && s->pos - n > from) {
		uint64_t lost = s->pos - n - from;
		s->lost += lost;
		snprintf(s->out + s->out_len, SCREEN_OUT - s->out_len,
			 "\r\n[console: %lu bytes of output are lost here: this screen was too slow for them]\r\n",
			 (unsigned long)lost);
		s->out_len += strlen(s->out + s->out_len);
	}
	for (size_t i = 0; i < n; i++)
		put_log(s, &text[i]);
	return true;
}

/* ---- widgets ---- */

/* FNV-1a over all of a row; never 0. */
static uint32_t hash_row(const struct widget_row *r)
{
	uint32_t hash = 2166136261u;
	for (unsigned i = 0; i < r->columns; i++) {
		hash = (hash ^ (uint8_t)r->text[i]) * 16777619u;
		hash = (hash ^ r->style[i] % 256u) * 16777619u;
		hash = (hash ^ r->style[i] / 256u) * 16777619u;
	}
	return hash | 1;
}

/* The columns up to the last that is not blank. */
static unsigned used_columns(const struct widget_row *r)
{
	unsigned n = r->columns;
	while (n && r->text[n - 1] == ' ' && r->style[n - 1] == STYLE_PLAIN)
		n--;
	return n;
}

static void place_row(struct screen *s, unsigned row, const struct widget_row *r)
{
	unsigned used = used_columns(r);
	uint16_t style = STYLE_PLAIN;
	put_sequence(s, "\033[%u;%uH", row + 1, 1);
	for (unsigned i = 0; i < used; i++) {
		if (r->style[i] != style)
			put_style(s, style = r->style[i]);
		put(s, &r->text[i], 1);
	}
	if (style != STYLE_PLAIN)
		put_style(s, STYLE_PLAIN);
	/* a full row has left the cursor in its last column */
	if (used < s->columns)
		puts_out(s, "\033[K");
}

/* The bottom row: the last line logged since the widget came. */
static void last_line(const struct screen *s, struct widget_row *r)
{
	char text[WIDGET_COLUMNS + 1];
	if (log_end() == s->before)
		return;
	uint64_t at = log_back(1);
	size_t n = log_read(&at, text, s->columns - 1u);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	widget_put(r, 0, STYLE_PLAIN, text);
}

static void enter_widget(struct screen *s, const struct widget *w)
{
	if (!s->widget)
		s->before = s->pos;
	puts_out(s, "\033[0m\033[2J\033[1;1H");
	s->shown_rows = s->row = s->column = 0;
	memset(s->hash, 0, sizeof(s->hash));
	s->widget = w;
}

/* One step of a widget on a screen with places: false when it is there. */
static bool show_places(struct screen *s, struct widget *w)
{
	struct widget_row r;
	if (s->widget != w)
		enter_widget(s, w);
	for (unsigned row = 0; row < s->rows; row++) {
		widget_blank(&r, s->columns);
		if (row + 1 < s->rows)
			w->draw(w, &r, row, s->rows - 1u);
		else
			last_line(s, &r);
		uint32_t hash = hash_row(&r);
		if (hash == s->hash[row])
			continue;
		s->hash[row] = hash;
		place_row(s, row, &r);
		s->placed = false;
		return true;
	}
	if (!s->placed)
		put_sequence(s, "\033[%u;%uH", s->rows, 1);
	s->placed = true;
	return s->out_len;
}

/* One step of a page on a screen of lines. */
static bool show_page(struct screen *s, struct widget *w)
{
	struct widget_row r;
	if (s->widget != w || s->page != w->page) {
		s->widget = w;
		s->page = w->page;
		s->page_row = 0;
	}
	for (; s->page_row + 1u < s->rows; s->page_row++) {
		widget_blank(&r, s->columns - 1u);
		r.lines = true;
		w->draw(w, &r, s->page_row, s->rows - 1u);
		unsigned used = used_columns(&r);
		if (!used)
			continue;
		wipe(s);
		put(s, r.text, used);
		puts_out(s, "\r\n");
		s->page_row++;
		return true;
	}
	return false;
}

/* It is gone: the screen is as if it had not been there, and nothing of the log is missing. */
static void leave_widget(struct screen *s)
{
	bool places = full(s);
	s->widget = NULL;
	if (!places)
		return;
	uint64_t context = log_back(s->rows - 2u);
	puts_out(s, "\033[0m\033[2J\033[1;1H");
	s->pos = s->before < context ? s->before : context;
}

static bool step(struct screen *s, const struct scene *scene)
{
	if (s->forgets && !s->widget)
		wipe(s);
	s->forgets = false;
	if (s->widget && (!scene->widget || s->ending)) {
		leave_widget(s);
		if (s->out_len)
			return true;
	}
	if (scene->widget && !s->ending && full(s))
		return show_places(s, scene->widget);
	return show_log(s) || (scene->widget && !s->ending && show_page(s, scene->widget)) || show_live(s, scene);
}

bool screen_waits(struct screen *s, const struct scene *scene)
{
	if (!s->out_len)
		s->out_at = 0;
	while (!s->out_len && s->stale)
		s->stale = step(s, scene);
	return s->out_len;
}

size_t screen_take(struct screen *s, const struct scene *scene, char *buf, size_t cap)
{
	size_t taken = 0;
	while (taken < cap && screen_waits(s, scene)) {
		size_t n = s->out_len < cap - taken ? s->out_len : cap - taken;
		memcpy(buf + taken, s->out + s->out_at, n);
		taken += n;
		s->out_at += n;
		s->out_len -= n;
	}
	return taken;
}
