/* SPDX-License-Identifier: BSD-2-Clause */
/* What a response means for a download: status codes (RFC 9110, 15), ranges (14).  Called by http_source.c. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "services/http/http.h"

enum http_coding http_coding(const struct http_response *r, const struct url *u)
{
	size_t n = strcspn(u->target, "?");

	bool gz = n > 3 && !strncasecmp(u->target + n - 3, ".gz", 3);
	bool tgz = n > 4 && !strncasecmp(u->target + n - 4, ".tgz", 4);

	return gz || tgz ? HTTP_PLAIN : r->coding;
}

static enum http_verdict partial(const struct http_response *r, uint64_t asked_from, uint64_t known_total,
				 struct http_decision *d)
{
	d->err = -EPROTO;
	d->advice = "a part that was not asked for";
	if (!asked_from && (!r->has_range || r->range_first))
		return HTTP_REFUSED;
	if (!r->has_range || r->range_total == 0 || r->range_first != asked_from ||
	    (r->range_total != HTTP_LENGTH_UNKNOWN && known_total != HTTP_LENGTH_UNKNOWN &&
	     r->range_total != known_total) ||
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
		d->err = -EACCES;
		d->advice = "user or password is missing or wrong";
		break;
	case 407:
		d->err = -EACCES;
		d->advice = "user or password is missing or wrong; in http-proxy they stand before the host";
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

enum http_verdict http_judge_form(const struct http_response *r, struct http_decision *d)
{
	if (r->status < 200 || r->status > 299)
		return http_judge(r, 0, HTTP_LENGTH_UNKNOWN, d);
	*d = (struct http_decision){ .total = r->length, .advice = "" };
	return r->status == 204 || r->status == 205 ? HTTP_COMPLETE : HTTP_TAKE;
}

enum http_verdict http_judge_post(const struct http_response *r, struct http_decision *d)
{
	if (r->status < 200 || r->status > 299)
		return http_judge(r, 0, HTTP_LENGTH_UNKNOWN, d);
	memset(d, 0, sizeof(*d));
	d->advice = "";
	return HTTP_COMPLETE;
}
