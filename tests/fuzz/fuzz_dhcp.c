/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A DHCP client in the state that the first byte chooses takes the rest as a
 * packet, made to fit it (xid, address), so that the fuzzer reaches the options.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/dhcp/dhcp.h"
#include "tests/unit/v4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct dhcp_identity id = { .mac = { 2, 0, 0, 0, 0, 1 } };
static struct dhcp_client c;
static struct dhcp_output out;

static void check(void)
{
	const struct dhcp_lease *l = &c.lease;

	assert(strlen(l->boot_file) < sizeof(l->boot_file) && strlen(l->search) < sizeof(l->search));
	assert(l->dns_count <= DHCP_MAX_ADDRS && l->gateway_count <= DHCP_MAX_ADDRS);
	if (c.state == DHCP_BOUND) {
		uint8_t value[300];
		assert(l->addr.family && l->len && l->len <= 32 && l->t1_s <= l->t2_s && l->t2_s <= l->lease_s);
		for (unsigned n = 0; n < 256; n++) {
			int whole = dhcp_option(l->raw, l->raw_len, n, 0, value, sizeof(value));
			assert(whole < (int)sizeof(l->raw));
			dhcp_option(l->raw, l->raw_len, n, 1, value, sizeof(value));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *pkt;
	uint64_t t = 0;

	if (!len)
		return 0;
	pkt = malloc(len);
	memcpy(pkt, data + 1, len - 1);
	dhcp_init(&c, &id);
	dhcp_start(&c, t, 0x11223344);
	dhcp_poll(&c, t, 0, &out);
	c.state = data[0] % 2 ? DHCP_SELECTING : DHCP_REQUESTING;
	c.chosen.server_id = net_addr_v4(0x0a000202);
	if (len - 1 >= 34) {
		memcpy(pkt + 4, "\x11\x22\x33\x44", 4);
		memcpy(pkt + 28, id.mac, 6);
	}
	dhcp_input(&c, pkt, len - 1, V4(0x0a000202), t);
	check();
	for (unsigned i = 0; i < 4 && dhcp_deadline(&c) != UINT64_MAX; i++) {
		t = dhcp_deadline(&c);
		dhcp_poll(&c, t, i, &out);
		dhcp_input(&c, pkt, len - 1, V4(0x0a000202), t);
		check();
	}
	char text[64];
	dhcp_search_string(pkt, len - 1, text, sizeof(text));
	free(pkt);
	return 0;
}
