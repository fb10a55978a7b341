/* SPDX-License-Identifier: BSD-2-Clause */
/* Portable anymaps: see pnm.h. */
#include "services/graphics/pnm.h"

#include <errno.h>
#include <stdio.h>

#define TURN_BYTES 65536u
#define NUMBER_MAX 1000000u		/* from there on digits do not count */
#define SAMPLE_MAX 65535u

struct source {
	const uint8_t *file;
	size_t len, at;
	bool over;			/* more was wanted than there is */
	void (*turn)(void);
};

/* How samples stand in it. */
struct kind {
	bool text, bits;		/* bits: 1 is black */
	unsigned channels;
	uint32_t max;
};

static bool is_blank(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* The next byte, or -1. */
static int get(struct source *s)
{
	if (s->at == s->len) {
		s->over = true;
		return -1;
	}
	if (s->turn && s->at % TURN_BYTES == 0)
		s->turn();
	return s->file[s->at++];
}

/* The next byte that is neither blank nor of a comment. */
static int get_text(struct source *s)
{
	bool comment = false;
	int c;
	do {
		c = get(s);
		comment = comment ? c != '\n' && c >= 0 : c == '#';
	} while (comment || is_blank(c));
	return c;
}

/* And the one blank behind it, but not a comment. */
static bool get_number(struct source *s, uint32_t *n)
{
	int c = get_text(s);
	if (!is_digit(c))
		return false;
	for (*n = 0; is_digit(c); c = s->at < s->len ? get(s) : ' ')
		if (*n < NUMBER_MAX)
			*n = *n * 10 + (uint32_t)(c - '0');
	if (c == '#')
		s->at--;
	return is_blank(c) || c == '#';
}

/* 0 to 255. */
static bool get_sample(struct source *s, const struct kind *k, uint32_t *v)
{
	int high = 0, low;
	if (k->text) {
		if (!get_number(s, v))
			return false;
	} else {
		if (k->max > 255)
			high = get(s);
		low = get(s);
		if (low < 0)
			return false;
		*v = (uint32_t)(high << 8 | low);
	}
	if (*v > k->max)
		return false;
	*v = (*v * 255 + k->max / 2) / k->max;
	return true;
}

static bool get_pixel(struct source *s, const struct kind *k, uint32_t *rgb)
{
	uint32_t v;
	*rgb = 0;
	for (unsigned c = 0; c < k->channels; c++) {
		if (!get_sample(s, k, &v))
			return false;
		*rgb = *rgb << 8 | v;
	}
	if (k->channels == 1)
		*rgb *= 0x010101;
	return true;
}

/* Rows of bits begin with a byte; as text each is a digit, with blanks before it or without. */
static bool get_bits(struct source *s, const struct kind *k, uint32_t *row, uint32_t width)
{
	int c = 0;
	for (uint32_t x = 0; x < width; x++) {
		if (k->text)
			c = get_text(s) - '0';
		else
			c = x % 8 ? c << 1 : get(s);
		if (c < 0 || (k->text && c > 1))
			return false;
		row[x] = (k->text ? c : c & 0x80) ? 0 : 0xffffff;
	}
	return true;
}

static bool get_row(struct source *s, const struct kind *k, uint32_t *row, uint32_t width)
{
	if (k->bits)
		return get_bits(s, k, row, width);
	for (uint32_t x = 0; x < width; x++)
		if (!get_pixel(s, k, &row[x]))
			return false;
	return true;
}

bool pnm_is(const void *file, size_t len)
{
	const uint8_t *p = file;
	return len > 2 && p[0] == 'P' && p[1] >= '1' && p[1] <= '6' && (is_blank(p[2]) || p[2] == '#');
}

int pnm_read(struct picture *out, const void *file, size_t len, void (*turn)(void), char why[PICTURE_WHY])
{
	struct source s = { .file = file, .len = len, .at = 2, .turn = turn };
	unsigned type = s.file[1] - '1';
	struct kind k = { .text = type < 3, .bits = type % 3 == 0, .channels = type % 3 == 2 ? 3 : 1, .max = 1 };
	uint32_t width, height;
	int err;
	bool good = get_number(&s, &width) && get_number(&s, &height) && (k.bits || get_number(&s, &k.max)) &&
		    width && height && k.max && k.max <= SAMPLE_MAX;
	if (good && (err = picture_make(out, width, height, why)) < 0)
		return err;
	for (uint32_t y = 0; good && y < height; y++)
		good = get_row(&s, &k, out->pixels + (size_t)y * width, width);
	if (good)
		return 0;
	snprintf(why, PICTURE_WHY, s.over ? "it ends too early, after %lu bytes" : "it is damaged (before byte %lu)",
		 (unsigned long)s.at);
	return -EBADMSG;
}
