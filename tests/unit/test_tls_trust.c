/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom TLS believes, against OpenSSL's server: certificates, chains, roots, pins and clocks.  What is not good is
 * refused with a sentence before a byte of it is used.
 */
#include <ctype.h>

#include "tests/unit/tls_pair.h"

static void names(void **state)
{
	static const char *const good[] = { "boot.test", "a.wild.test", "10.0.0.1" };
	static const char *const bad[] = { "other.test", "wild.test", "a.b.wild.test", "10.0.0.2",
					 "boot.test.evil.test" };
	(void)state;
	trust(root.crt);
	for (unsigned i = 0; i < 3; i++) {
		begin_usual(0);
		opens(good[i]);
		end();
	}
	for (unsigned i = 0; i < 5; i++) {
		char text[100];
		snprintf(text, sizeof(text), "is for boot.test, *.wild.test, 10.0.0.1, and not for %s", bad[i]);
		begin_usual(0);
		refuses(bad[i], -EACCES, text);
	}
}

static void whom_to_believe(void **state)
{
	X509 *without_root[] = { middle.crt };
	char text[200];
	(void)state;
	const struct made *kinds[] = { &root, &middle, &leaf };
	for (unsigned i = 0; i < 6; i++) {	/* any of the chain may be named, by its fingerprint or its key */
		if (i < 3)
			trust(kinds[i]->crt);
		else
			pin(kinds[i - 3]->crt);
		begin_usual(0);
		opens("boot.test");
		assert_string_equal(tls_warning(s), "");
		end();
		begin_usual(0);
		refuses("other.test", -EACCES, "and not for other.test");
	}
	trust(NULL);
	begin_usual(0);
	snprintf(text, sizeof(text), "no root is trusted: set trust to a CA's SHA-256 fingerprint, or trust-pin to a "
		 "key's; the last of its chain is CN=Root, %s", sum_text(root.crt, false));
	refuses("boot.test", -EACCES, text);
	struct made other = MADE(.name = "Other");
	trust(other.crt);
	begin_usual(0);
	snprintf(text, sizeof(text), "leads to CN=Root, which trust does not name; its fingerprint is %s",
		 sum_text(root.crt, false));
	refuses("boot.test", -EACCES, text);
	trust(root.crt);			/* which the server does not send */
	begin(&leaf, without_root, 1, 0, NULL);
	refuses("boot.test", -EACCES, "ends where CN=Root is missing");
	begin(&leaf, NULL, 0, 0, NULL);
	refuses("boot.test", -EACCES, "ends where CN=Middle is missing");
	uint8_t *der = NULL;
	int len = i2d_X509(root.crt, &der);
	assert_int_equal(roots_store(der, (size_t)len, "Toor"), -ENOENT);
	assert_int_equal(roots_store(der, (size_t)len, "Root"), 1);
	assert_int_equal(roots_store(der, (size_t)len, NULL), 0);
	OPENSSL_free(der);
	begin(&leaf, without_root, 1, 0, NULL);
	opens("boot.test");
	end();
	/* what is stored is not believed for that */
	trust(other.crt);
	begin(&leaf, without_root, 1, 0, NULL);
	refuses("boot.test", -EACCES, "which trust does not name");
	assert_int_equal(roots_free("Toor"), 0);
	assert_int_equal(roots_free(NULL), 1);
	unmake(&other);
}

/* A file with PEM in it, as bundles have it. */
static void store_of_pem(void **state)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *text;
	X509 *none[1];
	(void)state;
	BIO_puts(b, "Some words\n");
	PEM_write_bio_X509(b, middle.crt);
	BIO_puts(b, "and more\n");
	PEM_write_bio_X509(b, root.crt);
	long len = BIO_get_mem_data(b, &text);
	assert_int_equal(roots_store(text, (size_t)len, NULL), 2);
	trust(root.crt);
	begin(&leaf, none, 0, 0, NULL);
	opens("boot.test");
	end();
	assert_int_equal(roots_store("-----BEGIN CERTIFICATE-----\nnot\n", 32, NULL), -EBADMSG);
	assert_int_equal(roots_store("", 0, NULL), -EBADMSG);
	assert_int_equal(roots_free("Middle"), 1);
	begin(&leaf, none, 0, 0, NULL);
	refuses("boot.test", -EACCES, "CN=Middle is missing");
	assert_int_equal(roots_free(NULL), 1);
	BIO_free(b);
}

static void name_file(const char *text, size_t len)
{
	uint8_t sum[32];
	char hex[65];
	EVP_Digest(text, len, sum, NULL, EVP_sha256(), NULL);
	for (unsigned i = 0; i < 32; i++)
		sprintf(hex + 2 * i, "%02x", sum[i]);
	assert_int_equal(roots_set(ROOTS_BUNDLES, hex), 0);
}

/* A file that is named as a whole: what is stored from it is believed, and only that, as long as it is named. */
static void a_bundle(void **state)
{
	struct made other = MADE(.name = "Other");
	X509 *without_root[] = { middle.crt };
	BIO *b = BIO_new(BIO_s_mem());
	char *text;
	(void)state;
	PEM_write_bio_X509(b, other.crt);
	PEM_write_bio_X509(b, root.crt);
	size_t len = (size_t)BIO_get_mem_data(b, &text);
	trust(NULL);
	name_file(text, len);
	begin(&leaf, without_root, 1, 0, NULL);
	refuses("boot.test", -EACCES, "ends where CN=Root is missing");
	assert_int_equal(roots_store(text, len - 1, NULL), 2);	/* it is not that one */
	begin(&leaf, without_root, 1, 0, NULL);
	refuses("boot.test", -EACCES, "leads to CN=Root, which trust does not name");
	unsigned changes = roots_changes();
	assert_int_equal(roots_store(text, len, NULL), 0);	/* they are there; now it is */
	assert_int_not_equal(roots_changes(), changes);
	begin(&leaf, without_root, 1, 0, NULL);
	opens("boot.test");
	assert_true(tls_is_good(s));
	assert_int_equal(roots_store(text, len - 1, NULL), 0);	/* that takes nothing away */
	end();
	begin(&leaf, without_root, 1, 0, NULL);
	opens("boot.test");
	assert_int_equal(roots_set(ROOTS_BUNDLES, ""), 0);
	assert_false(tls_is_good(s));
	end();
	begin_usual(0);
	refuses("boot.test", -EACCES, "no root is trusted");
	name_file(text, len);
	assert_int_equal(roots_free("Root"), 1);
	begin_usual(0);
	refuses("boot.test", -EACCES, "leads to CN=Root, which trust does not name");
	roots_free(NULL);
	roots_set(ROOTS_BUNDLES, "");
	BIO_free(b);
	unmake(&other);
}

static void fingerprints_as_people_write_them(void **state)
{
	const char *sum = sum_text(root.crt, false);
	char text[400];
	size_t n = 0;
	(void)state;
	for (unsigned i = 0; i < 32; i++)	/* as openssl x509 -fingerprint shows it, after another */
		n += (size_t)sprintf(text + n, "%s%c%c", i ? ":" : "", toupper(sum[2 * i]), sum[2 * i + 1]);
	snprintf(text + n, sizeof(text) - n, ", %064d", 0);
	assert_int_equal(roots_set(ROOTS_FINGERPRINTS, text), 0);
	begin_usual(0);
	opens("boot.test");
	end();
	static const char *const bad[] = { "12", "xyz", "1", "0:1" };
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(roots_set(ROOTS_FINGERPRINTS, bad[i]), -EINVAL);
	char *many = malloc(65 * 40 + 1);
	for (unsigned i = 0; i < 40; i++)
		sprintf(many + 65 * i, "%064u ", i);
	assert_int_equal(roots_set(ROOTS_FINGERPRINTS, many), -E2BIG);
	free(many);
	begin_usual(0);				/* what was set stays */
	opens("boot.test");
	end();
}

static void bad_certificates(void **state)
{
	static const struct made *by = &middle;
	const struct {
		struct make make;
		const char *text;
	} cases[] = {
		{ { .from_days = -30, .to_days = -2 }, "the certificate of CN=x expired on 2026-12-30, and this "
			"machine's "
		  "clock says 2027-01-01" },
		{ { .from_days = 2, .to_days = 30 }, "the certificate of CN=x is not valid before 2027-01-03" },
		{ { .to_days = 30, .now_s = 61 }, "CN=x is not valid before 2027-01-01 00:01:01, and this "
			"machine's clock says 2027-01-01 00:00:00" },
		{ { .rsa = 1024 }, "the key in the certificate of CN=x is too weak" },
		{ { .md = EVP_sha1() }, "the certificate of CN=x is signed by a hash that is broken" },
		{ { .extended = "clientAuth" }, "the certificate of CN=x is not for a server of TLS" },
		{ { .use = "critical,keyEncipherment" }, "the certificate of CN=x is not for a server of TLS" },
		{ { .feature = "status_request" }, "the certificate of CN=x demands an OCSP answer" },
	};
	X509 *more[] = { middle.crt, root.crt };
	(void)state;
	trust(root.crt);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
			struct make m = cases[i].make;
			m.name = "x";
			m.names = "DNS:boot.test";
			m.by = by;
			m.now_s += NOW;
			struct made own = make_cert(&m);
			if (m.use && version == TLS1_2_VERSION) {
				unmake(&own);	/* OpenSSL does not serve ECDHE by it at all */
				continue;
			}
			begin(&own, more, 2, version, NULL);
			refuses("boot.test", -EACCES, cases[i].text);
			unmake(&own);
		}
}

static void bad_chains(void **state)
{
	struct made self = MADE(.name = "self", .names = "DNS:boot.test");
	struct made no_ca = MADE(.name = "NoCA", .by = &root, .basic = "CA:FALSE");
	struct made by_no_ca = MADE(.name = "x", .names = "DNS:boot.test", .by = &no_ca);
	struct made narrow = MADE(.name = "Narrow", .basic = "critical,CA:TRUE,pathlen:0");
	struct made below = MADE(.name = "Below", .by = &narrow);
	struct made too_far = MADE(.name = "x", .names = "DNS:boot.test", .by = &below);
	struct made old = MADE(.name = "Old", .by = &root, .from_days = -300, .to_days = -5);
	struct made by_old = MADE(.name = "x", .names = "DNS:boot.test", .by = &old);
	struct made sha1 = MADE(.name = "Sha", .by = &root, .md = EVP_sha1());
	struct made by_sha1 = MADE(.name = "x", .names = "DNS:boot.test", .by = &sha1);
	struct made false_root = MADE(.name = "Root");	/* the same name, another key */
	struct made by_false = MADE(.name = "x", .names = "DNS:boot.test", .by = &false_root);
	(void)state;
	trust(root.crt);
	begin(&self, NULL, 0, 0, NULL);
	refuses("boot.test", -EACCES, "leads to CN=self, which trust does not name");
	begin(&by_no_ca, (X509 *[]){ no_ca.crt, root.crt }, 2, 0, NULL);
	refuses("boot.test", -EACCES, "CN=NoCA, which has signed a certificate of its chain, is no CA");
	begin(&by_old, (X509 *[]){ old.crt, root.crt }, 2, 0, NULL);
	refuses("boot.test", -EACCES, "the certificate of CN=Old expired on 2026-12-27");
	begin(&by_sha1, (X509 *[]){ sha1.crt, root.crt }, 2, 0, NULL);
	refuses("boot.test", -EACCES, "the certificate of CN=Sha is signed by a hash that is broken");
	begin(&by_false, (X509 *[]){ root.crt }, 1, 0, NULL);
	refuses("boot.test", -EACCES, "names CN=Root as its signer, and is not signed by it");
	begin(&by_false, (X509 *[]){ false_root.crt, root.crt }, 2, 0, NULL);
	refuses("boot.test", -EACCES, "is not believed: ");
	trust(narrow.crt);
	begin(&too_far, (X509 *[]){ below.crt, narrow.crt }, 2, 0, NULL);
	refuses("boot.test", -EACCES, "path length");
	trust(self.crt);			/* named itself, it will do */
	begin(&self, NULL, 0, 0, NULL);
	opens("boot.test");
	end();
	struct made *all[] = { &self, &no_ca, &by_no_ca, &narrow, &below, &too_far, &old, &by_old, &sha1, &by_sha1,
			       &false_root, &by_false };
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		unmake(all[i]);
}

static void long_chains(void **state)
{
	X509 *more[300];
	(void)state;
	trust(root.crt);
	for (unsigned i = 0; i < 300; i++)
		more[i] = middle.crt;
	begin(&leaf, more, 30, 0, NULL);
	refuses("boot.test", -EACCES, "a chain of more than 16 certificates");
	begin(&leaf, more, 300, TLS1_3_VERSION, NULL);
	refuses("boot.test", -EPROTO, "longer than 16 KiB");
	begin(&leaf, more, 300, TLS1_2_VERSION, NULL);
	refuses("boot.test", -EPROTO, "longer than 16 KiB");
}

/* A CA with a key of the server's choice, which nobody has: nothing is computed with it. */
static X509 *with_rsa(unsigned bits, const char *exponent)
{
	BIGNUM *n = BN_new(), *e = NULL;
	EVP_PKEY *key = NULL;
	OSSL_PARAM_BLD *made = OSSL_PARAM_BLD_new();
	BN_hex2bn(&e, exponent);
	BN_rand(n, (int)bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	OSSL_PARAM_BLD_push_BN(made, "n", n);
	OSSL_PARAM_BLD_push_BN(made, "e", e);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(made);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	X509 *crt = X509_dup(middle.crt);
	X509_set_pubkey(crt, key);
	assert_true(X509_sign(crt, root.key, EVP_sha256()) > 0);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(made);
	BN_free(n);
	BN_free(e);
	return crt;
}

static void costly_keys(void **state)
{
	static const struct {
		unsigned bits;
		const char *exponent;
		bool fits;
	} keys[] = { { 4096, "ffffffff", true }, { 4104, "010001", false }, { 8192, "010001", false },
		     { 4096, "0100000001", false } };
	X509 *five[] = { middle.crt, middle.crt, middle.crt, middle.crt, middle.crt };
	(void)state;
	trust(root.crt);
	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
			X509 *more[] = { middle.crt, with_rsa(keys[i].bits, keys[i].exponent), root.crt };
			begin(&leaf, more, 3, version, NULL);
			if (keys[i].fits) {
				opens("boot.test");
				end();
			} else {
				refuses("boot.test", -EACCES, "CN=Middle is RSA of more than 4096 bits, or has an "
					"exponent of more than 32");
			}
			X509_free(more[1]);
		}
	begin(&leaf, five, 5, 0, NULL);
	refuses("boot.test", -EACCES, "sends more than 4 certificates of CN=Middle");
}

static void clocks(void **state)
{
	static const int64_t wrong[] = { 0, CHAIN_NO_TIME };
	(void)state;
	struct made own = MADE(.name = "x", .names = "DNS:boot.test", .by = &root, .from_days = -100, .to_days = -10);
	for (unsigned i = 0; i < 2; i++) {
		now_s = wrong[i];
		trust(root.crt);
		begin_usual(0);
		refuses("boot.test", -EACCES, i ? "clock has no time, before this Undine was made (2026-11-01)" :
			"clock says 1970-01-01, before this Undine was made (2026-11-01)");
		tls_mend_clock(true);
		begin_usual(0);
		opens("boot.test");
		end();
		tls_mend_clock(false);
		pin(root.crt);
		begin_usual(0);
		refuses("boot.test", -EACCES, "before this Undine was made");
		pin(leaf.crt);
		begin_usual(0);
		opens("boot.test");
		assert_non_null(strstr(tls_warning(s), i ? "clock has no time" : "clock says 1970-01-01"));
		end();
	}
	now_s = NOW;
	/* expired: a pin makes a warning of it for that key, and not for what was signed by it */
	struct made old = MADE(.name = "Old", .from_days = -100, .to_days = -10);
	struct made by_old = MADE(.name = "y", .names = "DNS:boot.test", .by = &old);
	pin(root.crt);
	begin(&own, NULL, 0, 0, NULL);
	refuses("boot.test", -EACCES, "CN=Root is missing");
	begin(&own, (X509 *[]){ root.crt }, 1, 0, NULL);
	refuses("boot.test", -EACCES, "CN=x expired on 2026-12-22");
	pin(own.crt);
	begin(&own, NULL, 0, 0, NULL);
	opens("boot.test");
	assert_non_null(strstr(tls_warning(s), "CN=x expired on 2026-12-22"));
	end();
	pin(old.crt);
	begin(&by_old, (X509 *[]){ old.crt }, 1, 0, NULL);
	opens("boot.test");
	assert_non_null(strstr(tls_warning(s), "CN=Old expired on 2026-12-22"));
	end();
	unmake(&by_old);
	unmake(&old);
	unmake(&own);
}

/* What is kept open is good as long as it is believed for the same reasons. */
static void good_until_trust_changes(void **state)
{
	uint8_t *der = NULL;
	int len = i2d_X509(middle.crt, &der);
	(void)state;
	for (unsigned change = 0; change < 6; change++) {
		trust(root.crt);
		begin_usual(0);
		assert_false(tls_is_good(&server.stream));
		opens("boot.test");
		trust(root.crt);		/* the same once more is no change */
		tls_mend_clock(false);
		assert_true(tls_is_good(s));
		if (change == 0)
			trust(middle.crt);
		else if (change == 1)
			pin(root.crt);
		else if (change == 2)
			tls_mend_clock(true);
		else if (change == 3)
			assert_int_equal(roots_store(der, (size_t)len, NULL), 1);
		else if (change == 4)
			assert_int_equal(roots_free(NULL), 1);
		else
			stream_send(s, "x", 1);
		assert_int_equal(tls_is_good(s), change == 5);
		end();
		tls_mend_clock(false);
	}
	OPENSSL_free(der);
	begin_usual(0);
	trust(leaf.crt);
	s = tls_client(&server.stream, "boot.test");
	assert_false(tls_is_good(s));		/* not open yet */
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names), cmocka_unit_test(whom_to_believe), cmocka_unit_test(store_of_pem),
		cmocka_unit_test(a_bundle),
		cmocka_unit_test(fingerprints_as_people_write_them), cmocka_unit_test(bad_certificates),
		cmocka_unit_test(bad_chains), cmocka_unit_test(long_chains), cmocka_unit_test(costly_keys),
		cmocka_unit_test(clocks), cmocka_unit_test(good_until_trust_changes),
	};
	return cmocka_run_group_tests(tests, make_all, unmake_all);
}
