/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A portable anymap (Netpbm's manual: pbm(5), pgm(5), ppm(5)) out of a file
 * in memory: P1 to P6, that is black and white, grey or colours, as text or
 * as bytes, up to 16 bits a sample.  Of a file with several pictures the
 * first.  Left out: P7 (PAM).  Pure.  Called by picture.c.
 */
#ifndef SERVICES_GRAPHICS_PNM_H
#define SERVICES_GRAPHICS_PNM_H

#include <stdbool.h>

#include "services/graphics/picture.h"

/* By how it begins. */
bool pnm_is(const void *file, size_t len);
/* As picture_read(); turn() is called after each 64 KiB of the file. */
int pnm_read(struct picture *out, const void *file, size_t len, void (*turn)(void), char why[PICTURE_WHY]);

#endif
