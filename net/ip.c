/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 input, routing and output (RFC 791, RFC 1122 3), see ip.h.  Called by
 * ethernet.c below and by icmp.c, udp.c and tcp_*.c above.
 */
#include "net/ip.h"

#include <errno.h>
#include <string.h>

#include "net/bytes.h"
#include "net/checksum.h"
#include "net/cursor.h"
#include "net/ethernet.h"
#include "net/net.h"
#include "net/udp.h"

#define TX_FRAME 2u			/* where the Ethernet header starts in n->tx: the rest is then 4-aligned */
#define IP_DF 0x4000u
#define IP_MF 0x2000u
#define IP_OFFSET 0x1fffu

bool ip_is_ours(const struct net *n, const struct net_addr *a)
{
	for (const struct net_if *nif = n->ifs; a->family && nif < n->ifs + NET_DEVS && nif->dev; nif++)
		if (nif->addr.v4 == a->v4)
			return true;
	return false;
}

bool ip_is_broadcast(const struct net *n, const struct net_addr *a)
{
	if (a->v4 == IP_BROADCAST)
		return true;
	for (const struct net_if *nif = n->ifs; nif < n->ifs + NET_DEVS && nif->dev; nif++)
		if (nif->addr.family && nif->len < 31 && a->v4 == (nif->addr.v4 | 0xffffffffu >> nif->len))
			return true;
	return false;
}

void ip_group_mac(uint32_t ip, uint8_t mac[6])
{
	put_be32(mac + 2, (ip & 0x7fffffu) | 0x5e000000u);
	mac[0] = 1;
	mac[1] = 0;
}

/* Whether we want what is sent to group ip. */
static bool is_our_group(const struct net *n, uint32_t ip)
{
	return ip == IGMP_ALL_HOSTS || igmp_find(n, ip) < NET_GROUPS;
}

/* A source that no other host can have. */
static bool bad_source(const struct net *n, const struct ip_rx *rx)
{
	uint32_t src = rx->src.v4;

	return (!src && rx->proto != IP_PROTO_IGMP) || src >> 24 == 127 || src >> 28 >= 0xe || ip_is_ours(n,
													  &rx->src) ||
		ip_is_broadcast(n, &rx->src);
}

/* Whether a packet to another address than the interface's is for us, too; says so if it is for many. */
static bool is_for_us(const struct net *n, struct ip_rx *rx)
{
	bool group = net_addr_is_multicast(&rx->dst);

	if (group ? is_our_group(n, rx->dst.v4) : ip_is_broadcast(n, &rx->dst)) {
		rx->broadcast = true;
		return true;
	}
	return !group && (rx->unconfigured || ip_is_ours(n, &rx->dst));
}

static void deliver(struct net *n, struct ip_rx *rx)
{
	net_count(n, CNT_ip_in);
	if (rx->unconfigured && rx->proto != IP_PROTO_UDP)
		net_count(n, CNT_ip_not_ours);
	else if (rx->proto == IP_PROTO_TCP)
		tcp_input(n, rx);
	else if (rx->proto == IP_PROTO_UDP)
		udp_input(n, rx);
	else if (rx->proto == IP_PROTO_ICMP)
		icmp_input(n, rx);
	else if (rx->proto == IP_PROTO_IGMP)
		igmp_input(n, rx);
	else {
		net_count(n, CNT_ip_unknown_proto);
		icmp_send_unreach(n, rx, ICMP_PROTO_UNREACH);
	}
}

static void deliver_whole(struct net *n, struct ip_rx *rx, struct frag *f)
{
	rx->packet = f->buf;
	rx->header_len = IP_HEADER;
	rx->data = f->buf + IP_HEADER;
	rx->len = f->total;
	deliver(n, rx);
	frag_release(n, f);
}

/* a is all zero. */
static void take_addr(struct net_addr *a, const uint8_t *p)
{
	a->v4 = get_be32(p);
	a->family = a->v4 ? NET_V4 : NET_NONE;
}

void ip_input(struct net *n, struct net_if *nif, const uint8_t *p, size_t len, bool link_broadcast)
{
	struct cursor c = cur_make(p, len);
	const uint8_t *h = cur_bytes(&c, IP_HEADER);
	struct ip_rx rx = { .nif = nif, .packet = p };
	struct frag *f;
	size_t total;
	uint16_t frag;

	if (!h || h[0] >> 4 != 4 || (h[0] & 15) < 5) {
		net_count(n, CNT_ip_bad_header);
		return;
	}
	rx.header_len = (h[0] & 15u) * 4;
	total = get_be16(h + 2);
	if (total < rx.header_len || total > len) {
		net_count(n, CNT_ip_truncated);
		return;
	}
	if (csum_finish(csum_add(0, p, rx.header_len))) {
		net_count(n, CNT_ip_bad_checksum);
		return;
	}
	rx.ttl = h[8];
	rx.proto = h[9];
	take_addr(&rx.src, h + 12);
	take_addr(&rx.dst, h + 16);
	rx.data = p + rx.header_len;
	rx.len = total - rx.header_len;
	rx.unconfigured = !nif->addr.family;
	rx.broadcast = link_broadcast;
	if (bad_source(n, &rx)) {
		net_count(n, CNT_ip_bad_source);
		return;
	}
	if ((rx.unconfigured || rx.dst.v4 != nif->addr.v4) && !is_for_us(n, &rx)) {
		net_count(n, CNT_ip_not_ours);
		return;
	}
	frag = get_be16(h + 6);
	if (!(frag & (IP_MF | IP_OFFSET))) {
		deliver(n, &rx);
		return;
	}
	f = frag_input(n, &rx, get_be16(h + 4), (frag & IP_OFFSET) * 8u, frag & IP_MF);
	if (f)
		deliver_whole(n, &rx, f);
}

/* The interface on whose subnet a is, the longest prefix first; or NULL. */
static struct net_if *on_link(const struct net *n, const struct net_addr *a, const struct netdev *dev)
{
	const struct net_if *best = NULL;

	for (const struct net_if *nif = n->ifs; nif < n->ifs + NET_DEVS; nif++)
		if (nif->addr.family && (!dev || nif->dev == dev) && !((a->v4 ^ nif->addr.v4) >> (32 - nif->len)) &&
		    (!best || nif->len > best->len))
			best = nif;
	return (struct net_if *)best;
}

/* The first interface, with an address if any has one. */
static struct net_if *any_if(const struct net *n, const struct netdev *dev)
{
	const struct net_if *best = NULL;

	for (const struct net_if *nif = n->ifs; nif < n->ifs + NET_DEVS; nif++)
		if (nif->dev && (!dev || nif->dev == dev) && (!best || (nif->addr.family && !best->addr.family)))
			best = nif;
	return (struct net_if *)best;
}

int ip_route(const struct net *n, const struct net_addr *dst, const struct netdev *dev, struct ip_path *out)
{
	struct net_if *nif = on_link(n, dst, dev);
	uint32_t hop = dst->v4;

	if (dst->v4 == IP_BROADCAST || net_addr_is_multicast(dst)) {
		nif = any_if(n, dev);
	} else if (!net_addr_is_host(dst) || ip_is_ours(n, dst)) {
		nif = NULL;
	} else {
		for (unsigned i = 0; i < n->route_count; i++) {
			const struct net_route *r = &n->routes[i];
			struct net_if *via;
			if (!net_prefix_has(&r->to, dst) || (nif && nif->len >= r->to.len))
				continue;
			via = on_link(n, &r->gateway, dev);
			if (!via)
				via = any_if(n, dev);	/* a gateway off the subnet: some clouds give /32 leases */
			if (!via || !via->addr.family)
				continue;
			nif = via;
			hop = r->gateway.v4;
			break;
		}
	}
	if (!nif)
		return -ENETUNREACH;
	*out = (struct ip_path){ .nif = nif, .src = nif->addr, .next_hop = hop, .mtu = nif->dev->mtu };
	return 0;
}

uint8_t *ip_data(struct net *n)
{
	return n->tx + TX_FRAME + ETH_HEADER + IP_HEADER;
}

/* The Router Alert option takes the place of the first bytes of data. */
static const uint8_t alert[IP_ALERT] = { 0x94, 4, 0, 0 };

/* Puts the header before the len bytes at ip_data(n); frag is its flags and offset as on the wire. */
static int emit(struct net *n, const struct ip_path *path, const struct net_addr *dst, uint8_t proto, uint8_t ttl,
		uint16_t id,
		uint16_t frag, size_t len)
{
	uint8_t *frame = n->tx + TX_FRAME, *h = frame + ETH_HEADER;
	struct netdev *dev = path->nif->dev;
	size_t hl = proto == IP_PROTO_IGMP ? IP_HEADER + IP_ALERT : IP_HEADER;
	uint8_t mac[6];

	len += IP_HEADER;
	if (len > path->mtu)
		return -EMSGSIZE;
	h[0] = (uint8_t)(0x40 | hl / 4);
	h[1] = 0;
	put_be16(h + 2, (uint16_t)len);
	put_be16(h + 4, id);
	put_be16(h + 6, frag);
	h[8] = ttl ? ttl : IP_TTL;
	h[9] = proto;
	put_be16(h + 10, 0);
	put_be32(h + 12, path->src.v4);
	put_be32(h + 16, dst->v4);
	memcpy(h + IP_HEADER, alert, hl - IP_HEADER);
	csum_put(h + 10, csum_finish(csum_add(0, h, hl)));
	net_count(n, CNT_ip_out);
	if (ip_is_broadcast(n, dst))
		return eth_send(dev, eth_broadcast, ETH_TYPE_IP, frame, ETH_HEADER + len);
	if (net_addr_is_multicast(dst)) {
		ip_group_mac(dst->v4, mac);
		return eth_send(dev, mac, ETH_TYPE_IP, frame, ETH_HEADER + len);
	}
	return arp_send(n, path->nif, path->next_hop, frame, ETH_HEADER + len);
}

int ip_send(struct net *n, const struct ip_path *path, const struct net_addr *dst, uint8_t proto, uint8_t ttl,
	    bool dont_fragment,
	    size_t len)
{
	return emit(n, path, dst, proto, ttl, n->ip.next_id++, dont_fragment ? IP_DF : 0, len);
}

int ip_send_fragments(struct net *n, const struct ip_path *path, const struct net_addr *dst, uint8_t proto, uint8_t ttl,
		      const uint8_t *data, size_t len)
{
	size_t max = (path->mtu - IP_HEADER) & ~7u, at = 0;
	uint16_t id = n->ip.next_id++;

	if (len > FRAG_LEN_MAX)
		return -EMSGSIZE;
	do {
		bool more = len - at > path->mtu - IP_HEADER;
		size_t part = more ? max : len - at;
		int err;
		memcpy(ip_data(n), data + at, part);
		err = emit(n, path, dst, proto, ttl, id, (uint16_t)(at / 8 | (more ? IP_MF : 0)), part);
		if (err < 0)
			return err;
		at += part;
	} while (at < len);
	return 0;
}
