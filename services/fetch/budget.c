/* SPDX-License-Identifier: BSD-2-Clause */
/* Budgets.  See budget.h.  Called by the schemes, through source.c. */
#include "services/fetch/budget.h"

#include <errno.h>
#include <stdio.h>

#define SECOND 1000000ull

void budget_begin(struct budget *b, const struct budget_limits *limits, uint64_t now_us)
{
	*b = (struct budget){ .limits = *limits, .begun_us = now_us, .heard_us = now_us, .window_us = now_us };
}

void budget_heard(struct budget *b, uint64_t now_us)
{
	b->heard_us = now_us;
}

void budget_count(struct budget *b, uint64_t n, uint64_t now_us)
{
	if (!n)
		return;
	b->bytes += n;
	b->heard_us = now_us;
}

static uint64_t window_end(const struct budget *b)
{
	return b->window_us + b->limits.window_s * SECOND;
}

/* Whoever looks late, for he had no turn, judges the longer time by what came in all of it. */
static void check_rate(struct budget *b, uint64_t now_us)
{
	uint64_t least = (now_us - b->window_us) / SECOND * b->limits.rate;

	if (b->bytes - b->window_bytes < least)
		b->broken = BUDGET_RATE;
	b->window_us = now_us;
	b->window_bytes = b->bytes;
}

int budget_check(struct budget *b, uint64_t now_us)
{
	const struct budget_limits *l = &b->limits;

	if (b->broken)
		;
	else if (l->bytes && b->bytes > l->bytes)
		b->broken = BUDGET_BYTES;
	else if (l->silence_s && now_us >= b->heard_us + l->silence_s * SECOND)
		b->broken = BUDGET_SILENCE;
	else if (l->total_s && now_us >= b->begun_us + l->total_s * SECOND)
		b->broken = BUDGET_TOTAL;
	else if (l->rate && l->window_s && now_us >= window_end(b))
		check_rate(b, now_us);
	return !b->broken ? 0 : b->broken == BUDGET_BYTES ? -EFBIG : -ETIMEDOUT;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t budget_deadline(const struct budget *b)
{
	const struct budget_limits *l = &b->limits;
	uint64_t at = UINT64_MAX;

	if (l->silence_s)
		at = sooner(at, b->heard_us + l->silence_s * SECOND);
	if (l->total_s)
		at = sooner(at, b->begun_us + l->total_s * SECOND);
	if (l->rate && l->window_s)
		at = sooner(at, window_end(b));
	return at;
}

void budget_text(const struct budget *b, char *out, size_t cap)
{
	const struct budget_limits *l = &b->limits;

	switch (b->broken) {
	case BUDGET_BYTES:
		snprintf(out, cap, "sends more than %llu bytes as %s", (unsigned long long)l->bytes, l->phase);
		break;
	case BUDGET_TOTAL:
		snprintf(out, cap, "has not sent %s whole within %lu s%s%s%s", l->phase, (unsigned long)l->total_s,
			 l->setting ? " (" : "", l->setting ? l->setting : "", l->setting ? ")" : "");
		break;
	case BUDGET_RATE:
		snprintf(out, cap, "sends %s at less than %lu bytes/s over %lu s (fetch.speed-limit)", l->phase,
			 (unsigned long)l->rate, (unsigned long)l->window_s);
		break;
	default:
		snprintf(out, cap, "fell silent");
	}
}
