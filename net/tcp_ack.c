/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an acknowledgement does: the send window, the round-trip time (RFC
 * 6298), congestion control (RFC 5681, NewReno of RFC 6582) and loss recovery
 * by the peer's SACK.  Our flights are short (TCP_SEND_RING), so SACK only
 * chooses what is sent again; how much is NewReno's to say.  Called by
 * tcp_input.c and tcp_timer.c.
 */
#include "net/net.h"

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t max32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

void tcp_rtt_sample(struct tcp_conn *c, uint32_t rtt_us)
{
	c->rtt_min_us = min32(c->rtt_min_us, rtt_us);
	if (!c->srtt8) {
		c->srtt8 = rtt_us * 8 + 1;
		c->rttvar4 = rtt_us * 2;
	} else {
		uint32_t srtt = c->srtt8 / 8, dev = srtt > rtt_us ? srtt - rtt_us : rtt_us - srtt;
		c->rttvar4 += dev - c->rttvar4 / 4;
		c->srtt8 += rtt_us - srtt;
	}
	c->rto = c->srtt8 / 8 + c->rttvar4;
	c->rto = min32(max32(c->rto, TCP_RTO_MIN), TCP_RTO_MAX);
}

static void measure(const struct net *n, struct tcp_conn *c, const struct tcp_seg *g)
{
	if (c->ts_ok && g->has_ts) {
		uint32_t ms = (uint32_t)(n->now_us / 1000) + c->ts_offset - g->tsecr;
		if (ms < TCP_RTO_MAX / 1000)		/* else an echo of what we never sent */
			tcp_rtt_sample(c, ms * 1000);
	} else if (c->timing && seq_lt(c->timed_seq, g->ack)) {
		c->timing = false;
		tcp_rtt_sample(c, (uint32_t)min32((uint32_t)(n->now_us - c->timed_us), TCP_RTO_MAX));
	}
}

/* Sends the first hole that was not sent again yet in this recovery. */
static void retransmit_hole(struct net *n, struct tcp_conn *c)
{
	uint32_t seq = seq_max(c->retransmitted, c->snd_una), end = c->recover;
	const struct range *r = c->sacked.r, *stop = r + c->sacked.count;

	for (; r < stop && seq_le(r->hi, seq); r++)
		;
	if (r < stop && seq_le(r->lo, seq))
		seq = (r++)->hi;
	if (r < stop)
		end = r->lo;
	else if (seq != c->snd_una)		/* nothing SACKed beyond: no reason to call it lost */
		return;
	if (!seq_lt(seq, end))
		return;
	c->retransmitted = seq + tcp_send_data(n, c, seq, end - seq);
}

static bool take_sack(struct tcp_conn *c, const struct tcp_seg *g)
{
	bool news = false;

	for (unsigned i = 0; c->sack_ok && i < g->sack_count; i++) {
		const struct range *b = &g->sack[i];
		if (!seq_lt(b->lo, b->hi) || seq_lt(b->lo, c->snd_una) || seq_lt(b->lo, g->ack) ||
		    seq_lt(c->snd_max, b->hi) || ranges_cover(&c->sacked, b->lo, b->hi))
			continue;
		news = ranges_add(&c->sacked, b->lo, b->hi) || news;
	}
	return news;
}

static void grow_cwnd(struct tcp_conn *c, uint32_t acked)
{
	if (c->cwnd < c->ssthresh)
		c->cwnd += min32(acked, c->mss);
	else
		c->cwnd += max32((uint32_t)c->mss * c->mss / c->cwnd, 1);
	c->cwnd = min32(c->cwnd, 4 * TCP_SEND_RING);
}

static void new_ack(struct net *n, struct tcp_conn *c, const struct tcp_seg *g)
{
	uint32_t acked = g->ack - c->snd_una, data = min32(acked, c->snd_len);

	c->snd_head = (c->snd_head + data) % TCP_SEND_RING;
	c->snd_len -= data;
	c->fin_acked = c->fin_acked || acked > data;
	c->snd_una = g->ack;
	c->snd_nxt = seq_max(c->snd_nxt, g->ack);
	ranges_drop_before(&c->sacked, g->ack);
	measure(n, c, g);
	c->backoff = 0;
	c->dup_acks = 0;
	c->soft_error = 0;
	c->progress_us = n->now_us;
	if (!c->recovering) {
		grow_cwnd(c, acked);
	} else if (seq_le(c->recover, g->ack)) {
		c->recovering = false;
		c->cwnd = min32(c->ssthresh, max32(c->snd_max - c->snd_una, c->mss) + c->mss);
	} else {					/* partial: the next hole (RFC 6582 3.2) */
		c->cwnd = (c->cwnd > acked ? c->cwnd - acked : 0) + c->mss;
		retransmit_hole(n, c);
	}
	tcp_timer_arm(n, c);
	if (data && c->sock >= 0)
		net_wake(n, c->sock);
}

/* Three duplicates, or fewer when so little is in flight that three cannot come (RFC 5827). */
static uint32_t dup_threshold(const struct tcp_conn *c)
{
	uint32_t flight = c->snd_max - c->snd_una, segs = (flight + c->mss - 1) / c->mss;

	if (segs >= 4 || segs < 2 || seq_lt(c->snd_max, c->snd_una + c->snd_len))
		return 3;
	return segs - 1;
}

static void duplicate_ack(struct net *n, struct tcp_conn *c)
{
	c->dup_acks++;
	if (c->recovering) {
		c->cwnd += c->mss;
		if (c->sacked.count)
			retransmit_hole(n, c);
	} else if (c->dup_acks >= dup_threshold(c) && seq_le(c->recover, c->snd_una)) {
		net_count(n, CNT_tcp_fast_retransmit);
		c->ssthresh = max32((c->snd_max - c->snd_una) / 2, 2u * c->mss);
		c->cwnd = c->ssthresh + 3u * c->mss;
		c->recover = c->snd_max;
		c->recovering = true;
		c->retransmitted = c->snd_una;
		retransmit_hole(n, c);
		tcp_timer_arm(n, c);
	}
}

void tcp_ack_input(struct net *n, struct tcp_conn *c, const struct tcp_seg *g)
{
	uint32_t wnd = g->wnd << c->snd_scale, old_wnd = c->snd_wnd;
	bool sack_news = take_sack(c, g);

	if (seq_lt(g->ack, c->snd_una))
		return;
	if (seq_lt(c->snd_wl1, g->seq) || (c->snd_wl1 == g->seq && seq_le(c->snd_wl2, g->ack))) {
		c->snd_wnd = wnd;
		c->snd_wnd_max = max32(c->snd_wnd_max, wnd);
		c->snd_wl1 = g->seq;
		c->snd_wl2 = g->ack;
		if (wnd && !old_wnd) {			/* it opens: probing is over */
			c->backoff = 0;
			c->progress_us = n->now_us;
			tcp_timer_arm(n, c);
		}
	}
	if (seq_lt(c->snd_una, g->ack))
		new_ack(n, c, g);
	else if (c->snd_max != c->snd_una && !g->len && !(g->flags & TCP_FIN) && wnd && (sack_news || wnd == old_wnd))
		duplicate_ack(n, c);
}

void tcp_ack_rto(struct net *n, struct tcp_conn *c)
{
	net_count(n, CNT_tcp_rto);
	if (c->backoff <= 1)
		c->ssthresh = max32((c->snd_max - c->snd_una) / 2, 2u * c->mss);
	c->cwnd = c->mss;
	c->recovering = false;
	c->recover = c->snd_max;
	c->dup_acks = 0;
	c->timing = false;
	c->sacked.count = 0;				/* RFC 2018 8: the peer may have forgotten */
	c->snd_nxt = c->snd_una;
}
