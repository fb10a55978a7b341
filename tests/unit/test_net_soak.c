/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A day in simulated time: downloads, pings, datagrams to somebody and to
 * nobody, peers that vanish, half datagrams, floods and garbage, groups joined
 * and left, in an order by a printed seed.  Memory stays within the bounds of
 * docs/net.md all the time, and every hour, when all is quiet, nothing is
 * held any more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "net/bytes.h"
#include "net/checksum.h"
#include "tests/unit/net_wire.h"

#define HOUR UINT64_C(3600000000)
#define NOBODY 0x0a00004du
/* listeners' half-open and accepted connections, some of our own, reassembly, ARP's and UDP's queues */
#define MEMORY_MAX (1u << 20)

static struct wire w;
static struct net *a, *b;
static int listener, idle_udp;
static size_t peak;

static uint32_t rnd(uint32_t below)
{
	return wire_random(&w) % below;
}

static void pass(uint64_t us)
{
	uint64_t limit = w.now_us + us;
	while (wire_step(&w, limit)) {
		size_t held = w.host[0].alloc_bytes > w.host[1].alloc_bytes ? w.host[0].alloc_bytes
		: w.host[1].alloc_bytes;
		peak = held > peak ? held : peak;
		assert_true(held <= MEMORY_MAX);
	}
}

static void accept_and_serve(void)
{
	static const uint8_t data[5000];
	int s;
	while ((s = sock_accept(b, listener, NULL, NULL)) >= 0) {
		for (uint32_t n = rnd(10); n; n--)
			sock_send(b, s, data, 1 + rnd(sizeof data));
		rnd(4) ? sock_close(b, s) : sock_abort(b, s);
	}
}

/* Connects to a host and port, reads for some time or to the end, and ends in one of three ways. */
static void visit(uint32_t ip, uint16_t port)
{
	uint8_t buf[3000];
	int s = sock_open(a, SOCK_TCP), r = 0;
	uint64_t limit = w.now_us + 1000000 + rnd(20000000);

	assert_true(s >= 0);
	sock_set(a, s, SOCK_OPT_RCVBUF, 4096u << rnd(5));
	sock_connect(a, s, V4(ip), port);
	while (w.now_us < limit && (r = sock_recv(a, s, buf, rnd(sizeof buf) + 1)) != 0 && (r > 0 || r == -EAGAIN)) {
		pass(20000);
		accept_and_serve();
	}
	rnd(3) ? sock_close(a, s) : sock_abort(a, s);
}

static void raw(uint8_t proto, uint16_t frag, uint32_t src, const uint8_t *p, size_t len)
{
	uint8_t f[1600] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45 }, *ip = f + 14;

	put_be16(ip + 2, (uint16_t)(20 + len));
	put_be16(ip + 4, (uint16_t)rnd(65536));
	put_be16(ip + 6, frag);
	ip[8] = 64;
	ip[9] = proto;
	put_be32(ip + 12, src);
	put_be32(ip + 16, HOST_IP(1));
	csum_put(ip + 10, csum_finish(csum_add(0, ip, 20)));
	memcpy(ip + 20, p, len);
	net_input(b, &w.host[1].dev, f, 34 + len, w.now_us);
}

/* SYNs from everywhere, 200 at once. */
static void syn_flood(void)
{
	for (unsigned i = 0; i < 200; i++) {
		uint32_t src = 0x0a000080u + rnd(100);
		uint8_t t[20] = { 0 };
		put_be16(t, (uint16_t)(1 + rnd(65000)));
		put_be16(t + 2, 80);
		put_be32(t + 4, wire_random(&w));
		t[12] = 0x50;
		t[13] = TCP_SYN;
		csum_put(t + 16, csum_finish(csum_add(csum_pseudo(V4(src), V4(HOST_IP(1)), 6, 20), t, 20)));
		raw(6, 0, src, t, 20);
	}
}

static void garbage(void)
{
	uint8_t f[1514];
	for (unsigned i = 0; i < 50; i++) {
		size_t len = rnd(sizeof f);
		for (size_t k = 0; k < len; k++)
			f[k] = (uint8_t)rnd(256);
		if (len > 50 && rnd(2)) {
			raw((uint8_t)(rnd(2) ? 6 : 17), rnd(3) ? 0 : (uint16_t)rnd(65536), HOST_IP(0), f, len - 50);
			continue;
		}
		net_input(b, &w.host[1].dev, f, len, w.now_us);
	}
}

static void half_datagrams(void)
{
	uint8_t p[800] = { 0 };
	for (unsigned i = 0; i < 10; i++)
		raw(17, (uint16_t)(0x2000 | rnd(20) * 100), HOST_IP(0), p, sizeof p);
}

static void datagrams(void)
{
	uint8_t buf[1400] = { 0 };
	uint32_t ip = rnd(3) ? HOST_IP(1) : NOBODY;
	int s = sock_open(a, SOCK_UDP);
	sock_set(a, s, SOCK_OPT_BROADCAST, 1);
	for (unsigned i = 0; i < 100; i++)		/* idle_udp never reads more than this */
		sock_sendto(a, s, buf, rnd(sizeof buf), V4(rnd(8) ? ip : IP_BROADCAST), (uint16_t)(7 + rnd(2)));
	pass(rnd(3000000));
	sock_close(a, s);
	for (unsigned i = rnd(300); i; i--)
		sock_recv(b, idle_udp, buf, sizeof buf);
}

static void pings(void)
{
	struct ping_reply r;
	for (unsigned i = 0; i < 20; i++)
		icmp_ping(a, V4(rnd(2) ? HOST_IP(1) : NOBODY), 7, (uint16_t)i, rnd(9000), 0);
	pass(rnd(2000000));
	for (unsigned i = rnd(20); i && !icmp_ping_read(a, 7, &r); i--)
		assert_int_equal(r.id, 7);
}

static void groups(void)
{
	int s = sock_open(a, SOCK_UDP);
	for (unsigned i = 0; i < 10; i++)
		sock_set(a, s, rnd(3) ? SOCK_OPT_JOIN : SOCK_OPT_LEAVE, GROUP_OF(0xe0000100u + rnd(12)));
	pass(rnd(3000000));
	sock_close(a, s);
}

/* The other machine is off for up to two minutes in the middle of a transfer. */
static void vanishing_peer(void)
{
	w.dead_from_us = w.now_us + rnd(100000);
	w.dead_to_us = w.dead_from_us + rnd(120000000);
	visit(HOST_IP(1), 80);
}

static void something(void)
{
	switch (rnd(16)) {
	case 0:
		syn_flood();
		break;
	case 1:
		garbage();
		break;
	case 2:
		half_datagrams();
		break;
	case 3:
	case 4:
		datagrams();
		break;
	case 5:
	case 6:
		pings();
		break;
	case 7:
		groups();
		break;
	case 8:
		visit(NOBODY, 80);
		break;
	case 9:
		visit(HOST_IP(1), 81);
		break;
	case 10:
		vanishing_peer();
		break;
	default:
		visit(HOST_IP(1), 80);
	}
	accept_and_serve();
}

/* Everything has run its course: what is left is what the two open sockets hold, nothing. */
static void quiet(void)
{
	uint8_t buf[2000];

	pass(300000000);
	accept_and_serve();
	while (sock_recv(b, idle_udp, buf, sizeof buf) >= 0)
		;
	pass(300000000);
	assert_int_equal(w.host[0].alloc_bytes + w.host[1].alloc_bytes, 0);
	assert_int_equal(w.host[0].allocs + w.host[1].allocs, 0);
	for (unsigned i = 0; i < WIRE_HOSTS; i++) {
		struct net *n = &w.host[i].net;
		struct sock_info info;
		assert_null(n->tcp.conns);
		assert_int_equal(n->arp.queued, 0);
		assert_int_equal(sock_info(n, i ? 2 : 0, &info), false);
		for (unsigned g = 0; g < NET_GROUPS; g++)
			assert_int_equal(n->igmp.group[g].members, 0);
	}
}

static void a_day_of_everything(void **state)
{
	uint64_t seed = 24, hour;
	unsigned done = 0;
	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	wire_init(&w, seed);
	a = &w.host[0].net;
	b = &w.host[1].net;
	w.loss = 50;
	w.dup = w.reorder = w.corrupt = 20;
	listener = sock_open(b, SOCK_TCP);
	sock_bind(b, listener, NULL, 80);
	sock_listen(b, listener, 4);
	idle_udp = sock_open(b, SOCK_UDP);
	sock_bind(b, idle_udp, NULL, 7);
	for (hour = 1; hour <= 24; hour++) {
		while (w.now_us < hour * HOUR - 900000000u) {
			something();
			pass(rnd(60000000));
			done++;
		}
		quiet();
		if (w.now_us < hour * HOUR)
			pass(hour * HOUR - w.now_us);
	}
	assert_true(w.now_us >= 24 * HOUR);
	print_message("%u things done, %llu frames, at most %zu bytes held by one\n", done, (unsigned long long)w.sent,
		peak);
	for (unsigned i = 0; i < CNT_KINDS; i++)
		print_message("  %-22s %10u %10u\n", net_counter_name(i), a->count[i], b->count[i]);
	assert_int_equal(a->count[CNT_mem_failed] + b->count[CNT_mem_failed], 0);
	sock_close(b, listener);
	sock_close(b, idle_udp);
	assert_true(wire_done(&w));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_day_of_everything) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
