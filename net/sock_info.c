/* SPDX-License-Identifier: BSD-2-Clause */
/* What sockets and connections there are, for people: see sock.h. */
#include "net/net.h"

static void conn_info(const struct tcp_conn *c, struct sock_info *out)
{
	out->state = tcp_state_name(c->state);
	out->local = c->local;
	out->local_port = c->local_port;
	out->remote = c->remote;
	out->remote_port = c->remote_port;
	out->recv_len = c->ring_used;
	out->send_len = c->snd_len;
	out->rtt_us = c->srtt8 / 8;
	out->window = c->rcv_adv - c->rcv_nxt;
	out->ranges = c->held.count;
}

static bool fill_info(const struct net *n, unsigned i, struct sock_info *out)
{
	for (int s = 0; s < NET_SOCKS; s++) {
		const struct sock *k = &n->socks[s];
		if (!k->type || i--)
			continue;
		*out = (struct sock_info){ .type = k->type, .fd = s, .state = k->listening ? "LISTEN" : "",
					   .local = k->local,
			.local_port = k->local_port, .recv_len = k->queued, .owner = k->owner, .link = k->link };
		if (k->connected) {
			out->remote = k->remote;
			out->remote_port = k->remote_port;
		}
		if (k->conn)
			conn_info(k->conn, out);
		return true;
	}
	for (const struct tcp_conn *c = n->tcp.conns; c; c = c->next) {
		if (c->sock >= 0 || i--)
			continue;
		*out = (struct sock_info){ .type = SOCK_TCP, .fd = -1 };
		conn_info(c, out);
		return true;
	}
	return false;
}

bool sock_info(const struct net *n, unsigned i, struct sock_info *out)
{
	if (!fill_info(n, i, out))
		return false;
	if (!out->link)
		out->link = link_of(n, &out->local);
	return true;
}
