/* SPDX-License-Identifier: BSD-2-Clause */
/* PNG by libpng's progressive reader, all else by others: see picture.h. */
#include "services/graphics/picture.h"

#include <errno.h>
#include <png.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kernel/pages.h"
#include "services/graphics/pnm.h"

#define PIECE 512u		/* bytes of the file at a time: they unpack to half a MiB at the most */
#define SIGNATURE_LEN 8u
#define TURN_ROWS 64u		/* from turn to turn: a few packed bytes may be millions of pixels */

struct reading {
	struct picture *out;
	int err;
	bool whole;			/* IEND has come */
	char *why;
	void (*turn)(void);
	unsigned rows;			/* that have come, in all passes */
};

static size_t pixels_len(const struct picture *p)
{
	return sizeof(uint32_t) * p->width * p->height;
}

void picture_free(struct picture *p)
{
	if (p->pixels)
		pages_free(p->pixels, pixels_len(p));
	*p = (struct picture){ 0 };
}

int picture_make(struct picture *p, uint32_t width, uint32_t height, char why[PICTURE_WHY])
{
	if (width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX) {
		snprintf(why, PICTURE_WHY, "it has %lu x %lu pixels; at most %u x %u are shown",
			 (unsigned long)width, (unsigned long)height, PICTURE_SIDE_MAX, PICTURE_SIDE_MAX);
		return -E2BIG;
	}
	*p = (struct picture){ .width = width, .height = height };
	p->pixels = pages_alloc(pixels_len(p));
	if (!p->pixels) {
		snprintf(why, PICTURE_WHY, "no memory for its %lu x %lu pixels", (unsigned long)width,
			 (unsigned long)height);
		return -ENOMEM;
	}
	memset(p->pixels, 0, pixels_len(p));
	return 0;
}

/* libpng has found what it cannot go on with, or one of us has. */
static void on_error(png_structp png, png_const_charp message)
{
	struct reading *r = png_get_error_ptr(png);
	if (!r->err) {
		r->err = -EBADMSG;
		snprintf(r->why, PICTURE_WHY, "it is damaged (%s)", message);
	}
	png_longjmp(png, 1);
}

/* What it can go on with. */
static void on_warning(png_structp png, png_const_charp message)
{
	(void)png;
	(void)message;
}

static void stop(png_structp png, int err)
{
	struct reading *r = png_get_progressive_ptr(png);
	r->err = err;
	png_error(png, "");
}

/* The head is read: what is to become of the pixels, and their memory. */
static void on_head(png_structp png, png_infop info)
{
	struct reading *r = png_get_progressive_ptr(png);
	int err = picture_make(r->out, png_get_image_width(png, info), png_get_image_height(png, info), r->why);
	if (err < 0)
		stop(png, err);
	png_set_expand(png);
	png_set_scale_16(png);
	png_set_gray_to_rgb(png);
	png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);
	png_set_bgr(png);
	png_set_interlace_handling(png);
	png_read_update_info(png, info);
}

static void on_row(png_structp png, png_bytep row, png_uint_32 n, int pass)
{
	struct reading *r = png_get_progressive_ptr(png);
	(void)pass;
	if (!row || n >= r->out->height)
		return;
	png_progressive_combine_row(png, (png_bytep)(r->out->pixels + (size_t)n * r->out->width), row);
	if (r->turn && ++r->rows % TURN_ROWS == 0)
		r->turn();
}

static void on_end(png_structp png, png_infop info)
{
	struct reading *r = png_get_progressive_ptr(png);
	(void)info;
	r->whole = true;
}

static void feed(png_structp png, png_infop info, const uint8_t *file, size_t len, struct reading *r)
{
	if (setjmp(png_jmpbuf(png)))
		return;
	png_set_progressive_read_fn(png, r, on_head, on_row, on_end);
	png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
	for (size_t at = 0, n; at < len && !r->whole; at += n) {
		n = len - at < PIECE ? len - at : PIECE;
		png_process_data(png, info, (png_bytep)(uintptr_t)(file + at), n);
		if (r->turn)
			r->turn();
	}
}

/* Over black. */
static uint32_t blended(uint32_t pixel)
{
	uint32_t alpha = pixel >> 24, rgb = 0;
	if (alpha == 0xff)
		return pixel & 0xffffff;
	for (unsigned shift = 0; shift < 24; shift += 8)
		rgb |= ((pixel >> shift & 0xff) * alpha + 127) / 255 << shift;
	return rgb;
}

static void blend(struct picture *p, void (*turn)(void))
{
	for (uint32_t y = 0; y < p->height; y++) {
		for (uint32_t *at = p->pixels + (size_t)y * p->width, *end = at + p->width; at < end; at++)
			*at = blended(*at);
		if (turn && y % TURN_ROWS == 0)
			turn();
	}
}

static int read_png(struct picture *out, const void *file, size_t len, void (*turn)(void), char why[PICTURE_WHY])
{
	struct reading r = { .out = out, .why = why, .turn = turn };
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	if (info) {
		feed(png, info, file, len, &r);
	} else {
		r.err = -ENOMEM;
		snprintf(why, PICTURE_WHY, "no memory to read it");
	}
	png_destroy_read_struct(&png, &info, NULL);
	if (!r.err && !r.whole) {
		r.err = -EBADMSG;
		snprintf(why, PICTURE_WHY, "it ends too early, after %lu bytes", (unsigned long)len);
	}
	if (!r.err)
		blend(out, turn);
	return r.err;
}

/* ", but a JPEG": of what people may take for a picture that can be shown. */
static const char *but(const void *file, size_t len)
{
	static const struct { const char *magic, *what; } others[] = {
		{ "\xff\xd8\xff", ", but a JPEG" }, { "BM", ", but a BMP" }, { "GIF8", ", but a GIF" },
		{ "\x3d\xf3\x13\x14", ", but an LSS16, for isolinux" },
	};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		size_t n = strlen(others[i].magic);
		if (len >= n && !memcmp(file, others[i].magic, n))
			return others[i].what;
	}
	return "";
}

int picture_read(struct picture *out, const void *file, size_t len, void (*turn)(void), char why[PICTURE_WHY])
{
	int err = -ENOEXEC;
	*why = '\0';
	if (len >= SIGNATURE_LEN && !png_sig_cmp(file, 0, SIGNATURE_LEN))
		err = read_png(out, file, len, turn, why);
	else if (pnm_is(file, len))
		err = pnm_read(out, file, len, turn, why);
	else
		snprintf(why, PICTURE_WHY, "it is neither PNG nor PNM%s", but(file, len));
	if (err < 0)
		picture_free(out);
	return err;
}
