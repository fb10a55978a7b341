/* SPDX-License-Identifier: BSD-2-Clause */
/* The console in graphics: where glyphs, pictures and margins come to lie, in every format of pixels. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/vt.h"
#include "services/console/colours.h"
#include "services/graphics/canvas.h"

#define WIDTH 200u
#define HEIGHT 100u
#define GAP 24u			/* bytes between the lines, which nobody may write to */
#define UNTOUCHED 0x5a
#define PLAIN(c) ((uint32_t)VT_PLAIN << 8 | (uint8_t)(c))
#define TEXT_OF(n) ((uint32_t)(n) << 16)
#define GROUND_OF(n) ((uint32_t)(n) << 21)

static const struct {
	uint8_t bpp;
	struct vbe_colour colour[3];
} formats[] = {
	{ 15, { { 5, 10 }, { 5, 5 }, { 5, 0 } } }, { 16, { { 5, 11 }, { 6, 5 }, { 5, 0 } } },
	{ 24, { { 8, 16 }, { 8, 8 }, { 8, 0 } } }, { 32, { { 8, 16 }, { 8, 8 }, { 8, 0 } } },
	{ 32, { { 8, 0 }, { 8, 8 }, { 8, 16 } } }, { 32, { { 10, 20 }, { 10, 10 }, { 10, 0 } } },
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static uint8_t font[CANVAS_GLYPHS * CANVAS_CELL_HEIGHT];
static uint32_t pixels[WIDTH * HEIGHT];
static struct canvas canvas;
static size_t frame_len;

static int begin(unsigned format, struct margins m)
{
	canvas.mode = (struct vbe_mode){ .width = WIDTH, .height = HEIGHT, .bpp = formats[format].bpp };
	memcpy(canvas.mode.colour, formats[format].colour, sizeof(canvas.mode.colour));
	canvas.mode.pitch = WIDTH * ((canvas.mode.bpp + 7u) / 8) + GAP;
	canvas.font = font;
	free(canvas.frame);
	frame_len = (size_t)canvas.mode.pitch * HEIGHT - GAP;	/* nothing is behind the last pixel */
	canvas.frame = malloc(frame_len);
	memset(canvas.frame, UNTOUCHED, frame_len);
	return canvas_begin(&canvas, &m);
}

static int setup(void **state)
{
	(void)state;
	for (unsigned i = 0; i < WIDTH * HEIGHT; i++)
		pixels[i] = i % WIDTH << 16 | i / WIDTH << 8 | 0x40;
	memset(font, 0, sizeof(font));
	memset(font + 'X' * CANVAS_CELL_HEIGHT, 0x81, CANVAS_CELL_HEIGHT);	/* its outer pixels */
	memset(font + 0xc4 * CANVAS_CELL_HEIGHT, 0x01, CANVAS_CELL_HEIGHT);
	memset(font + 0xdb * CANVAS_CELL_HEIGHT, 0xff, CANVAS_CELL_HEIGHT);
	canvas.picture = (struct picture){ WIDTH, HEIGHT, pixels };
	colours_reset();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(canvas.frame);
	canvas = (struct canvas){ 0 };
	return 0;
}

static uint32_t raw(unsigned x, unsigned y)
{
	unsigned bytes = (canvas.mode.bpp + 7u) / 8;
	uint32_t pixel = 0;
	memcpy(&pixel, canvas.frame + (size_t)y * canvas.mode.pitch + x * bytes, bytes);
	return pixel;
}

/* As the format has that colour. */
static uint32_t as(uint32_t rgb)
{
	uint32_t pixel = 0;
	for (unsigned i = 0; i < 3; i++) {
		unsigned level = rgb >> (16 - 8 * i) & 0xff, size = canvas.mode.colour[i].size;
		pixel |= (size > 8 ? level << (size - 8) : level >> (8 - size)) << canvas.mode.colour[i].position;
	}
	return pixel;
}

static void gaps_are_untouched(void)
{
	for (unsigned y = 0; y + 1 < HEIGHT; y++)
		for (unsigned i = 1; i <= GAP; i++)
			assert_int_equal(canvas.frame[(y + 1) * canvas.mode.pitch - i], UNTOUCHED);
}

static void a_glyph_lies_where_it_belongs(void **state)
{
	(void)state;
	for (unsigned f = 0; f < FORMATS; f++) {
		assert_int_equal(begin(f, (struct margins){ .left = 7, .right = 4, .top = 5, .bottom = 15 }), 0);
		canvas_paint(&canvas);
		canvas_cell(&canvas, 2, 3, PLAIN('X') | TEXT_OF(2), false);
		for (unsigned y = 0; y < HEIGHT; y++)
			for (unsigned x = 0; x < WIDTH; x++) {
				unsigned in = x - (7 + 3 * 9);
				bool lit = y >= 5 + 2 * 16 && y < 5 + 3 * 16 && (in == 0 || in == 7);
				assert_int_equal(raw(x, y), as(lit ? 0xaa0000 : pixels[y * WIDTH + x]));
			}
		gaps_are_untouched();
	}
}

static void colours_are_vgas_or_the_scripts(void **state)
{
	(void)state;
	static const struct {
		uint32_t cell, text, ground;	/* ground 1: the picture */
	} rows[] = {
		{ PLAIN(0xdb), 0xaaaaaa, 1 }, { PLAIN(0xdb) | 0x800, 0xffffff, 1 },
		{ PLAIN(0xdb) | TEXT_OF(5) | 0x800, 0x5555ff, 1 }, { PLAIN(0xdb) | TEXT_OF(1), 0, 1 },
		{ PLAIN(' ') | GROUND_OF(1), 1, 0 }, { PLAIN(' ') | GROUND_OF(5) | 0x800, 1, 0x0000aa },
		{ PLAIN(0xdb) | TEXT_OF(1 + VT_NUMBERED + 12), 0x123456, 1 },
		{ PLAIN(' ') | GROUND_OF(1 + VT_NUMBERED + 12), 1, 0x123456 },
		/* one without a shade of its own; nobody's */
		{ PLAIN(0xdb) | TEXT_OF(1 + VT_NUMBERED + 3), 0x00aaaa, 1 },
		{ PLAIN(' ') | GROUND_OF(1 + VT_NUMBERED + 14), 1, 1 },
	};
	assert_int_equal(colour_set(12, 1, 0x123456), 0);
	assert_int_equal(colour_set(3, 6, -1), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(begin(3, (struct margins){ 0 }), 0);
		canvas_cell(&canvas, 0, 0, rows[i].cell, false);
		uint32_t want = (uint8_t)rows[i].cell == ' ' ? rows[i].ground : rows[i].text;
		assert_int_equal(raw(4, 4), want == 1 ? pixels[4 * WIDTH + 4] : want);
		assert_int_equal(canvas_is_numbered(rows[i].cell), i >= 6);
	}
}

static void lines_join(void **state)
{
	(void)state;
	assert_int_equal(begin(3, (struct margins){ .right = 2, .bottom = 4 }), 0);
	canvas_cell(&canvas, 0, 0, PLAIN(0xc4), false);
	canvas_cell(&canvas, 1, 0, PLAIN('X'), false);
	assert_int_equal(raw(8, 3), 0xaaaaaa);
	assert_int_equal(raw(8, 19), pixels[19 * WIDTH + 8]);
	canvas_cell(&canvas, 1, 0, PLAIN('X'), true);		/* the cursor, in its lowest lines */
	assert_int_equal(raw(4, 29), pixels[29 * WIDTH + 4]);
	assert_int_equal(raw(4, 30), 0xaaaaaa);
	assert_int_equal(raw(8, 31), 0xaaaaaa);
}

static void pictures_stand_in_the_middle(void **state)
{
	(void)state;
	static const struct { uint32_t width, height; } sizes[] = {
		{ 1, 1 }, { 50, 100 }, { 51, 33 }, { WIDTH, 7 }, { WIDTH, HEIGHT },
	};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint32_t w = sizes[i].width, h = sizes[i].height, left = (WIDTH - w) / 2, top = (HEIGHT - h) / 2;
		canvas.picture = (struct picture){ w, h, pixels };
		assert_int_equal(begin(2, (struct margins){ 0 }), 0);
		canvas_paint(&canvas);
		for (unsigned y = 0; y < HEIGHT; y++)
			for (unsigned x = 0; x < WIDTH; x++) {
				bool in = x >= left && x < left + w && y >= top && y < top + h;
				assert_int_equal(raw(x, y), in ? pixels[(y - top) * w + x - left] : 0);
			}
	}
	/* a bigger one is cut on all sides */
	uint32_t *big = malloc(sizeof(*big) * 2 * WIDTH * 3 * HEIGHT);
	for (unsigned n = 0; n < 2 * WIDTH * 3 * HEIGHT; n++)
		big[n] = n;
	canvas.picture = (struct picture){ 2 * WIDTH, 3 * HEIGHT, big };
	assert_int_equal(begin(3, (struct margins){ 0 }), 0);
	canvas_paint(&canvas);
	assert_int_equal(raw(0, 0), HEIGHT * 2 * WIDTH + WIDTH / 2);
	assert_int_equal(raw(WIDTH - 1, HEIGHT - 1), (2 * HEIGHT - 1) * 2 * WIDTH + 3 * WIDTH / 2 - 1);
	free(big);
	canvas.picture = (struct picture){ 0 };
	assert_int_equal(begin(3, (struct margins){ 0 }), 0);
	canvas_paint(&canvas);
	assert_int_equal(raw(3, 3), 0);
}

static void margins_bound_the_text(void **state)
{
	(void)state;
	assert_int_equal(begin(3, (struct margins){ 0 }), 0);
	assert_int_equal(canvas.columns, WIDTH / 9);
	assert_int_equal(canvas.rows, HEIGHT / 16);
	assert_int_equal(begin(3, (struct margins){ .left = 1 }), 0);
	assert_int_equal(canvas.left, 1);		/* 22 columns leave a pixel */
	assert_int_equal(canvas.top, 2);		/* 6 rows leave 4 */
	assert_int_equal(begin(3, (struct margins){ .left = 10, .right = 10, .top = 19, .bottom = 1 }), 0);
	assert_int_equal(canvas.columns, 20);
	assert_int_equal(canvas.rows, 5);
	canvas_cell(&canvas, canvas.rows, 0, PLAIN(0xdb), false);	/* outside */
	canvas_cell(&canvas, 0, canvas.columns, PLAIN(0xdb), false);
	for (size_t i = 0; i < frame_len; i++)
		assert_int_equal(canvas.frame[i], UNTOUCHED);
	canvas_cell(&canvas, canvas.rows - 1, canvas.columns - 1, PLAIN(0xdb), false);
	assert_int_equal(raw(10 + 20 * 9 - 1, 19 + 5 * 16 - 1), 0xaaaaaa);
	static const struct margins bad[] = {
		{ .left = 21 }, { .right = WIDTH }, { .left = WIDTH + 1 }, { .left = 0xffffffff, .right = 2 },
		{ .top = 21 }, { .bottom = HEIGHT + 1 }, { .top = 0xffffffff, .bottom = 0xffffffff },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(begin(3, bad[i]), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_glyph_lies_where_it_belongs, setup, teardown),
		cmocka_unit_test_setup_teardown(colours_are_vgas_or_the_scripts, setup, teardown),
		cmocka_unit_test_setup_teardown(lines_join, setup, teardown),
		cmocka_unit_test_setup_teardown(pictures_stand_in_the_middle, setup, teardown),
		cmocka_unit_test_setup_teardown(margins_bound_the_text, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
