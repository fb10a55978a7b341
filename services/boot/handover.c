/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handover's planner.  An item may be moved as soon as its destination
 * covers no other item's source that is still needed.  Where items block each
 * other in a ring, the smallest source in somebody's way is set aside to free
 * memory, and so on until nothing blocks.
 */
#include "services/boot/handover.h"

#include <errno.h>
#include <stddef.h>

#include "kernel/checked.h"
#include "kernel/memmap.h"

/* [lo, hi); nothing of interest ends at 4 GiB exactly, so sums that pass it stop at its last byte. */
struct span {
	uint32_t lo, hi;
};

static uint32_t clip(uint64_t addr)
{
	return addr > UINT32_MAX ? UINT32_MAX : (uint32_t)addr;
}

/* True if they share a byte; an empty span meets nothing. */
static bool meets(struct span a, struct span b)
{
	uint32_t lo = a.lo > b.lo ? a.lo : b.lo, hi = a.hi < b.hi ? a.hi : b.hi;
	return lo < hi;
}

static struct span src_span(const struct handover_item *i)
{
	return (struct span){ i->src, capped_sum(i->src, i->len) };
}

static struct span dst_span(const struct handover_item *i)
{
	return (struct span){ i->dst, capped_sum(i->dst, capped_sum(i->len, i->zero)) };
}

/*
 * The first hole in usable memory that holds `at` or comes after it, from its
 * true start on; *type is 0 for memory that does not exist.
 */
static struct span first_hole(const struct memmap *map, uint32_t at, uint32_t *type)
{
	struct span hole = { 0, HANDOVER_FIRST };
	*type = MEM_RESERVED;
	if (at < HANDOVER_FIRST)
		return hole;
	*type = 0;
	for (uint32_t i = 0; i < map->count; i++) {
		const struct e820_entry *e = &map->e[i];
		hole.hi = clip(e->base);
		if (hole.hi > at)
			return hole;
		hole.lo = clip(e->base + e->len);
		if (hole.lo <= at)
			continue;
		if (e->type != MEM_USABLE) {
			*type = e->type;
			return (struct span){ hole.hi, hole.lo };
		}
		at = hole.lo;
	}
	hole.hi = UINT32_MAX;
	return hole;
}

int handover_check(const struct memmap *map, uint32_t addr, uint32_t len, struct boot_why *why)
{
	uint32_t type;
	uint32_t end = capped_sum(addr, len);
	struct span hole = first_hole(map, addr, &type);
	if (!len || hole.lo >= end)
		return 0;
	if (hole.lo < addr)
		hole.lo = addr;
	if (hole.hi > end)
		hole.hi = end;
	return boot_why(why, -EFAULT, "0x%x-0x%x is wanted, but 0x%x-0x%x %s", (unsigned)addr,
			(unsigned)end, (unsigned)hole.lo, (unsigned)hole.hi,
			type ? "is reserved" : "is no memory on this machine");
}

enum { CLEAR_OF_DSTS = 1, CLEAR_OF_SRCS = 2 };

/* An obstacle inside at: a hole in memory, the copier, an item's destination or source. */
static bool find_obstacle(const struct handover *h, struct span at, unsigned clear, struct span *obstacle)
{
	uint32_t type;
	*obstacle = first_hole(h->map, at.lo, &type);
	if (meets(at, *obstacle))
		return true;
	*obstacle = (struct span){ h->keep_lo, h->keep_hi };
	if (meets(at, *obstacle))
		return true;
	for (unsigned i = 0; i < h->items; i++) {
		*obstacle = dst_span(&h->item[i]);
		if ((clear & CLEAR_OF_DSTS) && h->item[i].fixed && meets(at, *obstacle))
			return true;
		*obstacle = src_span(&h->item[i]);
		if ((clear & CLEAR_OF_SRCS) && meets(at, *obstacle))
			return true;
	}
	return false;
}

static bool search(const struct handover *h, uint32_t len, uint32_t align, struct span in, bool high, unsigned clear,
		   uint32_t *found)
{
	struct span at, obstacle;

	if (in.hi > HANDOVER_LAST)
		in.hi = HANDOVER_LAST;
	if (in.lo < HANDOVER_FIRST)
		in.lo = HANDOVER_FIRST;
	at = in;
	for (;;) {
		/* what is left to look at is [at.lo, at.hi): take its end, or its start */
		if (at.hi < len || capped_sum(at.lo, align - 1) == UINT32_MAX)
			return false;
		if (high)
			at.lo = (at.hi - len) & -align;
		else
			at.lo = (at.lo + align - 1) & -align;
		at.hi = capped_sum(at.lo, len);
		if (at.lo < in.lo || at.hi > in.hi)
			return false;
		if (!find_obstacle(h, at, clear, &obstacle)) {
			*found = at.lo;
			return true;
		}
		at = (struct span){ high ? in.lo : obstacle.hi, high ? obstacle.lo : in.hi };
	}
}

int handover_find_over(const struct handover *h, uint32_t len, uint32_t align, uint32_t lo, uint32_t hi, bool high,
		       uint32_t *at)
{
	return search(h, len, align, (struct span){ lo, hi }, high, CLEAR_OF_DSTS, at) ? 0 : -ENOMEM;
}

int handover_find(const struct handover *h, uint32_t len, uint32_t align, uint32_t lo, uint32_t hi, bool high,
		  uint32_t *at)
{
	struct span in = { lo, hi };
	if (search(h, len, align, in, high, CLEAR_OF_DSTS | CLEAR_OF_SRCS, at))
		return 0;
	return handover_find_over(h, len, align, lo, hi, high, at);
}

bool handover_fits(const struct handover *h, uint32_t addr, uint32_t len)
{
	struct boot_why ignored;
	return !handover_check(h->map, addr, len, &ignored) &&
	       !meets((struct span){ addr, capped_sum(addr, len) }, (struct span){ h->keep_lo, h->keep_hi });
}

static int check_fixed(const struct handover *h, unsigned n, struct boot_why *why)
{
	const struct handover_item *item = &h->item[n];
	struct span dst = dst_span(item);
	int rc = handover_check(h->map, item->dst, capped_sum(item->len, item->zero), why);
	if (rc)
		return rc;
	if (meets(dst, (struct span){ h->keep_lo, h->keep_hi }))
		return boot_why(why, -EINVAL, "%s: 0x%x-0x%x would cover the copier", item->what, (unsigned)dst.lo,
				(unsigned)dst.hi);
	for (unsigned i = 0; i < n; i++)
		if (h->item[i].fixed && meets(dst, dst_span(&h->item[i])))
			return boot_why(why, -EINVAL, "%s and %s are both wanted at 0x%x-0x%x", h->item[i].what, item->what,
					(unsigned)dst.lo, (unsigned)dst.hi);
	return 0;
}

/* True if the item, not placed yet, can be used where it is. */
static bool can_stay(const struct handover *h, const struct handover_item *item)
{
	struct span obstacle, at = src_span(item);
	return !(item->src & (item->align - 1)) && at.lo >= item->lo && at.hi <= item->hi && !item->zero &&
	       !find_obstacle(h, at, CLEAR_OF_DSTS, &obstacle);
}

/* Places what is not fixed; `stay` leaves it where it is if that can be, otherwise all is packed to the top. */
static const struct handover_item *place_floating(struct handover *h, bool stay)
{
	for (unsigned i = 0; i < h->items; i++) {
		struct handover_item *item = &h->item[i];
		uint32_t len = capped_sum(item->len, item->zero);
		struct span in = { item->lo, item->hi };
		if (item->fixed)
			continue;
		item->dst = len ? item->src : 0;
		bool placed = !len || (stay && can_stay(h, item));
		if (!placed && stay)
			placed = !handover_find(h, len, item->align, item->lo, item->hi, true, &item->dst);
		if (!placed && !stay)
			placed = search(h, len, item->align, in, true, CLEAR_OF_DSTS, &item->dst);
		if (!placed)
			return item;
		item->fixed = item->placed = true;
	}
	return NULL;
}

int handover_place(struct handover *h, struct boot_why *why)
{
	for (unsigned i = 0; i < h->items; i++) {
		int rc = h->item[i].fixed ? check_fixed(h, i, why) : 0;
		if (rc)
			return rc;
	}
	const struct handover_item *item = place_floating(h, true);
	if (!item)
		return 0;
	/* what stayed where it was may have cut the free memory into pieces too small */
	for (unsigned i = 0; i < h->items; i++)
		if (h->item[i].placed)
			h->item[i].fixed = h->item[i].placed = false;
	item = place_floating(h, false);
	if (!item)
		return 0;
	return boot_why(why, -ENOMEM, "no free memory of %u KiB for %s between 0x%x and 0x%x",
			(unsigned)(capped_sum(capped_sum(item->len, item->zero), 1023) / 1024), item->what, (unsigned)item->lo,
			(unsigned)item->hi);
}

static struct handover_item *find_runnable(struct handover *h)
{
	for (unsigned i = 0; i < h->items; i++) {
		struct handover_item *item = &h->item[i];
		bool blocked = item->done;
		for (unsigned j = 0; j < h->items && !blocked; j++)
			blocked = j != i && !h->item[j].done && meets(dst_span(item), src_span(&h->item[j]));
		if (!blocked)
			return item;
	}
	return NULL;
}

/* The smallest pending source that lies where another pending item wants to go. */
static struct handover_item *find_in_the_way(struct handover *h)
{
	struct handover_item *best = NULL;
	for (unsigned i = 0; i < h->items; i++) {
		struct handover_item *item = &h->item[i];
		bool blocks = false;
		for (unsigned j = 0; j < h->items && !item->done && !blocks; j++)
			blocks = j != i && !h->item[j].done && meets(src_span(item), dst_span(&h->item[j]));
		if (blocks && (!best || item->len < best->len))
			best = item;
	}
	return best;
}

static void add_move(struct handover *h, struct handover_item *item, uint32_t dst, uint32_t zero)
{
	h->move[h->moves++] = (struct move){ .dst = dst, .src = item->src, .len = item->len, .zero = zero };
	item->src = dst;
}

int handover_plan(struct handover *h, struct boot_why *why)
{
	unsigned pending = 0;
	h->moves = 0;
	for (unsigned i = 0; i < h->items; i++) {
		struct handover_item *item = &h->item[i];
		item->done = !item->zero && (!item->len || item->src == item->dst);
		pending += !item->done;
	}
	while (pending) {
		struct handover_item *item = find_runnable(h);
		if (item) {
			add_move(h, item, item->dst, item->zero);
			item->done = true;
			pending--;
			continue;
		}
		uint32_t aside;
		struct span anywhere = { HANDOVER_FIRST, HANDOVER_LAST };
		item = find_in_the_way(h);
		if (!search(h, item->len, 4, anywhere, true, CLEAR_OF_DSTS | CLEAR_OF_SRCS, &aside))
			return boot_why(why, -ENOMEM, "no free memory to set %u KiB of %s aside",
					(unsigned)(capped_sum(item->len, 1023) / 1024), item->what);
		add_move(h, item, aside, 0);
	}
	return 0;
}
