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

#define TX_FRAME (2u + ETH_ROOM)	/* where the Ethernet header starts in n->tx: the rest is then 4-aligned */
#define IP_DF 0x4000u
#define IP_MF 0x2000u
#define IP_OFFSET 0x1fffu

static bool is_ours(const struct net *n, const struct net_addr *a)
{
	for (const struct link *l = n->links; a->family && l < n->links + n->link_top; l++)
		if (l->addr.v4 == a->v4)
			return true;
	return false;
}

static bool is_broadcast_on(const struct link *l, uint32_t ip)
{
	return l->addr.family && l->len < 31 && ip == (l->addr.v4 | 0xffffffffu >> l->len);
}

bool ip_is_broadcast(const struct net *n, const struct net_addr *a)
{
	for (const struct link *l = n->links; l < n->links + n->link_top; l++)
		if (is_broadcast_on(l, a->v4))
			return true;
	return a->v4 == IP_BROADCAST;
}

void ip_group_mac(uint32_t ip, uint8_t mac[6])
{
	put_be32(mac + 2, (ip & 0x7fffffu) | 0x5e000000u);
	mac[0] = 1;
	mac[1] = 0;
}

/* Whether we want what is sent to group ip on l. */
static bool is_our_group(const struct net *n, uint32_t ip, const struct link *l)
{
	return ip == IGMP_ALL_HOSTS || igmp_groups(n, ip, l);
}

/* A source that no other host can have. */
static bool bad_source(const struct net *n, const struct ip_rx *rx)
{
	uint32_t src = rx->src.v4;

	if (!src)
		return rx->proto != IP_PROTO_IGMP;
	for (const struct link *l = n->links; l < n->links + n->link_top; l++)
		if (l->addr.v4 == src || is_broadcast_on(l, src))
			return true;
	return src >> 24 == 127 || src >> 28 >= 0xe;
}

/* Whether a packet to another address than the interface's is for us, too; says so if it is for many. */
static bool is_for_us(const struct net *n, struct ip_rx *rx)
{
	bool group = net_addr_is_multicast(&rx->dst);

	if (group ? is_our_group(n, rx->dst.v4, rx->link) : ip_is_broadcast(n, &rx->dst)) {
		rx->broadcast = true;
		return true;
	}
	return !group && (rx->unconfigured || is_ours(n, &rx->dst));
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

void ip_input(struct net *n, struct link *l, const uint8_t *p, size_t len, bool link_broadcast)
{
	struct cursor c = cur_make(p, len);
	const uint8_t *h = cur_bytes(&c, IP_HEADER);
	struct ip_rx rx = { .link = l, .packet = p };
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
	n->from.ip = &rx.src;
	rx.unconfigured = !l->addr.family;
	rx.broadcast = link_broadcast;
	if (bad_source(n, &rx)) {
		net_count(n, CNT_ip_bad_source);
		return;
	}
	if ((rx.unconfigured || rx.dst.v4 != l->addr.v4) && !is_for_us(n, &rx)) {
		net_count(n, CNT_ip_not_ours);
		return;
	}
	frag = get_be16(h + 6);
	if (!(frag & (IP_MF | IP_OFFSET))) {
		rx.checked = l->dev->rx_checked;
		deliver(n, &rx);
		return;
	}
	f = frag_input(n, &rx, get_be16(h + 4), (frag & IP_OFFSET) * 8u, frag & IP_MF);
	if (f)
		deliver_whole(n, &rx, f);
}

/* The open link on whose subnet a is, the longest prefix first; or NULL. */
static struct link *on_link(const struct net *n, const struct net_addr *a, const struct link *only)
{
	const struct link *best = NULL;

	for (const struct link *l = n->links; l < n->links + n->link_top; l++)
		if (l->addr.family && l->open && (!only || l == only) && !((a->v4 ^ l->addr.v4) >> (32 - l->len)) &&
		    (!best || l->len > best->len))
			best = l;
	return (struct link *)best;
}

/* The first open link, with an address if any has one. */
static struct link *any_link(const struct net *n, const struct link *only)
{
	const struct link *best = NULL;

	for (const struct link *l = n->links; l < n->links + n->link_top; l++)
		if (l->open && (!only || l == only) && (!best || (l->addr.family && !best->addr.family)))
			best = l;
	return (struct link *)best;
}

struct link *link_toward(const struct net *n, const struct net_addr *a)
{
	struct link *l = on_link(n, a, NULL);

	if (!l)
		l = any_link(n, NULL);
	return l && l->addr.family ? l : NULL;
}

int ip_route(const struct net *n, const struct net_addr *dst, const struct link *only, struct ip_path *out)
{
	struct link *l = on_link(n, dst, only);
	uint32_t hop = dst->v4;

	if (dst->v4 == IP_BROADCAST || net_addr_is_multicast(dst)) {
		l = any_link(n, only);
	} else if (!net_addr_is_host(dst) || is_ours(n, dst)) {
		l = NULL;
	} else {
		/* the gateway may be off the subnet: some clouds give /32 leases */
		for (unsigned i = 0; i < n->route_count; i++) {
			const struct net_route *r = &n->routes[i];
			if ((only && r->link != only) || !r->link->open || !r->link->addr.family ||
			    !net_prefix_has(&r->to, dst) || (l && l->len >= r->to.len))
				continue;
			l = r->link;
			hop = r->gateway.family ? r->gateway.v4 : dst->v4;
			break;
		}
	}
	if (!l)
		return -ENETUNREACH;
	*out = (struct ip_path){ .link = l, .src = l->addr, .next_hop = hop, .mtu = link_mtu(l) };
	return 0;
}

int ip_route_from(const struct net *n, const struct net_addr *dst, const struct net_addr *src, struct ip_path *out)
{
	const struct link *l = link_of(n, src);

	return l && ip_route(n, dst, l, out) == 0 ? 0 : ip_route(n, dst, NULL, out);
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
	size_t hl = proto == IP_PROTO_IGMP ? IP_HEADER + IP_ALERT : IP_HEADER;
	uint8_t mac[6];

	len += IP_HEADER;
	if (len > path->mtu)
		return -EMSGSIZE;
	h[0] = (uint8_t)(0x40 | hl / 4);
	h[1] = path->tos;
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
		return eth_send(path->link, eth_broadcast, ETH_TYPE_IP, frame, ETH_HEADER + len);
	if (net_addr_is_multicast(dst)) {
		ip_group_mac(dst->v4, mac);
		return eth_send(path->link, mac, ETH_TYPE_IP, frame, ETH_HEADER + len);
	}
	return arp_send(n, path, frame, ETH_HEADER + len);
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
