/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP's sending side against a scripted peer: time-outs, fast retransmit,
 * SACK, windows that shut, Nagle, path MTU, peers that never answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/unit/tcp_peer_want.h"

static uint8_t bytes[8192];

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 2654435761u >> 22);
	peer_init(11);
	return 0;
}

static uint32_t off(uint32_t seq)
{
	return seq - P.irs - 1;
}

static void ack(uint32_t to)
{
	peer_send(P.snd, P.irs + 1 + to, TCP_ACK, NULL, 0);
}

/* A data segment of bytes [from, to). */
static struct caught want_data(uint32_t from, uint32_t to)
{
	struct caught c = want();
	assert_int_equal(off(c.seq), from);
	assert_int_equal(c.len, to - from);
	assert_memory_equal(c.data, bytes + from, to - from);
	return c;
}

#define SEG 1448u	/* 1500 - 40 - timestamps */

/* A card that sums finds the pseudo header's sum, in every segment; the next one, that does not, a whole one. */
static void checksums_are_the_cards(void **state)
{
	(void)state;
	P.w.host[0].dev.tx_sums_tcp = true;
	peer_connect_to_us(0);
	assert_int_equal(sock_send(NET, P.s, bytes, 101), 101);
	want_data(0, 101);
	ack(101);
	P.w.host[0].dev.tx_sums_tcp = false;
	assert_int_equal(sock_send(NET, P.s, bytes + 101, 100), 100);
	want_data(101, 201);
	assert_int_equal(P.bad, 0);
}

static void retransmission_backs_off_and_gives_up(void **state)
{
	uint64_t last, gap, start;
	struct caught c;
	int n = 0;
	(void)state;
	peer_connect_to_us(0);
	start = P.w.now_us;
	assert_int_equal(sock_send(NET, P.s, bytes, 100), 100);
	last = want_data(0, 100).at_us;
	gap = TCP_RTO_MIN / 2;
	peer_run(300000000);
	while (peer_next(&c)) {
		assert_int_equal(off(c.seq), 0);
		assert_memory_equal(c.data, bytes, c.len);
		assert_true(c.at_us - last >= (gap * 2 < TCP_RTO_MAX ? gap * 2 : TCP_RTO_MAX));
		gap = c.at_us - last;
		last = c.at_us;
		n++;
	}
	assert_in_range(n, 6, 12);
	assert_int_equal(sock_error(NET, P.s), -ETIMEDOUT);
	assert_true(last - start < TCP_GIVE_UP + TCP_RTO_MAX);
	assert_int_equal(sock_recv(NET, P.s, bytes, 1), -ETIMEDOUT);
}

/* However long the cable was out: once it is in, all that waits goes out at once, and waits are as at first. */
static void a_cable_that_is_in_again(void **state)
{
	struct netdev *dev = &P.w.host[0].dev;
	uint32_t rto;
	(void)state;
	peer_connect_to_us(0);
	assert_int_equal(sock_send(NET, P.s, bytes, 100), 100);
	want_data(0, 100);
	rto = NET->tcp.conns->rto;
	dev->link_up = false;
	peer_run(60000000);
	nothing_sent();
	dev->link_up = true;
	net_poll(NET, P.w.now_us);	/* who has that address is asked first */
	peer_answer_arp();
	want_data(0, 100);
	peer_run(2 * rto);
	want_data(0, 100);
}

static void a_cable_that_is_in_at_last(void **state)
{
	struct netdev *dev = &P.w.host[0].dev;
	(void)state;
	dev->link_up = false;
	peer_connect_to_us(0);
	peer_run(2500000);
	nothing_sent();
	dev->link_up = true;
	net_poll(NET, P.w.now_us);
	peer_answer_arp();
	assert_int_equal(want().flags, TCP_SYN);
}

static void round_trip_sets_the_timer(void **state)
{
	struct sock_info info;
	(void)state;
	peer_connect_to_us(0);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(sock_send(NET, P.s, bytes, 10), 10);
		P.ts_last = want().opt.tsval;
		P.w.now_us += 400000;
		ack(10 * (uint32_t)(i + 1));
	}
	assert_true(sock_info(NET, 0, &info));
	assert_in_range(info.rtt_us, 350000, 410000);
	assert_in_range(NET->tcp.conns->rto, 400000, 900000);
}

/* Without timestamps a segment that was sent twice says nothing about the round trip (Karn). */
static void karn(void **state)
{
	uint32_t before;
	(void)state;
	P.ts = false;
	peer_connect_to_us(0);
	sock_send(NET, P.s, bytes, 10);
	before = NET->tcp.conns->srtt8;
	peer_run(2000000);
	ack(10);
	assert_int_equal(NET->tcp.conns->srtt8, before);
	sock_send(NET, P.s, bytes, 10);
	P.w.now_us += 80000;
	ack(20);
	assert_int_not_equal(NET->tcp.conns->srtt8, before);
}

static void karn_and_fast_retransmit(void **state)
{
	uint32_t before;
	(void)state;
	P.ts = P.sack = false;
	peer_connect_to_us(0);
	ack(0);					/* the window, scaled */
	sock_send(NET, P.s, bytes, 5 * 1460);
	before = NET->tcp.conns->srtt8;
	for (int i = 0; i < 3; i++)
		ack(0);
	assert_int_equal(NET->count[CNT_tcp_fast_retransmit], 1);
	P.w.now_us += 90000;
	ack(5 * 1460);
	assert_int_equal(NET->tcp.conns->srtt8, before);
}

static void fast_retransmit_of_the_hole_only(void **state)
{
	struct range sack;
	(void)state;
	peer_connect_to_us(0);
	assert_int_equal(sock_send(NET, P.s, bytes, 5 * SEG), 5 * SEG);
	for (uint32_t i = 0; i < 5; i++)
		want_data(i * SEG, (i + 1) * SEG);
	ack(SEG);				/* the second is lost */
	for (uint32_t i = 3; i <= 5; i++) {
		nothing_sent();
		sack = (struct range){ P.irs + 1 + 2 * SEG, P.irs + 1 + i * SEG, 0 };
		peer_sack(P.irs + 1 + SEG, &sack, 1);
	}
	want_data(SEG, 2 * SEG);
	nothing_sent();
	ack(5 * SEG);
	peer_run(2000000);
	nothing_sent();
	assert_int_equal(NET->count[CNT_tcp_rto], 0);
	assert_int_equal(NET->count[CNT_tcp_fast_retransmit], 1);
}

static void two_holes(void **state)
{
	struct range sack[2];
	(void)state;
	peer_connect_to_us(0);
	sock_set(NET, P.s, SOCK_OPT_NODELAY, 1);
	assert_int_equal(sock_send(NET, P.s, bytes, 5 * SEG + 900), 5 * SEG + 900);
	peer_forget();
	sack[0] = (struct range){ P.irs + 1 + SEG, P.irs + 1 + 2 * SEG, 0 };
	peer_sack(P.irs + 1, sack, 1);
	sack[1] = sack[0];
	sack[0] = (struct range){ P.irs + 1 + 3 * SEG, P.irs + 1 + 4 * SEG, 0 };
	peer_sack(P.irs + 1, sack, 2);
	sack[0].hi += SEG;
	nothing_sent();
	peer_sack(P.irs + 1, sack, 2);
	want_data(0, SEG);
	sack[0].hi += 900;
	peer_sack(P.irs + 1, sack, 2);
	want_data(2 * SEG, 3 * SEG);
	nothing_sent();
	ack(5 * SEG + 900);
	assert_int_equal(NET->tcp.conns->snd_len, 0);
}

/* Two segments in flight cannot make three duplicates: one is enough (RFC 5827). */
static void early_retransmit(void **state)
{
	struct range sack;
	(void)state;
	peer_connect_to_us(0);
	sock_send(NET, P.s, bytes, 2 * SEG);
	peer_forget();
	sack = (struct range){ P.irs + 1 + SEG, P.irs + 1 + 2 * SEG, 0 };
	peer_sack(P.irs + 1, &sack, 1);
	want_data(0, SEG);
}

/* After a time-out SACK counts for nothing (the peer may have forgotten), and all is sent again in order. */
static void timeout_goes_back(void **state)
{
	struct range sack;
	struct caught c;
	(void)state;
	peer_connect_to_us(0);
	sock_send(NET, P.s, bytes, 4 * SEG);
	peer_forget();
	sack = (struct range){ P.irs + 1 + 3 * SEG, P.irs + 1 + 4 * SEG, 0 };
	peer_sack(P.irs + 1, &sack, 1);
	peer_run(TCP_RTO_MIN + 1000);
	want_data(0, SEG);
	nothing_sent();
	ack(SEG);
	want_data(SEG, 2 * SEG);
	want_data(2 * SEG, 3 * SEG);
	nothing_sent();
	ack(3 * SEG);
	c = want_data(3 * SEG, 4 * SEG);
	assert_true(c.flags & TCP_PSH);
	ack(4 * SEG);
	peer_run(1000000);
	nothing_sent();
}

/* RFC 5681, 3.1: half of the flight, two segments at the least; more time-outs of the same data halve no more. */
static void timeout_halves(void **state)
{
	(void)state;
	for (uint32_t segs = 1; segs <= 5; segs++) {
		const struct tcp_conn *c;
		uint32_t flight = segs * SEG, half;
		peer_init(40 + segs);
		peer_connect_to_us(0);
		c = NET->tcp.conns;
		half = flight / 2 > 2 * SEG ? flight / 2 : 2 * SEG;
		assert_int_equal(sock_send(NET, P.s, bytes, flight), (int)flight);
		assert_true(c->ssthresh > half);
		for (unsigned times = 1; times <= 3; times++) {
			peer_run(TCP_RTO_MIN << times);
			assert_true(NET->count[CNT_tcp_rto] >= times);
			assert_int_equal(c->ssthresh, half);
			assert_int_equal(c->cwnd, SEG);
		}
		peer_teardown(state);
	}
}

/* SACKs that come after a time-out are heeded: what they cover is not sent again. */
static void timeout_then_sack(void **state)
{
	struct range sack;
	(void)state;
	peer_connect_to_us(0);
	sock_set(NET, P.s, SOCK_OPT_NODELAY, 1);
	sock_send(NET, P.s, bytes, 5 * SEG);
	peer_forget();
	peer_run(TCP_RTO_MIN + 1000);
	want_data(0, SEG);
	sack = (struct range){ P.irs + 1 + SEG + 700, P.irs + 1 + 4 * SEG, 0 };
	peer_sack(P.irs + 1 + SEG, &sack, 1);
	want_data(SEG, SEG + 700);
	want_data(4 * SEG, 5 * SEG);
	nothing_sent();
	ack(5 * SEG);
}

static void garbage_sacks(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	sock_send(NET, P.s, bytes, 5 * SEG);
	for (int i = 0; i < 2000; i++) {
		struct range s[4];
		for (unsigned k = 0; k < 3; k++) {
			uint32_t base = wire_random(&P.w) % 3 ? P.irs : wire_random(&P.w);
			s[k] = (struct range){ base + wire_random(&P.w) % 9000, base + wire_random(&P.w) % 9000, 0 };
		}
		peer_sack(P.irs + 1, s, 3);
		P.w.now_us += 100;
		for (uint32_t k = 0; k < NET->tcp.conns->sacked.count; k++) {
			assert_true(seq_le(P.irs + 1, NET->tcp.conns->sacked.r[k].lo));
			assert_true(seq_le(NET->tcp.conns->sacked.r[k].hi, NET->tcp.conns->snd_max));
		}
		peer_forget();
	}
	ack(5 * SEG);
	assert_int_equal(NET->tcp.conns->snd_len, 0);
	assert_int_equal(sock_send(NET, P.s, bytes, 8192), 8192);
}

static void shut_window_is_probed_until_it_opens(void **state)
{
	struct caught c;
	unsigned probes = 0;
	uint64_t last = 0, gap = 0;
	(void)state;
	P.scale = false;
	peer_connect_to_us(0);
	sock_set(NET, P.s, SOCK_OPT_NODELAY, 1);
	P.wnd = 0;
	ack(0);
	assert_int_equal(sock_send(NET, P.s, bytes, 8192), 8192);
	assert_int_equal(sock_send(NET, P.s, bytes, 1), -EAGAIN);
	assert_false(sock_events(NET, P.s) & SOCK_OUT);
	for (int i = 0; i < 600; i++) {			/* ten minutes, and the peer answers each probe */
		peer_run(1000000);
		while (peer_next(&c)) {
			assert_int_equal(c.len, 0);
			assert_int_equal(off(c.seq), 0xffffffffu);
			assert_true(c.at_us - last >= gap || gap >= TCP_RTO_MAX);
			gap = last ? c.at_us - last : 0;
			last = c.at_us;
			probes++;
			ack(0);
		}
	}
	assert_in_range(probes, 10, 25);
	assert_int_equal(sock_error(NET, P.s), 0);
	P.wnd = 2 * SEG;
	ack(0);
	want_data(0, SEG);
	want_data(SEG, 2 * SEG);
	nothing_sent();
	peer_run(TCP_RTO_MIN + 1000);		/* what was sent then is lost: probing has not slowed us down */
	want_data(0, SEG);
	P.wnd = 20000;
	ack(2 * SEG);
	peer_run(1);
	for (uint32_t at = 2 * SEG; at < 8192; at += SEG) {
		want_data(at, at + SEG < 8192 ? at + SEG : 8192);
		ack(at + SEG < 8192 ? at + SEG : 8192);
	}
	assert_true(sock_events(NET, P.s) & SOCK_OUT);
}

static void shut_window_and_silence(void **state)
{
	(void)state;
	P.scale = false;
	peer_connect_to_us(0);
	P.wnd = 0;
	ack(0);
	sock_send(NET, P.s, bytes, 10);
	peer_run(300000000);
	assert_int_equal(sock_error(NET, P.s), -ETIMEDOUT);
}

/* A window too small for a full segment is used in the end, but not at once (silly window syndrome). */
static void small_window(void **state)
{
	(void)state;
	P.scale = false;
	peer_connect_to_us(0);
	P.wnd = 100;
	ack(0);
	sock_send(NET, P.s, bytes, 3000);
	nothing_sent();
	peer_run(TCP_RTO_MIN + 1000);
	want_data(0, 100);
	P.wnd = 5000;
	ack(100);
	want_data(100, 100 + SEG);
	want_data(100 + SEG, 100 + 2 * SEG);
	nothing_sent();
	ack(100 + 2 * SEG);
	want_data(100 + 2 * SEG, 3000);
	ack(3000);
}

static void nagle_and_nodelay(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	sock_send(NET, P.s, bytes, 1);
	want_data(0, 1);
	sock_send(NET, P.s, bytes + 1, 1);
	sock_send(NET, P.s, bytes + 2, 1);
	nothing_sent();
	ack(1);
	want_data(1, 3);
	assert_int_equal(sock_set(NET, P.s, SOCK_OPT_NODELAY, 1), 0);
	sock_send(NET, P.s, bytes + 3, 1);
	want_data(3, 4);
}

/* No larger segments than the user wants, either way; he learns how large they were. */
static void small_segments(void **state)
{
	static const uint8_t mss[4] = { 2, 4, 5, 180 };	/* 1460 */
	struct caught c;
	(void)state;
	P.s = sock_open(NET, SOCK_TCP);
	assert_int_equal(sock_set(NET, P.s, SOCK_OPT_MSS, TCP_MSS_MIN - 1), -EINVAL);
	assert_int_equal(sock_set(NET, P.s, SOCK_OPT_MSS, 65536), -EINVAL);
	assert_int_equal(sock_set(NET, P.s, SOCK_OPT_MSS, 536), 0);
	assert_int_equal(sock_get(NET, P.s, SOCK_OPT_SILENT_MS), 0);
	sock_connect(NET, P.s, V4(HOST_IP(1)), PEER_PORT);
	peer_answer_arp();
	c = want();
	assert_int_equal(c.opt.mss, 536);
	P.port = c.src_port;
	P.irs = c.seq;
	P.snd = P.iss + 1;
	peer_segment(PEER_PORT, P.port, P.iss, P.irs + 1, TCP_SYN | TCP_ACK, 4000, mss, 4, NULL, 0);
	want();
	assert_int_equal(sock_get(NET, P.s, SOCK_OPT_LARGEST), 0);
	sock_send(NET, P.s, bytes, 600);
	want_data(0, 536);
	peer_run(3000000);
	assert_int_equal(sock_get(NET, P.s, SOCK_OPT_SILENT_MS), 3000);
	peer_send(P.snd, P.irs + 1, TCP_ACK, bytes, 17);
	assert_int_equal(sock_get(NET, P.s, SOCK_OPT_LARGEST), 17);
	assert_int_equal(sock_get(NET, P.s, SOCK_OPT_SILENT_MS), 0);
}

static void mss_is_kept(void **state)
{
	static const uint8_t mss[4] = { 2, 4, 1, 0 };	/* 256 */
	struct caught c;
	(void)state;
	P.s = sock_open(NET, SOCK_TCP);
	sock_connect(NET, P.s, V4(HOST_IP(1)), PEER_PORT);
	peer_answer_arp();
	c = want();
	assert_int_equal(c.flags, TCP_SYN);
	assert_int_equal(c.opt.mss, 1460);
	assert_true(c.opt.has_ts && c.opt.has_scale && c.opt.has_sack_ok);
	assert_int_equal(c.opt.scale, TCP_WND_SCALE);
	P.port = c.src_port;
	P.irs = c.seq;
	P.snd = P.iss + 1;
	peer_segment(PEER_PORT, P.port, P.iss, P.irs + 1, TCP_SYN | TCP_ACK, 4000, mss, 4, NULL, 0);
	c = want();
	assert_int_equal(c.flags, TCP_ACK);
	assert_false(c.opt.has_ts);
	assert_int_equal(c.wnd, 0xffff);		/* nobody scales: 64 KiB it is */
	sock_send(NET, P.s, bytes, 1000);
	for (uint32_t at = 0; at < 768; at += 256)
		want_data(at, at + 256);
	P.ts = false;
	ack(768);
	want_data(768, 1000);
}

/* An ICMP message about the packet that starts with IP header h and 8 bytes of t. */
static void icmp(uint8_t type, uint8_t code, uint16_t mtu, uint32_t seq, uint16_t port)
{
	uint8_t f[70] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 56 };
	uint8_t *ip = f + 14, *m = f + 34, *q = m + 8;

	ip[8] = 64;
	ip[9] = 1;
	put_be32(ip + 12, 0x0a0000fe);
	put_be32(ip + 16, HOST_IP(0));
	csum_put(ip + 10, csum_finish(csum_add(0, ip, 20)));
	m[0] = type;
	m[1] = code;
	put_be16(m + 6, mtu);
	q[0] = 0x45;
	put_be16(q + 2, 1500);
	q[9] = 6;
	put_be32(q + 12, HOST_IP(0));
	put_be32(q + 16, HOST_IP(1));
	put_be16(q + 20, port);
	put_be16(q + 22, PEER_PORT);
	put_be32(q + 24, seq);
	csum_put(m + 2, csum_finish(csum_add(0, m, 36)));
	peer_frame_in(f, sizeof f);
}

static void path_mtu(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	sock_send(NET, P.s, bytes, 4 * SEG);
	peer_forget();
	icmp(3, 4, 1000, P.irs + 1 + 100000, P.port);	/* about what was never sent */
	nothing_sent();
	icmp(3, 4, 1490, P.irs + 1, P.port);
	assert_int_equal(NET->tcp.conns->mss, 1490 - 40 - TCP_TS_LEN);
	peer_forget();
	icmp(3, 4, 1000, P.irs + 1, P.port);
	for (uint32_t at = 0; at < 4 * SEG; at += 948)
		want_data(at, at + 948 < 4 * SEG ? at + 948 : 4 * SEG);
	icmp(3, 4, 1400, P.irs + 1, P.port);		/* never up */
	nothing_sent();
	icmp(3, 4, 0, P.irs + 1, P.port);		/* an old router */
	assert_int_equal(NET->tcp.conns->mss, TCP_MSS_DEFAULT - TCP_TS_LEN);
	peer_forget();
	icmp(3, 4, 1, P.irs + 1, P.port);
	assert_int_equal(NET->tcp.conns->mss, TCP_MSS_MIN - TCP_TS_LEN);
	ack(4 * SEG);
}

static void icmp_errors(void **state)
{
	struct caught c;
	(void)state;
	peer_connect_to_us(0);
	sock_send(NET, P.s, bytes, 10);
	icmp(3, 3, 0, P.irs + 1, P.port);
	icmp(3, 1, 0, P.irs + 1, P.port);
	assert_int_equal(sock_error(NET, P.s), 0);		/* an established connection goes on */
	peer_run(300000000);
	assert_int_equal(sock_error(NET, P.s), -EHOSTUNREACH);	/* but knows why in the end */
	sock_close(NET, P.s);
	peer_forget();

	P.s = sock_open(NET, SOCK_TCP);
	sock_connect(NET, P.s, V4(HOST_IP(1)), PEER_PORT);
	peer_answer_arp();
	c = want();
	icmp(3, 1, 0, c.seq + 7, c.src_port);			/* a guess */
	icmp(5, 1, 0, c.seq, c.src_port);			/* a redirect */
	icmp(3, 1, 0, c.seq, c.src_port ^ 1);			/* of another connection */
	assert_int_equal(sock_error(NET, P.s), 0);
	icmp(3, 10, 0, c.seq, c.src_port);
	assert_int_equal(sock_error(NET, P.s), -EHOSTUNREACH);
}

static void keepalive(void **state)
{
	struct caught c;
	int probes = 0;
	(void)state;
	peer_connect_to_us(0);
	sock_set(NET, P.s, SOCK_OPT_KEEPALIVE, 30);
	peer_run(29000000);
	nothing_sent();
	peer_run(2000000);
	assert_int_equal(off(want().seq), 0xffffffffu);
	ack(0);						/* alive */
	peer_run(29000000);
	nothing_sent();
	peer_run(200000000);
	while (peer_next(&c) && !(c.flags & TCP_RST))
		probes++;
	assert_int_equal(probes, TCP_KEEP_PROBES);
	assert_true(c.flags & TCP_RST);
	assert_int_equal(sock_error(NET, P.s), -ETIMEDOUT);
}

/* After so long a silence, so often, so many times, by what was set. */
static void own_keepalive(void **state)
{
	struct caught c;
	int probes = 0;
	(void)state;
	peer_connect_to_us(0);
	sock_set(NET, P.s, SOCK_OPT_KEEP_INTERVAL, 2);
	sock_set(NET, P.s, SOCK_OPT_KEEP_PROBES, 3);
	sock_set(NET, P.s, SOCK_OPT_KEEPALIVE, 30);
	sock_set(NET, P.s, SOCK_OPT_TOS, 0x10);
	peer_run(35900000);
	assert_int_equal(sock_error(NET, P.s), 0);
	peer_run(200000);
	while (peer_next(&c) && !(c.flags & TCP_RST))
		probes++;
	assert_int_equal(probes, 3);
	assert_int_equal(sock_error(NET, P.s), -ETIMEDOUT);
}

/* Who wants to know it soon asks as often. */
static void impatient_keepalive(void **state)
{
	struct caught c;
	int probes = 0;
	(void)state;
	peer_connect_to_us(0);
	sock_set(NET, P.s, SOCK_OPT_KEEPALIVE, 3);
	peer_run(20900000);
	assert_int_equal(sock_error(NET, P.s), 0);
	peer_run(200000);
	while (peer_next(&c) && !(c.flags & TCP_RST))
		probes++;
	assert_int_equal(probes, TCP_KEEP_PROBES);
	assert_int_equal(sock_error(NET, P.s), -ETIMEDOUT);
}

static void our_numbers_wrap(void **state)
{
	uint32_t sent = 0, acked = 0;
	(void)state;
	peer_connect_to_us(0);
	/* the rest of the connection 3000 bytes before the wrap */
	NET->tcp.conns->snd_una = NET->tcp.conns->snd_nxt = NET->tcp.conns->snd_max = 0xffffffffu - 3000;
	NET->tcp.conns->recover = NET->tcp.conns->snd_una - 1;
	NET->tcp.conns->snd_wl2 = NET->tcp.conns->snd_una;
	P.irs = 0xffffffffu - 3001;
	while (acked < 100000) {
		int r = sock_send(NET, P.s, bytes + sent % 4096, 4096 - sent % 4096);
		struct caught c;
		sent += r > 0 ? (uint32_t)r : 0;
		while (peer_next(&c)) {
			assert_int_equal(off(c.seq), acked);
			for (uint32_t i = 0; i < c.len; i++)
				assert_int_equal(c.data[i], bytes[(acked + i) % 4096]);
			acked += c.len;
		}
		ack(acked);
	}
	assert_int_equal(NET->count[CNT_tcp_retransmit], 0);
}

/* An ACK of data wakes whoever waits for room; once the socket is closed there is nobody to wake. */
static void acks_wake_the_sender_alone(void **state)
{
	const unsigned *wakes = &P.w.host[0].wakes;
	unsigned before;
	(void)state;
	peer_connect_to_us(0);
	assert_int_equal(sock_send(NET, P.s, bytes, 200), 200);
	want_data(0, 200);
	peer_run(1000);
	before = *wakes;
	ack(100);
	assert_int_equal(*wakes, before + 1);
	ack(100);
	assert_int_equal(*wakes, before + 1);
	assert_int_equal(sock_close(NET, P.s), 0);
	peer_run(1000);
	peer_forget();
	before = *wakes;
	ack(150);
	ack(200);
	assert_int_equal(*wakes, before);
}

/* An ACK from before the last one says nothing of the window, in however new a segment it comes. */
static void the_past_opens_no_window(void **state)
{
	uint32_t before;
	(void)state;
	peer_connect_to_us(0);
	assert_int_equal(sock_send(NET, P.s, bytes, 200), 200);
	want_data(0, 200);
	ack(200);
	before = NET->tcp.conns->snd_wnd;
	P.wnd = 7;
	peer_send(P.snd + 1, P.irs + 1 + 100, TCP_ACK, "x", 1);
	assert_int_equal(NET->tcp.conns->snd_wnd, before);
	P.snd += 2;
	ack(200);
	assert_int_equal(NET->tcp.conns->snd_wnd, 7 << NET->tcp.conns->snd_scale);
}

/* RFC 6298, 2, in floating point. */
static void the_timer_follows_the_round_trips(void **state)
{
	struct tcp_conn c = { .rtt_min_us = UINT32_MAX };
	double srtt = 0, var = 0, off_by = 0;
	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		uint32_t rtt = wire_random(&P.w) % (i % 100 < 50 ? 3000u : 900000u);
		double dev = srtt > rtt ? srtt - rtt : rtt - srtt, rto;
		tcp_rtt_sample(&c, rtt);
		var = i ? 0.75 * var + 0.25 * dev : rtt / 2.0;
		srtt = i ? 0.875 * srtt + 0.125 * rtt : rtt;
		rto = srtt + 4 * var;
		rto = rto < TCP_RTO_MIN ? TCP_RTO_MIN : rto > TCP_RTO_MAX ? TCP_RTO_MAX : rto;
		off_by = c.rto > rto ? c.rto - rto : rto - c.rto;
		assert_true(off_by < 50);
	}
	/* nothing at all is a round trip, too: the next one is the second */
	c = (struct tcp_conn){ .rtt_min_us = UINT32_MAX };
	tcp_rtt_sample(&c, 0);
	tcp_rtt_sample(&c, 8000);
	assert_in_range(c.srtt8 / 8, 990, 1010);
}

/* RFC 5681, 3.1: a segment for each ACK below ssthresh, a segment for each window from there on. */
static void the_window_opens_slowly(void **state)
{
	struct tcp_conn *c;
	uint32_t sent = 0;
	(void)state;
	peer_connect_to_us(0);
	c = NET->tcp.conns;
	c->cwnd = 2 * SEG;
	c->ssthresh = 4 * SEG;
	for (unsigned i = 0; i < 30; i++) {
		uint32_t len = i % 3 ? SEG : 100, wanted = c->cwnd;
		assert_int_equal(sock_send(NET, P.s, bytes, len), (int)len);
		wanted += c->cwnd < c->ssthresh ? len : SEG * SEG / c->cwnd;
		wanted = wanted < 4 * TCP_SEND_RING ? wanted : 4 * TCP_SEND_RING;
		sent += len;
		ack(sent);
		assert_int_equal(c->cwnd, wanted);
	}
	assert_true(c->cwnd > c->ssthresh + SEG);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, peer_teardown)
	const struct CMUnitTest tests[] = {
		T(checksums_are_the_cards),
		T(retransmission_backs_off_and_gives_up), T(a_cable_that_is_in_again), T(a_cable_that_is_in_at_last),
		T(round_trip_sets_the_timer),
		T(karn),
		T(karn_and_fast_retransmit), T(fast_retransmit_of_the_hole_only),
		T(two_holes), T(early_retransmit), T(timeout_goes_back),
		T(timeout_halves), T(the_past_opens_no_window), T(the_timer_follows_the_round_trips),
		T(the_window_opens_slowly), T(timeout_then_sack), T(garbage_sacks),
		T(shut_window_is_probed_until_it_opens),
		T(shut_window_and_silence), T(small_window), T(nagle_and_nodelay), T(mss_is_kept), T(small_segments),
		T(path_mtu),
		T(icmp_errors),
		T(keepalive), T(impatient_keepalive), T(own_keepalive),
		T(our_numbers_wrap), T(acks_wake_the_sender_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
