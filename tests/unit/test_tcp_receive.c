/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP's receiving side against a scripted peer: what is acknowledged, held,
 * SACKed and placed, and what the window promises.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/unit/tcp_peer_want.h"

static uint8_t stream[4 << 20];

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof stream; i++)
		stream[i] = (uint8_t)(i * 2654435761u >> 22);
	peer_init(7);
	return 0;
}

/* Bytes [from, to) of the stream as one segment. */
static void data(uint32_t from, uint32_t to)
{
	peer_send(P.iss + 1 + from, P.irs + 1, TCP_ACK, stream + from, to - from);
}

static void expect_read(uint32_t from, uint32_t to)
{
	uint8_t buf[70000];
	uint32_t at = from;
	while (at < to) {
		int r = sock_recv(NET, P.s, buf, to - at < sizeof buf ? to - at : sizeof buf);
		assert_true(r > 0);
		assert_memory_equal(buf, stream + at, (size_t)r);
		at += (uint32_t)r;
	}
}

static uint32_t off(uint32_t seq)
{
	return seq - P.iss - 1;
}

static void one_ack_for_a_batch(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	P.no_poll = true;
	for (uint32_t i = 0; i < 10; i++)
		data(i * 1000, i * 1000 + 1000);
	nothing_sent();
	net_poll(NET, P.w.now_us);
	assert_int_equal(off(want().ack), 10000);
	nothing_sent();
	expect_read(0, 10000);
}

/* Whoever waits is woken by what can be read, and by nothing else. */
static void data_wake_the_reader(void **state)
{
	static uint8_t sink[200];
	const unsigned *wakes = &P.w.host[0].wakes;
	static const struct {
		uint32_t from, to;
		unsigned wakes;
	} segments[] = {
		{ 0, 100, 1 }, { 0, 100, 0 }, { 200, 300, 0 }, { 100, 200, 1 }, { 250, 350, 1 },
		/* the sink: only when it is full */
		{ 350, 400, 0 }, { 450, 550, 0 }, { 400, 450, 1 }, { 400, 450, 0 },
	};
	(void)state;
	peer_connect_to_us(0);
	for (unsigned i = 0; i < sizeof segments / sizeof segments[0]; i++) {
		unsigned before = *wakes;
		if (i == 5) {
			expect_read(0, 350);
			before = *wakes;
			assert_int_equal(sock_sink(NET, P.s, sink, sizeof sink), 0);
		}
		data(segments[i].from, segments[i].to);
		assert_int_equal(*wakes - before, segments[i].wakes);
	}
	assert_memory_equal(sink, stream + 350, sizeof sink);
}

static void lone_segment_waits(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	data(0, 100);
	nothing_sent();
	peer_run(TCP_DELACK + 1);
	assert_int_equal(off(want().ack), 100);
	nothing_sent();
}

/* What must be acknowledged at once does not wait for what may wait. */
static void the_next_timer_is_now(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	data(0, 100);
	assert_true(net_next_timer(NET) > P.w.now_us);
	P.no_poll = true;
	data(0, 100);
	assert_true(net_next_timer(NET) <= P.w.now_us);
	net_poll(NET, P.w.now_us);
	assert_int_equal(off(want().ack), 100);
	data(100, 200);
	assert_true(net_next_timer(NET) <= P.w.now_us);		/* a poll has to decide */
	net_poll(NET, P.w.now_us);
	P.no_poll = false;
}

/* The ACK of a lone request rides on the answer. */
static void ack_rides_on_data(void **state)
{
	struct caught c;
	(void)state;
	peer_connect_to_us(0);
	data(0, 100);
	assert_int_equal(sock_send(NET, P.s, "hi", 2), 2);
	c = want();
	assert_int_equal(c.len, 2);
	assert_int_equal(off(c.ack), 100);
	peer_run(TCP_DELACK * 2);
	nothing_sent();
	peer_send(P.iss + 101, P.irs + 3, TCP_ACK, NULL, 0);
}

static void holes_are_acked_at_once(void **state)
{
	struct caught c;
	(void)state;
	peer_connect_to_us(0);
	P.no_poll = true;
	data(0, 1000);
	data(2000, 3000);
	c = want();
	assert_int_equal(off(c.ack), 1000);
	assert_int_equal(c.opt.sack_count, 1);
	assert_int_equal(off(c.opt.sack[0].lo), 2000);
	assert_int_equal(off(c.opt.sack[0].hi), 3000);
	data(4000, 5000);
	c = want();
	assert_int_equal(c.opt.sack_count, 2);
	assert_int_equal(off(c.opt.sack[0].lo), 4000);	/* the latest first */
	assert_int_equal(off(c.opt.sack[1].lo), 2000);
	data(3000, 4000);
	c = want();
	assert_int_equal(off(c.ack), 1000);
	assert_int_equal(c.opt.sack_count, 1);
	assert_int_equal(off(c.opt.sack[0].lo), 2000);
	assert_int_equal(off(c.opt.sack[0].hi), 5000);
	assert_int_equal(sock_events(NET, P.s) & SOCK_IN, SOCK_IN);
	data(1000, 2000);
	c = want();
	assert_int_equal(off(c.ack), 5000);
	assert_int_equal(c.opt.sack_count, 0);
	expect_read(0, 5000);
}

/* A burst behind a hole costs TCP_QUICK_ACKS transmissions and one at the end, not one each. */
static void burst_behind_a_hole(void **state)
{
	struct caught c;
	unsigned acks = 0;
	(void)state;
	peer_connect_to_us(0);
	P.no_poll = true;
	for (uint32_t i = 1; i < 100; i++)
		data(i * 1000, i * 1000 + 1000);
	net_poll(NET, P.w.now_us);
	while (peer_next(&c))
		acks++;
	assert_int_equal(acks, TCP_QUICK_ACKS + 1);
	assert_int_equal(off(c.ack), 0);
	assert_int_equal(off(c.opt.sack[0].lo), 1000);
	assert_int_equal(off(c.opt.sack[0].hi), 100000);
}

/* The named test: whatever comes in whatever order, no ACK is past what the reader could read. */
static void no_ack_passes_a_hole(void **state)
{
	static uint8_t have[300000];
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		uint32_t contiguous = 0;
		struct caught c;
		peer_done();
		peer_init(seed);
		P.sack = seed % 3;
		P.ts = seed % 2;
		P.iss = seed % 4 ? wire_random(&P.w) : 0xffffffffu - wire_random(&P.w) % 200000;
		memset(have, 0, sizeof have);
		peer_connect_to_us(0);
		for (int i = 0; i < 600; i++) {
			uint32_t from = wire_random(&P.w) % 3 ? contiguous + wire_random(&P.w) % 8000
			: wire_random(&P.w) % 250000;
			uint32_t len = wire_random(&P.w) % 1460 + 1;
			if (from > 2000 && wire_random(&P.w) % 4 == 0)
				from = contiguous > 500 ? contiguous - wire_random(&P.w) % 500 : contiguous;
			P.no_poll = wire_random(&P.w) % 2;
			data(from, from + len);
			if (from < contiguous + 260000)
				memset(have + from, 1, len);
			while (have[contiguous])
				contiguous++;
			while (peer_next(&c)) {
				assert_true(off(c.ack) <= contiguous);
				for (unsigned k = 0; k < c.opt.sack_count; k++) {
					assert_true(off(c.opt.sack[k].lo) > off(c.ack));
					for (uint32_t b = off(c.opt.sack[k].lo); b < off(c.opt.sack[k].hi); b++)
						assert_true(have[b]);
				}
			}
		}
		peer_run(1000000);
	}
}

static void duplicates_are_acked_again(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	data(0, 1400);
	data(1400, 2100);
	data(2100, 3000);
	peer_forget();
	data(0, 1000);
	assert_int_equal(off(want().ack), 3000);
	data(2500, 3500);			/* half of it is new */
	peer_run(TCP_DELACK + 1);
	assert_int_equal(off(want().ack), 3500);
	expect_read(0, 3500);
}

static void fin_in_a_hole(void **state)
{
	uint8_t b;
	struct caught c;
	(void)state;
	peer_connect_to_us(0);
	peer_send(P.iss + 1 + 2000, P.irs + 1, TCP_ACK | TCP_FIN, stream + 2000, 500);
	c = want();
	assert_int_equal(off(c.ack), 0);
	assert_false(sock_events(NET, P.s) & SOCK_HUP);
	data(0, 1000);
	peer_forget();
	data(1000, 2000);
	assert_int_equal(off(want().ack), 2501);
	assert_true(sock_events(NET, P.s) & SOCK_HUP);
	expect_read(0, 2500);
	assert_int_equal(sock_recv(NET, P.s, &b, 1), 0);
	data(2500, 2600);			/* nothing follows a FIN */
	assert_int_equal(sock_recv(NET, P.s, &b, 1), 0);
}

static void data_behind_a_fin_is_ignored(void **state)
{
	uint8_t b;
	(void)state;
	peer_connect_to_us(0);
	peer_send(P.iss + 1 + 1000, P.irs + 1, TCP_ACK | TCP_FIN, NULL, 0);
	data(500, 1500);
	data(0, 500);
	expect_read(0, 1000);
	assert_int_equal(sock_recv(NET, P.s, &b, 1), 0);
}

static void sequence_numbers_wrap(void **state)
{
	(void)state;
	P.iss = 0xffffffffu - 5000;
	peer_connect_to_us(0);
	data(8000, 9000);
	for (uint32_t i = 0; i < 8000; i += 1000)
		data(i, i + 1000);
	expect_read(0, 9000);
	for (uint32_t i = 9000; i < 3000000; i += 1000) {
		data(i, i + 1000);
		expect_read(i, i + 1000);
	}
}

/* The ring fills, the window shuts, nothing beyond is taken; reading opens it again by itself. */
static void zero_window(void **state)
{
	struct caught c;
	uint32_t edge = 0;
	(void)state;
	peer_connect_to_us(8192);
	for (uint32_t i = 0; i < 20000; i += 1000) {
		data(i, i + 1000);
		while (peer_next(&c)) {
			edge = off(c.ack) + (c.wnd << TCP_WND_SCALE);
			assert_true(edge <= 8192);
		}
	}
	assert_in_range(edge, 8192 - 31, 8192);
	peer_run(100000);
	peer_forget();
	peer_send(P.iss + 1 + edge, P.irs + 1, TCP_ACK, stream, 1);	/* a window probe */
	c = want();
	assert_int_equal(off(c.ack), edge);
	assert_int_equal(c.wnd, 0);
	peer_send(P.iss + edge, P.irs + 1, TCP_ACK, NULL, 0);		/* Linux's kind */
	assert_int_equal(off(want().ack), edge);
	expect_read(0, 1000);
	nothing_sent();			/* no silly window */
	peer_send(P.iss + 1 + edge, P.irs + 1, TCP_ACK, stream, 1);
	assert_int_equal(want().wnd, 0);	/* not when asked either */
	expect_read(1000, 7000);
	c = want();
	assert_int_equal(off(c.ack), edge);
	assert_true(c.wnd << TCP_WND_SCALE >= 2000);
	data(edge, edge + 1000);
	expect_read(7000, edge + 1000);
}

static void rst_must_be_exact(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	data(0, 1000);
	peer_run(50000);
	peer_forget();
	peer_send(P.iss + 1 + 1001, 0, TCP_RST, NULL, 0);		/* in the window: challenged */
	assert_int_equal(off(want().ack), 1000);
	peer_send(P.iss + 1 + 999, 0, TCP_RST, NULL, 0);		/* before it */
	peer_send(P.iss + 1 + 5000000, 0, TCP_RST, NULL, 0);		/* far beyond */
	nothing_sent();
	assert_int_equal(sock_error(NET, P.s), 0);
	peer_send(P.iss + 1 + 1000, 0, TCP_RST, NULL, 0);
	assert_int_equal(sock_error(NET, P.s), -ECONNRESET);
	assert_true(sock_events(NET, P.s) & SOCK_ERR);
	expect_read(0, 1000);					/* what came before it is still there */
	uint8_t b;
	assert_int_equal(sock_recv(NET, P.s, &b, 1), -ECONNRESET);
	assert_int_equal(sock_send(NET, P.s, "x", 1), -ECONNRESET);
}

static void syn_and_bad_acks_are_challenged(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	peer_send(P.iss + 1, 0, TCP_SYN, NULL, 0);
	assert_int_equal(want().flags, TCP_ACK);
	peer_send(P.iss + 1, P.irs + 1000, TCP_ACK, "x", 1);		/* acknowledges what was not sent */
	assert_int_equal(off(want().ack), 0);
	peer_send(P.iss + 1, P.irs - 20000000, TCP_ACK, "x", 1);	/* too old */
	assert_int_equal(off(want().ack), 0);
	peer_send(P.iss + 1, 0, 0, "x", 1);				/* no ACK at all */
	nothing_sent();
	assert_int_equal(NET->count[CNT_tcp_bad_ack], 2);
	assert_int_equal(sock_events(NET, P.s) & (SOCK_IN | SOCK_ERR), 0);
}

/* Old segments by the thousand cost a bounded number of answers, and real data gets through. */
static void challenges_are_bounded(void **state)
{
	struct caught c;
	unsigned n = 0;
	(void)state;
	peer_connect_to_us(0);
	data(0, 1000);
	peer_run(50000);
	peer_forget();
	for (int i = 0; i < 5000; i++) {
		peer_send(P.iss + 1 - 500, P.irs + 1, TCP_ACK, NULL, 0);
		while (peer_next(&c))
			n++;
	}
	assert_int_equal(n, TCP_CHALLENGES);
	assert_int_equal(NET->count[CNT_tcp_limited], 5000 - TCP_CHALLENGES);
	data(1000, 2000);
	data(2000, 3000);
	assert_int_equal(off(want().ack), 3000);
}

static void old_timestamps_are_dropped(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	P.tsval = 2000;
	data(0, 1000);
	data(1000, 2000);
	peer_forget();
	P.tsval = 1500;
	data(2000, 3000);
	assert_int_equal(off(want().ack), 2000);
	assert_int_equal(NET->count[CNT_tcp_paws], 1);
	P.tsval = 2001;
	data(2000, 3000);
	expect_read(0, 3000);
	P.w.now_us += TCP_PAWS_VALID + 1;		/* after 24 days any clock may have wrapped */
	P.tsval = 1;
	data(3000, 4000);
	expect_read(3000, 4000);
}

/* The timestamp echoed is that of the segment the ACK is about, not of one past a hole (RFC 7323 4.3). */
static void timestamp_echo(void **state)
{
	(void)state;
	P.tsval = 2000;
	peer_connect_to_us(0);
	P.tsval = 2100;
	data(0, 1000);
	P.tsval = 2200;
	data(1000, 2000);
	assert_int_equal(want().opt.tsecr, 2100);
	P.tsval = 2300;
	data(3000, 4000);
	assert_int_equal(want().opt.tsecr, 2100);
	P.tsval = 2400;
	data(2000, 3000);
	assert_int_equal(want().opt.tsecr, 2400);
}

static void options_of_any_kind(void **state)
{
	(void)state;
	peer_connect_to_us(0);
	for (uint32_t i = 0; i < 3000; i++) {
		uint8_t o[40];
		size_t len = wire_random(&P.w) % 11 * 4;
		for (size_t k = 0; k < len; k++)
			o[k] = (uint8_t)(wire_random(&P.w) % 3 ? wire_random(&P.w) % 12 : wire_random(&P.w));
		NET->tcp.conns->ts_ok = false;
		peer_segment(PEER_PORT, P.port, P.iss + 1 + i, P.irs + 1, TCP_ACK, 500, o, len, stream + i, 1);
		expect_read(i, i + 1);
		P.w.now_us += 1000;
	}
	assert_int_equal(sock_error(NET, P.s), 0);
}

static void truncated_segments(void **state)
{
	uint8_t f[1600] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45 };
	(void)state;
	peer_connect_to_us(0);
	for (size_t len = 0; len < 70; len++) {
		uint8_t *exact = malloc(34 + len);
		put_be16(f + 16, (uint16_t)(20 + len));
		f[22] = 64;
		f[23] = 6;
		put_be32(f + 26, HOST_IP(1));
		put_be32(f + 30, HOST_IP(0));
		put_be16(f + 24, 0);
		csum_put(f + 24, csum_finish(csum_add(0, f + 14, 20)));
		put_be16(f + 34, PEER_PORT);
		put_be16(f + 36, P.port);
		put_be32(f + 38, P.iss + 1);
		f[46] = 0xf0;
		f[47] = TCP_ACK | TCP_RST;
		put_be16(f + 50, 0);
		csum_put(f + 50, csum_finish(csum_add(csum_pseudo(V4(HOST_IP(1)), V4(HOST_IP(0)), 6, len), f + 34,
						      len)));
		memcpy(exact, f, 34 + len);
		if (len < 60)
			peer_frame_in(exact, 34 + len);
		free(exact);
	}
	assert_int_equal(sock_error(NET, P.s), 0);
	assert_int_equal(NET->count[CNT_tcp_bad], 60);
}

static void sink_takes_what_came_and_what_comes(void **state)
{
	static uint8_t place[10000];
	(void)state;
	memset(place, 0xee, sizeof place);
	peer_connect_to_us(0);
	data(0, 1000);
	data(3000, 4000);		/* held in the ring */
	data(9000, 10000);		/* held, half of it past the sink's end */
	expect_read(0, 300);
	assert_int_equal(sock_sink(NET, P.s, place, 9200), 0);	/* stream 300..9500 */
	assert_int_equal(sock_sink_done(NET, P.s), 700);
	assert_int_equal(sock_sink(NET, P.s, place, 10), -EBUSY);
	assert_memory_equal(place + 2700, stream + 3000, 1000);
	data(5000, 6000);
	assert_memory_equal(place + 4700, stream + 5000, 1000);
	assert_int_equal(place[4699], 0xee);
	assert_false(sock_events(NET, P.s) & SOCK_IN);
	assert_int_equal(sock_recv(NET, P.s, place, 1), -EAGAIN);
	for (uint32_t i = 1000; i < 9000; i += 500)
		data(i, i + 500);
	assert_int_equal(sock_sink_done(NET, P.s), 9200);
	assert_true(sock_events(NET, P.s) & SOCK_IN);
	assert_memory_equal(place, stream + 300, 9200);
	assert_int_equal(place[9200], 0xee);
	expect_read(9500, 10000);
	assert_false(sock_events(NET, P.s) & SOCK_IN);
	data(10000, 10010);
	expect_read(10000, 10010);
}

/* A range held past the sink's end stays in the ring. */
static void sink_ends_before_what_is_held(void **state)
{
	uint8_t *place = malloc(1500);
	(void)state;
	peer_connect_to_us(0);
	data(0, 1000);
	data(1200, 1400);
	data(2000, 3000);
	data(4000, 4500);
	assert_int_equal(sock_sink(NET, P.s, place, 1500), 0);
	assert_memory_equal(place + 1200, stream + 1200, 200);
	data(1000, 1200);
	data(1400, 2000);
	assert_memory_equal(place, stream, 1500);
	data(3000, 4000);
	expect_read(1500, 4500);
	free(place);
}

/* Less than the ring holds: full at once, the rest stays readable. */
static void small_sinks(void **state)
{
	static uint8_t place[5000];
	uint32_t at = 0;
	(void)state;
	peer_connect_to_us(0);
	for (uint32_t i = 0; i < 200000; i += 1000) {
		data(i, i + 1000);
		while (i + 1000 - at > 700) {
			uint32_t len = wire_random(&P.w) % 700 + 1;
			if (wire_random(&P.w) % 2) {
				assert_int_equal(sock_sink(NET, P.s, place, len), 0);
				assert_int_equal(sock_sink_done(NET, P.s), len);
				assert_true(sock_events(NET, P.s) & SOCK_IN);
				assert_memory_equal(place, stream + at, len);
			} else {
				expect_read(at, at + len);
			}
			at += len;
		}
	}
}

static void sink_reads_end_of_stream(void **state)
{
	static uint8_t place[2000];
	uint8_t b;
	(void)state;
	peer_connect_to_us(0);
	assert_int_equal(sock_sink(NET, P.s, place, 2000), 0);
	data(0, 1000);
	peer_send(P.iss + 1 + 1000, P.irs + 1, TCP_ACK | TCP_FIN, NULL, 0);
	assert_int_equal(sock_events(NET, P.s) & (SOCK_IN | SOCK_HUP), SOCK_IN | SOCK_HUP);
	assert_int_equal(sock_recv(NET, P.s, &b, 1), 0);
	assert_int_equal(sock_sink_done(NET, P.s), 1000);
}

static void sink_taken_away(void **state)
{
	static uint8_t place[5000];
	(void)state;
	peer_connect_to_us(0);
	assert_int_equal(sock_sink(NET, P.s, place, 5000), 0);
	data(0, 1000);
	data(2000, 3000);
	assert_int_equal(sock_sink(NET, P.s, NULL, 0), 0);
	memset(place, 0xcc, sizeof place);
	data(1000, 2000);
	data(4000, 6000 - 600);
	expect_read(1000, 2000);
	data(2000, 3000);
	data(3000, 4000);
	expect_read(2000, 5400);
	for (size_t i = 0; i < sizeof place; i++)
		assert_int_equal(place[i], 0xcc);
}

/* What was promised with the sink in mind is not taken without it: the ring alone cannot hold it. */
static void sink_taken_away_with_its_room(void **state)
{
	static uint8_t place[100000];
	(void)state;
	peer_connect_to_us(8192);
	assert_int_equal(sock_sink(NET, P.s, place, sizeof place), 0);
	data(0, 1000);
	data(1000, 2000);
	assert_true(NET->tcp.conns->rcv_adv - NET->tcp.conns->rcv_nxt > 90000);
	assert_int_equal(sock_sink(NET, P.s, NULL, 0), 0);
	data(50000, 51000);
	data(9800, 10800);			/* its first 392 bytes fit */
	for (uint32_t i = 2000; i < 12000; i += 1000)
		data(i, i + 1000);
	expect_read(2000, 2000 + 8192);
	assert_int_equal(sock_recv(NET, P.s, place, 1), -EAGAIN);
	data(2000 + 8192, 11000);
	expect_read(2000 + 8192, 11000);
}

static void sink_goes_with_the_socket(void **state)
{
	uint8_t *place = malloc(5000);
	struct caught c;
	(void)state;
	peer_connect_to_us(0);
	assert_int_equal(sock_sink(NET, P.s, place, 5000), 0);
	data(0, 1000);
	peer_forget();
	assert_int_equal(sock_close(NET, P.s), 0);
	free(place);
	c = want();
	assert_true(c.flags & TCP_RST);		/* the rest of it is not wanted */
	data(1000, 2000);
	assert_null(NET->tcp.conns);
}

/* With a sink the window grows while nothing is lost; it never passes what memory can take. */
static void grow_with_a_sink(uint32_t rcvbuf)
{
	static uint8_t place[4 << 20];
	uint32_t len = 3u << 20, largest = 0, at = 0;
	struct caught c;
	peer_connect_to_us(rcvbuf);
	assert_int_equal(sock_sink(NET, P.s, place, len), 0);
	P.no_poll = true;
	for (; at < len; at += 1024) {
		data(at, at + 1024);
		if (at % 32768 == 0)
			net_poll(NET, P.w.now_us);
		while (peer_next(&c)) {
			uint32_t wnd = c.wnd << TCP_WND_SCALE;
			if (wnd > largest)
				largest = wnd;
			assert_true(off(c.ack) + wnd <= len + NET->tcp.conns->ring_len);
			assert_true(wnd <= TCP_WND_NEAR);
		}
	}
	assert_in_range(largest, TCP_WND_NEAR - 1024, TCP_WND_NEAR);
	assert_int_equal(sock_sink_done(NET, P.s), len);
	assert_memory_equal(place, stream, len);
	data(at + 1000, at + 2000);		/* a loss halves it */
	assert_int_equal(NET->tcp.conns->wnd_max, TCP_WND_NEAR / 2);
	data(at, at + 1000);
	expect_read(at, at + 2000);
	for (at += 2000; at < len + 900000; at += 1000) {
		data(at, at + 1000);
		expect_read(at, at + 1000);
		peer_forget();
	}
	assert_int_equal(NET->tcp.conns->wnd_max, TCP_WND_NEAR / 2);	/* and it is in no hurry to grow again */
}

static void window_grows_with_a_sink(void **state)
{
	(void)state;
	grow_with_a_sink(0);
}

static void window_ends_at_the_limit(void **state)
{
	(void)state;
	grow_with_a_sink(300000);	/* no power of two */
}

static void too_many_holes(void **state)
{
	uint32_t i;
	(void)state;
	peer_connect_to_us(0);
	for (i = 1; i <= RANGES_MAX + 10; i++)
		data(i * 200, i * 200 + 100);
	assert_int_equal(NET->count[CNT_tcp_ranges_full], 10);
	for (i = 0; i < 20000; i += 1000)
		data(i, i + 1000);
	expect_read(0, 20000);
}

/* Who waits at a shut window is told once two segments fit, not before and no later (RFC 9293 3.8.6.2.2). */
static void a_window_opens_by_two_segments(void **state)
{
	static uint8_t buf[20000];
	(void)state;
	peer_connect_to_us(sizeof buf);
	for (uint32_t at = 0; at < sizeof buf; at += 1000)
		peer_send(P.snd + at, P.irs + 1, TCP_ACK, buf + at, 1000);
	peer_run(1000000);
	peer_forget();
	assert_int_equal(sock_recv(NET, P.s, buf, 2800), 2800);
	peer_run(1000000);
	nothing_sent();
	assert_int_equal(sock_recv(NET, P.s, buf, 200), 200);
	assert_true(want().wnd > 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, peer_teardown)
	const struct CMUnitTest tests[] = {
		T(data_wake_the_reader), T(the_next_timer_is_now), T(one_ack_for_a_batch),
		T(lone_segment_waits), T(ack_rides_on_data), T(holes_are_acked_at_once),
		T(burst_behind_a_hole),
		T(no_ack_passes_a_hole), T(duplicates_are_acked_again), T(fin_in_a_hole),
		T(data_behind_a_fin_is_ignored),
		T(sequence_numbers_wrap), T(zero_window), T(rst_must_be_exact), T(syn_and_bad_acks_are_challenged),
		T(challenges_are_bounded), T(old_timestamps_are_dropped), T(timestamp_echo), T(options_of_any_kind),
		T(truncated_segments), T(sink_takes_what_came_and_what_comes),
		T(sink_ends_before_what_is_held), T(small_sinks), T(sink_reads_end_of_stream), T(sink_taken_away),
		T(sink_taken_away_with_its_room), T(sink_goes_with_the_socket),
		T(window_grows_with_a_sink), T(window_ends_at_the_limit), T(too_many_holes),
		T(a_window_opens_by_two_segments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
