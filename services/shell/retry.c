/* SPDX-License-Identifier: BSD-2-Clause */
/* When all is tried again.  See retry.h. */
#include "services/shell/retry.h"

#define TYPED_FACTOR 5			/* after a key, the pause is so much longer */
#define TOLD_S 60			/* of those who typed: told when it comes near */

void retry_choose(struct retry *r, int32_t first_s, uint32_t random)
{
	uint64_t pause = first_s < 0 ? RETRY_S : (uint32_t)first_s;
	uint64_t ceiling = pause > RETRY_MAX_S ? pause : RETRY_MAX_S;
	for (unsigned i = 1; pause && i < r->attempts && pause < ceiling; i++)
		pause += pause / 2 + 1;
	if (pause > ceiling)
		pause = ceiling;
	pause *= 1000000;
	r->pause_us = r->attempts > 1 ? pause + random % (pause / 4 + 1) : pause;
}

void retry_stopped(struct retry *r)
{
	r->pause_us *= TYPED_FACTOR;
}

void retry_begin(struct retry *r, uint64_t now_us)
{
	r->typed = false;
	r->at_us = r->pause_us ? now_us + r->pause_us : 0;
}

void retry_end(struct retry *r)
{
	r->at_us = 0;
}

void retry_put_off(struct retry *r, uint64_t now_us)
{
	if (r->at_us)
		r->at_us = now_us + r->pause_us * (r->typed ? TYPED_FACTOR : 1);
}

void retry_typed(struct retry *r, uint64_t now_us)
{
	r->typed = true;
	retry_put_off(r, now_us);
}

int32_t retry_left_s(const struct retry *r, uint64_t now_us)
{
	uint64_t left_s = r->at_us > now_us ? (r->at_us - now_us + 999999) / 1000000 : 0;
	return r->at_us && (!r->typed || left_s <= TOLD_S) ? (int32_t)left_s : -1;
}
