/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ethernet II (RFC 894) and 802.1Q: takes frames apart by tag and type and sends them.  Called
 * by the driver's poller through net_input(), and by arp.c and ip.c.
 */
#include "net/ethernet.h"

#include <errno.h>
#include <string.h>

#include "net/bytes.h"
#include "net/cursor.h"
#include "net/net.h"

const uint8_t eth_broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

bool netdev_mac_valid(const uint8_t mac[6])
{
	static const uint8_t zeros[6];
	return !(mac[0] & 1) && memcmp(mac, zeros, sizeof zeros);
}

static bool same_mac(const uint8_t *a, const uint8_t *b)
{
	uint32_t x, y;

	memcpy(&x, a, 4);
	memcpy(&y, b, 4);
	return x == y && a[4] == b[4] && a[5] == b[5];
}

int eth_send(struct link *l, const uint8_t *dst_mac, uint16_t type, uint8_t *frame, size_t len)
{
	struct netdev *dev = l->dev;
	int err;

	if (!link_up(l)) {
		dev->tx_no_link++;
		return -ENETDOWN;
	}
	if (len < ETH_MIN) {		/* before the tag: a switch may take that off */
		memset(frame + len, 0, ETH_MIN - len);
		len = ETH_MIN;
	}
	put_be16(frame + 12, type);
	if (l->tag) {
		frame -= VLAN_LEN;
		len += VLAN_LEN;
		put_be16(frame + 12, ETH_TYPE_VLAN);
		put_be16(frame + 14, (uint16_t)(l->priority << 13 | l->tag));
		l->tx_frames++;
		l->tx_bytes += len;
	}
	memcpy(frame, dst_mac, 6);
	memcpy(frame + 6, dev->mac, 6);
	err = dev->ops->transmit(dev, frame, len);
	if (err < 0) {
		dev->tx_errors++;
		return err;
	}
	dev->tx_frames++;
	dev->tx_bytes += len;
	return 0;
}

void net_input(struct net *n, struct netdev *dev, const void *frame, size_t len, uint64_t now_us)
{
	struct cursor c = cur_make(frame, len);
	const uint8_t *h = cur_bytes(&c, ETH_HEADER), *tag = NULL;	/* h: destination, source, type */
	struct link *l;
	uint16_t type;
	bool ours, broadcast, group;

	if (now_us > n->now_us)
		n->now_us = now_us;
	dev->rx_frames++;
	dev->rx_bytes += len;
	dev->heard_us = n->now_us;
	type = h ? get_be16(h + 12) : 0;
	if (type == ETH_TYPE_VLAN) {
		tag = cur_bytes(&c, VLAN_LEN);
		type = tag ? get_be16(tag + 2) : 0;
	}
	if (c.bad) {
		net_count(n, CNT_eth_short);
		return;
	}
	ours = same_mac(h, dev->mac);
	broadcast = !ours && same_mac(h, eth_broadcast);
	group = !ours && !memcmp(h, "\1\0\x5e", 3);	/* IP looks at which one */
	if ((!ours && !broadcast && !group) || (h[6] & 1)) {
		net_count(n, CNT_eth_not_ours);
		return;
	}
	l = link_for_frame(n, dev, tag ? get_be16(tag) & 0xfff : 0);
	if (!l || !l->open) {
		net_count(n, CNT_eth_no_link);
		return;
	}
	if (l->tag) {
		l->rx_frames++;
		l->rx_bytes += len;
	}
	if (type == ETH_TYPE_IP) {
		n->from.link = l;
		n->from.mac = h + 6;
		ip_input(n, l, c.p + c.pos, cur_left(&c), broadcast || group);
		n->from.link = NULL;
	} else if (type == ETH_TYPE_ARP && !group) {
		arp_input(n, l, c.p + c.pos, cur_left(&c));
	} else if (type == RAW_TYPE && n->raw.fn) {
		raw_input(n, l, c.p + c.pos, cur_left(&c));
	} else {
		net_count(n, CNT_eth_unknown_type);
	}
}
