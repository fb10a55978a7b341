/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffers that grow: what is in them stays, they move in steps, and may be let go of in between. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <setjmp.h>
#include <cmocka.h>

#include "kernel/membuf.h"
#include "tests/unit/fake_pages.h"

#define MIB ((size_t)1 << 20)

static void fill(struct membuf *b, size_t len)
{
	uint8_t bytes[1000];
	for (size_t at = b->len, end = at + len; at < end; at = b->len) {
		size_t n = end - at < sizeof(bytes) ? end - at : sizeof(bytes);
		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)((at + i) * 7 + ((at + i) >> 12));
		assert_int_equal(membuf_append(b, bytes, n), 0);
	}
}

static void check(const struct membuf *b, size_t len)
{
	assert_int_equal(b->len, len);
	for (size_t i = 0; i < len; i++)
		if (b->data[i] != (uint8_t)(i * 7 + (i >> 12)))
			fail_msg("byte %zu is wrong", i);
}

static void it_grows_by_doubling(void **state)
{
	struct membuf b = { 0 };
	(void)state;
	fill(&b, 3 * MIB + 5);
	check(&b, 3 * MIB + 5);
	assert_int_equal(b.cap, 4 * MIB);
	assert_int_equal(membuf_append(&b, NULL, SIZE_MAX), -ENOMEM);
	assert_int_equal(membuf_append(&b, NULL, 0), 0);
	membuf_trim(&b);
	assert_int_equal(b.cap, 3 * MIB + 4096);
	fake_pages_limit = 7 * MIB;			/* not twice as much: what is needed */
	assert_int_equal(membuf_grow(&b, 8192), 0);
	while (!membuf_move(&b))
		;
	assert_int_equal(b.cap, 3 * MIB + 12288);
	assert_int_equal(membuf_grow(&b, MIB), -ENOMEM);
	assert_true(membuf_move(&b));			/* nothing to do */
	fake_pages_limit = SIZE_MAX;
	check(&b, 3 * MIB + 5);
	membuf_free(&b);
	assert_int_equal(fake_pages_held, 0);
}

static void it_moves_in_steps(void **state)
{
	struct membuf b = { 0 };
	unsigned steps = 0;
	(void)state;
	fill(&b, 3 * MIB + 5);
	assert_int_equal(membuf_move_to(&b, 9 * MIB), 0);
	for (; !membuf_move(&b); steps++) {
		check(&b, 3 * MIB + 5);
		assert_int_equal(fake_pages_held, 13 * MIB);
	}
	assert_int_equal(steps, 3);
	assert_int_equal(fake_pages_held, 9 * MIB);
	check(&b, 3 * MIB + 5);
	assert_int_equal(membuf_move_to(&b, 5 * MIB), 0);	/* it has more than that */
	assert_true(membuf_move(&b));
	assert_int_equal(b.cap, 9 * MIB);
	membuf_free(&b);
	assert_int_equal(fake_pages_held, 0);
}

/* Its owner's task may end at each turn that it gives to others. */
static void half_way_it_may_be_freed(void **state)
{
	(void)state;
	for (unsigned steps = 0; steps < 3; steps++) {
		struct membuf b = { 0 };
		fill(&b, 3 * MIB);
		assert_int_equal(membuf_grow(&b, 4 * MIB), 0);
		for (unsigned i = 0; i < steps; i++)
			assert_int_equal(membuf_move(&b), i == 2);
		membuf_free(&b);
		assert_int_equal(fake_pages_held, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_grows_by_doubling), cmocka_unit_test(it_moves_in_steps),
		cmocka_unit_test(half_way_it_may_be_freed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
