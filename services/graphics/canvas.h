/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console in graphics: a frame of pixels, on it a picture, on that cells
 * of text (kernel/vt.h) in the BIOS's font.  What has the terminal's own colour
 * as its ground lets the picture be seen.  Only writes to the frame: reading a
 * card's memory is slow.  Pure; the caller's frame is memory like any other.
 *
 *	struct canvas c = { .mode = mode, .frame = frame, .font = font, .picture = picture };
 *	if (canvas_begin(&c, &margins) == 0) {
 *		canvas_paint(&c);			// the picture, everywhere
 *		canvas_cell(&c, 0, 0, cell, false);
 *	}
 */
#ifndef SERVICES_GRAPHICS_CANVAS_H
#define SERVICES_GRAPHICS_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "services/firmware/vbe.h"
#include "services/graphics/picture.h"

#define CANVAS_GLYPHS 256u
#define CANVAS_CELL_WIDTH 9u		/* 8 of the glyph's, as VGA's text has them */
#define CANVAS_CELL_HEIGHT 16u
#define CANVAS_COLUMNS_MIN 20u		/* less is no console */
#define CANVAS_ROWS_MIN 5u

/* Pixels at the screen's edges without text. */
struct margins {
	uint32_t left, right, top, bottom;
};

struct canvas {
	/* The owner's. */
	struct vbe_mode mode;
	uint8_t *frame;			/* mode.height lines, mode.pitch bytes from one to the next */
	const uint8_t *font;		/* CANVAS_GLYPHS of CANVAS_CELL_HEIGHT bytes, the leftmost pixel in bit 7 */
	struct picture picture;		/* in the middle of the screen; black is around it */

	/* Facts. */
	unsigned columns, rows;		/* of text */
	uint32_t left, top;		/* where it begins */
	bool plain;			/* the mode has its pixels as 0xrrggbb */
};

/* Where the text stands, in the middle between the margins: 0 or -ERANGE, the margins leave no room for it. */
int canvas_begin(struct canvas *c, const struct margins *m);
/* The picture, without any text. */
void canvas_paint(const struct canvas *c);
/* A cell; cursor: it stands there. */
void canvas_cell(const struct canvas *c, unsigned row, unsigned column, uint32_t cell, bool cursor);

/* Its colours are by numbers, whose meaning may change (services/console/colours.h). */
bool canvas_is_numbered(uint32_t cell);

#endif
