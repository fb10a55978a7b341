/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the ROM handed out (one PXENV_UNDI_ISR receive answer a slot) made into
 * whole frames.  Pure.  Quirks: a frame may come in several buffers; VMware's
 * ROM may say a frame length of 0 or one below the buffer's.
 */
#ifndef DRIVERS_UNDI_RX_H
#define DRIVERS_UNDI_RX_H

#include <stddef.h>
#include <stdint.h>

#define RX_FRAME_MIN 14u
#define RX_FRAME_MAX 1518u

struct rx {
	uint8_t part[RX_FRAME_MAX];	/* a frame that comes in pieces */
	size_t have, want;		/* want 0: none under way */
	uint32_t bad;			/* answers that made no sense */
};

/*
 * Takes one answer: buffer_len bytes at data, of which slot_len were kept.
 * The frame when it is whole (*len bytes, valid until the next call), else NULL.
 */
const uint8_t *rx_take(struct rx *rx, const uint8_t *data, size_t slot_len, uint16_t buffer_len, uint16_t frame_len,
		       size_t *len);

#endif
