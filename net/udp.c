/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP (RFC 768, RFC 1122 4.1): a bounded queue for each socket.  A datagram
 * goes to the one socket that matches best, a broadcast or multicast to all
 * that match.  Called by ip.c, icmp.c
 * and sock.c.
 */
#include "net/udp.h"

#include <errno.h>
#include <string.h>

#include "net/bytes.h"
#include "net/checksum.h"
#include "net/cursor.h"
#include "net/net.h"

struct udp_datagram {
	struct udp_datagram *next;
	struct net_addr from;
	uint16_t port;
	uint16_t len;
	uint8_t data[];
};

static uint32_t held(const struct udp_datagram *d)
{
	return (uint32_t)(sizeof *d + d->len);
}

/* How well s matches, 0: not at all. */
static unsigned score(const struct net *n, const struct sock *s, const struct ip_rx *rx, uint16_t src_port,
		      uint16_t dst_port)
{
	unsigned points = 1;

	if (s->type != SOCK_UDP || !s->local_port || s->local_port != dst_port)
		return 0;
	if (net_addr_is_multicast(&rx->dst) && !(s->groups & igmp_groups(n, rx->dst.v4, rx->link)))
		return 0;
	if (s->link) {
		if (s->link != rx->link)
			return 0;
		points++;
	}
	if (s->local.family) {
		if (!net_addr_equal(&s->local, &rx->dst) && !rx->broadcast)
			return 0;
		points++;
	}
	if (s->connected) {
		if (s->remote_port != src_port || !net_addr_equal(&s->remote, &rx->src))
			return 0;
		points += 4;
	}
	return points;
}

static void enqueue(struct net *n, struct sock *s, const struct ip_rx *rx, uint16_t port, const uint8_t *data,
		    size_t len)
{
	struct udp_datagram *d = NULL;

	if (s->queued + sizeof *d + len <= s->rcvbuf)
		d = net_alloc(n, sizeof *d + len);
	if (!d) {
		net_count(n, CNT_udp_queue_full);
		return;
	}
	d->next = NULL;
	d->from = rx->src;
	d->port = port;
	d->len = (uint16_t)len;
	memcpy(d->data, data, len);
	if (s->tail)
		s->tail->next = d;
	else
		s->head = d;
	s->tail = d;
	s->queued += held(d);
	net_wake(n, (int)(s - n->socks));
}

void udp_input(struct net *n, const struct ip_rx *rx)
{
	struct cursor c = cur_make(rx->data, rx->len);
	const uint8_t *h = cur_bytes(&c, UDP_HEADER);
	uint16_t src_port, dst_port, len = h ? get_be16(h + 4) : 0;
	struct sock *best = NULL;
	unsigned best_score = 0;
	bool given = false;

	if (len < UDP_HEADER || len > rx->len ||
	    (!rx->checked && get_be16(h + 6) &&
	     csum_finish(csum_add(csum_pseudo(&rx->src, &rx->dst, IP_PROTO_UDP, len), h, len)))) {
		net_count(n, CNT_udp_bad);
		return;
	}
	net_count(n, CNT_udp_in);
	src_port = get_be16(h);
	dst_port = get_be16(h + 2);
	for (struct sock *s = n->socks; s < n->socks + NET_SOCKS; s++) {
		unsigned sc = score(n, s, rx, src_port, dst_port);
		if (sc && rx->broadcast) {
			enqueue(n, s, rx, src_port, rx->data + UDP_HEADER, len - UDP_HEADER);
			given = true;
		} else if (sc > best_score) {
			best = s;
			best_score = sc;
		}
	}
	if (best) {
		enqueue(n, best, rx, src_port, rx->data + UDP_HEADER, len - UDP_HEADER);
		return;
	}
	if (given)
		return;
	net_count(n, CNT_udp_no_socket);
	icmp_send_unreach(n, rx, ICMP_PORT_UNREACH);
}

int udp_send(struct net *n, struct sock *s, const void *buf, size_t len, const struct net_addr *to, uint16_t port)
{
	bool group = net_addr_is_multicast(to);
	const struct link *only = group && !s->link ? s->group_link : s->link;
	struct ip_path path;
	uint8_t *h = ip_data(n);
	uint32_t sum;
	uint16_t csum;
	int err;

	if (!s->broadcast && ip_is_broadcast(n, to))
		return -EACCES;
	err = only ? ip_route(n, to, only, &path) : ip_route_from(n, to, &s->local, &path);
	if (err < 0) {
		net_count(n, CNT_ip_no_route);
		return err;
	}
	if (len > path.mtu - IP_HEADER - UDP_HEADER)
		return -EMSGSIZE;
	if (s->local.family)
		path.src = s->local;
	put_be16(h, s->local_port);
	put_be16(h + 2, port);
	put_be16(h + 4, (uint16_t)(UDP_HEADER + len));
	put_be16(h + 6, 0);
	memcpy(h + UDP_HEADER, buf, len);
	sum = csum_pseudo(&path.src, to, IP_PROTO_UDP, UDP_HEADER + len);
	csum = csum_finish(csum_add(sum, h, UDP_HEADER + len));
	csum_put(h + 6, csum ? csum : 0xffff);		/* 0 would mean: none */
	net_count(n, CNT_udp_out);
	s->sent_to = *to;
	path.tos = s->opts.tos;
	err = ip_send(n, &path, to, IP_PROTO_UDP, group ? s->opts.group_ttl : s->opts.ttl, false, UDP_HEADER + len);
	return err < 0 ? err : (int)len;
}

int udp_peek(const struct sock *s, void *buf, size_t len, struct net_addr *from, uint16_t *port)
{
	const struct udp_datagram *d = s->head;

	if (!d)
		return -EAGAIN;
	if (len > d->len)
		len = d->len;
	if (len)
		memcpy(buf, d->data, len);
	if (from)
		*from = d->from;
	if (port)
		*port = d->port;
	return (int)len;
}

int udp_recv(struct net *n, struct sock *s, void *buf, size_t len, struct net_addr *from, uint16_t *port)
{
	struct udp_datagram *d = s->head;
	int got = udp_peek(s, buf, len, from, port);

	if (!d)
		return got;
	s->head = d->next;
	if (!s->head)
		s->tail = NULL;
	s->queued -= held(d);
	net_free(n, d, held(d));
	return got;
}

void udp_flush(struct net *n, struct sock *s)
{
	while (s->type == SOCK_UDP && udp_recv(n, s, NULL, 0, NULL, NULL) >= 0)
		;
}

bool udp_error(struct net *n, const struct net_addr *local, uint16_t local_port, const struct net_addr *remote,
	       uint16_t remote_port,
	       int err)
{
	for (struct sock *s = n->socks; s < n->socks + NET_SOCKS; s++) {
		if (s->type != SOCK_UDP || !s->connected || s->local_port != local_port ||
		    s->remote_port != remote_port ||
		    !net_addr_equal(&s->remote, remote) || (s->local.family && !net_addr_equal(&s->local, local)))
			continue;
		s->error = err;
		net_wake(n, (int)(s - n->socks));
		return true;
	}
	return false;
}
