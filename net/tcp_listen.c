/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passive opens (RFC 9293 3.10.7.2).  What a flood of SYNs can take is
 * bounded by the backlog and by a rate; when the backlog is full of
 * half-open connections the oldest makes room.  Called by tcp_input.c and
 * sock.c.
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

/* Room for one more connection of listener s: false when accept is too slow. */
static bool make_room(struct net *n, int s, unsigned backlog)
{
	struct tcp_conn *oldest = NULL;
	unsigned ready = 0, opening = 0;

	for (struct tcp_conn *c = n->tcp.conns; c; c = c->next) {
		if (c->listener != s)
			continue;
		if (c->state != TCP_SYN_RCVD) {
			ready++;
			continue;
		}
		opening++;
		if (!oldest || c->born_us < oldest->born_us)
			oldest = c;
	}
	if (ready >= backlog)
		return false;
	if (opening >= backlog) {
		net_count(n, CNT_tcp_syn_dropped);
		tcp_conn_end(n, oldest, 0);
	}
	return true;
}

static void open_passive(struct net *n, const struct sock *s, const struct tcp_seg *g, uint32_t min_iss)
{
	struct tcp_conn *c;
	struct ip_path path;

	if (ip_route_from(n, g->src, g->dst, &path) < 0) {
		net_count(n, CNT_ip_no_route);
		return;
	}
	c = tcp_conn_new(n, path.link->dev, s->rcvbuf ? s->rcvbuf : TCP_RING_PASSIVE);
	if (!c)
		return;
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
	c->snd_nxt = c->snd_max = c->iss + 1;
	tcp_send_flags(n, c, c->iss, TCP_SYN | TCP_ACK);
	tcp_timer_arm(n, c);
}

void tcp_listen_input(struct net *n, const struct tcp_seg *g, uint32_t min_iss)
{
	struct sock *s = find_listener(n, g);

	if (!s || (g->flags & TCP_ACK)) {
		net_count(n, CNT_tcp_no_socket);
		tcp_send_reset(n, g);
		return;
	}
	if ((g->flags & (TCP_SYN | TCP_RST)) != TCP_SYN) {
		net_count(n, CNT_tcp_unexpected);
		return;
	}
	if (!net_rate_ok(n, RATE_TCP_SYN) || !make_room(n, (int)(s - n->socks), s->backlog)) {
		net_count(n, CNT_tcp_syn_dropped);
		return;
	}
	open_passive(n, s, g, min_iss);
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
