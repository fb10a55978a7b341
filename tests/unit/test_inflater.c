/* SPDX-License-Identifier: BSD-2-Clause */
/* Packed data as it comes: in pieces of every length, into rooms of every length, whole and damaged. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <setjmp.h>
#include <cmocka.h>
#include <zlib.h>

#include "services/gzip/inflater.h"

#define LEN 30000u

static uint8_t text[LEN], got[2 * LEN + 100];
static struct inflater f;

static voidpf z_alloc(voidpf opaque, uInt items, uInt size)
{
	(void)opaque;
	return calloc(items, size);
}

static void z_free(voidpf opaque, voidpf p)
{
	(void)opaque;
	free(p);
}

/* The text as zlib packs it: bits says by which format. */
static size_t pack(int bits, uint8_t *out, size_t cap)
{
	z_stream z = { .zalloc = z_alloc, .zfree = z_free };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = text;
	z.avail_in = LEN;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

/* In pieces of `step` bytes into rooms of `room`: how much came of it, or -E. */
static int unpack(bool gzip, const uint8_t *in, size_t len, size_t step, size_t room)
{
	size_t at = 0, out = 0, made;

	inflater_begin(&f, gzip);
	do {
		size_t n = len - at < step ? len - at : step;
		uint8_t *exact = malloc(n ? n : 1), *to = malloc(room);

		memcpy(exact, in + at, n);
		int taken = inflater_feed(&f, exact, n, to, room, &made);
		free(exact);
		if (taken < 0) {
			free(to);
			return taken;
		}
		assert_true((size_t)taken <= n && made <= room && (taken || made || !n));
		assert_true(out + made <= sizeof(got));
		memcpy(got + out, to, made);
		free(to);
		at += (size_t)taken;
		out += made;
	} while (at < len || made);
	int err = inflater_end(&f);
	return err ? err : (int)out;
}

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN; i++)
		text[i] = i % 3 ? (uint8_t)"kernel module "[i % 14] : (uint8_t)(i * i >> 5);
	return 0;
}

static void test_every_format(void **state)
{
	static const struct { int bits; bool gzip; } formats[] = {
		{ 16 + MAX_WBITS, true }, { MAX_WBITS, false }, { -MAX_WBITS, false },
	};
	static const size_t steps[] = { 1, 7, 1000, SIZE_MAX }, rooms[] = { 1, 13, 4096, LEN, 2 * LEN };
	static uint8_t packed[LEN + 1000];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		size_t len = pack(formats[i].bits, packed, sizeof(packed));

		for (unsigned s = 0; s < 4; s++)
			for (unsigned r = 0; r < 5; r++) {
				assert_int_equal(unpack(formats[i].gzip, packed, len, steps[s], rooms[r]), LEN);
				assert_memory_equal(got, text, LEN);
			}
		/* cut off anywhere, it says so */
		for (size_t cut = 1; cut < len; cut += 1 + len / 97)
			assert_int_equal(unpack(formats[i].gzip, packed, cut, 1000, LEN), -ENODATA);
		assert_int_equal(unpack(formats[i].gzip, packed, 0, 1, 1), 0);
	}
}

static void test_members(void **state)
{
	static uint8_t packed[2 * LEN + 2000];
	size_t one = pack(16 + MAX_WBITS, packed, sizeof(packed)), two = 2 * one;

	(void)state;
	memcpy(packed + one, packed, one);
	for (size_t step = 1; step < 3 * one; step = step * 5 + 1) {
		assert_int_equal(unpack(true, packed, two, step, 4096), 2 * LEN);
		assert_memory_equal(got, text, LEN);
		assert_memory_equal(got + LEN, text, LEN);
		assert_int_equal(unpack(true, packed, two + 50, step, 4096), 2 * LEN);	/* zeros */
	}
	packed[two + 20] = 'x';
	assert_int_equal(unpack(true, packed, two + 50, 7, 4096), -EINVAL);
	assert_string_equal(f.error, "bytes behind the end of packed data");
	packed[two] = 0x1f;
	assert_int_equal(unpack(true, packed, two + 1, 7, 4096), -ENODATA);
	one = pack(MAX_WBITS, packed, sizeof(packed));		/* zlib's format has no members */
	packed[one] = 0x78;
	assert_int_equal(unpack(false, packed, one + 1, 7, 4096), -EINVAL);
}

static void test_damaged(void **state)
{
	static uint8_t packed[LEN + 1000];
	size_t len = pack(16 + MAX_WBITS, packed, sizeof(packed));

	(void)state;
	for (size_t at = 10; at < len; at += 1 + len / 53) {	/* the header's time and system are not checked */
		packed[at] ^= 0x10;
		assert_true(unpack(true, packed, len, SIZE_MAX, 4096) < 0);
		packed[at] ^= 0x10;
	}
	assert_int_equal(unpack(true, (const uint8_t *)"<html>", 6, 1, 4096), -EINVAL);
	assert_string_equal(f.error, "damaged packed data");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_format), cmocka_unit_test(test_members), cmocka_unit_test(test_damaged),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
