/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passive opens (RFC 9293 3.10.7.2).  As many half-open connections are kept
 * as the backlog says; when there are so many, a SYN is answered all the same,
 * and the answer holds all that is known of it (tcp_cookie.c): a flood pushes
 * nobody out and keeps nobody out.  Called by tcp_input.c and sock.c.
 */
#include "net/net.h"

static struct sock *find_listener(struct net *n, const struct tcp_seg *g)
{
	struct sock *best = NULL;

	for (struct sock *s = n->socks; s < n->socks + NET_SOCKS; s++)
		if (s->type == SOCK_TCP && s->listening && s->local_port == g->dst_port &&
		    (net_addr_equal(&s->local, g->dst) || (!s->local.family && !best)))
			best = s;
	return best;
}

/* Connections of listener s that wait for accept; and those that are half-open. */
static unsigned count(const struct net *n, int s, unsigned *opening)
{
	unsigned ready = 0;

	*opening = 0;
	for (const struct tcp_conn *c = n->tcp.conns; c; c = c->next)
		if (c->listener == s)
			*(c->state == TCP_SYN_RCVD ? opening : &ready) += 1;
	return ready;
}

/* For the SYN in g, which is not answered yet. */
static struct tcp_conn *make(struct net *n, const struct sock *s, const struct tcp_seg *g, uint32_t min_iss)
{
	struct tcp_conn *c;
	struct ip_path path;

	if (ip_route_from(n, g->src, g->dst, &path) < 0) {
		net_count(n, CNT_ip_no_route);
		return NULL;
	}
	c = tcp_conn_new(n, path.link->dev, s->rcvbuf ? s->rcvbuf : TCP_RING_PASSIVE);
	if (!c)
		return NULL;
	c->listener = (int)(s - n->socks);
	c->local = *g->dst;
	c->local_port = g->dst_port;
	c->remote = *g->src;
	c->remote_port = g->src_port;
	c->opts = s->opts;
	c->rcv_mss = path.mtu - IP_HEADER - TCP_HEADER;
	c->state = TCP_SYN_RCVD;
	c->die_at = n->now_us + TCP_SYN_RCVD_LIFE;
	c->ours_at = n->now_us + TCP_STRANGER;
	tcp_conn_start(n, c, min_iss);
	tcp_take_syn(n, c, g);
	return c;
}

static void set_iss(struct tcp_conn *c, uint32_t iss)
{
	c->iss = c->snd_una = c->recover = iss;
	c->snd_nxt = c->snd_max = iss + 1;
}

/*
 * Answers the SYN in g.  The connection is kept if there is a place.  During a flood its number is a cookie all the
 * same: he may have got an answer to this SYN before, and go by that.
 */
static void answer(struct net *n, const struct sock *s, const struct tcp_seg *g, uint32_t min_iss, bool place)
{
	bool by_cookie = !place || n->now_us < n->tcp.cookies_until;
	uint32_t iss = by_cookie ? tcp_cookie(n, g) : 0;
	struct tcp_conn *c;

	if (by_cookie && min_iss && seq_le(iss, min_iss)) {	/* no better number before the next turn */
		net_count(n, CNT_tcp_syn_dropped);
		return;
	}
	c = make(n, s, g, min_iss);
	if (!c)
		return;
	set_iss(c, by_cookie ? iss : c->iss);
	tcp_send_flags(n, c, c->iss, TCP_SYN | TCP_ACK);
	if (place) {
		tcp_timer_arm(n, c);
		return;
	}
	net_count(n, CNT_tcp_cookie_out);
	n->tcp.cookies_until = n->now_us + 2 * TCP_COOKIE_TURN;
	tcp_conn_end(n, c, 0);
}

/* The end of a handshake, to whose SYN a cookie was the answer: NULL, reset, if it is none. */
static struct tcp_conn *open_by_cookie(struct net *n, const struct sock *s, const struct tcp_seg *g, bool place)
{
	struct tcp_seg syn;
	struct tcp_conn *c;

	if (!tcp_cookie_holds(n, g, &syn)) {
		net_count(n, CNT_tcp_no_socket);
		tcp_send_reset(n, g);
		return NULL;
	}
	c = place ? make(n, s, &syn, 0) : NULL;
	if (!c) {
		net_count(n, CNT_tcp_syn_dropped);	/* what he sends next has the number, too */
		return NULL;
	}
	net_count(n, CNT_tcp_cookie_in);
	set_iss(c, g->ack - 1);
	return c;
}

struct tcp_conn *tcp_listen_input(struct net *n, const struct tcp_seg *g, uint32_t min_iss)
{
	struct sock *s = find_listener(n, g);
	unsigned ready, opening;

	if (!s) {
		net_count(n, CNT_tcp_no_socket);
		tcp_send_reset(n, g);
		return NULL;
	}
	ready = count(n, (int)(s - n->socks), &opening);
	if (g->flags & TCP_ACK)
		return open_by_cookie(n, s, g, ready < s->backlog);
	if ((g->flags & (TCP_SYN | TCP_RST)) != TCP_SYN)
		net_count(n, CNT_tcp_unexpected);
	else if (ready >= s->backlog || !net_rate_ok(n, RATE_TCP_SYN))
		net_count(n, CNT_tcp_syn_dropped);
	else
		answer(n, s, g, min_iss, opening < s->backlog);
	return NULL;
}

void tcp_listen_done(struct net *n, struct tcp_conn *c)
{
	struct ip_path path;

	c->die_at = NET_NEVER;
	if (ip_route_from(n, &c->remote, &c->local, &path) == 0 && path.next_hop == c->remote.v4)
		arp_met(n, path.link, path.next_hop);
}

struct tcp_conn *tcp_accept(const struct net *n, int s)
{
	struct tcp_conn *oldest = NULL;

	for (struct tcp_conn *c = n->tcp.conns; c; c = c->next)
		if (c->listener == s && c->state != TCP_SYN_RCVD && (!oldest || c->born_us < oldest->born_us))
			oldest = c;
	return oldest;
}

void tcp_listen_close(struct net *n, int s)
{
	struct tcp_conn *c, *next;

	for (c = n->tcp.conns; c; c = next) {
		next = c->next;
		if (c->listener == s)
			tcp_conn_abort(n, c, 0);
	}
}
