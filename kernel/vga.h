/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VGA screen: 80x25 at B8000h, with what vt.h understands; begins below
 * what is on it.  It makes itself a raw console for panics.  Somebody may show
 * it another way for a while, in graphics; a panic ends that.
 */
#ifndef KERNEL_VGA_H
#define KERNEL_VGA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VGA_COLUMNS 80
#define VGA_ROWS 25

/* How it is shown instead of by VGA's text mode. */
struct vga_view {
	unsigned columns, rows;
	uint32_t *cells, *shown;	/* columns x rows each, until it is not shown this way any more */
	/* A cell (vt.h) as it is to be from now on.  Does not wait. */
	void (*draw)(unsigned row, unsigned column, uint32_t cell, bool cursor);
};

void vga_init(void);
/* Takes the text; vga_show() brings what has changed to the screen. */
void vga_write(const char *text, size_t len);
void vga_show(void);
/* From now on that way, and what is to be seen of it is blank already; NULL: VGA's text mode is set, blank too. */
void vga_set_view(const struct vga_view *v);
/*
 * Whether the BIOS is told where the cursor is at each write.  Off for those
 * BIOSes that send each of its moves to a serial port; it is told once when
 * this goes on again.
 */
void vga_tell_cursor(bool on);

#endif
