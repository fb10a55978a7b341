/* SPDX-License-Identifier: BSD-2-Clause */
/* A terminal of one line: see telnet_screen.h. */
#include "services/telnet/telnet_screen.h"

#include <string.h>

#define ESC 27
#define PARAM_MAX 999

enum { TEXT, ESCAPE, CHARSET, CSI, STRING, STRING_END };

static void set_len(struct telnet_screen *s, unsigned len)
{
	s->len = (uint8_t)len;
	s->text[len] = '\0';
}

static void finish(struct telnet_screen *s)
{
	s->line(s->text);
	s->cursor = 0;
	set_len(s, 0);
}

/* n blanks at `from`; the line grows if need be. */
static void blank(struct telnet_screen *s, unsigned from, unsigned n)
{
	if (n > TELNET_COLUMNS - from)
		n = TELNET_COLUMNS - from;
	memset(s->text + from, ' ', n);
	if (from + n > s->len)
		set_len(s, from + n);
}

static void move(struct telnet_screen *s, unsigned column)
{
	if (column >= TELNET_COLUMNS)
		column = TELNET_COLUMNS - 1;
	if (column > s->len)
		blank(s, s->len, column - s->len);
	s->cursor = (uint8_t)column;
}

static void insert(struct telnet_screen *s, unsigned n)
{
	unsigned room = TELNET_COLUMNS - s->cursor, rest = s->len - s->cursor;
	if (n > room)
		n = room;
	if (rest > room - n)
		rest = room - n;
	memmove(s->text + s->cursor + n, s->text + s->cursor, rest);
	set_len(s, s->cursor + n + rest);
	blank(s, s->cursor, n);
}

static void cut(struct telnet_screen *s, unsigned n)
{
	unsigned rest = s->len - s->cursor;
	if (n > rest)
		n = rest;
	memmove(s->text + s->cursor, s->text + s->cursor + n, rest - n);
	set_len(s, s->len - n);
}

/* ECMA-48's EL: 0 from the cursor on, 1 up to it, 2 all. */
static void erase(struct telnet_screen *s, unsigned what)
{
	if (what)
		blank(s, 0, s->cursor);
	if (what != 1)
		set_len(s, s->cursor);
}

static void sequence(struct telnet_screen *s, uint8_t final)
{
	unsigned n = s->param, count = n ? n : 1;
	switch (final) {
	case 'C': move(s, s->cursor + count); break;
	case 'D': move(s, s->cursor > count ? s->cursor - count : 0); break;
	case 'G': move(s, count - 1); break;
	case 'P': cut(s, count); break;
	case 'X': blank(s, s->cursor, count); break;
	case '@': insert(s, count); break;
	case 'K': erase(s, n); break;
	case 'J':
	case 'H':
		/* below the line there is nothing */
		if (final == 'J' && n < 2)
			erase(s, n);
		else if (s->len)
			finish(s);
		break;
	}
}

static void text(struct telnet_screen *s, uint8_t c)
{
	switch (c) {
	case '\r': s->cursor = 0; return;
	case '\n': finish(s); return;
	case '\b': s->cursor -= s->cursor > 0; return;
	case '\t': move(s, (s->cursor | 7) + 1u); return;
	case ESC: s->at = ESCAPE; return;
	}
	if (c < ' ' || (c >= 127 && c < 0xc0))	/* a control, or not the first byte of its character */
		return;
	if (s->cursor == TELNET_COLUMNS)
		finish(s);
	s->text[s->cursor++] = (char)(c < 127 ? c : '?');
	if (s->cursor > s->len)
		set_len(s, s->cursor);
}

void telnet_screen_put(struct telnet_screen *s, uint8_t c)
{
	unsigned at = s->at;
	s->at = TEXT;
	switch (at) {
	case ESCAPE:
		s->param = 0;
		s->more = s->unknown = false;
		if (c == '[')
			s->at = CSI;
		else if (c >= ' ' && c < '0')
			s->at = CHARSET;
		else if (c && strchr("]PX^_", c))	/* a title, a device's string, ... */
			s->at = STRING;
		else if (c < ' ')
			text(s, c);
		return;
	case CHARSET:
		if (c < ' ')
			break;
		return;
	case CSI:
		if (c < ' ' || c > '~')
			break;
		if (c >= '@') {
			if (!s->unknown)
				sequence(s, c);
			return;
		}
		s->at = CSI;
		if (c >= '0' && c <= '9') {
			if (!s->more && s->param <= PARAM_MAX)
				s->param = (uint16_t)(s->param * 10 + c - '0');
		} else {
			s->more = true;
			s->unknown |= c != ';' && c != ':';
		}
		return;
	case STRING_END:
		if (c == '\\')
			return;
		/* fall through */
	case STRING:
		if (c == '\a' || c == '\n' || c == '\r')	/* a line's end: whatever it was, the person reads on */
			break;
		s->at = c == ESC ? STRING_END : STRING;
		return;
	}
	text(s, c);
}
