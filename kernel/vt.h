/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A terminal's screen of cells: the bytes that services/console sends in, what
 * is to be seen out.  VGA's text screen is one, and so are the tests' screens.
 * Understood are CR, LF, BS, TAB and of ECMA-48 cursor up (A), position (H),
 * erase to the end of the screen (J, 2J) and of the line (K), and colours and
 * the like (m).  Pure.
 *
 * A cell is as VGA has it: the character, above it 4 bits of its colour and 4
 * of the ground's.
 */
#ifndef KERNEL_VT_H
#define KERNEL_VT_H

#include <stddef.h>
#include <stdint.h>

#define VT_PLAIN 0x07		/* light grey on black */
#define VT_BLANK (VT_PLAIN << 8 | ' ')

struct vt {
	/* The owner's; the cells too. */
	unsigned columns, rows;
	uint16_t *cells;		/* rows x columns */

	unsigned row, column;		/* column may be `columns`: the next character begins a line */
	uint8_t attribute;

	/* Private: the sequence under way. */
	uint8_t state;
	uint8_t params;
	uint16_t param[6];
};

/* Blank, the cursor at the top left. */
void vt_init(struct vt *t, uint16_t *cells, unsigned columns, unsigned rows);
void vt_write(struct vt *t, const char *text, size_t len);
/* Down a line; at the bottom everything moves up. */
void vt_new_line(struct vt *t);

#endif
