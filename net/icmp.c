/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMP (RFC 792, RFC 1122 3.2.2), see icmp.h.  Called by ip.c and udp.c, by
 * arp.c for packets that reach nobody, and by the ping command.
 */
#include "net/icmp.h"

#include <errno.h>
#include <string.h>

#include "net/bytes.h"
#include "net/checksum.h"
#include "net/cursor.h"
#include "net/net.h"
#include "net/udp.h"

#define ICMP_HEADER 8u
#define ECHO_REPLY 0u
#define UNREACH 3u
#define ECHO_REQUEST 8u
#define TIME_EXCEEDED 11u
#define QUOTE_MIN 8u			/* bytes of the payload that an error quotes at least */

/* The way back to rx's sender and memory for a message of len bytes: or NULL, counted. */
static uint8_t *prepare(struct net *n, const struct ip_rx *rx, struct ip_path *path, size_t len)
{
	if (ip_route_from(n, &rx->src, &rx->dst, path) == 0) {
		path->answer = true;
		return net_alloc(n, len);
	}
	net_count(n, CNT_ip_no_route);
	return NULL;
}

/* Fills in the checksum of the len bytes at m, which are the stack's, sends them and gives them back. */
static int send_and_free(struct net *n, const struct ip_path *path, const struct net_addr *dst, uint8_t ttl, uint8_t *m,
			 size_t len)
{
	int err;

	put_be16(m + 2, 0);
	csum_put(m + 2, csum_finish(csum_add(0, m, len)));
	err = ip_send_fragments(n, path, dst, IP_PROTO_ICMP, ttl, m, len);
	net_free(n, m, len);
	return err;
}

static void answer_echo(struct net *n, const struct ip_rx *rx)
{
	struct ip_path path;
	uint8_t *m;

	if (rx->broadcast)			/* RFC 1122 3.2.2.6 leaves it to us; smurfs do not */
		return;
	if (!net_rate_ok(n, RATE_ICMP_ECHO)) {
		net_count(n, CNT_icmp_limited);
		return;
	}
	m = prepare(n, rx, &path, rx->len);
	if (!m)
		return;
	path.src = rx->dst;
	memcpy(m, rx->data, rx->len);
	m[0] = ECHO_REPLY;
	if (!send_and_free(n, &path, &rx->src, 0, m, rx->len))
		net_count(n, CNT_icmp_echo_answered);
}

/* A slot for an echo request: a free one, else the oldest. */
static struct ping_pending *claim(struct icmp_state *st)
{
	struct ping_pending *p = st->pending;

	for (struct ping_pending *q = p; q < st->pending + PING_PENDING; q++) {
		if (!q->used)
			return q;
		if (q->sent_us < p->sent_us)
			p = q;
	}
	return p;
}

int icmp_ping(struct net *n, const struct net_addr *dst, uint16_t id, uint16_t seq, size_t len, uint8_t ttl)
{
	struct ip_path path;
	uint8_t *m;
	int err = ip_route(n, dst, NULL, &path);

	if (err < 0)
		return err;
	if (len > PING_LEN_MAX)
		return -EMSGSIZE;
	m = net_alloc(n, ICMP_HEADER + len);
	if (!m)
		return -ENOMEM;
	*claim(&n->icmp) = (struct ping_pending){ true, *dst, id, seq, n->now_us };
	m[0] = ECHO_REQUEST;
	m[1] = 0;
	put_be16(m + 4, id);
	put_be16(m + 6, seq);
	for (size_t i = 0; i < len; i++)
		m[ICMP_HEADER + i] = (uint8_t)i;
	return send_and_free(n, &path, dst, ttl, m, ICMP_HEADER + len);
}

/* An answer to, or an error about, echo request id/seq sent to dst: true if there was one. */
static bool ping_answered(struct net *n, const struct net_addr *dst, const struct ping_reply *r)
{
	struct icmp_state *st = &n->icmp;

	for (struct ping_pending *p = st->pending; p < st->pending + PING_PENDING; p++) {
		struct ping_reply *slot;
		if (!p->used || p->id != r->id || p->seq != r->seq || !net_addr_equal(&p->dst, dst))
			continue;
		p->used = false;
		if (st->reply_count == PING_REPLIES) {
			st->reply_head = (st->reply_head + 1) % PING_REPLIES;
			st->reply_count--;
		}
		slot = &st->replies[(st->reply_head + st->reply_count++) % PING_REPLIES];
		*slot = *r;
		slot->rtt_us = (uint32_t)(n->now_us - p->sent_us);
		net_wake(n, -1);
		return true;
	}
	return false;
}

int icmp_ping_read(struct net *n, uint16_t id, struct ping_reply *out)
{
	struct icmp_state *st = &n->icmp;

	for (unsigned i = 0; i < st->reply_count; i++) {
		unsigned at = (st->reply_head + i) % PING_REPLIES;
		if (st->replies[at].id != id)
			continue;
		*out = st->replies[at];
		for (; i > 0; i--) {			/* those before it move up */
			unsigned prev = (at + PING_REPLIES - 1) % PING_REPLIES;
			st->replies[at] = st->replies[prev];
			at = prev;
		}
		st->reply_head = (st->reply_head + 1) % PING_REPLIES;
		st->reply_count--;
		return 0;
	}
	return -EAGAIN;
}

static int unreach_error(uint8_t code)
{
	switch (code) {
	case ICMP_NET_UNREACH: case 6: case 9: case 11:
		return -ENETUNREACH;
	case ICMP_PROTO_UNREACH: case ICMP_PORT_UNREACH:
		return -ECONNREFUSED;
	case ICMP_FRAG_NEEDED:
		return -EMSGSIZE;
	default:
		return -EHOSTUNREACH;
	}
}

void icmp_error_deliver(struct net *n, const uint8_t *ip, size_t len, struct net_addr from, int err, uint16_t mtu)
{
	struct cursor c = cur_make(ip, len);
	const uint8_t *h = cur_bytes(&c, IP_HEADER), *q;
	struct net_addr src, dst;
	uint16_t a, b;
	bool taken = false;

	if (h)
		cur_skip(&c, (h[0] & 15u) * 4 - IP_HEADER);	/* less than 20 wraps: too much to skip */
	q = cur_bytes(&c, QUOTE_MIN);
	if (!q || h[0] >> 4 != 4) {
		net_count(n, CNT_icmp_bad);
		return;
	}
	src = net_addr_v4(get_be32(h + 12));
	dst = net_addr_v4(get_be32(h + 16));
	a = get_be16(q);
	b = get_be16(q + 2);
	if (!link_of(n, &src) || (get_be16(h + 6) & 0x1fff)) {
		net_count(n, CNT_icmp_ignored);
		return;
	}
	if (h[9] == IP_PROTO_UDP && err != -ETIMEDOUT)
		taken = udp_error(n, &src, a, &dst, b, err);
	else if (h[9] == IP_PROTO_TCP)
		taken = tcp_error(n, &src, a, &dst, b, get_be32(q + 4), err, mtu);
	else if (h[9] == IP_PROTO_ICMP && q[0] == ECHO_REQUEST)
		taken = ping_answered(n, &dst, &(struct ping_reply){
			.src = from, .id = get_be16(q + 4), .seq = get_be16(q + 6), .error = err });
	net_count(n, taken ? CNT_icmp_errors_taken : CNT_icmp_ignored);
}

void icmp_input(struct net *n, const struct ip_rx *rx)
{
	struct cursor c = cur_make(rx->data, rx->len);
	const uint8_t *h = cur_bytes(&c, ICMP_HEADER);

	if (!h || csum_finish(csum_add(0, rx->data, rx->len))) {
		net_count(n, CNT_icmp_bad);
		return;
	}
	net_count(n, CNT_icmp_in);
	if (h[0] == ECHO_REQUEST && !h[1]) {
		answer_echo(n, rx);
	} else if (h[0] == ECHO_REPLY) {
		struct ping_reply r = { .src = rx->src, .id = get_be16(h + 4), .seq = get_be16(h + 6),
			.len = (uint16_t)(rx->len - ICMP_HEADER), .ttl = rx->ttl };
		if (!ping_answered(n, &rx->src, &r))
			net_count(n, CNT_icmp_ignored);
	} else if (h[0] == UNREACH) {
		icmp_error_deliver(n, c.p + c.pos, cur_left(&c), rx->src, unreach_error(h[1]), get_be16(h + 6));
	} else if (h[0] == TIME_EXCEEDED && !h[1]) {
		icmp_error_deliver(n, c.p + c.pos, cur_left(&c), rx->src, -ETIMEDOUT, 0);
	} else {
		net_count(n, CNT_icmp_ignored);
	}
}

void icmp_send_unreach(struct net *n, const struct ip_rx *rx, enum icmp_unreach code)
{
	struct ip_path path;
	uint8_t *m;
	size_t quote = rx->header_len + (rx->len < QUOTE_MIN ? rx->len : QUOTE_MIN);

	if (rx->broadcast || rx->unconfigured || rx->proto == IP_PROTO_ICMP)
		return;
	if (!net_rate_ok(n, RATE_ICMP_ERROR)) {
		net_count(n, CNT_icmp_limited);
		return;
	}
	m = prepare(n, rx, &path, ICMP_HEADER + quote);
	if (!m)
		return;
	path.src = rx->dst;
	m[0] = UNREACH;
	m[1] = (uint8_t)code;
	put_be32(m + 4, 0);
	memcpy(m + ICMP_HEADER, rx->packet, quote);
	(void)send_and_free(n, &path, &rx->src, 0, m,
			    ICMP_HEADER + quote);	/* lost: its sender finds out by himself */
}
