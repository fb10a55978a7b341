/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams: TCP, and a relay that stands on it (and one on that), keep the
 * same promises: the bytes, the end, the error, sinks.  Seeds are printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/net_wire.h"
#include "tests/unit/relay_stream.h"

#define KINDS 3		/* how many relays stand on TCP: 0, 1, 2 */

static struct wire w;
static struct stream *a, *b;	/* the two ends */
static int a_fd;

static uint8_t pattern(uint64_t at)
{
	at *= 0x9e3779b97f4a7c15u;
	return (uint8_t)(at >> 56);
}

static struct stream *wrap(struct stream *s, unsigned relays)
{
	for (unsigned i = 0; i < relays; i++)
		s = relay_on(s, wire_random(&w));
	return s;
}

static void step(void)
{
	wire_step(&w, w.now_us + 100000);
}

static void open_pair(unsigned relays, uint64_t seed)
{
	struct net *na = &w.host[0].net, *nb = &w.host[1].net;
	int l, fd = -EAGAIN;

	wire_init(&w, seed);
	l = sock_open(nb, SOCK_TCP);
	assert_int_equal(sock_bind(nb, l, NULL, 80), 0);
	assert_int_equal(sock_listen(nb, l, 1), 0);
	a_fd = sock_open(na, SOCK_TCP);
	a = sock_stream(na, a_fd);
	assert_non_null(a);
	assert_int_equal(stream_send(a, "x", 1), -ENOTCONN);
	assert_int_equal(sock_connect(na, a_fd, V4(HOST_IP(1)), 80), -EINPROGRESS);
	for (int i = 0; i < 1000 && (fd < 0 || !(stream_events(a) & SOCK_OUT)); i++) {
		step();
		if (fd < 0)
			fd = sock_accept(nb, l, NULL, NULL);
	}
	assert_true(fd >= 0);
	sock_close(nb, l);
	a = wrap(a, relays);
	b = wrap(sock_stream(nb, fd), relays);
	assert_int_equal(stream_sock(a), a_fd);
	assert_int_equal(stream_error(a), 0);
}

static void close_pair(void)
{
	stream_close(a);
	stream_close(b);
	wire_run(&w, 200000000);
	assert_null(w.host[0].net.tcp.conns);
	assert_null(w.host[1].net.tcp.conns);
	assert_true(wire_done(&w));
}

/* Waits, as net_wait_stream() does. */
static void await(struct stream *s, unsigned events)
{
	for (int i = 0; i < 10000 && !(stream_events(s) & (events | SOCK_ERR | SOCK_HUP)); i++)
		step();
	assert_true(stream_events(s) & (events | SOCK_ERR | SOCK_HUP));
}

static void send_all(struct stream *s, const char *text)
{
	size_t at = 0, len = strlen(text);
	while (at < len) {
		int n = stream_send(s, text + at, len - at);
		assert_true(n > 0 || n == -EAGAIN);
		at += n > 0 ? (size_t)n : 0;
		if (n < 0)
			await(s, SOCK_OUT);
	}
}

static void recv_all(struct stream *s, const char *text)
{
	char got[100] = "";
	size_t at = 0, len = strlen(text);
	while (at < len) {
		int n = stream_recv(s, got + at, len - at);
		assert_true(n > 0 || n == -EAGAIN);
		at += n > 0 ? (size_t)n : 0;
		if (n < 0)
			await(s, SOCK_IN);
	}
	assert_string_equal(got, text);
}

static void talk(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < KINDS; kind++) {
		char ahead[8];
		open_pair(kind, 7 + kind);
		assert_int_equal(stream_recv(a, ahead, 8), -EAGAIN);
		assert_int_equal(stream_peek(a, ahead, 8), -EAGAIN);
		assert_int_equal(stream_events(a) & (SOCK_IN | SOCK_HUP | SOCK_ERR), 0);
		send_all(a, "GET / HTTP/1.0\r\n\r\n");
		recv_all(b, "GET / HTTP/1.0\r\n\r\n");
		send_all(b, "hello");
		await(a, SOCK_IN);
		assert_true(stream_peek(a, ahead, 1) == 1 && ahead[0] == 'h');
		recv_all(a, "hello");
		/* half closed: the other way goes on, and the end is heard */
		assert_int_equal(stream_shutdown(a), 0);
		await(b, SOCK_IN);
		assert_int_equal(stream_recv(b, ahead, 8), 0);
		assert_true(stream_events(b) & SOCK_HUP);
		send_all(b, "bye");
		recv_all(a, "bye");
		assert_int_equal(stream_error(a), 0);
		close_pair();
	}
}

/* b sends len bytes and closes; a takes them by recv and by sinks of random lengths. */
static void download(size_t len)
{
	uint8_t *got = malloc(len), chunk[3000];
	size_t sent = 0, have = 0, sink = 0;
	bool over = false;
	int n;

	for (unsigned turns = 0; !over; turns++) {
		assert_true(turns < 1000000);
		if (sent < len) {
			size_t part = len - sent < sizeof chunk ? len - sent : sizeof chunk;
			for (size_t i = 0; i < part; i++)
				chunk[i] = pattern(sent + i);
			n = stream_send(b, chunk, part);
			assert_true(n > 0 || n == -EAGAIN);
			sent += n > 0 ? (size_t)n : 0;
		} else if (!(stream_events(b) & SOCK_OUT) || stream_shutdown(b) == -EAGAIN) {
			step();
		}
		if (!sink && have < len && wire_random(&w) % 3) {
			sink = wire_random(&w) % 40000 + 1;
			sink = sink > len - have ? len - have : sink;
			assert_int_equal(stream_sink(a, got + have, sink), 0);
			if (stream_sink_done(a) < sink)
				assert_int_equal(stream_sink(a, got, 1), -EBUSY);
		}
		if (sink) {
			bool in = stream_events(a) & SOCK_IN;
			size_t done = stream_sink_done(a);
			assert_true(done <= sink);
			if (done == sink) {
				assert_true(in);
				have += sink;
				sink = 0;
				continue;
			}
			/* it is never read past: the byte behind the sink's would be lost */
			assert_int_equal(stream_recv(a, chunk, 1), -EAGAIN);
		} else {
			size_t want = wire_random(&w) % sizeof chunk + 1;
			n = stream_recv(a, chunk, want);
			assert_true(n >= 0 || n == -EAGAIN);
			over = n == 0;
			if (n > 0) {
				assert_true(have + (size_t)n <= len);
				memcpy(got + have, chunk, (size_t)n);
				have += (size_t)n;
			}
		}
		step();
	}
	assert_int_equal(have, len);
	for (size_t i = 0; i < len; i++)
		if (got[i] != pattern(i))
			fail_msg("byte %zu is wrong", i);
	free(got);
}

static void sinks_and_reads(void **state)
{
	(void)state;
	for (uint64_t seed = 50; seed < 62; seed++) {
		print_message("seed %llu: %llu relays\n", (unsigned long long)seed, (unsigned long long)seed % KINDS);
		open_pair(seed % KINDS, seed);
		if (seed > 55) {
			w.loss = 200;
			w.reorder = 500;
		}
		download(200000);
		close_pair();
	}
}

/* A sink that is taken away: what was placed is gone from the stream, the rest is not. */
static void sink_taken_away(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < KINDS; kind++) {
		uint8_t place[100] = "";
		open_pair(kind, 90 + kind);
		send_all(b, "abc");
		assert_int_equal(stream_sink(a, place, sizeof place), 0);
		for (int i = 0; i < 100 && stream_sink_done(a) < 3; i++) {
			step();
			assert_false(stream_events(a) & SOCK_IN);
		}
		assert_int_equal(stream_sink_done(a), 3);
		assert_memory_equal(place, "abc", 3);
		assert_int_equal(stream_sink(a, NULL, 0), 0);
		send_all(b, "def");
		recv_all(a, "def");
		/* full, and told until it is taken note of */
		assert_int_equal(stream_sink(a, place, 3), 0);
		send_all(b, "ghijk");
		await(a, SOCK_IN);
		assert_int_equal(stream_sink_done(a), 3);
		assert_memory_equal(place, "ghi", 3);
		recv_all(a, "jk");
		assert_false(stream_events(a) & SOCK_IN);
		close_pair();
	}
}

/* A stream that always has more. */
struct endless {
	struct stream stream;
	size_t at;
};

static int endless_recv(struct stream *s, void *buf, size_t len)
{
	struct endless *e = (struct endless *)s;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = pattern(e->at++);
	return (int)len;
}

static unsigned endless_events(struct stream *s)
{
	(void)s;
	return SOCK_IN;
}

/* What is copied is copied by turns, and never past the sink's end. */
static void sinks_take_turns(void **state)
{
	static const struct stream_ops ops = { .recv = endless_recv, .events = endless_events };
	struct endless e = { .stream.ops = &ops };
	uint8_t place[100001], byte;
	size_t done = 0;
	(void)state;
	assert_int_equal(stream_sink(&e.stream, place, 100000), 0);
	for (unsigned turn = 0; stream_sink_done(&e.stream) < 100000; turn++) {
		if (turn % 2)
			assert_int_equal(stream_recv(&e.stream, &byte, 1), -EAGAIN);
		else
			assert_int_equal(stream_events(&e.stream), SOCK_IN);
		assert_in_range(stream_sink_done(&e.stream) - done, 1, 20000);
		done = stream_sink_done(&e.stream);
	}
	assert_int_equal(stream_events(&e.stream), SOCK_IN);
	assert_int_equal(stream_recv(&e.stream, &byte, 1), 1);
	assert_int_equal(byte, pattern(100000));
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(place[i], pattern(i));
}

static int nothing_yet(struct stream *s, void *buf, size_t len)
{
	(void)s;
	(void)buf;
	(void)len;
	return -EAGAIN;
}

static unsigned both_events(struct stream *s)
{
	(void)s;
	return SOCK_IN | SOCK_OUT;
}

/* Part of a record has come, of which nothing can be had yet: while a sink waits for it there is nothing to read. */
static void part_of_a_record(void **state)
{
	static const struct stream_ops ops = { .recv = nothing_yet, .events = both_events };
	struct stream s = { .ops = &ops };
	uint8_t place[10];
	(void)state;
	assert_int_equal(stream_events(&s), SOCK_IN | SOCK_OUT);
	assert_int_equal(stream_sink(&s, place, sizeof place), 0);
	assert_int_equal(stream_events(&s), SOCK_OUT);
}

/* The end in the middle of a sink. */
static void ends_in_a_sink(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < KINDS; kind++) {
		uint8_t place[100], byte;
		open_pair(kind, 110 + kind);
		assert_int_equal(stream_sink(a, place, sizeof place), 0);
		send_all(b, "abc");
		await(b, SOCK_OUT);
		stream_shutdown(b);
		await(a, SOCK_HUP);
		assert_int_equal(stream_recv(a, &byte, 1), 0);
		assert_int_equal(stream_sink_done(a), 3);
		close_pair();
	}
}

static void errors_stick(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < KINDS; kind++) {
		char buf[8];
		open_pair(kind, 130 + kind);
		send_all(b, "last");
		await(b, SOCK_OUT);
		wire_run(&w, 1000000);
		stream_abort(b);
		wire_run(&w, 10000);
		await(a, SOCK_ERR);
		recv_all(a, "last");		/* what came before the error is still read */
		for (int i = 0; i < 2; i++) {
			assert_int_equal(stream_recv(a, buf, 8), -ECONNRESET);
			assert_int_equal(stream_send(a, buf, 8), -ECONNRESET);
			assert_int_equal(stream_error(a), -ECONNRESET);
			assert_true(stream_events(a) & SOCK_ERR);
		}
		stream_close(a);
		wire_run(&w, 200000000);
		assert_true(wire_done(&w));
	}
}

/* Closed above, closed below; who still holds the pointer of a socket's stream gets -EBADF. */
static void closes_what_it_stands_on(void **state)
{
	struct net *n = &w.host[0].net;
	uint8_t byte;
	(void)state;
	for (unsigned kind = 0; kind < KINDS; kind++) {
		open_pair(kind, 150 + kind);
		struct stream *bottom = sock_stream(n, a_fd);
		stream_abort(a);
		assert_int_equal(sock_get(n, a_fd, SOCK_OPT_TYPE), -EBADF);
		assert_null(sock_stream(n, a_fd));
		assert_int_equal(stream_recv(bottom, &byte, 1), -EBADF);
		assert_int_equal(stream_events(bottom), SOCK_ERR);
		stream_close(b);
		wire_run(&w, 200000000);
		assert_true(wire_done(&w));
	}
}

static void not_streams(void **state)
{
	struct net *n = &w.host[0].net;
	(void)state;
	wire_init(&w, 1);
	assert_null(sock_stream(n, -1));
	assert_null(sock_stream(n, NET_SOCKS));
	assert_null(sock_stream(n, 0));
	assert_null(sock_stream(n, sock_open(n, SOCK_UDP)));
	assert_true(wire_done(&w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(talk),
		cmocka_unit_test(sinks_and_reads),
		cmocka_unit_test(sink_taken_away),
		cmocka_unit_test(sinks_take_turns),
		cmocka_unit_test(part_of_a_record),
		cmocka_unit_test(ends_in_a_sink),
		cmocka_unit_test(errors_stick),
		cmocka_unit_test(closes_what_it_stands_on),
		cmocka_unit_test(not_streams),
	};
	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
