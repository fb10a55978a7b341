/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a telnet peer prints, as a terminal of one line shows it: its bytes in,
 * finished lines and the line that the cursor stands in out.  All of it is
 * printable ASCII: nothing that a peer sends reaches a console as it is.
 *
 * Understood are CR, LF, BS, TAB and what line editors use of ECMA-48 within
 * a line: cursor left, right and to a column; erase in line; insert, delete
 * and erase characters.  What clears the screen or goes to its top begins a
 * new line; all other sequences and controls are passed over, and none is
 * answered.  A character that is not ASCII (taken as UTF-8) becomes '?'.
 * Pure.
 */
#ifndef SERVICES_TELNET_TELNET_SCREEN_H
#define SERVICES_TELNET_TELNET_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#define TELNET_COLUMNS 80	/* a longer line goes on in the next */

/* All zero but for `line` at first. */
struct telnet_screen {
	void (*line)(const char *text);		/* is given each finished line */
	char text[TELNET_COLUMNS + 1];		/* the line under way */
	uint8_t len, cursor;			/* cursor <= len */

	/* Private: the sequence under way, its first parameter. */
	uint8_t at;
	bool more, unknown;
	uint16_t param;
};

void telnet_screen_put(struct telnet_screen *s, uint8_t c);

#endif
