/* SPDX-License-Identifier: BSD-2-Clause */
/* A screen of cells: see vt.h. */
#include "kernel/vt.h"

#include <string.h>

#define PARAMS (sizeof ((struct vt *)0)->param / sizeof ((struct vt *)0)->param[0])

enum { TEXT, ESCAPE, CSI };

static void blank(struct vt *t, unsigned from, unsigned to)
{
	while (from < to)
		t->cells[from++] = VT_BLANK;
}

void vt_init(struct vt *t, uint16_t *cells, unsigned columns, unsigned rows)
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

static void rendition(struct vt *t, unsigned n)
{
	uint8_t a = t->attribute;
	if (n == 0)
		a = VT_PLAIN;
	else if (n == 1)
		a |= 0x08;
	else if (n == 7)
		a = (uint8_t)((a & 0x88) | (a & 0x07) << 4 | (a >> 4 & 0x07));
	else if (n >= 30 && n <= 37)
		a = (uint8_t)((a & 0xf8) | vga_colour(n - 30));
	else if (n >= 40 && n <= 47)
		a = (uint8_t)((a & 0x8f) | vga_colour(n - 40) << 4);
	t->attribute = a;
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
	case 'm':
		for (unsigned i = 0; i <= t->params && i < PARAMS; i++)
			rendition(t, t->param[i]);
		break;
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
	t->cells[t->row * t->columns + t->column++] = (uint16_t)(t->attribute << 8 | (uint8_t)c);
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
