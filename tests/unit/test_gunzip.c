/* SPDX-License-Identifier: BSD-2-Clause */
/* gzip unpacking against files made by zlib's own deflate, whole and damaged. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <setjmp.h>
#include <cmocka.h>
#include <zlib.h>

#include "services/gzip/gunzip.h"
#include "tests/unit/fake_pages.h"

static uint64_t scratch[GUNZIP_SCRATCH_LEN / 8];

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

/* A gzip member in a malloc'd block of exactly its length. */
static uint8_t *pack(const uint8_t *data, size_t len, gz_header *head, int level, size_t *out_len)
{
	z_stream z = { .zalloc = z_alloc, .zfree = z_free };
	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	if (head)
		assert_int_equal(deflateSetHeader(&z, head), Z_OK);
	size_t cap = deflateBound(&z, (uLong)len) + 1000;
	uint8_t *out = malloc(cap);
	z.next_in = (z_const Bytef *)data;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	*out_len = z.total_out;
	deflateEnd(&z);
	return realloc(out, *out_len);
}

static uint8_t *text_of(size_t len)
{
	uint8_t *t = malloc(len + 1);
	uint32_t x = 12345;
	for (size_t i = 0; i < len; i++) {
		x = x * 1103515245 + 12345;
		t[i] = x >> 28 ? (uint8_t)"kernel module "[i % 14] : (uint8_t)(x >> 16);
	}
	return t;
}

static size_t turns, turned_at, furthest, most_held;

static void take_turn(size_t used)
{
	assert_true(used >= turned_at);
	if (used - turned_at > furthest)
		furthest = used - turned_at;
	if (fake_pages_held > most_held)
		most_held = fake_pages_held;
	turns++;
	turned_at = used;
}

static int unpack(const uint8_t *gz, size_t len, struct membuf *out, struct gunzip_result *res)
{
	*out = (struct membuf){ 0 };
	turns = turned_at = furthest = most_held = 0;
	return gunzip(gz, len, 1 << 26, scratch, out, res, take_turn);
}

static void check(const uint8_t *gz, size_t gz_len, const uint8_t *text, size_t len, unsigned members)
{
	struct membuf out;
	struct gunzip_result res;
	assert_int_equal(unpack(gz, gz_len, &out, &res), 0);
	assert_int_equal(out.len, len);
	if (len)
		assert_memory_equal(out.data, text, len);
	assert_int_equal(res.members, members);
	assert_true(turns >= len / 262144 && turned_at <= gz_len);
	membuf_free(&out);
	assert_int_equal(fake_pages_held, 0);
}

static void sizes_and_levels(void **state)
{
	(void)state;
	static const size_t sizes[] = { 0, 1, 100, 4095, 4096, 65535, 65536, 65537, 3000000 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (int level = 0; level <= 9; level += 3) {
			size_t n;
			uint8_t *text = text_of(sizes[i]), *gz = pack(text, sizes[i], NULL, level, &n);
			check(gz, n, text, sizes[i], 1);
			free(gz);
			free(text);
		}
}

/* What comes again after nearly 32 KiB, the most that deflate can look back, also across turns. */
static void far_matches(void **state)
{
	(void)state;
	enum { BACK = 32000, LEN = 40 * BACK };
	uint8_t *text = malloc(LEN);
	size_t n;
	uint32_t x = 1;
	for (size_t i = 0; i < LEN; i++) {
		x = x * 1664525 + 1013904223;
		text[i] = i < BACK ? (uint8_t)(x >> 24) : text[i - BACK];
	}
	uint8_t *gz = pack(text, LEN, NULL, 9, &n);
	assert_in_range(n, BACK, 2 * BACK);
	check(gz, n, text, LEN, 1);
	free(gz);
	free(text);
}

static void header_fields(void **state)
{
	(void)state;
	size_t n;
	gz_header h = {
		.text = 1, .time = 77, .os = 3, .extra = (Bytef *)"EXTRAFIELD", .extra_len = 10,
		.name = (Bytef *)"vmlinuz", .comment = (Bytef *)"a comment", .hcrc = 1,
	};
	uint8_t *gz = pack((const uint8_t *)"hello", 5, &h, 9, &n);
	check(gz, n, (const uint8_t *)"hello", 5, 1);
	gz[14] ^= 1;	/* in the extra field: the header's CRC must notice */
	struct membuf out;
	struct gunzip_result res;
	assert_int_equal(unpack(gz, n, &out, &res), -EINVAL);
	assert_string_equal(res.why, "header crc mismatch");
	free(gz);
}

static void members_and_tails(void **state)
{
	(void)state;
	size_t a, b;
	uint8_t *one = pack((const uint8_t *)"first ", 6, NULL, 6, &a);
	uint8_t *two = pack((const uint8_t *)"second", 6, NULL, 6, &b);
	uint8_t *all = calloc(1, a + b + 40);
	memcpy(all, one, a);
	memcpy(all + a, two, b);
	check(all, a + b, (const uint8_t *)"first second", 12, 2);
	check(all, a + b + 40, (const uint8_t *)"first second", 12, 2);	/* zero padding */

	struct membuf out;
	struct gunzip_result res;
	memcpy(all + a + b + 10, "070701", 6);
	assert_int_equal(unpack(all, a + b + 30, &out, &res), 0);
	assert_int_equal(res.trailing, 20);
	assert_int_equal(res.used, a + b);
	assert_int_equal(out.len, 12);
	membuf_free(&out);
	/* a second member that is cut short is an error, not a tail */
	assert_int_equal(unpack(all, a + b - 1, &out, &res), -ENODATA);
	assert_int_equal(res.members, 1);
	free(one);
	free(two);
	free(all);
	assert_int_equal(fake_pages_held, 0);
}

static void cut_anywhere(void **state)
{
	(void)state;
	size_t n;
	uint8_t *text = text_of(700), *gz = pack(text, 700, NULL, 9, &n);
	for (size_t len = 0; len < n; len++) {
		uint8_t *part = malloc(len + 1);	/* the file ends where the block ends, for ASan */
		memcpy(part + 1, gz, len);
		struct membuf out;
		struct gunzip_result res;
		int rc = unpack(part + 1, len, &out, &res);
		assert_int_equal(rc, len < 10 ? -EINVAL : -ENODATA);
		assert_non_null(res.why);
		assert_null(out.data);
		assert_int_equal(fake_pages_held, 0);
		free(part);
	}
	free(gz);
	free(text);
}

static void flip_any_byte(void **state)
{
	(void)state;
	size_t n;
	unsigned harmless = 0;
	uint8_t *text = text_of(500), *gz = pack(text, 500, NULL, 9, &n);
	for (size_t at = 0; at < n; at++)
		for (int bit = 0; bit < 8; bit++) {
			struct membuf out;
			struct gunzip_result res;
			gz[at] ^= (uint8_t)(1 << bit);
			int rc = unpack(gz, n, &out, &res);
			/*
			 * some bits mean nothing (time, OS, padding of the last block); all others are covered by a
			 * check
			 */
			if (rc == 0) {
				assert_int_equal(out.len, 500);
				assert_memory_equal(out.data, text, 500);
				harmless++;
			}
			membuf_free(&out);
			gz[at] ^= (uint8_t)(1 << bit);
		}
	assert_in_range(harmless, 6 * 8, 6 * 8 + 1 + 7);	/* MTIME, XFL, OS; FTEXT; padding */
	assert_int_equal(fake_pages_held, 0);
	free(gz);
	free(text);
}

static void bounds(void **state)
{
	(void)state;
	size_t n, len = 5000000;
	uint8_t *zeros = calloc(1, len), *gz = pack(zeros, len, NULL, 9, &n);
	struct membuf out = { 0 };
	struct gunzip_result res;
	assert_int_equal(gunzip(gz, n, len - 1, scratch, &out, &res, NULL), -EFBIG);
	assert_int_equal(gunzip(gz, n, 1, scratch, &out, &res, NULL), -EFBIG);
	assert_int_equal(gunzip(gz, n, 0, scratch, &out, &res, NULL), -EFBIG);
	assert_int_equal(gunzip(gz, n, len, scratch, &out, &res, NULL), 0);
	assert_int_equal(out.len, len);
	membuf_free(&out);

	fake_pages_limit = 1 << 20;
	assert_int_equal(gunzip(gz, n, len, scratch, &out, &res, NULL), -ENOMEM);
	fake_pages_limit = SIZE_MAX;
	assert_int_equal(fake_pages_held, 0);

	/* ISIZE lies: a small one must not cut, a huge one must not take memory for nothing */
	gz[n - 1] = 0;
	gz[n - 2] = 0;
	assert_int_equal(unpack(gz, n, &out, &res), -EINVAL);
	assert_string_equal(res.why, "incorrect length check");
	assert_int_equal(most_held, 12 << 20);		/* from 4 MiB to 8: others have their turns meanwhile */
	memset(gz + n - 4, 0xff, 4);
	fake_pages_limit = 16 << 20;
	assert_int_equal(unpack(gz, n, &out, &res), -EINVAL);
	fake_pages_limit = SIZE_MAX;
	assert_int_equal(fake_pages_held, 0);
	free(gz);
	free(zeros);
}

static size_t most_pages(const uint8_t *gz, size_t len, int wanted)
{
	struct membuf out;
	struct gunzip_result res;
	fake_pages_most = 0;
	assert_int_equal(unpack(gz, len, &out, &res), wanted);
	membuf_free(&out);
	return fake_pages_most;
}

/* The pages come in one go, as many as the last four bytes promise, unless no deflate stream can keep that promise. */
static void the_length_that_is_promised(void **state)
{
	(void)state;
	static const size_t sizes[] = { 1, 4097, 0x10101, 0x2a5c3, 0x1020304 };
	enum { MEMBER = 30, FIRST = 65536 };
	size_t n;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t *text = text_of(sizes[i]), *gz = pack(text, sizes[i], NULL, 1, &n);
		assert_int_equal(most_pages(gz, n, 0), (sizes[i] + 4095) & ~(size_t)4095);
		free(gz);
		free(text);
	}
	uint8_t *gz = pack((const uint8_t *)"hello", 5, NULL, 0, &n);
	assert_in_range(n, 1, MEMBER);
	for (uint32_t promised = 1032 * (uint32_t)n - 1; promised <= 1032 * n + 1033; promised++) {
		for (unsigned k = 0; k < 4; k++)
			gz[n - 4 + k] = (uint8_t)(promised >> 8 * k);
		bool possible = promised / 1032 <= n;
		assert_int_equal(most_pages(gz, n, -EINVAL), possible ? (promised + 4095) & ~4095u : FIRST);
	}
	/* 18 bytes are header and trailer, 17 promise nothing */
	static const uint8_t tiny[18] = { 0x1f, 0x8b, 8, [13] = 2, [14] = 2 };
	assert_int_equal(most_pages(tiny, 17, -EINVAL), FIRST);
	assert_int_equal(most_pages(tiny, 18, -EINVAL), 4096);
	free(gz);
	/* no more than may be is asked for */
	struct membuf out = { 0 };
	struct gunzip_result res;
	uint8_t *text = text_of(5000);
	gz = pack(text, 5000, NULL, 1, &n);
	fake_pages_most = 0;
	assert_int_equal(gunzip(gz, n, 4096, scratch, &out, &res, NULL), -EFBIG);
	assert_int_equal(fake_pages_most, 4096);
	assert_int_equal(gunzip(gz, n, 5000, scratch, &out, &res, NULL), 0);
	assert_int_equal(fake_pages_most, 8192);
	membuf_free(&out);
	free(gz);
	free(text);
}

enum { TURN = 262144, INPUT = 4 << 20, HEADER = 10 };

/* However little comes out, the others get their turn; furthest: so much of the input was read between two of them. */
static void check_turns(const uint8_t *gz, size_t len, int wanted)
{
	struct membuf out;
	struct gunzip_result res;
	assert_int_equal(unpack(gz, len, &out, &res), wanted);
	assert_int_equal(out.len, 0);
	assert_in_range(turns, len / TURN / 2, 2 * len / TURN + 1);
	assert_in_range(furthest, 1, 2 * TURN);
	assert_in_range(len - turned_at, 0, 2 * TURN);
	membuf_free(&out);
	assert_int_equal(fake_pages_held, 0);
}

static void input_without_output(void **state)
{
	(void)state;
	size_t n;
	uint8_t *empty = pack((const uint8_t *)"", 0, NULL, 9, &n), *gz = calloc(1, INPUT);
	/* empty members */
	size_t whole = INPUT / n * n;
	for (size_t at = 0; at < whole; at += n)
		memcpy(gz + at, empty, n);
	check_turns(gz, whole, 0);
	/* padding */
	memset(gz + n, 0, INPUT - n);
	check_turns(gz, INPUT, 0);
	/* empty stored blocks, none of them the last */
	whole = HEADER + (INPUT - HEADER) / 5 * 5;
	for (size_t at = HEADER; at < whole; at += 5)
		memcpy(gz + at, "\0\0\0\xff\xff", 5);
	check_turns(gz, whole, -ENODATA);
	/* a name in the header that does not end */
	gz[3] = 8;
	memset(gz + HEADER, 'n', INPUT - HEADER);
	check_turns(gz, INPUT, -ENODATA);
	free(empty);
	free(gz);
}

static void not_gzip(void **state)
{
	(void)state;
	struct membuf out;
	struct gunzip_result res;
	assert_int_equal(unpack((const uint8_t *)"#!ipxe\necho hi\n", 15, &out, &res), -EINVAL);
	assert_string_equal(res.why, "not a gzip file");
	assert_false(gunzip_probe((const uint8_t *)"\x1f\x8b\x07 0123456789", 14));
	assert_false(gunzip_probe(NULL, 0));
}

/* zlib's own format: one stream, and no more behind it; bytes changed anywhere are told. */
static void zlib_format(void **state)
{
	uint8_t in[3000], packed[4000];
	struct membuf out;
	struct gunzip_result res;
	z_stream z = { .zalloc = z_alloc, .zfree = z_free };
	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * i >> 3);
	assert_int_equal(deflateInit(&z, 9), Z_OK);
	z.next_in = in;
	z.avail_in = sizeof(in);
	z.next_out = packed;
	z.avail_out = sizeof(packed);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size_t len = z.total_out;
	deflateEnd(&z);
	assert_true(gunzip_probe_zlib(packed, len));
	assert_int_equal(unpack(packed, len, &out, &res), 0);
	assert_int_equal(out.len, sizeof(in));
	assert_memory_equal(out.data, in, sizeof(in));
	assert_int_equal(res.members, 1);
	membuf_free(&out);
	packed[len] = packed[len + 1] = 0x1f;
	assert_int_equal(unpack(packed, len + 2, &out, &res), 0);
	assert_int_equal(res.trailing, 2);
	membuf_free(&out);
	assert_int_equal(unpack(packed, len - 1, &out, &res), -ENODATA);
	packed[len - 1] ^= 1;
	assert_int_equal(unpack(packed, len, &out, &res), -EINVAL);
	assert_false(gunzip_probe_zlib(packed, 2));
	assert_false(gunzip_probe_zlib((const uint8_t *)"\x78\x9d\x00", 3));	/* its check is wrong */
	assert_false(gunzip_probe_zlib((const uint8_t *)"\x78\xbb\x00", 3));	/* a dictionary */
	assert_false(gunzip_probe_zlib((const uint8_t *)"\x88\x1c\x00", 3));	/* 64 KiB of window */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_and_levels), cmocka_unit_test(far_matches), cmocka_unit_test(header_fields),
		cmocka_unit_test(members_and_tails), cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(flip_any_byte), cmocka_unit_test(bounds),
		cmocka_unit_test(the_length_that_is_promised), cmocka_unit_test(not_gzip),
		cmocka_unit_test(zlib_format),
		cmocka_unit_test(input_without_output),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
