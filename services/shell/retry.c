/* SPDX-License-Identifier: BSD-2-Clause */
/* When all is tried again.  See retry.h. */
#include "services/shell/retry.h"

#include <stdio.h>

#include "services/console/progress.h"

#define SECOND 1000000ull

void retry_try(struct retry *r, uint64_t now_us)
{
	if (!r->tries++)
		r->since_us = now_us;
	r->at_us = 0;
}

void retry_choose(struct retry *r, int32_t first_s, int32_t max_s, uint32_t random)
{
	uint64_t pause = (first_s < 0 ? RETRY_S : (uint32_t)first_s) * SECOND;
	uint64_t ceiling = (max_s < 0 ? RETRY_MAX_S : (uint32_t)max_s) * SECOND;
	if (ceiling < pause)
		ceiling = pause;
	for (unsigned i = 1; pause && i < r->tries && pause < ceiling; i++)
		pause += pause / 2;
	if (pause > ceiling)
		pause = ceiling;
	r->pause_us = pause - random % (pause / 4 + 1);
}

void retry_begin(struct retry *r, uint64_t now_us)
{
	r->begun_us = r->used_us = now_us;
	r->at_us = r->pause_us ? now_us + r->pause_us : 0;
}

void retry_end(struct retry *r)
{
	r->at_us = 0;
}

void retry_used(struct retry *r, uint64_t now_us)
{
	r->used_us = now_us;
}

void retry_cut(struct retry *r, uint64_t now_us)
{
	uint64_t least = r->begun_us + RETRY_LEAST_S * SECOND, at = now_us > least ? now_us : least;
	if (at < r->at_us)
		r->at_us = at;
}

uint64_t retry_due_us(const struct retry *r, uint64_t typed_us, uint32_t presence_s)
{
	uint64_t there = typed_us ? typed_us + presence_s * SECOND : 0;
	uint64_t most = r->used_us + presence_s * SECOND * RETRY_HOLD;
	if (!r->at_us)
		return RETRY_NEVER;
	if (there > most)
		there = most;
	return there > r->at_us ? there : r->at_us;
}

void retry_note(const struct retry *r, uint64_t due_us, uint64_t now_us, char *out, size_t cap)
{
	char left[HUMAN_LEN], failing[HUMAN_LEN];
	uint64_t left_us = due_us > now_us ? due_us - now_us : 0;
	out[0] = '\0';
	if (due_us != RETRY_NEVER)
		snprintf(out, cap, "(try %u in %s; failing for %s)", r->tries + 1,
			 human_time((left_us + SECOND - 1) / SECOND, left),
			 human_time((now_us - r->since_us) / SECOND, failing));
}
