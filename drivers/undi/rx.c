/* SPDX-License-Identifier: BSD-2-Clause */
/* ROM answers to frames: see rx.h.  Called by card.c for each slot. */
#include "drivers/undi/rx.h"

#include <string.h>

static const uint8_t *bad(struct rx *rx)
{
	rx->bad++;
	rx->want = 0;
	return NULL;
}

const uint8_t *rx_take(struct rx *rx, const uint8_t *data, size_t slot_len, uint16_t buffer_len, uint16_t frame_len,
		       size_t *len)
{
	if (!buffer_len || buffer_len > slot_len)
		return bad(rx);
	if (!rx->want) {
		if (frame_len < RX_FRAME_MIN || frame_len > RX_FRAME_MAX || buffer_len > frame_len)
			return bad(rx);
		if (buffer_len == frame_len) {
			*len = frame_len;
			return data;
		}
		rx->want = frame_len;
		rx->have = 0;
	} else if (buffer_len > rx->want - rx->have) {
		return bad(rx);
	}
	memcpy(rx->part + rx->have, data, buffer_len);
	rx->have += buffer_len;
	if (rx->have < rx->want)
		return NULL;
	*len = rx->want;
	rx->want = 0;
	return rx->part;
}
