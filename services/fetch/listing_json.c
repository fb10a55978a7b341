/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listings as JSON (RFC 8259): a list of objects, of which "name", "size",
 * "type" (nginx: "directory") and "is_dir" (caddy) are read.  See listing.h.
 */
#include <ctype.h>
#include <string.h>

#include "services/fetch/listing.h"

#define KEY_MAX 16u

static void skip_blanks(struct listing *l)
{
	while (l->at < l->end && isspace((unsigned char)*l->at))
		l->at++;
}

static bool take(struct listing *l, char c)
{
	skip_blanks(l);
	if (l->at == l->end || *l->at != c)
		return false;
	l->at++;
	return true;
}

/* Four hex digits, or -1. */
static int take_unit(struct listing *l)
{
	int c = 0;

	for (unsigned i = 0; i < 4; i++, l->at++) {
		if (l->at == l->end || !isxdigit((unsigned char)*l->at))
			return -1;
		c = c << 4 | (isdigit((unsigned char)*l->at) ? *l->at - '0' : (*l->at | 32) - 'a' + 10);
	}
	return c;
}

/* What stands behind \u, in UTF-8: how many bytes; 0: nothing that is a character. */
static size_t take_unicode(struct listing *l, char out[4])
{
	int c = take_unit(l), low;

	if (c >= 0xd800 && c < 0xdc00) {
		if (l->end - l->at < 2 || l->at[0] != '\\' || l->at[1] != 'u')
			return 0;
		l->at += 2;
		low = take_unit(l);
		if (low < 0xdc00 || low > 0xdfff)
			return 0;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	if (c <= 0 || (c >= 0xdc00 && c < 0xe000))
		return 0;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | c);
	return n;
}

/* A text, of which as much is kept as there is room for: false if it is none; *whole: it is all in out. */
static bool take_text(struct listing *l, char *out, size_t cap, bool *whole)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	size_t len = 0;

	*whole = true;
	if (!take(l, '"'))
		return false;
	while (l->at < l->end && *l->at != '"') {
		char c[4] = { *l->at++ };
		size_t n = 1;

		if (c[0] == '\\') {
			if (l->at == l->end)
				return false;
			const char *escape = memchr(from, *l->at, sizeof(from) - 1);

			n = 1;
			if (*l->at++ == 'u')
				n = take_unicode(l, c);
			else if (escape)
				c[0] = to[escape - from];
			else
				n = 0;
		}
		*whole &= n && c[0] && len + n < cap;
		if (*whole) {
			memcpy(out + len, c, n);
			len += n;
		}
	}
	out[len] = '\0';
	return take(l, '"');
}

/* Anything else: a number, a word, or a list or an object with all that is in it. */
static bool skip_value(struct listing *l)
{
	char text[1];
	unsigned depth = 0;
	bool whole;

	do {
		skip_blanks(l);
		if (l->at == l->end)
			return false;
		if (*l->at == '"') {
			if (!take_text(l, text, sizeof(text), &whole))
				return false;
			continue;
		}
		if (*l->at == '{' || *l->at == '[')
			depth++;
		else if ((*l->at == '}' || *l->at == ']') && !depth--)
			return false;
		l->at++;
		while (!depth && l->at < l->end && !strchr(",]}", *l->at) && !isspace((unsigned char)*l->at))
			l->at++;
	} while (depth);
	return true;
}

static uint64_t read_number(const char *p, const char *end)
{
	uint64_t n = 0;

	for (; p < end && isdigit((unsigned char)*p) && n < UINT64_MAX / 20; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	return p == end ? n : LISTING_SIZE_UNKNOWN;
}

/* What a member says; *named: the entry has a name. */
static bool take_member(struct listing *l, struct listing_entry *e, bool *named)
{
	char key[KEY_MAX], type[KEY_MAX];
	bool whole;

	if (!take_text(l, key, sizeof(key), &whole) || !take(l, ':'))
		return false;
	skip_blanks(l);
	const char *value = l->at;

	if (value < l->end && *value == '"' && !strcmp(key, "name"))
		return take_text(l, e->name, sizeof(e->name), named);
	if (value < l->end && *value == '"' && !strcmp(key, "type")) {
		if (!take_text(l, type, sizeof(type), &whole))
			return false;
		if (!strcmp(type, "directory"))
			e->kind = LISTING_FOLDER;
		return true;
	}
	if (!skip_value(l))
		return false;
	if (!strcmp(key, "size") && l->at > value)
		e->size = read_number(value, l->at);
	if (!strcmp(key, "is_dir") && l->at - value == 4 && !memcmp(value, "true", 4))
		e->kind = LISTING_FOLDER;
	return true;
}

/* One object: false if it is none; *named: it is an entry. */
static bool take_object(struct listing *l, struct listing_entry *e, bool *named)
{
	*e = (struct listing_entry){ .kind = LISTING_FILE, .size = LISTING_SIZE_UNKNOWN };
	*named = false;
	if (!take(l, '{'))
		return false;
	if (take(l, '}'))
		return true;
	do {
		if (!take_member(l, e, named))
			return false;
	} while (take(l, ','));
	return take(l, '}');
}

bool listing_next_object(struct listing *l, struct listing_entry *e)
{
	bool named;

	while (take(l, '[') || take(l, ',')) {
		if (!take_object(l, e, &named))
			break;
		size_t len = strlen(e->name);

		if (len && e->name[len - 1] == '/') {	/* caddy's folders */
			e->name[len - 1] = '\0';
			e->kind = LISTING_FOLDER;
		}
		if (e->kind == LISTING_FOLDER)
			e->size = LISTING_SIZE_UNKNOWN;
		if (named && listing_is_name(e->name))
			return true;
	}
	l->at = l->end;
	return false;
}
