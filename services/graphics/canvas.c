/* SPDX-License-Identifier: BSD-2-Clause */
/* Pixels: see canvas.h. */
#include "services/graphics/canvas.h"

#include <errno.h>

#include "kernel/vt.h"
#include "services/console/colours.h"

#define LEVEL 0xaau		/* of a basic colour's parts; */
#define BOLD 0x55u		/* bold adds that to all of them, as VGA does */
#define WHITE 7u
#define LINES_FIRST 0xc0u	/* of code page 437, what joins the next cell */
#define LINES_LAST 0xdfu
#define CURSOR_LINES 2u		/* at the bottom of its cell */
#define SEE_THROUGH -1

int canvas_begin(struct canvas *c, const struct margins *m)
{
	uint32_t width = c->mode.width, height = c->mode.height;
	if (m->left > width || m->right > width - m->left || m->top > height || m->bottom > height - m->top)
		return -ERANGE;
	const struct vbe_colour *rgb = c->mode.colour;
	c->plain = rgb[0].size == 8 && rgb[0].position == 16 && rgb[1].size == 8 && rgb[1].position == 8 &&
		   rgb[2].size == 8 && rgb[2].position == 0;
	c->columns = (width - m->left - m->right) / CANVAS_CELL_WIDTH;
	c->rows = (height - m->top - m->bottom) / CANVAS_CELL_HEIGHT;
	c->left = m->left + (width - m->left - m->right) % CANVAS_CELL_WIDTH / 2;
	c->top = m->top + (height - m->top - m->bottom) % CANVAS_CELL_HEIGHT / 2;
	return c->columns < CANVAS_COLUMNS_MIN || c->rows < CANVAS_ROWS_MIN ? -ERANGE : 0;
}

/* As the mode has its pixels. */
static uint32_t packed(const struct canvas *c, uint32_t rgb)
{
	uint32_t pixel = 0;
	if (c->plain)
		return rgb & 0xffffff;
	for (unsigned i = 0; i < 3; i++) {
		const struct vbe_colour *part = &c->mode.colour[i];
		uint32_t level = rgb >> (16 - 8 * i) & 0xff;
		level = part->size < 8 ? level >> (8 - part->size) : level << (part->size - 8);
		pixel |= level << part->position;
	}
	return pixel;
}

static void put(const struct canvas *c, uint32_t x, uint32_t y, uint32_t pixel)
{
	unsigned bytes = (c->mode.bpp + 7u) / 8;
	uint8_t *at = c->frame + (uint64_t)y * c->mode.pitch + x * bytes;
	if (bytes == 4) {
		*(volatile uint32_t *)at = pixel;
	} else if (bytes == 2) {
		*(volatile uint16_t *)at = (uint16_t)pixel;
	} else {
		at[0] = (uint8_t)pixel;
		at[1] = (uint8_t)(pixel >> 8);
		at[2] = (uint8_t)(pixel >> 16);
	}
}

/* What the picture has there: its middle is the screen's. */
static uint32_t behind(const struct canvas *c, uint32_t x, uint32_t y)
{
	const struct picture *p = &c->picture;
	int32_t px = (int32_t)x - ((int32_t)c->mode.width - (int32_t)p->width) / 2;
	int32_t py = (int32_t)y - ((int32_t)c->mode.height - (int32_t)p->height) / 2;
	if (!p->pixels || (uint32_t)px >= p->width || (uint32_t)py >= p->height)
		return 0;
	return p->pixels[(uint32_t)py * p->width + (uint32_t)px];
}

void canvas_paint(const struct canvas *c)
{
	for (uint32_t y = 0; y < c->mode.height; y++)
		for (uint32_t x = 0; x < c->mode.width; x++)
			put(c, x, y, packed(c, behind(c, x, y)));
}

/* A colour as cells have them (vt.h): 0xrrggbb, or `own` for the terminal's own. */
static int32_t shade(unsigned colour, bool bold, int32_t own)
{
	if (!colour)
		return own;
	colour--;
	if (colour >= VT_NUMBERED) {
		if (colour_rgb(colour - VT_NUMBERED) >= 0)
			return colour_rgb(colour - VT_NUMBERED);
		colour = colour_basic(colour - VT_NUMBERED);
		if (colour >= COLOUR_BASIC)
			return own;
	}
	uint32_t more = bold ? BOLD : 0;
	return (int32_t)(((colour & 1 ? LEVEL : 0) + more) << 16 | ((colour & 2 ? LEVEL : 0) + more) << 8 |
			 ((colour & 4 ? LEVEL : 0) + more));
}

bool canvas_is_numbered(uint32_t cell)
{
	return VT_TEXT(cell) > VT_NUMBERED || VT_GROUND(cell) > VT_NUMBERED;
}

void canvas_cell(const struct canvas *c, unsigned row, unsigned column, uint32_t cell, bool cursor)
{
	uint8_t code = (uint8_t)cell;
	bool bold = VT_BOLD(cell), joins = code >= LINES_FIRST && code <= LINES_LAST;
	int32_t text = shade(VT_TEXT(cell), bold, shade(1 + WHITE, bold, 0));
	int32_t ground = shade(VT_GROUND(cell), false, SEE_THROUGH);
	uint32_t text_pixel = packed(c, (uint32_t)text), ground_pixel = packed(c, (uint32_t)ground);
	if (row >= c->rows || column >= c->columns)
		return;
	for (uint32_t y = 0; y < CANVAS_CELL_HEIGHT; y++) {
		unsigned bits = c->font[code * CANVAS_CELL_HEIGHT + y] * 2u;	/* a ninth pixel */
		uint32_t at_y = c->top + row * CANVAS_CELL_HEIGHT + y;
		if (joins)
			bits |= bits >> 1 & 1;
		if (cursor && y >= CANVAS_CELL_HEIGHT - CURSOR_LINES)
			bits = ~0u;
		for (uint32_t x = 0; x < CANVAS_CELL_WIDTH; x++) {
			uint32_t at_x = c->left + column * CANVAS_CELL_WIDTH + x;
			bool lit = bits >> (CANVAS_CELL_WIDTH - 1 - x) & 1;
			put(c, at_x, at_y, lit ? text_pixel : ground != SEE_THROUGH ? ground_pixel :
			    packed(c, behind(c, at_x, at_y)));
		}
	}
}
