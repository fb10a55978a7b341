/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A terminal's screen of cells: the bytes that services/console sends in, what
 * is to be seen out.  VGA's text screen is one, and so are the tests' screens.
 * Understood are CR, LF, BS, TAB and of ECMA-48 cursor up (A), position (H),
 * erase to the end of the screen (J, 2J) and of the line (K), and colours and
 * the like (m).  Pure.
 *
 * The lower 16 bits of a cell are as VGA has it: the character, above it 4 bits
 * of its colour and 4 of the ground's.  Above them stands what was asked for, 5
 * bits for the text and 5 for the ground: 0 the terminal's own colour, else 1
 * more than one of ECMA-48's basic eight, or than VT_NUMBERED and the number
 * of one that scripts define (SGR 38;5;n and 48;5;n, n from VT_NUMBER on).
 */
#ifndef KERNEL_VT_H
#define KERNEL_VT_H

#include <stddef.h>
#include <stdint.h>

#define VT_PLAIN 0x07		/* light grey on black */
#define VT_BLANK (VT_PLAIN << 8 | ' ')
#define VT_NUMBERED 8u		/* the first that is none of the basic eight */
#define VT_NUMBERS 16u		/* how many of these there are */
#define VT_NUMBER 16u		/* the SGR parameter of the first */
#define VT_TEXT(cell) ((cell) >> 16 & 31)
#define VT_GROUND(cell) ((cell) >> 21 & 31)
#define VT_BOLD(cell) ((cell) >> 11 & 1)

struct vt {
	/* The owner's; the cells too. */
	unsigned columns, rows;
	uint32_t *cells;		/* rows x columns */

	unsigned row, column;		/* column may be `columns`: the next character begins a line */
	uint8_t attribute;
	uint8_t text, ground;		/* as a cell has them */

	/* Private: the sequence under way. */
	uint8_t state;
	uint8_t params;
	uint16_t param[12];
};

/* Blank, the cursor at the top left. */
void vt_init(struct vt *t, uint32_t *cells, unsigned columns, unsigned rows);
void vt_write(struct vt *t, const char *text, size_t len);
/* Down a line; at the bottom everything moves up. */
void vt_new_line(struct vt *t);

#endif
