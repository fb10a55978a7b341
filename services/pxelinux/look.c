/* SPDX-License-Identifier: BSD-2-Clause */
/* A menu's look.  See look.h. */
#include "services/pxelinux/look.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "services/console/keys.h"
#include "services/console/widget.h"

#define BLANKS " \t"
#define NUMBER_MAX 4096

static const struct { const char *word; enum px_element is; } elements[] = {
	{ "screen", PX_SCREEN }, { "title", PX_TITLE }, { "unsel", PX_UNSEL }, { "hotkey", PX_HOTKEY },
	{ "sel", PX_SEL }, { "hotsel", PX_HOTSEL }, { "disabled", PX_DISABLED }, { "tabmsg", PX_TABMSG },
	{ "timeout_msg", PX_TIMEOUT_MSG }, { "help", PX_HELP_TEXT },
};

static const char *const numbers[PX_NUMBERS] = {
	"width", "margin", "rows", "hshift", "vshift", "tabmsgrow", "timeoutrow", "helpmsgrow",
};

static bool is(const char *p, const char *word)
{
	size_t len = strlen(word);
	return !strncasecmp(p, word, len) && (!p[len] || strchr(BLANKS, p[len]));
}

static const char *next(const char *p)
{
	p += strcspn(p, BLANKS);
	return p + strspn(p, BLANKS);
}

/* "#rgb", "#argb", "#rrggbb" or "#aarrggbb". */
static bool colour(const char *p, uint32_t *to)
{
	char *end;
	size_t digits = *p == '#' ? strcspn(p + 1, BLANKS) : 0;
	uint32_t n = (uint32_t)strtoul(p + (digits > 0), &end, 16), wide = 0;
	if (!digits || end != p + 1 + digits || digits < 3 || digits == 5 || digits == 7 || digits > 8)
		return false;
	for (unsigned i = 0; digits <= 4 && i < digits; i++)
		wide |= (n >> 4 * i & 15) * 0x11 << 8 * i;
	n = digits <= 4 ? wide : n;
	*to = digits == 3 || digits == 6 ? n | 0xff000000 : n;
	return true;
}

/* "1;37;44" */
static uint16_t style(const char *p)
{
	uint16_t s = STYLE_PLAIN;
	for (char *end; isdigit((unsigned char)*p); p = *end == ';' ? end + 1 : end) {
		unsigned long n = strtoul(p, &end, 10);
		s = widget_sgr(s, STYLE_PLAIN, n < 1000 ? (unsigned)n : 1000);
	}
	return s;
}

/* "ELEMENT ANSI TEXT GROUND SHADOW", where * is none. */
static void take_colour(struct px_look *l, const char *p)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		if (!is(p, elements[i].word))
			continue;
		struct px_colour *c = &l->colour[elements[i].is];
		p = next(p);
		c->has_style |= isdigit((unsigned char)*p) != 0;
		if (isdigit((unsigned char)*p))
			c->style = style(p);
		p = next(p);
		c->has_text |= colour(p, &c->text);
		c->has_ground |= colour(next(p), &c->ground);
		return;
	}
}

bool px_look_line(struct px_look *l, const char *line)
{
	static const char *const others[] = {
		"msgcolor", "msgcolour", "passwordmargin", "cmdlinerow", "endrow", "passwordrow", "helpmsgendrow",
		"hiddenrow", "clear", "save", "nosave",
	};
	const char *arg = next(line);
	char *end;
	if (is(line, "color") || is(line, "colour")) {
		take_colour(l, arg);
		return true;
	}
	if (is(line, "resolution")) {
		unsigned long wide = strtoul(arg, &end, 10), high = strtoul(end, NULL, 10);
		l->wide = wide <= NUMBER_MAX ? (uint16_t)wide : 0;
		l->high = high <= NUMBER_MAX ? (uint16_t)high : 0;
		return true;
	}
	for (unsigned i = 0; i < PX_NUMBERS; i++)
		if (is(line, numbers[i])) {
			long n = strtol(arg, NULL, 0);
			l->given |= 1u << i;
			l->number[i] = n > NUMBER_MAX ? NUMBER_MAX : n < -NUMBER_MAX ? -NUMBER_MAX : (int16_t)n;
			return true;
		}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (is(line, others[i]))
			return true;
	return false;
}

int px_key_name(const char **line)
{
	static const struct { const char *name; int key; } names[] = {
		{ "Backspace", KEY_BACKSPACE }, { "Tab", KEY_TAB }, { "Enter", KEY_ENTER }, { "Esc", KEY_ESC },
		{ "Escape", KEY_ESC }, { "Space", ' ' }, { "Up", KEY_UP }, { "Down", KEY_DOWN }, { "Left", KEY_LEFT },
		{ "Right", KEY_RIGHT }, { "Home", KEY_HOME }, { "End", KEY_END }, { "PgUp", KEY_PGUP },
		{ "PgDn", KEY_PGDN }, { "Ins", KEY_INSERT }, { "Insert", KEY_INSERT }, { "Del", KEY_DELETE },
		{ "Delete", KEY_DELETE },
	};
	const char *p = *line;
	size_t len = strcspn(p + (*p == ','), "," BLANKS) + (*p == ',');	/* a comma is a key, too */
	*line = p + len + (p[len] == ',');
	if (len == 1)
		return (unsigned char)*p;
	if ((len == 2 && *p == '^') || (len == 6 && !strncasecmp(p, "Ctrl-", 5)))
		return toupper((unsigned char)p[len - 1]) & 0x1f;
	if ((*p == 'F' || *p == 'f') && isdigit((unsigned char)p[1])) {
		unsigned long n = strtoul(p + 1, NULL, 10);
		return n >= 1 && n <= 12 ? KEY_F1 + (int)n - 1 : 0;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == len && !strncasecmp(p, names[i].name, len))
			return names[i].key;
	return 0;
}
