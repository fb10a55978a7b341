/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same bytes as the beginning of a file that is longer than any input: its
 * headers may then name lengths whose sums pass 4 GiB, which a 32-bit machine
 * with 4 GiB of memory meets.  The rest is zeros that take no memory.
 */
#ifndef TESTS_FUZZ_LONG_FILE_H
#define TESTS_FUZZ_LONG_FILE_H

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define LONG_FILE_LEN 0x68000000u	/* what a 32-bit process with ASan has in one piece */

/* LONG_FILE_LEN bytes, good until the next call. */
static inline const uint8_t *long_file(const uint8_t *data, size_t size)
{
	static uint8_t *file;
	static size_t used;
	if (!file)
		file = mmap(NULL, LONG_FILE_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			    -1, 0);
	assert(file != MAP_FAILED && size <= LONG_FILE_LEN);
	if (used > size)
		memset(file + size, 0, used - size);
	if (size)
		memcpy(file, data, size);
	used = size;
	return file;
}

#endif
