/* SPDX-License-Identifier: BSD-2-Clause */
/* The socket calls at their edges: wrong order, wrong kind, nothing left; and devices that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/unit/tcp_peer_want.h"

static int setup(void **state)
{
	(void)state;
	peer_init(17);
	return 0;
}

static uint8_t b[16];

static void before_connecting(void **state)
{
	int t = sock_open(NET, SOCK_TCP);
	(void)state;
	assert_int_equal(sock_send(NET, t, b, 1), -ENOTCONN);
	assert_int_equal(sock_recv(NET, t, b, 1), -ENOTCONN);
	assert_int_equal(sock_shutdown(NET, t), -ENOTCONN);
	assert_int_equal(sock_sink(NET, t, b, 1), -ENOTCONN);
	assert_int_equal(sock_getpeername(NET, t, NULL, NULL), -ENOTCONN);
	assert_int_equal(sock_accept(NET, t, NULL, NULL), -EINVAL);
	assert_int_equal(sock_connect(NET, t, V4(0), 80), -EINVAL);
	assert_int_equal(sock_connect(NET, t, V4(HOST_IP(1)), 0), -EINVAL);
	assert_int_equal(sock_connect(NET, t, V4(0x08080808), 80), -ENETUNREACH);
	assert_int_equal(sock_connect(NET, t, V4(0x0a0000ff), 80), -ENETUNREACH);
	assert_int_equal(sock_sendto(NET, t, b, 1, V4(HOST_IP(1)), 1), -EINVAL);
	assert_int_equal(sock_recvfrom(NET, t, b, 1, NULL, NULL), -EINVAL);
	assert_int_equal(sock_set(NET, t, (enum sock_opt)99, 1), -EINVAL);
	assert_int_equal(sock_events(NET, t), 0);
	assert_int_equal(sock_error(NET, t), 0);
	assert_int_equal(sock_close(NET, t), 0);
	assert_int_equal(sock_close(NET, t), -EBADF);
}

static void wrong_kinds(void **state)
{
	int u = sock_open(NET, SOCK_UDP), t = sock_open(NET, SOCK_TCP);
	(void)state;
	assert_int_equal(sock_listen(NET, u, 1), -EINVAL);
	assert_int_equal(sock_listen(NET, t, 1), 0);		/* a port of the stack's choice */
	assert_int_equal(sock_connect(NET, t, V4(HOST_IP(1)), 80), -EINVAL);
	assert_int_equal(sock_send(NET, t, b, 1), -ENOTCONN);
	peer_connect_to_us(0);
	assert_int_equal(sock_listen(NET, P.s, 1), -EINVAL);
	assert_int_equal(sock_set(NET, P.s, SOCK_OPT_RCVBUF, 10000), -EINVAL);
	assert_int_equal(sock_set(NET, u, SOCK_OPT_RCVBUF, 0x40000001), -EINVAL);
	assert_int_equal(sock_set(NET, u, SOCK_OPT_RCVBUF, 0x40000000), 0);
	assert_int_equal(sock_send(NET, P.s, b, 0), 0);
	assert_int_equal(sock_recv(NET, P.s, b, SIZE_MAX), -EAGAIN);
}

static void the_same_four_tuple(void **state)
{
	int s[2];
	(void)state;
	for (int i = 0; i < 2; i++) {
		s[i] = sock_open(NET, SOCK_TCP);
		if (!i) {
			assert_int_equal(sock_bind(NET, s[i], V4(HOST_IP(0)), 1500), 0);
			assert_int_equal(sock_connect(NET, s[i], V4(HOST_IP(1)), 80), -EINPROGRESS);
		}
	}
	assert_int_equal(sock_bind(NET, s[1], V4(HOST_IP(0)), 1500), 0);
	assert_int_equal(sock_connect(NET, s[1], V4(HOST_IP(1)), 80), -EADDRINUSE);
	assert_int_equal(sock_connect(NET, s[1], V4(HOST_IP(1)), 81), -EINPROGRESS);
}

/* Many connections at once: each segment finds its own. */
static void sixty_four_at_once(void **state)
{
	struct caught c;
	uint16_t port[NET_SOCKS];
	uint32_t isn[NET_SOCKS];
	(void)state;
	for (int i = 0; i < NET_SOCKS; i++) {
		int s = sock_open(NET, SOCK_TCP);
		sock_set(NET, s, SOCK_OPT_RCVBUF, 1);
		assert_int_equal(sock_connect(NET, s, V4(HOST_IP(1)), PEER_PORT), -EINPROGRESS);
		peer_answer_arp();
		assert_true(peer_next(&c));
		port[i] = c.src_port;
		isn[i] = c.seq;
	}
	assert_int_equal(sock_open(NET, SOCK_TCP), -EMFILE);
	for (int i = 0; i < NET_SOCKS; i++) {
		P.port = port[i];
		peer_send(P.iss, isn[i] + 1, TCP_SYN | TCP_ACK, NULL, 0);
	}
	for (int i = NET_SOCKS - 1; i >= 0; i--) {
		uint8_t v = (uint8_t)i;
		P.port = port[i];
		peer_send(P.iss + 1, isn[i] + 1, TCP_ACK, &v, 1);
	}
	for (int i = 0; i < NET_SOCKS; i++) {
		assert_int_equal(sock_recv(NET, i, b, 16), 1);
		assert_int_equal(b[0], i);
	}
}

static void no_descriptor_for_accept(void **state)
{
	struct caught c;
	int l = sock_open(NET, SOCK_TCP);
	(void)state;
	sock_bind(NET, l, V4(HOST_IP(0)), 23);
	sock_listen(NET, l, 99);
	peer_segment(5000, 23, 100, 0, TCP_SYN, 1000, NULL, 0, NULL, 0);
	peer_answer_arp();
	assert_true(peer_next(&c));
	peer_segment(5000, 23, 101, c.seq + 1, TCP_ACK, 1000, NULL, 0, NULL, 0);
	while (sock_open(NET, SOCK_UDP) >= 0)
		;
	assert_int_equal(sock_accept(NET, l, NULL, NULL), -EMFILE);
	sock_close(NET, 5);
	assert_int_equal(sock_accept(NET, l, NULL, NULL), 5);	/* it has waited */
	assert_int_equal(sock_bind(NET, sock_open(NET, SOCK_TCP), NULL, 1), -EBADF);
}

static void lists_what_nobody_owns(void **state)
{
	struct sock_info info;
	unsigned i, orphans = 0;
	(void)state;
	peer_connect_to_us(0);
	sock_send(NET, P.s, "abc", 3);
	sock_close(NET, P.s);
	sock_open(NET, SOCK_UDP);
	for (i = 0; sock_info(NET, i, &info); i++)
		if (info.fd < 0) {
			orphans++;
			assert_string_equal(info.state, "FIN_WAIT_1");
			assert_int_equal(info.send_len, 3);
			assert_int_equal(info.remote_port, PEER_PORT);
		}
	assert_int_equal(i, 2);
	assert_int_equal(orphans, 1);
}

static void keepalive_set_before_connecting(void **state)
{
	struct caught c;
	(void)state;
	P.s = sock_open(NET, SOCK_TCP);
	sock_set(NET, P.s, SOCK_OPT_KEEPALIVE, 10);
	sock_connect(NET, P.s, V4(HOST_IP(1)), PEER_PORT);
	peer_answer_arp();
	assert_true(peer_next(&c));
	P.port = c.src_port;
	peer_send(P.iss, c.seq + 1, TCP_SYN | TCP_ACK, NULL, 0);
	peer_next(&c);
	peer_run(10000001);
	assert_true(peer_next(&c));
	assert_int_equal(c.len, 0);
}

static int broken(struct netdev *dev, const void *frame, size_t len)
{
	(void)dev;
	(void)frame;
	(void)len;
	return -EIO;
}

static const struct netdev_ops broken_ops = { .transmit = broken };

/* A card that fails is like a wire that loses: counted, and mended by sending again. */
static void a_card_that_fails(void **state)
{
	struct netdev *dev = &P.w.host[0].dev;
	struct caught c;
	int u = sock_open(NET, SOCK_UDP);
	(void)state;
	peer_connect_to_us(0);
	dev->ops = &broken_ops;
	assert_int_equal(sock_sendto(NET, u, b, 1, V4(HOST_IP(1)), 9), -EIO);
	assert_int_equal(sock_send(NET, P.s, "abc", 3), 3);
	assert_int_equal(dev->tx_errors, 2);
	dev->ops = &wire_ops;
	peer_run(TCP_RTO_MIN + 1000);
	assert_true(peer_next(&c));
	assert_int_equal(c.len, 3);
	net_route_clear(NET, link_get(NET, 0));
	dev->link_up = false;
	peer_run(2000000);
	assert_false(peer_next(&c));
	dev->link_up = true;
	peer_run(4000000);
	assert_true(peer_next(&c));
}

static void devices(void **state)
{
	struct netdev d[NET_LINKS] = { { .name = "x", .mac = { 2, 0, 0, 0, 0, 9 }, .link_up = true,
					 .ops = &broken_ops } };
	uint8_t f[60] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 2, 8, 0 };
	(void)state;
	net_input(NET, &d[0], f, 60, 0);
	assert_int_equal(NET->count[CNT_eth_no_link], 1);
	for (unsigned i = 1; i < NET_LINKS; i++)
		assert_non_null(link_add(NET, &d[i]));
	assert_null(link_add(NET, &d[0]));
	assert_int_equal(link_mtu(link_get(NET, 1)), 1500);
	d[1].mtu = 9000;
	assert_int_equal(link_mtu(link_get(NET, 1)), 1500);
	d[1].mtu = 1400;					/* a driver may find out late */
	assert_int_equal(link_mtu(link_get(NET, 1)), 1400);
	peer_frame_in(f, 60);					/* another station's */
	f[5] = 1;
	f[6] = 3;						/* from a group */
	peer_frame_in(f, 60);
	assert_int_equal(NET->count[CNT_eth_not_ours], 2);
	f[6] = 2;
	f[12] = 0x86;
	f[13] = 0xdd;						/* IPv6 */
	peer_frame_in(f, 60);
	assert_int_equal(NET->count[CNT_eth_unknown_type], 1);
}

/* What was set is read back, of a socket and of its connection; a socket that is closed has nothing. */
static void options_are_read_back(void **state)
{
	static const struct { enum sock_opt opt; uintptr_t first, set; } options[] = {
		{ SOCK_OPT_BROADCAST, 0, 1 }, { SOCK_OPT_KEEPALIVE, 0, 77 }, { SOCK_OPT_TTL, 64, 1 },
		{ SOCK_OPT_OWNER, 0, 0x1234 }, { SOCK_OPT_RCVBUF, 0, 20000 },
		{ SOCK_OPT_NODELAY, 0, 1 }, { SOCK_OPT_REUSE, 0, 1 }, { SOCK_OPT_MSS, 0, 536 },
		{ SOCK_OPT_KEEP_INTERVAL, TCP_KEEP_INTERVAL_S, 32767 },
		{ SOCK_OPT_KEEP_PROBES, TCP_KEEP_PROBES, 255 }, { SOCK_OPT_GROUP_TTL, 64, 2 },
		{ SOCK_OPT_TOS, 0, 0x10 },
	};
	static const struct { enum sock_opt opt; uintptr_t set; } wrong[] = {
		{ SOCK_OPT_KEEP_INTERVAL, 0 }, { SOCK_OPT_KEEP_INTERVAL, 32768 }, { SOCK_OPT_KEEP_PROBES, 0 },
		{ SOCK_OPT_KEEP_PROBES, 256 }, { SOCK_OPT_GROUP_TTL, 0 }, { SOCK_OPT_TOS, 256 },
		{ SOCK_OPT_GROUP_LINK, 1234 },
	};
	int t = sock_open(NET, SOCK_TCP), u = sock_open(NET, SOCK_UDP);
	(void)state;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (options[i].opt != SOCK_OPT_TTL && options[i].opt != SOCK_OPT_RCVBUF)
			assert_int_equal(sock_get(NET, t, options[i].opt), options[i].first);
		assert_int_equal(sock_set(NET, t, options[i].opt, options[i].set), 0);
		for (size_t k = 0; k <= i; k++)
			assert_int_equal(sock_get(NET, t, options[k].opt), options[k].set);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(sock_set(NET, t, wrong[i].opt, wrong[i].set), -EINVAL);
	assert_int_equal(sock_get(NET, t, SOCK_OPT_TYPE), SOCK_TCP);
	assert_int_equal(sock_get(NET, u, SOCK_OPT_TYPE), SOCK_UDP);
	assert_int_equal(sock_get(NET, u, SOCK_OPT_CONNECTED), 0);
	assert_int_equal(sock_get(NET, u, SOCK_OPT_OVER), 0);
	assert_int_equal(sock_connect(NET, u, V4(HOST_IP(1)), 53), 0);
	assert_int_equal(sock_get(NET, u, SOCK_OPT_CONNECTED), 1);
	assert_int_equal(sock_get(NET, t, SOCK_OPT_LISTENING), 0);
	assert_int_equal(sock_listen(NET, t, 1), 0);
	assert_int_equal(sock_get(NET, t, SOCK_OPT_LISTENING), 1);
	assert_int_equal(sock_get(NET, t, (enum sock_opt)99), -EINVAL);
	assert_int_equal(sock_get(NET, t, SOCK_OPT_JOIN), -EINVAL);
	assert_int_equal(sock_close(NET, t), 0);
	assert_int_equal(sock_get(NET, t, SOCK_OPT_TYPE), -EBADF);
	assert_int_equal(sock_set(NET, t, SOCK_OPT_REUSE, 1), -EBADF);
	assert_int_equal(sock_bind(NET, t, NULL, 1), -EBADF);
	assert_int_equal(sock_listen(NET, t, 1), -EBADF);
	assert_int_equal(sock_connect(NET, t, V4(HOST_IP(1)), 80), -EBADF);
	assert_int_equal(sock_peek(NET, t, b, 1, NULL, NULL), -EBADF);
	peer_connect_to_us(0);
	assert_int_equal(sock_get(NET, P.s, SOCK_OPT_CONNECTED), 1);
	assert_int_equal(sock_get(NET, P.s, SOCK_OPT_OVER), 0);
	assert_int_equal(sock_bind(NET, P.s, NULL, 1), -EINVAL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, peer_teardown)
	const struct CMUnitTest tests[] = {
		T(before_connecting), T(wrong_kinds), T(the_same_four_tuple), T(sixty_four_at_once),
		T(no_descriptor_for_accept),
		T(lists_what_nobody_owns), T(keepalive_set_before_connecting), T(a_card_that_fails), T(devices),
		T(options_are_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
