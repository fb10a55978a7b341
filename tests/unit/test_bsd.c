/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POSIX's socket calls between two hosts on a simulated wire: a waiting call
 * lets simulated time pass, and the other side act.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "net/bytes.h"
#include "sdk/bsd/bsd.h"
#include "tests/unit/net_wire.h"

static struct wire w;
static struct bsd A, B;
static void (*meanwhile)(void);		/* what the other side does while this one waits */
static bool again;			/* each time, not only once */

static uint64_t now_us(void *ctx)
{
	(void)ctx;
	return w.now_us;
}

static int wait_for(void *ctx, int s, unsigned events, uint64_t deadline_us)
{
	struct net *n = ctx;
	uint64_t begun = w.now_us, limit = deadline_us < begun + 200000000 ? deadline_us : begun + 200000000;
	void (*act)(void) = meanwhile;

	meanwhile = NULL;
	if (act)
		act();
	if (again)
		meanwhile = act;
	events |= SOCK_ERR | SOCK_HUP;
	do {
		if (s >= 0 && (sock_events(n, s) & events))
			return 1;
		wire_step(&w, s >= 0 ? limit : w.now_us + 1000 < limit ? w.now_us + 1000 : limit);
		if (s < 0 && w.now_us < limit)
			return 0;
	} while (w.now_us < limit);
	if (s >= 0 && (sock_events(n, s) & events))
		return 1;
	assert_true(deadline_us != UINT64_MAX);		/* else it would hang */
	return -ETIMEDOUT;
}

static int lookup(void *ctx, const char *name, struct net_addr *addrs, unsigned max, uint64_t deadline_us)
{
	(void)ctx;
	(void)deadline_us;
	if (strcmp(name, "two.example"))
		return strcmp(name, "slow.example") ? -ENOENT : -ETIMEDOUT;
	assert_true(max >= 2);
	addrs[0] = net_addr_v4(HOST_IP(1));
	addrs[1] = net_addr_v4(HOST_IP(0));
	return 2;
}

static int setup(void **state)
{
	struct bsd_ops ops = { now_us, wait_for, lookup, NULL };
	(void)state;
	wire_init(&w, 5);
	ops.ctx = &w.host[0].net;
	bsd_init(&A, &w.host[0].net, &ops, 0x1000);
	ops.ctx = &w.host[1].net;
	bsd_init(&B, &w.host[1].net, &ops, 0x2000);
	meanwhile = NULL;
	again = false;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bsd_end(&A);
	bsd_end(&B);
	wire_run(&w, 300000000);
	return wire_done(&w) ? 0 : -1;
}

static struct sockaddr_in at(unsigned host, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	put_be32((uint8_t *)&a.sin_addr, host < 2 ? HOST_IP(host) : 0);
	put_be16((uint8_t *)&a.sin_port, port);
	return a;
}

static void expect_address(const struct sockaddr_in *a, socklen_t len, unsigned host, uint16_t port)
{
	struct sockaddr_in want = at(host, port);
	assert_int_equal(len, sizeof want);
	assert_memory_equal(a, &want, sizeof want);
}

static int stream(struct bsd *b)
{
	int s = bsd_socket(b, AF_INET, SOCK_STREAM, 0);
	assert_true(s >= 0);
	return s;
}

static int l, c, s;			/* B's listener, A's client, B's end of it */

static void serve(void)
{
	struct sockaddr_in a = at(9, 80);
	l = stream(&B);
	assert_int_equal(bsd_bind(&B, l, &a, sizeof a), 0);
	assert_int_equal(bsd_listen(&B, l, 4), 0);
}

static void connect_pair(void)
{
	struct sockaddr_in a = at(1, 80), from;
	socklen_t len = sizeof from;
	uint16_t port;

	serve();
	c = stream(&A);
	assert_int_equal(bsd_connect(&A, c, &a, sizeof a), 0);
	s = bsd_accept(&B, l, &from, &len);
	assert_true(s >= 0);
	sock_getsockname(A.net, c, NULL, &port);
	expect_address(&from, len, 0, port);
	len = sizeof from;
	assert_int_equal(bsd_getpeername(&A, c, &from, &len), 0);
	expect_address(&from, len, 1, 80);
	len = 4;
	memset(&from, 0xee, sizeof from);
	assert_int_equal(bsd_getsockname(&B, s, &from, &len), 0);
	assert_int_equal(len, sizeof from);			/* cut, but the whole length told */
	assert_int_equal(((uint8_t *)&from)[4], 0xee);
}

static void server_answers(void)
{
	char buf[16];
	assert_int_equal(bsd_recv(&B, s, buf, sizeof buf, 0), 4);
	assert_int_equal(bsd_send(&B, s, "pong", 4, 0), 4);
}

static void server_closes(void)
{
	assert_int_equal(bsd_close(&B, s), 0);
}

static void request_and_answer(void **state)
{
	struct pollfd p;
	char buf[16];
	(void)state;
	connect_pair();
	p = (struct pollfd){ .fd = c, .events = POLLRDNORM | POLLRDHUP };
	assert_int_equal(bsd_send(&A, c, "ping", 4, 0), 4);
	meanwhile = server_answers;
	assert_int_equal(bsd_recv(&A, c, buf, sizeof buf, MSG_PEEK), 4);
	assert_int_equal(bsd_recv(&A, c, buf, sizeof buf, 0), 4);	/* still there */
	assert_memory_equal(buf, "pong", 4);
	assert_int_equal(bsd_recv(&A, c, buf, sizeof buf, MSG_DONTWAIT), -EAGAIN);
	assert_int_equal(bsd_poll(&A, &p, 1, 0), 0);
	meanwhile = server_closes;
	assert_int_equal(bsd_recv(&A, c, buf, sizeof buf, 0), 0);
	assert_int_equal(bsd_recv(&A, c, buf, sizeof buf, 0), 0);
	assert_int_equal(bsd_poll(&A, &p, 1, 0), 1);
	assert_int_equal(p.revents, POLLRDNORM | POLLRDHUP);
}

static void nonblocking(void **state)
{
	struct sockaddr_in a = at(1, 80);
	struct pollfd p;
	int err = 77;
	socklen_t len = sizeof err;
	(void)state;
	serve();
	c = stream(&A);
	assert_int_equal(bsd_nonblock(&A, c, -1), 0);
	assert_int_equal(bsd_nonblock(&A, c, 1), 1);
	assert_int_equal(bsd_connect(&A, c, &a, sizeof a), -EINPROGRESS);
	assert_int_equal(bsd_connect(&A, c, &a, sizeof a), -EALREADY);
	p = (struct pollfd){ .fd = c, .events = POLLIN | POLLOUT };
	assert_int_equal(bsd_poll(&A, &p, 1, 0), 0);
	p.events |= POLLWRNORM | POLLRDNORM | POLLRDHUP;
	assert_int_equal(bsd_poll(&A, &p, 1, -1), 1);
	assert_int_equal(p.revents, POLLOUT | POLLWRNORM);
	assert_int_equal(bsd_getsockopt(&A, c, SOL_SOCKET, SO_ERROR, &err, &len), 0);
	assert_int_equal(err, 0);
	assert_int_equal(bsd_connect(&A, c, &a, sizeof a), -EISCONN);
	assert_int_equal(bsd_recv(&A, c, &err, 1, 0), -EAGAIN);
	assert_int_equal(bsd_nonblock(&B, l, 1), 1);
	wire_run(&w, 100000);
	assert_true(bsd_accept(&B, l, NULL, NULL) >= 0);
	assert_int_equal(bsd_accept(&B, l, NULL, NULL), -EAGAIN);
	p = (struct pollfd){ .fd = 1000000, .events = POLLIN };
	assert_int_equal(bsd_poll(&A, &p, 1, -1), 1);
	assert_int_equal(p.revents, POLLNVAL);
}

static void errors_are_told_once(void **state)
{
	struct sockaddr_in a = at(1, 81);		/* nobody listens there */
	struct pollfd p;
	char byte;
	int err;
	socklen_t len = sizeof err;
	(void)state;
	c = stream(&A);
	assert_int_equal(bsd_connect(&A, c, &a, sizeof a), -ECONNREFUSED);
	assert_int_equal(bsd_getsockopt(&A, c, SOL_SOCKET, SO_ERROR, &err, &len), 0);
	assert_int_equal(err, 0);			/* connect has told it */
	assert_int_equal(bsd_close(&A, c), 0);
	c = stream(&A);
	bsd_nonblock(&A, c, 1);
	assert_int_equal(bsd_connect(&A, c, &a, sizeof a), -EINPROGRESS);
	p = (struct pollfd){ .fd = c, .events = POLLOUT };
	assert_int_equal(bsd_poll(&A, &p, 1, 1000), 1);
	assert_int_equal(p.revents, POLLOUT | POLLERR | POLLHUP);
	assert_int_equal(bsd_getsockopt(&A, c, SOL_SOCKET, SO_ERROR, &err, &len), 0);
	assert_int_equal(err, ECONNREFUSED);
	assert_int_equal(bsd_getsockopt(&A, c, SOL_SOCKET, SO_ERROR, &err, &len), 0);
	assert_int_equal(err, 0);
	assert_int_equal(bsd_recv(&A, c, &byte, 1, 0), 0);
	assert_int_equal(bsd_send(&A, c, &byte, 1, 0), -EPIPE);
	assert_int_equal(bsd_poll(&A, &p, 1, 1000), 1);
	assert_int_equal(p.revents, POLLOUT | POLLHUP);
}

static void reset_then_end(void **state)
{
	struct linger now = { 1, 0 }, kept = { 1, 20 };
	socklen_t len = sizeof kept;
	char byte;
	(void)state;
	connect_pair();
	assert_int_equal(bsd_setsockopt(&B, s, SOL_SOCKET, SO_LINGER, &kept, sizeof kept), 0);
	kept.l_linger = 0;
	assert_int_equal(bsd_getsockopt(&B, s, SOL_SOCKET, SO_LINGER, &kept, &len), 0);
	assert_int_equal(kept.l_onoff, 1);
	assert_int_equal(kept.l_linger, 20);
	assert_int_equal(bsd_setsockopt(&B, s, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
	meanwhile = server_closes;
	assert_int_equal(bsd_recv(&A, c, &byte, 1, 0), -ECONNRESET);
	assert_int_equal(bsd_recv(&A, c, &byte, 1, 0), 0);
	assert_int_equal(bsd_send(&A, c, "x", 1, 0), -EPIPE);
}

static void timeouts(void **state)
{
	struct timeval t = { .tv_sec = 2, .tv_usec = 500000 }, got;
	static uint8_t big[100000];
	uint64_t begun;
	socklen_t len = sizeof got;
	int n;
	(void)state;
	connect_pair();
	assert_int_equal(bsd_setsockopt(&A, c, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t), 0);
	assert_int_equal(bsd_getsockopt(&A, c, SOL_SOCKET, SO_RCVTIMEO, &got, &len), 0);
	assert_memory_equal(&got, &t, sizeof t);
	begun = w.now_us;
	assert_int_equal(bsd_recv(&A, c, big, 1, 0), -EAGAIN);
	assert_in_range(w.now_us - begun, 2500000, 2501000);
	t.tv_usec = 1000000;
	assert_int_equal(bsd_setsockopt(&A, c, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t), -EDOM);
	/* nobody reads at the other end: what was taken is told, then EAGAIN */
	t.tv_usec = 0;
	assert_int_equal(bsd_setsockopt(&A, c, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t), 0);
	n = bsd_send(&A, c, big, sizeof big, 0);
	assert_true(n > 0 && n < (int)sizeof big);
	assert_int_equal(bsd_send(&A, c, big, sizeof big, 0), -EAGAIN);
	begun = w.now_us;
	assert_int_equal(bsd_accept(&A, c, NULL, NULL), -EINVAL);	/* it does not listen */
	assert_int_equal(w.now_us, begun);
}

static size_t taken;

static void reader(void)
{
	static uint8_t buf[300000];
	int n;
	while ((n = bsd_recv(&B, s, buf, sizeof buf, MSG_DONTWAIT)) > 0)
		taken += (size_t)n;
}

static void blocking_send_takes_it_all(void **state)
{
	static uint8_t big[200000];
	(void)state;
	connect_pair();
	taken = 0;
	meanwhile = reader;
	again = true;
	assert_int_equal(bsd_send(&A, c, big, sizeof big, MSG_NOSIGNAL), sizeof big);
	wire_run(&w, 100000);
	reader();
	assert_int_equal(taken, sizeof big);
}

static void wait_all(void)
{
	bsd_send(&B, s, "def", 3, 0);
	bsd_shutdown(&B, s, SHUT_WR);
}

static void shutdown_and_waitall(void **state)
{
	char buf[16];
	(void)state;
	connect_pair();
	bsd_send(&B, s, "abc", 3, 0);
	wire_run(&w, 100000);
	meanwhile = wait_all;
	assert_int_equal(bsd_recv(&A, c, buf, 10, MSG_WAITALL), 6);	/* the end came first */
	assert_memory_equal(buf, "abcdef", 6);
	assert_int_equal(bsd_recv(&A, c, buf, 10, 0), 0);
	assert_int_equal(bsd_send(&A, c, "still", 5, 0), 5);		/* the other half lives */
	assert_int_equal(bsd_recv(&B, s, buf, 10, 0), 5);
	assert_int_equal(bsd_shutdown(&B, s, SHUT_RD), 0);
	assert_int_equal(bsd_recv(&B, s, buf, 10, 0), 0);
	assert_int_equal(bsd_shutdown(&A, c, 7), -EINVAL);
	assert_int_equal(bsd_shutdown(&A, c, SHUT_RDWR), 0);
	assert_int_equal(bsd_send(&A, c, "x", 1, 0), -EPIPE);
}

static void datagrams(void **state)
{
	struct sockaddr_in a = at(9, 53), from, to = at(1, 53);
	socklen_t len = sizeof from;
	int x = bsd_socket(&B, AF_INET, SOCK_DGRAM, IPPROTO_UDP), y = bsd_socket(&A, AF_INET, SOCK_DGRAM, 0);
	struct timeval t = { .tv_sec = 1 };
	char buf[16];
	int on = 1;
	(void)state;
	assert_int_equal(bsd_bind(&B, x, &a, sizeof a), 0);
	assert_int_equal(bsd_send(&A, y, "q", 1, 0), -EDESTADDRREQ);
	assert_int_equal(bsd_sendto(&A, y, "question", 8, 0, &to, sizeof to), 8);
	assert_int_equal(bsd_recvfrom(&B, x, buf, 4, 0, &from, &len), 4);	/* the rest is lost */
	assert_int_equal(len, sizeof from);
	assert_int_equal(bsd_sendto(&B, x, "", 0, 0, &from, len), 0);
	assert_int_equal(bsd_recv(&A, y, buf, sizeof buf, 0), 0);		/* an empty datagram */
	assert_int_equal(bsd_setsockopt(&A, y, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t), 0);
	assert_int_equal(bsd_recv(&A, y, buf, sizeof buf, 0), -EAGAIN);
	to = at(1, 54);
	assert_int_equal(bsd_connect(&A, y, &to, sizeof to), 0);
	assert_int_equal(bsd_send(&A, y, "anyone?", 7, 0), 7);
	assert_int_equal(bsd_recv(&A, y, buf, sizeof buf, 0), -ECONNREFUSED);	/* ICMP said so */
	to.sin_family = AF_UNSPEC;
	assert_int_equal(bsd_connect(&A, y, &to, sizeof to), 0);
	assert_int_equal(bsd_send(&A, y, "q", 1, 0), -EDESTADDRREQ);
	to = at(9, 67);
	to.sin_addr = 0xffffffff;
	assert_int_equal(bsd_sendto(&A, y, "q", 1, 0, &to, sizeof to), -EACCES);
	assert_int_equal(bsd_setsockopt(&A, y, SOL_SOCKET, SO_BROADCAST, &on, sizeof on), 0);
	assert_int_equal(bsd_sendto(&A, y, "q", 1, 0, &to, sizeof to), 1);
}

static void selects(void **state)
{
	uint64_t rd, wr, ex;
	struct timeval t = { .tv_sec = 1 };
	uint64_t begun;
	(void)state;
	connect_pair();
	rd = wr = ex = UINT64_C(1) << c;
	assert_int_equal(bsd_select(&A, c + 1, &rd, &wr, &ex, NULL), 1);
	assert_true(!rd && wr == UINT64_C(1) << c && !ex);
	rd = UINT64_C(1) << c;
	begun = w.now_us;
	assert_int_equal(bsd_select(&A, c + 1, &rd, NULL, NULL, &t), 0);
	assert_in_range(w.now_us - begun, 1000000, 1010000);
	bsd_send(&B, s, "x", 1, 0);
	rd = UINT64_C(1) << c;
	assert_int_equal(bsd_select(&A, NET_SOCKS, &rd, NULL, NULL, &t), 1);
	rd = UINT64_C(1) << 40;
	assert_int_equal(bsd_select(&A, NET_SOCKS, &rd, NULL, NULL, &t), -EBADF);
	assert_int_equal(bsd_select(&A, 65, &rd, NULL, NULL, &t), -EINVAL);
}

static void options(void **state)
{
	int v, x = stream(&A), y = bsd_socket(&A, AF_INET, SOCK_DGRAM, 0);
	struct ip_mreq m = { .imr_interface = 0 };
	socklen_t len = sizeof v;
	static const struct { int level, name, value, read; } good[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1, 1 }, { IPPROTO_TCP, TCP_KEEPIDLE, 30, 30 },
		{ IPPROTO_TCP, TCP_NODELAY, 1, 1 },
		{ SOL_SOCKET, SO_RCVBUF, 50000, 50000 }, { SOL_SOCKET, SO_SNDBUF, 1, 8192 },
		{ IPPROTO_IP, IP_TTL_OPTION, 9, 9 },
		{ SOL_SOCKET, SO_REUSEADDR, 1, 1 }, { SOL_SOCKET, SO_REUSEPORT, 0, 0 },
		{ IPPROTO_TCP, TCP_KEEPINTVL, 7, 7 }, { IPPROTO_TCP, TCP_KEEPCNT, 2, 2 },
		{ IPPROTO_TCP, TCP_MAXSEG, 1000, 1000 },
		{ SOL_SOCKET, SO_KEEPALIVE, 0, 0 }, { IPPROTO_TCP, TCP_KEEPIDLE, 30, 30 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1, 1 }, { IPPROTO_IP, IP_TOS, 0x10, 0x10 },
		{ IPPROTO_IP, IP_MULTICAST_TTL, 4, 4 }, { IPPROTO_IP, IP_MULTICAST_LOOP, 0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(bsd_setsockopt(&A, x, good[i].level, good[i].name, &good[i].value, sizeof v), 0);
		assert_int_equal(bsd_getsockopt(&A, x, good[i].level, good[i].name, &v, &len), 0);
		assert_int_equal(v, good[i].read);
	}
	assert_int_equal(bsd_getsockopt(&A, x, IPPROTO_TCP, TCP_KEEPIDLE, &v, &len), 0);
	assert_int_equal(v, 30);					/* SO_KEEPALIVE has left it as it was set */
	assert_int_equal(bsd_getsockopt(&A, y, SOL_SOCKET, SO_TYPE, &v, &len), 0);
	assert_int_equal(v, SOCK_DGRAM);
	/* a byte is enough for what BSD has as one */
	assert_int_equal(bsd_getsockopt(&A, y, IPPROTO_IP, IP_MULTICAST_TTL, &v, &len), 0);
	assert_int_equal(v, 1);
	assert_int_equal(bsd_setsockopt(&A, y, IPPROTO_IP, IP_MULTICAST_TTL, &(uint8_t){ 5 }, 1), 0);
	len = 1;
	v = 0;
	assert_int_equal(bsd_getsockopt(&A, y, IPPROTO_IP, IP_MULTICAST_TTL, &v, &len), 0);
	assert_int_equal(v, 5);
	assert_int_equal(bsd_setsockopt(&A, y, IPPROTO_IP, IP_MULTICAST_LOOP, &(uint8_t){ 1 }, 1), -EOPNOTSUPP);
	len = sizeof v;
	v = 1;
	assert_int_equal(bsd_setsockopt(&A, x, SOL_SOCKET, SO_TYPE, &v, sizeof v), -ENOPROTOOPT);
	assert_int_equal(bsd_setsockopt(&A, x, SOL_SOCKET, 999, &v, sizeof v), -ENOPROTOOPT);
	assert_int_equal(bsd_setsockopt(&A, x, SOL_SOCKET, SO_KEEPALIVE, &v, 1), -EINVAL);
	v = 256;
	assert_int_equal(bsd_setsockopt(&A, x, IPPROTO_IP, IP_TTL_OPTION, &v, sizeof v), -EINVAL);
	put_be32((uint8_t *)&m.imr_multiaddr, 0xe0000123);
	assert_int_equal(bsd_setsockopt(&A, y, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m), 0);
	assert_int_equal(bsd_setsockopt(&A, y, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m), -EADDRINUSE);
	assert_int_equal(bsd_setsockopt(&A, y, IPPROTO_IP, IP_DROP_MEMBERSHIP, &m, sizeof m), 0);
	put_be32((uint8_t *)&m.imr_interface, 0x0a0000fe);		/* nobody's here */
	assert_int_equal(bsd_setsockopt(&A, y, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m), -EADDRNOTAVAIL);
	assert_int_equal(bsd_setsockopt(&A, y, IPPROTO_IP, IP_MULTICAST_IF, &m.imr_interface, 4), -EADDRNOTAVAIL);
	assert_int_equal(bsd_setsockopt(&A, y, IPPROTO_IP, IP_MULTICAST_IF, &m.imr_interface, 3), -EINVAL);
	net_addr_to_bytes(&link_get(A.net, 0)->addr, (uint8_t *)&m.imr_interface);
	assert_int_equal(bsd_setsockopt(&A, y, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m), 0);
	assert_int_equal(bsd_setsockopt(&A, y, IPPROTO_IP, IP_MULTICAST_IF, &m.imr_interface, 4), 0);
	assert_ptr_equal(A.net->socks[y].group_link, link_get(A.net, 0));
	assert_int_equal(bsd_setsockopt(&A, y, IPPROTO_IP, IP_MULTICAST_IF, &(uint32_t){ 0 }, 4), 0);
	assert_null(A.net->socks[y].group_link);
	assert_int_equal(bsd_setsockopt(&A, y, IPPROTO_IP, IP_MULTICAST_IF, &m, sizeof m), 0);
	assert_ptr_equal(A.net->socks[y].group_link, link_get(A.net, 0));
	m.imr_interface = 0;						/* another membership */
	assert_int_equal(bsd_setsockopt(&A, y, IPPROTO_IP, IP_DROP_MEMBERSHIP, &m, sizeof m), -EADDRNOTAVAIL);
}

static void wrong_use(void **state)
{
	struct sockaddr_in a = at(0, 80), other = at(1, 80);
	int x;
	(void)state;
	assert_int_equal(bsd_socket(&A, 10, SOCK_STREAM, 0), -EAFNOSUPPORT);
	assert_int_equal(bsd_socket(&A, AF_INET, 3, 0), -EPROTOTYPE);
	assert_int_equal(bsd_socket(&A, AF_INET, SOCK_STREAM, IPPROTO_UDP), -EPROTONOSUPPORT);
	assert_int_equal(bsd_close(&A, 5), -EBADF);
	assert_int_equal(bsd_close(&A, -1), -EBADF);
	x = sock_open(A.net, SOCK_TCP);			/* somebody else's */
	assert_int_equal(bsd_bind(&A, x, &a, sizeof a), -EBADF);
	assert_int_equal(bsd_recv(&A, x, &a, 1, 0), -EBADF);
	x = stream(&A);
	assert_int_equal(bsd_bind(&A, x, &a, 4), -EINVAL);
	assert_int_equal(bsd_bind(&A, x, &other, sizeof other), -EADDRNOTAVAIL);
	a.sin_family = 10;
	assert_int_equal(bsd_bind(&A, x, &a, sizeof a), -EAFNOSUPPORT);
	a.sin_family = AF_INET;
	assert_int_equal(bsd_send(&A, x, "x", 1, 0), -ENOTCONN);
	assert_int_equal(bsd_recv(&A, x, &other, 1, 0), -ENOTCONN);
	assert_int_equal(bsd_shutdown(&A, x, SHUT_WR), -ENOTCONN);
	assert_int_equal(bsd_getpeername(&A, x, &other, &(socklen_t){ sizeof other }), -ENOTCONN);
	assert_int_equal(bsd_bind(&A, x, &a, sizeof a), 0);
	assert_int_equal(bsd_bind(&A, x, &a, sizeof a), -EINVAL);
	assert_int_equal(bsd_bind(&A, stream(&A), &a, sizeof a), -EADDRINUSE);
	assert_int_equal(bsd_accept(&A, x, NULL, NULL), -EINVAL);
	assert_int_equal(bsd_listen(&A, bsd_socket(&A, AF_INET, SOCK_DGRAM, 0), 1), -EOPNOTSUPP);
	for (x = 0; x >= 0;)
		x = bsd_socket(&A, AF_INET, SOCK_STREAM, 0);
	assert_int_equal(x, -EMFILE);
}

static void names(void **state)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *r;
	(void)state;
	assert_int_equal(bsd_getaddrinfo(&A, "two.example", "http", &hints, &r), 0);
	expect_address(r->ai_addr, r->ai_addrlen, 1, 80);
	assert_int_equal(r->ai_protocol, IPPROTO_TCP);
	expect_address(r->ai_next->ai_addr, r->ai_next->ai_addrlen, 0, 80);
	assert_null(r->ai_next->ai_next);
	bsd_freeaddrinfo(r);
	assert_int_equal(bsd_getaddrinfo(&A, "10.0.0.2", "8080", NULL, &r), 0);
	expect_address(r->ai_addr, r->ai_addrlen, 1, 8080);
	assert_int_equal(r->ai_next->ai_socktype, SOCK_DGRAM);
	bsd_freeaddrinfo(r);
	assert_int_equal(bsd_getaddrinfo(&A, "no.example", NULL, NULL, &r), EAI_NONAME);
	assert_int_equal(bsd_getaddrinfo(&A, "slow.example", NULL, NULL, &r), EAI_AGAIN);
	assert_int_equal(bsd_getaddrinfo(&A, NULL, NULL, NULL, &r), EAI_NONAME);
	assert_int_equal(bsd_getaddrinfo(&A, "10.0.0.2", "gopher", NULL, &r), EAI_SERVICE);
	assert_int_equal(bsd_getaddrinfo(&A, "10.0.0.2", "70000", NULL, &r), EAI_SERVICE);
	struct addrinfo numeric = { .ai_flags = AI_NUMERICSERV };
	assert_int_equal(bsd_getaddrinfo(&A, "10.0.0.2", "http", &numeric, &r), EAI_NONAME);
	hints.ai_flags = AI_NUMERICHOST;
	assert_int_equal(bsd_getaddrinfo(&A, "two.example", NULL, &hints, &r), EAI_NONAME);
	hints = (struct addrinfo){ .ai_family = 10 };
	assert_int_equal(bsd_getaddrinfo(&A, "10.0.0.2", NULL, &hints, &r), EAI_FAMILY);
	hints = (struct addrinfo){ .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_DGRAM };
	assert_int_equal(bsd_getaddrinfo(&A, NULL, "69", &hints, &r), 0);
	expect_address(r->ai_addr, r->ai_addrlen, 9, 69);
	bsd_freeaddrinfo(r);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(request_and_answer), T(nonblocking), T(errors_are_told_once), T(reset_then_end), T(timeouts),
		T(blocking_send_takes_it_all),
		T(shutdown_and_waitall), T(datagrams), T(selects), T(options), T(wrong_use), T(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
