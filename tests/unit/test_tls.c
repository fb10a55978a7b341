/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS against OpenSSL's server: what is good is spoken to; what is no TLS, or is changed or cut off on its way, ends
 * with a sentence.  Whom it believes: test_tls_trust.c.
 */
#include "tests/unit/tls_pair.h"

static void each_version_and_suite(void **state)
{
	static const struct {
		int version;
		const char *suite, *curve;
		unsigned rsa;
	} kinds[] = {
		{ TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256", "P-256", 0 },
		{ TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", "P-384", 0 },
		{ TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384", NULL, 2048 },
		{ TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305", "P-256", 0 },
		{ TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", "P-384", 0 },
		{ TLS1_2_VERSION, "ECDHE-RSA-AES256-GCM-SHA384", NULL, 2048 },
		{ TLS1_2_VERSION, "ECDHE-RSA-CHACHA20-POLY1305", NULL, 2048 },
	};
	X509 *more[] = { middle.crt };
	(void)state;
	trust(middle.crt);
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct made own = MADE(.name = "x", .names = "DNS:boot.test", .by = &middle, .curve = kinds[i].curve,
				       .rsa = kinds[i].rsa);
		char text[100], end_text[4];
		begin(&own, more, 1, kinds[i].version, kinds[i].suite);
		opens("boot.test");
		tls_describe(s, text, sizeof(text));
		assert_int_equal(!strncmp(text, "TLSv1.3", 7), kinds[i].version == TLS1_3_VERSION);
		assert_string_equal(SSL_get_servername(server.ssl, TLSEXT_NAMETYPE_host_name), "boot.test");
		say(20000);
		hear(100000);
		say(1);
		hear(1);
		assert_int_equal(stream_recv(s, end_text, 1), -EAGAIN);
		SSL_shutdown(server.ssl);
		while (!(stream_events(s) & SOCK_HUP))
			;
		assert_int_equal(stream_recv(s, end_text, 1), 0);
		assert_int_equal(stream_error(s), 0);
		end();
		unmake(&own);
	}
}

static void groups_of_the_key_exchange(void **state)
{
	static const char *const names[] = { "X25519", "P-256", "P-384" };
	(void)state;
	trust(root.crt);
	for (unsigned i = 0; i < 6; i++) {
		begin_usual(i % 2 ? TLS1_2_VERSION : TLS1_3_VERSION);
		assert_int_equal(SSL_set1_groups_list(server.ssl, names[i / 2]), 1);
		opens("boot.test");
		hear(10);
		end();
	}
}

static void what_is_no_tls(void **state)
{
	static const char *const texts[] = { "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n",
					   "\x16\x03\x03\xff\xff" };
	(void)state;
	trust(root.crt);
	for (unsigned i = 0; i < 3; i++) {
		begin_usual(0);
		SSL_free(server.ssl);
		server.in = BIO_new(BIO_s_mem());
		server.out = BIO_new(BIO_s_mem());
		server.ssl = SSL_new(server.ctx);
		SSL_set_bio(server.ssl, server.in, server.out);
		SSL_set_connect_state(server.ssl);	/* says nothing that is answered */
		BIO_reset(server.out);
		BIO_write(server.out, texts[i], (int)strlen(texts[i]));
		refuses("boot.test", -EPROTO, "no TLS");
	}
	begin_usual(TLS1_1_VERSION);
	refuses("boot.test", -EPROTO, "neither TLS 1.2 nor 1.3");
}

static void nothing_in_common(void **state)
{
	(void)state;
	trust(root.crt);
	begin(&leaf, NULL, 0, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA");
	refuses("boot.test", -EPROTO, "alert 40, handshake_failure: it has no key exchange, cipher");
}

/* By TLS 1.2 the library verifies no PSS: a server that insists on it is refused, by 1.3 it is spoken to. */
static void only_pss(void **state)
{
	struct made own = MADE(.name = "x", .names = "DNS:boot.test", .by = &root, .rsa = 2048);
	X509 *more[] = { root.crt };
	(void)state;
	trust(root.crt);
	begin(&own, more, 1, TLS1_3_VERSION, NULL);
	assert_int_equal(SSL_set1_sigalgs_list(server.ssl, "RSA-PSS+SHA256"), 1);
	opens("boot.test");
	end();
	begin(&own, more, 1, TLS1_2_VERSION, NULL);
	assert_int_equal(SSL_set1_sigalgs_list(server.ssl, "RSA-PSS+SHA256"), 1);
	refuses("boot.test", -EPROTO, "as RSA-PSS by TLS 1.2");
	unmake(&own);
}

static void somebody_weakens_it(void **state)
{
	(void)state;
	trust(root.crt);
	begin_usual(0);
	server.weaken = true;
	refuses("boot.test", -EPROTO, "TLS");
}

/* Every so many bytes one is changed: it does not open, or nothing wrong is heard. */
static void changed_bytes(void **state)
{
	(void)state;
	trust(root.crt);
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		unsigned opened = 0, heard = 0;
		for (size_t at = 1; at < 2400; at += 331) {
			char got[64];
			int n = 0;
			begin_usual(version);
			server.change_at = at;
			n = shake("boot.test");
			opened += n == 1;
			for (unsigned turns = 0; n == 1 && turns < 400; turns++) {
				if (!turns)
					SSL_write(server.ssl, "these words and no others", 25);
				n = stream_recv(s, got, sizeof(got));
				if (n > 0) {
					assert_memory_equal(got, "these words and no others", 25);
					heard++;
				}
				if (n > 0 || n != -EAGAIN)
					break;
				n = 1;
			}
			if (n < 0)
				assert_true(*tls_why(s) || n == -EAGAIN);
			end();
		}
		assert_true(heard <= opened);
		assert_true(opened < 5);
	}
}

/* One record after the other, of the handshake and behind it: nothing of it is heard. */
static void garbage_at_each_record(void **state)
{
	(void)state;
	trust(root.crt);
	for (unsigned i = 0; i < 4; i++) {
		bool reached = true;
		unsigned nth;
		for (nth = 1; reached; nth++) {
			char got[16];
			int n, turns = 0;
			begin_usual(i & 1 ? TLS1_2_VERSION : TLS1_3_VERSION);
			server.garbage_at = nth;
			server.garbage_type = i & 2;
			n = shake("boot.test");
			if (n == 1) {
				SSL_write(server.ssl, "these words", 11);
				while ((n = stream_recv(s, got, sizeof(got))) == -EAGAIN && turns < 1000)
					turns++;
			}
			reached = server.records >= nth;
			if (reached ? n >= 0 || n == -EAGAIN || !*tls_why(s) : n != 11)
				fail_msg("record %u: %d, %s", nth, n, tls_why(s));
			end();
		}
		assert_in_range(nth, 6, 14);
	}
}

/* The connection ends after so many bytes. */
static void cut_off(void **state)
{
	(void)state;
	trust(root.crt);
	for (size_t at = 1; at < 900; at += 293) {
		begin_usual(0);
		server.end_at = at;
		refuses("boot.test", -ECONNABORTED, "amid TLS's handshake");
	}
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		char got[100];
		int n, turns = 0;
		begin_usual(version);
		opens("boot.test");
		hear(1000);
		SSL_write(server.ssl, "half of it", 10);
		server.ended = true;		/* what was sent comes yet, and no close_notify */
		while ((n = stream_recv(s, got, sizeof(got))) == 10 || n == -EAGAIN)
			assert_true(turns++ < 1000);
		assert_int_equal(n, -ECONNABORTED);
		assert_non_null(strstr(tls_why(s), "may have been cut off"));
		end();
	}
}

static void a_full_pipe(void **state)
{
	(void)state;
	trust(root.crt);
	begin_usual(0);
	opens("boot.test");
	server.refuses = true;
	assert_int_equal(stream_send(s, "0123456789", 10), 10);
	assert_int_equal(stream_send(s, "x", 1), -EAGAIN);
	assert_false(stream_events(s) & SOCK_OUT);
	server.refuses = false;
	while (!(stream_events(s) & SOCK_OUT))
		;
	char got[10];
	int n;
	while ((n = SSL_read(server.ssl, got, 10)) <= 0)
		stream_events(s);
	assert_int_equal(n, 10);
	assert_memory_equal(got, "0123456789", 10);
	/* the end is said to the server */
	assert_int_equal(stream_shutdown(s), 0);
	assert_int_equal(stream_send(s, "x", 1), -EPIPE);
	for (unsigned i = 0; i < 100; i++)
		stream_events(s);
	assert_int_equal(SSL_read(server.ssl, got, 10), 0);
	assert_int_equal(SSL_get_error(server.ssl, 0), SSL_ERROR_ZERO_RETURN);
	end();
}

/* A server of TLS 1.2 that wants new keys is not followed, and does no harm. */
static void renegotiation(void **state)
{
	char got[8];
	(void)state;
	trust(root.crt);
	begin_usual(TLS1_2_VERSION);
	opens("boot.test");
	SSL_renegotiate(server.ssl);
	SSL_do_handshake(server.ssl);
	for (unsigned i = 0; i < 200; i++) {
		int n = stream_recv(s, got, sizeof(got));
		assert_true(n < 0);
		SSL_do_handshake(server.ssl);
	}
	end();
}

/* Nor is one of TLS 1.3 that changes its keys, which the library does not know (RFC 8446, 4.6.3). */
static void new_keys(void **state)
{
	char got[8];
	int n, turns = 0;
	(void)state;
	trust(root.crt);
	begin_usual(TLS1_3_VERSION);
	opens("boot.test");
	hear(100);
	assert_int_equal(SSL_key_update(server.ssl, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
	SSL_write(server.ssl, "x", 1);
	while ((n = stream_recv(s, got, sizeof(got))) == -EAGAIN)
		assert_true(turns++ < 1000);
	assert_int_equal(n, -EPROTO);
	assert_non_null(strstr(tls_why(s), "sends a message of TLS out of its turn"));
	end();
}

static void no_memory_is_left_behind_by_an_early_end(void **state)
{
	(void)state;
	trust(root.crt);
	for (unsigned steps = 0; steps < 24; steps += 3) {
		begin_usual(0);
		s = tls_client(&server.stream, "boot.test");
		for (unsigned i = 0; i < steps; i++) {
			tls_step(s);
			SSL_do_handshake(server.ssl);
		}
		stream_abort(s);
		s = NULL;
		assert_true(server.aborted);
		end();
	}
}

static size_t held, most;

static void *counted_alloc(size_t n, size_t len)
{
	size_t *p = calloc(1, sizeof(size_t) * 2 + n * len);
	if (!p)
		return NULL;
	*p = n * len;
	held += *p;
	most = held > most ? held : most;
	return p + 2;
}

static void counted_free(void *p)
{
	size_t *block = p ? (size_t *)p - 2 : NULL;
	held -= block ? *block : 0;
	free(block);
}

/* What one connection takes, with a chain of three and keys of RSA, at its most; and all of it comes back. */
static void memory_of_a_connection(void **state)
{
	static const struct tls_machine counted = { random32, now, counted_alloc, counted_free };
	struct made own = MADE(.name = "x", .names = "DNS:boot.test", .by = &middle, .rsa = 2048);
	X509 *more[] = { middle.crt, root.crt };
	(void)state;
	trust(root.crt);
	tls_setup(&counted);
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		size_t before = held;
		most = 0;
		begin(&own, more, 2, version, NULL);
		opens("boot.test");
		hear(40000);
		print_message("TLS 1.%d: %lu bytes at the most\n", version - TLS1_1_VERSION + 1,
			      (unsigned long)(most - before));
		assert_in_range(most - before, 20000, 64 * 1024);
		end();
		/* the session, with which the next one would begin; until it counts no more */
		assert_in_range(held - before, 100, 2000);
		begin(&own, more, 2, version, NULL);
		s = tls_client(&server.stream, "boot.test");
		end();
		assert_int_equal(held, before);
	}
	unmake(&own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_and_suite), cmocka_unit_test(groups_of_the_key_exchange),
		cmocka_unit_test(what_is_no_tls), cmocka_unit_test(nothing_in_common), cmocka_unit_test(only_pss),
		cmocka_unit_test(somebody_weakens_it), cmocka_unit_test(changed_bytes),
		cmocka_unit_test(garbage_at_each_record), cmocka_unit_test(cut_off),
		cmocka_unit_test(a_full_pipe), cmocka_unit_test(renegotiation), cmocka_unit_test(new_keys),
		cmocka_unit_test(no_memory_is_left_behind_by_an_early_end),
		cmocka_unit_test(memory_of_a_connection),	/* last: it leaves another allocator */
	};
	return cmocka_run_group_tests(tests, make_all, unmake_all);
}
