/* SPDX-License-Identifier: BSD-2-Clause */
/* The page allocator: a sorted list of free extents, first fit from the top; the list grows into pages of its own. */
#include "kernel/pages.h"

#include <string.h>

#include "kernel/memmap.h"
#include "kernel/panic.h"

/* Enough for any memory map, also when a ROM has taken its pieces: growing is for what images leave. */
#define EXTENTS_FIRST 512u

struct extent {
	/* [lo, hi), page aligned; hi = 0 is never used: the last page below 4 GiB is left out */
	uint32_t lo, hi;
};

static struct extent first_list[EXTENTS_FIRST];
static struct extent *free_list = first_list;	/* rising, never touching */
static unsigned count, room = EXTENTS_FIRST;
static uint32_t lowest = UINT32_MAX;

/* Pages given back when the list was full and could not grow: they wait, in themselves, until it can take them. */
struct waiting {
	struct waiting *next;
	size_t len;
};
static struct waiting *waiting;

static uint32_t round_up(size_t len)
{
	return (uint32_t)(len + PAGE_LEN - 1) & ~(PAGE_LEN - 1);
}

/* The list in twice the memory, cut off the end of an extent that is bigger. */
static bool grow_list(void)
{
	uint32_t old_len = room * sizeof free_list[0], len = round_up(2 * old_len);
	struct extent *old = free_list;
	unsigned i = count;
	while (i && free_list[i - 1].hi - free_list[i - 1].lo <= len)
		i--;
	if (!i)
		return false;
	free_list[i - 1].hi -= len;
	free_list = (struct extent *)(uintptr_t)free_list[i - 1].hi;
	memcpy(free_list, old, old_len);
	room = len / sizeof free_list[0];
	if (old != first_list)
		pages_free(old, old_len);
	return true;
}

static bool make_room(void)
{
	return count < room || grow_list();
}

static void insert(unsigned at, uint32_t lo, uint32_t hi)
{
	memmove(&free_list[at + 1], &free_list[at], (count - at) * sizeof free_list[0]);
	free_list[at] = (struct extent){ lo, hi };
	count++;
}

static void remove_at(unsigned at)
{
	memmove(&free_list[at], &free_list[at + 1], (count - at - 1) * sizeof free_list[0]);
	count--;
}

/* Appends what the map calls usable of [from, to). */
static void append_usable(const struct memmap *map, uint32_t from, uint32_t to)
{
	for (uint32_t i = 0; i < map->count; i++) {
		const struct e820_entry *e = &map->e[i];
		uint64_t lo = e->base < from ? from : e->base;
		uint64_t hi = e->base + e->len > to ? to : e->base + e->len;
		lo = (lo + PAGE_LEN - 1) & ~(uint64_t)(PAGE_LEN - 1);
		hi &= ~(uint64_t)(PAGE_LEN - 1);
		if (e->type == MEM_USABLE && lo < hi && count < room)
			free_list[count++] = (struct extent){ (uint32_t)lo, (uint32_t)hi };
	}
}

void pages_init(const struct memmap *map, uint32_t hi)
{
	free_list = first_list;
	room = EXTENTS_FIRST;
	count = 0;
	lowest = UINT32_MAX;
	waiting = NULL;
	append_usable(map, PAGES_LOW, hi);
}

void pages_init_above(const struct memmap *map, uint32_t hi)
{
	append_usable(map, hi, PAGES_HIGH);
}

/* What of [lo, hi) is free is free no longer. */
static void cut(uint64_t lo, uint64_t hi)
{
	for (unsigned i = count; i-- > 0;) {
		struct extent e = free_list[i];
		if (e.hi <= lo || e.lo >= hi)
			continue;
		remove_at(i);
		if (e.hi > hi && count < room)
			insert(i, (uint32_t)hi, e.hi);
		if (e.lo < lo && count < room)
			insert(i, e.lo, (uint32_t)lo);
	}
}

void pages_withdraw(const struct memmap *map)
{
	uint64_t at = 0;
	for (uint32_t i = 0; i < map->count; i++) {
		const struct e820_entry *e = &map->e[i];
		if (e->type != MEM_USABLE)
			continue;
		cut(at, (e->base + PAGE_LEN - 1) & ~(uint64_t)(PAGE_LEN - 1));
		at = (e->base + e->len) & ~(uint64_t)(PAGE_LEN - 1);
	}
	cut(at, UINT64_MAX);
}

/* Cuts [lo, lo + len) out of extent i, which holds it: false when there would be one more than there is room for. */
static bool take(unsigned i, uint32_t lo, uint32_t len)
{
	struct extent *e = &free_list[i];
	uint32_t hi = lo + len, end = e->hi;
	if (e->lo < lo && hi < end && count == room)
		return false;
	if (e->lo < lo) {
		e->hi = lo;
		if (hi < end)
			insert(i + 1, hi, end);
	} else if (hi < end) {
		e->lo = hi;
	} else {
		remove_at(i);
	}
	return true;
}

/* True if the pages touch free ones, or there is room for an extent more. */
static bool give_back(uint32_t lo, uint32_t hi)
{
	unsigned i = 0;
	while (i < count && free_list[i].lo < lo)
		i++;
	if ((i && free_list[i - 1].hi > lo) || (i < count && hi > free_list[i].lo))
		panic("pages_free(%p, %lu): free already", (void *)(uintptr_t)lo, (unsigned long)(hi - lo));
	if (i && free_list[i - 1].hi == lo) {
		free_list[i - 1].hi = hi;
		if (i < count && free_list[i].lo == hi) {
			free_list[i - 1].hi = free_list[i].hi;
			remove_at(i);
		}
	} else if (i < count && free_list[i].lo == hi) {
		free_list[i].lo = lo;
	} else if (count < room) {
		insert(i, lo, hi);
	} else {
		return false;
	}
	return true;
}

/* Those that wait are taken as soon as there is room, and room is made as soon as there is memory for it. */
static void settle(void)
{
	while (make_room() && waiting) {
		struct waiting w = *waiting;
		uint32_t lo = (uint32_t)(uintptr_t)waiting;
		waiting = w.next;
		give_back(lo, lo + round_up(w.len));
	}
}

void *pages_alloc_range(size_t len, uint32_t lo, uint32_t hi)
{
	uint32_t want = round_up(len);
	if (!want || want < len)
		return NULL;
	settle();
	for (unsigned i = count; i-- > 0;) {
		uint32_t from = free_list[i].lo > lo ? free_list[i].lo : lo;
		uint32_t to = free_list[i].hi < hi ? free_list[i].hi : hi;
		from = (from + PAGE_LEN - 1) & ~(PAGE_LEN - 1);
		to &= ~(PAGE_LEN - 1);
		if (from < to && to - from >= want && take(i, to - want, want))
			return (void *)(uintptr_t)(to - want);
	}
	return NULL;
}

void *pages_alloc(size_t len)
{
	void *p = pages_alloc_range(len, 0, UINT32_MAX);
	if (p && (uint32_t)(uintptr_t)p < lowest)
		lowest = (uint32_t)(uintptr_t)p;
	return p;
}

uint32_t pages_lowest(void)
{
	return lowest;
}

void pages_free(void *p, size_t len)
{
	if (!p || !len)
		return;
	uint32_t lo = (uint32_t)(uintptr_t)p;
	if (lo % PAGE_LEN)
		panic("pages_free(%p): not a page", p);
	if (!give_back(lo, lo + round_up(len))) {
		*(struct waiting *)p = (struct waiting){ waiting, len };
		waiting = p;
	}
	settle();
}

size_t pages_free_total(void)
{
	size_t sum = 0;
	for (unsigned i = 0; i < count; i++)
		sum += free_list[i].hi - free_list[i].lo;
	return sum;
}

size_t pages_free_largest(void)
{
	size_t largest = 0;
	for (unsigned i = 0; i < count; i++)
		if (free_list[i].hi - free_list[i].lo > largest)
			largest = free_list[i].hi - free_list[i].lo;
	return largest;
}

bool pages_get_extent(unsigned i, uint32_t *lo, uint32_t *hi)
{
	if (i >= count)
		return false;
	*lo = free_list[count - 1 - i].lo;
	*hi = free_list[count - 1 - i].hi;
	return true;
}
