/* SPDX-License-Identifier: BSD-2-Clause */
/* What is overwritten before the next kernel, on a small memory: by hand, and by chance from a fixed seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "services/boot/wipe.h"

#define MEM 4096u
#define ITEMS 6
#define SPARED 5
#define MOVES 32
#define ROUNDS 20000

static struct handover_item item[ITEMS];
static struct move moves[MOVES];
static struct wipe_span spared[SPARED];
static uint8_t mem[MEM];
static uint32_t rng = 20270101u;

static uint32_t rnd(uint32_t n)
{
	rng = rng * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(rng >> 8) * n >> 24);
}

static void carry_out(const struct handover *h)
{
	for (unsigned i = 0; i < h->moves; i++) {
		const struct move *m = &h->move[i];
		assert_int_equal(m->len, 0);
		assert_true(m->zero && m->dst < MEM && m->zero <= MEM - m->dst);
		for (uint32_t at = m->dst; at < m->dst + m->zero; at++) {
			assert_int_equal(mem[at], 0xaa);	/* nothing twice */
			mem[at] = 0;
		}
	}
}

static void by_hand(void **state)
{
	struct handover h = { .item = item, .items = 2, .keep_lo = 300, .keep_hi = 400, .move = moves };
	(void)state;
	item[0] = (struct handover_item){ .dst = 100, .len = 20, .zero = 30 };
	item[1] = (struct handover_item){ .dst = 140, .len = 60 };
	spared[0] = (struct wipe_span){ 390, 500 };
	assert_true(wipe_add(&h, (struct wipe_span){ 50, 600 }, spared, 1, MOVES));
	assert_int_equal(h.moves, 3);
	static const struct move want[] = { { 50, 50, 0, 50 }, { 200, 200, 0, 100 }, { 500, 500, 0, 100 } };
	assert_memory_equal(moves, want, sizeof(want));
	/* all is covered; nothing to do */
	assert_true(wipe_add(&h, (struct wipe_span){ 100, 200 }, spared, 1, MOVES));
	assert_true(wipe_add(&h, (struct wipe_span){ 600, 600 }, spared, 1, MOVES));
	assert_int_equal(h.moves, 3);
	/* no room */
	assert_false(wipe_add(&h, (struct wipe_span){ 50, 600 }, spared, 1, 4));
	assert_int_equal(h.moves, 4);
	/* up to the end of the addresses */
	h = (struct handover){ .item = item, .items = 1, .move = moves };
	item[0] = (struct handover_item){ .dst = 0xffffe000u, .len = 0x1000 };
	assert_true(wipe_add(&h, (struct wipe_span){ 0xffffd000u, 0xfffff800u }, NULL, 0, MOVES));
	assert_int_equal(h.moves, 2);
	assert_int_equal(moves[1].dst, 0xfffff000u);
	assert_int_equal(moves[1].zero, 0x800);
}

static void by_chance(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct handover h = { .item = item, .items = rnd(ITEMS + 1), .move = moves };
		unsigned count = rnd(SPARED + 1);
		h.keep_lo = rnd(MEM);
		h.keep_hi = h.keep_lo + rnd(MEM - h.keep_lo);
		memset(mem, 0xaa, sizeof(mem));
		for (unsigned i = 0; i < h.items; i++)
			item[i] = (struct handover_item){ .dst = rnd(MEM - 600), .len = rnd(300), .zero = rnd(300) };
		for (unsigned i = 0; i < count; i++) {
			spared[i].lo = rnd(MEM);
			spared[i].hi = spared[i].lo + rnd(400);
		}
		uint32_t lo = rnd(MEM), hi = lo + rnd(MEM - lo);
		/* each thing that is left alone parts it once more at the most */
		assert_true(wipe_add(&h, (struct wipe_span){ lo, hi }, spared, count, 1 + h.items + count + 1));
		carry_out(&h);
		for (uint32_t at = 0; at < MEM; at++) {
			bool left = at < lo || at >= hi || (at >= h.keep_lo && at < h.keep_hi);
			for (unsigned i = 0; i < h.items; i++)
				left = left || at - item[i].dst < item[i].len + item[i].zero;
			for (unsigned i = 0; i < count; i++)
				left = left || (at >= spared[i].lo && at < spared[i].hi);
			assert_int_equal(mem[at], left ? 0xaa : 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(by_hand), cmocka_unit_test(by_chance) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
