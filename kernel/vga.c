/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VGA text screen: 80x25 at B8000h, with what the log sends: text, CR, LF,
 * BS, TAB and ESC[K.
 *
 * Reading a card's memory is slow, so what it should show is kept here, and
 * only the cells that change are written.  The BIOS's cursor goes with ours:
 * what a ROM or a boot program prints stands below our lines, and where that
 * cursor has moved, the screen is read again and we go on below.
 */
#include "kernel/vga.h"

#include <string.h>

#include "kernel/gate.h"
#include "kernel/io.h"
#include "kernel/log.h"
#include "kernel/paging.h"

#define COLUMNS 80
#define ROWS 25
#define ATTRIBUTE 0x07
#define CRTC 0x3d4
#define BDA_CURSOR 0x50		/* of page 0 */
#define BLANK (ATTRIBUTE << 8 | ' ')

static volatile uint16_t *const screen = (volatile uint16_t *)0xb8000;
static uint16_t cells[ROWS * COLUMNS], shown[ROWS * COLUMNS];
static unsigned row, column;
static uint16_t cursor;		/* what we left to the BIOS: row and column, a byte each */
static enum { TEXT, ESCAPE, BRACKET } state;

static void set_cursor(void)
{
	unsigned at_column = column < COLUMNS ? column : COLUMNS - 1, at = row * COLUMNS + at_column;
	outw(CRTC, (uint16_t)(at & 0xff00) | 0x0e);
	outw(CRTC, (uint16_t)(at << 8) | 0x0f);
	cursor = (uint16_t)(row << 8 | at_column);
	paging_bda_set_u16(BDA_CURSOR, cursor);
}

static void blank(unsigned from, unsigned to)
{
	while (from < to)
		cells[from++] = BLANK;
}

static void new_line(void)
{
	if (++row < ROWS)
		return;
	row = ROWS - 1;
	memmove(cells, cells + COLUMNS, sizeof(cells) - COLUMNS * sizeof(cells[0]));
	blank(COLUMNS * (ROWS - 1), COLUMNS * ROWS);
}

static void put_text(char c)
{
	switch (c) {
	case '\r': column = 0; return;
	case '\n': new_line(); return;
	case '\b': column -= column > 0; return;
	case '\t': column = (column | 7) + 1; return;
	case '\033': state = ESCAPE; return;
	}
	if (column >= COLUMNS) {
		column = 0;
		new_line();
	}
	cells[row * COLUMNS + column++] = (uint16_t)(ATTRIBUTE << 8 | (uint8_t)c);
}

/* Go on below what others have written. */
static void look_at_screen(void)
{
	cursor = paging_bda_u16(BDA_CURSOR);
	for (unsigned i = 0; i < ROWS * COLUMNS; i++)
		cells[i] = shown[i] = screen[i];
	row = (cursor >> 8) < ROWS ? cursor >> 8 : ROWS - 1;
	column = (cursor & 0xff) < COLUMNS ? cursor & 0xff : 0;
	if (column) {
		column = 0;
		new_line();
	}
}

static void vga_write(struct log_sink *s, const char *text, size_t len)
{
	(void)s;
	if (paging_bda_u16(BDA_CURSOR) != cursor)
		look_at_screen();
	for (size_t i = 0; i < len; i++) {
		if (state == TEXT) {
			put_text(text[i]);
		} else if (state == ESCAPE) {
			state = BRACKET;
		} else {
			blank(row * COLUMNS + column, (row + 1) * COLUMNS);
			state = TEXT;
		}
	}
	for (unsigned i = 0; i < ROWS * COLUMNS; i++)
		if (cells[i] != shown[i])
			screen[i] = shown[i] = cells[i];
	set_cursor();
}

void vga_init(void)
{
	static struct log_sink sink = { .write = vga_write };
	struct bios_regs r = { .intno = 0x10, .eax = 0x0f00 };
	gate_bios(&r);
	if ((r.eax & 0x7f) != 3) {
		r = (struct bios_regs){ .intno = 0x10, .eax = 0x0003 };
		gate_bios(&r);
	}
	look_at_screen();
	log_add_sink(&sink);
}
