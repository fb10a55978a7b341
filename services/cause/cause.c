/* SPDX-License-Identifier: BSD-2-Clause */
/* Why something failed.  See cause.h. */
#include "services/cause/cause.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/err.h"
#include "kernel/secret.h"
#include "services/cause/json.h"

static struct cause_record kept;

/* It leaves the machine by syslog, report-url and `status`: no password goes along. */
static void say(char *out, size_t cap, const char *fmt, va_list ap)
{
	int len = vsnprintf(out, cap, fmt, ap);
	if (len > 0 && (size_t)len >= cap)
		secret_mask_cut(out);
	else
		secret_mask(out);
}

void cause_fact_set(struct cause_fact *f, int err, const char *fmt, ...)
{
	va_list ap;
	*f = (struct cause_fact){ .err = err };
	va_start(ap, fmt);
	say(f->what, sizeof(f->what), fmt, ap);
	va_end(ap);
}

void cause_add(struct cause *c, const char *fmt, ...)
{
	va_list ap;
	if (c->count == CAUSE_LINKS)
		return;
	va_start(ap, fmt);
	say(c->failed[c->count++], CAUSE_LINK_MAX, fmt, ap);
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

void cause_put(struct json *j, const struct cause *c)
{
	const struct cause_fact *f = &c->fact;
	json_text(j, "what", *f->what || f->err >= 0 ? f->what : err_text(f->err));
	json_number(j, "exit", f->err > 0 ? (unsigned)f->err : 0);
	json_text(j, "url", f->url);
	json_text(j, "peer", f->peer);
	json_number(j, "status", f->status);
	json_number(j, "at", f->at);
	json_number(j, "size", f->size);
	if (!c->count)
		return;
	json_list(j, "failed");
	for (unsigned i = 0; i < c->count; i++)
		json_item(j, c->failed[i]);
	json_close(j, ']');
}

int cause_json(const struct cause *c, char *out, size_t cap)
{
	struct json j;
	json_begin(&j, out, cap);
	cause_put(&j, c);
	return json_end(&j);
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
