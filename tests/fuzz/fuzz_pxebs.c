/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PXE server's packet, made to fit (xid, address): who is to be asked by its option 43, its menu, the question to
 * them, and the same packet as their answer.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/dhcp/pxebs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct dhcp_identity id = { .mac = { 2, 0, 0, 0, 0, 1 } };
static struct pxebs p;
static struct dhcp_output out;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct net_addr own = net_addr_v4(0x0a00020f), from = net_addr_v4(0x0a000202);
	struct pxebs_where w;
	char text[256];
	unsigned type = data && len ? data[0] % 4 : 0;
	uint16_t port;

	if (len < 1)
		return 0;
	uint8_t *pkt = malloc(len);
	memcpy(pkt, data + 1, len - 1);
	if (len - 1 >= 34) {
		memcpy(pkt + 4, "\x11\x22\x33\x44", 4);
		memcpy(pkt + 28, id.mac, 6);
	}
	pxebs_where(&w, pkt, len - 1, type);
	assert(w.count <= PXEBS_SERVERS_MAX);
	if (pxebs_menu_first(pkt, len - 1, &type, text) == 0)
		assert(strlen(text) < sizeof(text) && type <= PXEBS_TYPE_MAX);
	pxebs_start(&p, &id, &own, &w, data[0] & 0x80 ? PXEBS_NO_ITEM : type, 0, 0x11223344);
	for (unsigned sent = 0; pxebs_poll(&p, pxebs_deadline(&p), &out, &port) == 0 && !p.answer_len; sent++) {
		assert(sent < 3 * (PXEBS_SERVERS_MAX + 3) && out.len <= sizeof(out.data));
		if (sent == 2 && pxebs_input(&p, pkt, len - 1, &from))
			assert(p.answer_len == len - 1);
	}
	free(pkt);
	return 0;
}
