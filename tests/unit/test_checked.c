/* SPDX-License-Identifier: BSD-2-Clause */
/* Checked arithmetic against wider arithmetic, around all the edges; and the writer's length, which does not wrap. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "kernel/checked.h"
#include "services/boot/writer.h"

static const uint64_t edges[] = {
	0, 1, 2, 0xfff, 0x1000, 0x1001, 0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000, 0x80000001, 0xffff0001,
		0xfffffffe, 0xffffffff,
	0x100000000, 0x100000001, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffffe, 0xffffffffffffffff,
};
#define EDGES (sizeof(edges) / sizeof(edges[0]))
typedef unsigned __int128 wide;

static void sums(void **state)
{
	(void)state;
	for (size_t i = 0; i < EDGES; i++)
		for (size_t j = 0; j < EDGES; j++) {
			uint32_t got = 0;
			wide sum = (wide)edges[i] + edges[j];
			assert_int_equal(checked_sum(edges[i], edges[j], &got), sum <= UINT32_MAX);
			assert_true(sum > UINT32_MAX || got == sum);
			uint32_t a = (uint32_t)edges[i], b = (uint32_t)edges[j];
			wide product = (wide)a * b;
			assert_int_equal(checked_product(a, b, &got), product <= UINT32_MAX);
			assert_true(product > UINT32_MAX || got == product);
			assert_int_equal(capped_sum(a, b), (uint64_t)a + b > UINT32_MAX ? UINT32_MAX : a + b);
			for (size_t k = 0; k < EDGES; k++)
				assert_int_equal(checked_within(edges[i], edges[j], edges[k]), sum <= edges[k]);
		}
}

static void multiples(void **state)
{
	(void)state;
	for (size_t i = 0; i < EDGES; i++)
		for (unsigned bit = 0; bit < 32; bit++) {
			uint32_t v = (uint32_t)edges[i], align = 1u << bit, got;
			uint64_t wanted = ((uint64_t)v + align - 1) / align * align;
			assert_int_equal(checked_align(v, align, &got), wanted <= UINT32_MAX);
			assert_true(wanted > UINT32_MAX || got == wanted);
		}
}

static void a_writer_that_is_given_too_much(void **state)
{
	(void)state;
	uint8_t buf[64];
	struct writer w = { .buf = buf, .cap = sizeof(buf) };
	put_u32(&w, 1);
	for (int i = 0; i < 8; i++)
		assert_null(put_room(&w, SIZE_MAX / 4));
	assert_true(w.len == WRITER_TOO_LONG);
	put_align(&w, 16);
	put_u64(&w, 2);
	assert_true(w.len == WRITER_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums), cmocka_unit_test(multiples), cmocka_unit_test(a_writer_that_is_given_too_much),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
