/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions that are resumed, against OpenSSL's server: who was believed is believed again, but for no other reason. */
#include "tests/unit/tls_pair.h"

/* A server that knows the tickets that servers of that number have given. */
static void begin_one(const struct made *own, int version, int number)
{
	X509 *more[] = { middle.crt, root.crt };
	uint8_t keys[80];
	memset(keys, number, sizeof(keys));
	server_begin(&server, own, more, 2, version, NULL, rng);
	assert_int_equal(SSL_CTX_set_tlsext_ticket_keys(server.ctx, keys, sizeof(keys)), 1);
}

static void visit(int version, int number, const char *host, bool again)
{
	begin_one(&leaf, version, number);
	opens(host);
	hear(1000);
	say(1000);
	assert_int_equal(SSL_session_reused(server.ssl), again);
	assert_true(tls_is_good(s));
	end();
}

static int begin_test(void **state)
{
	(void)state;
	trust(root.crt);
	now_s = NOW;
	roots_note_change();
	return 0;
}

static void the_second_time(void **state)
{
	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		roots_note_change();
		visit(version, 1, "boot.test", false);
		visit(version, 1, "boot.test", true);
		visit(version, 1, "boot.test", true);		/* by the one that has come with that */
		visit(version, 1, "a.wild.test", false);
		visit(version, 1, "10.0.0.1", false);
		visit(version, 1, "10.0.0.1", true);
		visit(version, 2, "boot.test", false);		/* it does not know that one, and gives another */
		visit(version, 2, "boot.test", true);
		/* one that speaks the other version by now, alone: it is worth another try, without a session */
		begin_one(&leaf, version ^ TLS1_2_VERSION ^ TLS1_3_VERSION, 2);
		refuses("boot.test", -ECONNABORTED, "does not go on with the session that it gave");
		visit(version ^ TLS1_2_VERSION ^ TLS1_3_VERSION, 2, "boot.test", false);
	}
}

static void a_few_hosts(void **state)
{
	static const char *const hosts[] = { "a.wild.test", "b.wild.test", "c.wild.test", "d.wild.test",
					   "e.wild.test" };
	(void)state;
	for (unsigned i = 0; i < 5; i++)
		visit(TLS1_3_VERSION, 1, hosts[i], false);
	for (unsigned i = 1; i < 5; i++)
		visit(TLS1_3_VERSION, 1, hosts[i], true);
	visit(TLS1_3_VERSION, 1, hosts[0], false);
}

static void as_long_as_the_reasons_hold(void **state)
{
	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		visit(version, 1, "boot.test", false);
		trust(middle.crt);
		visit(version, 1, "boot.test", false);
		tls_mend_clock(true);
		visit(version, 1, "boot.test", false);
		tls_mend_clock(false);
		visit(version, 1, "boot.test", false);
		now_s += 3600;
		visit(version, 1, "boot.test", true);
		now_s += 1;			/* an hour since it was judged, and not since it was resumed */
		visit(version, 1, "boot.test", false);
		now_s -= 1;			/* somebody has set the clock */
		visit(version, 1, "boot.test", false);
		struct made other = MADE(.name = "Other");
		trust(other.crt);
		begin_one(&leaf, version, 1);
		refuses("boot.test", -EACCES, "which trust does not name");
		unmake(&other);
		begin_test(NULL);
	}
}

/* Between the offer and the answer. */
static void trust_changes_meanwhile(void **state)
{
	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		int n = 0;
		begin_test(NULL);
		visit(version, 1, "boot.test", false);
		begin_one(&leaf, version, 1);
		s = tls_client(&server.stream, "boot.test");
		trust(middle.crt);
		for (unsigned i = 0; i < 100000 && n != 1 && (n >= 0 || n == -EAGAIN); i++) {
			n = tls_step(s);
			SSL_do_handshake(server.ssl);
		}
		assert_int_equal(n, -EACCES);
		assert_non_null(strstr(tls_why(s), "whom to believe has changed meanwhile"));
		end();
	}
}

/* Whoever answers with certificates of his own instead is judged by these. */
static void an_impostor(void **state)
{
	struct made evil = MADE(.name = "Evil"), own = MADE(.name = "y", .names = "DNS:boot.test", .by = &evil);
	struct made costly = MADE(.name = "z", .names = "DNS:boot.test", .by = &middle, .rsa = 4104);
	(void)state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		begin_test(NULL);
		visit(version, 1, "boot.test", false);
		server_begin(&server, &own, (X509 *[]){ evil.crt }, 1, version, NULL, rng);
		refuses("boot.test", -EACCES, "leads to CN=Evil, which trust does not name");
		/* and before a signature of his is looked at */
		server_begin(&server, &costly, NULL, 0, version, NULL, rng);
		refuses("boot.test", -EACCES, "CN=z is RSA of more than 4096 bits");
		visit(version, 1, "boot.test", true);
	}
	unmake(&evil);
	unmake(&own);
	unmake(&costly);
}

/* Nothing more will come: who waits for what is there looks once, and would wait for ever. */
static void tickets_hide_nothing(void **state)
{
	char got[4];
	(void)state;
	for (unsigned more = 0; more < 5; more++) {
		begin_one(&leaf, TLS1_3_VERSION, 1);
		SSL_CTX_set_timeout(server.ctx, more % 2 ? 0 : 300);	/* those that are good for 0 s, too */
		opens("boot.test");
		server.whole = true;
		for (unsigned i = 0; i < more; i++) {
			SSL_new_session_ticket(server.ssl);
			SSL_do_handshake(server.ssl);
		}
		assert_int_equal(SSL_write(server.ssl, "four", 4), 4);
		assert_true(stream_events(s) & SOCK_IN);
		assert_int_equal(stream_recv(s, got, 4), 4);
		assert_memory_equal(got, "four", 4);
		end();
	}
}

static void a_flood_of_tickets(void **state)
{
	(void)state;
	begin_one(&leaf, TLS1_3_VERSION, 1);
	opens("boot.test");
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(SSL_new_session_ticket(server.ssl), 1);
		SSL_do_handshake(server.ssl);
		hear(10);
	}
	end();
	visit(TLS1_3_VERSION, 1, "boot.test", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_second_time, begin_test), cmocka_unit_test_setup(a_few_hosts, begin_test),
		cmocka_unit_test_setup(as_long_as_the_reasons_hold, begin_test),
		cmocka_unit_test_setup(trust_changes_meanwhile, begin_test),
		cmocka_unit_test_setup(an_impostor, begin_test),
		cmocka_unit_test_setup(tickets_hide_nothing, begin_test),
		cmocka_unit_test_setup(a_flood_of_tickets, begin_test),
	};
	return cmocka_run_group_tests(tests, make_all, unmake_all);
}
