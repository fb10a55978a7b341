/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handover's planner: a memory of 64 KiB with a hole, the copier and up to
 * 24 items from the input, 9 bytes each.  What is placed keeps the rules, and
 * the plan, carried out, brings every byte where it is wanted.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/memmap.h"
#include "net/cursor.h"
#include "services/boot/handover.h"

#define MEM 0x10000u
#define ITEMS 24u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t mem[MEM], before[MEM];
static struct memmap map;

static void read_item(struct cursor *c, struct handover_item *i)
{
	uint8_t flags = cur_u8(c);
	*i = (struct handover_item){
		.what = "x", .src = cur_le16(c), .len = cur_le16(c) & 0x3fff,
		.zero = flags & 2 ? cur_le16(c) & 0x1fff : 0,
		.fixed = flags & 1, .align = 1u << (flags >> 4), .lo = 0, .hi = flags & 4 ? MEM : MEM / 2,
		.dst = cur_le16(c),
	};
	if (i->src + i->len > MEM)
		i->len = MEM - i->src;
}

/* From either end: it is one place that keeps the rules, or none does at the very ends. */
static void check_search(struct handover *h, uint32_t len, uint32_t align, uint32_t lo)
{
	uint32_t at;
	for (unsigned k = 0; k < 4 && h->items; k++) {
		int rc = k & 1 ? handover_find(h, len, align, lo, UINT32_MAX, k & 2, &at) :
				 handover_find_over(h, len, align, lo, UINT32_MAX, k & 2, &at);
		assert(rc == 0 || rc == -ENOMEM);
		if (rc)
			continue;
		assert(at >= lo && !(at & (align - 1)) && handover_fits(h, at, len));
		for (unsigned i = 0; i < h->items && len; i++) {
			const struct handover_item *f = &h->item[i];
			uint32_t other = f->len + f->zero;
			assert(!f->fixed || !other || at >= f->dst + other || f->dst >= at + len);
		}
	}
}

static void check_place(const struct handover *h, unsigned n)
{
	const struct handover_item *i = &h->item[n];
	uint32_t len = i->len + i->zero;
	struct boot_why why;
	assert(i->fixed);
	if (!len)
		return;
	assert(handover_check(&map, i->dst, len, &why) == 0 && handover_fits(h, i->dst, len));
	assert(!i->placed || (!(i->dst & (i->align - 1)) && i->dst >= i->lo && i->dst + len <= i->hi));
	for (unsigned k = 0; k < n; k++) {
		uint32_t other = h->item[k].len + h->item[k].zero;
		assert(!other || i->dst >= h->item[k].dst + other || h->item[k].dst >= i->dst + len);
	}
}

static void carry_out(const struct handover *h, const struct handover_item *wanted)
{
	for (uint32_t i = 0; i < MEM; i++)
		before[i] = mem[i] = (uint8_t)(i * 167 + (i >> 8) * 31 + 1);
	for (unsigned i = 0; i < h->moves; i++) {
		const struct move *m = &h->move[i];
		assert(m->src + m->len <= MEM && m->dst + m->len + m->zero <= MEM);
		assert(m->dst + m->len + m->zero <= h->keep_lo || m->dst >= h->keep_hi);
		memmove(mem + m->dst, mem + m->src, m->len);
		memset(mem + m->dst + m->len, 0, m->zero);
	}
	for (unsigned i = 0; i < h->items; i++) {
		const struct handover_item *w = &wanted[i];
		assert(!memcmp(mem + w->dst, before + w->src, w->len));
		for (uint32_t k = 0; k < w->zero; k++)
			assert(!mem[w->dst + w->len + k]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct handover_item item[ITEMS], wanted[ITEMS];
	static struct move moves[2 * ITEMS];
	static unsigned order[2 * ITEMS];
	struct cursor c = cur_make(data, size);
	struct boot_why why;
	struct e820_entry raw[] = { { 0, MEM, MEM_USABLE, 1 }, { cur_le16(&c), 0x800, MEM_RESERVED, 1 } };
	memmap_normalise(raw, 2, &map);
	struct handover h = { .map = &map, .item = item, .move = moves, .order = order,
			      .keep_lo = cur_le16(&c) & 0xfe00 };
	h.keep_hi = h.keep_lo + 0x200;
	while (h.items < ITEMS && cur_left(&c) >= 9)
		read_item(&c, &item[h.items++]);
	check_search(&h, item[0].len, item[0].align, item[0].src);
	if (!h.items || handover_place(&h, &why))
		return 0;
	for (unsigned i = 0; i < h.items; i++)
		check_place(&h, i);
	memcpy(wanted, item, sizeof(item));
	if (handover_plan(&h, &why) == 0) {
		assert(h.moves <= handover_moves_max(h.items));
		carry_out(&h, wanted);
	}
	return 0;
}
