/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What holds for every kernel that is accepted: it can be loaded without
 * reading outside the file, segments do not overlap, the entry point is in
 * one; and the boot information made for it is as long as promised.  Refusals
 * have a cause.
 */
#ifndef TESTS_FUZZ_KERNEL_CHECK_H
#define TESTS_FUZZ_KERNEL_CHECK_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "kernel/memmap.h"
#include "services/boot/boot_info.h"
#include "services/boot/probes.h"
#include "services/image/image.h"
#include "tests/fuzz/made_machine.h"

static inline void check_segments(const struct kernel_file *k, size_t size)
{
	bool inside = false;
	assert(k->segments && k->segments <= KERNEL_SEGMENTS_MAX && k->lo < k->hi);
	for (unsigned i = 0; i < k->segments; i++) {
		const struct segment *a = &k->seg[i];
		assert(a->mem && a->len <= a->mem && (uint64_t)a->offset + a->len <= size);
		assert((uint64_t)a->addr + a->mem <= UINT32_MAX && a->addr >= k->lo && a->addr + a->mem <= k->hi);
		inside |= k->entry - a->addr < a->len;
		for (unsigned j = 0; j < i; j++)
			assert(a->addr >= k->seg[j].addr + k->seg[j].mem || k->seg[j].addr >= a->addr + a->mem);
	}
	assert(inside && k->syms_lo <= k->syms_hi && k->syms_hi <= size);
}

/* rc and why: what the opener said of data. */
static inline void check_kernel(const struct kernel_file *k, int rc, const struct boot_why *why,
				const uint8_t *data, size_t size,
				size_t (*build)(const struct boot_info *, void *, size_t))
{
	static struct made_machine made;
	image_set_probes(boot_probes);
	enum image_type type = image_type_probe(data, size);
	assert(image_type_text(type));
	if (rc) {
		assert(rc < 0 && why->text[0]);
		return;
	}
	check_segments(k, size);
	make_machine(&made, data, size);
	struct boot_info in = {
		.name = "k", .args = "a", .loader = "L", .map = &made.map, .kernel = k, .machine = &made.m,
		.module = made.module, .modules = made.map.count % 4,
		.console = data[size - 1] & 128 ? BOOT_CONSOLE_GRAPHICS :
			   made.m.text.addr ? BOOT_CONSOLE_TEXT : BOOT_CONSOLE_NONE,
	};
	size_t len = build(&in, NULL, 0);
	uint8_t *buf = malloc(len);
	assert(build(&in, buf, len) == len);
	free(buf);
}

#endif
