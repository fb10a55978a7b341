/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fetch service decides, apart from how it is done: what an HTTP
 * response means for a download, when to try again and after which pause,
 * which redirects to follow.  Pure.
 */
#ifndef SERVICES_FETCH_FETCH_POLICY_H
#define SERVICES_FETCH_FETCH_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/http/http.h"

#define FETCH_TRIES_MAX		6		/* in a row that brought nothing new */
#define FETCH_GAIN		65536u		/* bytes that count as something new */
#define FETCH_REDIRECTS_MAX	10
#define FETCH_RETRY_AFTER_MAX_S	60

enum http_verdict {
	HTTP_TAKE,		/* the body belongs at d->from */
	HTTP_COMPLETE,		/* nothing is missing: what is there is all */
	HTTP_MOVED,		/* r->location */
	HTTP_AGAIN,		/* try later, from where it stands */
	HTTP_FROM_START,	/* what is there does not fit any more: ask for all */
	HTTP_REFUSED,		/* final */
};

struct http_decision {
	uint64_t from;		/* TAKE: offset of the body's first byte */
	uint64_t total;		/* TAKE: the whole file's length, or HTTP_LENGTH_UNKNOWN */
	int err;		/* AGAIN, FROM_START, REFUSED: -E */
	const char *advice;	/* for a person, or "" */
};

/* Judges a finished head that answers a request from byte asked_from of a file of known_total (or UNKNOWN). */
enum http_verdict http_judge(const struct http_response *r, uint64_t asked_from, uint64_t known_total,
			     struct http_decision *d);

struct fetch_retry {
	unsigned tries;		/* that failed since the last gain */
	unsigned all;		/* that failed */
	uint64_t best;		/* bytes at the last gain */
};
/* After a failed try that leaves `kept` bytes: true if another is allowed.  limit: FETCH_TRIES_MAX or fewer. */
bool fetch_retry_allowed(struct fetch_retry *t, unsigned limit, uint64_t kept);
/* The pause before it: 1 2 4 8 8 ... s, a quarter more or less; at least what the server asked for, within bounds. */
uint32_t fetch_retry_pause_ms(const struct fetch_retry *t, uint32_t random, uint32_t retry_after_s);

struct fetch_trail {
	unsigned count;
	uint32_t seen[FETCH_REDIRECTS_MAX + 1];	/* hashes */
};
/* Notes that `u` is asked next: 0, -ELOOP when it was asked before, -E2BIG past FETCH_REDIRECTS_MAX. */
int fetch_trail_add(struct fetch_trail *t, const struct url *u);
/* Where a Location leads; the user and password go along to the same server only.  As url_parse(). */
int fetch_redirect(struct url *out, const struct url *from, const char *location);

#endif
