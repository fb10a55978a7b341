/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A picture out of a file in memory: PNG (W3C's recommendation, third
 * edition) by libpng, all kinds of pixels, interlaced or not; or PNM (pnm.h).
 * What is transparent lets black through.  Left out: gamma, colour profiles,
 * animation.  Pure.
 */
#ifndef SERVICES_GRAPHICS_PICTURE_H
#define SERVICES_GRAPHICS_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#define PICTURE_SIDE_MAX 4096u		/* pixels */
#define PICTURE_WHY 96			/* bytes, with the NUL */

/* 0xrrggbb, row by row without gaps, on whole pages. */
struct picture {
	uint32_t width, height;
	uint32_t *pixels;		/* NULL: there is none */
};

/*
 * Reads it into *out, which is empty: 0; -ENOMEM; -EBADMSG, it is damaged;
 * -E2BIG, a side is longer than PICTURE_SIDE_MAX; -ENOEXEC, it is neither; and
 * why in words.  turn(): called after each few hundred bytes and each 64 rows
 * of each pass, may be NULL; it may wait, and while it does *out may hold a
 * part of the picture.
 */
int picture_read(struct picture *out, const void *file, size_t len, void (*turn)(void), char why[PICTURE_WHY]);
/* For those who read one: black, of that size, in *p, which is empty: 0, -E2BIG or -ENOMEM, and why. */
int picture_make(struct picture *p, uint32_t width, uint32_t height, char why[PICTURE_WHY]);
/* Gives its pages back; *p is empty then. */
void picture_free(struct picture *p);

#endif
