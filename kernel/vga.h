/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VGA text screen: 80x25 at B8000h, with what vt.h understands; begins
 * below what is on it.  It makes itself a raw console for panics.
 */
#ifndef KERNEL_VGA_H
#define KERNEL_VGA_H

#include <stdbool.h>
#include <stddef.h>

#define VGA_COLUMNS 80
#define VGA_ROWS 25

void vga_init(void);
void vga_write(const char *text, size_t len);
/*
 * Whether the BIOS is told where the cursor is at each write.  Off for those
 * BIOSes that send each of its moves to a serial port; it is told once when
 * this goes on again.
 */
void vga_tell_cursor(bool on);

#endif
