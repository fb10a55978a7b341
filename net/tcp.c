/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP connections: how they are made, found and ended; TIME-WAIT; errors from
 * below.  See tcp.h.  Called by sock.c, icmp.c, net.c and the other tcp_*.c.
 */
#include "net/tcp.h"

#include <errno.h>
#include <string.h>

#include "net/net.h"

static const char *const state_names[] = {
	"CLOSED", "SYN_SENT", "SYN_RCVD", "ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSING", "LAST_ACK"
};

const char *tcp_state_name(enum tcp_conn_state s)
{
	return state_names[s];
}

struct tcp_conn *tcp_conn_new(struct net *n, struct netdev *dev, uint32_t ring_len)
{
	struct tcp_conn *c = net_alloc(n, sizeof *c);

	if (!c)
		return NULL;
	memset(c, 0, sizeof *c);
	c->snd_buf = net_alloc(n, TCP_SEND_RING);
	if (ring_len < TCP_RING_MIN)
		ring_len = TCP_RING_MIN;
	while (c->snd_buf && !(c->ring = net_alloc(n, ring_len)) && ring_len / 2 >= TCP_RING_MIN)
		ring_len /= 2;
	if (!c->ring) {
		net_free(n, c->snd_buf, TCP_SEND_RING);
		net_free(n, c, sizeof *c);
		return NULL;
	}
	c->ring_len = ring_len;
	c->dev = dev;
	c->sock = c->listener = -1;
	c->die_at = c->rexmt_at = c->keep_at = c->delack_at = NET_NEVER;
	c->born_us = c->heard_us = c->progress_us = n->now_us;
	tcp_window_init(c);
	c->rto = TCP_RTO_INITIAL;
	c->next = n->tcp.conns;
	n->tcp.conns = c;
	return c;
}

void tcp_conn_start(struct net *n, struct tcp_conn *c, uint32_t min)
{
	uint32_t ports = (uint32_t)c->local_port << 16 | c->remote_port;

	/* RFC 6528: a clock of 4 us and a keyed hash of the connection */
	c->iss = (uint32_t)(n->now_us / 4) + net_hash(n, c->local.v4, c->remote.v4, ports, 1);
	if (min && seq_le(c->iss, min))
		c->iss = min + 0x10000u;
	c->ts_offset = net_hash(n, c->local.v4, c->remote.v4, ports, 2);
	c->snd_una = c->snd_nxt = c->snd_max = c->recover = c->iss;
	c->mss = TCP_MSS_DEFAULT;
	c->ssthresh = UINT32_MAX;
	c->ts_ok = c->sack_ok = true;
	c->rcv_scale = TCP_WND_SCALE;
}

static void free_ring(struct net *n, struct tcp_conn *c)
{
	net_free(n, c->ring, c->ring_len);
	c->ring = NULL;
	c->ring_len = c->ring_used = 0;
	c->sink = NULL;
	c->sink_len = c->sink_done = 0;
	c->sink_full = false;
	c->held.count = 0;
}

static void destroy(struct net *n, struct tcp_conn *c)
{
	struct tcp_conn **at = &n->tcp.conns;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	free_ring(n, c);
	net_free(n, c->snd_buf, TCP_SEND_RING);
	net_free(n, c, sizeof *c);
}

void tcp_conn_end(struct net *n, struct tcp_conn *c, int error)
{
	c->state = TCP_CLOSED;
	c->error = error;
	c->die_at = c->rexmt_at = c->keep_at = c->delack_at = NET_NEVER;
	c->ack_now = c->ack_pending = false;
	c->snd_len = 0;
	if (c->sock >= 0)
		net_wake(n, c->sock);
	else
		destroy(n, c);
}

struct tcp_time_wait *tcp_time_wait_find(struct net *n, const struct net_addr *local, uint16_t local_port,
					 const struct net_addr *remote,
					 uint16_t remote_port)
{
	for (struct tcp_time_wait *t = n->tcp.time_wait; t < n->tcp.time_wait + TCP_TIME_WAITS; t++)
		if (t->used && t->expires_us > n->now_us && t->local_port == local_port &&
		    t->remote_port == remote_port &&
		    net_addr_equal(&t->remote, remote) && net_addr_equal(&t->local, local))
			return t;
	return NULL;
}

void tcp_conn_time_wait(struct net *n, struct tcp_conn *c)
{
	struct tcp_time_wait *t = n->tcp.time_wait;

	for (struct tcp_time_wait *u = t; u < n->tcp.time_wait + TCP_TIME_WAITS; u++) {
		if (!u->used) {
			t = u;
			break;
		}
		if (u->expires_us < t->expires_us)
			t = u;
	}
	*t = (struct tcp_time_wait){
		.used = true, .ts_ok = c->ts_ok, .local = c->local, .remote = c->remote,
		.local_port = c->local_port, .remote_port = c->remote_port, .snd_nxt = c->snd_max,
		.rcv_nxt = c->rcv_nxt,
		.ts_recent = c->ts_recent, .ts_offset = c->ts_offset, .expires_us = n->now_us + TCP_2MSL };
	tcp_conn_end(n, c, 0);
}

void tcp_conn_abort(struct net *n, struct tcp_conn *c, int error)
{
	if (c->state == TCP_SYN_RCVD || tcp_synced(c)) {
		net_count(n, CNT_tcp_reset_out);
		tcp_send_flags(n, c, c->snd_nxt, TCP_RST | TCP_ACK);
	}
	tcp_conn_end(n, c, error);
}

void tcp_conn_shutdown(struct net *n, struct tcp_conn *c)
{
	if (c->fin_queued)
		return;
	c->fin_queued = true;
	if (c->state == TCP_ESTABLISHED)
		c->state = TCP_FIN_WAIT_1;
	else if (c->state == TCP_CLOSE_WAIT)
		c->state = TCP_LAST_ACK;
	tcp_output(n, c);
}

/* Keeps the number of connections without a user bounded. */
static void bound_orphans(struct net *n)
{
	struct tcp_conn *oldest = NULL;
	unsigned count = 0;

	for (struct tcp_conn *c = n->tcp.conns; c; c = c->next) {
		if (c->sock >= 0 || c->listener >= 0)
			continue;
		count++;
		if (!oldest || c->die_at < oldest->die_at)
			oldest = c;
	}
	if (count > TCP_ORPHANS)
		tcp_conn_abort(n, oldest, 0);
}

void tcp_conn_close(struct net *n, struct tcp_conn *c, bool reset)
{
	bool unread = c->ring_used || c->held.count || (c->sink_done < c->sink_len && !c->fin_rcvd);

	c->sock = c->listener = -1;
	if (c->state == TCP_CLOSED || c->state == TCP_SYN_SENT) {
		tcp_conn_end(n, c, 0);
		return;
	}
	if (reset || unread) {
		tcp_conn_abort(n, c, 0);
		return;
	}
	free_ring(n, c);
	c->die_at = n->now_us + TCP_ORPHAN_LIFE;
	tcp_conn_shutdown(n, c);
	bound_orphans(n);
}

static bool tuple_in_use(const struct net *n, const struct sock *s)
{
	for (const struct tcp_conn *c = n->tcp.conns; c; c = c->next)
		if (c->state != TCP_CLOSED && c->local_port == s->local_port && c->remote_port == s->remote_port &&
		    net_addr_equal(&c->remote, &s->remote) && net_addr_equal(&c->local, &s->local))
			return true;
	return false;
}

int tcp_connect(struct net *n, struct sock *s)
{
	struct tcp_time_wait *tw;
	struct ip_path path;
	struct tcp_conn *c;
	int err = s->link ? ip_route(n, &s->remote, s->link, &path) : ip_route_from(n, &s->remote, &s->local, &path);

	if (err < 0 || net_addr_is_multicast(&s->remote) || ip_is_broadcast(n, &s->remote)) {
		net_count(n, CNT_ip_no_route);
		return -ENETUNREACH;
	}
	if (!s->local.family)
		s->local = path.src;
	if (tuple_in_use(n, s))
		return -EADDRINUSE;
	c = tcp_conn_new(n, path.link->dev, s->rcvbuf ? s->rcvbuf : TCP_RING_DEFAULT);
	if (!c)
		return -ENOMEM;
	c->sock = (int)(s - n->socks);
	c->local = s->local;
	c->local_port = s->local_port;
	c->remote = s->remote;
	c->remote_port = s->remote_port;
	c->opts = s->opts;
	c->rcv_mss = path.mtu - IP_HEADER - TCP_HEADER;
	if (s->opts.mss && s->opts.mss < c->rcv_mss)
		c->rcv_mss = s->opts.mss;
	tw = tcp_time_wait_find(n, &c->local, c->local_port, &c->remote, c->remote_port);
	tcp_conn_start(n, c, tw ? tw->snd_nxt : 0);
	if (tw)
		tw->used = false;
	s->conn = c;
	c->state = TCP_SYN_SENT;
	c->snd_nxt = c->snd_max = c->iss + 1;
	tcp_send_flags(n, c, c->iss, TCP_SYN);
	tcp_timer_arm(n, c);
	return -EINPROGRESS;
}

bool tcp_error(struct net *n, const struct net_addr *local, uint16_t local_port, const struct net_addr *remote,
	       uint16_t remote_port,
	       uint32_t seq, int err, uint16_t mtu)
{
	struct tcp_conn *c = n->tcp.conns;

	while (c && (c->local_port != local_port || c->remote_port != remote_port ||
		     !net_addr_equal(&c->remote, remote) ||
		     !net_addr_equal(&c->local, local)))
		c = c->next;
	/* RFC 5927 4.1: only about what is in flight */
	if (!c || c->state == TCP_CLOSED || seq_lt(seq, c->snd_una) || seq_lt(c->snd_max, seq))
		return false;
	if (err == -EMSGSIZE) {
		/* RFC 1191; 0 comes from routers older than that: RFC 879's default */
		uint32_t room = mtu ? mtu : TCP_MSS_DEFAULT + IP_HEADER + TCP_HEADER;
		uint32_t old = c->mss + (c->ts_ok ? TCP_TS_LEN : 0);
		if (!tcp_synced(c) || room >= old + IP_HEADER + TCP_HEADER)
			return false;
		tcp_set_mss(c, room > IP_HEADER + TCP_HEADER ? room - IP_HEADER - TCP_HEADER : 0);
		c->snd_nxt = c->snd_una;		/* what was in flight was too big: again, in smaller pieces */
		tcp_output(n, c);
		return true;
	}
	/* RFC 5927 5.2: an established connection outlives every ICMP error */
	if (c->state == TCP_SYN_SENT && err != -ETIMEDOUT)
		tcp_conn_end(n, c, err);
	else
		c->soft_error = err;
	return true;
}

void tcp_address_gone(struct net *n, const struct net_addr *a)
{
	struct tcp_conn *c, *next;

	for (c = n->tcp.conns; c; c = next) {
		next = c->next;
		if (net_addr_equal(&c->local, a) && c->state != TCP_CLOSED)
			tcp_conn_end(n, c, -EADDRNOTAVAIL);
	}
	for (struct tcp_time_wait *t = n->tcp.time_wait; t < n->tcp.time_wait + TCP_TIME_WAITS; t++)
		if (net_addr_equal(&t->local, a))
			t->used = false;
}

void tcp_destroy(struct net *n)
{
	while (n->tcp.conns)
		destroy(n, n->tcp.conns);
}
