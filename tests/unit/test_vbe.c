/* SPDX-License-Identifier: BSD-2-Clause */
/* VBE modes: which count, and which is nearest to a wish. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "services/firmware/vbe.h"

static uint8_t info[VBE_MODE_INFO_LEN];

static void put16(unsigned at, unsigned v)
{
	info[at] = (uint8_t)v;
	info[at + 1] = (uint8_t)(v >> 8);
}

static int good(void **state)
{
	(void)state;
	static const uint8_t banked[6] = { 8, 16, 8, 8, 8, 0 }, linear[6] = { 5, 11, 6, 5, 5, 0 };
	memset(info, 0, sizeof(info));
	info[0] = 0x9b;
	put16(16, 4096);
	put16(18, 1024);
	put16(20, 768);
	info[25] = 32;
	info[27] = 6;
	memcpy(info + 31, banked, 6);
	put16(42, 0xfd00);
	put16(50, 8192);
	memcpy(info + 54, linear, 6);
	return 0;
}

static void fields(void **state)
{
	(void)state;
	struct vbe_mode m;
	assert_true(vbe_mode_read(info, 0x200, &m));
	assert_int_equal(m.width, 1024);
	assert_int_equal(m.height, 768);
	assert_int_equal(m.bpp, 32);
	assert_int_equal(m.base, 0xfd000000);
	assert_int_equal(m.pitch, 4096);
	assert_int_equal(m.colour[0].position, 16);
	assert_int_equal(m.colour[2].size, 8);
	assert_true(vbe_mode_read(info, 0x300, &m));	/* since VBE 3 linear modes have fields of their own */
	assert_int_equal(m.pitch, 8192);
	assert_int_equal(m.colour[0].position, 11);
	assert_int_equal(m.colour[1].size, 6);
}

static void unfit(void **state)
{
	(void)state;
	static const struct { uint8_t at, value; } bad[] = {
		{ 0, 0x9a }, { 0, 0x8b }, { 0, 0x1b },		/* not supported, text, no linear framebuffer */
		{ 27, 4 }, { 25, 8 }, { 25, 33 }, { 43, 0 },	/* palette, depth, no address */
		/* pitch too small; colours outside of the pixel */
		{ 17, 0x0f }, { 31, 0 }, { 32, 25 }, { 31, 255 },
	};
	struct vbe_mode m;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		good(NULL);
		info[42] = 0;
		info[43] = 0xfd;
		info[bad[i].at] = bad[i].value;
		assert_false(vbe_mode_read(info, 0x200, &m));
	}
	good(NULL);
	put16(42, 0xffd0);				/* 3 MiB below 4 GiB: to the last byte */
	assert_true(vbe_mode_read(info, 0x200, &m));
	put16(42, 0xffd1);
	assert_false(vbe_mode_read(info, 0x200, &m));
}

static uint64_t distance(unsigned w, unsigned h, unsigned d, unsigned mw, unsigned mh, unsigned md)
{
	struct vbe_wish wish = { .width = w, .height = h, .depth = d };
	struct vbe_mode m = { .width = (uint16_t)mw, .height = (uint16_t)mh, .bpp = (uint8_t)md };
	return vbe_distance(&wish, &m);
}

static void order(void **state)
{
	(void)state;
	/* each is better than the next */
	static const unsigned modes[][3] = {
		{ 1024, 768, 24 }, { 1024, 768, 32 }, { 1024, 768, 16 }, { 1024, 768, 15 }, { 1000, 768, 24 },
		{ 800, 600, 24 },
		{ 800, 600, 32 }, { 640, 480, 24 }, { 1152, 864, 24 }, { 1280, 1024, 32 }, { 65535, 65535, 32 },
	};
	for (size_t i = 1; i < sizeof(modes) / sizeof(modes[0]); i++)
		assert_true(distance(1024, 768, 24, modes[i - 1][0], modes[i - 1][1], modes[i - 1][2]) <
			    distance(1024, 768, 24, modes[i][0], modes[i][1], modes[i][2]));
	assert_int_equal(distance(1024, 768, 24, 1024, 768, 24), 0);
	assert_int_equal(distance(0, 0, 0, 1024, 768, 32), 0);
	assert_int_equal(distance(800, 600, 0, 800, 600, 32), 0);
	assert_true(distance(0, 0, 0xffffffff, 1024, 768, 32) < distance(0, 0, 0xffffffff, 800, 600, 32));
	assert_true(distance(0xffffffff, 0xffffffff, 0, 1024, 768, 32) < distance(0xffffffff, 0xffffffff, 0, 800, 600,
		32));
}

/* What is too small is none of those wished for; among the others the smallest is the nearest. */
static void at_least(void **state)
{
	(void)state;
	static const uint16_t modes[][3] = {
		{ 800, 600, 32 }, { 800, 600, 16 }, { 1024, 768, 16 }, { 1024, 768, 24 }, { 1280, 1024, 32 },
	};
	const struct vbe_wish wish = { .width = 800, .height = 601, .depth = 16, .least = true };
	uint64_t last = 0;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		const struct vbe_mode m = { .width = modes[i][0], .height = modes[i][1], .bpp = (uint8_t)modes[i][2] };
		assert_int_equal(vbe_distance(&wish, &m) == UINT64_MAX, i < 2);
		assert_true(i < 3 || vbe_distance(&wish, &m) > last);
		last = vbe_distance(&wish, &m);
	}
	const struct vbe_mode shallow = { .width = 800, .height = 601, .bpp = 15 };
	assert_true(vbe_distance(&wish, &shallow) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(fields, good), cmocka_unit_test(unfit), cmocka_unit_test(order),
		cmocka_unit_test(at_least),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
