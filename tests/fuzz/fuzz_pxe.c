/* SPDX-License-Identifier: BSD-2-Clause */
/* The PXE structures: the input is laid over the top of base memory; whatever is found must point into memory. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/undi/find.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { AT = 0x9c400, LEN = 0x100000 };
	static uint8_t *ram;
	if (!ram && !(ram = calloc(1, LEN)))
		abort();
	if (size < 8 || size > 0x3c00)
		return 0;
	memset(ram + AT, 0, 0xa0000 - AT);
	memcpy(ram + AT, data + 8, size - 8);
	struct undi_memory mem = { .base = ram, .lowest = 0x1000, .len = LEN };
	struct undi_hints hints = { .base_top = AT };
	memcpy(&hints.stack_arg, data, 4);
	memcpy(&hints.es_bx, data + 4, 4);
	struct undi_stack st;
	char why[200];
	if (undi_find(&mem, &hints, &st, why, sizeof why) == 0) {
		uint32_t entry = ((uint32_t)st.entry.seg << 4) + st.entry.off;
		assert(st.how && entry >= mem.lowest && entry < LEN && st.segments <= UNDI_SEGMENTS);
	} else {
		assert(*why);
	}
	return 0;
}
