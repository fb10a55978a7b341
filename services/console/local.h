/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's own screens and keyboards: VGA with the BIOS's keyboard, and
 * the serial ports that the setting console names (ports.h), else the one
 * that the machine names as its own.
 */
#ifndef SERVICES_CONSOLE_LOCAL_H
#define SERVICES_CONSOLE_LOCAL_H

#include "services/console/ports.h"

struct vga_view;

/*
 * The screens of serial ports, before any line is logged: those of `text`,
 * which is as the setting console, or NULL; else the default port's.
 * firmware: it is the port that the firmware uses itself; if that copies the
 * video memory there, the port is left to it, unless somebody chooses it.
 */
void local_begin(const struct ports_port *standard, bool firmware, const char *text);
/* The VGA screen, unless local_begin() was told that none is wanted; wants paging. */
void local_begin_vga(void);
/*
 * Takes the setting console, at once; one that is none is said, and all stays
 * as it is: -EINVAL, else 0.  A port that is not there is said; the others serve.
 */
int local_set(const char *text);
/* How the VGA screen is shown from now on (kernel/vga.h); NULL: in text mode, with the log's last lines. */
void local_set_view(const struct vga_view *v);
/* What has been typed at serial ports; at the BIOS's keyboard. */
void local_read_ports(void);
void local_read_keyboard(void);
/* Whoever runs next gets a screen without widget and live area, and a cursor where ours stands. */
void local_leave(void);
/* We stay after all. */
void local_stay(void);

#endif
