/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A display file of pxelinux's (syslinux.cfg(5), "DISPLAY file format"), line by line, as a text screen shows it: its
 * colours are kept as marks of the log's, pictures and what is for graphics only are left out.  Pure.
 */
#ifndef SERVICES_PXELINUX_DISPLAY_H
#define SERVICES_PXELINUX_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct px_display {
	const char *at, *end;		/* the file, or what is left of it */
	bool hidden;			/* what comes is not for such screens */
	uint8_t text, ground;		/* the colours in force, as VGA counts them */
};

/* The whole of a file. */
void px_display_begin(struct px_display *d, const char *file, size_t len);
/* Its next line, without its end, cut to cap - 1 bytes, for log_coloured(): false at the end of the file. */
bool px_display_line(struct px_display *d, char *out, size_t cap);

#endif
