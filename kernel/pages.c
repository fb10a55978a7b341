/* SPDX-License-Identifier: BSD-2-Clause */
/* The page allocator: a sorted list of free extents, first fit from the top. */
#include "kernel/pages.h"

#include <string.h>

#include "kernel/memmap.h"
#include "kernel/panic.h"

#define EXTENTS_MAX 512

struct extent {
	uint32_t lo, hi;	/* [lo, hi), page aligned; hi = 0 is never used: the last page below 4 GiB is left out */
};

static struct extent free_list[EXTENTS_MAX];	/* rising, never touching */
static unsigned count;

static uint32_t round_up(size_t len)
{
	return (uint32_t)(len + PAGE_LEN - 1) & ~(PAGE_LEN - 1);
}

static void insert(unsigned at, uint32_t lo, uint32_t hi)
{
	if (count == EXTENTS_MAX)
		panic("page allocator: more than %u free extents", EXTENTS_MAX);
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
		if (e->type == MEM_USABLE && lo < hi && count < EXTENTS_MAX)
			free_list[count++] = (struct extent){ (uint32_t)lo, (uint32_t)hi };
	}
}

void pages_init(const struct memmap *map, uint32_t hi)
{
	count = 0;
	append_usable(map, PAGES_LOW, hi);
}

void pages_init_above(const struct memmap *map, uint32_t hi)
{
	append_usable(map, hi, PAGES_HIGH);
}

void pages_withdraw(const struct memmap *map)
{
	static struct extent old[EXTENTS_MAX];
	unsigned n = count;
	memcpy(old, free_list, n * sizeof old[0]);
	count = 0;
	for (unsigned i = 0; i < n; i++)
		append_usable(map, old[i].lo, old[i].hi);
}

/* Cuts [lo, lo + len) out of extent i, which holds it. */
static void *take(unsigned i, uint32_t lo, uint32_t len)
{
	struct extent e = free_list[i];
	free_list[i].hi = lo;
	if (e.hi > lo + len)
		insert(i + 1, lo + len, e.hi);
	if (e.lo == lo)
		remove_at(i);
	return (void *)lo;
}

void *pages_alloc_range(size_t len, uint32_t lo, uint32_t hi)
{
	uint32_t want = round_up(len);
	if (!want || want < len)
		return NULL;
	for (unsigned i = count; i-- > 0;) {
		uint32_t from = free_list[i].lo > lo ? free_list[i].lo : lo;
		uint32_t to = free_list[i].hi < hi ? free_list[i].hi : hi;
		from = (from + PAGE_LEN - 1) & ~(PAGE_LEN - 1);
		to &= ~(PAGE_LEN - 1);
		if (from < to && to - from >= want)
			return take(i, to - want, want);
	}
	return NULL;
}

void *pages_alloc(size_t len)
{
	return pages_alloc_range(len, 0, UINT32_MAX);
}

void pages_free(void *p, size_t len)
{
	if (!p || !len)
		return;
	uint32_t lo = (uint32_t)p, hi = lo + round_up(len);
	if (lo % PAGE_LEN)
		panic("pages_free(%p): not a page", p);
	unsigned i = 0;
	while (i < count && free_list[i].lo < lo)
		i++;
	if ((i && free_list[i - 1].hi > lo) || (i < count && hi > free_list[i].lo))
		panic("pages_free(%p, %lu): free already", p, (unsigned long)len);
	if (i && free_list[i - 1].hi == lo) {
		free_list[i - 1].hi = hi;
		if (i < count && free_list[i].lo == hi) {
			free_list[i - 1].hi = free_list[i].hi;
			remove_at(i);
		}
	} else if (i < count && free_list[i].lo == hi) {
		free_list[i].lo = lo;
	} else {
		insert(i, lo, hi);
	}
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
