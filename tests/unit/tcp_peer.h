/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of TCP: one stack (host 0 of a wire) against a peer whose every
 * segment is written by the test.  What the stack sends is caught and taken
 * apart; nothing is lost, and time moves only when the test says so.
 */
#ifndef TESTS_UNIT_TCP_PEER_H
#define TESTS_UNIT_TCP_PEER_H

#include "net/bytes.h"
#include "net/checksum.h"
#include "tests/unit/net_wire.h"

#define PEER_QUEUE 2048
#define PEER_PORT 80

struct caught {
	uint16_t src_port, dst_port;
	uint32_t seq, ack;
	uint32_t wnd;			/* as in the header */
	uint8_t flags;
	uint32_t len;
	uint8_t data[1500];
	struct tcp_seg opt;		/* options only */
	uint64_t at_us;
};

struct peer {
	struct wire w;
	struct caught queue[PEER_QUEUE];
	unsigned head, count;
	unsigned bad;			/* frames that were not well-formed TCP */
	unsigned other;			/* frames that were neither TCP nor ARP */
	bool arp_asked;
	uint8_t last_other[1514];
	size_t last_other_len;
	int s;				/* the stack's socket */
	uint16_t port;			/* and its port */
	uint32_t iss, irs;		/* ours and the stack's */
	uint32_t snd;			/* our next sequence number */
	bool ts, sack, scale;		/* options we agree to */
	uint32_t tsval, ts_last;	/* our clock; what the stack last said */
	uint32_t wnd;			/* our window, header value */
	uint32_t rtt_us;		/* of the handshake of peer_connect_to_us() */
	uint32_t syn_wnd;		/* the window in the stack's SYN there */
	bool no_poll;			/* segments of one batch: the test calls net_poll */
};

static struct peer P;

#define NET (&P.w.host[0].net)

/* Is the checksum of these `len` bytes right, or what a card that sums it itself is to find there? */
static bool peer_sum_is_good(const uint8_t *ip, const uint8_t *t, size_t len)
{
	uint32_t pseudo = csum_pseudo(V4(get_be32(ip + 12)), V4(get_be32(ip + 16)), 6, len);
	uint16_t begun = (uint16_t)~csum_finish(pseudo);
	if (P.w.host[0].dev.tx_sums_tcp)
		return !memcmp(t + 16, &begun, 2);
	return !csum_finish(csum_add(pseudo, t, len));
}

static bool peer_tap(struct wire *w, unsigned from, const uint8_t *f, size_t len)
{
	const uint8_t *ip = f + 14, *t = f + 34;
	size_t total = len > 34 ? get_be16(ip + 2) : 0, hl;
	struct caught *c;

	(void)w;
	if (from != 0)
		return false;
	if (get_be16(f + 12) == 0x806) {
		P.arp_asked = P.arp_asked || get_be16(f + 20) == 1;
		return false;
	}
	if (get_be16(f + 12) != 0x800 || ip[9] != 6) {
		P.other++;
		memcpy(P.last_other, f, len);
		P.last_other_len = len;
		return false;
	}
	if (total < 40 || total + 14 > len || csum_finish(csum_add(0, ip, 20)) ||
	    !peer_sum_is_good(ip, t, total - 20) ||
	    (hl = (size_t)(t[12] >> 4) * 4) < 20 || hl > total - 20 || P.count == PEER_QUEUE) {
		P.bad++;
		return false;
	}
	c = &P.queue[(P.head + P.count++) % PEER_QUEUE];
	memset(c, 0, sizeof *c);
	c->src_port = get_be16(t);
	c->dst_port = get_be16(t + 2);
	c->seq = get_be32(t + 4);
	c->ack = get_be32(t + 8);
	c->flags = t[13];
	c->wnd = get_be16(t + 14);
	c->len = (uint32_t)(total - 20 - hl);
	c->at_us = P.w.now_us;
	memcpy(c->data, t + hl, c->len);
	if (!tcp_options_parse(t + 20, hl - 20, &c->opt))
		P.bad++;
	if (c->opt.has_ts)
		P.ts_last = c->opt.tsval;
	return false;
}

/* The next segment the stack sent: false when there is none. */
static inline bool peer_next(struct caught *out)
{
	if (!P.count)
		return false;
	*out = P.queue[P.head];
	P.head = (P.head + 1) % PEER_QUEUE;
	P.count--;
	return true;
}

static inline void peer_forget(void)
{
	P.count = 0;
}

/* Says who has our address, when asked. */
static inline void peer_answer_arp(void)
{
	static const uint8_t arp[60] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2,
		2, 0, 0, 0, 0, 2, 10, 0, 0, 2, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1 };

	if (!P.arp_asked)
		return;
	P.arp_asked = false;
	net_input(NET, &P.w.host[0].dev, arp, sizeof arp, P.w.now_us);
}

static inline void peer_frame_in(const uint8_t *f, size_t len)
{
	peer_answer_arp();
	net_input(NET, &P.w.host[0].dev, f, len, P.w.now_us);
	if (!P.no_poll)
		net_poll(NET, P.w.now_us);
}

/* A segment with these options from port `from` to `to`. */
static inline void peer_segment(uint16_t from, uint16_t to, uint32_t seq, uint32_t ack, uint8_t flags, uint32_t wnd,
				const uint8_t *opt, size_t opt_len, const void *data, size_t len)
{
	uint8_t f[1600] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45 };
	uint8_t *ip = f + 14, *t = f + 34;
	size_t all = 20 + opt_len + len;

	put_be16(ip + 2, (uint16_t)(20 + all));
	ip[8] = 64;
	ip[9] = 6;
	put_be32(ip + 12, HOST_IP(1));
	put_be32(ip + 16, HOST_IP(0));
	csum_put(ip + 10, csum_finish(csum_add(0, ip, 20)));
	put_be16(t, from);
	put_be16(t + 2, to);
	put_be32(t + 4, seq);
	put_be32(t + 8, ack);
	t[12] = (uint8_t)((20 + opt_len) / 4 << 4);
	t[13] = flags;
	put_be16(t + 14, (uint16_t)wnd);
	if (opt_len)
		memcpy(t + 20, opt, opt_len);
	if (len)
		memcpy(t + 20 + opt_len, data, len);
	csum_put(t + 16, csum_finish(csum_add(csum_pseudo(V4(HOST_IP(1)), V4(HOST_IP(0)), 6, all), t, all)));
	peer_frame_in(f, 34 + all);
}

static inline size_t peer_options(uint8_t *o, uint8_t flags, const struct range *sack, unsigned sacks)
{
	size_t n = 0;

	if (flags & TCP_SYN) {
		memcpy(o, "\2\4\5\264", 4);
		n = 4;
		if (P.scale) {
			memcpy(o + n, "\1\3\3\7", 4);
			n += 4;
		}
		if (P.sack) {
			memcpy(o + n, "\1\1\4\2", 4);
			n += 4;
		}
	}
	if (P.ts) {
		memcpy(o + n, "\1\1\10\12", 4);
		put_be32(o + n + 4, P.tsval);
		put_be32(o + n + 8, flags & TCP_ACK ? P.ts_last : 0);
		n += 12;
	}
	if (sacks) {
		o[n] = o[n + 1] = 1;
		o[n + 2] = 5;
		o[n + 3] = (uint8_t)(2 + 8 * sacks);
		n += 4;
		for (unsigned i = 0; i < sacks; i++, n += 8) {
			put_be32(o + n, sack[i].lo);
			put_be32(o + n + 4, sack[i].hi);
		}
	}
	return n;
}

static inline void peer_send(uint32_t seq, uint32_t ack, uint8_t flags, const void *data, size_t len)
{
	uint8_t o[40];
	size_t n = peer_options(o, flags, NULL, 0);

	peer_segment(PEER_PORT, P.port, seq, ack, flags, P.wnd, o, n, data, len);
}

static inline void peer_sack(uint32_t ack, const struct range *sack, unsigned sacks)
{
	uint8_t o[40];
	size_t n = peer_options(o, TCP_ACK, sack, sacks);

	peer_segment(PEER_PORT, P.port, P.snd, ack, TCP_ACK, P.wnd, o, n, NULL, 0);
}

static inline void peer_run(uint64_t us)
{
	uint64_t limit = P.w.now_us + us;
	while (P.w.now_us < limit) {
		uint64_t t = net_next_timer(NET);
		P.w.now_us = t < limit ? (t > P.w.now_us ? t : P.w.now_us) : limit;
		net_poll(NET, P.w.now_us);
		peer_answer_arp();
		if (t >= limit)
			break;
	}
}

static inline void peer_init(uint64_t seed)
{
	memset(&P, 0, sizeof P);
	wire_init(&P.w, seed);
	wire_drop_all(&P.w);
	P.w.tap = peer_tap;
	P.ts = P.sack = P.scale = true;
	P.tsval = 1000;
	P.wnd = 0xffff;
	P.iss = 0x10000000;
	P.s = -1;
}

/* The stack connects to us; the handshake's end is the caller's to look at.  rcvbuf 0: the default. */
static inline void peer_connect_to_us(uint32_t rcvbuf)
{
	struct caught c;

	P.s = sock_open(NET, SOCK_TCP);
	if (rcvbuf)
		sock_set(NET, P.s, SOCK_OPT_RCVBUF, rcvbuf);
	sock_connect(NET, P.s, V4(HOST_IP(1)), PEER_PORT);
	peer_answer_arp();
	if (!peer_next(&c))
		return;
	P.port = c.src_port;
	P.irs = c.seq;
	P.syn_wnd = c.wnd;
	P.snd = P.iss + 1;
	P.w.now_us += P.rtt_us;
	peer_send(P.iss, P.irs + 1, TCP_SYN | TCP_ACK, NULL, 0);
	peer_next(&c);
}

static inline bool peer_done(void)
{
	return wire_done(&P.w) && !P.bad;
}

#endif
