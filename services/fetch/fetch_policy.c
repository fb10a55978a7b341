/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decisions of the fetch service: status codes (RFC 9110, 15), ranges (14),
 * retries and redirects.  Called by the fetch service's files.
 */
#include <errno.h>
#include <string.h>

#include "services/fetch/fetch_policy.h"

static enum http_verdict partial(const struct http_response *r, uint64_t asked_from, uint64_t known_total,
				 struct http_decision *d)
{
	d->err = -EPROTO;
	d->advice = "a part that was not asked for";
	if (!asked_from)
		return HTTP_REFUSED;
	if (!r->has_range || r->range_total == 0 || r->range_first != asked_from ||
	    (r->range_total != HTTP_LENGTH_UNKNOWN && known_total != HTTP_LENGTH_UNKNOWN && r->range_total != known_total) ||
	    (r->length != HTTP_LENGTH_UNKNOWN && r->length != r->range_last - r->range_first + 1))
		return HTTP_FROM_START;
	d->from = asked_from;
	d->total = r->range_total;
	return HTTP_TAKE;
}

/* 416: asked for bytes past the end. */
static enum http_verdict past_end(const struct http_response *r, uint64_t asked_from, uint64_t known_total,
				  struct http_decision *d)
{
	d->err = -EPROTO;
	if (!asked_from)
		return HTTP_REFUSED;
	if (r->has_range && r->range_total == asked_from &&
	    (known_total == HTTP_LENGTH_UNKNOWN || known_total == asked_from))
		return HTTP_COMPLETE;
	return HTTP_FROM_START;
}

static enum http_verdict refused(int status, struct http_decision *d)
{
	d->err = -EIO;
	switch (status) {
	case 401:
	case 407:
		d->err = -EACCES;
		d->advice = "user or password is missing or wrong";
		break;
	case 403:
		d->err = -EACCES;
		d->advice = "the server does not let us read it";
		break;
	case 404:
	case 410:
		d->err = -ENOENT;
		d->advice = "check the path";
		break;
	case 204:
	case 205:
		d->advice = "the server has nothing to send";
		break;
	case 408:
	case 429:
	case 500:
	case 502:
	case 503:
	case 504:
		return HTTP_AGAIN;
	default:
		break;
	}
	return HTTP_REFUSED;
}

enum http_verdict http_judge(const struct http_response *r, uint64_t asked_from, uint64_t known_total,
			     struct http_decision *d)
{
	memset(d, 0, sizeof(*d));
	d->advice = "";
	switch (r->status) {
	case 200:
	case 203:
		d->total = r->length;
		return HTTP_TAKE;
	case 206:
		return partial(r, asked_from, known_total, d);
	case 416:
		return past_end(r, asked_from, known_total, d);
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		if (r->location[0])
			return HTTP_MOVED;
		d->err = -EPROTO;
		d->advice = "a redirect to nowhere";
		return HTTP_REFUSED;
	default:
		return refused(r->status, d);
	}
}

bool fetch_retry_allowed(struct fetch_retry *t, unsigned limit, uint64_t kept)
{
	if (kept >= t->best + FETCH_GAIN) {
		t->best = kept;
		t->tries = 0;
	}
	t->all++;
	return ++t->tries < limit;
}

uint32_t fetch_retry_pause_ms(const struct fetch_retry *t, uint32_t random, uint32_t retry_after_s)
{
	uint32_t base = 1000u << (t->tries < 4 ? t->tries ? t->tries - 1 : 0 : 3);
	uint32_t ms = base - base / 4 + random % (base / 2);

	if (retry_after_s > FETCH_RETRY_AFTER_MAX_S)
		retry_after_s = FETCH_RETRY_AFTER_MAX_S;
	return ms > retry_after_s * 1000 ? ms : retry_after_s * 1000;
}

/* FNV-1a over what names the resource. */
static uint32_t hash_text(uint32_t h, const char *s)
{
	do
		h = (h ^ (uint8_t)*s) * 16777619u;
	while (*s++);
	return h;
}

int fetch_trail_add(struct fetch_trail *t, const struct url *u)
{
	uint32_t h = hash_text(hash_text(hash_text(2166136261u ^ u->port, u->scheme), u->host), u->target);

	for (unsigned i = 0; i < t->count; i++)
		if (t->seen[i] == h)
			return -ELOOP;
	if (t->count > FETCH_REDIRECTS_MAX)
		return -E2BIG;
	t->seen[t->count++] = h;
	return 0;
}

int fetch_redirect(struct url *out, const struct url *from, const char *location)
{
	int err = url_resolve(out, from, location);

	if (err < 0)
		return err;
	if (!url_same_server(out, from))
		return 0;
	if (!out->has_user) {
		out->has_user = from->has_user;
		memcpy(out->user, from->user, sizeof(out->user));
		memcpy(out->password, from->password, sizeof(out->password));
	}
	return 0;
}
