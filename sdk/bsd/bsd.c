/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POSIX's socket calls over net/sock.h, see bsd.h: connecting, sending,
 * receiving, waiting.  Options and names are in bsd_options.c.  Leaves out
 * out-of-band data, ancillary data, signals.
 */
#include "sdk/bsd/bsd.h"

#include <errno.h>
#include <string.h>

#include "net/bytes.h"
#include "net/net.h"

#define FOR_EVER UINT64_MAX

void bsd_init(struct bsd *b, struct net *n, const struct bsd_ops *ops, uintptr_t owner)
{
	memset(b, 0, sizeof *b);
	b->net = n;
	b->ops = *ops;
	b->owner = owner;
}

void bsd_end(struct bsd *b)
{
	sock_close_owner(b->net, b->owner);
}

static bool ours(const struct bsd *b, int s)
{
	return sock_get(b->net, s, SOCK_OPT_OWNER) == (intptr_t)b->owner;
}

/* The state of a socket of ours, or NULL. */
static struct bsd_state *get(struct bsd *b, int s)
{
	return ours(b, s) ? &b->state[s] : NULL;
}

static int take_address(const struct sockaddr_in *a, socklen_t len, struct net_addr *addr, uint16_t *port)
{
	if (len < sizeof *a)
		return -EINVAL;
	if (a->sin_family != AF_INET)
		return -EAFNOSUPPORT;
	*addr = net_addr_from_bytes((const uint8_t *)&a->sin_addr);
	*port = get_be16((const uint8_t *)&a->sin_port);
	return 0;
}

/* Cut to *len bytes, as POSIX has it; *len is then the whole length. */
static void give_address(struct sockaddr_in *a, socklen_t *len, const struct net_addr *addr, uint16_t port)
{
	struct sockaddr_in whole = { .sin_family = AF_INET };

	if (!a || !len)
		return;
	net_addr_to_bytes(addr, (uint8_t *)&whole.sin_addr);
	put_be16((uint8_t *)&whole.sin_port, port);
	memcpy(a, &whole, *len < sizeof whole ? *len : sizeof whole);
	*len = sizeof whole;
}

static uint64_t deadline(const struct bsd *b, uint64_t span_us)
{
	return span_us ? b->ops.now_us(b->ops.ctx) + span_us : FOR_EVER;
}

/* Waits for an event, unless the call must not: 0, -EAGAIN, which is also what POSIX calls a timeout, or -EINTR... */
static int block(struct bsd *b, int s, unsigned events, int flags, uint64_t deadline_us)
{
	int err;

	if (b->state[s].nonblock || (flags & MSG_DONTWAIT))
		return -EAGAIN;
	err = b->ops.wait(b->ops.ctx, s, events, deadline_us);
	if (err == -ETIMEDOUT)
		return -EAGAIN;
	return err < 0 ? err : ours(b, s) ? 0 : -EBADF;
}

/* A connection's error is reported by one call; after it the stream has ended. */
static int tell(struct bsd *b, int s, int result, int after)
{
	struct bsd_state *st = &b->state[s];

	if (result >= 0 || result == -EAGAIN || !sock_get(b->net, s, SOCK_OPT_CONNECTED) ||
	    result != sock_error(b->net, s))
		return result;
	if (st->told)
		return after;
	st->told = true;
	return result;
}

int bsd_socket(struct bsd *b, int domain, int type, int protocol)
{
	int s;

	if (domain != AF_INET)
		return -EAFNOSUPPORT;
	if (type != SOCK_STREAM && type != SOCK_DGRAM)
		return -EPROTOTYPE;
	if (protocol && protocol != (type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP))
		return -EPROTONOSUPPORT;
	s = sock_open(b->net, type);
	if (s < 0)
		return s;
	sock_set(b->net, s, SOCK_OPT_OWNER, b->owner);
	sock_set(b->net, s, SOCK_OPT_GROUP_TTL, 1);		/* RFC 1112 6.1 */
	b->state[s] = (struct bsd_state){ 0 };
	return s;
}

int bsd_bind(struct bsd *b, int s, const struct sockaddr_in *a, socklen_t len)
{
	struct net_addr addr;
	uint16_t port;
	int err;

	if (!get(b, s))
		return -EBADF;
	err = take_address(a, len, &addr, &port);
	return err < 0 ? err : sock_bind(b->net, s, &addr, port);
}

int bsd_listen(struct bsd *b, int s, int backlog)
{
	if (!get(b, s))
		return -EBADF;
	if (sock_get(b->net, s, SOCK_OPT_TYPE) != SOCK_STREAM)
		return -EOPNOTSUPP;
	return sock_listen(b->net, s, backlog);
}

int bsd_accept(struct bsd *b, int s, struct sockaddr_in *a, socklen_t *len)
{
	struct bsd_state *st = get(b, s);
	uint64_t until;
	struct net_addr addr;
	uint16_t port;
	int fd, err;

	if (!st)
		return -EBADF;
	if (sock_get(b->net, s, SOCK_OPT_TYPE) != SOCK_STREAM)
		return -EOPNOTSUPP;
	until = deadline(b, st->rcv_us);
	while ((fd = sock_accept(b->net, s, &addr, &port)) == -EAGAIN)
		if ((err = block(b, s, SOCK_IN, 0, until)) < 0)
			return err;
	if (fd < 0)
		return fd;
	b->state[fd] = (struct bsd_state){ 0 };
	give_address(a, len, &addr, port);
	return fd;
}

int bsd_connect(struct bsd *b, int s, const struct sockaddr_in *a, socklen_t len)
{
	struct bsd_state *st = get(b, s);
	struct net_addr addr = { 0 };
	uint16_t port = 0;
	int err;

	if (!st)
		return -EBADF;
	if (len < sizeof a->sin_family)
		return -EINVAL;
	err = a->sin_family == AF_UNSPEC ? 0 : take_address(a, len, &addr, &port);
	if (err < 0)
		return err;
	err = sock_connect(b->net, s, &addr, port);
	if (err != -EINPROGRESS)
		return tell(b, s, err, err);
	err = block(b, s, SOCK_OUT, 0, deadline(b, st->snd_us));
	if (err < 0)
		return err == -EAGAIN ? -EINPROGRESS : err;	/* it goes on, whatever the reason */
	err = sock_error(b->net, s);
	return tell(b, s, err, err);
}

int bsd_sendto(struct bsd *b, int s, const void *p, size_t len, int flags, const struct sockaddr_in *a, socklen_t alen)
{
	struct bsd_state *st = get(b, s);
	const uint8_t *from = p;
	size_t done = 0;
	uint64_t until;
	struct net_addr addr;
	uint16_t port;
	int n, err;

	if (!st)
		return -EBADF;
	if (len > INT32_MAX)
		return -EMSGSIZE;
	if (sock_get(b->net, s, SOCK_OPT_TYPE) == SOCK_DGRAM) {
		if (!a)
			return sock_get(b->net, s, SOCK_OPT_CONNECTED) ? sock_send(b->net, s, p, len) : -EDESTADDRREQ;
		err = take_address(a, alen, &addr, &port);
		return err < 0 ? err : sock_sendto(b->net, s, p, len, &addr, port);
	}
	if (a)
		return sock_get(b->net, s, SOCK_OPT_CONNECTED) ? -EISCONN : -EOPNOTSUPP;
	until = deadline(b, st->snd_us);
	do {
		n = tell(b, s, sock_send(b->net, s, from + done, len - done), -EPIPE);
		if (n >= 0)
			done += (size_t)n;
		else if (n != -EAGAIN || (n = block(b, s, SOCK_OUT, flags, until)) < 0)
			return done ? (int)done : n;
	} while (done < len);
	return (int)done;
}

int bsd_send(struct bsd *b, int s, const void *p, size_t len, int flags)
{
	return bsd_sendto(b, s, p, len, flags, NULL, 0);
}

/* One look at what there is; 0 at the end of a stream. */
static int receive(struct bsd *b, int s, void *p, size_t len, int flags, struct net_addr *addr, uint16_t *port)
{
	int n;

	if (flags & MSG_PEEK)
		n = sock_peek(b->net, s, p, len, addr, port);
	else if (sock_get(b->net, s, SOCK_OPT_TYPE) == SOCK_DGRAM)
		n = sock_recvfrom(b->net, s, p, len, addr, port);
	else
		n = sock_recv(b->net, s, p, len);
	if (n == -EAGAIN && b->state[s].read_shut)
		return 0;
	return tell(b, s, n, 0);
}

int bsd_recvfrom(struct bsd *b, int s, void *p, size_t len, int flags, struct sockaddr_in *a, socklen_t *alen)
{
	struct bsd_state *st = get(b, s);
	bool stream, all;
	uint8_t *to = p;
	size_t done = 0;
	uint64_t until;
	struct net_addr addr = { 0 };
	uint16_t port = 0;
	int n;

	if (!st)
		return -EBADF;
	stream = sock_get(b->net, s, SOCK_OPT_TYPE) == SOCK_STREAM;
	all = stream && (flags & (MSG_WAITALL | MSG_PEEK)) == MSG_WAITALL;
	until = deadline(b, st->rcv_us);
	if (len > INT32_MAX)
		len = INT32_MAX;
	do {
		n = receive(b, s, to + done, len - done, flags, &addr, &port);
		if (n > 0)
			done += (size_t)n;
		else if (n != -EAGAIN || (n = block(b, s, SOCK_IN, flags, until)) < 0)
			break;
		else
			continue;
		if (!all)
			break;
	} while (done < len);
	if (n < 0 && !done)
		return n;
	if (stream)
		sock_getpeername(b->net, s, &addr, &port);
	give_address(a, alen, &addr, port);
	return (int)done;
}

int bsd_recv(struct bsd *b, int s, void *p, size_t len, int flags)
{
	return bsd_recvfrom(b, s, p, len, flags, NULL, NULL);
}

int bsd_shutdown(struct bsd *b, int s, int how)
{
	struct bsd_state *st = get(b, s);

	if (!st)
		return -EBADF;
	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	if (!sock_get(b->net, s, SOCK_OPT_CONNECTED))
		return -ENOTCONN;
	st->read_shut = st->read_shut || how != SHUT_WR;
	if (how == SHUT_RD || sock_get(b->net, s, SOCK_OPT_TYPE) == SOCK_DGRAM)
		return 0;
	return sock_shutdown(b->net, s);
}

int bsd_close(struct bsd *b, int s)
{
	struct bsd_state *st = get(b, s);

	if (!st)
		return -EBADF;
	return st->linger.l_onoff && !st->linger.l_linger ? sock_abort(b->net, s) : sock_close(b->net, s);
}

static short poll_events(const struct bsd *b, int s)
{
	if (!ours(b, s))
		return POLLNVAL;
	unsigned ev = sock_events(b->net, s);
	bool end = b->state[s].read_shut;
	bool over = (ev & (SOCK_HUP | SOCK_OUT)) == SOCK_HUP && sock_get(b->net, s, SOCK_OPT_OVER);
	return (short)((ev & SOCK_IN || end ? POLLIN | POLLRDNORM : 0) |
		       (ev & SOCK_OUT || over ? POLLOUT | POLLWRNORM : 0) | (ev & SOCK_HUP ? POLLRDHUP : 0) |
		       (ev & SOCK_ERR && !b->state[s].told ? POLLERR : 0) | (over ? POLLHUP : 0));
}

int bsd_poll(struct bsd *b, struct pollfd *fds, unsigned count, int timeout_ms)
{
	uint64_t until = timeout_ms < 0 ? FOR_EVER : b->ops.now_us(b->ops.ctx) + (uint64_t)timeout_ms * 1000;
	int ready, err = 0;

	for (;;) {
		ready = 0;
		for (struct pollfd *f = fds; f < fds + count; f++) {
			f->revents = f->fd < 0 ? 0 :
				     (short)(poll_events(b, f->fd) & (f->events | POLLERR | POLLHUP | POLLNVAL));
			ready += f->revents != 0;
		}
		if (ready || err == -ETIMEDOUT || !timeout_ms)
			return ready;
		if (err < 0)
			return err;
		err = b->ops.wait(b->ops.ctx, -1, 0, until);
	}
}

int bsd_select(struct bsd *b, int nfds, uint64_t *rd, uint64_t *wr, uint64_t *ex, const struct timeval *timeout)
{
	struct pollfd fds[NET_SOCKS];
	uint64_t in = rd ? *rd : 0, out = wr ? *wr : 0, wanted = in | out | (ex ? *ex : 0), got_in = 0, got_out = 0;
	int64_t ms = timeout ? (int64_t)timeout->tv_sec * 1000 + (timeout->tv_usec + 999) / 1000 : -1;
	unsigned count = 0;
	int n, bits = 0;

	if (nfds < 0 || nfds > NET_SOCKS ||
	    (timeout && (timeout->tv_sec < 0 || timeout->tv_usec < 0 || timeout->tv_usec >= 1000000)))
		return -EINVAL;
	for (int s = 0; s < nfds; s++)
		if (wanted >> s & 1)
			fds[count++] = (struct pollfd){
				.fd = s, .events = (short)((in >> s & 1 ? POLLIN : 0) | (out >> s & 1 ? POLLOUT : 0)),
			};
	n = bsd_poll(b, fds, count, ms > INT32_MAX ? INT32_MAX : (int)ms);
	if (n < 0)
		return n;
	for (struct pollfd *f = fds; f < fds + count; f++) {
		uint64_t bit = UINT64_C(1) << f->fd;
		if (f->revents & POLLNVAL)
			return -EBADF;
		if ((in & bit) && (f->revents & (POLLIN | POLLHUP | POLLERR)))
			got_in |= bit, bits++;
		if ((out & bit) && (f->revents & (POLLOUT | POLLERR)))
			got_out |= bit, bits++;
	}
	if (rd)
		*rd = got_in;
	if (wr)
		*wr = got_out;
	if (ex)
		*ex = 0;
	return bits;
}

int bsd_getsockname(struct bsd *b, int s, struct sockaddr_in *a, socklen_t *len)
{
	struct net_addr addr;
	uint16_t port;

	if (!get(b, s))
		return -EBADF;
	sock_getsockname(b->net, s, &addr, &port);
	give_address(a, len, &addr, port);
	return 0;
}

int bsd_getpeername(struct bsd *b, int s, struct sockaddr_in *a, socklen_t *len)
{
	struct net_addr addr;
	uint16_t port;
	int err;

	if (!get(b, s))
		return -EBADF;
	err = sock_getpeername(b->net, s, &addr, &port);
	if (!err)
		give_address(a, len, &addr, port);
	return err;
}

int bsd_nonblock(struct bsd *b, int s, int on)
{
	struct bsd_state *st = get(b, s);

	if (!st)
		return -EBADF;
	if (on >= 0)
		st->nonblock = on;
	return st->nonblock;
}
