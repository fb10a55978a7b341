/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of TLS: Undine's end and a server's, a chain of three certificates, and what the two say to each other. */
#ifndef TESTS_UNIT_TLS_PAIR_H
#define TESTS_UNIT_TLS_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "services/tls/chain.h"
#include "services/tls/roots.h"
#include "services/tls/tls.h"
#include "tests/unit/tls_server.h"

#define NOW 1798761600			/* 2027-01-01 */

static int64_t now_s = NOW;
static uint32_t rng = 1;
static struct made root, middle, leaf;
static struct server server;
static struct stream *s;

static inline uint32_t random32(void)
{
	rng = rng * 1664525u + 1013904223u;
	return rng ^ rng >> 16;
}

static inline int64_t now(void)
{
	return now_s;
}

#define MADE(...) make_cert(&(struct make){ .now_s = NOW, __VA_ARGS__ })

static inline int make_all(void **state)
{
	static const struct tls_machine machine = { .random32 = random32, .now_s = now };
	(void)state;
	tls_setup(&machine);
	root = MADE(.name = "Root");
	middle = MADE(.name = "Middle", .by = &root);
	leaf = MADE(.name = "leaf", .names = "DNS:boot.test,DNS:*.wild.test,IP:10.0.0.1", .by = &middle);
	return 0;
}

static inline int unmake_all(void **state)
{
	(void)state;
	unmake(&root);
	unmake(&middle);
	unmake(&leaf);
	roots_set(ROOTS_FINGERPRINTS, "");
	roots_set(ROOTS_PINS, "");
	return 0;
}

static inline void trust(const X509 *crt)
{
	assert_int_equal(roots_set(ROOTS_FINGERPRINTS, crt ? sum_text(crt, false) : ""), 0);
	assert_int_equal(roots_set(ROOTS_PINS, ""), 0);
}

static inline void pin(const X509 *crt)
{
	assert_int_equal(roots_set(ROOTS_FINGERPRINTS, ""), 0);
	assert_int_equal(roots_set(ROOTS_PINS, sum_text(crt, true)), 0);
}

static inline void begin(const struct made *own, X509 *const *more, unsigned count, int version, const char *ciphers)
{
	roots_note_change();		/* no session of another test's */
	server_begin(&server, own, more, count, version, ciphers, rng);
}

/* The usual one: all of its chain is sent. */
static inline void begin_usual(int version)
{
	X509 *more[] = { middle.crt, root.crt };
	begin(&leaf, more, 2, version, NULL);
}

/* Both shake hands: as tls_step() at the end. */
static inline int shake(const char *host)
{
	int n = 0;
	s = tls_client(&server.stream, host);
	assert_non_null(s);
	for (unsigned turns = 0; turns < 100000; turns++) {
		n = tls_step(s);
		if (n == 1 || (n < 0 && n != -EAGAIN))
			return n;
		assert_false(stream_events(s) & SOCK_OUT);	/* not yet open */
		SSL_do_handshake(server.ssl);
		if (server.end_at == 1 && !BIO_pending(server.out))
			server.ended = true;
		/* of a message whose length is garbage no more comes: in the end somebody hangs up */
		if (server.garbage_at && turns == 2000)
			server.ended = true;
	}
	fail_msg("the handshake does not end");
	return n;
}

static inline void end(void)
{
	if (s)
		stream_close(s);
	s = NULL;
	assert_true(server.closed);
	server_end(&server);
}

static inline void opens(const char *host)
{
	int n = shake(host);
	if (n != 1)
		print_message("%s\n", tls_why(s));
	assert_int_equal(n, 1);
}

static inline void refuses(const char *host, int err, const char *text)
{
	char byte = 0;
	int n = shake(host);
	if (n == 1 || !strstr(tls_why(s), text))
		print_message("%d, %s, and not: %s\n", n, tls_why(s), text);
	assert_int_equal(n, err);
	assert_non_null(strstr(tls_why(s), text));
	/* and for good: nothing goes in or out */
	assert_int_equal(tls_step(s), err);
	assert_int_equal(stream_send(s, "x", 1), err);
	assert_int_equal(stream_recv(s, &byte, 1), err);
	assert_true(stream_events(s) & SOCK_ERR);
	assert_int_equal(stream_error(s), err);
	assert_int_equal(byte, 0);
	end();
}

/* len bytes from the server arrive as they are. */
static inline void hear(size_t len)
{
	uint8_t *sent = malloc(len), *got = malloc(len);
	size_t at = 0, out = 0;
	for (size_t i = 0; i < len; i++)
		sent[i] = (uint8_t)random32();
	for (unsigned turns = 0; at < len; turns++) {
		assert_true(turns < 1000000);
		if (out < len) {
			size_t part = len - out < 30000 ? len - out : 30000;
			int put = SSL_write(server.ssl, sent + out, (int)part);
			out += put > 0 ? (size_t)put : 0;
		}
		if (!(stream_events(s) & SOCK_IN))
			continue;
		uint8_t ahead;
		assert_int_equal(stream_peek(s, &ahead, 1), 1);
		assert_int_equal(ahead, sent[at]);
		int n = stream_recv(s, got + at, len - at);
		assert_true(n > 0);
		at += (size_t)n;
	}
	assert_memory_equal(sent, got, len);
	free(sent);
	free(got);
}

static inline void say(size_t len)
{
	uint8_t *sent = malloc(len), *got = malloc(len);
	size_t at = 0, in = 0;
	for (size_t i = 0; i < len; i++)
		sent[i] = (uint8_t)random32();
	for (unsigned turns = 0; in < len; turns++) {
		assert_true(turns < 1000000);
		int n = at < len ? stream_send(s, sent + at, len - at) : 0;
		assert_true(n >= 0 || n == -EAGAIN);
		at += n > 0 ? (size_t)n : 0;
		stream_events(s);
		n = SSL_read(server.ssl, got + in, (int)(len - in));
		in += n > 0 ? (size_t)n : 0;
	}
	assert_memory_equal(sent, got, len);
	free(sent);
	free(got);
}

#endif
