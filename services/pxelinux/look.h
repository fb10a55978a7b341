/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a menu of pxelinux's is to look like: MENU COLOR and the directives
 * that place it (menu.txt of its documentation), and the names of keys that
 * MENU HIDDENKEY has.  Pure.
 */
#ifndef SERVICES_PXELINUX_LOOK_H
#define SERVICES_PXELINUX_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum px_element {
	PX_SCREEN, PX_TITLE, PX_UNSEL, PX_HOTKEY, PX_SEL, PX_HOTSEL, PX_DISABLED, PX_TABMSG, PX_TIMEOUT_MSG,
	PX_HELP_TEXT, PX_ELEMENTS,
};

/* In columns and rows; rows are counted from 1, from PX_VSHIFT on. */
enum px_number {
	PX_WIDTH, PX_MARGIN, PX_ROWS, PX_HSHIFT, PX_VSHIFT, PX_TABMSGROW, PX_TIMEOUTROW, PX_HELPMSGROW, PX_NUMBERS,
};

struct px_colour {
	bool has_style, has_text, has_ground;
	uint16_t style;			/* what its ANSI part says (services/console/widget.h) */
	uint32_t text, ground;		/* 0xaarrggbb */
};

struct px_look {
	struct px_colour colour[PX_ELEMENTS];
	uint32_t given;			/* bits of the numbers below: the configuration has said them */
	int16_t number[PX_NUMBERS];
	uint16_t wide, high;		/* MENU RESOLUTION; 0: none */
};

/* What stands behind MENU: true if it is of this kind; others of its kind, which have no meaning here, are, too. */
bool px_look_line(struct px_look *l, const char *line);
/* One, of several that commas part, as it is named: the key (services/console/keys.h), or 0; *line is behind it. */
int px_key_name(const char **line);

#endif
