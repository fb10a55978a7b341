/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules' files: what is accepted lies in the file and where modules live, without overlaps, and begins in code. */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/space.h"
#include "services/modules/umod.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct umod u;
	const char *why;
	bool begins = false;
	uint32_t off;
	if (umod_parse(data, size, &u, &why) < 0) {
		assert(why && *why);
		return 0;
	}
	assert(!why && u.count && u.count <= UMOD_SEGMENTS && u.end <= UMOD_HIGH + 4096);
	for (unsigned i = 0; i < u.count; i++) {
		const struct umod_segment *s = &u.segment[i];
		assert((uint64_t)s->off + s->file_len <= size && s->file_len <= s->len);
		assert(s->at >= SPACE_LO && (uint64_t)s->at + s->len <= UMOD_HIGH);
		begins |= s->rights == SPACE_EXECUTE && u.entry - s->at < s->len;
		for (unsigned k = 0; k < i; k++)
			assert(s->at >= u.segment[k].at + u.segment[k].len || s->at + s->len <= u.segment[k].at);
	}
	assert(begins);
	const char *name = umod_function(&u, data, u.entry, &off);
	assert(!name || strlen(name) < size);
	return 0;
}
