/* SPDX-License-Identifier: BSD-2-Clause */
/* A widget's rows: see widget.h. */
#include "services/console/widget.h"

#include <string.h>

static void fill(struct widget_row *r, uint16_t style)
{
	for (unsigned i = 0; i < r->columns; i++)
		r->style[i] = style;
}

void widget_blank(struct widget_row *r, unsigned columns)
{
	r->columns = columns < WIDGET_COLUMNS ? columns : WIDGET_COLUMNS;
	memset(r->text, ' ', r->columns);
	r->text[r->columns] = '\0';
	r->lines = false;
	fill(r, STYLE_PLAIN);
}

static void put(struct widget_row *r, unsigned column, uint16_t style, char c)
{
	r->text[column] = c >= ' ' && c < 127 ? c : ' ';
	r->style[column] = style;
}

void widget_put(struct widget_row *r, unsigned column, uint16_t style, const char *text)
{
	for (; *text && column < r->columns; column++, text++)
		put(r, column, style, *text);
}

uint16_t widget_sgr(uint16_t style, uint16_t plain, unsigned n)
{
	if (n == 0)
		return plain;
	if (n == 1)
		return style | STYLE_BOLD;
	if (n == 7)
		return style | STYLE_REVERSE;
	if (n == 22)
		return style & ~STYLE_BOLD;
	if (n == 27)
		return style & ~STYLE_REVERSE;
	if (n >= 30 && n <= 37)
		return (uint16_t)((style & ~STYLE_COLOUR(30)) | STYLE_COLOUR(n - 30));
	if (n >= 40 && n <= 47)
		return (uint16_t)((style & ~STYLE_GROUND(30)) | STYLE_GROUND(n - 40));
	if (n == 39)
		return (uint16_t)((style & ~STYLE_COLOUR(30)) | (plain & STYLE_COLOUR(30)));
	if (n == 49)
		return (uint16_t)((style & ~STYLE_GROUND(30)) | (plain & STYLE_GROUND(30)));
	return style;
}

/* An escape sequence at *text, which is left behind: the style after it. */
static uint16_t escape(const char **text, uint16_t style, uint16_t plain)
{
	const char *at = *text + 1;
	unsigned n = 0;
	if (*at != '[') {
		*text = at + (*at != '\0');
		return style;
	}
	const char *end = at + 1 + strspn(at + 1, "0123456789;:?");
	for (at++; *end == 'm' && at <= end; at++) {
		if (*at >= '0' && *at <= '9') {
			n = n < 1000 ? n * 10 + (unsigned)(*at - '0') : n;
			continue;
		}
		style = widget_sgr(style, plain, n);
		n = 0;
	}
	*text = end + (*end != '\0');
	return style;
}

/*
 * What stands at *text, which is left behind: of UTF-8 the letters of U+00C0 to U+00FF without their marks, and '?' for
 * each other character, and for bytes that are none.
 */
static char character(const char **text)
{
	static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";
	unsigned char c = (unsigned char)*(*text)++, next = (unsigned char)**text;
	if (c < 0x80)
		return (char)c;
	while (((unsigned char)**text & 0xc0) == 0x80)
		++*text;
	return c == 0xc3 && (next & 0xc0) == 0x80 ? latin[next & 0x3f] : '?';
}

void widget_put_ansi(struct widget_row *r, unsigned column, uint16_t style, const char *text)
{
	uint16_t plain = style;
	while (*text && column < r->columns) {
		if (*text == '\033')
			style = escape(&text, style, plain);
		else
			put(r, column++, style, character(&text));
	}
}

unsigned widget_ansi_columns(const char *text)
{
	unsigned columns = 0;
	while (*text) {
		if (*text == '\033') {
			escape(&text, STYLE_PLAIN, STYLE_PLAIN);
		} else {
			character(&text);
			columns++;
		}
	}
	return columns;
}

void widget_style(struct widget_row *r, uint16_t style)
{
	fill(r, style);
}
