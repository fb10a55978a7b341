/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ROM's receive answers, six bytes of lengths each and a slot of bytes: what
 * comes out is a frame, all of it readable.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/undi/rx.h"
#include "net/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rx *rx = calloc(1, sizeof(*rx));
	struct cursor c = cur_make(data, size);
	uint8_t copy[RX_FRAME_MAX];
	while (cur_left(&c) >= 6) {
		size_t slot_len = cur_le16(&c) % 1600, len = 0;
		uint16_t buffer_len = cur_le16(&c), frame_len = cur_le16(&c);
		uint8_t *slot = malloc(slot_len + 1);
		memset(slot, (int)(frame_len & 0xff), slot_len);
		uint32_t bad = rx->bad;
		const uint8_t *frame = rx_take(rx, slot, slot_len, buffer_len, frame_len, &len);
		if (frame) {
			assert(len >= RX_FRAME_MIN && len <= RX_FRAME_MAX && rx->bad == bad);
			memcpy(copy, frame, len);
		}
		assert(!rx->want || (rx->have < rx->want && rx->want <= RX_FRAME_MAX));
		assert(frame || rx->want || rx->bad == bad + 1);
		free(slot);
	}
	free(rx);
	return 0;
}
