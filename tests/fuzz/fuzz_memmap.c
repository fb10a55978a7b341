/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory maps as firmware gives them, 24 bytes an entry: the result is sorted
 * and without overlaps, nothing in it is usable that an entry forbids, and
 * what is found in it is usable.  Byte 0 makes many entries of each; where it
 * is FFh, many of them are also added one by one, which takes long.
 */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "kernel/memmap.h"
#include "net/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RAW_MAX 300u

static struct e820_entry raw[RAW_MAX];

static void check_order(const struct memmap *m)
{
	assert(m->count <= MEMMAP_MAX);
	for (uint32_t i = 0; i < m->count; i++) {
		assert(m->e[i].len && m->e[i].type && m->e[i].base + (m->e[i].len - 1) >= m->e[i].base);
		assert(!i || m->e[i - 1].base + (m->e[i - 1].len - 1) < m->e[i].base);
	}
}

/* Edges are where something changes. */
static void check_usable(const struct memmap *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct e820_entry *e = &raw[i];
		if (!e->len || !e->type || !(e->attr & 1) || e->type == MEM_USABLE)
			continue;
		uint64_t last = e->base + (e->len - 1) < e->base ? UINT64_MAX : e->base + (e->len - 1);
		assert(!memmap_is_usable(m, e->base, 1) && !memmap_is_usable(m, last, 1));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct memmap m, steps;
	struct cursor c = cur_make(data, size);
	uint8_t copies = cur_u8(&c) % 64 + 1;
	unsigned n = 0;
	while (cur_left(&c) >= 24) {
		struct e820_entry e = { .base = cur_le64(&c), .len = cur_le64(&c), .type = cur_le32(&c),
					.attr = cur_le32(&c) };
		for (unsigned k = 0; k < copies && n < RAW_MAX; k++) {
			raw[n++] = e;
			e.base += 2 * e.len;
		}
	}
	memmap_normalise(raw, n, &m);
	check_order(&m);
	check_usable(&m, n);
	steps.count = 0;
	steps.lost = 0;
	for (unsigned i = 0; i < n && (n <= 32 || data[0] == 0xff); i++)
		memmap_add(&steps, &raw[i]);
	check_order(&steps);
	check_usable(&steps, n);
	uint64_t top = memmap_find_top(&m, 0x10000, 0x1000, 0x1000, 0x100000000ull);
	assert(!top || (top % 0x1000 == 0 && memmap_is_usable(&m, top, 0x10000)));
	assert(memmap_lower_kib(&m) <= 640);
	(void)memmap_upper_kib(&m);
	if (top) {
		memmap_reserve(&m, top, 0x10000);
		check_order(&m);
		assert(!memmap_is_usable(&m, top, 1));
	}
	return 0;
}
