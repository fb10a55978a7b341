/* SPDX-License-Identifier: BSD-2-Clause */
/* Decisions of the fetch service: retries and redirects. */
#include <errno.h>
#include <string.h>

#include "services/fetch/fetch_policy.h"

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
