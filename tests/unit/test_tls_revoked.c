/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates that their CAs have taken back, by lists of OpenSSL's making. */
#include <openssl/pem.h>

#include "services/tls/revoked.h"
#include "tests/unit/tls_pair.h"

static struct made ca, sub, own;

static int make_cas(void **state)
{
	make_all(state);
	ca = MADE(.name = "CA", .use = "critical,keyCertSign,cRLSign");
	sub = MADE(.name = "Sub", .use = "critical,keyCertSign,cRLSign", .by = &ca);
	own = MADE(.name = "own", .names = "DNS:boot.test", .by = &sub);
	return 0;
}

static int unmake_cas(void **state)
{
	unmake(&ca);
	unmake(&sub);
	unmake(&own);
	return unmake_all(state);
}

static int begin_test(void **state)
{
	(void)state;
	trust(ca.crt);
	revoked_forget();
	revoked_set_rule(REVOKED_REFUSED);
	return 0;
}

/* A list in the name of `of`, signed by `by`, with `more` numbers in it besides. */
static X509_CRL *list_of(const struct made *of, const struct made *by, X509 *revoked, long until_days, int more)
{
	X509_CRL *l = X509_CRL_new();
	ASN1_TIME *t = ASN1_TIME_set(NULL, NOW - 50 * DAY);
	X509_CRL_set_version(l, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(l, X509_get_subject_name(of->crt));
	X509_CRL_set1_lastUpdate(l, t);
	for (int i = 0; i < more + (revoked != NULL); i++) {
		X509_REVOKED *r = X509_REVOKED_new();
		ASN1_INTEGER *number = ASN1_INTEGER_new();
		ASN1_INTEGER_set(number, 1000000 + i);
		X509_REVOKED_set_serialNumber(r, i < more ? number : X509_get_serialNumber(revoked));
		X509_REVOKED_set_revocationDate(r, t);
		X509_CRL_add0_revoked(l, r);
		ASN1_INTEGER_free(number);
	}
	ASN1_TIME_set(t, NOW + until_days * DAY);
	if (until_days)
		X509_CRL_set1_nextUpdate(l, t);
	ASN1_TIME_free(t);
	assert_true(X509_CRL_sign(l, by->key, EVP_sha256()));
	return l;
}

static int add(X509_CRL *l)
{
	uint8_t *der = NULL;
	int len = i2d_X509_CRL(l, &der);
	int err = revoked_add(der, (size_t)len);
	OPENSSL_free(der);
	X509_CRL_free(l);
	return err;
}

static void good_lists(void)
{
	assert_int_equal(add(list_of(&ca, &ca, NULL, 10, 1)), 0);
	assert_int_equal(add(list_of(&sub, &sub, NULL, 10, 1000)), 0);
}

static void meet(void)
{
	X509 *more[] = { sub.crt, ca.crt };
	begin(&own, more, 2, 0, NULL);
}

static void is_believed(const char *warning)
{
	meet();
	opens("boot.test");
	if (!strstr(tls_warning(s), warning) || (!*warning && *tls_warning(s)))
		fail_msg("%s, and not: %s", tls_warning(s), warning);
	end();
}

static void is_refused(const char *why)
{
	meet();
	refuses("boot.test", -EACCES, why);
}

static void each_that_was_taken_back(void **state)
{
	(void)state;
	good_lists();
	is_believed("");
	assert_int_equal(add(list_of(&sub, &sub, own.crt, 10, 3)), 0);
	is_refused("the certificate of CN=own was taken back by CN=Sub, whose list says so (crl): have a new one made");
	begin_test(NULL);
	assert_int_equal(add(list_of(&sub, &sub, NULL, 10, 0)), 0);
	assert_int_equal(add(list_of(&ca, &ca, sub.crt, 10, 3)), 0);
	is_refused("the certificate of CN=Sub was taken back by CN=CA");
	/* under either rule, but where nobody wants lists asked */
	revoked_set_rule(REVOKED_WARNED);
	is_refused("the certificate of CN=Sub was taken back by CN=CA");
	revoked_set_rule(REVOKED_IGNORED);
	is_believed("");
}

#define CANNOT "whether its certificate was taken back cannot be told: of what crl names nothing is a list by "

static void without_a_list(void **state)
{
	const struct {
		X509_CRL *of_ca, *of_sub;
		const char *whose;
	} rows[] = {
		{ NULL, NULL, "CN=Sub" },
		{ list_of(&ca, &ca, NULL, 10, 0), NULL, "CN=Sub" },
		{ NULL, list_of(&sub, &sub, NULL, 10, 0), "CN=CA" },
		/* of last month, for ever, by another, in another's name */
		{ list_of(&ca, &ca, NULL, 10, 0), list_of(&sub, &sub, NULL, -1, 0), "CN=Sub" },
		{ list_of(&ca, &ca, NULL, 10, 0), list_of(&sub, &sub, NULL, 0, 0), "CN=Sub" },
		{ list_of(&ca, &ca, NULL, 10, 0), list_of(&sub, &ca, NULL, 10, 0), "CN=Sub" },
		{ list_of(&ca, &ca, NULL, 10, 0), list_of(&leaf, &sub, NULL, 10, 0), "CN=Sub" },
	};
	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[CHAIN_WHY_MAX];
		begin_test(NULL);
		assert_true(!rows[i].of_ca || add(rows[i].of_ca) == 0);
		assert_true(!rows[i].of_sub || add(rows[i].of_sub) == 0);
		snprintf(text, sizeof(text), CANNOT "%s", rows[i].whose);
		is_refused(text);
		revoked_set_rule(REVOKED_WARNED);
		is_believed(text);
	}
	/* a CA that may not sign lists: its key usage has no cRLSign */
	begin_test(NULL);
	trust(root.crt);
	assert_int_equal(add(list_of(&root, &root, NULL, 10, 0)), 0);
	assert_int_equal(add(list_of(&middle, &middle, NULL, 10, 0)), 0);
	begin_usual(0);
	refuses("boot.test", -EACCES, CANNOT "CN=Middle");
}

/* Of a certificate that is named itself nobody is asked; of those below it each CA is. */
static void those_that_are_named(void **state)
{
	(void)state;
	trust(sub.crt);
	is_refused(CANNOT "CN=Sub");
	assert_int_equal(add(list_of(&sub, &sub, NULL, 10, 0)), 0);
	is_believed("");
	revoked_forget();
	trust(own.crt);
	is_believed("");
	pin(own.crt);
	is_believed("");
}

static void what_is_a_list(void **state)
{
	static uint8_t zeros[REVOKED_FILE_MAX + 1];
	BIO *pem = BIO_new(BIO_s_mem());
	X509_CRL *lists[] = { list_of(&ca, &ca, NULL, 10, 1), list_of(&sub, &sub, own.crt, 10, 1) };
	char *text;
	(void)state;
	assert_int_equal(revoked_add("", 0), -EBADMSG);
	assert_int_equal(revoked_add("no list", 7), -EBADMSG);
	assert_int_equal(revoked_add(zeros, sizeof(zeros)), -EFBIG);
	assert_int_equal(revoked_add(zeros, sizeof(zeros) - 1), -EBADMSG);
	for (unsigned i = 0; i < 2; i++)
		PEM_write_bio_X509_CRL(pem, lists[i]);
	long len = BIO_get_mem_data(pem, &text);
	for (long cut = 1; cut < len; cut += 13)
		assert_true(revoked_add(text, (size_t)cut) <= 0);
	revoked_forget();
	assert_null(revoked_lists());
	assert_int_equal(revoked_add(text, (size_t)len), 0);
	is_refused("the certificate of CN=own was taken back");
	/* what came before one that is none stays, and what comes after it counts */
	revoked_forget();
	assert_int_equal(revoked_add("no list", 7), -EBADMSG);
	good_lists();
	assert_int_equal(revoked_add("no list", 7), -EBADMSG);
	is_believed("");
	for (unsigned i = 0; i < 2; i++)
		X509_CRL_free(lists[i]);
	BIO_free(pem);
}

/* What was judged by other lists is judged again. */
static void lists_change(void **state)
{
	(void)state;
	good_lists();
	for (unsigned change = 0; change < 3; change++) {
		meet();
		opens("boot.test");
		assert_true(tls_is_good(s));
		if (change == 0)
			assert_int_equal(add(list_of(&sub, &sub, NULL, 10, 0)), 0);
		else if (change == 1)
			revoked_set_rule(REVOKED_WARNED);
		else
			revoked_forget();
		assert_false(tls_is_good(s));
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_that_was_taken_back, begin_test),
		cmocka_unit_test_setup(without_a_list, begin_test),
		cmocka_unit_test_setup(those_that_are_named, begin_test),
		cmocka_unit_test_setup(what_is_a_list, begin_test), cmocka_unit_test_setup(lists_change, begin_test),
	};
	return cmocka_run_group_tests(tests, make_cas, unmake_cas);
}
