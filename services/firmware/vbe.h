/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Graphics modes of the VESA BIOS (VBE 3.0, 4.3 and 4.4): which of them come
 * nearest to what a kernel asks for.  Only modes with a linear framebuffer and
 * direct colour count.  Pure; the calls are in bios.c.
 */
#ifndef SERVICES_FIRMWARE_VBE_H
#define SERVICES_FIRMWARE_VBE_H

#include <stdbool.h>
#include <stdint.h>

#define VBE_CONTROL_LEN 512u
#define VBE_MODE_INFO_LEN 256u
#define VBE_TEXT 3u			/* the number of the usual text mode */
#define VBE_LINEAR 0x4000u		/* bit of a mode's number when it is set */

/* Red, green, blue: bits in a pixel. */
struct vbe_colour {
	uint8_t size, position;
};

struct vbe_mode {
	uint16_t number;
	uint16_t width, height;		/* pixels */
	uint32_t pitch;			/* bytes from line to line */
	uint32_t base;			/* physical address */
	uint8_t bpp;
	struct vbe_colour colour[3];
};

/* 0 in any field: no preference. */
struct vbe_wish {
	uint32_t width, height, depth;
	bool least;			/* smaller ones are of no use */
};

/* Mode info block (version: the control block's VbeVersion): true if it is a mode as described above. */
bool vbe_mode_read(const uint8_t info[VBE_MODE_INFO_LEN], uint16_t version, struct vbe_mode *m);
/*
 * How far a mode is from the wish, 0 is exactly it: the size decides, then the
 * depth; smaller modes are better than bigger ones, which a screen may not show.
 * UINT64_MAX: it is none of those that are wished for.
 */
uint64_t vbe_distance(const struct vbe_wish *w, const struct vbe_mode *m);

#endif
