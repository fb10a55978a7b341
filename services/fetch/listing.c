/* SPDX-License-Identifier: BSD-2-Clause */
/* Listings: their forms, and the lines that schemes write themselves.  See listing.h. */
#include "services/fetch/listing.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

bool listing_is_name(const char *name)
{
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || *name == 127 || *name == '/')
			return false;
	return true;
}

void listing_begin(struct listing *l, const void *data, size_t len, const char *path)
{
	const size_t head = sizeof(LISTING_HEAD) - 1, ftp = sizeof(LISTING_FTP_HEAD) - 1;
	const char *text = data;

	*l = (struct listing){ .at = text, .end = text + len, .path = path, .path_len = strcspn(path, "?") };
	if (len >= head && !memcmp(text, LISTING_HEAD, head)) {
		l->form = LISTING_LINES;
		l->at += head;
		return;
	}
	if (len >= ftp && !memcmp(text, LISTING_FTP_HEAD, ftp)) {
		l->form = LISTING_FTP;
		l->at += ftp;
		return;
	}
	while (l->at < l->end && isspace((unsigned char)*l->at))
		l->at++;
	l->form = l->at < l->end && *l->at == '[' ? LISTING_JSON : LISTING_PAGE;
}

/* "d - name", "f 123 name" */
static bool read_line(const char *p, const char *end, struct listing_entry *e)
{
	size_t len;

	if (end - p < 5 || (*p != 'd' && *p != 'f') || p[1] != ' ')
		return false;
	*e = (struct listing_entry){ .kind = *p == 'd' ? LISTING_FOLDER : LISTING_FILE, .size = 0 };
	p += 2;
	if (*p == '-') {
		e->size = LISTING_SIZE_UNKNOWN;
		p++;
	} else {
		for (; p < end && isdigit((unsigned char)*p) && e->size < UINT64_MAX / 20; p++)
			e->size = e->size * 10 + (uint64_t)(*p - '0');
	}
	len = (size_t)(end - p) - 1;
	if (p == end || *p != ' ' || !len || len >= sizeof(e->name) || memchr(p, 0, len + 1))
		return false;
	memcpy(e->name, p + 1, len);
	return listing_is_name(e->name);
}

static bool next_line(struct listing *l, struct listing_entry *e)
{
	while (l->at < l->end) {
		const char *line = l->at, *nl = memchr(line, '\n', (size_t)(l->end - line));

		l->at = nl ? nl + 1 : l->end;
		nl = nl ? nl : l->end;
		if (l->form == LISTING_LINES ? read_line(line, nl, e) :
		    listing_read_ftp(line, (size_t)(nl - line), e))
			return true;
	}
	return false;
}

size_t listing_put(char out[LISTING_LINE_MAX], const struct listing_entry *e)
{
	char kind = e->kind == LISTING_FOLDER ? 'd' : 'f';

	if (!listing_is_name(e->name))
		return 0;
	if (e->size == LISTING_SIZE_UNKNOWN)
		return (size_t)snprintf(out, LISTING_LINE_MAX, "%c - %s\n", kind, e->name);
	return (size_t)snprintf(out, LISTING_LINE_MAX, "%c %llu %s\n", kind, (unsigned long long)e->size, e->name);
}

bool listing_next(struct listing *l, struct listing_entry *e)
{
	switch (l->form) {
	case LISTING_LINES:
	case LISTING_FTP: return next_line(l, e);
	case LISTING_JSON: return listing_next_object(l, e);
	default: return listing_next_link(l, e);
	}
}
