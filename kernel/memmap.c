/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory-map arithmetic.  Pure.  Sweeps over the sorted list of all entry
 * boundaries; between two neighbours the most restrictive covering type wins.
 */
#include "kernel/memmap.h"

#include <string.h>

#define ATTR_PRESENT 1u		/* ACPI 3: clear means "ignore this entry" */

static bool entry_counts(const struct e820_entry *e)
{
	return e->len && e->type && (e->attr & ATTR_PRESENT);
}

/* Last byte; entries that wrap are cut at the top. */
static uint64_t entry_last(const struct e820_entry *e)
{
	uint64_t last = e->base + (e->len - 1);
	return last < e->base ? UINT64_MAX : last;
}

/* Order of strictness: usable < reclaimable < NVS < anything unknown, reserved < bad. */
static unsigned strictness(uint32_t type)
{
	switch (type) {
	case MEM_USABLE: return 0;
	case MEM_ACPI_RECLAIM: return 1;
	case MEM_ACPI_NVS: return 2;
	case MEM_BAD: return 4;
	default: return 3;
	}
}

/* The smallest boundary above `at`: a start, or the byte behind an end; false when there is none. */
static bool next_boundary(const struct e820_entry *raw, size_t count, uint64_t at, uint64_t *next)
{
	bool found = false;
	for (size_t i = 0; i < count; i++) {
		if (!entry_counts(&raw[i]))
			continue;
		uint64_t edge[2] = { raw[i].base, entry_last(&raw[i]) + 1 };
		for (int k = 0; k < 2; k++)
			if (edge[k] > at && (!found || edge[k] < *next)) {
				*next = edge[k];
				found = true;
			}
	}
	return found;
}

/* The entry that decides at address `at`, or NULL for a hole. */
static const struct e820_entry *ruler(const struct e820_entry *raw, size_t count, uint64_t at)
{
	const struct e820_entry *best = NULL;
	for (size_t i = 0; i < count; i++) {
		const struct e820_entry *e = &raw[i];
		if (!entry_counts(e) || at < e->base || at > entry_last(e))
			continue;
		if (!best || strictness(e->type) > strictness(best->type))
			best = e;
	}
	return best;
}

static uint64_t end_of(const struct e820_entry *e)
{
	return e->base + e->len;
}

static void remove_at(struct memmap *m, uint32_t i)
{
	m->count--;
	memmove(&m->e[i], &m->e[i + 1], (m->count - i) * sizeof m->e[0]);
}

/*
 * One entry less, and nothing usable that is not so: the smallest usable one
 * is forgotten; if there is none, the two nearest become one with the gap
 * between them.  Not the last, which may still grow.
 */
static void make_room(struct memmap *m)
{
	uint32_t smallest = UINT32_MAX, nearest = 0;
	for (uint32_t i = 0; i + 1 < m->count; i++) {
		if (m->e[i].type == MEM_USABLE && (smallest == UINT32_MAX || m->e[i].len < m->e[smallest].len))
			smallest = i;
		if (m->e[i + 1].base - end_of(&m->e[i]) < m->e[nearest + 1].base - end_of(&m->e[nearest]))
			nearest = i;
	}
	if (smallest != UINT32_MAX) {
		m->lost += m->e[smallest].len;
		remove_at(m, smallest);
		return;
	}
	struct e820_entry *e = &m->e[nearest];
	*e = (struct e820_entry){ .base = e->base, .len = end_of(e + 1) - e->base, .type = MEM_RESERVED,
		.attr = ATTR_PRESENT };
	remove_at(m, nearest + 1);
}

void memmap_normalise(const struct e820_entry *raw, size_t count, struct memmap *out)
{
	uint64_t at = 0, next = 0;
	bool more = true;
	out->count = 0;
	out->lost = 0;
	while (more) {
		const struct e820_entry *e = ruler(raw, count, at);
		more = next_boundary(raw, count, at, &next);
		/*
		 * at the top of the address space the length wraps to
		 * what is meant, bar the one byte that cannot be said
		 */
		uint64_t len = more ? next - at : UINT64_MAX - at;
		struct e820_entry *last = out->count ? &out->e[out->count - 1] : NULL;
		if (e && last && last->type == e->type && last->attr == e->attr && last->base + last->len == at) {
			last->len += len;
		} else if (e) {
			if (out->count == MEMMAP_MAX)
				make_room(out);
			out->e[out->count++] = (struct e820_entry){ at, len, e->type, e->attr };
		}
		at = next;
	}
}

void memmap_add(struct memmap *m, const struct e820_entry *e)
{
	static struct e820_entry raw[MEMMAP_MAX + 1];	/* stacks are small where this is called */
	uint64_t lost = m->lost;
	memcpy(raw, m->e, m->count * sizeof raw[0]);
	raw[m->count] = *e;
	memmap_normalise(raw, m->count + 1, m);
	m->lost += lost;
}

void memmap_reserve(struct memmap *m, uint64_t base, uint64_t len)
{
	memmap_add(m, &(struct e820_entry){ .base = base, .len = len, .type = MEM_RESERVED, .attr = ATTR_PRESENT });
}

uint64_t memmap_find_top(const struct memmap *m, uint64_t len, uint64_t align, uint64_t lo, uint64_t hi)
{
	for (uint32_t i = m->count; i-- > 0;) {
		const struct e820_entry *e = &m->e[i];
		if (e->type != MEM_USABLE)
			continue;
		uint64_t from = e->base < lo ? lo : e->base;
		uint64_t to = e->base + e->len > hi ? hi : e->base + e->len;
		if (to < len || from > to - len)
			continue;
		uint64_t base = (to - len) & ~(align - 1);
		if (base >= from)
			return base;
	}
	return 0;
}

bool memmap_is_usable(const struct memmap *m, uint64_t base, uint64_t len)
{
	for (uint32_t i = 0; i < m->count && len; i++) {
		const struct e820_entry *e = &m->e[i];
		if (e->type != MEM_USABLE || base < e->base || base - e->base >= e->len)
			continue;
		uint64_t here = e->len - (base - e->base);
		if (here >= len)
			return true;
		base += here;
		len -= here;
	}
	return len == 0;
}

static uint64_t usable_run(const struct memmap *m, uint64_t base)
{
	uint64_t at = base;
	for (uint32_t i = 0; i < m->count; i++) {
		const struct e820_entry *e = &m->e[i];
		if (e->type == MEM_USABLE && at >= e->base && at - e->base < e->len)
			at = e->base + e->len;
	}
	return at - base;
}

uint32_t memmap_lower_kib(const struct memmap *m)
{
	uint64_t kib = usable_run(m, 0) >> 10;
	return kib > 640 ? 640 : (uint32_t)kib;
}

uint32_t memmap_upper_kib(const struct memmap *m)
{
	uint64_t kib = usable_run(m, 0x100000) >> 10;
	return kib > UINT32_MAX ? UINT32_MAX : (uint32_t)kib;
}
