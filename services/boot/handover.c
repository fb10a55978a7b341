/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handover's planner.  An item may be moved as soon as its destination
 * covers no other item's source that is still needed.  Where items block each
 * other in a ring, the smallest source in somebody's way is set aside to free
 * memory, and so on until nothing blocks.
 *
 * n items take n^2 steps: a search walks along an index of all spans, and each
 * item knows how many others are in its way.
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

/* A span of an item, by its place in the order: twice the item's number, plus 1 for its source. */
static struct span slot_span(const struct handover *h, unsigned slot)
{
	const struct handover_item *i = &h->item[slot / 2];
	return slot & 1 ? src_span(i) : dst_span(i);
}

/*
 * All spans in the order of their starts.  Little has changed since the last
 * time, so the sort that moves each one down to its place has little to do.
 */
static void put_in_order(struct handover *h)
{
	for (; h->ordered < 2 * h->items; h->ordered++)
		h->order[h->ordered] = h->ordered;
	for (unsigned n = 1; n < h->ordered; n++) {
		unsigned slot = h->order[n], to = n;
		uint32_t lo = slot_span(h, slot).lo;
		for (; to && slot_span(h, h->order[to - 1]).lo > lo; to--)
			h->order[to] = h->order[to - 1];
		h->order[to] = slot;
	}
}

/* True if that span is an obstacle at `at`. */
static bool slot_blocks(const struct handover *h, unsigned slot, struct span at, unsigned clear)
{
	bool counts = slot & 1 ? clear & CLEAR_OF_SRCS : (clear & CLEAR_OF_DSTS) && h->item[slot / 2].fixed;
	return counts && meets(at, slot_span(h, slot));
}

/* What is no item: a hole in memory, or the copier. */
static bool find_ground(const struct handover *h, struct span at, struct span *obstacle)
{
	uint32_t type;
	*obstacle = first_hole(h->map, at.lo, &type);
	if (meets(at, *obstacle))
		return true;
	*obstacle = (struct span){ h->keep_lo, h->keep_hi };
	return meets(at, *obstacle);
}

/*
 * The spans are met in their order, so none is looked at twice: one that was
 * passed lies on the side that the search has left.
 */
static bool find_obstacle(const struct handover *h, struct span at, bool high, unsigned clear, unsigned *next,
			  struct span *obstacle)
{
	if (find_ground(h, at, obstacle))
		return true;
	while (*next < h->ordered) {
		unsigned slot = h->order[high ? h->ordered - 1 - *next : *next];
		++*next;
		*obstacle = slot_span(h, slot);
		if (slot_blocks(h, slot, at, clear))
			return true;
	}
	return false;
}

static bool search(struct handover *h, uint32_t len, uint32_t align, struct span in, bool high, unsigned clear,
		   uint32_t *found)
{
	struct span at, obstacle;
	unsigned next = 0;

	put_in_order(h);
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
		if (!find_obstacle(h, at, high, clear, &next, &obstacle)) {
			*found = at.lo;
			return true;
		}
		at = (struct span){ high ? in.lo : obstacle.hi, high ? obstacle.lo : in.hi };
	}
}

int handover_find_over(struct handover *h, uint32_t len, uint32_t align, uint32_t lo, uint32_t hi, bool high,
		       uint32_t *at)
{
	return search(h, len, align, (struct span){ lo, hi }, high, CLEAR_OF_DSTS, at) ? 0 : -ENOMEM;
}

int handover_find(struct handover *h, uint32_t len, uint32_t align, uint32_t lo, uint32_t hi, bool high,
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
			return boot_why(why, -EINVAL, "%s and %s are both wanted at 0x%x-0x%x", h->item[i].what,
					item->what, (unsigned)dst.lo, (unsigned)dst.hi);
	return 0;
}

/* True if the item, not placed yet, can be used where it is. */
static bool can_stay(const struct handover *h, const struct handover_item *item)
{
	struct span ground, at = src_span(item);
	if (item->src & (item->align - 1) || at.lo < item->lo || at.hi > item->hi || item->zero ||
	    find_ground(h, at, &ground))
		return false;
	for (unsigned i = 0; i < h->items; i++)
		if (slot_blocks(h, 2 * i, at, CLEAR_OF_DSTS))
			return false;
	return true;
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
			(unsigned)(capped_sum(capped_sum(item->len, item->zero), 1023) / 1024), item->what,
			(unsigned)item->lo,
			(unsigned)item->hi);
}

/* What stands in whose way among those that are not done: `by` is added for each pair with item's source in it. */
static void count_source(struct handover *h, struct handover_item *item, int by)
{
	for (struct handover_item *other = h->item; other < h->item + h->items; other++)
		if (other != item && !other->done && meets(dst_span(other), src_span(item))) {
			other->blockers += by;
			item->blocks += by;
		}
}

/* The item is where it is to be: nobody waits for it, and it waits for nobody. */
static void finish(struct handover *h, struct handover_item *item)
{
	item->done = true;
	count_source(h, item, -1);
	for (struct handover_item *other = h->item; other < h->item + h->items; other++)
		if (other != item && !other->done && meets(dst_span(item), src_span(other)))
			other->blocks--;
}

static struct handover_item *find_runnable(struct handover *h)
{
	for (unsigned i = 0; i < h->items; i++)
		if (!h->item[i].done && !h->item[i].blockers)
			return &h->item[i];
	return NULL;
}

/* The smallest pending source that lies where another pending item wants to go. */
static struct handover_item *find_in_the_way(struct handover *h)
{
	struct handover_item *best = NULL;
	for (struct handover_item *item = h->item; item < h->item + h->items; item++)
		if (!item->done && item->blocks && (!best || item->len < best->len))
			best = item;
	return best;
}

static void add_move(struct handover *h, struct handover_item *item, uint32_t dst, uint32_t zero)
{
	h->move[h->moves++] = (struct move){ .dst = dst, .src = item->src, .len = item->len, .zero = zero };
	item->src = dst;
}

static unsigned count_all(struct handover *h)
{
	unsigned pending = 0;
	for (struct handover_item *item = h->item; item < h->item + h->items; item++) {
		item->done = !item->zero && (!item->len || item->src == item->dst);
		item->blockers = item->blocks = 0;
		pending += !item->done;
	}
	for (struct handover_item *item = h->item; item < h->item + h->items; item++)
		if (!item->done)
			count_source(h, item, 1);
	return pending;
}

int handover_plan(struct handover *h, struct boot_why *why)
{
	unsigned pending = count_all(h);
	h->moves = 0;
	while (pending) {
		struct handover_item *item = find_runnable(h);
		if (item) {
			finish(h, item);
			add_move(h, item, item->dst, item->zero);
			pending--;
			continue;
		}
		uint32_t aside;
		struct span anywhere = { HANDOVER_FIRST, HANDOVER_LAST };
		item = find_in_the_way(h);
		if (!search(h, item->len, 4, anywhere, true, CLEAR_OF_DSTS | CLEAR_OF_SRCS, &aside))
			return boot_why(why, -ENOMEM, "no free memory to set %u KiB of %s aside",
					(unsigned)(capped_sum(item->len, 1023) / 1024), item->what);
		count_source(h, item, -1);
		add_move(h, item, aside, 0);
		count_source(h, item, 1);
	}
	return 0;
}
