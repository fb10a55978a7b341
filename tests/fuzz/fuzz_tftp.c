/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server's packets to a TFTP client: each is a length byte times 8 plus 2,
 * then that many bytes (fewer at the end).  The input's length says which window
 * is asked for, and whether it is settled.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/tftp/tftp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct tftp t;
	static struct tftp_output out;
	uint64_t now = 0, got = 0;

	tftp_start(&t, "f", 1500, now);
	t.asked = (uint16_t)(1 + len % 70);
	t.settled = len % 2;
	tftp_poll(&t, now, 0, &out);
	while (len > 1) {
		size_t n = data[0] * 8u + 2;
		if (n > len - 1)
			n = len - 1;
		uint8_t *pkt = malloc(n);
		memcpy(pkt, data + 1, n);
		pkt[0] = 0;
		enum tftp_event ev = tftp_input(&t, 2000, pkt, n, now);
		if (ev == TFTP_EV_DATA || ev == TFTP_EV_DONE) {
			assert(t.data >= pkt && t.data + t.data_len <= pkt + n);
			assert(t.data_len <= t.blksize);
			got += t.data_len;
			assert(got == t.got);
		}
		assert(ev != TFTP_EV_ERROR || (t.error < 0 && t.error_text[0]));
		free(pkt);
		tftp_poll(&t, now, 0, &out);
		assert(out.len <= sizeof(out.data));
		now += 50000;
		data += n + 1;
		len -= n + 1;
	}
	for (unsigned i = 0; i < 20 && tftp_deadline(&t) != UINT64_MAX; i++)
		tftp_poll(&t, tftp_deadline(&t), 0, &out);
	assert(tftp_deadline(&t) == UINT64_MAX);
	return 0;
}
