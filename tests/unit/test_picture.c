/* SPDX-License-Identifier: BSD-2-Clause */
/* PNG pictures of every kind, made here, and what is wrong with others. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <cmocka.h>

#include "services/graphics/picture.h"
#include "tests/unit/fake_malloc.h"
#include "tests/unit/fake_pages.h"

#define FILE_MAX (1u << 20)
#define WIDTH 37u
#define HEIGHT 19u

enum { GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGBA = 6 };

static uint8_t file[FILE_MAX], image[FILE_MAX];
static size_t file_len, image_len;
static char why[PICTURE_WHY];
static unsigned turns;

static void *alloc(void *ctx, uInt count, uInt len)
{
	(void)ctx;
	return calloc(count, len);
}

static void release(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

static void put_be32(uint8_t *at, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void put_chunk(const char *type, const void *data, size_t len)
{
	uint8_t *at = file + file_len;
	put_be32(at, (uint32_t)len);
	memcpy(at + 4, type, 4);
	if (len)
		memcpy(at + 8, data, len);
	put_be32(at + 8 + len, (uint32_t)crc32(0, at + 4, (uInt)(len + 4)));
	file_len += len + 12;
}

static void put_head(uint32_t width, uint32_t height, unsigned kind, unsigned depth, bool interlaced)
{
	static const uint8_t signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	uint8_t head[13] = { 0 };
	put_be32(head, width);
	put_be32(head + 4, height);
	head[8] = (uint8_t)depth;
	head[9] = (uint8_t)kind;
	head[12] = interlaced;
	memcpy(file, signature, file_len = sizeof(signature));
	put_chunk("IHDR", head, sizeof(head));
}

/* What stands in image[] as IDATs of 100 bytes, and the end. */
static void put_image(void)
{
	static uint8_t packed[FILE_MAX];
	z_stream z = { .zalloc = alloc, .zfree = release };
	z.next_in = image;
	z.avail_in = (uInt)image_len;
	z.next_out = packed;
	z.avail_out = sizeof(packed);
	assert_int_equal(deflateInit(&z, 6), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	for (size_t at = 0, n; at < z.total_out; at += n) {
		n = z.total_out - at < 100 ? z.total_out - at : 100;
		put_chunk("IDAT", packed + at, n);
	}
	put_chunk("IEND", NULL, 0);
}

static unsigned channels(unsigned kind)
{
	return kind == RGB ? 3 : kind == RGBA ? 4 : kind == GREY_ALPHA ? 2 : 1;
}

/* A sample of `depth` bits. */
static uint32_t sample(uint32_t x, uint32_t y, unsigned channel, unsigned depth)
{
	uint32_t v = x * 2654435761u + y * 40503u + channel * 97u + 12345u;
	v ^= v >> 15;
	return v & ((1u << depth) - 1);
}

static void put_row(uint32_t y, uint32_t x0, uint32_t dx, unsigned kind, unsigned depth)
{
	unsigned bits = 0, held = 0;
	image[image_len++] = 0;		/* no filter */
	for (uint32_t x = x0; x < WIDTH; x += dx)
		for (unsigned c = 0; c < channels(kind); c++) {
			uint32_t v = sample(x, y, c, depth);
			if (depth == 16)
				image[image_len++] = (uint8_t)(v >> 8);
			if (depth >= 8) {
				image[image_len++] = (uint8_t)v;
				continue;
			}
			held = held << depth | v;
			bits += depth;
			if (bits == 8) {
				image[image_len++] = (uint8_t)held;
				bits = held = 0;
			}
		}
	if (bits)
		image[image_len++] = (uint8_t)(held << (8 - bits));
}

static void make(unsigned kind, unsigned depth, bool interlaced)
{
	/* Adam7: where each pass begins, and its steps */
	static const uint8_t passes[7][4] = {
		{ 0, 0, 8, 8 }, { 4, 0, 8, 8 }, { 0, 4, 4, 8 }, { 2, 0, 4, 4 }, { 0, 2, 2, 4 }, { 1, 0, 2, 2 },
		{ 0, 1, 1, 2 },
	};
	uint8_t colours[256 * 3];
	put_head(WIDTH, HEIGHT, kind, depth, interlaced);
	for (unsigned i = 0; i < sizeof(colours); i++)
		colours[i] = (uint8_t)(i * 7);
	if (kind == PALETTE)
		put_chunk("PLTE", colours, 3u << depth);
	image_len = 0;
	if (!interlaced)
		for (uint32_t y = 0; y < HEIGHT; y++)
			put_row(y, 0, 1, kind, depth);
	for (unsigned p = 0; p < 7 && interlaced; p++)
		for (uint32_t y = passes[p][1]; y < HEIGHT; y += passes[p][3])
			put_row(y, passes[p][0], passes[p][2], kind, depth);
	put_image();
}

static uint32_t to_8(uint32_t v, unsigned depth)
{
	return depth == 16 ? (v * 255 + 32895) >> 16 : v * 255 / ((1u << depth) - 1);
}

static uint32_t expected(uint32_t x, uint32_t y, unsigned kind, unsigned depth)
{
	uint32_t part[3], alpha = 255, v = sample(x, y, 0, depth);
	for (unsigned c = 0; c < 3; c++)
		part[c] = kind == PALETTE ? (uint8_t)((v * 3 + c) * 7) :
			  to_8(sample(x, y, kind == RGB || kind == RGBA ? c : 0, depth), depth);
	if (kind == RGBA || kind == GREY_ALPHA)
		alpha = to_8(sample(x, y, channels(kind) - 1, depth), depth);
	for (unsigned c = 0; c < 3; c++)
		part[c] = (part[c] * alpha + 127) / 255;
	return part[0] << 16 | part[1] << 8 | part[2];
}

static void count_turn(void)
{
	turns++;
}

static int read_it(struct picture *p, size_t len)
{
	*p = (struct picture){ 0 };
	int err = picture_read(p, file, len, count_turn, why);
	assert_true(strlen(why) < PICTURE_WHY);
	if (err < 0) {
		assert_true(*why);
		assert_null(p->pixels);
		assert_int_equal(fake_pages_held, 0);
	}
	return err;
}

static void every_kind(void **state)
{
	(void)state;
	static const uint8_t kinds[][2] = {
		{ GREY, 1 }, { GREY, 2 }, { GREY, 4 }, { GREY, 8 }, { GREY, 16 }, { RGB, 8 }, { RGB, 16 },
		{ PALETTE, 1 }, { PALETTE, 2 }, { PALETTE, 4 }, { PALETTE, 8 }, { GREY_ALPHA, 8 },
		{ GREY_ALPHA, 16 }, { RGBA, 8 }, { RGBA, 16 },
	};
	struct picture p;
	for (size_t i = 0; i < 2 * sizeof(kinds) / sizeof(kinds[0]); i++) {
		make(kinds[i / 2][0], kinds[i / 2][1], i & 1);
		assert_int_equal(read_it(&p, file_len), 0);
		assert_int_equal(p.width, WIDTH);
		assert_int_equal(p.height, HEIGHT);
		for (uint32_t y = 0; y < HEIGHT; y++)
			for (uint32_t x = 0; x < WIDTH; x++)
				assert_int_equal(p.pixels[y * WIDTH + x],
						 expected(x, y, kinds[i / 2][0], kinds[i / 2][1]));
		picture_free(&p);
		assert_int_equal(fake_pages_held, 0);
	}
	assert_true(turns > 30);
}

/* A colour that is transparent by tRNS shows black; chunks that nobody needs are skipped. */
static void transparency(void **state)
{
	(void)state;
	static const uint8_t colours[] = { 255, 0, 0, 0, 255, 0, 0, 0, 255 }, alphas[] = { 255, 0, 51 };
	static const uint8_t key[] = { 0, 200, 0, 100, 0, 50 };
	struct picture p;
	put_head(3, 1, PALETTE, 8, false);
	put_chunk("gAMA", "\0\0\xb1\x8f", 4);
	put_chunk("PLTE", colours, sizeof(colours));
	put_chunk("tRNS", alphas, sizeof(alphas));
	put_chunk("tEXt", "Title\0Undine", 12);
	image_len = 4;
	memcpy(image, "\0\0\1\2", 4);
	put_image();
	assert_int_equal(read_it(&p, file_len), 0);
	assert_int_equal(p.pixels[0], 0xff0000);
	assert_int_equal(p.pixels[1], 0);
	assert_int_equal(p.pixels[2], 51);
	picture_free(&p);
	put_head(2, 1, RGB, 8, false);
	put_chunk("tRNS", key, sizeof(key));
	image_len = 7;
	memcpy(image, "\0\xc8\x64\x32\xc8\x64\x33", 7);
	put_image();
	assert_int_equal(read_it(&p, file_len), 0);
	assert_int_equal(p.pixels[0], 0);
	assert_int_equal(p.pixels[1], 0xc86433);
	picture_free(&p);
}

static void cut_anywhere(void **state)
{
	(void)state;
	struct picture p;
	make(RGBA, 8, true);
	for (size_t len = 0; len < file_len; len++)
		assert_int_equal(read_it(&p, len), len < 8 ? -ENOEXEC : -EBADMSG);
	assert_non_null(strstr(why, "ends too early"));
	file[file_len++] = 'x';		/* what stands behind it is nobody's */
	assert_int_equal(read_it(&p, file_len), 0);
	picture_free(&p);
}

static void damaged(void **state)
{
	(void)state;
	struct picture p;
	make(RGB, 8, false);
	for (size_t at = 8; at < file_len - 12; at += 3) {	/* the sums of IEND matter to nobody */
		file[at] ^= 0x10;
		if (read_it(&p, file_len) == 0) {		/* case bits of a name, say */
			picture_free(&p);
			fail();
		}
		file[at] ^= 0x10;
	}
	memset(file, 'x', 100);
	assert_int_equal(read_it(&p, 100), -ENOEXEC);
}

static void too_much(void **state)
{
	(void)state;
	static const uint32_t sizes[][2] = {
		{ 4097, 1 }, { 1, 4097 }, { 0x7fffffff, 0x7fffffff }, { 0, 5 }, { 5, 0 }, { 0x80000000, 1 },
	};
	struct picture p;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		put_head(sizes[i][0], sizes[i][1], RGB, 8, false);
		image_len = 100;
		put_image();
		assert_int_equal(read_it(&p, file_len), i < 3 ? -E2BIG : -EBADMSG);
		assert_true(i > 2 || strstr(why, "4096 x 4096"));
	}
	make(RGB, 8, true);
	fake_pages_limit = 1000;
	assert_int_equal(read_it(&p, file_len), -ENOMEM);
	fake_pages_limit = SIZE_MAX;
	int err = -ENOMEM;
	for (long n = 0; err < 0; n++) {
		fake_malloc_left = n;
		err = read_it(&p, file_len);
		fake_malloc_left = -1;
		assert_true(n < 100);
	}
	picture_free(&p);
	/* much that is packed into little, and rows that are not there: they are black */
	for (unsigned interlaced = 0; interlaced < 2; interlaced++) {
		put_head(4096, 4096, GREY, 1, interlaced);
		image_len = 513 * 1000;
		memset(image, 0, image_len);
		put_image();
		turns = 0;
		assert_int_equal(read_it(&p, file_len), 0);
		assert_int_equal(p.pixels[4096 * 4096 - 1], 0);
		/* of the end's own work, and of 1000 rows; interlaced, of four whole passes */
		assert_true(turns >= 4096 / 64 + (interlaced ? 4 * 4096 / 64 : 1000 / 64));
		picture_free(&p);
	}
}

static int setup(void **state)
{
	(void)state;
	turns = 0;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_kind, setup), cmocka_unit_test_setup(transparency, setup),
		cmocka_unit_test_setup(cut_anywhere, setup), cmocka_unit_test_setup(damaged, setup),
		cmocka_unit_test_setup(too_much, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
