/* SPDX-License-Identifier: BSD-2-Clause */
/* Listings: lines of FTP servers (RFC 3659, 7; RFC 959 says nothing of LIST's).  See listing.h. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "services/fetch/listing.h"

struct word {
	const char *at;
	size_t len;
};

/* The next word, and what is behind it; len 0: there is none. */
static struct word next_word(const char **p, const char *end)
{
	struct word w;

	while (*p < end && **p == ' ')
		(*p)++;
	w.at = *p;
	while (*p < end && **p != ' ')
		(*p)++;
	w.len = (size_t)(*p - w.at);
	return w;
}

static bool is_number(struct word w, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < w.len; i++) {
		if (!isdigit((unsigned char)w.at[i]) || *value > UINT64_MAX / 20)
			return false;
		*value = *value * 10 + (uint64_t)(w.at[i] - '0');
	}
	return w.len;
}

static bool is_month(struct word w)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (const char *m = months; *m; m += 3)
		if (w.len == 3 && !strncasecmp(w.at, m, 3))
			return true;
	return false;
}

static bool is_day(struct word w)
{
	uint64_t day;

	return is_number(w, &day) && day && day < 32;
}

/* The name that is the rest of a line. */
static bool take_name(struct listing_entry *e, const char *name, const char *end)
{
	size_t len = (size_t)(end - name);

	if (name >= end || len >= sizeof(e->name) || memchr(name, 0, len))
		return false;
	memcpy(e->name, name, len);
	e->name[len] = '\0';
	return listing_is_name(e->name);
}

/* "type=file;size=123;modify=20260101000000; name" */
static bool read_facts(const char *p, const char *end, struct listing_entry *e)
{
	const char *name = memchr(p, ' ', (size_t)(end - p));
	bool typed = false;

	for (const char *next; name && p < name; p = next + 1) {
		next = memchr(p, ';', (size_t)(name - p));
		if (!next)
			return false;
		struct word value = { p + 5, next > p + 5 ? (size_t)(next - p) - 5 : 0 };

		if (value.len && !strncasecmp(p, "type=", 5)) {
			typed = true;
			if (value.len == 3 && !strncasecmp(value.at, "dir", 3))
				e->kind = LISTING_FOLDER;
			else if (value.len == 4 && (!strncasecmp(value.at, "cdir", 4) ||
						    !strncasecmp(value.at, "pdir", 4)))
				return false;
		} else if (value.len && !strncasecmp(p, "size=", 5) && !is_number(value, &e->size)) {
			e->size = LISTING_SIZE_UNKNOWN;
		}
	}
	return typed && take_name(e, name + 1, end);
}

/* Finds "Nov 30", or else, which a size may stand in front of, "30 Nov": the word before it, and *p behind it. */
static struct word find_date(const char **p, const char *end, bool day_first)
{
	struct word before = { NULL, 0 }, one, two;
	const char *behind;

	for (one = next_word(p, end); one.len; before = one, one = next_word(p, end)) {
		behind = *p;
		two = next_word(&behind, end);
		if (before.at && (day_first ? is_day(one) && is_month(two) : is_month(one) && is_day(two))) {
			*p = behind;
			return before;
		}
	}
	return (struct word){ NULL, 0 };
}

/* "-rw-r--r-- 1 root root 123 Nov 30 10:56 name": whatever stands before the date, the last of it is the size. */
static bool read_unix(const char *line, const char *end, struct listing_entry *e)
{
	struct word mode = { line, 0 }, size = { NULL, 0 };
	const char *p = line;

	for (int day_first = 0; day_first < 2 && !size.at; day_first++) {
		p = line;
		mode = next_word(&p, end);
		size = find_date(&p, end, day_first);
	}
	if (!size.at)
		return false;
	next_word(&p, end);		/* the time, or the year */
	if (*mode.at == 'd')
		e->kind = LISTING_FOLDER;
	if (*mode.at != '-' || !is_number(size, &e->size))
		e->size = LISTING_SIZE_UNKNOWN;
	for (const char *to = p; *mode.at == 'l' && end - to > 4; to++)
		if (!memcmp(to, " -> ", 4))
			end = to;
	return take_name(e, p + 1, end);
}

/* "11-30-26  10:56AM       <DIR>          name", "11-30-26  10:56AM             1234 name" */
static bool read_dos(const char *p, const char *end, struct listing_entry *e)
{
	next_word(&p, end);
	next_word(&p, end);
	struct word what = next_word(&p, end);

	if (what.len == 5 && !strncasecmp(what.at, "<dir>", 5))
		e->kind = LISTING_FOLDER;
	else if (!is_number(what, &e->size))
		return false;
	while (e->kind == LISTING_FOLDER && p + 1 < end && p[1] == ' ')
		p++;
	return take_name(e, p + 1, end);
}

bool listing_read_ftp(const char *line, size_t len, struct listing_entry *e)
{
	const char *end = line + len, *p = line;
	struct word first;

	if (len && line[len - 1] == '\r')
		end--;
	*e = (struct listing_entry){ .kind = LISTING_FILE, .size = LISTING_SIZE_UNKNOWN };
	first = next_word(&p, end);
	if (!first.len)
		return false;
	if (memchr(first.at, '=', first.len) || *first.at == ';')
		return read_facts(first.at, end, e);
	if ((*first.at == '-' || *first.at == 'd' || *first.at == 'l') && first.len >= 10)
		return read_unix(first.at, end, e);
	return isdigit((unsigned char)*first.at) && read_dos(first.at, end, e);
}
