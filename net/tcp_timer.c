/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP's timers (RFC 6298; RFC 9293 3.8.3 to 3.8.6) and its end of a batch:
 * one ACK for each connection that received something.  Called by net.c.
 */
#include <errno.h>

#include "net/net.h"

/* Whether our FIN is still to be sent or acknowledged. */
static bool fin_open(const struct tcp_conn *c)
{
	return c->fin_queued && !c->fin_acked;
}

void tcp_timer_arm(struct net *n, struct tcp_conn *c)
{
	uint64_t wait = (uint64_t)c->rto << (c->backoff < 10 ? c->backoff : 10);

	if (tcp_synced(c) && c->snd_max == c->snd_una && !c->snd_len && !fin_open(c)) {
		c->rexmt_at = NET_NEVER;
		return;
	}
	c->rexmt_at = n->now_us + (wait < TCP_RTO_MAX ? wait : TCP_RTO_MAX);
}

static void timed_out(struct net *n, struct tcp_conn *c)
{
	net_count(n, CNT_tcp_timed_out);
	tcp_conn_end(n, c, c->soft_error ? c->soft_error : -ETIMEDOUT);
}

/* The handshake goes unanswered.  False: given up. */
static bool again_syn(struct net *n, struct tcp_conn *c)
{
	if (n->now_us - c->born_us >= TCP_SYN_GIVE_UP) {
		timed_out(n, c);
		return false;
	}
	net_count(n, CNT_tcp_retransmit);
	tcp_send_flags(n, c, c->iss, c->state == TCP_SYN_SENT ? TCP_SYN : TCP_SYN | TCP_ACK);
	return true;
}

/* The peer's window is shut: an old sequence number makes him tell it again. */
static bool probe_window(struct net *n, struct tcp_conn *c)
{
	if (n->now_us - c->heard_us >= TCP_GIVE_UP) {
		timed_out(n, c);
		return false;
	}
	net_count(n, CNT_tcp_zero_window_probe);
	tcp_send_flags(n, c, c->snd_una - 1, TCP_ACK);
	return true;
}

static bool again_data(struct net *n, struct tcp_conn *c)
{
	if (n->now_us - c->progress_us >= TCP_GIVE_UP) {
		timed_out(n, c);
		return false;
	}
	tcp_ack_rto(n, c);
	tcp_output(n, c);
	return true;
}

/* False: c is gone. */
static bool rexmt_expired(struct net *n, struct tcp_conn *c)
{
	bool alive = true;

	c->backoff++;
	if (!tcp_synced(c))
		alive = again_syn(n, c);
	else if (!c->snd_wnd)
		alive = probe_window(n, c);
	else if (c->snd_max == c->snd_una)	/* a window too small to be worth it has stayed so */
		c->snd_nxt += tcp_send_data(n, c, c->snd_nxt, c->snd_wnd);
	else
		alive = again_data(n, c);
	if (alive)
		tcp_timer_arm(n, c);
	return alive;
}

void tcp_link_up(struct net *n, const struct netdev *dev)
{
	for (struct tcp_conn *c = n->tcp.conns; c; c = c->next)
		if (c->dev == dev && c->rexmt_at != NET_NEVER) {
			c->backoff = 0;
			c->rexmt_at = n->now_us;
		}
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* False: c is gone. */
static bool keep_expired(struct net *n, struct tcp_conn *c)
{
	uint64_t due = c->heard_us + c->opts.keepalive_s * UINT64_C(1000000);

	if (due > n->now_us) {
		c->keep_at = due;
		return true;
	}
	if (c->keep_tries >= c->opts.keep_probes) {
		net_count(n, CNT_tcp_timed_out);
		tcp_conn_abort(n, c, -ETIMEDOUT);
		return false;
	}
	c->keep_tries++;
	c->keep_at = n->now_us + earliest(c->opts.keepalive_s, c->opts.keep_interval_s) * 1000000;
	tcp_send_flags(n, c, c->snd_una - 1, TCP_ACK);
	return true;
}

/* The batch is over: its one ACK, unless a lone segment may wait for company or for data of ours. */
static void batch_ack(struct net *n, struct tcp_conn *c)
{
	uint32_t unacked = c->rcv_nxt - c->last_ack;

	c->quick = 0;
	if (!tcp_synced(c) || !(c->ack_now || c->ack_pending))
		return;
	if (c->ack_now || unacked >= 2 * c->seg_max || 2 * unacked > c->wnd_max || c->delack_at <= n->now_us)
		tcp_send_flags(n, c, c->snd_nxt, TCP_ACK);
	else if (c->delack_at == NET_NEVER)
		c->delack_at = n->now_us + TCP_DELACK;
}

static void poll_conn(struct net *n, struct tcp_conn *c)
{
	batch_ack(n, c);
	if (c->die_at <= n->now_us) {
		tcp_conn_abort(n, c, -ETIMEDOUT);
		return;
	}
	if (c->rexmt_at <= n->now_us && !rexmt_expired(n, c))
		return;
	if (c->keep_at <= n->now_us)
		(void)keep_expired(n, c);
}

void tcp_poll(struct net *n)
{
	struct tcp_conn *c, *next;

	for (c = n->tcp.conns; c; c = next) {
		next = c->next;
		poll_conn(n, c);
	}
}

uint64_t tcp_next_timer(const struct net *n)
{
	uint64_t next = NET_NEVER;

	for (const struct tcp_conn *c = n->tcp.conns; c; c = c->next) {
		if (c->ack_now || c->quick || (c->ack_pending && c->delack_at == NET_NEVER))
			return n->now_us;
		next = earliest(next, earliest(earliest(c->rexmt_at, c->keep_at), earliest(c->die_at, c->delack_at)));
	}
	return next;
}
