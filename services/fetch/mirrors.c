/* SPDX-License-Identifier: BSD-2-Clause */
/* Several places of one file.  See mirrors.h. */
#include "services/fetch/mirrors.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool begins_url(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return len && !strncmp(text + len, "://", 3);
}

size_t mirrors_first(const char *urls)
{
	for (const char *bar = strchr(urls, '|'); bar; bar = strchr(bar + 1, '|'))
		if (begins_url(bar + 1))
			return (size_t)(bar - urls);
	return strlen(urls);
}

struct list {
	char *text;
	size_t len;
	unsigned count, left_out;
};

static bool has(const struct list *l, const char *line, size_t len)
{
	for (const char *at = l->text; at < l->text + l->len; at += strcspn(at, "\n") + 1)
		if (strcspn(at, "\n") == len && !memcmp(at, line, len))
			return true;
	return false;
}

/* a and b, joined. */
static void add(struct list *l, const char *a, size_t a_len, const char *b, size_t b_len)
{
	char *at = l->text + l->len;
	size_t len = a_len + b_len;
	if (l->len + len + 2 > MIRRORS_LEN) {
		l->left_out++;
		return;
	}
	memcpy(at, a, a_len);
	memcpy(at + a_len, b, b_len);
	at[len] = '\0';
	struct list before = *l;
	if (has(&before, at, len))
		return;
	if (l->count == MIRRORS_MAX) {
		l->left_out++;
		return;
	}
	at[len] = '\n';
	at[len + 1] = '\0';
	l->len += len + 1;
	l->count++;
}

/* The next of the words parted by blanks and commas, or NULL. */
static const char *word(const char *at, size_t *len)
{
	at += strspn(at, " ,\t");
	*len = strcspn(at, " ,\t");
	return *len ? at : NULL;
}

/* A base without the '/' at its end. */
static size_t bare(const char *base, size_t len)
{
	return len && base[len - 1] == '/' ? len - 1 : len;
}

char *mirrors_list(const char *urls, const char *bases, unsigned *left_out)
{
	struct list l = { .text = malloc(MIRRORS_LEN) };
	size_t first = mirrors_first(urls), len, below = 0;
	if (!l.text)
		return NULL;
	*l.text = '\0';
	for (const char *at = urls;; at++) {
		add(&l, at, mirrors_first(at), "", 0);
		at += mirrors_first(at);
		if (!*at)
			break;
	}
	for (const char *b = bases; (b = word(b, &len)) != NULL; b += len) {
		size_t n = bare(b, len);	/* whole folders and hosts only: what follows is a '/' */
		if (n < first && !memcmp(b, urls, n) && urls[n] == '/' && n > below)
			below = n;
	}
	for (const char *b = bases; below && (b = word(b, &len)) != NULL; b += len)
		add(&l, b, bare(b, len), urls + below, first - below);
	*left_out = l.left_out;
	if (l.len)
		l.text[l.len - 1] = '\0';
	char *small = realloc(l.text, l.len ? l.len : 1);
	return small ? small : l.text;
}

unsigned mirrors_wrong(const char *bases)
{
	unsigned n = 1;
	size_t len;
	for (const char *b = bases; (b = word(b, &len)) != NULL; b += len, n++)
		if (!begins_url(b))
			return n;
	return 0;
}
