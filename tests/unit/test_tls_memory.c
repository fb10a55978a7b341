/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS where memory is short: our certificate, bundles, lists of revoked ones, handshakes.  See short_memory.h. */
#include <openssl/pem.h>

#include "services/tls/client_cert.h"
#include "services/tls/revoked.h"
#include "services/tls/sessions.h"
#include "tests/unit/tls_pair.h"
#include "tests/unit/short_memory.h"

static char file[8192], key[4096];
static size_t file_len, key_len;

static size_t take(BIO *b, char *out, size_t cap)
{
	int n = BIO_read(b, out, (int)cap);
	assert_true(n > 0);
	BIO_free(b);
	return (size_t)n;
}

static int show_ours(void)
{
	const char *why = NULL;
	return client_cert_set(file, file_len, key, key_len, &why);
}

static void show_nothing(void)
{
	assert_int_equal(client_cert_set(NULL, 0, NULL, 0, NULL), 0);
}

static void our_certificate(void **state)
{
	struct made made[] = { MADE(.name = "x", .names = "DNS:x.test", .by = &middle),
			       MADE(.name = "x", .names = "DNS:x.test", .by = &middle, .rsa = 2048) };
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		BIO *c = BIO_new(BIO_s_mem()), *k = BIO_new(BIO_s_mem());
		if (i & 1) {
			PEM_write_bio_X509(c, made[i / 2].crt);
			PEM_write_bio_X509(c, middle.crt);
			PEM_write_bio_PrivateKey(k, made[i / 2].key, NULL, NULL, 0, NULL, NULL);
		} else {
			i2d_X509_bio(c, made[i / 2].crt);
			i2d_PrivateKey_bio(k, made[i / 2].key);
		}
		file_len = take(c, file, sizeof(file));
		key_len = take(k, key, sizeof(key));
		try_with_more_each_time(show_ours, show_nothing);
	}
	unmake(&made[0]);
	unmake(&made[1]);
}

static int store(void)
{
	int n = roots_store(file, file_len, NULL);
	assert_true(n < 0 || n == 2);		/* the whole bundle */
	return n;
}

static void forget(void)
{
	roots_free(NULL);
}

static void a_bundle(void **state)
{
	BIO *b = BIO_new(BIO_s_mem());
	(void)state;
	PEM_write_bio_X509(b, root.crt);
	PEM_write_bio_X509(b, middle.crt);
	file_len = take(b, file, sizeof(file));
	try_with_more_each_time(store, forget);
}

static int add_list(void)
{
	return revoked_add(file, file_len);
}

static void a_list_of_revoked_ones(void **state)
{
	BIO *b = BIO_new(BIO_s_mem());
	X509_CRL *list = X509_CRL_new();
	ASN1_TIME *then = ASN1_TIME_set(NULL, NOW);
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	(void)state;
	X509_CRL_set_version(list, 1);
	X509_CRL_set_issuer_name(list, X509_get_subject_name(root.crt));
	X509_CRL_set1_lastUpdate(list, then);
	X509_CRL_set1_nextUpdate(list, then);
	for (int i = 1; i < 9; i++) {
		X509_REVOKED *one = X509_REVOKED_new();
		ASN1_INTEGER_set(serial, i);
		X509_REVOKED_set_serialNumber(one, serial);
		X509_REVOKED_set_revocationDate(one, then);
		X509_CRL_add0_revoked(list, one);
	}
	assert_true(X509_CRL_sign(list, root.key, EVP_sha256()) > 0);
	PEM_write_bio_X509_CRL(b, list);
	file_len = take(b, file, sizeof(file));
	ASN1_INTEGER_free(serial);
	ASN1_TIME_free(then);
	X509_CRL_free(list);
	try_with_more_each_time(add_list, revoked_forget);
}

static int version;

static int shake_hands(void)
{
	begin_usual(version);
	s = tls_client(&server.stream, "boot.test");
	int n = s ? -EAGAIN : -ENOMEM;
	for (unsigned turns = 0; turns < 100000 && (n == 0 || n == -EAGAIN); turns++) {
		n = tls_step(s);
		SSL_do_handshake(server.ssl);
	}
	return n;
}

static void hang_up(void)
{
	if (!s)
		stream_close(&server.stream);
	end();
	sessions_forget("boot.test");
}

static void a_handshake(void **state)
{
	(void)state;
	left = SIZE_MAX;
	trust(root.crt);
	for (version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++)
		try_with_more_each_time(shake_hands, hang_up);
}

static int make_short(void **state)
{
	static const struct tls_machine machine = { random32, now, short_alloc, short_free };
	left = SIZE_MAX;
	make_all(state);
	tls_setup(&machine);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_certificate), cmocka_unit_test(a_bundle),
		cmocka_unit_test(a_list_of_revoked_ones), cmocka_unit_test(a_handshake),
	};
	return cmocka_run_group_tests(tests, make_short, unmake_all);
}
