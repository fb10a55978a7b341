/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PC's screen: VGA, and where a test wants it a VESA BIOS with one mode of
 * graphics, VIDEO_WIDTH x VIDEO_HEIGHT pixels of 16 bits.
 */
#ifndef TESTS_WORLD_VIDEO_H
#define TESTS_WORLD_VIDEO_H

#include <stdbool.h>
#include <stdint.h>

#define VIDEO_WIDTH 200u
#define VIDEO_HEIGHT 100u

struct bios_regs;

extern bool video_can_graphics;		/* before the start; false at first */

/* INT 10h: true if it is known. */
bool video_bios(struct bios_regs *r);
/* The mode set is one of graphics. */
bool video_is_graphics(void);
/* A pixel of the frame, in 5, 6 and 5 bits. */
uint16_t video_pixel(unsigned x, unsigned y);
/* Serves a PNG of 24x12 pixels there, all of them 0x80ff00; it is read in several pieces. */
void video_serve_picture(const char *path);

#endif
