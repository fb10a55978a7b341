/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts that wait for nobody: see idle.h. */
#include "services/shell/idle.h"

#include "services/shell/retry.h"

#define SECOND 1000000ull

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

uint64_t idle_spread_us(uint32_t idle_s, uint32_t random)
{
	uint64_t idle_us = idle_s * SECOND;
	return idle_us + random % (idle_us / 8 + 1);
}

uint64_t idle_due_us(uint64_t begun_us, uint64_t typed_us, uint64_t idle_us, uint32_t presence_s)
{
	if (!idle_us)
		return RETRY_NEVER;
	uint64_t presence_us = presence_s * SECOND, due = begun_us + idle_us;
	uint64_t most = begun_us + later(idle_us, presence_us * RETRY_HOLD);
	if (typed_us)
		due = later(due, typed_us + later(idle_us, presence_us));
	return due < most ? due : most;
}
