/* SPDX-License-Identifier: BSD-2-Clause */
/* Who asks: challenges read, the best taken, and answered as RFC 7616's examples say (3.9). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/fetch/url.h"
#include "services/http/auth.h"
#include "services/http/http.h"
#include "tests/unit/schemes.h"

static struct http_challenge c;
static char out[AUTH_DIGEST_TEXT];

static void read_challenge(const char *value)
{
	memset(&c, 0, sizeof(c));
	http_challenge_read(&c, value);
}

#define NONCE "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
#define RFC(algorithm) "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=" algorithm \
	", nonce=\"" NONCE "\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
static const struct http_login mufasa = { "Mufasa", "Circle of Life" };

static void test_rfc(void **state)
{
	static const char cnonce[] = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
	(void)state;
	read_challenge(RFC("MD5"));
	c.nc = 1;
	assert_int_equal(c.digest, DIGEST_MD5);
	assert_true(c.auth && c.has_opaque && !c.session && !c.basic);
	assert_string_equal(c.realm, "http-auth@example.org");
	http_digest(&c, &mufasa, "GET", "/dir/index.html", cnonce, out);
	assert_string_equal(out, "8ca523f5e9506fed4657c9700eebdbec");
	http_challenge_read(&c, RFC("SHA-256"));	/* on the next line */
	assert_int_equal(c.digest, DIGEST_SHA256);
	c.nc = 1;
	http_digest(&c, &mufasa, "GET", "/dir/index.html", cnonce, out);
	assert_string_equal(out, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
	http_challenge_read(&c, RFC("MD5"));		/* the better one stays */
	assert_int_equal(c.digest, DIGEST_SHA256);
}

/* RFC 2069's way, which RFC 2617's errata have right: without qop; and "-sess", by what Python's hashlib says. */
static void test_other_ways(void **state)
{
	(void)state;
	read_challenge("Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"");
	assert_false(c.auth);
	http_digest(&c, &(struct http_login){ "Mufasa", "CircleOfLife" }, "GET", "/dir/index.html", "x", out);
	assert_string_equal(out, "1949323746fe6a43ef61f9606e7febea");
	read_challenge("digest realm=r,nonce=n,qop=auth,algorithm=md5-SESS");
	assert_true(c.session && c.auth && c.digest == DIGEST_MD5);
	c.nc = 1;
	http_digest(&c, &(struct http_login){ "u", "p" }, "GET", "/", "c", out);
	assert_string_equal(out, "6e4aac8b22e97762f88ccd0d5ccf5b1d");
}

static void test_challenges(void **state)
{
	static const struct { const char *value; bool basic; int digest; const char *realm, *nonce; } rows[] = {
		{ "Basic realm=\"a, b\"", true, DIGEST_NONE, "", "" },
		{ "Basic", true, DIGEST_NONE, "", "" },
		{ "Basic realm=x, Digest nonce=\"n\", realm=\"r\\\"\\\\s\"", true, DIGEST_MD5, "r\"\\s", "n" },
		{ "Digest nonce = n , realm= r, Negotiate, Basic realm=z", true, DIGEST_MD5, "r", "n" },
		{ "Negotiate abc==", false, DIGEST_NONE, "", "" },
		{ "Digest realm=r", false, DIGEST_NONE, "", "" },		/* no nonce */
		{ "Digest nonce=n, qop=\"auth-int\"", false, DIGEST_NONE, "", "" },
		{ "Digest nonce=n, algorithm=SHA-512-256", false, DIGEST_NONE, "", "" },
		{ "Digest nonce=\"n\x01\"", false, DIGEST_NONE, "", "" },
		{ "Digest nonce=\"n", false, DIGEST_MD5, "", "n" },
		{ "=x", false, DIGEST_NONE, "", "" }, { ",, ,", false, DIGEST_NONE, "", "" },
	};
	char large[AUTH_TEXT_MAX + 40];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		read_challenge(rows[i].value);
		if (c.basic != rows[i].basic || (int)c.digest != rows[i].digest || strcmp(c.realm, rows[i].realm) ||
		    strcmp(c.nonce, rows[i].nonce))
			fail_msg("%s", rows[i].value);
	}
	for (unsigned more = 0; more < 2; more++) {
		sprintf(large, "Digest nonce=%0*u", (int)(AUTH_TEXT_MAX - 1 + more), 1);
		read_challenge(large);
		assert_int_equal(c.digest, more ? DIGEST_NONE : DIGEST_MD5);
	}
}

static void test_header(void **state)
{
	static struct url u;
	static char buf[HTTP_REQUEST_MAX + 1];
	struct http_request q = { .url = &u, .challenge = &c, .cnonce = "0123456789abcdef" };
	(void)state;
	assert_int_equal(url_parse(&u, "http://a%22b%0d%0aX:p@h/x?y"), 0);
	read_challenge("Digest realm=\"r\\\"\", nonce=n, qop=auth, opaque=o");
	c.nc = 10;
	int n = http_build_request(buf, sizeof(buf) - 1, &q);
	assert_true(n > 0);
	buf[n] = '\0';
	const char *line = strstr(buf, "Authorization: Digest ");
	assert_non_null(line);
	assert_non_null(strstr(line, "username=\"a\\\"bX\", realm=\"r\\\"\", nonce=\"n\", uri=\"/x?y\", response=\""));
	assert_non_null(strstr(line, "algorithm=MD5, opaque=\"o\", cnonce=\"0123456789abcdef\", qop=auth, "
				     "nc=0000000a\r\n"));
	read_challenge("Basic realm=r");
	assert_int_equal(url_parse(&u, "http://h/"), 0);
	q.login = &(const struct http_login){ "u", "p" };
	n = http_build_request(buf, sizeof(buf) - 1, &q);
	buf[n] = '\0';
	assert_non_null(strstr(buf, "\r\nAuthorization: Basic dTpw\r\n"));
}

static void test_login(void **state)
{
	static char large[URL_SECRET_MAX + 1];
	(void)state;
	memset(large, 'x', URL_SECRET_MAX);
	assert_null(http_login_of_settings());
	assert_true(http_login_set("u", ""));
	assert_string_equal(http_login_of_settings()->user, "u");
	assert_false(http_login_set("u", large));
	assert_null(http_login_of_settings());
	large[URL_SECRET_MAX - 1] = '\0';
	assert_true(http_login_set(large, large));
	assert_string_equal(http_login_of_settings()->password, large);
}

int main(void)
{
	schemes_of_the_loader();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc), cmocka_unit_test(test_other_ways), cmocka_unit_test(test_challenges),
		cmocka_unit_test(test_header), cmocka_unit_test(test_login),
	};
	return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
