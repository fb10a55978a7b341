/* SPDX-License-Identifier: BSD-2-Clause */
/* What a call of the loader costs, and beside it a call of a function: each again and again for half a second. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <undine_abi.h>

#define SPAN_US 500000u
#define AT_ONCE 100u		/* between two looks at the clock */

unsigned long long undine_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f);

static uint64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static unsigned long long __attribute__((noinline))
plain(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f)
{
	__asm__ volatile("" : "+r"(number));
	return number + a + b + c + d + e + f;
}

static double ns_of(unsigned long long (*fn)(uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t),
		    unsigned at_once)
{
	uint64_t from = now_us(), calls = 0, us;
	do {
		for (unsigned i = 0; i < at_once; i++)
			fn(UNDINE_NONBLOCK, 1, (uint32_t)-1, 0, 0, 0, 0);
		calls += at_once;
		us = now_us() - from;
	} while (us < SPAN_US);
	return (double)us * 1000 / (double)calls;
}

int main(void)
{
	double call = ns_of(undine_call, AT_ONCE), beside = ns_of(plain, 100 * AT_ONCE);
	printf("cost: %.0f calls a second, %.0f ns each; a function's call %.1f ns\n", 1e9 / call, call, beside);
	return 0;
}
