/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page allocator itself, on 64 MiB at an address below 4 GiB: against a
 * model of its pages, and with far more holes than its list has room for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "kernel/memmap.h"
#include "kernel/pages.h"
#include "kernel/panic.h"

#define BASE 0x10000000u
#define PAGES 16384u
#define LEN (PAGES * PAGE_LEN)

static struct memmap map = { .count = 1, .e = { { BASE, LEN, MEM_USABLE, 1 } } };
static uint8_t used[PAGES];
static uint8_t *single[PAGES];

void panic(const char *fmt, ...)
{
	fail_msg("panic: %s", fmt);
	abort();
}

static int begin(void **state)
{
	(void)state;
	void *at = mmap((void *)(uintptr_t)BASE, LEN, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (at != MAP_FAILED)
		memset(used, 0, sizeof(used));
	return at == (void *)(uintptr_t)BASE ? 0 : -1;
}

static unsigned number(const void *p)
{
	return (unsigned)(((uintptr_t)p - BASE) / PAGE_LEN);
}

static void set(const void *p, size_t len, uint8_t value)
{
	for (unsigned i = number(p); i < number((const uint8_t *)p + len + PAGE_LEN - 1); i++) {
		assert_int_not_equal(used[i], value);
		used[i] = value;
	}
}

/*
 * The extents fall, do not touch, and hold nothing that is in use; besides those only the list's own pages are
 * missing.
 */
static void check(size_t own)
{
	size_t held = 0, sum = 0;
	uint32_t lo, hi, above = UINT32_MAX;
	for (unsigned i = 0; i < PAGES; i++)
		held += used[i] * (size_t)PAGE_LEN;
	for (unsigned i = 0; pages_get_extent(i, &lo, &hi); i++) {
		assert_true(lo < hi && hi < above && lo >= BASE && hi <= BASE + LEN);
		for (unsigned k = (lo - BASE) / PAGE_LEN; k < (hi - BASE) / PAGE_LEN; k++)
			assert_int_equal(used[k], 0);
		above = lo;
		sum += hi - lo;
	}
	assert_int_equal(pages_free_total(), sum);
	assert_in_range(LEN - sum - held, 0, own);
}

static void a_model(void **state)
{
	(void)state;
	static struct { uint8_t *p; size_t len; } block[64];
	pages_init(&map, UINT32_MAX);
	for (unsigned round = 0; round < 20000; round++) {
		unsigned i = (unsigned)rand() % 64;
		size_t len = 1 + (unsigned)rand() % (200 * PAGE_LEN);
		if (!block[i].p) {
			uint32_t lo = BASE + (unsigned)rand() % LEN, hi = lo + (unsigned)rand() % (BASE + LEN - lo);
			block[i].p = rand() % 2 ? pages_alloc(len) : pages_alloc_range(len, lo, hi);
			block[i].len = block[i].p ? len : 0;
			set(block[i].p ? block[i].p : (uint8_t *)(uintptr_t)BASE, block[i].len, 1);
		} else {
			/* or a tail of it */
			size_t keep = rand() % 3 ? 0 : block[i].len / 2 & ~(size_t)(PAGE_LEN - 1);
			set(block[i].p + keep, block[i].len - keep, 0);
			pages_free(block[i].p + keep, block[i].len - keep);
			block[i].len = keep;
			if (!keep)
				block[i].p = NULL;
		}
		if (round % 100 == 0)
			check(0);
	}
	for (unsigned i = 0; i < 64; i++)
		if (block[i].p)
			pages_free(block[i].p, block[i].len);
	memset(used, 0, sizeof(used));
	check(0);
	assert_int_equal(pages_free_largest(), LEN);
}

/*
 * Every other page is given back, in an order with which the list grows, or, where all is taken, cannot grow for
 * long.
 */
static void holes(unsigned first)
{
	unsigned n = 0;
	pages_init(&map, UINT32_MAX);
	for (; n < PAGES - first; n++) {
		single[n] = pages_alloc(1);
		assert_non_null(single[n]);
		set(single[n], 1, 1);
	}
	for (unsigned i = 0; i < n; i += 2) {
		set(single[i], 1, 0);
		pages_free(single[i], 1);
	}
	for (unsigned i = 1; i < n; i += 2) {
		set(single[i], 1, 0);
		pages_free(single[i], 1);
	}
	check(64 * PAGE_LEN);
	assert_true(pages_free_largest() >= LEN / 2);
}

static void far_more_holes_than_expected(void **state)
{
	(void)state;
	holes(1000);
}

static void holes_where_all_is_taken(void **state)
{
	(void)state;
	holes(0);
	/* while it has no room for a piece more, what needs none is still to be had */
	pages_init(&map, UINT32_MAX);
	assert_non_null(pages_alloc(LEN / 2));
	assert_null(pages_alloc(LEN));
}

static void ranges(void **state)
{
	(void)state;
	pages_init(&map, UINT32_MAX);
	assert_null(pages_alloc_range(PAGE_LEN, 0, BASE));
	assert_null(pages_alloc_range(PAGE_LEN, BASE + 1, BASE + 2 * PAGE_LEN - 1));
	assert_ptr_equal(pages_alloc_range(1, BASE + 1, BASE + 2 * PAGE_LEN), (void *)(uintptr_t)(BASE + PAGE_LEN));
	assert_ptr_equal(pages_alloc_range(1, 0, BASE + PAGE_LEN), (void *)(uintptr_t)BASE);
	assert_null(pages_alloc(0));
	assert_null(pages_alloc(SIZE_MAX));
}

static void firmware_takes_some(void **state)
{
	(void)state;
	struct memmap now = { .count = 3, .e = {
		{ BASE, 0x5800, MEM_USABLE, 1 }, { BASE + 0x5800, 0x800, MEM_RESERVED, 1 },
		{ BASE + 0x8000, 0x100000, MEM_USABLE, 1 },
	} };
	uint32_t lo, hi;
	pages_init(&map, UINT32_MAX);
	void *p = pages_alloc_range(PAGE_LEN, BASE, BASE + 0x2000);
	pages_withdraw(&now);
	assert_true(pages_get_extent(0, &lo, &hi) && lo == BASE + 0x8000 && hi == BASE + 0x108000);
	assert_true(pages_get_extent(1, &lo, &hi) && lo == BASE + 0x2000 && hi == BASE + 0x5000);
	assert_true(pages_get_extent(2, &lo, &hi) && lo == BASE && hi == BASE + 0x1000);
	assert_false(pages_get_extent(3, &lo, &hi));
	pages_free(p, PAGE_LEN);
	assert_int_equal(pages_free_total(), 0x105000);
	pages_init(&map, BASE + 0x10000);
	pages_init_above(&map, BASE + 0x20000);
	assert_int_equal(pages_free_total(), LEN - 0x10000);
}

/* Below it nothing was ever taken from the top; what was asked for at an address does not count. */
static void the_lowest(void **state)
{
	(void)state;
	pages_init(&map, BASE + LEN);
	assert_int_equal(pages_lowest(), UINT32_MAX);
	uint8_t *first = pages_alloc(1), *second = pages_alloc(3 * PAGE_LEN);
	assert_int_equal(pages_lowest(), (uintptr_t)second);
	pages_free(second, 3 * PAGE_LEN);
	assert_non_null(pages_alloc_range(PAGE_LEN, BASE, BASE + PAGE_LEN));
	assert_ptr_equal(pages_alloc(PAGE_LEN), first - PAGE_LEN);
	assert_int_equal(pages_lowest(), (uintptr_t)second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_model), cmocka_unit_test(ranges), cmocka_unit_test(firmware_takes_some),
		cmocka_unit_test(far_more_holes_than_expected), cmocka_unit_test(holes_where_all_is_taken),
		cmocka_unit_test(the_lowest),
	};
	return cmocka_run_group_tests(tests, begin, NULL);
}
