/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map: firmware's overlaps, disorder and nonsense made sane; property-tested against a byte-wise model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/memmap.h"

static struct e820_entry entry(uint64_t base, uint64_t len, uint32_t type)
{
	return (struct e820_entry){ base, len, type, 1 };
}

static void assert_entry(const struct e820_entry *e, uint64_t base, uint64_t len, uint32_t type)
{
	assert_int_equal(e->base, base);
	assert_int_equal(e->len, len);
	assert_int_equal(e->type, type);
}

static void sorts_and_joins(void **state)
{
	(void)state;
	struct e820_entry raw[] = {
		entry(0x100000, 0x100000, 1), entry(0, 0x9fc00, 1), entry(0x200000, 0x100000, 1),
		entry(0x9fc00, 0x400, 2),
	};
	struct memmap m;
	memmap_normalise(raw, 4, &m);
	assert_int_equal(m.count, 3);
	assert_entry(&m.e[0], 0, 0x9fc00, 1);
	assert_entry(&m.e[1], 0x9fc00, 0x400, 2);
	assert_entry(&m.e[2], 0x100000, 0x200000, 1);
}

static void strictest_type_wins_overlaps(void **state)
{
	(void)state;
	struct e820_entry raw[] = {
		entry(0x100000, 0x300000, 1), entry(0x200000, 0x80000, 2), entry(0x240000, 0x1000, MEM_BAD),
		entry(0x280000, 0x1000, MEM_ACPI_RECLAIM),
	};
	struct memmap m;
	memmap_normalise(raw, 4, &m);
	assert_int_equal(m.count, 6);
	assert_entry(&m.e[0], 0x100000, 0x100000, 1);
	assert_entry(&m.e[1], 0x200000, 0x40000, 2);
	assert_entry(&m.e[2], 0x240000, 0x1000, MEM_BAD);
	assert_entry(&m.e[3], 0x241000, 0x3f000, 2);
	assert_entry(&m.e[4], 0x280000, 0x1000, MEM_ACPI_RECLAIM);
	assert_entry(&m.e[5], 0x281000, 0x17f000, 1);
}

static void acpi3_ignored_entries_do_not_count(void **state)
{
	(void)state;
	struct e820_entry raw[] = { entry(0x100000, 0x100000, 1), { 0x180000, 0x1000, 2, 0 }, entry(0x300000, 0, 2) };
	struct memmap m;
	memmap_normalise(raw, 3, &m);
	assert_int_equal(m.count, 1);
	assert_entry(&m.e[0], 0x100000, 0x100000, 1);
}

static void wrapping_entry_is_cut(void **state)
{
	(void)state;
	struct e820_entry raw[] = { entry(0x100000, 0x1000, 1), entry(UINT64_MAX - 0xfff, 0x100000, 2) };
	struct memmap m;
	memmap_normalise(raw, 2, &m);
	assert_int_equal(m.count, 2);
	assert_entry(&m.e[0], 0x100000, 0x1000, 1);
	assert_int_equal(m.e[1].base, UINT64_MAX - 0xfff);
	assert_true(m.e[1].base + m.e[1].len > m.e[1].base);
}

/* 64 cells of one byte each stand for memory; every cell must have the strictest type that covers it. */
static void random_maps_match_a_model(void **state)
{
	(void)state;
	static const int strict[] = { -1, 0, 3, 1, 2, 4 };
	unsigned seed = 4711;
	srand(seed);
	print_message("seed %u\n", seed);
	for (int round = 0; round < 20000; round++) {
		struct e820_entry raw[8];
		unsigned n = (unsigned)rand() % 8 + 1;
		uint32_t model[64] = { 0 };
		for (unsigned i = 0; i < n; i++) {
			raw[i] = entry((uint64_t)(rand() % 64), (uint64_t)(rand() % 20), (uint32_t)(rand() % 5) + 1);
			if (raw[i].base + raw[i].len > 64)
				raw[i].len = 64 - raw[i].base;
			for (uint64_t a = raw[i].base; a < raw[i].base + raw[i].len; a++)
				if (!model[a] || strict[raw[i].type] > strict[model[a]])
					model[a] = raw[i].type;
		}
		struct memmap m;
		memmap_normalise(raw, n, &m);
		uint32_t got[64] = { 0 };
		for (uint32_t i = 0; i < m.count; i++) {
			assert_true(m.e[i].len > 0);
			if (i) {
				assert_true(m.e[i - 1].base + m.e[i - 1].len <= m.e[i].base);
				assert_false(m.e[i - 1].base + m.e[i - 1].len == m.e[i].base &&
					m.e[i - 1].type == m.e[i].type);
			}
			for (uint64_t a = m.e[i].base; a < m.e[i].base + m.e[i].len; a++)
				got[a] = m.e[i].type;
		}
		assert_memory_equal(got, model, sizeof model);
	}
}

/* The smallest usable ones go, whatever the order; what is reserved stays, and nothing becomes usable. */
static void the_smallest_are_forgotten(void **state)
{
	(void)state;
	enum { MANY = MEMMAP_MAX + 10 };
	struct e820_entry raw[MANY];
	for (unsigned i = 0; i < MANY; i++)
		raw[i] = entry(i * 0x200000ull, 0x1000 + i % 40 * 0x1000, i % 40 ? MEM_USABLE : MEM_RESERVED);
	static struct memmap m;
	memmap_normalise(raw, MANY, &m);
	assert_int_equal(m.count, MEMMAP_MAX);
	/* i % 40 is 1 six times, 2 five times, and one more is met when the table is full: never more than two pages */
	assert_in_range(m.lost, 10 * 0x2000, 10 * 0x4000);
	unsigned reserved = 0;
	for (uint32_t i = 0; i < m.count; i++) {
		reserved += m.e[i].type == MEM_RESERVED;
		assert_int_equal(m.e[i].len, raw[m.e[i].base / 0x200000].len);
	}
	assert_int_equal(reserved, (MANY + 39) / 40);
}

static void nothing_usable_to_forget(void **state)
{
	(void)state;
	static struct memmap m;
	m.count = 0;
	m.lost = 0;
	for (unsigned i = 0; i < MEMMAP_MAX + 10; i++) {
		struct e820_entry e = entry(i * 0x2000ull + (i % 7) * 0x100, 0x1000,
		i % 2 ? MEM_RESERVED : MEM_ACPI_NVS);
		memmap_add(&m, &e);
	}
	assert_int_equal(m.count, MEMMAP_MAX);
	/* one more, usable and over all of it: what was reserved is not */
	struct e820_entry all = entry(0, 0x10000000, MEM_USABLE);
	memmap_add(&m, &all);
	for (unsigned i = 0; i < MEMMAP_MAX + 10; i++)
		assert_false(memmap_is_usable(&m, i * 0x2000ull + (i % 7) * 0x100, 1));
	assert_in_range(m.count, 1, MEMMAP_MAX);
}

/* Added one by one, in a table that is never full, they give what they give at once. */
static void adding_is_normalising(void **state)
{
	(void)state;
	static struct memmap once, steps;
	for (unsigned round = 0; round < 300; round++) {
		struct e820_entry raw[24];
		unsigned n = 1 + (unsigned)rand() % 24;
		steps.count = 0;
		steps.lost = 0;
		for (unsigned i = 0; i < n; i++) {
			raw[i] = entry((unsigned)rand() % 4096, (unsigned)rand() % 512, 1 + (unsigned)rand() % 6);
			memmap_add(&steps, &raw[i]);
		}
		memmap_normalise(raw, n, &once);
		assert_int_equal(steps.count, once.count);
		assert_memory_equal(steps.e, once.e, once.count * sizeof(once.e[0]));
	}
}

/* Far more than there is room for: what is usable in the result was so all along. */
static void a_full_table_is_safe(void **state)
{
	(void)state;
	static struct memmap m;
	enum { PAGES = 4096, MANY = 700 };
	static uint8_t strict[PAGES];
	for (unsigned round = 0; round < 3; round++) {
		memset(strict, 0, sizeof(strict));
		m.count = 0;
		m.lost = 0;
		for (unsigned i = 0; i < MANY; i++) {
			unsigned at = (unsigned)rand() % PAGES, len = 1 + (unsigned)rand() % 5,
			type = rand() % 3 ? MEM_USABLE : MEM_RESERVED;
			struct e820_entry e = entry(at, len, type);
			memmap_add(&m, &e);
			for (unsigned k = at; k < at + len && k < PAGES; k++)
				strict[k] = strict[k] == MEM_RESERVED ? MEM_RESERVED : (uint8_t)type;
		}
		assert_int_equal(m.count, MEMMAP_MAX);
		assert_true(m.lost);
		for (unsigned k = 0; k < PAGES; k++)
			assert_false(memmap_is_usable(&m, k, 1) && strict[k] != MEM_USABLE);
	}
}

static void finds_the_top(void **state)
{
	(void)state;
	struct e820_entry raw[] = {
		entry(0, 0x9fc00, 1), entry(0x100000, 0x1f00123, 1), entry(0x100000000ull, 0x40000000, 1),
	};
	struct memmap m;
	memmap_normalise(raw, 3, &m);
	assert_int_equal(memmap_find_top(&m, 0x10000, 0x1000, 0x100000, 0x100000000ull), 0x1ff0000);
	assert_int_equal(memmap_find_top(&m, 0x2000000, 0x1000, 0x100000, 0x100000000ull), 0);
	assert_int_equal(memmap_find_top(&m, 0x1000, 0x1000, 0, 0xa0000), 0x9e000);
	assert_int_equal(memmap_find_top(&m, 0x1f00123, 1, 0x100000, 0x100000000ull), 0x100000);
}

static void usable_and_sizes(void **state)
{
	(void)state;
	struct e820_entry raw[] = { entry(0, 0x9fc00, 1), entry(0x100000, 0x700000, 1), entry(0x800000, 0x1000, 2) };
	struct memmap m;
	memmap_normalise(raw, 3, &m);
	assert_true(memmap_is_usable(&m, 0x100000, 0x700000));
	assert_false(memmap_is_usable(&m, 0x100000, 0x700001));
	assert_false(memmap_is_usable(&m, 0x90000, 0x80000));
	assert_false(memmap_is_usable(&m, UINT64_MAX - 1, 0x1000));
	assert_int_equal(memmap_lower_kib(&m), 639);
	assert_int_equal(memmap_upper_kib(&m), 7168);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_and_joins), cmocka_unit_test(strictest_type_wins_overlaps),
		cmocka_unit_test(acpi3_ignored_entries_do_not_count), cmocka_unit_test(wrapping_entry_is_cut),
		cmocka_unit_test(random_maps_match_a_model), cmocka_unit_test(the_smallest_are_forgotten),
		cmocka_unit_test(nothing_usable_to_forget), cmocka_unit_test(adding_is_normalising),
		cmocka_unit_test(a_full_table_is_safe),
		cmocka_unit_test(finds_the_top), cmocka_unit_test(usable_and_sizes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
