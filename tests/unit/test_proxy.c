/* SPDX-License-Identifier: BSD-2-Clause */
/* Which requests go to a proxy, and what is a proxy's name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "services/http/proxy.h"
#include "tests/unit/schemes.h"

static struct url u, proxy;

static bool goes(const char *url)
{
	assert_int_equal(url_parse(&u, url), 0);
	return proxy_for(&u, &proxy);
}

static void test_its_name(void **state)
{
	static const struct { const char *text, *host; uint16_t port; } rows[] = {
		{ "10.0.0.1", "10.0.0.1", 3128 }, { "http://Proxy", "proxy", 3128 }, { "proxy:80", "proxy", 80 },
		{ "http://proxy:80/", "proxy", 80 }, { "http://me:8@proxy", "proxy", 3128 },
		{ "http://a:b@proxy/x:9", "proxy", 3128 },
		{ "http://me@proxy:8", "proxy", 8 }, { "proxy:", "proxy", 3128 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(proxy_set(rows[i].text, "") >= 0);
		assert_int_equal(proxy_set(rows[i].text, ""), 0);
		assert_true(goes("http://h/"));
		assert_string_equal(proxy.host, rows[i].host);
		assert_int_equal(proxy.port, rows[i].port);
	}
	assert_int_equal(proxy_set("http://me:a%3Ab%2f@proxy:1", ""), 1);
	assert_true(goes("http://h/"));
	assert_string_equal(proxy.user, "me");
	assert_string_equal(proxy.password, "a:b/");
}

/* Who asks whether the way is another one. */
static void test_another_way(void **state)
{
	(void)state;
	assert_int_equal(proxy_set("", "b"), 1);
	assert_int_equal(proxy_set("", "c"), 0);
	assert_int_equal(proxy_set("first-of-a-long-name-of-more-than-32-letters", "c"), 1);
	assert_int_equal(proxy_set("http://first-of-a-long-name-of-more-than-32-letters:3128/", "c"), 0);
	assert_int_equal(proxy_set("worst-of-a-long-name-of-more-than-32-letters", "c"), 1);
	assert_int_equal(proxy_set("worst-of-a-long-name-of-more-than-32-letters", "d"), 1);
	assert_int_equal(proxy_set("a b", "e"), -EINVAL);
	assert_int_equal(proxy_set("worst-of-a-long-name-of-more-than-32-letters", "d"), 0);
	assert_int_equal(proxy_set("", "d"), 1);
}

static void test_no_proxy_at_all(void **state)
{
	static char endless[URL_TEXT_MAX + 1], list[PROXY_EXCEPT_MAX + 1];
	(void)state;
	memset(endless, 'x', sizeof(endless) - 1);
	memset(list, 'x', sizeof(list) - 1);
	assert_int_equal(proxy_set("p", "h"), 1);
	assert_int_equal(proxy_set("socks5://p", ""), -EPROTONOSUPPORT);
	assert_int_equal(proxy_set("tftp://p", ""), -EPROTONOSUPPORT);
	assert_int_equal(proxy_set("a b", ""), -EINVAL);
	assert_int_equal(proxy_set("me:pw@p", ""), -EINVAL);
	assert_int_equal(proxy_set("http://", ""), -EINVAL);
	assert_int_equal(proxy_set("p:99999", ""), -EINVAL);
	assert_int_equal(proxy_set(endless, ""), -ENAMETOOLONG);
	assert_int_equal(proxy_set("q", list), -E2BIG);
	static const char *const no_networks[] = {
		"10.0.0.0/33", "h, 10.0.0/8", "h/8", "/", "10.0.0.0/", "a,111.111.111.111/111111111111",
		"10.0.0.0/9x:80",
	};
	for (size_t i = 0; i < sizeof(no_networks) / sizeof(no_networks[0]); i++)
		assert_int_equal(proxy_set("q", no_networks[i]), -EDOM);
	assert_true(goes("http://other/"));		/* what was in force stays */
	assert_string_equal(proxy.host, "p");
	assert_false(goes("http://h/"));
	list[PROXY_EXCEPT_MAX - 1] = '\0';
	assert_int_equal(proxy_set("q", list), 1);
	assert_int_equal(proxy_set("", "h"), 1);
	assert_false(goes("http://other/"));
}

static void test_exceptions(void **state)
{
	static const struct { const char *except, *url; bool excepted; } rows[] = {
		{ "*", "http://h/", true }, { "h", "http://h/", true }, { "H", "http://h:81/", true },
		{ "h", "http://ah/", false }, { "h", "http://a.h/", true }, { ".h", "http://a.h/", true },
		{ ".h", "http://h/", true }, { ".h", "http://a-h/", false }, { ".", "http://h/", false },
		{ "a, b\tc", "http://c/", true }, { ",,b ,", "http://b/", true }, { "a,b", "http://ab/", false },
		{ "long.er", "http://er/", false },
		{ "h:81", "http://h:81/", true }, { "h:81", "http://h/", false }, { "h:8", "http://h:81/", false },
		{ "h:811", "http://h:81/", false }, { "*:80", "http://h/", true }, { "h:", "http://h/", false },
		{ "10.0.0.0/8", "http://10.200.1.1/", true }, { "10.0.0.0/8", "http://11.0.0.1/", false },
		{ "10.0.0.1", "http://10.0.0.1/", true }, { "10.0.0.1", "http://10.0.0.10/", false },
		{ "0.1", "http://10.0.0.1/", false }, { ".0.0.1", "http://10.0.0.1/", false },
		{ "10.0.0.1:81", "http://10.0.0.1/", false }, { "0.0.0.0/0", "http://10.0.0.1/", true },
		{ "10.0.0.0/8", "http://10.lan/", false }, { "10.0.0.0/8:81", "http://10.0.0.1/", false },
		{ "10.0.0.0/8:81", "http://10.0.0.1:81/", true },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(proxy_set("p", rows[i].except) >= 0);
		if (goes(rows[i].url) == rows[i].excepted)
			fail_msg("%s with %s", rows[i].url, rows[i].except);
	}
}

int main(void)
{
	schemes_of_the_loader();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_its_name), cmocka_unit_test(test_another_way),
		cmocka_unit_test(test_no_proxy_at_all),
		cmocka_unit_test(test_exceptions),
	};
	return cmocka_run_group_tests_name("proxy", tests, NULL, NULL);
}
