/* SPDX-License-Identifier: BSD-2-Clause */
/* When all is tried again: pauses, jitter, what a key puts off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/shell/retry.h"

#define S 1000000ull

static uint64_t pause_s(unsigned attempts, int32_t first_s, uint32_t random)
{
	struct retry r = { .attempts = attempts };
	retry_choose(&r, first_s, random);
	return r.pause_us / S;
}

static void test_pauses_grow(void **state)
{
	(void)state;
	assert_int_equal(pause_s(0, -1, 0), RETRY_S);	/* the shell came back after a fault before its first attempt */
	assert_int_equal(pause_s(1, -1, 0), RETRY_S);
	assert_int_equal(pause_s(2, -1, 0), 91);
	assert_int_equal(pause_s(3, -1, 0), 137);
	assert_int_equal(pause_s(20, -1, 0), RETRY_MAX_S);
	assert_int_equal(pause_s(2000000000, 1, 0), RETRY_MAX_S);
	assert_int_equal(pause_s(9, 5000, 0), 5000);	/* a first pause beyond the ceiling is the ceiling */
	assert_int_equal(pause_s(9, INT32_MAX, 0), INT32_MAX);
	assert_int_equal(pause_s(1, 0, 77), 0);		/* never */
	assert_int_equal(pause_s(9, 0, 77), 0);
}

static void test_jitter(void **state)
{
	uint64_t least = UINT64_MAX, most = 0;
	(void)state;
	assert_int_equal(pause_s(1, -1, UINT32_MAX), RETRY_S);	/* none the first time */
	for (uint32_t i = 0; i < 4000; i++) {
		struct retry r = { .attempts = 2 };
		retry_choose(&r, -1, i * 2654435761u);
		least = r.pause_us < least ? r.pause_us : least;
		most = r.pause_us > most ? r.pause_us : most;
	}
	assert_in_range(least, 91 * S, 92 * S);
	assert_in_range(most, 113 * S, 91 * S * 5 / 4);
}

static void test_put_off(void **state)
{
	struct retry r = { .attempts = 1 };
	(void)state;
	retry_choose(&r, 10, 0);
	retry_begin(&r, 100 * S);
	assert_int_equal(r.at_us, 110 * S);
	assert_int_equal(retry_left_s(&r, 100 * S + 1), 10);
	assert_int_equal(retry_left_s(&r, 111 * S), 0);
	retry_put_off(&r, 105 * S);		/* nobody typed: one pause */
	assert_int_equal(r.at_us, 115 * S);
	retry_choose(&r, 100, 0);
	retry_typed(&r, 106 * S);		/* a key: five */
	assert_int_equal(r.at_us, 606 * S);
	assert_int_equal(retry_left_s(&r, 106 * S), -1);	/* they need not be told yet */
	assert_int_equal(retry_left_s(&r, 546 * S), 60);
	retry_put_off(&r, 200 * S);
	assert_int_equal(r.at_us, 700 * S);
	retry_end(&r);
	assert_int_equal(retry_left_s(&r, 700 * S), -1);
	retry_typed(&r, 800 * S);		/* a command runs: nothing waits */
	assert_int_equal(r.at_us, 0);
	retry_begin(&r, 900 * S);		/* the next prompt begins anew */
	assert_int_equal(r.at_us, 1000 * S);
	assert_false(r.typed);
}

static void test_never(void **state)
{
	struct retry r = { .attempts = 3 };
	(void)state;
	retry_choose(&r, 0, 5);
	retry_stopped(&r);
	retry_begin(&r, S);
	retry_typed(&r, 2 * S);
	assert_int_equal(r.at_us, 0);
	assert_int_equal(retry_left_s(&r, 3 * S), -1);
}

static void test_stopped(void **state)
{
	struct retry r = { .attempts = 1 };
	(void)state;
	retry_choose(&r, -1, 0);
	retry_stopped(&r);
	assert_int_equal(r.pause_us, 5 * RETRY_S * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pauses_grow), cmocka_unit_test(test_jitter), cmocka_unit_test(test_put_off),
		cmocka_unit_test(test_never), cmocka_unit_test(test_stopped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
