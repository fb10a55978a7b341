/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole Ethernet frames into a stack with sockets of every kind.  Input: for
 * each frame a control byte, a length byte pair, the frame.  Bit 0 of the
 * control leaves checksums as they are (else they are made right, so that the
 * fuzzer gets past them), bit 1 polls, bits 2..4 let time pass, bit 5 sends a
 * datagram or a ping (so that ARP has something queued), bit 6 puts our
 * addresses in.  All memory must come back at the end.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/bytes.h"
#include "net/checksum.h"
#include "net/net.h"
#define HELD_MAX (8u << 20)
#include "tests/fuzz/net_stub.h"
#include "tests/unit/v4.h"

#define ME 0x0a000001u
#define TAG 5
#define VLAN_ME 0x0a000501u
#define VLAN_PEER 0x0a000502u
#define PEER 0x0a000002u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct net n;
static struct netdev dev;

/* What goes out is well-formed, whatever came in. */
static int transmit(struct netdev *d, const void *frame, size_t len)
{
	const uint8_t *f = frame, *ip;
	bool tagged = get_be16(f + 12) == 0x8100;

	assert(d == &dev && len >= (tagged ? 64 : 60) && len <= NETDEV_FRAME_MAX);
	assert(!memcmp(f + 6, d->mac, 6));
	assert(!tagged || get_be16(f + 14) == (3 << 13 | TAG));
	f += tagged ? 4 : 0;
	len -= tagged ? 4 : 0;
	ip = f + 14;
	if (get_be16(f + 12) == 0x806)
		return 0;
	assert(get_be16(f + 12) == 0x800 && ip[0] == 0x45 && get_be16(ip + 2) + 14u <= len);
	assert(csum_finish(csum_add(0, ip, 20)) == 0);
	if (ip[9] == IP_PROTO_TCP)
		assert(csum_finish(csum_add(csum_pseudo(V4(get_be32(ip + 12)), V4(get_be32(ip + 16)), 6,
							get_be16(ip + 2) - 20u), ip + 20,
					    get_be16(ip + 2) - 20u)) == 0);
	return 0;
}

static const struct netdev_ops dev_ops = { .transmit = transmit };

/* Makes the checksums of the packet right, as far as its lengths allow. */
static void fix(uint8_t *f, size_t len)
{
	uint8_t *ip, *p;
	size_t hl, total, field;

	if (len >= 18 && get_be16(f + 12) == 0x8100) {
		f += 4;
		len -= 4;
	}
	ip = f + 14;
	if (len < 34 || get_be16(f + 12) != 0x800)
		return;
	hl = (ip[0] & 15u) * 4;
	total = get_be16(ip + 2);
	if (hl < 20 || total < hl || total > len - 14)
		return;
	put_be16(ip + 10, 0);
	csum_put(ip + 10, csum_finish(csum_add(0, ip, hl)));
	p = ip + hl;
	total -= hl;
	field = ip[9] == IP_PROTO_TCP ? 16 : ip[9] == IP_PROTO_UDP ? 6 : 2;
	if (total < field + 2 || (get_be16(ip + 6) & 0x3fff) || (ip[9] != 1 && ip[9] != 6 && ip[9] != 17))
		return;
	put_be16(p + field, 0);
	uint32_t pseudo = ip[9] == 1 ? 0 : csum_pseudo(V4(get_be32(ip + 12)), V4(get_be32(ip + 16)), ip[9], total);
	csum_put(p + field, csum_finish(csum_add(pseudo, p, total)));
}

static void start(void)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	struct link *vlan;
	int s, err;

	rnd = 1;
	dev = (struct netdev){ .name = "net0", .link_up = true, .ops = &dev_ops };
	memcpy(dev.mac, mac, 6);
	net_init(&n, &net_stub_ops);
	link_add(&n, &dev);
	link_configure(&n, link_get(&n, 0), V4(ME), 24);
	net_route_add(&n, link_get(&n, 0), V4_NET(0, 0), V4(0x0a0000feu));
	vlan = link_add_vlan(&n, link_get(&n, 0), TAG, 3, &err);
	link_configure(&n, vlan, V4(VLAN_ME), 24);
	net_route_add(&n, vlan, V4_NET(0, 0), V4(0x0a0005feu));
	s = sock_open(&n, SOCK_UDP);
	sock_bind(&n, s, NULL, 68);
	s = sock_open(&n, SOCK_UDP);
	sock_bind(&n, s, NULL, 69);
	sock_connect(&n, s, V4(PEER), 69);
	s = sock_open(&n, SOCK_TCP);
	sock_bind(&n, s, NULL, 23);
	sock_listen(&n, s, 2);
	s = sock_open(&n, SOCK_TCP);
	sock_bind(&n, s, NULL, 1024);
	sock_connect(&n, s, V4(PEER), 80);
}

static void use(void)
{
	uint8_t buf[64];
	struct ping_reply r;

	sock_sendto(&n, 0, "x", 1, V4(PEER), 67);
	icmp_ping(&n, V4(PEER), 1, 1, 4, 0);
	icmp_ping_read(&n, 1, &r);
	for (int s = 0; s < 8; s++) {
		sock_recv(&n, s, buf, sizeof buf);
		sock_send(&n, s, buf, sizeof buf);
	}
	if (sock_accept(&n, 2, NULL, NULL) > 8)
		sock_close(&n, 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t now = 0;

	start();
	while (size >= 3) {
		uint8_t control = data[0];
		size_t len = get_be16(data + 1) % 2048;
		uint8_t *f;
		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		f = malloc(len ? len : 1);		/* of its own, so that ASan sees a read past it */
		memcpy(f, data, len);
		data += len;
		size -= len;
		if ((control & 64) && len >= 34) {
			bool tagged = len >= 38 && get_be16(f + 12) == 0x8100;
			memcpy(f, dev.mac, 6);
			put_be32(f + (tagged ? 30 : 26), tagged ? VLAN_PEER : PEER);
			put_be32(f + (tagged ? 34 : 30), tagged ? VLAN_ME : ME);
		}
		if (!(control & 1))
			fix(f, len);
		now += (uint64_t)(control >> 2 & 7) * (control >> 2 & 7) * 300000;
		net_input(&n, &dev, f, len, now);
		free(f);
		if (control & 32)
			use();
		if (control & 2)
			net_poll(&n, now);
	}
	net_poll(&n, now + 1000000);
	net_destroy(&n);
	assert(held == 0);
	return 0;
}
