/* SPDX-License-Identifier: BSD-2-Clause */
/* VBE's graphics and the BIOS's font: see graphics.h. */
#include "services/graphics/graphics.h"

#include <errno.h>
#include <string.h>

#include "kernel/gate.h"
#include "kernel/pages.h"
#include "kernel/vga.h"
#include "services/console/colours.h"
#include "services/console/local.h"
#include "services/firmware/bios.h"

#define FONT_LEN (CANVAS_GLYPHS * CANVAS_CELL_HEIGHT)
#define FONT_8X16 6u		/* of INT 10h AX=1130h, in BH */

static struct canvas canvas;
static struct vga_view view;
static uint8_t font[FONT_LEN];
static bool on;

static void draw(unsigned row, unsigned column, uint32_t cell, bool cursor)
{
	canvas_cell(&canvas, row, column, cell, cursor);
}

/* From the BIOS, whose glyphs all machines' people know. */
static int read_font(void)
{
	struct bios_regs r = { .intno = 0x10, .eax = 0x1130, .ebx = FONT_8X16 << 8 };
	gate_bios(&r);
	uint32_t at = segoff_linear((struct segoff){ (uint16_t)r.ebp, r.es });
	if (at < REAL_LO || at > REAL_HI - FONT_LEN)
		return -EIO;
	memcpy(font, (const void *)(uintptr_t)at, FONT_LEN);
	return 0;
}

static size_t cells_len(void)
{
	return 2 * sizeof(uint32_t) * view.columns * view.rows;
}

static int find(const struct graphics_wish *w, struct vbe_mode *mode)
{
	struct vbe_wish wish = { .width = w->width, .height = w->height, .depth = w->depth, .least = true };
	return bios_find_mode(&wish, mode);
}

bool graphics_possible(const struct graphics_wish *w)
{
	struct vbe_mode mode;
	return find(w, &mode) == 0;
}

static int prepare(const struct graphics_wish *w)
{
	canvas = (struct canvas){ .font = font, .picture = *w->picture };
	int err = find(w, &canvas.mode);
	if (err == 0)
		err = canvas_begin(&canvas, &w->margins);
	if (err == 0)
		err = read_font();
	if (err < 0)
		return err;
	canvas.frame = (uint8_t *)(uintptr_t)canvas.mode.base;
	view = (struct vga_view){ .columns = canvas.columns, .rows = canvas.rows, .draw = draw };
	view.cells = pages_alloc(cells_len());
	view.shown = view.cells ? view.cells + view.columns * view.rows : NULL;
	return view.cells ? 0 : -ENOMEM;
}

int graphics_begin(const struct graphics_wish *w)
{
	graphics_end();
	int err = prepare(w);
	if (err == 0 && (err = bios_set_mode(canvas.mode.number)) < 0)
		pages_free(view.cells, cells_len());
	if (err < 0)
		return err;
	/* whatever fails from here on, graphics_end() ends it */
	*w->picture = (struct picture){ 0 };
	on = true;
	colours_see_through(canvas.picture.pixels != NULL);
	canvas_paint(&canvas);
	local_set_view(&view);
	return 0;
}

bool graphics_on(void)
{
	return on;
}

void graphics_colours(void)
{
	for (unsigned i = 0; on && i < view.columns * view.rows; i++)
		if (canvas_is_numbered(view.shown[i]))
			view.shown[i] = ~view.cells[i];
}

void graphics_end(void)
{
	if (!on)
		return;
	on = false;
	colours_see_through(false);
	local_set_view(NULL);
	pages_free(view.cells, cells_len());
	picture_free(&canvas.picture);
}
