/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server's packets to a client of multicast TFTP: each is a length byte times 8 plus 2, then that many bytes (fewer
 * at the end).
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/tftp/tftm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* By RFC 2090, or by PXE's own protocol. */
static void play(const uint8_t *data, size_t len, bool pxe)
{
	static struct tftm t;
	static struct tftp_output out;
	uint64_t now = 0, got = 0;

	const struct net_addr group = net_addr_v4(0xef000009);
	if (pxe)
		tftm_listen(&t, "f", &group, 1758, 3000, 1, 1, now);
	else
		tftm_start(&t, "f", 1500, now);
	tftm_poll(&t, now, 0, &out);
	while (len > 1) {
		size_t n = data[0] * 8u + 2;
		if (n > len - 1)
			n = len - 1;
		uint8_t *pkt = malloc(n);
		memcpy(pkt, data + 1, n);
		pkt[0] = 0;
		enum tftm_event ev = tftm_input(&t, 2000, data[0] & 1, pkt, n, now);
		if (ev == TFTM_EV_DATA || ev == TFTM_EV_DONE) {
			assert(t.data >= pkt && t.data + t.data_len <= pkt + n);
			assert(t.at + t.data_len <= t.size);
			got += t.data_len;
			assert(tftm_whole(&t) <= got && got <= t.size);
			assert(ev != TFTM_EV_DONE || got == t.size);
		}
		assert(ev != TFTM_EV_GROUP || (net_addr_is_multicast(&t.group) && t.port_of_group));
		assert(ev != TFTM_EV_ERROR || (t.error < 0 && t.error_text[0]));
		free(pkt);
		tftm_poll(&t, now, 0, &out);
		assert(out.len <= sizeof(out.data));
		now += 50000;
		data += n + 1;
		len -= n + 1;
	}
	for (unsigned i = 0; i < 20 && tftm_deadline(&t) != UINT64_MAX; i++)
		tftm_poll(&t, tftm_deadline(&t), 0, &out);
	assert(tftm_deadline(&t) == UINT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	play(data, len, false);
	play(data, len, true);
	return 0;
}
