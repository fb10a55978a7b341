/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handover's planner: plans are carried out on a small memory and compared
 * with what was asked for.  Hand-made cases first, then random layouts from a
 * fixed seed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <setjmp.h>
#include <cmocka.h>

#include "kernel/memmap.h"
#include "services/boot/handover.h"

#define MEM 0x20000u
#define ITEMS 12
#define SEED 20240601u
#define ROUNDS 6000

static uint8_t mem[MEM], before[MEM];
static struct memmap map;
static struct handover_item item[ITEMS];
static struct move moves[2 * ITEMS];
static unsigned order[2 * ITEMS];
static struct boot_why why;
static uint32_t rng = SEED;

static uint32_t rnd(uint32_t n)
{
	rng = rng * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(rng >> 8) * n >> 24);
}

static bool overlaps(uint32_t a, uint32_t alen, uint32_t b, uint32_t blen)
{
	return alen && blen && a < b + blen && b < a + alen;
}

static void map_usable(unsigned n, const uint32_t *edges)
{
	struct e820_entry raw[16];
	for (unsigned i = 0; i < n; i++)
		raw[i] = (struct e820_entry){ edges[2 * i], edges[2 * i + 1] - edges[2 * i], MEM_USABLE, 1 };
	memmap_normalise(raw, n, &map);
}

static struct handover plan_of(unsigned items, uint32_t keep_lo, uint32_t keep_hi)
{
	return (struct handover){
		.map = &map, .item = item, .items = items, .keep_lo = keep_lo, .keep_hi = keep_hi, .move = moves,
		.order = order,
	};
}

static struct handover_item fixed(uint32_t src, uint32_t len, uint32_t zero, uint32_t dst)
{
	return (struct handover_item){ .what = "fixed", .src = src, .len = len, .zero = zero, .dst = dst,
		.fixed = true };
}

static struct handover_item floating(uint32_t src, uint32_t len, uint32_t align, uint32_t lo, uint32_t hi)
{
	return (struct handover_item){ .what = "floating", .src = src, .len = len, .align = align, .lo = lo, .hi = hi };
}

/* Carries the plan out as the copier does; every byte written must be usable memory outside of the copier. */
static void carry_out(const struct handover *h)
{
	for (unsigned i = 0; i < h->moves; i++) {
		const struct move *m = &h->move[i];
		uint32_t end = m->dst + m->len + m->zero;
		assert_in_range(m->src + m->len, 0, MEM);
		assert_in_range(end, m->dst, MEM);
		assert_true(memmap_is_usable(&map, m->dst, m->len + m->zero));
		assert_true(m->dst >= HANDOVER_FIRST || m->dst == end);
		assert_false(overlaps(m->dst, end - m->dst, h->keep_lo, h->keep_hi - h->keep_lo));
		memmove(mem + m->dst, mem + m->src, m->len);
		memset(mem + m->dst + m->len, 0, m->zero);
	}
}

static void fill(void)
{
	for (uint32_t i = 0; i < MEM; i++)
		before[i] = mem[i] = (uint8_t)(rnd(255) + 1);
}

/* wanted = the items as they were before planning, which lets src change */
static void run_and_compare(struct handover *h)
{
	struct handover_item wanted[ITEMS];
	memcpy(wanted, item, sizeof(wanted));
	fill();
	assert_int_equal(handover_plan(h, &why), 0);
	assert_in_range(h->moves, 0, handover_moves_max(h->items));
	carry_out(h);
	for (unsigned i = 0; i < h->items; i++) {
		const struct handover_item *w = &wanted[i];
		assert_int_equal(item[i].dst, w->dst);
		assert_memory_equal(mem + w->dst, before + w->src, w->len);
		for (uint32_t k = 0; k < w->zero; k++)
			assert_int_equal(mem[w->dst + w->len + k], 0);
	}
}

static void everything_in_place(void **state)
{
	(void)state;
	map_usable(1, (const uint32_t[]){ 0, MEM });
	item[0] = fixed(0x4000, 0x1000, 0, 0x4000);
	item[1] = floating(0x8000, 0x1234, 0x1000, 0x1000, MEM);
	item[2] = floating(0x9999, 0, 0x1000, 0x1000, MEM);
	struct handover h = plan_of(3, 0x1f000, MEM);
	assert_int_equal(handover_place(&h, &why), 0);
	assert_int_equal(item[1].dst, 0x8000);
	assert_int_equal(item[2].dst, 0);
	assert_int_equal(handover_plan(&h, &why), 0);
	assert_int_equal(h.moves, 0);
}

static void a_module_in_the_way(void **state)
{
	(void)state;
	map_usable(1, (const uint32_t[]){ 0, MEM });
	item[0] = fixed(0x10000, 0x3000, 0x5000, 0x1000);
	item[1] = floating(0x8000, 0x1000, 0x1000, 0x1000, MEM);
	struct handover h = plan_of(2, 0x1f000, MEM);
	assert_int_equal(handover_place(&h, &why), 0);
	assert_int_equal(item[1].dst, 0x1e000);
	run_and_compare(&h);
	assert_int_equal(h.moves, 2);
}

static void overlapping_itself(void **state)
{
	(void)state;
	map_usable(1, (const uint32_t[]){ 0, MEM });
	for (uint32_t dst = 0x7f00; dst <= 0x8100; dst += 0x40) {
		item[0] = fixed(0x8000, 0x1000, 0x300, dst);
		struct handover h = plan_of(1, 0, 0);
		assert_int_equal(handover_place(&h, &why), 0);
		run_and_compare(&h);
		assert_int_equal(h.moves, 1);
	}
}

/* Each wants to go where the next one is: nothing can begin without setting one aside. */
static void rings(void **state)
{
	(void)state;
	for (unsigned n = 2; n <= 8; n++) {
		map_usable(1, (const uint32_t[]){ 0x1000, 0x1000 * (n + 2) });
		for (unsigned i = 0; i < n; i++)
			item[i] = fixed(0x1000 * (i + 1), 0x1000, 0, 0x1000 * ((i + 1) % n + 1));
		struct handover h = plan_of(n, 0, 0);
		assert_int_equal(handover_place(&h, &why), 0);
		run_and_compare(&h);
		assert_int_equal(h.moves, n + 1);
	}
	/* and without room for that */
	map_usable(1, (const uint32_t[]){ 0x1000, 0x3ffc });
	item[0] = fixed(0x1000, 0x1000, 0, 0x2000);
	item[1] = fixed(0x2000, 0x1000, 0, 0x1000);
	struct handover h = plan_of(2, 0, 0);
	assert_int_equal(handover_place(&h, &why), 0);
	assert_int_equal(handover_plan(&h, &why), -ENOMEM);
	assert_string_equal(why.text, "no free memory to set 4 KiB of fixed aside");
}

static void refuses(void **state)
{
	(void)state;
	map_usable(2, (const uint32_t[]){ 0, 0x9000, 0xa000, 0x10000 });
	struct handover h = plan_of(1, 0xf000, 0x10000);
	item[0] = fixed(0x2000, 0x1000, 0x1000, 0x8800);
	assert_int_equal(handover_place(&h, &why), -EFAULT);
	assert_string_equal(why.text, "0x8800-0xa800 is wanted, but 0x9000-0xa000 is no memory on this machine");
	item[0] = fixed(0x2000, 0x1000, 0, 0x400);
	assert_int_equal(handover_place(&h, &why), -EFAULT);
	assert_string_equal(why.text, "0x400-0x1400 is wanted, but 0x400-0x500 is reserved");
	item[0] = fixed(0x2000, 0x1000, 0, 0xe800);
	assert_int_equal(handover_place(&h, &why), -EINVAL);
	item[0] = fixed(0x2000, 0xfffff000u, 0, 0x4000);
	assert_int_equal(handover_place(&h, &why), -EFAULT);

	item[0] = fixed(0x2000, 0x1000, 0, 0x4000);
	item[1] = fixed(0x3000, 0x1000, 0, 0x4fff);
	h.items = 2;
	assert_int_equal(handover_place(&h, &why), -EINVAL);
	item[1] = floating(0x3000, 0x7000, 0x1000, 0, MEM);
	assert_int_equal(handover_place(&h, &why), -ENOMEM);
	item[1] = floating(0x3000, 0x100, 0x1000, 0x8800, 0xa800);
	assert_int_equal(handover_place(&h, &why), 0);
	assert_int_equal(item[1].dst, 0xa000);
	item[1] = floating(0x3000, 0x100, 0x1000, 0x8001, 0xa0ff);
	assert_int_equal(handover_place(&h, &why), -ENOMEM);
}

/* Holes of every kind in the map, with the search coming from both sides. */
static void finds_the_edges(void **state)
{
	(void)state;
	struct e820_entry raw[] = {
		{ 0x1000, 0x3000, MEM_USABLE, 1 }, { 0x4000, 0x1000, MEM_ACPI_NVS, 1 },
		{ 0x5000, 0x2000, MEM_USABLE, 1 },
		{ 0x7000, 0x1000, MEM_BAD, 1 }, { 0x100000000ull, 0x1000000, MEM_USABLE, 1 },
	};
	memmap_normalise(raw, 5, &map);
	struct handover h = plan_of(0, 0x2000, 0x3000);
	uint32_t at;
	assert_int_equal(handover_find(&h, 0x1000, 0x1000, 0, UINT32_MAX, false, &at), 0);
	assert_int_equal(at, 0x1000);
	assert_int_equal(handover_find(&h, 0x1001, 1, 0, UINT32_MAX, false, &at), 0);
	assert_int_equal(at, 0x5000);
	assert_int_equal(handover_find(&h, 0x800, 0x1000, 0, UINT32_MAX, true, &at), 0);
	assert_int_equal(at, 0x6000);
	assert_int_equal(handover_find(&h, 0x800, 1, 0, 0x5400, true, &at), 0);
	assert_int_equal(at, 0x3800);
	assert_int_equal(handover_find(&h, 0x2001, 1, 0, UINT32_MAX, true, &at), -ENOMEM);
	assert_int_equal(handover_find(&h, 0x1000, 0x8000, 0, UINT32_MAX, true, &at), -ENOMEM);
	assert_int_equal(handover_find(&h, 0x1000, 0x80000000u, 0, UINT32_MAX, false, &at), -ENOMEM);
	assert_int_equal(handover_find(&h, 0xffffffffu, 1, 0, UINT32_MAX, true, &at), -ENOMEM);
	assert_int_equal(handover_check(&map, 0x5000, 0x2000, &why), 0);
	assert_int_equal(handover_check(&map, 0x5000, 0, &why), 0);
	assert_int_equal(handover_check(&map, 0x5800, 0x2000, &why), -EFAULT);
	assert_string_equal(why.text, "0x5800-0x7800 is wanted, but 0x7000-0x7800 is reserved");
	struct handover kept = { .map = &map, .keep_lo = 0x6000, .keep_hi = 0x6800 };
	assert_true(handover_fits(&kept, 0x5000, 0x1000));
	assert_false(handover_fits(&kept, 0x5000, 0x1001));
	assert_true(handover_fits(&kept, 0x6800, 0x800));
	assert_false(handover_fits(&kept, 0x6800, 0x801));
	/* memory right up to 4 GiB: its last page is left alone, and nothing wraps */
	map_usable(1, (const uint32_t[]){ 0xff000000, 0xffffffff });
	assert_int_equal(handover_find(&h, 0x800, 0x1000, 0, UINT32_MAX, true, &at), 0);
	assert_int_equal(at, 0xffffe000);
	assert_int_equal(handover_find(&h, 0x1000, 1, 0xffffe001, UINT32_MAX, false, &at), -ENOMEM);
	assert_int_equal(handover_find(&h, 0x800, 0x2000000, 0xff000000, UINT32_MAX, false, &at), -ENOMEM);
	assert_int_equal(handover_check(&map, 0xfeffffff, 2, &why), -EFAULT);
	map.count = 0;
	assert_int_equal(handover_find(&h, 1, 1, 0, UINT32_MAX, false, &at), -ENOMEM);
	assert_int_equal(handover_find_over(&h, 1, 1, 0, UINT32_MAX, false, &at), -ENOMEM);
}

/* What stays where it is cuts the free memory in pieces; packed together all fit. */
static void packs_when_it_must(void **state)
{
	(void)state;
	map_usable(1, (const uint32_t[]){ 0x1000, 0x11000 });
	item[0] = fixed(0x1000, 0x100, 0x7f00, 0x1000);
	item[1] = floating(0x2000, 0x4000, 0x1000, 0x1000, MEM);
	item[2] = floating(0xc000, 0x1000, 0x1000, 0x1000, MEM);
	item[3] = floating(0xf000, 0x1000, 0x1000, 0x1000, MEM);
	struct handover h = plan_of(4, 0, 0);
	assert_int_equal(handover_place(&h, &why), 0);
	assert_int_equal(item[1].dst, 0xd000);
	run_and_compare(&h);
}

static void random_map(void)
{
	struct e820_entry raw[6];
	unsigned n = 0;
	raw[n++] = (struct e820_entry){ 0, MEM - rnd(2) * 0x2000, MEM_USABLE, 1 };
	for (unsigned holes = rnd(4); holes; holes--)
		raw[n++] = (struct e820_entry){ rnd(MEM), rnd(0x1800) + 1, MEM_RESERVED, 1 };
	memmap_normalise(raw, n, &map);
}

/* A usable piece of memory of up to max bytes. */
static void random_piece(uint32_t max, uint32_t *at, uint32_t *len)
{
	do {
		*len = rnd(8) ? rnd(max) : 0;
		*at = HANDOVER_FIRST + rnd(MEM - HANDOVER_FIRST);
		if (rnd(2))
			*at &= ~0xfffu;
	} while (*at < HANDOVER_FIRST || *at + *len > MEM || !memmap_is_usable(&map, *at, *len ? *len : 1));
}

static bool clear_of_fixed(unsigned n, uint32_t at, uint32_t len)
{
	for (unsigned i = 0; i < n; i++)
		if (item[i].fixed && overlaps(at, len, item[i].dst, item[i].len + item[i].zero))
			return false;
	return true;
}

/* Sources anywhere (they may share bytes), some items fixed, some not, and the copier between them. */
static struct handover random_layout(uint32_t max_len)
{
	struct handover h = plan_of(1 + rnd(ITEMS), 0, 0);
	random_map();
	for (unsigned i = 0; i < h.items; i++) {
		uint32_t src, len, dst, room;
		random_piece(max_len, &src, &len);
		item[i] = floating(src, len, 1u << rnd(13), rnd(2) * 0x1000, MEM - rnd(2) * 0x1000);
		random_piece(max_len, &dst, &room);
		if (rnd(2) && clear_of_fixed(i, dst, room)) {
			item[i] = fixed(src, len < room ? len : room, 0, dst);
			item[i].zero = room - item[i].len;
		}
	}
	uint32_t keep, keep_len = 0x200;
	bool free_place;
	do {
		random_piece(MEM / 8, &keep, &keep_len);
		free_place = clear_of_fixed(h.items, keep, keep_len);
		for (unsigned i = 0; i < h.items && free_place; i++)
			free_place = !overlaps(keep, keep_len, item[i].src, item[i].len);
	} while (!free_place);
	h.keep_lo = keep;
	h.keep_hi = keep + keep_len;
	return h;
}

static void check_places(const struct handover *h)
{
	for (unsigned i = 0; i < h->items; i++) {
		const struct handover_item *a = &item[i];
		uint32_t len = a->len + a->zero;
		assert_true(a->fixed);
		if (!len)
			continue;
		if (a->align) {
			assert_int_equal(a->dst & (a->align - 1), 0);
			assert_true(a->dst >= a->lo && a->dst + len <= a->hi);
		}
		assert_int_equal(handover_check(&map, a->dst, len, &why), 0);
		assert_false(overlaps(a->dst, len, h->keep_lo, h->keep_hi - h->keep_lo));
		for (unsigned j = 0; j < i; j++)
			assert_false(overlaps(a->dst, len, item[j].dst, item[j].len + item[j].zero));
	}
}

static void random_layouts(void **state)
{
	(void)state;
	unsigned planned = 0, aside = 0, no_place = 0, no_room = 0;
	printf("seed %u\n", SEED);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct handover h = random_layout(round % 2 ? 0x1800 : 0x6000);
		if (handover_place(&h, &why)) {
			no_place++;
			continue;
		}
		check_places(&h);
		struct handover_item kept[ITEMS];
		memcpy(kept, item, sizeof(kept));
		if (handover_plan(&h, &why)) {
			no_room++;
			continue;
		}
		memcpy(item, kept, sizeof(kept));
		run_and_compare(&h);
		planned++;
		aside += h.moves > h.items;
	}
	printf("%u planned, %u of them set something aside; %u without place, %u without room to set aside\n", planned,
	       aside, no_place, no_room);
	assert_true(planned > ROUNDS / 2);
	assert_true(aside > 20 && no_place > 20);
}

/* The rules of a place, asked of one place. */
static bool is_clear(const struct handover *h, uint32_t at, uint32_t len, bool of_sources)
{
	if (!handover_fits(h, at, len))
		return false;
	for (unsigned i = 0; i < h->items; i++)
		if ((item[i].fixed && overlaps(at, len, item[i].dst, item[i].len + item[i].zero)) ||
		    (of_sources && overlaps(at, len, item[i].src, item[i].len)))
			return false;
	return true;
}

/* Every place is asked, from the end on. */
static bool naive_find(const struct handover *h, uint32_t len, uint32_t align, uint32_t lo, uint32_t hi, bool high,
	bool of_sources,
		       uint32_t *at)
{
	uint32_t first = (lo + align - 1) & -align, places = hi >= first + len ? (hi - len - first) / align + 1 : 0;
	for (uint32_t i = 0; i < places; i++) {
		*at = first + align * (high ? places - 1 - i : i);
		if (is_clear(h, *at, len, of_sources))
			return true;
	}
	return false;
}

static void finds_what_a_naive_search_finds(void **state)
{
	(void)state;
	unsigned found = 0;
	for (unsigned round = 0; round < 300; round++) {
		struct handover h = random_layout(round % 2 ? 0x1800 : 0x6000);
		for (unsigned i = 0; i < 4; i++) {
			uint32_t len = rnd(0x2000) + 1, align = 16u << rnd(9), lo = rnd(MEM / 2),
			hi = lo + rnd(MEM - lo) + 1, at, naive;
			bool high = i & 1, over = i & 2;
			bool there = !over && naive_find(&h, len, align, lo, hi, high, true, &naive);
			there = there || naive_find(&h, len, align, lo, hi, high, false, &naive);
			int rc = over ? handover_find_over(&h, len, align, lo, hi, high, &at) :
					handover_find(&h, len, align, lo, hi, high, &at);
			assert_int_equal(rc, there ? 0 : -ENOMEM);
			if (there)
				assert_int_equal(at, naive);
			found += there;
		}
	}
	assert_in_range(found, 300, 1199);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_in_place), cmocka_unit_test(a_module_in_the_way),
		cmocka_unit_test(overlapping_itself), cmocka_unit_test(rings), cmocka_unit_test(refuses),
		cmocka_unit_test(finds_the_edges), cmocka_unit_test(packs_when_it_must),
		cmocka_unit_test(random_layouts),
		cmocka_unit_test(finds_what_a_naive_search_finds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
