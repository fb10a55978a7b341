/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCP segment arrives (RFC 9293 3.10.7), with the checks of RFC 5961 and
 * RFC 7323 5.  Called by ip.c.
 */
#include <errno.h>
#include <string.h>

#include "net/bytes.h"
#include "net/checksum.h"
#include "net/cursor.h"
#include "net/net.h"

static bool parse(struct net *n, const struct ip_rx *rx, struct tcp_seg *g)
{
	struct cursor c = cur_make(rx->data, rx->len);
	const uint8_t *h = cur_bytes(&c, TCP_HEADER), *opt;
	size_t opt_len;

	if (!h || h[12] >> 4 < 5) {
		net_count(n, CNT_tcp_bad);
		return false;
	}
	opt_len = (h[12] >> 4) * 4u - TCP_HEADER;
	opt = cur_bytes(&c, opt_len);
	if (!opt) {
		net_count(n, CNT_tcp_bad);
		return false;
	}
	if (!rx->checked &&
	    csum_finish(csum_add(csum_pseudo(&rx->src, &rx->dst, IP_PROTO_TCP, rx->len), rx->data, rx->len))) {
		net_count(n, CNT_tcp_bad_checksum);
		return false;
	}
	*g = (struct tcp_seg){
		.src = &rx->src, .dst = &rx->dst, .src_port = get_be16(h), .dst_port = get_be16(h + 2),
		.seq = get_be32(h + 4), .ack = get_be32(h + 8), .flags = h[13], .wnd = get_be16(h + 14),
		.data = c.p + c.pos, .len = (uint32_t)cur_left(&c) };
	if (!g->src_port || !g->dst_port || !tcp_options_parse(opt, opt_len, g))
		net_count(n, CNT_tcp_bad);
	return g->src_port && g->dst_port;
}

static struct tcp_conn *find(struct net *n, const struct tcp_seg *g)
{
	for (struct tcp_conn **at = &n->tcp.conns, *c; (c = *at); at = &c->next) {
		if (c->local_port != g->dst_port || c->remote_port != g->src_port ||
		    !net_addr_equal(&c->remote, g->src) ||
		    !net_addr_equal(&c->local, g->dst) || c->state == TCP_CLOSED)
			continue;
		*at = c->next;			/* to the front: the next segment is likely its, too */
		c->next = n->tcp.conns;
		n->tcp.conns = c;
		return c;
	}
	return NULL;
}

void tcp_set_mss(struct tcp_conn *c, uint32_t mss)
{
	if (mss < TCP_MSS_MIN)
		mss = TCP_MSS_MIN;
	c->mss = (uint16_t)(mss - (c->ts_ok ? TCP_TS_LEN : 0));
}

void tcp_take_syn(struct net *n, struct tcp_conn *c, const struct tcp_seg *g)
{
	uint32_t mss = g->mss ? g->mss : TCP_MSS_DEFAULT;

	c->ts_ok = c->ts_ok && g->has_ts;
	c->sack_ok = c->sack_ok && g->has_sack_ok;
	c->irs = g->seq;
	c->rcv_nxt = c->rcv_adv = c->last_ack = c->round_start = c->round_end = c->rtt_start = g->seq + 1;
	(void)tcp_recv_window(c, 0);
	tcp_set_mss(c, mss < c->rcv_mss ? mss : c->rcv_mss);
	c->ts_recent = g->tsval;
	c->ts_recent_us = n->now_us;
	c->snd_scale = g->scale;
	if (!g->has_scale)
		c->snd_scale = c->rcv_scale = 0;
	c->snd_wnd = c->snd_wnd_max = g->wnd;		/* never scaled in a SYN */
	c->snd_wl1 = g->seq;
	c->snd_wl2 = g->ack;
	c->heard_us = n->now_us;
}

/* The handshake is done: our SYN is acknowledged. */
static void established(struct net *n, struct tcp_conn *c, const struct tcp_seg *g)
{
	c->snd_una = c->snd_nxt = c->snd_max = c->iss + 1;
	c->recover = c->iss;
	if (c->timing && !c->backoff)
		tcp_rtt_sample(c, (uint32_t)(n->now_us - c->timed_us));
	else
		c->rto = 3000000;			/* RFC 6298 5.7 */
	c->timing = false;
	c->cwnd = (c->backoff ? 1u : 10u) * c->mss;	/* RFC 6928; RFC 5681 3.1 after a lost SYN */
	c->backoff = 0;
	c->rexmt_at = NET_NEVER;
	c->snd_wl1 = g->seq;
	c->snd_wl2 = g->ack;
	c->state = c->fin_queued ? TCP_FIN_WAIT_1 : TCP_ESTABLISHED;
	if (c->listener >= 0)
		tcp_listen_done(n, c);
	if (c->opts.keepalive_s)
		c->keep_at = n->now_us + c->opts.keepalive_s * UINT64_C(1000000);
	net_wake(n, c->sock >= 0 ? c->sock : c->listener);
}

/* Nothing to do with such a segment in this state: false. */
static bool unexpected(struct net *n)
{
	net_count(n, CNT_tcp_unexpected);
	return false;
}

/* RFC 9293 3.10.7.3.  False: c is gone or has nothing to say. */
static bool syn_sent_input(struct net *n, struct tcp_conn *c, const struct tcp_seg *g)
{
	if ((g->flags & TCP_ACK) && g->ack != c->snd_max) {
		net_count(n, CNT_tcp_bad_ack);
		tcp_send_reset(n, g);
		return false;
	}
	if (g->flags & TCP_RST) {
		if (!(g->flags & TCP_ACK))
			return unexpected(n);
		net_count(n, CNT_tcp_reset_in);
		tcp_conn_end(n, c, -ECONNREFUSED);
		return false;
	}
	if (!(g->flags & TCP_SYN))
		return unexpected(n);
	tcp_take_syn(n, c, g);
	if (g->flags & TCP_ACK) {
		established(n, c, g);
		c->ack_now = true;
		return true;
	}
	c->state = TCP_SYN_RCVD;		/* both sides open at once (RFC 9293 3.5, figure 8) */
	tcp_send_flags(n, c, c->iss, TCP_SYN | TCP_ACK);
	tcp_timer_arm(n, c);
	return false;
}

/* The end of a segment in sequence space. */
static uint32_t seg_end(const struct tcp_seg *g)
{
	return g->seq + g->len + !!(g->flags & TCP_SYN) + !!(g->flags & TCP_FIN);
}

/* RFC 7323 5.3: a segment from an earlier turn of the sequence space? */
static bool paws_rejects(const struct net *n, const struct tcp_conn *c, const struct tcp_seg *g)
{
	return c->ts_ok && g->has_ts && !(g->flags & TCP_RST) && seq_lt(g->tsval, c->ts_recent) &&
		n->now_us - c->ts_recent_us < TCP_PAWS_VALID;
}

/*
 * First checks of RFC 9293 3.10.7.4: timestamp, sequence, RST, SYN.  False:
 * the segment, and maybe c, are done with.  The window's right edge itself
 * counts as inside: an ACK from a peer that has filled the window carries it.
 */
static bool check_sequence(struct net *n, struct tcp_conn *c, const struct tcp_seg *g)
{
	bool old = seq_lt(seg_end(g), c->rcv_nxt);

	if (paws_rejects(n, c, g)) {
		net_count(n, CNT_tcp_paws);
		tcp_send_challenge(n, c);
		return false;
	}
	if (old || seq_lt(seq_max(c->rcv_adv, c->rcv_nxt), g->seq)) {
		net_count(n, old ? CNT_tcp_duplicate : CNT_tcp_out_of_window);
		if (!(g->flags & TCP_RST))
			tcp_send_challenge(n, c);
		return false;
	}
	if (g->flags & TCP_RST) {
		if (g->seq != c->rcv_nxt) {	/* RFC 5961 3.2 */
			tcp_send_challenge(n, c);
			return false;
		}
		net_count(n, CNT_tcp_reset_in);
		if (c->state == TCP_SYN_RCVD)
			tcp_conn_end(n, c, -ECONNREFUSED);
		else
			tcp_conn_end(n, c, c->state == TCP_LAST_ACK || c->state == TCP_CLOSING ? 0 : -ECONNRESET);
		return false;
	}
	if (g->flags & TCP_SYN) {		/* RFC 5961 4.2 */
		tcp_send_challenge(n, c);
		return false;
	}
	return g->flags & TCP_ACK ? true : unexpected(n);
}

/* RFC 9293 3.10.7.4, fifth, with RFC 5961 5.2. */
static bool check_ack(struct net *n, struct tcp_conn *c, const struct tcp_seg *g)
{
	if (c->state == TCP_SYN_RCVD) {
		if (g->ack != c->iss + 1) {
			net_count(n, CNT_tcp_bad_ack);
			tcp_send_reset(n, g);
			return false;
		}
		established(n, c, g);
		return true;
	}
	if (seq_lt(c->snd_max, g->ack) || seq_lt(g->ack, c->snd_una - c->snd_wnd_max)) {
		net_count(n, CNT_tcp_bad_ack);
		tcp_send_challenge(n, c);
		return false;
	}
	return true;
}

/* Our FIN is acknowledged: false when that was the end of c. */
static bool fin_was_acked(struct net *n, struct tcp_conn *c)
{
	switch (c->state) {
	case TCP_FIN_WAIT_1:
		c->state = TCP_FIN_WAIT_2;
		return true;
	case TCP_CLOSING:
		tcp_conn_time_wait(n, c);
		return false;
	case TCP_LAST_ACK:
		tcp_conn_end(n, c, 0);
		return false;
	default:
		return true;
	}
}

/* The peer's FIN has been reached: false when that was the end of c. */
static bool fin_was_reached(struct net *n, struct tcp_conn *c)
{
	if (c->sock >= 0 || c->listener >= 0)
		net_wake(n, c->sock >= 0 ? c->sock : c->listener);
	switch (c->state) {
	case TCP_ESTABLISHED:
		c->state = TCP_CLOSE_WAIT;
		return true;
	case TCP_FIN_WAIT_1:
		c->state = TCP_CLOSING;
		return true;
	case TCP_FIN_WAIT_2:
		tcp_send_flags(n, c, c->snd_nxt, TCP_ACK);
		tcp_conn_time_wait(n, c);
		return false;
	default:
		return true;
	}
}

static bool synced_input(struct net *n, struct tcp_conn *c, struct tcp_seg *g)
{
	if (c->state == TCP_SYN_RCVD && (g->flags & (TCP_SYN | TCP_RST)) == TCP_SYN && g->seq == c->irs) {
		if (!(g->flags & TCP_ACK)) {
			tcp_send_flags(n, c, c->iss, TCP_SYN | TCP_ACK);	/* he did not hear us */
			return false;
		}
		g->flags &= (uint8_t)~TCP_SYN;	/* simultaneous open: his SYN+ACK, whose window is not scaled */
		g->seq++;
		g->wnd >>= c->snd_scale;
	}
	if (!check_sequence(n, c, g) || !check_ack(n, c, g))
		return false;
	/* RFC 7323 4.3; older ones were rejected, or ts_recent is too old itself (5.5) */
	if (g->has_ts && seq_le(g->seq, c->last_ack)) {
		c->ts_recent = g->tsval;
		c->ts_recent_us = n->now_us;
	}
	c->heard_us = n->now_us;
	c->keep_tries = 0;
	tcp_ack_input(n, c, g);
	if (c->fin_acked && !fin_was_acked(n, c))
		return false;

	if (g->len && c->sock < 0 && c->listener < 0 && seq_lt(c->rcv_nxt, g->seq + g->len)) {
		net_count(n, CNT_tcp_after_close);	/* RFC 1122 4.2.2.13: nobody will read it */
		tcp_conn_abort(n, c, 0);
		return false;
	}
	if (g->len || (g->flags & TCP_FIN)) {
		bool had_fin = c->fin_rcvd;
		tcp_recv_data(n, c, g);
		if (c->fin_rcvd && !had_fin)
			return fin_was_reached(n, c);
	}
	return true;
}

static void time_wait_input(struct net *n, struct tcp_time_wait *tw, const struct tcp_seg *g)
{
	bool newer = seq_lt(tw->rcv_nxt, g->seq) || (tw->ts_ok && g->has_ts && seq_lt(tw->ts_recent, g->tsval));

	if (g->flags & TCP_RST) {
		if (g->seq == tw->rcv_nxt)
			tw->used = false;
		else
			(void)unexpected(n);
	} else if ((g->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && newer) {
		tw->used = false;		/* RFC 6191: a new connection */
		(void)tcp_listen_input(n, g, tw->snd_nxt);
	} else if (seg_end(g) != g->seq) {
		if (g->flags & TCP_FIN)
			tw->expires_us = n->now_us + TCP_2MSL;
		tcp_send_time_wait_ack(n, tw);
	}
}

void tcp_input(struct net *n, const struct ip_rx *rx)
{
	struct tcp_time_wait *tw;
	struct tcp_conn *c;
	struct tcp_seg g;

	if (rx->broadcast) {
		(void)unexpected(n);
		return;
	}
	if (!parse(n, rx, &g))
		return;
	net_count(n, CNT_tcp_in);
	c = find(n, &g);
	if (c) {
		if (c->state == TCP_SYN_SENT ? syn_sent_input(n, c, &g) : synced_input(n, c, &g))
			tcp_output(n, c);
		return;
	}
	tw = tcp_time_wait_find(n, g.dst, g.dst_port, g.src, g.src_port);
	if (tw) {
		time_wait_input(n, tw, &g);
		return;
	}
	c = tcp_listen_input(n, &g, 0);
	if (c && synced_input(n, c, &g))
		tcp_output(n, c);
}
