/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The settings in the loader's file.  The first byte says how the rest becomes
 * a block: odd, as it is; even, as entries, with a header that fits.  What is
 * taken lies inside the entries, is found again by its name, and all of them
 * together are as long as was said.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "kernel/patch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define HEADER 16

static uint8_t *block;		/* of exactly its length, so that a read past it is noticed */

static void put32(size_t at, uint32_t v)
{
	memcpy(block + at, &v, 4);
}

static void check_entries(const char *entries, size_t used)
{
	struct patch_entry e;
	size_t at = 0, before = 0, told = 0;
	for (; patch_next(block, &at, &e); before = at) {
		size_t name = strlen(e.name), value = strlen(e.value);
		assert(name && name < PATCH_NAME_MAX && !strchr(e.name, '='));
		assert(e.value > entries + before && e.value + value < entries + used);
		assert(entries[before] == '!' || !e.final);
		assert(at - before == e.final + name + 1 + value + 1);
		told += at - before;
		if (!strchr(e.name, ':'))
			assert(patch_get(block, e.name, NULL));
	}
	assert(told == used && at == used);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!len)
		return 0;
	bool raw = *data++ & 1;
	size_t most = raw ? OPTIONS_LEN : PATCH_ROOM;
	len = len - 1 < most ? len - 1 : most;
	block = calloc(1, OPTIONS_LEN);
	memcpy(block + (raw ? 0 : HEADER), data, len);
	if (!raw) {
		put32(0, OPTIONS_MAGIC);
		put32(8, OPTIONS_LEN);
		put32(12, (uint32_t)len);
		put32(4, (uint32_t)crc32(0, block + 8, 8 + (uInt)len));
	}
	int used = patch_check(block);
	assert(used >= 0 || *patch_why(used));
	assert(raw || used == (int)len || used == -EINVAL);
	if (used > 0)
		check_entries((const char *)block + HEADER, (size_t)used);
	else
		assert(!patch_get(block, "console", NULL));
	free(block);
	return 0;
}
