/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The descriptor table and the calls on it, see sock.h.  Called by the
 * services; calls tcp.c and udp.c.
 */
#include "net/sock.h"

#include <errno.h>
#include <string.h>

#include "net/net.h"
#include "net/udp.h"

#define PORT_FIRST 49152u	/* RFC 6335 6: the dynamic ports */
#define BACKLOG_MAX 16

struct sock *sock_of(const struct net *n, int s)
{
	return s >= 0 && s < NET_SOCKS && n->socks[s].type ? (struct sock *)&n->socks[s] : NULL;
}

int sock_open(struct net *n, int type)
{
	if (type != SOCK_TCP && type != SOCK_UDP)
		return -EINVAL;
	for (int s = 0; s < NET_SOCKS; s++) {
		if (n->socks[s].type)
			continue;
		n->socks[s] = (struct sock){
			.type = (uint8_t)type,
			.opts = { .ttl = IP_TTL, .group_ttl = IP_TTL, .keep_interval_s = TCP_KEEP_INTERVAL_S,
				  .keep_probes = TCP_KEEP_PROBES },
			.rcvbuf = type == SOCK_UDP ? UDP_QUEUE_DEFAULT : 0,
		};
		return s;
	}
	return -EMFILE;
}

/*
 * Whether another socket of that kind has the port on an address that overlaps
 * addr.  Connections do not count: their four-tuple is what must be unique.
 */
static bool port_taken(const struct net *n, const struct sock *me, const struct net_addr *addr, uint16_t port)
{
	for (const struct sock *s = n->socks; s < n->socks + NET_SOCKS; s++)
		if (s != me && s->type == me->type && s->local_port == port && !s->conn &&
		    !(s->reuse && me->reuse && me->type == SOCK_UDP) &&
		    (!addr->family || !s->local.family || net_addr_equal(&s->local, addr)))
			return true;
	return false;
}

/* A free dynamic port, hard to guess (RFC 6056 3.3.1); 0: none. */
static uint16_t choose_port(struct net *n, const struct sock *me)
{
	const struct net_addr any = { 0 };
	uint32_t span = 65536u - PORT_FIRST, start = net_random(n) % span;

	for (uint32_t i = 0; i < span; i++) {
		uint16_t port = (uint16_t)(PORT_FIRST + (start + i) % span);
		bool waits = false;
		for (const struct tcp_time_wait *t = n->tcp.time_wait; t < n->tcp.time_wait + TCP_TIME_WAITS; t++)
			waits = waits || (t->used && t->local_port == port);
		for (const struct tcp_conn *c = n->tcp.conns; c; c = c->next)
			waits = waits || c->local_port == port;
		if (!waits && !port_taken(n, me, &any, port))
			return port;
	}
	return 0;
}

int sock_bind(struct net *n, int s, const struct net_addr *addr, uint16_t port)
{
	struct net_addr local = addr ? *addr : (struct net_addr){ 0 };
	struct sock *k = sock_of(n, s);

	if (!k)
		return -EBADF;
	if (k->local_port)
		return -EINVAL;
	if (local.family && !link_of(n, &local))
		return -EADDRNOTAVAIL;
	if (port && port_taken(n, k, &local, port))
		return -EADDRINUSE;
	if (!port)
		port = choose_port(n, k);
	if (!port)
		return -EADDRINUSE;
	k->local = local;
	k->local_port = port;
	return 0;
}

/* Gives k a port if it has none. */
static int auto_bind(struct net *n, int s, const struct sock *k)
{
	return k->local_port ? 0 : sock_bind(n, s, &k->local, 0);
}

int sock_listen(struct net *n, int s, int backlog)
{
	struct sock *k = sock_of(n, s);
	int err;

	if (!k)
		return -EBADF;
	if (k->type != SOCK_TCP || k->conn)
		return -EINVAL;
	err = auto_bind(n, s, k);
	if (err < 0)
		return err;
	k->backlog = (uint8_t)(backlog < 1 ? 1 : backlog > BACKLOG_MAX ? BACKLOG_MAX : backlog);
	k->listening = true;
	return 0;
}

int sock_accept(struct net *n, int s, struct net_addr *addr, uint16_t *port)
{
	struct sock *k = sock_of(n, s), *a;
	struct tcp_conn *c;
	int fd;

	if (!k)
		return -EBADF;
	if (!k->listening)
		return -EINVAL;
	c = tcp_accept(n, s);
	if (!c)
		return -EAGAIN;
	fd = sock_open(n, SOCK_TCP);
	if (fd < 0)
		return fd;
	a = &n->socks[fd];
	a->owner = k->owner;
	a->opts = k->opts;
	a->local = c->local;
	a->local_port = c->local_port;
	a->remote = c->remote;
	a->remote_port = c->remote_port;
	a->conn = c;
	c->sock = fd;
	c->listener = -1;
	if (addr)
		*addr = c->remote;
	if (port)
		*port = c->remote_port;
	return fd;
}

int sock_connect(struct net *n, int s, const struct net_addr *addr, uint16_t port)
{
	struct sock *k = sock_of(n, s);
	int err;

	if (!k)
		return -EBADF;
	if (k->listening)
		return -EINVAL;
	if (k->conn) {
		if (k->conn->error)
			return k->conn->error;
		return k->conn->state == TCP_SYN_SENT || k->conn->state == TCP_SYN_RCVD ? -EALREADY : -EISCONN;
	}
	if (k->type == SOCK_UDP && !addr->family) {
		k->connected = false;
		return 0;
	}
	if (!addr->family || !port)
		return -EINVAL;
	err = auto_bind(n, s, k);
	if (err < 0)
		return err;
	k->remote = *addr;
	k->remote_port = port;
	if (k->type == SOCK_TCP)
		return tcp_connect(n, k);
	k->connected = true;
	return 0;
}

static int tcp_send(struct net *n, struct tcp_conn *c, const void *buf, size_t len)
{
	if (!c)
		return -ENOTCONN;
	if (c->error)
		return c->error;
	if (c->fin_queued || c->state == TCP_CLOSED)
		return -EPIPE;
	if (!tcp_can_send(c))
		return -EAGAIN;
	if (!len)
		return 0;
	len = tcp_send_put(c, buf, len);
	if (!len)
		return -EAGAIN;
	tcp_output(n, c);
	return (int)len;
}

int sock_send(struct net *n, int s, const void *buf, size_t len)
{
	struct sock *k = sock_of(n, s);

	if (!k)
		return -EBADF;
	if (k->type == SOCK_TCP)
		return tcp_send(n, k->conn, buf, len);
	if (!k->connected)
		return -ENOTCONN;
	return sock_sendto(n, s, buf, len, &k->remote, k->remote_port);
}

int sock_sendto(struct net *n, int s, const void *buf, size_t len, const struct net_addr *addr, uint16_t port)
{
	struct sock *k = sock_of(n, s);
	int err;

	if (!k)
		return -EBADF;
	if (k->type != SOCK_UDP || !port)
		return -EINVAL;
	err = k->error;
	k->error = 0;
	if (!err)
		err = auto_bind(n, s, k);
	return err < 0 ? err : udp_send(n, k, buf, len, addr, port);
}

/* Whether a sink stands between the user and the ring. */
static bool sink_fills(const struct tcp_conn *c)
{
	return c->sink_done < c->sink_len;
}

static int tcp_recv(struct net *n, struct tcp_conn *c, void *buf, size_t len, bool peek)
{
	size_t got = 0;

	if (!c)
		return -ENOTCONN;
	c->sink_full = false;
	if (len > INT32_MAX)
		len = INT32_MAX;
	if (!sink_fills(c))
		got = peek ? tcp_recv_peek(c, buf, len) : tcp_recv_read(n, c, buf, len);
	if (got || !len)
		return (int)got;
	if (c->error)
		return c->error;
	return c->fin_rcvd || c->state == TCP_CLOSED ? 0 : -EAGAIN;
}

int sock_recv(struct net *n, int s, void *buf, size_t len)
{
	struct sock *k = sock_of(n, s);

	if (!k)
		return -EBADF;
	return k->type == SOCK_TCP ? tcp_recv(n, k->conn, buf, len, false) : sock_recvfrom(n, s, buf, len, NULL, NULL);
}

int sock_recvfrom(struct net *n, int s, void *buf, size_t len, struct net_addr *addr, uint16_t *port)
{
	struct sock *k = sock_of(n, s);
	int err;

	if (!k)
		return -EBADF;
	if (k->type != SOCK_UDP)
		return -EINVAL;
	err = k->error;
	k->error = 0;
	return err ? err : udp_recv(n, k, buf, len, addr, port);
}

int sock_peek(struct net *n, int s, void *buf, size_t len, struct net_addr *addr, uint16_t *port)
{
	struct sock *k = sock_of(n, s);

	if (!k)
		return -EBADF;
	if (k->type == SOCK_TCP)
		return tcp_recv(n, k->conn, buf, len, true);
	return k->error ? k->error : udp_peek(k, buf, len, addr, port);
}

int sock_sink(struct net *n, int s, void *base, size_t len)
{
	struct sock *k = sock_of(n, s);

	if (!k)
		return -EBADF;
	return k->conn ? tcp_recv_sink(n, k->conn, base, len) : -ENOTCONN;
}

size_t sock_sink_done(const struct net *n, int s)
{
	const struct sock *k = sock_of(n, s);

	return k && k->conn ? k->conn->sink_done : 0;
}

int sock_shutdown(struct net *n, int s)
{
	struct sock *k = sock_of(n, s);

	if (!k)
		return -EBADF;
	if (!k->conn || k->conn->state == TCP_CLOSED)
		return -ENOTCONN;
	tcp_conn_shutdown(n, k->conn);
	return 0;
}

static int let_go(struct net *n, int s, bool reset)
{
	struct sock *k = sock_of(n, s);
	struct tcp_conn *c;

	if (!k)
		return -EBADF;
	udp_flush(n, k);
	sock_leave_groups(n, k);
	if (k->listening)
		tcp_listen_close(n, s);
	c = k->conn;
	*k = (struct sock){ 0 };
	if (c)
		tcp_conn_close(n, c, reset);
	net_wake(n, s);			/* whoever waits for it learns that it is gone */
	return 0;
}

int sock_close(struct net *n, int s)
{
	return let_go(n, s, false);
}

int sock_abort(struct net *n, int s)
{
	return let_go(n, s, true);
}

void sock_close_owner(struct net *n, uintptr_t owner)
{
	for (int s = 0; s < NET_SOCKS; s++)
		if (n->socks[s].type && n->socks[s].owner == owner)
			(void)sock_abort(n, s);
}

static unsigned conn_events(const struct tcp_conn *c)
{
	unsigned ev = 0;

	if (c->error)
		ev |= SOCK_ERR | SOCK_IN;
	if (c->fin_rcvd || c->state == TCP_CLOSED)
		ev |= SOCK_HUP | SOCK_IN;
	if (c->sink_full || (c->ring_used && !sink_fills(c)))
		ev |= SOCK_IN;
	if (tcp_can_send(c) && c->snd_len < TCP_SEND_RING)
		ev |= SOCK_OUT;
	return ev;
}

unsigned sock_events(const struct net *n, int s)
{
	const struct sock *k = sock_of(n, s);

	if (!k)
		return SOCK_ERR;
	if (k->type == SOCK_UDP)
		return SOCK_OUT | (k->head ? SOCK_IN : 0) | (k->error ? SOCK_ERR | SOCK_IN : 0);
	if (k->listening)
		return tcp_accept(n, s) ? SOCK_IN : 0;
	return k->conn ? conn_events(k->conn) : 0;
}

int sock_error(struct net *n, int s)
{
	struct sock *k = sock_of(n, s);
	int err;

	if (!k)
		return -EBADF;
	if (k->conn)
		return k->conn->error;
	err = k->error;
	k->error = 0;
	return err;
}

int sock_getsockname(const struct net *n, int s, struct net_addr *addr, uint16_t *port)
{
	const struct sock *k = sock_of(n, s);
	struct ip_path path;

	if (!k)
		return -EBADF;
	if (addr)
		*addr = k->connected && !k->local.family && ip_route(n, &k->remote, k->link, &path) == 0 ? path.src :
			k->local;
	if (port)
		*port = k->local_port;
	return 0;
}

int sock_getpeername(const struct net *n, int s, struct net_addr *addr, uint16_t *port)
{
	const struct sock *k = sock_of(n, s);

	if (!k)
		return -EBADF;
	if (!k->conn && !k->connected)
		return -ENOTCONN;
	if (addr)
		*addr = k->remote;
	if (port)
		*port = k->remote_port;
	return 0;
}
