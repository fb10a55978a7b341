/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fetch service decides, apart from how it is done: when to try again
 * and after which pause, how many redirects to follow.  Pure.
 */
#ifndef SERVICES_FETCH_FETCH_POLICY_H
#define SERVICES_FETCH_FETCH_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/fetch/url.h"

#define FETCH_TRIES_MAX		6		/* in a row that brought nothing new */
#define FETCH_GAIN		65536u		/* bytes that count as something new */
#define FETCH_REDIRECTS_MAX	10
#define FETCH_RETRY_AFTER_MAX_S	60

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

#endif
