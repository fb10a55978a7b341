/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VGA text screen: see vga.h.
 *
 * Reading a card's memory is slow, so what it should show is kept here, and
 * only the cells that change are written.  The BIOS's cursor goes with ours:
 * what a ROM or a boot program prints stands below our lines, and where that
 * cursor has moved, the screen is read again and we go on below.
 */
#include "kernel/vga.h"

#include "kernel/gate.h"
#include "kernel/io.h"
#include "kernel/log.h"
#include "kernel/paging.h"
#include "kernel/vt.h"

#define CRTC 0x3d4
#define BDA_CURSOR 0x50		/* of page 0 */
#define CELLS (VGA_ROWS * VGA_COLUMNS)

static volatile uint16_t *const screen = (volatile uint16_t *)0xb8000;
static uint16_t cells[CELLS], shown[CELLS];
static struct vt vt;
static uint16_t cursor;		/* what the BIOS has: row and column, a byte each */
static bool telling = true;

static void set_cursor(void)
{
	unsigned column = vt.column < VGA_COLUMNS ? vt.column : VGA_COLUMNS - 1, at = vt.row * VGA_COLUMNS + column;
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

void vga_write(const char *text, size_t len)
{
	if (paging_bda_u16(BDA_CURSOR) != cursor)
		look_at_screen();
	vt_write(&vt, text, len);
	for (unsigned i = 0; i < CELLS; i++)
		if (cells[i] != shown[i])
			screen[i] = shown[i] = cells[i];
	set_cursor();
}

void vga_tell_cursor(bool on)
{
	telling = on;
	set_cursor();
}

static void write_raw(struct log_raw *r, const char *text, size_t len)
{
	(void)r;
	vga_write(text, len);
}

void vga_init(void)
{
	static struct log_raw raw = { .write = write_raw };
	struct bios_regs r = { .intno = 0x10, .eax = 0x0f00 };
	gate_bios(&r);
	if ((r.eax & 0x7f) != 3) {
		r = (struct bios_regs){ .intno = 0x10, .eax = 0x0003 };
		gate_bios(&r);
	}
	vt_init(&vt, cells, VGA_COLUMNS, VGA_ROWS);
	look_at_screen();
	log_add_raw(&raw);
}
