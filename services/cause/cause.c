/* SPDX-License-Identifier: BSD-2-Clause */
/* Why something failed.  See cause.h. */
#include "services/cause/cause.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/err.h"

static struct cause_record kept;

void cause_fact_set(struct cause_fact *f, int err, const char *fmt, ...)
{
	va_list ap;
	*f = (struct cause_fact){ .err = err };
	va_start(ap, fmt);
	vsnprintf(f->what, sizeof(f->what), fmt, ap);
	va_end(ap);
}

void cause_add(struct cause *c, const char *fmt, ...)
{
	va_list ap;
	if (c->count == CAUSE_LINKS)
		return;
	va_start(ap, fmt);
	vsnprintf(c->failed[c->count++], CAUSE_LINK_MAX, fmt, ap);
	va_end(ap);
}

size_t cause_text(const struct cause_fact *f, char *out, size_t cap)
{
	char status[24];
	const char *what = f->what;
	snprintf(status, sizeof(status), "status %d", f->err);
	if (!*what)
		what = f->err > 0 ? status : err_text(f->err);
	snprintf(out, cap, "%s%s%s", f->url, *f->url ? ": " : "", what);
	return strlen(out);
}

/* ---- JSON (RFC 8259) ---- */

struct json {
	char *out;
	size_t len, cap;		/* len may go beyond cap: then there was no room */
	bool more;			/* a comma stands before what comes */
};

static void put(struct json *j, char c)
{
	if (j->len < j->cap)
		j->out[j->len] = c;
	j->len++;
}

static void put_raw(struct json *j, const char *text)
{
	while (*text)
		put(j, *text++);
}

/* Bytes that are no ASCII are what some server sent, in whatever encoding: they are taken as Latin 1. */
static void put_string(struct json *j, const char *text)
{
	char escaped[8];
	put(j, '"');
	for (; *text; text++) {
		uint8_t c = (uint8_t)*text;
		if (c == '"' || c == '\\')
			put(j, '\\');
		if (c >= ' ' && c < 0x7f) {
			put(j, *text);
		} else {
			snprintf(escaped, sizeof(escaped), "\\u%04x", c);
			put_raw(j, escaped);
		}
	}
	put(j, '"');
}

static void put_name(struct json *j, const char *name)
{
	if (j->more)
		put(j, ',');
	put_string(j, name);
	put(j, ':');
	j->more = true;
}

static void put_text(struct json *j, const char *name, const char *text)
{
	if (!*text)
		return;
	put_name(j, name);
	put_string(j, text);
}

static void put_number(struct json *j, const char *name, uint64_t n)
{
	char text[24];
	if (!n)
		return;
	put_name(j, name);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	put_raw(j, text);
}

int cause_json(const struct cause *c, char *out, size_t cap)
{
	struct json j = { .out = out, .cap = cap };
	const struct cause_fact *f = &c->fact;
	put(&j, '{');
	put_text(&j, "what", *f->what || f->err >= 0 ? f->what : err_text(f->err));
	put_number(&j, "exit", f->err > 0 ? (unsigned)f->err : 0);
	put_text(&j, "url", f->url);
	put_text(&j, "peer", f->peer);
	put_number(&j, "status", f->status);
	put_number(&j, "at", f->at);
	put_number(&j, "size", f->size);
	if (c->count) {
		put_name(&j, "failed");
		put(&j, '[');
		for (unsigned i = 0; i < c->count; i++) {
			if (i)
				put(&j, ',');
			put_string(&j, c->failed[i]);
		}
		put(&j, ']');
	}
	put(&j, '}');
	put(&j, '\0');
	return j.len <= j.cap ? (int)j.len - 1 : -ENOSPC;
}

/* ---- the record ---- */

void cause_keep(const struct cause *c, uint64_t now_us)
{
	if (!kept.failures++)
		kept.since_us = now_us;
	kept.last_us = now_us;
	kept.cause = *c;
}

const struct cause_record *cause_kept(void)
{
	return &kept;
}
