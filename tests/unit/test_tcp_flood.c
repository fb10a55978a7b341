/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A listener under floods of SYNs: neighbours who are not there, hosts behind a
 * router, some who answer with RST or guess at acknowledgments.  Between them
 * come honest callers, each with options of his own, who ask once and must get
 * in, with what they asked for, and hear the server's first word.  300 floods.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/unit/net_frame.h"

#define PORT 23
#define CALLERS 0x0a000010u		/* and on */
#define NEIGHBOURS 0x0a010000u		/* on our link, all of them invented */
#define FAR_AWAY 0xc0000200u		/* behind the router, which is PEER */
#define STEP_US 250u			/* a SYN each: 4,000 a second */

struct caller {
	uint32_t ip, seq, ack;
	uint16_t port, mss;
	int scale;			/* -1: none */
	bool sack, ts;
	struct tcp_seg said;		/* options in the SYN-ACK */
	unsigned syn_acks, resets, bytes;
};

static uint64_t seed;
static int listener;
static struct caller caller;		/* the one who calls now */

static int say_seed(void **state)
{
	(void)state;
	if (seed)
		print_error("the flood of seed %llu\n", (unsigned long long)seed);
	return 0;
}

static void segment(uint32_t from, uint16_t port, uint32_t seq, uint32_t ack, uint8_t flags, const uint8_t *opt,
		    size_t opt_len)
{
	uint8_t m[60] = { 0 };
	size_t len = 20 + opt_len;

	put_be16(m, port);
	put_be16(m + 2, PORT);
	put_be32(m + 4, seq);
	put_be32(m + 8, ack);
	m[12] = (uint8_t)(len / 4 << 4);
	m[13] = flags;
	put_be16(m + 14, 1000);
	if (opt_len)
		memcpy(m + 20, opt, opt_len);
	csum_put(m + 16, csum_finish(csum_add(csum_pseudo(V4(from), V4(ME), 6, len), m, len)));
	ip_in((struct ip_opts){ .src = from, .proto = 6 }, m, len);
}

static void hear(const uint8_t *f)
{
	const uint8_t *ip = f + 14, *t = f + 34;
	size_t head = (size_t)(t[12] >> 4) * 4;

	if (get_be16(f + 12) == 0x806 && f[21] == 1 && (get_be32(f + 38) == caller.ip || get_be32(f + 38) == PEER))
		arp_in(2, 2, get_be32(f + 38), ME);
	if (get_be16(f + 12) != 0x800 || ip[9] != 6 || get_be32(ip + 16) != caller.ip ||
	    get_be16(t + 2) != caller.port)
		return;
	assert_int_equal(f[5], 2);				/* the station that he is */
	caller.resets += t[13] & TCP_RST ? 1 : 0;
	caller.bytes += get_be16(ip + 2) - 20u - (unsigned)head;
	if (!(t[13] & TCP_SYN))
		return;
	caller.syn_acks++;
	caller.ack = get_be32(t + 4) + 1;
	caller.said = (struct tcp_seg){ 0 };
	assert_true(tcp_options_parse(t + 20, head - 20, &caller.said));
}

static void listen_to_wire(void)
{
	net_poll(NET, W.now_us);
	for (unsigned i = 0; i < out_count; i++)		/* more may come meanwhile */
		hear(out[i].frame);
	out_count = 0;
}

static void flood_of(unsigned count)
{
	for (; count; count--) {
		uint32_t r = wire_random(&W), from = (r & 1 ? NEIGHBOURS : FAR_AWAY) + 1 + wire_random(&W) % 200;
		uint16_t port = (uint16_t)(1 + wire_random(&W) % 60000);
		uint8_t flags = r % 16 == 2 ? TCP_ACK : r % 16 == 4 ? TCP_RST : TCP_SYN;
		segment(from, port, wire_random(&W), wire_random(&W), flags, NULL, 0);
		W.now_us += STEP_US;
		listen_to_wire();
		assert_in_range(W.host[0].alloc_bytes, 0, 40 * (TCP_RING_PASSIVE + TCP_SEND_RING + 4096));
	}
}

static void draw_caller(void)
{
	uint32_t r = wire_random(&W);
	caller = (struct caller){
		.ip = CALLERS + r % 40, .port = (uint16_t)(1 + wire_random(&W) % 60000), .seq = wire_random(&W),
		.mss = (uint16_t)(TCP_MSS_MIN + wire_random(&W) % 9000), .scale = r & 0x100 ? (int)(r >> 9) % 15 : -1,
		.sack = r & 0x40000, .ts = r & 0x80000 };
}

static size_t put_options(uint8_t *o, bool syn)
{
	size_t n = 0;

	memset(o, 1, 40);
	if (syn) {
		o[0] = 2;
		o[1] = 4;
		put_be16(o + 2, caller.mss);
		n = 4;
	}
	if (syn && caller.scale >= 0) {
		memcpy(o + n, "\1\3\3", 3);
		o[n + 3] = (uint8_t)caller.scale;
		n += 4;
	}
	if (syn && caller.sack) {
		memcpy(o + n, "\1\1\4\2", 4);
		n += 4;
	}
	if (caller.ts) {
		memcpy(o + n, "\1\1\10\12", 4);
		put_be32(o + n + 4, 77777);
		put_be32(o + n + 8, syn ? 0 : caller.said.tsval);
		n += 12;
	}
	return n;
}

static void call(void)
{
	uint8_t o[40];
	size_t n = put_options(o, true);
	segment(caller.ip, caller.port, caller.seq, 0, TCP_SYN, o, n);
	listen_to_wire();
}

static void acknowledge(uint32_t ack)
{
	uint8_t o[40];
	size_t n = put_options(o, false);
	segment(caller.ip, caller.port, caller.seq + 1, ack, TCP_ACK, o, n);
}

/* What was asked for was agreed upon, whether the connection was remembered or not. */
static void look_at(const struct tcp_conn *c)
{
	uint32_t mss = c->mss + (c->ts_ok ? TCP_TS_LEN : 0u), most = caller.mss < 1460 ? caller.mss : 1460;

	assert_int_equal(c->sack_ok, caller.sack);
	assert_int_equal(c->ts_ok, caller.ts);
	assert_int_equal(c->snd_scale != 0 || c->rcv_scale != 0, caller.scale >= 0);
	assert_int_equal(caller.said.has_sack_ok, caller.sack);
	assert_int_equal(caller.said.has_ts, caller.ts);
	assert_int_equal(caller.said.has_scale, caller.scale >= 0);
	assert_true(mss <= most && mss >= (most < 256 ? 88 : most < 1200 ? 256 : most - 160));
	assert_true(c->snd_scale <= (caller.scale > 0 ? caller.scale : 0));
	assert_true(caller.scale < 12 ? c->snd_scale + 2 > caller.scale : c->snd_scale == 10 || c->snd_scale >= 12);
}

static void one_caller(void)
{
	struct net_addr ip;
	uint16_t port;
	int s;

	draw_caller();
	call();
	assert_int_equal(caller.syn_acks, 1);
	flood_of(wire_random(&W) % 300);
	if (wire_random(&W) % 2) {				/* the answer was lost */
		uint32_t before = caller.ack;
		call();
		assert_int_equal(caller.ack, before);
		flood_of(wire_random(&W) % 100);
	}
	acknowledge(caller.ack);
	s = sock_accept(NET, listener, &ip, &port);
	assert_true(s >= 0);
	assert_int_equal(ip.v4, caller.ip);
	assert_int_equal(port, caller.port);
	look_at(NET->socks[s].conn);
	listen_to_wire();
	flood_of(wire_random(&W) % 10);
	caller.bytes = 0;
	assert_int_equal(sock_send(NET, s, "Password: ", 10), 10);
	listen_to_wire();
	assert_int_equal(caller.bytes, 10);
	assert_int_equal(caller.resets, 0);
	sock_close(NET, s);
}

static void begin(uint64_t n)
{
	const struct net_prefix everywhere = { 0 };

	seed = n;
	frame_init(n);
	link_configure(NET, LINK, V4(ME), 8);
	assert_int_equal(net_route_add(NET, LINK, &everywhere, V4(PEER)), 0);
	listener = sock_open(NET, SOCK_TCP);
	assert_int_equal(sock_bind(NET, listener, NULL, PORT), 0);
	assert_int_equal(sock_listen(NET, listener, 1 + (int)(n % 16)), 0);
}

static void end(void)
{
	assert_true(wire_done(&W));
	seed = 0;
}

static void no_flood_keeps_an_honest_caller_out(void **state)
{
	unsigned by_cookie = 0;
	(void)state;
	for (uint64_t n = 1; n <= 300; n++) {
		begin(n);
		flood_of(wire_random(&W) % 200);
		for (unsigned i = 0; i < 3; i++)
			one_caller();
		by_cookie += NET->count[CNT_tcp_cookie_in];
		end();
	}
	assert_true(by_cookie > 500);
}

/* Nobody can make one up, change what one says, or use one for ever. */
static void cookies_hold_for_what_they_were_given(void **state)
{
	(void)state;
	begin(16);
	draw_caller();
	for (unsigned i = 0; i < 1000; i++)			/* without a flood there are none */
		segment(caller.ip, caller.port, caller.seq, wire_random(&W), TCP_ACK, NULL, 0);
	assert_null(NET->tcp.conns);
	flood_of(300);
	call();
	poll_at(W.now_us + 1000000);				/* for the bound on resets a second */
	for (unsigned bit = 0; bit < 32; bit++) {
		acknowledge(caller.ack + (1u << bit));
		acknowledge(((caller.ack - 1) ^ 1u << bit) + 1);
		assert_int_equal(sock_accept(NET, listener, NULL, NULL), -EAGAIN);
	}
	listen_to_wire();
	assert_true(caller.resets > 40);
	caller.seq ^= 4;					/* and for nobody else */
	acknowledge(caller.ack);
	caller.seq ^= 4;
	caller.port ^= 1;
	acknowledge(caller.ack);
	caller.port ^= 1;
	caller.ip++;
	acknowledge(caller.ack);
	caller.ip--;
	assert_int_equal(sock_accept(NET, listener, NULL, NULL), -EAGAIN);
	poll_at(W.now_us + 2 * TCP_COOKIE_TURN);
	flood_of(300);
	acknowledge(caller.ack);
	assert_int_equal(sock_accept(NET, listener, NULL, NULL), -EAGAIN);
	call();
	poll_at(W.now_us + TCP_COOKIE_TURN);			/* a slow one */
	acknowledge(caller.ack);
	assert_true(sock_accept(NET, listener, NULL, NULL) >= 0);
	end();
}

/* What one port of ours has given does not open another. */
static void cookies_are_a_ports(void **state)
{
	const struct net_addr to = *V4(ME), from = *V4(PEER);
	struct tcp_seg g = { .dst = &to, .src = &from, .dst_port = 23, .src_port = 4000, .seq = 5 };

	(void)state;
	begin(1);
	uint32_t cookie = tcp_cookie(NET, &g);
	assert_int_equal(tcp_cookie(NET, &g), cookie);
	g.dst_port = 24;
	assert_int_not_equal(tcp_cookie(NET, &g), cookie);
	g.dst_port = 23;
	g.src_port = 4001;
	assert_int_not_equal(tcp_cookie(NET, &g), cookie);
	end();
}

/* He goes by the first answer to his SYN, which was a cookie; meanwhile a place has become free. */
static void an_answer_stays_what_it_was(void **state)
{
	uint32_t first;
	(void)state;
	begin(4);
	draw_caller();
	flood_of(100);
	call();
	first = caller.ack;
	poll_at(W.now_us + TCP_SYN_RCVD_LIFE);
	listen_to_wire();
	assert_null(NET->tcp.conns);
	call();
	assert_non_null(NET->tcp.conns);
	acknowledge(first);
	assert_true(sock_accept(NET, listener, NULL, NULL) >= 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_flood_keeps_an_honest_caller_out, NULL, say_seed),
		cmocka_unit_test_setup_teardown(cookies_hold_for_what_they_were_given, NULL, say_seed),
		cmocka_unit_test_setup_teardown(cookies_are_a_ports, NULL, say_seed),
		cmocka_unit_test_setup_teardown(an_answer_stays_what_it_was, NULL, say_seed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
