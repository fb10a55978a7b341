/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VGA text screen: 80x25 at B8000h, with the few control characters and
 * escape sequences that the log uses (CR, LF, BS, TAB, ESC[K, ESC[2J, ESC[H,
 * ESC[..m ignored).  Control bytes from outside are shown as dots.
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
#define BLANK (ATTRIBUTE << 8 | ' ')

static volatile uint16_t *const cells = (volatile uint16_t *)0xb8000;
static unsigned row, column;
static enum { TEXT, ESCAPE, BRACKET } state;
static bool param_seen;

static void set_cursor(void)
{
	unsigned at = row * COLUMNS + (column < COLUMNS ? column : COLUMNS - 1);
	outw(CRTC, (uint16_t)(at & 0xff00) | 0x0e);
	outw(CRTC, (uint16_t)(at << 8) | 0x0f);
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
	for (unsigned i = 0; i < COLUMNS * (ROWS - 1); i++)
		cells[i] = cells[i + COLUMNS];
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
	cells[row * COLUMNS + column++] = (uint16_t)(ATTRIBUTE << 8 | ((uint8_t)c < ' ' || c == 127 ? '.' : (uint8_t)c));
}

static void put_sequence(char c)
{
	if ((c >= '0' && c <= '9') || c == ';') {
		param_seen = true;
		return;
	}
	state = TEXT;
	if (c == 'K') {
		blank(row * COLUMNS + column, (row + 1) * COLUMNS);
	} else if (c == 'J') {
		blank(0, ROWS * COLUMNS);
	} else if (c == 'H' && !param_seen) {
		row = column = 0;
	}
}

static void vga_write(struct log_sink *s, const char *text, size_t len)
{
	(void)s;
	for (size_t i = 0; i < len; i++) {
		if (state == TEXT) {
			put_text(text[i]);
		} else if (state == ESCAPE) {
			state = text[i] == '[' ? BRACKET : TEXT;
			param_seen = false;
		} else {
			put_sequence(text[i]);
		}
	}
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
	/* go on below what the ROM wrote: cursor of page 0 */
	uint16_t at = paging_bda_u16(0x50);
	row = (at >> 8) < ROWS ? at >> 8 : ROWS - 1;
	column = (at & 0xff) < COLUMNS ? at & 0xff : 0;
	if (column) {
		column = 0;
		new_line();
	}
	log_add_sink(&sink);
}
