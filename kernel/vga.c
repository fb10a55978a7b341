/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VGA screen: see vga.h.
 *
 * Reading a card's memory is slow, so what it should show is kept here, and
 * only the cells that change are written.  The BIOS's cursor goes with ours:
 * what a ROM or a boot program prints stands below our lines, and where that
 * cursor has moved, the screen is read again and we go on below.  In graphics
 * there is no reading it.
 */
#include "kernel/vga.h"

#include <string.h>

#include "kernel/gate.h"
#include "kernel/io.h"
#include "kernel/log.h"
#include "kernel/paging.h"
#include "kernel/vt.h"

#define CRTC 0x3d4
#define BDA_CURSOR 0x50		/* of page 0 */
#define CELLS (VGA_ROWS * VGA_COLUMNS)
#define NEVER 0xffffffffu	/* no cell is that */

static volatile uint16_t *const screen = (volatile uint16_t *)0xb8000;
static uint32_t cells[CELLS], shown[CELLS];
static struct vt vt;
static const struct vga_view *view;	/* NULL: text mode */
static unsigned drawn_cursor;		/* the view's cell that has it */
static uint16_t cursor;		/* what the BIOS has: row and column, a byte each */
static bool telling = true;

static unsigned cursor_column(void)
{
	return vt.column < vt.columns ? vt.column : vt.columns - 1;
}

static void set_cursor(void)
{
	unsigned column = cursor_column(), at = vt.row * VGA_COLUMNS + column;
	outw(CRTC, (uint16_t)(at & 0xff00) | 0x0e);
	outw(CRTC, (uint16_t)(at << 8) | 0x0f);
	if (!telling)
		return;
	cursor = (uint16_t)(vt.row << 8 | column);
	paging_bda_set_u16(BDA_CURSOR, cursor);
}

/* Go on below what others have written. */
static void look_at_screen(void)
{
	cursor = paging_bda_u16(BDA_CURSOR);
	for (unsigned i = 0; i < CELLS; i++)
		cells[i] = shown[i] = screen[i];
	vt.row = (cursor >> 8) < VGA_ROWS ? cursor >> 8 : VGA_ROWS - 1;
	vt.column = (cursor & 0xff) < VGA_COLUMNS ? cursor & 0xff : 0;
	if (vt.column) {
		vt.column = 0;
		vt_new_line(&vt);
	}
}

static void show_view(void)
{
	unsigned at = vt.row * vt.columns + cursor_column();
	for (unsigned i = 0; i < vt.rows * vt.columns; i++) {
		bool moved = at != drawn_cursor && (i == at || i == drawn_cursor);
		if (view->cells[i] == view->shown[i] && !moved)
			continue;
		view->shown[i] = view->cells[i];
		view->draw(i / vt.columns, i % vt.columns, view->cells[i], i == at);
	}
	drawn_cursor = at;
}

void vga_write(const char *text, size_t len)
{
	if (!view && paging_bda_u16(BDA_CURSOR) != cursor)
		look_at_screen();
	vt_write(&vt, text, len);
}

void vga_show(void)
{
	if (view) {
		show_view();
		return;
	}
	for (unsigned i = 0; i < CELLS; i++)
		if (cells[i] != shown[i])
			screen[i] = (uint16_t)(shown[i] = cells[i]);
	set_cursor();
}

static void set_text_mode(void)
{
	struct bios_regs r = { .intno = 0x10, .eax = 0x0003 };
	gate_bios(&r);
	cursor = paging_bda_u16(BDA_CURSOR);
}

void vga_set_view(const struct vga_view *v)
{
	if (view && !v)
		set_text_mode();
	view = v;
	if (v) {
		vt_init(&vt, v->cells, v->columns, v->rows);
		memcpy(v->shown, v->cells, v->rows * v->columns * sizeof cells[0]);
		drawn_cursor = v->rows * v->columns;
	} else {
		vt_init(&vt, cells, VGA_COLUMNS, VGA_ROWS);
		memset(shown, NEVER & 0xff, sizeof(shown));
	}
	vga_show();
}

void vga_tell_cursor(bool on)
{
	telling = on;
	if (!view)
		set_cursor();
}

/* A panic: what draws the graphics is not to be relied on. */
static void write_raw(struct log_raw *r, const char *text, size_t len)
{
	(void)r;
	if (view)
		vga_set_view(NULL);
	vga_write(text, len);
	vga_show();
}

void vga_init(void)
{
	static struct log_raw raw = { .write = write_raw };
	struct bios_regs r = { .intno = 0x10, .eax = 0x0f00 };
	gate_bios(&r);
	if ((r.eax & 0x7f) != 3)
		set_text_mode();
	vt_init(&vt, cells, VGA_COLUMNS, VGA_ROWS);
	look_at_screen();
	log_add_raw(&raw);
}
