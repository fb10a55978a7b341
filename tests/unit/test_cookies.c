/* SPDX-License-Identifier: BSD-2-Clause */
/* Cookies: to whom they go back, and to whom not; bounds. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "services/http/cookies.h"

static struct cookie_jar jar;
static char sent[COOKIES_SENT];

/* Not by url_parse(): https is to be spoken of here, whether the loader has it or not. */
static struct url *url(const char *text)
{
	static struct url u;

	memset(&u, 0, sizeof(u));
	sscanf(text, "%31[^:]://%255[^/]%1000s", u.scheme, u.host, u.target);
	return &u;
}

static void take(const char *from, const char *said)
{
	cookies_take(&jar, url(from), said, 1000);
}

static const char *write(const char *to, uint64_t now_us)
{
	size_t len = cookies_write(&jar, url(to), now_us, sent, sizeof(sent));

	assert_int_equal(len, strlen(sent));
	return sent;
}

static int setup(void **state)
{
	(void)state;
	jar.len = 0;
	return 0;
}

static void test_rows(void **state)
{
	static const struct { const char *from, *said, *to, *sent; } rows[] = {
		{ "http://a.test/x/y", "id=7", "http://a.test/x/z?q", "id=7" },
		{ "http://a.test/x/y", "id=7", "http://a.test/x", "id=7" },
		{ "http://a.test/x/y", "id=7", "http://a.test/xx", "" },
		{ "http://a.test/x/y", "id=7", "http://a.test/", "" },
		{ "http://a.test/x/y", " id = a b ; path=/ ; HttpOnly", "http://a.test/", "id = a b" },
		{ "http://a.test/x", "id=7; Path=no", "http://a.test/q", "id=7" },
		{ "http://a.test/x", "id=7", "http://b.test/x", "" },
		{ "http://a.test/x", "id=7", "http://w.a.test/x", "" },
		{ "http://a.test/x", "id=7; Domain=.A.test", "http://w.a.test/x", "id=7" },
		{ "http://w.a.test/x", "id=7; Domain=a.test", "http://a.test/x", "id=7" },
		{ "http://w.a.test/x", "id=7; Domain=a.test", "http://va.test/x", "" },
		{ "http://w.a.test/x", "id=7; Domain=b.test", "http://b.test/x", "" },
		{ "http://w.a.test/x", "id=7; Domain=test", "http://w.a.test/x", "" },
		{ "http://boot/x", "id=7; Domain=boot", "http://boot/x", "id=7" },
		{ "http://10.0.0.1/x", "id=7; Domain=0.0.1", "http://10.0.0.1/x", "" },
		{ "http://a.test/x", "id=7; Secure", "http://a.test/x", "" },
		{ "https://a.test/x", "id=7; secure", "https://a.test/x", "id=7" },
		{ "https://a.test/x", "id=7; secure", "http://a.test/x", "" },
		{ "http://a.test/x", "id", "http://a.test/x", "" },
		{ "http://a.test/x", "=7", "http://a.test/x", "" },
		{ "http://a.test/x", "", "http://a.test/x", "" },
		{ "http://a.test/x", ";;;=;", "http://a.test/x", "" },
		{ "http://a.test/x", "id=\x01", "http://a.test/x", "" },
		{ "http://a.test/x", "id=\xc3\xa4", "http://a.test/x", "" },
		{ "http://a.test/x", "id=", "http://a.test/x", "id=" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		jar.len = 0;
		take(rows[i].from, rows[i].said);
		assert_string_equal(write(rows[i].to, 2000), rows[i].sent);
	}
}

static void test_replaced(void **state)
{
	(void)state;
	take("http://h.test/", "a=1");
	take("http://h.test/", "b=2; Path=/deep");
	take("http://h.test/", "ab=3");
	take("http://h.test/", "a=4");
	assert_string_equal(write("http://h.test/deep/er", 2000), "b=2; ab=3; a=4");
	take("http://h.test/", "ab=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
	take("http://h.test/", "b=; Expires=Thu, 01-Jan-70 00:00:00 GMT; path=/deep");
	assert_string_equal(write("http://h.test/deep/er", 2000), "a=4");
	take("http://h.test/", "a=5; Expires=Thu, 19 Nov 2099 19:19:19 GMT");
	take("http://h.test/", "c=6; Max-Age=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
	assert_string_equal(write("http://h.test/", 2000999), "a=5; c=6");
	assert_string_equal(write("http://h.test/", 2001000), "a=5");
	take("http://h.test/", "a=5; Max-Age=0");
	take("http://h.test/", "d=5; Max-Age=-1");
	assert_string_equal(write("http://h.test/", 2000), "c=6");
	take("http://h.test/", "e=5; Max-Age=99999999999999999999999");
	assert_string_equal(write("http://h.test/", UINT64_MAX - 1), "e=5");
}

/* What https has said for itself http cannot change (RFC 6265bis, 5.7). */
static void test_secure_stays(void **state)
{
	(void)state;
	take("https://h.test/", "a=1; Secure");
	take("http://h.test/", "a=2");
	take("http://h.test/", "a=; Max-Age=0");
	assert_string_equal(write("https://h.test/", 2000), "a=1");
	take("https://h.test/", "a=3");
	take("http://h.test/", "a=4");
	assert_string_equal(write("https://h.test/", 2000), "a=4");
}

/* The oldest go; and no more is sent than fits. */
static void test_bounds(void **state)
{
	char said[COOKIES_SENT + 10];

	(void)state;
	memset(said, 'x', sizeof(said));
	said[1] = '=';
	said[COOKIES_SENT] = '\0';
	take("http://h/", said);
	assert_int_equal(jar.len, 0);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(said, sizeof(said), "n%u=%0*u", i, (int)(i * 7 % 500), i);
		take("http://h/", said);
		assert_true(jar.len <= COOKIES_SENT);
		write("http://h/", 2000);
	}
	assert_null(strstr(sent, "n0="));
	for (size_t cap = 1; cap < 600; cap++) {
		char small[600];
		memset(small, 'y', sizeof(small));
		assert_true(cookies_write(&jar, url("http://h/"), 2000, small, cap) < cap);
		assert_int_equal(small[cap], 'y');
	}
}

/* A server that says a lot pushes out its own: another's cookie stays; of many servers the oldest go. */
static void test_one_server_and_others(void **state)
{
	char from[32], said[64];

	(void)state;
	take("http://ours/", "id=7");
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(said, sizeof(said), "n%u=%050u", i, i);
		take("http://theirs/", said);
	}
	assert_string_equal(write("http://ours/", 2000), "id=7");
	assert_non_null(strstr(write("http://theirs/", 2000), "n999="));
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(from, sizeof(from), "http://server%u/", i);
		take(from, "a=b");
		assert_true(jar.len <= sizeof(jar.data));
	}
	assert_string_equal(write("http://ours/", 2000), "");
	assert_string_equal(write("http://server999/", 2000), "a=b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_rows, setup), cmocka_unit_test_setup(test_replaced, setup),
		cmocka_unit_test_setup(test_secure_stays, setup),
		cmocka_unit_test_setup(test_bounds, setup), cmocka_unit_test_setup(test_one_server_and_others, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
