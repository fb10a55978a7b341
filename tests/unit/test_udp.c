/* SPDX-License-Identifier: BSD-2-Clause */
/* UDP and the descriptor table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/unit/net_frame.h"

static int setup(void **state)
{
	(void)state;
	frame_init_known(9);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return wire_done(&W) ? 0 : -1;
}

static uint8_t buf[2000], msg[3000];

static int udp_on(uint16_t port)
{
	int s = sock_open(NET, SOCK_UDP);
	assert_int_equal(sock_bind(NET, s, NULL, port), 0);
	return s;
}

static void udp_in(struct ip_opts o, uint16_t sport, uint16_t dport, const char *text)
{
	size_t len = udp_make(msg, o.src ? o.src : PEER, o.dst ? o.dst : ME, sport, dport, text, strlen(text));
	o.proto = 17;
	ip_in(o, msg, len);
}

static void sends_and_receives(void **state)
{
	const uint8_t *ip = out[0].frame + 14, *u = ip + 20;
	int s = udp_on(68);
	struct net_addr ip4;
	uint16_t port;
	(void)state;
	assert_int_equal(sock_sendto(NET, s, "question", 8, V4(PEER), 53), 8);
	assert_int_equal(out_count, 1);
	assert_int_equal(get_be16(ip + 6), 0);				/* DF clear */
	assert_int_equal(get_be16(u), 68);
	assert_int_equal(get_be16(u + 2), 53);
	assert_int_equal(csum_finish(csum_add(csum_pseudo(V4(ME), V4(PEER), 17, 16), u, 16)), 0);
	assert_int_equal(sock_events(NET, s), SOCK_OUT);
	assert_int_equal(sock_recvfrom(NET, s, buf, sizeof buf, &ip4, &port), -EAGAIN);
	udp_in((struct ip_opts){ .src = 0 }, 53, 68, "answer");
	assert_int_equal(sock_events(NET, s), SOCK_OUT | SOCK_IN);
	assert_int_equal(sock_recvfrom(NET, s, buf, sizeof buf, &ip4, &port), 6);
	assert_memory_equal(buf, "answer", 6);
	assert_int_equal(ip4.v4, PEER);
	assert_int_equal(port, 53);
	udp_in((struct ip_opts){ .src = 0 }, 53, 68, "longer");
	assert_int_equal(sock_recv(NET, s, buf, 3), 3);
	assert_int_equal(sock_recv(NET, s, buf, 3), -EAGAIN);		/* the rest of it is gone */
	udp_in((struct ip_opts){ .src = 0 }, 53, 68, "");
	assert_int_equal(sock_recv(NET, s, buf, 3), 0);
}

static void limits_of_sending(void **state)
{
	int s = sock_open(NET, SOCK_UDP);
	uint16_t port;
	(void)state;
	assert_int_equal(sock_sendto(NET, s, buf, 1473, V4(PEER), 1), -EMSGSIZE);
	assert_int_equal(sock_sendto(NET, s, buf, 1472, V4(PEER), 1), 1472);
	assert_int_equal(out[0].len, 1514);
	assert_int_equal(sock_getsockname(NET, s, NULL, &port), 0);
	assert_in_range(port, 49152, 65535);
	assert_int_equal(sock_sendto(NET, s, buf, 1, V4(0x08080808), 1), -ENETUNREACH);
	assert_int_equal(sock_sendto(NET, s, buf, 1, V4(IP_BROADCAST), 1), -EACCES);
	assert_int_equal(sock_sendto(NET, s, buf, 1, V4(0x0a0000ff), 1), -EACCES);
	assert_int_equal(sock_sendto(NET, s, buf, 1, V4(PEER), 0), -EINVAL);
	assert_int_equal(sock_send(NET, s, buf, 1), -ENOTCONN);
	sock_set(NET, s, SOCK_OPT_BROADCAST, 1);
	assert_int_equal(sock_sendto(NET, s, buf, 1, V4(0x0a0000ff), 1), 1);
	assert_int_equal(out[1].frame[0], 255);
	assert_int_equal(sock_set(NET, s, SOCK_OPT_TTL, 0), -EINVAL);
	assert_int_equal(sock_set(NET, s, SOCK_OPT_TTL, 9), 0);
	sock_sendto(NET, s, buf, 1, V4(PEER), 1);
	assert_int_equal(out[2].frame[22], 9);
}

/* What goes to one and to many has a TTL of its own each, and both the type of service. */
static void marks_of_what_is_sent(void **state)
{
	int s = sock_open(NET, SOCK_UDP);
	(void)state;
	sock_set(NET, s, SOCK_OPT_TTL, 9);
	sock_set(NET, s, SOCK_OPT_GROUP_TTL, 3);
	sock_set(NET, s, SOCK_OPT_TOS, 0x28);
	assert_int_equal(sock_set(NET, s, SOCK_OPT_GROUP_LINK, (uintptr_t)LINK), 0);
	sock_sendto(NET, s, buf, 1, V4(PEER), 1);
	sock_sendto(NET, s, buf, 1, V4(0xe0000123), 1);
	assert_int_equal(out_count, 2);
	assert_int_equal(out[0].frame[22], 9);
	assert_int_equal(out[0].frame[15], 0x28);
	assert_int_equal(out[1].frame[22], 3);
	assert_int_equal(out[1].frame[15], 0x28);
	assert_int_equal(out[1].frame[0], 1);
}

/* With a peer but no address of its own it tells the one that what it sends has; without, none. */
static void name_with_a_peer(void **state)
{
	int s = sock_open(NET, SOCK_UDP);
	struct net_addr a;
	(void)state;
	assert_int_equal(sock_getsockname(NET, s, &a, NULL), 0);
	assert_int_equal(a.v4, 0);
	assert_int_equal(sock_connect(NET, s, V4(PEER), 53), 0);
	assert_int_equal(sock_getsockname(NET, s, &a, NULL), 0);
	assert_int_equal(a.v4, ME);
	assert_int_equal(sock_connect(NET, s, V4(0x08080808), 53), 0);	/* no way there */
	assert_int_equal(sock_getsockname(NET, s, &a, NULL), 0);
	assert_int_equal(a.v4, 0);
}

/* Before there is an address: out from 0.0.0.0 to everybody, in for any address that reaches our MAC. */
static void dhcp_without_an_address(void **state)
{
	int s = udp_on(68), t;
	const uint8_t *ip = out[0].frame + 14;
	(void)state;
	link_configure(NET, LINK, NULL, 0);
	sock_set(NET, s, SOCK_OPT_BROADCAST, 1);
	assert_int_equal(sock_set(NET, s, SOCK_OPT_LINK, (uintptr_t)LINK), 0);
	assert_int_equal(sock_set(NET, s, SOCK_OPT_LINK, 1234), -EINVAL);
	assert_int_equal(sock_sendto(NET, s, "discover", 8, V4(IP_BROADCAST), 67), 8);
	assert_int_equal(out_count, 1);
	assert_int_equal(out[0].frame[0], 255);
	assert_int_equal(get_be32(ip + 12), 0);
	assert_int_equal(get_be32(ip + 16), IP_BROADCAST);
	assert_int_equal(sock_sendto(NET, s, "x", 1, V4(PEER), 67), -ENETUNREACH);
	udp_in((struct ip_opts){ .dst = 0x0a000063 }, 67, 68, "offer");	/* to the address that is offered */
	assert_int_equal(sock_recv(NET, s, buf, 9), 5);
	udp_in((struct ip_opts){ .dst = IP_BROADCAST, .eth_broadcast = true }, 67, 68, "ack");
	assert_int_equal(sock_recv(NET, s, buf, 9), 3);
	udp_in((struct ip_opts){ .dst = 0x0a000063 }, 67, 99, "closed");
	t = icmp_make(msg, 8, 0, 1, "x", 1) > 0;
	ip_in((struct ip_opts){ .proto = 1, .dst = 0x0a000063 }, msg, 9);
	ip_in((struct ip_opts){ .proto = 6, .dst = 0x0a000063 }, msg, 9);
	assert_int_equal(t, 1);
	assert_int_equal(out_count, 1);					/* nothing but UDP, and no errors */
	assert_int_equal(NET->count[CNT_ip_not_ours], 2);
}

static void checksums(void **state)
{
	int s = udp_on(9);
	size_t len = udp_make(msg, PEER, ME, 7, 9, "abc", 3);
	(void)state;
	msg[9] ^= 4;
	ip_in((struct ip_opts){ .proto = 17 }, msg, len);
	assert_int_equal(NET->count[CNT_udp_bad], 1);
	put_be16(msg + 6, 0);					/* none */
	ip_in((struct ip_opts){ .proto = 17 }, msg, len);
	assert_int_equal(sock_recv(NET, s, buf, 9), 3);
	for (size_t cut = 0; cut < len; cut++)
		ip_in((struct ip_opts){ .proto = 17 }, msg, cut);
	put_be16(msg + 4, 7);
	ip_in((struct ip_opts){ .proto = 17 }, msg, len);
	assert_int_equal(NET->count[CNT_udp_bad], 2 + len);
	put_be16(msg + 4, 10);					/* shorter than the packet: the rest is padding */
	ip_in((struct ip_opts){ .proto = 17 }, msg, len);
	assert_int_equal(sock_recv(NET, s, buf, 9), 2);
}

/* A sum of 0 goes out as ffff, for 0 means none (RFC 768). */
static void sum_of_zero(void **state)
{
	int s = udp_on(9);
	(void)state;
	for (uint32_t v = 0; v < 65536; v++) {
		out_count = 0;
		put_be16(buf, (uint16_t)v);
		assert_int_equal(sock_sendto(NET, s, buf, 2, V4(PEER), 7), 2);
		assert_int_not_equal(get_be16(out[0].frame + 40), 0);
	}
}

static void queue_is_bounded(void **state)
{
	int s = udp_on(9);
	unsigned got = 0;
	(void)state;
	sock_close(NET, s);
	s = sock_open(NET, SOCK_UDP);
	sock_set(NET, s, SOCK_OPT_RCVBUF, 1000);
	sock_bind(NET, s, NULL, 9);
	for (int i = 0; i < 100; i++)
		udp_in((struct ip_opts){ .src = 0 }, 7, 9, "0123456789");
	assert_true(W.host[0].alloc_bytes <= 1000);
	while (sock_recv(NET, s, buf, 99) == 10)
		got++;
	assert_int_equal(got + NET->count[CNT_udp_queue_full], 100);
	assert_true(got > 10);
	assert_int_equal(W.host[0].alloc_bytes, 0);
	W.host[0].alloc_limit = 1;
	udp_in((struct ip_opts){ .src = 0 }, 7, 9, "0123456789");
	W.host[0].alloc_limit = 0;
	assert_int_equal(sock_recv(NET, s, buf, 99), -EAGAIN);
	udp_in((struct ip_opts){ .src = 0 }, 7, 9, "left behind");	/* close gives it back */
}

static void the_best_match_gets_it(void **state)
{
	int any = udp_on(9), s[3];
	(void)state;
	sock_close(NET, any);
	for (int i = 0; i < 3; i++)
		s[i] = sock_open(NET, SOCK_UDP);
	assert_int_equal(sock_bind(NET, s[0], V4(ME), 9), 0);
	assert_int_equal(sock_bind(NET, s[1], NULL, 9), -EADDRINUSE);
	assert_int_equal(sock_bind(NET, s[1], V4(ME + 1), 9), -EADDRNOTAVAIL);
	assert_int_equal(sock_bind(NET, s[1], NULL, 10), 0);
	assert_int_equal(sock_bind(NET, s[1], NULL, 11), -EINVAL);
	assert_int_equal(sock_connect(NET, s[1], V4(PEER), 77), 0);
	udp_in((struct ip_opts){ .src = 0 }, 78, 10, "other port");
	udp_in((struct ip_opts){ .src = PEER + 1 }, 77, 10, "other host");
	assert_int_equal(sock_recv(NET, s[1], buf, 99), -EAGAIN);
	udp_in((struct ip_opts){ .src = 0 }, 77, 10, "peer");
	assert_int_equal(sock_recv(NET, s[1], buf, 99), 4);
	assert_int_equal(sock_connect(NET, s[1], V4(0), 0), 0);
	udp_in((struct ip_opts){ .src = 0 }, 78, 10, "any");
	assert_int_equal(sock_recv(NET, s[1], buf, 99), 3);
	udp_in((struct ip_opts){ .dst = 0x0a0000ff }, 78, 9, "all");
	assert_int_equal(sock_recv(NET, s[0], buf, 99), 3);
}

/* A socket of another address, or of another link, is none for it. */
static void others_do_not_get_it(void **state)
{
	struct netdev other = *DEV;
	struct link *l;
	int its_address = sock_open(NET, SOCK_UDP), its_link = sock_open(NET, SOCK_UDP);
	(void)state;
	other.mac[5] = 77;
	l = link_add(NET, &other);
	assert_int_equal(link_configure(NET, l, V4(0xc0a80005), 24), 0);
	assert_int_equal(sock_bind(NET, its_address, V4(0xc0a80005), 9), 0);
	assert_int_equal(sock_set(NET, its_link, SOCK_OPT_LINK, (uintptr_t)l), 0);
	assert_int_equal(sock_bind(NET, its_link, NULL, 10), 0);
	out_count = 0;
	udp_in((struct ip_opts){ .src = 0 }, 77, 9, "not its address");
	udp_in((struct ip_opts){ .src = 0 }, 77, 10, "not its link");
	assert_int_equal(sock_recv(NET, its_address, buf, 99), -EAGAIN);
	assert_int_equal(sock_recv(NET, its_link, buf, 99), -EAGAIN);
	assert_int_equal(out_count, 2);				/* nobody has these ports */
	udp_in((struct ip_opts){ .dst = IP_BROADCAST, .eth_broadcast = true }, 77, 9, "all");
	assert_int_equal(sock_recv(NET, its_address, buf, 99), 3);
	udp_in((struct ip_opts){ .dst = IP_BROADCAST, .eth_broadcast = true }, 77, 10, "all");
	assert_int_equal(sock_recv(NET, its_link, buf, 99), -EAGAIN);
}

static void closed_ports_are_reported(void **state)
{
	const uint8_t *m = out[0].frame + 34;
	unsigned i;
	(void)state;
	udp_in((struct ip_opts){ .src = 0 }, 77, 10, "anybody?");
	assert_int_equal(out_count, 1);
	assert_int_equal(m[0], 3);
	assert_int_equal(m[1], 3);
	assert_int_equal(get_be16(m + 28), 77);
	assert_int_equal(csum_finish(csum_add(0, m, 36)), 0);
	udp_in((struct ip_opts){ .dst = IP_BROADCAST }, 77, 10, "no");
	udp_in((struct ip_opts){ .eth_broadcast = true }, 77, 10, "no");
	assert_int_equal(out_count, 1);
	for (i = 0; i < 1000; i++)
		udp_in((struct ip_opts){ .src = 0 }, 77, 10, "anybody?");
	assert_true(out_count <= 20);
	assert_true(NET->count[CNT_icmp_limited] > 900);
}

static void refusal_comes_back(void **state)
{
	int s = udp_on(9), t = udp_on(10);
	size_t len;
	(void)state;
	assert_int_equal(sock_connect(NET, s, V4(PEER), 69), 0);
	sock_send(NET, s, "x", 1);
	len = icmp_make(msg, 3, 3, 0, out[0].frame + 14, 28);
	ip_in((struct ip_opts){ .proto = 1 }, msg, len);
	assert_true(sock_events(NET, s) & SOCK_ERR);
	assert_int_equal(sock_recv(NET, s, buf, 9), -ECONNREFUSED);
	assert_int_equal(sock_recv(NET, s, buf, 9), -EAGAIN);		/* told once */
	out_count = 0;
	sock_sendto(NET, t, "x", 1, V4(PEER), 69);
	len = icmp_make(msg, 3, 3, 0, out[0].frame + 14, 28);
	ip_in((struct ip_opts){ .proto = 1 }, msg, len);
	assert_int_equal(sock_error(NET, t), 0);			/* not connected: nobody to tell */
}

static void the_table(void **state)
{
	struct sock_info info;
	int s, last = -1;
	unsigned i;
	(void)state;
	while ((s = sock_open(NET, SOCK_UDP)) >= 0)
		last = s;
	assert_int_equal(s, -EMFILE);
	assert_int_equal(last, NET_SOCKS - 1);
	assert_int_equal(sock_open(NET, 3), -EINVAL);
	sock_bind(NET, 5, V4(ME), 1234);
	sock_set(NET, 5, SOCK_OPT_OWNER, 42);
	sock_connect(NET, 5, V4(PEER), 99);
	for (i = 0; sock_info(NET, i, &info); i++)
		if (info.fd == 5) {
			assert_int_equal(info.local_port, 1234);
			assert_int_equal(info.remote.v4, PEER);
			assert_int_equal(info.owner, 42);
		}
	assert_int_equal(i, NET_SOCKS);
	sock_close_owner(NET, 42);
	assert_int_equal(sock_error(NET, 5), -EBADF);
	for (s = -2; s <= NET_SOCKS + 1; s += NET_SOCKS + 2) {
		assert_int_equal(sock_bind(NET, s, NULL, 1), -EBADF);
		assert_int_equal(sock_listen(NET, s, 1), -EBADF);
		assert_int_equal(sock_accept(NET, s, NULL, NULL), -EBADF);
		assert_int_equal(sock_connect(NET, s, V4(PEER), 1), -EBADF);
		assert_int_equal(sock_send(NET, s, "", 0), -EBADF);
		assert_int_equal(sock_recv(NET, s, NULL, 0), -EBADF);
		assert_int_equal(sock_sendto(NET, s, "", 0, V4(PEER), 1), -EBADF);
		assert_int_equal(sock_recvfrom(NET, s, NULL, 0, NULL, NULL), -EBADF);
		assert_int_equal(sock_sink(NET, s, NULL, 0), -EBADF);
		assert_int_equal(sock_sink_done(NET, s), 0);
		assert_int_equal(sock_shutdown(NET, s), -EBADF);
		assert_int_equal(sock_close(NET, s), -EBADF);
		assert_int_equal(sock_abort(NET, s), -EBADF);
		assert_int_equal(sock_events(NET, s), SOCK_ERR);
		assert_int_equal(sock_set(NET, s, SOCK_OPT_TTL, 1), -EBADF);
		assert_int_equal(sock_getsockname(NET, s, NULL, NULL), -EBADF);
		assert_int_equal(sock_getpeername(NET, s, NULL, NULL), -EBADF);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(sends_and_receives), T(limits_of_sending), T(marks_of_what_is_sent), T(name_with_a_peer),
		T(dhcp_without_an_address), T(checksums), T(sum_of_zero),
		T(queue_is_bounded),
		T(the_best_match_gets_it), T(others_do_not_get_it),
		T(closed_ports_are_reported), T(refusal_comes_back), T(the_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
