/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two stacks over a wire that loses, reorders, duplicates and corrupts: every
 * byte arrives as sent, or both ends have a clean error.  Seeds are printed.
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

static struct wire w;

static uint8_t pattern(uint64_t at)
{
	at *= 0x9e3779b97f4a7c15u;
	return (uint8_t)(at >> 56);
}

static int serve(struct net *n, uint16_t port)
{
	int l = sock_open(n, SOCK_TCP);
	assert_true(l >= 0);
	assert_int_equal(sock_bind(n, l, NULL, port), 0);
	assert_int_equal(sock_listen(n, l, 4), 0);
	return l;
}

static void open_pair(int *client, int *server, uint32_t rcvbuf)
{
	struct net *a = &w.host[0].net, *b = &w.host[1].net;
	int l = serve(b, 80);

	*client = sock_open(a, SOCK_TCP);
	if (rcvbuf)
		assert_int_equal(sock_set(a, *client, SOCK_OPT_RCVBUF, rcvbuf), 0);
	assert_int_equal(sock_connect(a, *client, V4(HOST_IP(1)), 80), -EINPROGRESS);
	*server = -EAGAIN;
	for (int i = 0; i < 100000 && (*server == -EAGAIN || !(sock_events(a, *client) & SOCK_OUT)); i++) {
		wire_step(&w, w.now_us + 100000);
		if (*server == -EAGAIN)
			*server = sock_accept(b, l, NULL, NULL);
	}
	assert_true(*server >= 0);
	assert_true(sock_events(a, *client) & SOCK_OUT);
	sock_close(b, l);
}

static void (*meanwhile)(void);		/* called all through a download */

/* b sends len bytes and closes; a receives by ring or by sinks of random lengths. */
static void download(uint64_t len, uint32_t rcvbuf, bool sinks)
{
	struct net *a = &w.host[0].net, *b = &w.host[1].net;
	uint8_t *got = malloc(len + 1), chunk[5000];
	uint64_t sent = 0, have = 0, idle_since;
	size_t sink = 0;
	int c, s, r;

	open_pair(&c, &s, rcvbuf);
	idle_since = w.now_us;
	for (;;) {
		if (s >= 0 && sent < len) {
			uint64_t n = len - sent < sizeof chunk ? len - sent : sizeof chunk;
			for (uint64_t i = 0; i < n; i++)
				chunk[i] = pattern(sent + i);
			r = sock_send(b, s, chunk, n);
			assert_true(r > 0 || r == -EAGAIN);
			sent += r > 0 ? (uint64_t)r : 0;
			if (sent == len) {
				assert_int_equal(sock_close(b, s), 0);
				s = -1;
			}
		}
		if (sinks && !sink && have < len && wire_random(&w) % 4) {
			sink = wire_random(&w) % 60000 + 1;
			if (sink > len - have)
				sink = len - have;
			assert_int_equal(sock_sink(a, c, got + have, sink), 0);
		}
		if (sink) {
			if (sock_sink_done(a, c) == sink) {
				assert_true(sock_events(a, c) & SOCK_IN);
				have += sink;
				sink = 0;
				idle_since = w.now_us;
				continue;
			}
			r = sock_recv(a, c, got + have, 1);
			assert_int_equal(r, -EAGAIN);
		} else {
			size_t want = wire_random(&w) % 9000 + 1;
			r = sock_recv(a, c, got + have, want < len + 1 - have ? want : len + 1 - have);
			if (r == 0)
				break;
			assert_true(r > 0 || r == -EAGAIN);
			if (r > 0) {
				have += (uint64_t)r;
				idle_since = w.now_us;
			}
		}
		assert_true(w.now_us - idle_since < 200000000u);
		if (meanwhile)
			meanwhile();
		wire_step(&w, w.now_us + 200000);
	}
	assert_int_equal(have, len);
	for (uint64_t i = 0; i < len; i++)
		if (got[i] != pattern(i))
			fail_msg("byte %llu is wrong", (unsigned long long)i);
	assert_int_equal(sock_close(a, c), 0);
	wire_run(&w, 200000000);
	assert_null(a->tcp.conns);
	assert_null(b->tcp.conns);
	free(got);
}

static void clean_wire(void **state)
{
	(void)state;
	wire_init(&w, 1);
	download(3000000, 0, false);
	assert_int_equal(w.host[1].net.count[CNT_tcp_retransmit], 0);
	assert_true(wire_done(&w));
}

static void clean_wire_sinks(void **state)
{
	(void)state;
	wire_init(&w, 2);
	download(3000000, 0, true);
	assert_true(wire_done(&w));
}

static void bad_wires(void **state)
{
	(void)state;
	for (uint64_t seed = 100; seed < 160; seed++) {
		wire_init(&w, seed);
		w.loss = wire_random(&w) % 4 ? wire_random(&w) % 1500 : 0;
		w.dup = wire_random(&w) % 1000;
		w.reorder = wire_random(&w) % 3000;
		w.corrupt = wire_random(&w) % 300;
		w.delay_us = wire_random(&w) % 30000;
		w.host[0].batch = wire_random(&w) % 4;
		print_message("seed %llu: loss %u dup %u reorder %u corrupt %u delay %llu\n", (unsigned long long)seed,
			w.loss,
			      w.dup, w.reorder, w.corrupt, (unsigned long long)w.delay_us);
		download(wire_random(&w) % 200000 + 1, wire_random(&w) % 2 ? 0 : 4096u << wire_random(&w) % 5,
			seed & 1);
		assert_true(wire_done(&w));
	}
}

/* One end of a stream in both directions. */
struct end {
	struct net *n;
	int s;
	uint64_t salt, sent, to_send, got, to_get;
	bool shut, eof;
};

static void push(struct end *e)
{
	uint8_t chunk[3000];
	uint64_t len = wire_random(&w) % sizeof chunk + 1;
	int r;

	if (e->shut)
		return;
	if (len > e->to_send - e->sent)
		len = e->to_send - e->sent;
	for (uint64_t i = 0; i < len; i++)
		chunk[i] = pattern(e->salt + e->sent + i);
	r = len ? sock_send(e->n, e->s, chunk, len) : 0;
	assert_true(r >= 0 || r == -EAGAIN);
	e->sent += r > 0 ? (uint64_t)r : 0;
	if (e->sent == e->to_send) {
		assert_int_equal(sock_shutdown(e->n, e->s), 0);
		e->shut = true;
	}
}

static void pull(struct end *e, uint64_t salt)
{
	uint8_t chunk[3000];
	int r = sock_recv(e->n, e->s, chunk, wire_random(&w) % sizeof chunk + 1);

	assert_true(r >= 0 || r == -EAGAIN);
	for (int i = 0; i < r; i++)
		assert_int_equal(chunk[i], pattern(salt + e->got + (uint64_t)i));
	e->got += r > 0 ? (uint64_t)r : 0;
	e->eof = e->eof || r == 0;
}

/* Both sides send at once and close in any order. */
static void both_ways(void **state)
{
	(void)state;
	for (uint64_t seed = 200; seed < 230; seed++) {
		struct end a = { .salt = 1000 }, b = { .salt = 7000000 };
		wire_init(&w, seed);
		a.n = &w.host[0].net;
		b.n = &w.host[1].net;
		w.loss = wire_random(&w) % 800;
		w.reorder = wire_random(&w) % 2000;
		w.dup = wire_random(&w) % 500;
		w.delay_us = wire_random(&w) % 20000;
		a.to_send = wire_random(&w) % 60000;
		b.to_send = wire_random(&w) % 60000;
		print_message("seed %llu: loss %u dup %u reorder %u delay %llu\n", (unsigned long long)seed, w.loss,
			w.dup, w.reorder,
			      (unsigned long long)w.delay_us);
		open_pair(&a.s, &b.s, 0);
		for (int i = 0; i < 200000 && !(a.eof && b.eof && a.shut && b.shut); i++) {
			push(&a);
			push(&b);
			pull(&a, b.salt);
			pull(&b, a.salt);
			wire_step(&w, w.now_us + 100000);
		}
		assert_int_equal(a.got, b.to_send);
		assert_int_equal(b.got, a.to_send);
		sock_close(a.n, a.s);
		sock_close(b.n, b.s);
		wire_run(&w, 200000000);
		assert_null(a.n->tcp.conns);
		assert_null(b.n->tcp.conns);
		assert_true(wire_done(&w));
	}
}

/* Five seconds without a frame: the stream goes on.  For ever: the sender's error is clean. */
static void blackouts(void **state)
{
	struct net *b = &w.host[1].net;
	int c, s;
	(void)state;
	wire_init(&w, 3);
	w.delay_us = 20000;
	w.dead_from_us = 300000;
	w.dead_to_us = 5300000;
	download(2000000, 0, true);
	assert_true(w.lost > 0);
	assert_true(wire_done(&w));
	wire_init(&w, 4);
	open_pair(&c, &s, 0);
	w.dead_from_us = w.now_us;
	w.dead_to_us = UINT64_MAX;
	assert_int_equal(sock_send(b, s, "anybody there?", 14), 14);
	wire_run(&w, 300000000);
	assert_true(sock_error(b, s) == -ETIMEDOUT || sock_error(b, s) == -EHOSTUNREACH);
	/* who only listens cannot know: that is what keep-alive is for */
	assert_int_equal(sock_error(&w.host[0].net, c), 0);
	assert_true(wire_done(&w));
}

/* A frame to a from an address that is nobody's: TCP to that port, or noise behind a right header. */
static void inject(uint8_t flags, uint16_t port, size_t noise)
{
	uint8_t f[14 + 20 + 20 + 200] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 77, 8, 0, 0x45 }, *ip = f + 14, *t = f + 34;
	uint32_t src = HOST_IP(2 + wire_random(&w) % 200);
	size_t len = 20 + noise;

	for (size_t i = 0; i < len; i++)
		t[i] = (uint8_t)wire_random(&w);
	put_be16(ip + 2, (uint16_t)(20 + len));
	ip[8] = 64;
	ip[9] = noise ? (uint8_t)(wire_random(&w) % 20) : IP_PROTO_TCP;
	put_be32(ip + 12, src);
	put_be32(ip + 16, HOST_IP(0));
	csum_put(ip + 10, csum_finish(csum_add(0, ip, 20)));
	if (!noise) {
		put_be16(t + 2, port);
		t[12] = 5 << 4;
		t[13] = flags;
		put_be16(t + 16, 0);
		csum_put(t + 16, csum_finish(csum_add(csum_pseudo(V4(src), V4(HOST_IP(0)), IP_PROTO_TCP, 20), t, 20)));
	}
	net_input(&w.host[0].net, &w.host[0].dev, f, 34 + len, w.now_us);
}

static void flood(void)
{
	for (unsigned i = 0; i < 10; i++) {
		inject(TCP_SYN, 23, 0);				/* at the listener */
		inject(TCP_SYN, 2323, 0);			/* where nobody listens */
		inject((uint8_t)wire_random(&w), 23, 0);
		inject(0, 0, 1 + wire_random(&w) % 200);
	}
	assert_true(w.host[0].alloc_bytes < 1u << 20);
}

/* A listener under a flood of SYNs, closed ports too, and noise: the download beside it is right and loses nothing. */
static void flood_while_a_download_goes_on(void **state)
{
	struct net *a = &w.host[0].net;
	unsigned half_open = 0;
	int l;
	(void)state;
	wire_init(&w, 7);
	l = serve(a, 23);
	meanwhile = flood;
	download(1000000, 0, true);
	meanwhile = NULL;
	for (struct tcp_conn *c = a->tcp.conns; c; c = c->next)
		half_open++;
	assert_int_equal(half_open, 0);				/* they ended by themselves */
	assert_true(a->count[CNT_tcp_cookie_out] > 1000);
	assert_true(a->count[CNT_tcp_limited] > 1000);
	assert_true(a->count[CNT_tcp_reset_out] > 10);
	assert_int_equal(w.host[1].net.count[CNT_tcp_rto], 0);
	assert_true(sock_connect(&w.host[1].net, sock_open(&w.host[1].net, SOCK_TCP), V4(HOST_IP(0)),
				 23) == -EINPROGRESS);
	wire_run(&w, 3000000);
	assert_true(sock_accept(a, l, NULL, NULL) >= 0);	/* and the listener serves again */
	assert_true(wire_done(&w));
}

/* The peer's machine starts anew: our next segment is answered by a reset. */
static void peer_restarts(void **state)
{
	struct net *a = &w.host[0].net, *b = &w.host[1].net;
	struct net_ops ops;
	int c, s;
	(void)state;
	wire_init(&w, 5);
	open_pair(&c, &s, 0);
	ops = b->ops;
	net_destroy(b);
	net_init(b, &ops);
	link_add(b, &w.host[1].dev);
	b->now_us = w.now_us;
	link_configure(b, link_get(b, 0), V4(HOST_IP(1)), 24);
	assert_int_equal(sock_send(a, c, "hello?", 6), 6);
	wire_run(&w, 3000000);
	assert_int_equal(sock_error(a, c), -ECONNRESET);
	assert_true(wire_done(&w));
}

/* Memory that fails now and then: slower or refused, never wrong, never leaked. */
static void short_of_memory(void **state)
{
	(void)state;
	for (uint64_t seed = 300; seed < 310; seed++) {
		wire_init(&w, seed);
		w.loss = 300;
		w.reorder = 1000;
		w.host[0].alloc_limit = 30000 + wire_random(&w) % 60000;
		w.host[1].alloc_limit = 30000 + wire_random(&w) % 60000;
		print_message("seed %llu: limits %zu %zu\n", (unsigned long long)seed, w.host[0].alloc_limit,
			w.host[1].alloc_limit);
		download(150000, 0, seed & 1);
		assert_true(wire_done(&w));
	}
}

/* A day of downloads, one every ten minutes, every tenth one given up in the middle: nothing piles up. */
static void a_day(void **state)
{
	struct net *a = &w.host[0].net, *b = &w.host[1].net;
	size_t low = 0;
	(void)state;
	wire_init(&w, 6);
	w.loss = 100;
	for (int i = 0; i < 144; i++) {
		if (i % 10 == 9) {
			int c, s;
			open_pair(&c, &s, 0);
			sock_send(b, s, "xxxxxxxxxxxx", 12);
			wire_run(&w, 5000);
			sock_abort(a, c);
			wire_run(&w, 100000);
			sock_close(b, s);
		} else {
			download(20000 + wire_random(&w) % 50000, 0, i & 1);
		}
		wire_run(&w, 600000000);
		assert_null(a->tcp.conns);
		assert_null(b->tcp.conns);
		if (!i)
			low = w.host[0].alloc_bytes + w.host[1].alloc_bytes;
		assert_int_equal(w.host[0].alloc_bytes + w.host[1].alloc_bytes, low);
	}
	assert_true(w.now_us > UINT64_C(86400000000));
	assert_true(wire_done(&w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_wire),
		cmocka_unit_test(clean_wire_sinks),
		cmocka_unit_test(bad_wires),
		cmocka_unit_test(both_ways),
		cmocka_unit_test(blackouts),
		cmocka_unit_test(flood_while_a_download_goes_on),
		cmocka_unit_test(peer_restarts),
		cmocka_unit_test(short_of_memory),
		cmocka_unit_test(a_day),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
