/* SPDX-License-Identifier: BSD-2-Clause */
/* Our own certificate, against OpenSSL's server that asks for one. */
#include <openssl/pem.h>

#include "services/tls/client_cert.h"
#include "tests/unit/tls_pair.h"

static char cert_file[8192], key_file[4096];
static size_t cert_len, key_len;

static size_t take(BIO *b, char *out, size_t cap)
{
	int n = BIO_read(b, out, (int)cap);
	assert_true(n > 0);
	BIO_free(b);
	return (size_t)n;
}

/* Its files, with those that have signed it. */
static void write_files(const struct made *own, bool pem)
{
	BIO *c = BIO_new(BIO_s_mem()), *k = BIO_new(BIO_s_mem());
	if (pem) {
		PEM_write_bio_X509(c, own->crt);
		PEM_write_bio_X509(c, middle.crt);
		PEM_write_bio_PrivateKey(k, own->key, NULL, NULL, 0, NULL, NULL);
	} else {
		i2d_X509_bio(c, own->crt);
		i2d_PrivateKey_bio(k, own->key);
	}
	cert_len = take(c, cert_file, sizeof(cert_file));
	key_len = take(k, key_file, sizeof(key_file));
}

static int show(void)
{
	const char *why = NULL;
	int err = client_cert_set(cert_file, cert_len, key_file, key_len, &why);
	assert_true(err == 0 || (err == -EBADMSG && why));
	return err;
}

static void show_nothing(void)
{
	assert_int_equal(client_cert_set(NULL, 0, NULL, 0, NULL), 0);
}

/* A server that wants one by `by`. */
static void begin_asking(int version, const struct made *by)
{
	begin_usual(version);
	X509_STORE *store = SSL_CTX_get_cert_store(server.ctx);
	X509_STORE_add_cert(store, by->crt);
	X509_STORE_set_flags(store, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
	SSL_set_verify(server.ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

static void is_shown(const char *name)
{
	X509 *shown = SSL_get1_peer_certificate(server.ssl);
	char text[40];
	assert_non_null(shown);
	X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, text, sizeof(text));
	assert_string_equal(text, name);
	assert_int_equal(SSL_get_verify_result(server.ssl), X509_V_OK);
	X509_free(shown);
}

static void each_kind_of_key(void **state)
{
	static const struct make kinds[] = { { .curve = "P-256" }, { .curve = "P-384" }, { .rsa = 2048 } };
	(void)state;
	trust(root.crt);
	for (unsigned i = 0; i < 12; i++) {
		struct make m = kinds[i / 4];
		bool pem = i & 1;
		m.name = "Machine 7";
		m.names = "DNS:m7.test";
		m.by = &middle;
		m.now_s = NOW;
		struct made own = make_cert(&m);
		write_files(&own, pem);
		assert_int_equal(show(), 0);
		begin_asking(i & 2 ? TLS1_2_VERSION : TLS1_3_VERSION, pem ? &root : &middle);
		opens("boot.test");
		hear(1000);
		is_shown("Machine 7");
		end();
		unmake(&own);
	}
	/* who does not ask is not told */
	begin_usual(0);
	opens("boot.test");
	hear(10);
	assert_null(SSL_get0_peer_certificate(server.ssl));
	end();
	show_nothing();
}

static void without_one(void **state)
{
	char byte;
	int n, turns = 0;
	(void)state;
	trust(root.crt);
	begin_asking(TLS1_2_VERSION, &root);
	refuses("boot.test", -EPROTO, "alert 40, handshake_failure");
	begin_asking(TLS1_3_VERSION, &root);	/* which says so only when we take it for open */
	opens("boot.test");
	while ((n = stream_recv(s, &byte, 1)) == -EAGAIN && turns++ < 1000)
		SSL_do_handshake(server.ssl);
	assert_int_equal(n, -EPROTO);
	assert_non_null(strstr(tls_why(s), "it wants a certificate of ours, which cert and privkey name"));
	end();
}

static void what_is_no_certificate(void **state)
{
	struct made own = MADE(.name = "x", .names = "DNS:x.test", .by = &middle);
	struct made other = MADE(.name = "y", .names = "DNS:y.test", .by = &middle);
	const char *why;
	(void)state;
	trust(root.crt);
	write_files(&own, true);
	assert_int_equal(client_cert_set("nothing", 7, key_file, key_len, &why), -EBADMSG);
	assert_string_equal(why, "cert holds no certificate, neither as PEM nor as DER");
	assert_int_equal(client_cert_set(cert_file, cert_len, "nothing", 7, &why), -EBADMSG);
	assert_non_null(strstr(why, "privkey holds no key"));
	BIO *locked = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey_traditional(locked, own.key, EVP_aes_128_cbc(), NULL, 0, NULL, (void *)"word");
	key_len = take(locked, key_file, sizeof(key_file));
	assert_int_equal(client_cert_set(cert_file, cert_len, key_file, key_len, &why), -EBADMSG);
	assert_non_null(strstr(why, "privkey"));
	write_files(&other, true);
	char others[4096];
	size_t others_len = key_len;
	memcpy(others, key_file, key_len);
	write_files(&own, true);
	assert_int_equal(client_cert_set(cert_file, cert_len, others, others_len, &why), -EBADMSG);
	assert_non_null(strstr(why, "privkey is not the key of cert's first certificate"));
	/* then none is shown; nor by half */
	assert_null(client_cert_hold());
	assert_int_equal(client_cert_set(cert_file, cert_len, NULL, 0, &why), 0);
	assert_null(client_cert_hold());
	for (size_t len = 1; len < key_len; len += 29)
		assert_int_not_equal(client_cert_set(cert_file, cert_len, key_file, len, &why), 0);
	unmake(&own);
	unmake(&other);
}

/* Who is under way goes on as who it was; what is open is not used any more. */
static void another_meanwhile(void **state)
{
	struct made own = MADE(.name = "First", .names = "DNS:x.test", .by = &middle);
	struct made other = MADE(.name = "Second", .names = "DNS:x.test", .by = &middle, .curve = "P-384");
	(void)state;
	trust(root.crt);
	write_files(&own, true);
	assert_int_equal(show(), 0);
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		begin_asking(version, &root);
		s = tls_client(&server.stream, "boot.test");
		assert_non_null(s);
		for (unsigned i = 0; i < 40; i++) {
			tls_step(s);
			SSL_do_handshake(server.ssl);
		}
		write_files(&other, true);
		assert_int_equal(show(), 0);
		for (unsigned i = 0; i < 1000 && tls_step(s) != 1; i++)
			SSL_do_handshake(server.ssl);
		hear(10);
		is_shown("First");
		show_nothing();
		assert_false(tls_is_good(s));
		end();
		write_files(&own, true);
		assert_int_equal(show(), 0);
	}
	show_nothing();
	unmake(&own);
	unmake(&other);
}

/* Who is not believed does not learn who we are. */
static void not_for_strangers(void **state)
{
	struct made own = MADE(.name = "Machine 7", .names = "DNS:m7.test", .by = &middle);
	struct made other = MADE(.name = "Other");
	(void)state;
	trust(other.crt);
	write_files(&own, true);
	assert_int_equal(show(), 0);
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		begin_asking(version, &root);
		assert_int_equal(shake("boot.test"), -EACCES);
		assert_non_null(strstr(tls_why(s), "which trust does not name"));
		for (unsigned i = 0; i < 1000; i++) {
			stream_events(s);
			SSL_do_handshake(server.ssl);
		}
		assert_null(SSL_get0_peer_certificate(server.ssl));
		end();
	}
	show_nothing();
	unmake(&own);
	unmake(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_key), cmocka_unit_test(without_one),
		cmocka_unit_test(what_is_no_certificate), cmocka_unit_test(another_meanwhile),
		cmocka_unit_test(not_for_strangers),
	};
	return cmocka_run_group_tests(tests, make_all, unmake_all);
}
