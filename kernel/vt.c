/* SPDX-License-Identifier: BSD-2-Clause */
/* A screen of cells: see vt.h. */
#include "kernel/vt.h"

#include <string.h>

#define PARAMS (sizeof ((struct vt *)0)->param / sizeof ((struct vt *)0)->param[0])

enum { TEXT, ESCAPE, CSI };
enum { BLACK, WHITE = 7 };

static void blank(struct vt *t, unsigned from, unsigned to)
{
	while (from < to)
		t->cells[from++] = VT_BLANK;
}

void vt_init(struct vt *t, uint32_t *cells, unsigned columns, unsigned rows)
{
	*t = (struct vt){ .columns = columns, .rows = rows, .cells = cells, .attribute = VT_PLAIN };
	blank(t, 0, rows * columns);
}

void vt_new_line(struct vt *t)
{
	if (++t->row < t->rows)
		return;
	t->row = t->rows - 1;
	memmove(t->cells, t->cells + t->columns, t->row * t->columns * sizeof t->cells[0]);
	blank(t, t->row * t->columns, t->rows * t->columns);
}

/* ECMA-48's order of colours is not VGA's: red and blue change places. */
static uint8_t vga_colour(unsigned n)
{
	return (uint8_t)((n & 1) << 2 | (n & 2) | n >> 2);
}

static void set_text(struct vt *t, unsigned asked, uint8_t shown)
{
	t->text = (uint8_t)asked;
	t->attribute = (uint8_t)((t->attribute & 0xf8) | shown);
}

static void set_ground(struct vt *t, unsigned asked, uint8_t shown)
{
	t->ground = (uint8_t)asked;
	t->attribute = (uint8_t)((t->attribute & 0x8f) | shown << 4);
}

/* What was the terminal's own colour has a name when it changes places. */
static void reverse(struct vt *t)
{
	uint8_t a = t->attribute, text = t->text;
	set_text(t, t->ground ? t->ground : 1 + BLACK, a >> 4 & 7);
	set_ground(t, text ? text : 1 + WHITE, a & 7);
}

static void rendition(struct vt *t, unsigned n)
{
	if (n == 0) {
		t->attribute = VT_PLAIN;
		t->text = t->ground = 0;
	} else if (n == 1) {
		t->attribute |= 0x08;
	} else if (n == 7) {
		reverse(t);
	} else if (n >= 30 && n <= 37) {
		set_text(t, n - 29, vga_colour(n - 30));
	} else if (n >= 40 && n <= 47) {
		set_ground(t, n - 39, vga_colour(n - 40));
	}
}

/* A colour that scripts define; a screen of VGA's cells has none of them. */
static void numbered(struct vt *t, unsigned what, unsigned n)
{
	if (n < VT_NUMBER || n >= VT_NUMBER + VT_NUMBERS)
		return;
	if (what == 38)
		set_text(t, 1 + VT_NUMBERED + n - VT_NUMBER, WHITE);
	else
		set_ground(t, 1 + VT_NUMBERED + n - VT_NUMBER, BLACK);
}

static void renditions(struct vt *t)
{
	unsigned count = t->params < PARAMS ? t->params + 1u : PARAMS;
	for (unsigned i = 0; i < count; i++) {
		unsigned n = t->param[i];
		if (n != 38 && n != 48) {
			rendition(t, n);
			continue;
		}
		if (i + 2 < count && t->param[i + 1] == 5)
			numbered(t, n, t->param[i + 2]);
		i += 2;
	}
}

static unsigned clip(unsigned n, unsigned limit)
{
	n = n ? n - 1 : 0;
	return n < limit ? n : limit - 1;
}

static void sequence(struct vt *t, char final)
{
	unsigned at = t->row * t->columns + t->column, n = t->param[0];
	switch (final) {
	case 'A':
		n = n ? n : 1;
		t->row -= n < t->row ? n : t->row;
		break;
	case 'H':
		t->row = clip(n, t->rows);
		t->column = clip(t->param[1], t->columns);
		break;
	case 'J': blank(t, n == 2 ? 0 : at, t->rows * t->columns); break;
	case 'K': blank(t, at, (t->row + 1) * t->columns); break;
	case 'm': renditions(t); break;
	}
}

static void put_text(struct vt *t, char c)
{
	switch (c) {
	case '\r': t->column = 0; return;
	case '\n': vt_new_line(t); return;
	case '\b': t->column -= t->column > 0; return;
	case '\t': t->column = (t->column | 7) + 1 < t->columns ? (t->column | 7) + 1 : t->columns; return;
	case '\033': t->state = ESCAPE; return;
	}
	if (t->column >= t->columns) {
		t->column = 0;
		vt_new_line(t);
	}
	t->cells[t->row * t->columns + t->column++] =
		(uint32_t)t->ground << 21 | (uint32_t)t->text << 16 | (uint32_t)t->attribute << 8 | (uint8_t)c;
}

static void put_byte(struct vt *t, char c)
{
	if (t->state == TEXT) {
		put_text(t, c);
	} else if (t->state == ESCAPE) {
		t->state = c == '[' ? CSI : TEXT;
		t->params = 0;
		memset(t->param, 0, sizeof t->param);
	} else if (c >= '0' && c <= '9') {
		if (t->params < PARAMS && t->param[t->params] < 1000)
			t->param[t->params] = (uint16_t)(t->param[t->params] * 10 + c - '0');
	} else if (c == ';') {
		t->params += t->params < PARAMS;
	} else {
		t->state = TEXT;
		sequence(t, c);
	}
}

void vt_write(struct vt *t, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_byte(t, text[i]);
}
