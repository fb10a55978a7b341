/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VGA screen in graphics, by VBE: the console over a picture, until the
 * machine is left, the try ends, or somebody wants text again.  Only the task
 * that runs commands calls these.  Nothing here waits.
 */
#ifndef SERVICES_GRAPHICS_GRAPHICS_H
#define SERVICES_GRAPHICS_GRAPHICS_H

#include <stdbool.h>

#include "services/graphics/canvas.h"

struct graphics_wish {
	uint32_t width, height, depth;	/* at least so many pixels; 0 bits a pixel: as many as can be had */
	struct margins margins;
	struct picture *picture;	/* its pages are ours once it is shown, and *picture is empty */
};

/* True if there is such a mode. */
bool graphics_possible(const struct graphics_wish *w);
/*
 * Shows the console that way: 0; -ENOENT, there is no such mode; -ERANGE, the
 * margins leave no room; -ENOMEM; -EIO, the BIOS does not set the mode.  Then
 * the screen is one of text.
 */
int graphics_begin(const struct graphics_wish *w);
/* It is shown that way. */
bool graphics_on(void);
/* What scripts' colours mean has changed. */
void graphics_colours(void);
/* Text mode again, and nothing of it stays in memory. */
void graphics_end(void);

#endif
