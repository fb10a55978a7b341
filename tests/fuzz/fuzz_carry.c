/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an earlier life has carried over.  The first byte says how the rest
 * becomes a block: odd, as it is; even, as records under a seal that fits.
 * What is read lies inside the records; as many as can be read are put into a
 * second block, and come out of it the same.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/carry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define TAGS 6

static void read_all(const uint8_t *block, size_t cap, struct carry *copy)
{
	const void *data;
	size_t len;
	for (unsigned tag = 0; tag < TAGS; tag++)
		for (unsigned nth = 0; carry_get(block, tag, nth, &data, &len); nth++) {
			const uint8_t *at = data;
			assert(at >= block + CARRY_HEAD && len <= cap && at + len <= block + cap);
			if (copy)
				assert(!len || carry_put(copy, tag, data, len));
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct carry c;
	if (!len)
		return 0;
	bool raw = *data++ & 1;
	size_t cap = len - 1 + (raw ? 0 : CARRY_HEAD);
	uint8_t *block = malloc(cap), *copy = malloc(cap + CARRY_HEAD);
	if (!raw) {
		carry_begin(&c, block, cap);
		memcpy(block + CARRY_HEAD, data, len - 1);
		c.len = cap;
		carry_seal(&c);
		assert(carry_is_whole(block, cap));
	} else if (cap) {
		memcpy(block, data, cap);
	}
	if (carry_is_whole(block, cap)) {
		carry_begin(&c, copy, cap + CARRY_HEAD);
		read_all(block, cap, &c);
		carry_seal(&c);
		assert(carry_is_whole(copy, cap + CARRY_HEAD));
		read_all(copy, cap + CARRY_HEAD, NULL);
	}
	free(block);
	free(copy);
	return 0;
}
