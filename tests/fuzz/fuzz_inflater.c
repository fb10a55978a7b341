/* SPDX-License-Identifier: BSD-2-Clause */
/* Packed bodies in pieces as the first byte says: two ways of cutting make the same of them, and each call goes on. */
#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "services/gzip/inflater.h"

#define OUT_MAX (1u << 18)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How much is made of it, at the most OUT_MAX, and its check; or -1. */
static long run(bool gzip, const uint8_t *p, size_t len, size_t step, size_t room, uLong *sum)
{
	static struct inflater f;
	static uint8_t out[4096];
	size_t at = 0, made, all = 0;

	*sum = crc32(0, NULL, 0);
	inflater_begin(&f, gzip);
	do {
		size_t n = len - at < step ? len - at : step;
		int taken = inflater_feed(&f, p + at, n, out, room, &made);
		if (taken < 0) {
			assert(f.error);
			return -1;
		}
		assert((size_t)taken <= n && made <= room && (taken || made || !n));
		*sum = crc32(*sum, out, (uInt)made);
		at += (size_t)taken;
		all += made;
	} while ((at < len || made) && all < OUT_MAX);
	if (all >= OUT_MAX)
		return OUT_MAX;
	return inflater_end(&f) < 0 ? -1 : (long)all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uLong sum, sum2;
	long n;

	if (!size)
		return 0;
	n = run(data[0] & 1, data + 1, size - 1, (data[0] >> 1) + 1u, 4096, &sum);
	assert(run(data[0] & 1, data + 1, size - 1, size, 64, &sum2) == n);
	assert(n < 0 || n == OUT_MAX || sum == sum2);
	return 0;
}
