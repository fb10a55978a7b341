/* SPDX-License-Identifier: BSD-2-Clause */
/* The random generator's core: what it takes for a seed, which noise is no noise, and what comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "kernel/entropy.h"
#include "tests/unit/fake_malloc.h"

static struct entropy e;

static int begin(void **state)
{
	(void)state;
	return entropy_init(&e);
}

static int end(void **state)
{
	(void)state;
	mbedtls_hmac_drbg_free(&e.drbg);
	return 0;
}

static uint32_t noise(void)
{
	static uint64_t x = 88172645463325252ull;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 16);
}

/* How many samples it takes; never for `most`. */
static unsigned samples_to_ready(enum entropy_kind kind, uint32_t (*next)(unsigned), unsigned most)
{
	unsigned n = 0;
	while (!e.ready && n < most)
		entropy_sample(&e, kind, next(n++));
	return n;
}

static uint32_t good(unsigned n)
{
	(void)n;
	return noise();
}

static uint32_t stuck(unsigned n)
{
	(void)n;
	return 0xffffffff;	/* as some processors' RDRAND after a sleep */
}

/* Its low bits do not move, as where the TSC counts a slow clock. */
static uint32_t coarse(unsigned n)
{
	(void)n;
	return noise() << 8;
}

/* 7 of 8 are the same. */
static uint32_t mostly_the_same(unsigned n)
{
	(void)n;
	uint32_t v = noise();
	return v % 8 ? 5 : v;
}

/* Never so often in a row that the repetition test would see it: the other does. */
static uint32_t one_that_returns(unsigned n)
{
	return n % 17 ? 1 : 2;
}

static void what_makes_a_seed(void **state)
{
	(void)state;
	/* 15 for the start-up test, then 8 bits each; 1023, then a quarter of a bit each */
	assert_int_equal(samples_to_ready(ENTROPY_RDRAND, good, 10000), 15 + 256 / 8);
	end(NULL);
	begin(NULL);
	assert_int_equal(samples_to_ready(ENTROPY_JITTER, good, 10000), 1023 + 4 * 256);
	/* half of each */
	end(NULL);
	begin(NULL);
	for (unsigned i = 0; i < 15 + 16; i++)
		entropy_sample(&e, ENTROPY_RDRAND, noise());
	assert_false(e.ready);
	assert_int_equal(samples_to_ready(ENTROPY_JITTER, good, 10000), 1023 + 4 * 128);
}

static void what_is_no_noise(void **state)
{
	(void)state;
	static uint32_t (*const bad[])(unsigned) = { stuck, mostly_the_same, one_that_returns };
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (enum entropy_kind kind = 0; kind < ENTROPY_KINDS; kind++) {
			end(NULL);
			begin(NULL);
			samples_to_ready(kind, bad[i], 100000);
			assert_false(e.ready);
			assert_true(e.source[kind].failures > 50);
		}
	end(NULL);
	begin(NULL);
	samples_to_ready(ENTROPY_JITTER, coarse, 100000);
	assert_false(e.ready);
	/* what was gathered before a failure counts no more; afterwards all begins anew, with the start-up test */
	end(NULL);
	begin(NULL);
	for (unsigned i = 0; i < 15 + 28; i++)
		entropy_sample(&e, ENTROPY_RDRAND, noise());
	for (unsigned i = 0; i < 4; i++)
		entropy_sample(&e, ENTROPY_RDRAND, 7);
	assert_int_equal(e.source[ENTROPY_RDRAND].failures, 1);
	assert_false(e.ready);
	assert_int_equal(samples_to_ready(ENTROPY_RDRAND, good, 10000), 15 + 256 / 8);
}

/* False alarms are rarer than once in a million samples. */
static void good_noise_passes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200000; i++)
		for (enum entropy_kind kind = 0; kind < ENTROPY_KINDS; kind++)
			entropy_sample(&e, kind, noise());
	for (enum entropy_kind kind = 0; kind < ENTROPY_KINDS; kind++)
		assert_in_range(e.source[kind].failures, 0, 1);
}

static void fill(uint32_t out[100])
{
	for (unsigned i = 0; i < 100; i++)
		out[i] = entropy_u32(&e, 0);
}

static void stirred_numbers_differ(void **state)
{
	(void)state;
	uint32_t a[100], b[100];
	fill(a);
	end(NULL);
	begin(NULL);
	fill(b);
	assert_memory_equal(a, b, sizeof(a));		/* nothing stirred in: nothing differs */
	entropy_stir(&e, "1", 1);
	assert_int_not_equal(entropy_u32(&e, 0), a[0]);	/* at once, not when the buffer is used up */
	end(NULL);
	begin(NULL);
	entropy_stir(&e, "2", 1);
	fill(b);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_false(e.ready);
	end(NULL);
	begin(NULL);
	assert_int_not_equal(entropy_u32(&e, 1), a[0]);
	/* a number that was given is in memory no more */
	uint32_t last = entropy_u32(&e, 1);
	for (unsigned i = 0; i < ENTROPY_BUFFERED; i++)
		assert_int_not_equal(e.buffer[i], last);
	/* samples wait in the pool: until there are enough, nothing changes */
	end(NULL);
	begin(NULL);
	for (unsigned i = 0; i < 40; i++)
		entropy_sample(&e, ENTROPY_RDRAND, noise());
	fill(b);
	assert_memory_equal(a, b, sizeof(a));
	for (unsigned i = 0; i < 40; i++)
		entropy_sample(&e, ENTROPY_RDRAND, noise());
	assert_true(e.ready);
	fill(b);
	assert_memory_not_equal(a, b, sizeof(a));
}

/* Bits are as often set as not, and no number comes twice. */
static void numbers_look_random(void **state)
{
	(void)state;
	enum { N = 20000 };
	static uint32_t seen[N];
	unsigned set[32] = { 0 };
	for (unsigned i = 0; i < N; i++) {
		seen[i] = entropy_u32(&e, i);
		for (unsigned bit = 0; bit < 32; bit++)
			set[bit] += seen[i] >> bit & 1;
	}
	for (unsigned bit = 0; bit < 32; bit++)
		assert_in_range(set[bit], N / 2 - 400, N / 2 + 400);
	for (unsigned i = 1; i < N; i++)
		assert_int_not_equal(seen[i], seen[i - 1]);
}

static void no_memory(void **state)
{
	(void)state;
	for (long n = 0; n < 2; n++) {
		end(NULL);
		fake_malloc_left = n;
		int rc = entropy_init(&e);
		fake_malloc_left = -1;
		assert_true(rc == 0 || rc == -ENOMEM);
	}
	end(NULL);
	assert_int_equal(begin(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_makes_a_seed, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_noise, begin, end),
		cmocka_unit_test_setup_teardown(good_noise_passes, begin, end),
		cmocka_unit_test_setup_teardown(stirred_numbers_differ, begin, end),
		cmocka_unit_test_setup_teardown(numbers_look_random, begin, end),
		cmocka_unit_test_setup_teardown(no_memory, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
