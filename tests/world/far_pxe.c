/* SPDX-License-Identifier: BSD-2-Clause */
/* The far side's PXE boot server: port 4011, by unicast and in a multicast group, and questions by broadcast. */
#include <string.h>

#include "net/net.h"
#include "services/dhcp/pxebs.h"
#include "tests/world/far.h"
#include "tests/world/far_parts.h"

size_t (*far_boot_server)(const uint8_t *asked, size_t len, enum far_pxe_way way, uint8_t out[600]);

static int own = -1, group = -1;

void far_pxe_setup(struct net *n)
{
	const struct net_addr ip = net_addr_v4(FAR_IP);
	const struct sock_group g = { .addr = net_addr_v4(FAR_PXE_GROUP) };
	own = sock_open(n, SOCK_UDP);
	sock_set(n, own, SOCK_OPT_REUSE, 1);
	sock_bind(n, own, &ip, PXEBS_PORT);
	group = sock_open(n, SOCK_UDP);
	sock_set(n, group, SOCK_OPT_REUSE, 1);
	sock_bind(n, group, &(struct net_addr){ 0 }, PXEBS_PORT);
	sock_set(n, group, SOCK_OPT_JOIN, (uintptr_t)&g);
}

bool far_pxe_asked(int sock, const uint8_t *asked, size_t len, enum far_pxe_way way, struct net_addr to)
{
	uint8_t out[600];
	size_t n = far_boot_server ? far_boot_server(asked, len, way, out) : 0;
	if (n)
		far_answer(sock, far_dhcp_delay_us, out, n, to, DHCP_CLIENT_PORT);
	return n;
}

void far_pxe_turn(struct net *n)
{
	uint8_t in[DHCP_MAX_LEN];
	struct net_addr from;
	uint16_t port;
	int got;
	while ((got = sock_recvfrom(n, own, in, sizeof(in), &from, &port)) >= 0)
		far_pxe_asked(own, in, (size_t)got, FAR_PXE_UNICAST, from);
	while ((got = sock_recvfrom(n, group, in, sizeof(in), &from, &port)) >= 0)
		far_pxe_asked(own, in, (size_t)got, FAR_PXE_MULTICAST, from);
}
