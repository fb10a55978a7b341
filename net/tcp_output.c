/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP segments out (RFC 9293 3.8): what may be sent now, and how a segment is
 * made.  A segment that cannot be sent counts as lost; the timers see to it.
 * Called by all the tcp_*.c and sock.c.
 */
#include <string.h>

#include "net/bytes.h"
#include "net/checksum.h"
#include "net/net.h"

/* The two ends of a segment to be sent. */
struct ends {
	const struct net_addr *src, *dst;
	uint16_t src_port, dst_port;
	bool answer;			/* to somebody who need not be there: ip_path.answer */
	bool unanswered;		/* ip_path.unanswered */
	uint8_t tos;
};

/* The fixed header, in n->tx: where options begin. */
static uint8_t *put_header(struct net *n, const struct ends *e, uint32_t seq, uint32_t ack, uint8_t flags, uint32_t wnd)
{
	uint8_t *h = ip_data(n);

	put_be16(h, e->src_port);
	put_be16(h + 2, e->dst_port);
	put_be32(h + 4, seq);
	put_be32(h + 8, flags & TCP_ACK ? ack : 0);
	h[12] = 0;
	h[13] = flags;
	put_be16(h + 14, (uint16_t)wnd);
	put_be32(h + 16, 0);
	return h + TCP_HEADER;
}

/* Sends the segment in n->tx. */
static void emit(struct net *n, const struct ends *e, uint8_t ttl, size_t opt_len, size_t len)
{
	uint8_t *h = ip_data(n);
	struct ip_path path;
	size_t all = TCP_HEADER + opt_len + len;

	if (ip_route_from(n, e->dst, e->src, &path) < 0) {
		net_count(n, CNT_ip_no_route);
		return;
	}
	path.src = *e->src;
	path.answer = e->answer;
	path.unanswered = e->unanswered;
	path.tos = e->tos;
	h[12] = (uint8_t)((TCP_HEADER + opt_len) / 4 << 4);
	uint32_t sum = csum_pseudo(e->src, e->dst, IP_PROTO_TCP, all);
	bool begun = path.link->dev->tx_sums_tcp;
	csum_put(h + 16, begun ? (uint16_t)~csum_finish(sum) : csum_finish(csum_add(sum, h, all)));
	net_count(n, CNT_tcp_out);
	(void)ip_send(n, &path, e->dst, IP_PROTO_TCP, ttl, true, all);
}

/* Header and options of a segment of c; *opt_len is that of the options.  Where data goes. */
static uint8_t *put_conn_header(struct net *n, struct tcp_conn *c, uint32_t seq, uint8_t flags, size_t *opt_len)
{
	struct ends e = { &c->local, &c->remote, c->local_port, c->remote_port, false, false, 0 };
	uint8_t scale = flags & TCP_SYN ? 0 : c->rcv_scale, *p;

	p = put_header(n, &e, seq, c->rcv_nxt, flags, tcp_recv_window(c, scale) >> scale);
	*opt_len = tcp_options_write(n, c, flags, p);
	if (flags & TCP_ACK) {
		c->last_ack = c->rcv_nxt;
		c->ack_now = c->ack_pending = false;
		c->delack_at = NET_NEVER;
	}
	return p + *opt_len;
}

static void emit_conn(struct net *n, const struct tcp_conn *c, size_t opt_len, size_t len)
{
	struct ends e = { &c->local, &c->remote, c->local_port, c->remote_port, n->now_us < c->ours_at,
			  c->backoff > 0, c->opts.tos };

	emit(n, &e, c->opts.ttl, opt_len, len);
}

void tcp_send_flags(struct net *n, struct tcp_conn *c, uint32_t seq, uint8_t flags)
{
	size_t opt_len;

	if (flags & TCP_SYN) {
		c->timing = !c->backoff;
		c->timed_us = n->now_us;
	}
	(void)put_conn_header(n, c, seq, flags, &opt_len);
	emit_conn(n, c, opt_len, 0);
}

static void copy_out(const struct tcp_conn *c, uint32_t offset, uint8_t *p, uint32_t len)
{
	uint32_t at = (c->snd_head + offset) % TCP_SEND_RING, first = TCP_SEND_RING - at;

	if (first > len)
		first = len;
	memcpy(p, c->snd_buf + at, first);
	memcpy(p + first, c->snd_buf, len - first);
}

/* Bookkeeping for len bytes of sequence space sent at seq. */
static void note_sent(struct net *n, struct tcp_conn *c, uint32_t seq, uint32_t len)
{
	if (seq_lt(seq, c->snd_max)) {
		net_count(n, CNT_tcp_retransmit);
		if (c->timing && seq_le(seq, c->timed_seq))
			c->timing = false;		/* Karn's rule, RFC 6298 3 */
	} else {
		if (c->snd_max == c->snd_una)
			c->progress_us = n->now_us;
		if (!c->timing) {
			c->timing = true;
			c->timed_seq = seq;
			c->timed_us = n->now_us;
		}
	}
	c->snd_max = seq_max(c->snd_max, seq + len);
}

uint32_t tcp_send_data(struct net *n, struct tcp_conn *c, uint32_t seq, uint32_t len)
{
	uint32_t offset = seq - c->snd_una, left = offset < c->snd_len ? c->snd_len - offset : 0;
	uint32_t extra;				/* options beside the timestamp */
	uint8_t flags = TCP_ACK, *p;
	size_t opt_len;
	bool fin;

	p = put_conn_header(n, c, seq, flags, &opt_len);
	if (len > left)
		len = left;
	extra = (uint32_t)opt_len - (c->ts_ok ? TCP_TS_LEN : 0);
	if (len > c->mss - extra)
		len = c->mss - extra;
	fin = c->fin_queued && !c->fin_acked && len == left;
	if (fin)
		flags |= TCP_FIN;
	if (len && len == left)
		flags |= TCP_PSH;
	ip_data(n)[13] = flags;
	copy_out(c, offset, p, len);
	note_sent(n, c, seq, len + fin);
	emit_conn(n, c, opt_len, len);
	return len + fin;
}

/* How much may be in flight. */
static uint32_t usable(const struct tcp_conn *c)
{
	uint32_t wnd = c->cwnd;

	if (!c->recovering)			/* limited transmit, RFC 3042 */
		wnd += (c->dup_acks < 2 ? c->dup_acks : 2) * c->mss;
	return wnd < c->snd_wnd ? wnd : c->snd_wnd;
}

/* Whether a new segment of len bytes, `left` being all there is, is worth sending (RFC 9293 3.7.4, 3.8.6.2.1). */
static bool worth_sending(const struct tcp_conn *c, uint32_t len, uint32_t left)
{
	if (seq_lt(c->snd_nxt, c->snd_max) || len + 40u >= c->mss)
		return true;
	if (len == left)
		return c->opts.nodelay || c->fin_queued || c->snd_max == c->snd_una;
	return len >= c->snd_wnd_max / 2;
}

/* Sends one segment at snd_nxt if it may go: false when not. */
static bool send_next(struct net *n, struct tcp_conn *c)
{
	const struct range *r = c->sacked.r, *stop = r + c->sacked.count;
	uint32_t end = c->snd_una + c->snd_len, arrived = 0, flight, left, len;

	for (; r < stop && seq_le(r->lo, c->snd_nxt); r++) {
		c->snd_nxt = seq_max(c->snd_nxt, r->hi);
		arrived += r->hi - r->lo;
	}
	if (seq_lt(end, c->snd_nxt) || c->fin_acked || !c->snd_wnd)
		return false;
	left = end - c->snd_nxt;
	flight = c->snd_nxt - c->snd_una;
	/* going back after a time-out; NewReno counts by itself */
	if (seq_lt(c->snd_nxt, c->snd_max) && !c->recovering)
		flight -= arrived;
	len = usable(c) > flight ? usable(c) - flight : 0;
	if (len > left)
		len = left;
	if (len > c->mss)
		len = c->mss;
	if (r < stop && len > r->lo - c->snd_nxt)
		len = r->lo - c->snd_nxt;
	if (!len && (left || !c->fin_queued))
		return false;
	if (len && !worth_sending(c, len, left))
		return false;
	c->snd_nxt += tcp_send_data(n, c, c->snd_nxt, len);
	return true;
}

void tcp_output(struct net *n, struct tcp_conn *c)
{
	if (!tcp_synced(c))
		return;
	if (c->snd_len || c->fin_queued) {
		while (send_next(n, c))
			;
		if (c->rexmt_at == NET_NEVER)
			tcp_timer_arm(n, c);
	}
	if (c->ack_now && (!c->sack_ok || c->quick < TCP_QUICK_ACKS)) {
		c->quick++;
		tcp_send_flags(n, c, c->snd_nxt, TCP_ACK);
	}
}

void tcp_send_reset(struct net *n, const struct tcp_seg *g)
{
	struct ends e = { g->dst, g->src, g->dst_port, g->src_port, true, false, 0 };
	uint32_t len = g->len + !!(g->flags & TCP_SYN) + !!(g->flags & TCP_FIN);

	if (g->flags & TCP_RST)
		return;
	if (!net_rate_ok(n, RATE_TCP_RST)) {
		net_count(n, CNT_tcp_limited);
		return;
	}
	if (g->flags & TCP_ACK)
		(void)put_header(n, &e, g->ack, 0, TCP_RST, 0);
	else
		(void)put_header(n, &e, 0, g->seq + len, TCP_RST | TCP_ACK, 0);
	net_count(n, CNT_tcp_reset_out);
	emit(n, &e, 0, 0, 0);
}

void tcp_send_challenge(struct net *n, struct tcp_conn *c)
{
	if (!net_rate_take(n, &c->challenges, TCP_CHALLENGES)) {
		net_count(n, CNT_tcp_limited);
		return;
	}
	net_count(n, CNT_tcp_challenge);
	tcp_send_flags(n, c, c->snd_nxt, TCP_ACK);
}

void tcp_send_time_wait_ack(struct net *n, const struct tcp_time_wait *tw)
{
	struct ends e = { &tw->local, &tw->remote, tw->local_port, tw->remote_port, true, false, 0 };
	size_t opt_len = 0;
	uint8_t *p;

	if (!net_rate_ok(n, RATE_TIME_WAIT_ACK)) {
		net_count(n, CNT_tcp_limited);
		return;
	}
	p = put_header(n, &e, tw->snd_nxt, tw->rcv_nxt, TCP_ACK, 0);
	if (tw->ts_ok)
		opt_len = tcp_put_timestamp(n, tw->ts_offset, tw->ts_recent, p);
	emit(n, &e, 0, opt_len, 0);
}

size_t tcp_send_put(struct tcp_conn *c, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	uint32_t at = (c->snd_head + c->snd_len) % TCP_SEND_RING, first = TCP_SEND_RING - at;

	if (len > TCP_SEND_RING - c->snd_len)
		len = TCP_SEND_RING - c->snd_len;
	if (first > len)
		first = (uint32_t)len;
	memcpy(c->snd_buf + at, p, first);
	memcpy(c->snd_buf, p + first, len - first);
	c->snd_len += (uint32_t)len;
	return len;
}
