/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot2 kernels: what is accepted can be loaded without reading outside
 * the file, segments do not overlap, the entry point is in one; and the boot
 * information made for it is as long as promised.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "kernel/memmap.h"
#include "services/boot/multiboot2.h"
#include "services/image/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_segments(const struct mb2_kernel *k, size_t size)
{
	bool inside = false;
	assert(k->segments && k->segments <= MB2_SEGMENTS_MAX && k->lo < k->hi);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct memmap map = { .count = 1, .e = { { 0, 0x9f000, MEM_USABLE, 1 } } };
	struct mb2_kernel k;
	struct boot_why why;
	assert(image_type_text(image_type_probe(data, size)));
	int rc = mb2_kernel_open(&k, data, size, &why);
	if (rc) {
		assert(rc < 0 && why.text[0]);
		return 0;
	}
	check_segments(&k, size);
	assert(k.header.align && !(k.header.align & (k.header.align - 1)));
	struct boot_machine machine = { .map = &map };
	struct mb2_info in = { .name = "k", .args = "a", .loader = "L", .map = &map, .kernel = &k, .machine = &machine };
	size_t len = mb2_info_build(&in, NULL, 0);
	uint8_t *buf = malloc(len);
	assert(mb2_info_build(&in, buf, len) == len && len <= mb2_info_max(&in));
	free(buf);
	return 0;
}
