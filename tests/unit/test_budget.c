/* SPDX-License-Identifier: BSD-2-Clause */
/* What a peer may take of a phase: bytes, time, silence, and how slow it may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "services/fetch/budget.h"

#define S 1000000ull
#define T0 (1000 * S)		/* a clock need not begin at 0 */

static struct budget b;

static void expect_text(const char *want)
{
	char text[112];

	budget_text(&b, text, sizeof(text));
	assert_string_equal(text, want);
}

static void test_nothing_is_unlimited_by_mistake(void **state)
{
	const struct budget_limits none = { .phase = "it" };

	(void)state;
	budget_begin(&b, &none, T0);
	budget_count(&b, UINT64_MAX / 2, T0 + 1);
	assert_int_equal(budget_check(&b, T0 + 1000000 * S), 0);
	assert_true(budget_deadline(&b) == UINT64_MAX);
}

static void test_bytes(void **state)
{
	const struct budget_limits l = { .phase = "its head", .bytes = 100 };

	(void)state;
	budget_begin(&b, &l, T0);
	budget_count(&b, 100, T0);
	assert_int_equal(budget_check(&b, T0), 0);
	budget_count(&b, 1, T0);
	assert_int_equal(budget_check(&b, T0), -EFBIG);
	expect_text("sends more than 100 bytes as its head");
	assert_int_equal(budget_check(&b, T0), -EFBIG);		/* sticky */
}

static void test_total(void **state)
{
	const struct budget_limits l = { .phase = "its head", .total_s = 20, .setting = "fetch.response-timeout" };

	(void)state;
	budget_begin(&b, &l, T0);
	assert_true(budget_deadline(&b) == T0 + 20 * S);
	budget_count(&b, 1, T0 + 19 * S);
	assert_int_equal(budget_check(&b, T0 + 20 * S - 1), 0);
	assert_int_equal(budget_check(&b, T0 + 20 * S), -ETIMEDOUT);
	expect_text("has not sent its head whole within 20 s (fetch.response-timeout)");
}

static void test_silence(void **state)
{
	const struct budget_limits l = { .phase = "the file", .silence_s = 10 };

	(void)state;
	budget_begin(&b, &l, T0);
	budget_heard(&b, T0 + 9 * S);
	assert_int_equal(budget_check(&b, T0 + 18 * S), 0);
	budget_count(&b, 0, T0 + 18 * S);			/* nothing is nothing */
	assert_true(budget_deadline(&b) == T0 + 19 * S);
	assert_int_equal(budget_check(&b, T0 + 19 * S), -ETIMEDOUT);
	expect_text("fell silent");
}

static const struct budget_limits body = {
	.phase = "the file", .silence_s = 10, .rate = 100, .window_s = 60,
};

/* Plays a line that gives `bytes` every `every_us` for `us`: when it is cut, or 0. */
static uint64_t play(uint64_t bytes, uint64_t every_us, uint64_t us)
{
	uint64_t next = T0 + every_us;

	budget_begin(&b, &body, T0);
	for (uint64_t now = T0; now < T0 + us;) {
		uint64_t due = budget_deadline(&b);

		now = due < next ? due : next;
		if (now == next) {
			budget_count(&b, bytes, now);
			next += every_us;
		}
		if (budget_check(&b, now) < 0)
			return now - T0;
	}
	return 0;
}

static void test_rate(void **state)
{
	(void)state;
	assert_true(play(1, 9 * S, 1000 * S) == 60 * S);	/* one byte in 9 s */
	expect_text("sends the file at less than 100 bytes/s over 60 s (fetch.speed-limit)");
	assert_true(play(1000, 11 * S, 1000 * S) == 10 * S);	/* silent */
	assert_true(play(99, S, 1000 * S) == 60 * S);
	assert_true(play(101, S, 100000 * S) == 0);
	assert_true(play(9 * 1024, 9 * S, 100000 * S) == 0);	/* 1 KiB/s in bursts */
	assert_true(play(1 << 20, 100, 10 * S) == 0);
}

/* Framing keeps a line awake, and makes no rate. */
static void test_framing_is_no_progress(void **state)
{
	uint64_t now = T0;

	(void)state;
	budget_begin(&b, &body, T0);
	for (unsigned i = 0; i < 59; i++) {
		budget_heard(&b, now += S);
		assert_int_equal(budget_check(&b, now), 0);
	}
	budget_heard(&b, now += S);
	assert_int_equal(budget_check(&b, now), -ETIMEDOUT);
	assert_int_equal(b.broken, BUDGET_RATE);
}

/* Whatever comes whenever: a line at least twice as fast as it must be in each ten seconds is never cut. */
static void test_honest_lines(void **state)
{
	(void)state;
	srand(13);
	for (unsigned run = 0; run < 200; run++) {
		uint64_t now = T0;

		budget_begin(&b, &body, T0);
		for (unsigned ten = 0; ten < 100; ten++) {
			uint64_t gap = (uint64_t)rand() % (5 * S), end = now + 10 * S;

			for (unsigned left = 2000; left && now < end;) {
				unsigned n = (unsigned)rand() % 700 + 1;

				n = n < left ? n : left;
				now += gap / 10;
				budget_count(&b, n, now);
				left -= n;
				assert_int_equal(budget_check(&b, now), 0);
			}
			now = end - gap / 2;
			assert_int_equal(budget_check(&b, now), 0);
			now = end;
			budget_count(&b, 1, now);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_unlimited_by_mistake), cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_total), cmocka_unit_test(test_silence), cmocka_unit_test(test_rate),
		cmocka_unit_test(test_framing_is_no_progress), cmocka_unit_test(test_honest_lines),
	};
	return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
