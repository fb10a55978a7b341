/* SPDX-License-Identifier: BSD-2-Clause */
/* Form fields and headers of requests: lists, encoding, what is packed and taken apart. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/fetch/params.h"
#include "services/fetch/url.h"
#include "services/http/http.h"
#include "tests/unit/schemes.h"

static char *packed;
static struct params_request r;

static int take(const char *url)
{
	const char *name;
	size_t len = params_split(url, &name);
	int n;
	free(packed);
	packed = params_take(name, url, len, &n);
	if (packed)
		assert_true(params_unpack(&r, packed, (size_t)n));
	return packed ? 0 : n;
}

static int teardown(void **state)
{
	(void)state;
	free(packed);
	packed = NULL;
	params_delete_all();
	return 0;
}

static void test_post(void **state)
{
	(void)state;
	assert_int_equal(params_add(NULL, "a", "b", false), -ENOENT);
	assert_int_equal(params_create(NULL, NULL), 0);
	assert_int_equal(params_add(NULL, "mac", "52:54:00:12:34:56", false), 0);
	assert_int_equal(params_add(NULL, "a b&c=d", "100% +\xc3\xa4\r\n~._-", false), 0);
	assert_int_equal(params_add(NULL, "empty", "", false), 0);
	assert_int_equal(params_add(NULL, "X-Token", "a b: c", true), 0);
	assert_int_equal(take("http://h/boot.php?x=1##params"), 0);
	assert_string_equal(r.url, "http://h/boot.php?x=1");
	assert_string_equal(r.method, "POST");
	assert_string_equal(r.headers, "X-Token: a b: c\r\n");
	static const char body[] = "mac=52%3A54%3A00%3A12%3A34%3A56&a%20b%26c%3Dd=100%25%20%2B%C3%A4%0D%0A~._-&empty=";
	assert_int_equal(r.body_len, strlen(body));
	assert_memory_equal(r.body, body, r.body_len);
	assert_int_equal(take("http://h/boot.php##params"), -ENOENT);	/* used once */
}

static void test_methods(void **state)
{
	static const struct { const char *method; bool fields; const char *url, *says; size_t body_len; } rows[] = {
		{ NULL, false, "http://h/x", "GET", 0 }, { NULL, true, "http://h/x", "POST", 3 },
		{ "put", true, "http://h/x", "PUT", 3 }, { "PUT", false, "http://h/x", "PUT", 0 },
		{ "Post", false, "http://h/x", "POST", 0 }, { "GET", true, "http://h/x?k=v", "GET", 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(params_create("l", rows[i].method), 0);
		if (rows[i].fields)
			assert_int_equal(params_add("l", "k", "v", false), 0);
		assert_int_equal(take("http://h/x#f##params=l"), 0);
		assert_string_equal(r.url, rows[i].url);
		assert_string_equal(r.method, rows[i].says);
		assert_int_equal(r.body_len, rows[i].body_len);
	}
	params_create("l", "GET");
	params_add("l", "k", "v", false);
	assert_int_equal(take("http://h/x?y##params=l"), 0);
	assert_string_equal(r.url, "http://h/x?y&k=v");
	assert_int_equal(params_create("l", "DELETE"), -EINVAL);
	assert_int_equal(params_create("l", ""), -EINVAL);
}

static void test_lists(void **state)
{
	char name[PARAMS_NAME_MAX + 1];
	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[PARAMS_NAME_MAX] = '\0';
	assert_int_equal(params_create(name, NULL), -ENAMETOOLONG);
	for (unsigned i = 0; i < PARAMS_LISTS_MAX; i++) {
		char one[8] = { 'l', (char)('a' + i), 0 };
		assert_int_equal(params_create(one, NULL), 0);
		assert_int_equal(params_add(one, "k", one, false), 0);
	}
	assert_int_equal(params_create("more", NULL), -ENOSPC);
	assert_int_equal(params_create("lb", NULL), 0);		/* anew: empty */
	assert_int_equal(take("http://h/##params=lb"), 0);
	assert_int_equal(r.body_len, 0);
	assert_int_equal(take("http://h/##params=lc"), 0);
	assert_memory_equal(r.body, "k=lc", 4);
	params_delete("ld");
	params_delete("ld");
	assert_int_equal(take("http://h/##params=ld"), -ENOENT);
	assert_int_equal(take("http://h/##params=le"), 0);
}

static void test_split(void **state)
{
	static const struct { const char *url; size_t len; const char *name; } rows[] = {
		{ "http://h/x##params", 10, NULL }, { "http://h/x##params=a b", 10, "a b" },
		{ "x##params=", 1, "" }, { "x##paramsx", 10, NULL }, { "x#params", 8, NULL }, { "", 0, NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name;
		assert_int_equal(params_split(rows[i].url, &name), rows[i].len);
		if (rows[i].name)
			assert_string_equal(name, rows[i].name);
		else
			assert_null(name);
	}
}

/* No header ends another, or a request. */
static void test_headers(void **state)
{
	static const char *const bad[][2] = {
		{ "X\r\nY", "1" }, { "X", "1\r\nY: 2" }, { "X", "1\n" }, { "", "1" }, { "X Y", "1" }, { "X:", "1" },
		{ "X", "\x7f" }, { "X\xe4", "1" },
	};
	static const char *const ours[] = { "host", "Content-Length", "transfer-encoding", "Range" };
	(void)state;
	params_create(NULL, NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(params_add(NULL, bad[i][0], bad[i][1], true), -EINVAL);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		assert_int_equal(params_add(NULL, ours[i], "1", true), -EPERM);
	assert_int_equal(params_add(NULL, "Accept", "text/plain", true), 0);
	assert_int_equal(params_add(NULL, "x", "", true), 0);
	assert_int_equal(take("http://h/##params"), 0);
	assert_string_equal(r.headers, "Accept: text/plain\r\nx: \r\n");
	assert_true(params_has_header(r.headers, "accept"));
	assert_true(params_has_header(r.headers, "X"));
	assert_false(params_has_header(r.headers, "Acc"));
	assert_false(params_has_header(r.headers, "text/plain"));
	assert_false(params_has_header("", "x"));
	assert_false(params_has_header(NULL, "x"));
}

static void test_limits(void **state)
{
	static char value[PARAMS_LEN_MAX], url[URL_TEXT_MAX];
	(void)state;
	memset(value, 'v', sizeof(value) - 3);
	params_create(NULL, NULL);
	assert_int_equal(params_add(NULL, "k", value, false), 0);
	assert_int_equal(params_add(NULL, "k", "", false), -ENOSPC);
	assert_int_equal(params_add(NULL, "a", value, true), -ENOSPC);
	memset(value, '\xff', 2731);		/* three bytes each as they are sent */
	value[2731] = '\0';
	params_create(NULL, "GET");
	assert_int_equal(params_add(NULL, "", value, false), -ENOSPC);
	value[2730] = '\0';
	assert_int_equal(params_add(NULL, "", value, false), 0);
	strcpy(url, "http://h/##params");
	assert_int_equal(take(url), -ENAMETOOLONG);
	assert_int_equal(take(url), -ENOENT);
	assert_false(params_unpack(&r, "a\0b\0c", 5));
	assert_false(params_unpack(&r, "", 0));
	assert_true(params_unpack(&r, "a\0b\0c\0d", 7));
	assert_int_equal(r.body_len, 1);
}

/* What of it stands in the request. */
static void test_request(void **state)
{
	struct url u;
	struct http_request q = { .url = &u, .method = "PUT", .body_type = "t/t", .body_len = 3,
				  .headers = "X-Token: 1\r\nAccept: text/plain\r\nAuthorization: Bearer x\r\n"
				  "User-Agent: me\r\n" };
	struct http_decision d;
	char buf[HTTP_REQUEST_MAX];
	(void)state;
	url_parse(&u, "http://user:word@h/x");
	int n = http_build_request(buf, sizeof(buf), &q);
	assert_int_equal(n, strlen(buf));
	assert_string_equal(buf, "PUT /x HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\n"
			    "Connection: keep-alive\r\nX-Token: 1\r\n"
			    "Accept: text/plain\r\nAuthorization: Bearer x\r\nUser-Agent: me\r\n"
			    "Content-Type: t/t\r\nContent-Length: 3\r\n\r\n");
	static const struct { int status; enum http_verdict v; } answers[] = {
		{ 200, HTTP_TAKE }, { 201, HTTP_TAKE }, { 202, HTTP_TAKE }, { 204, HTTP_COMPLETE },
		{ 205, HTTP_COMPLETE }, { 299, HTTP_TAKE }, { 300, HTTP_REFUSED }, { 302, HTTP_MOVED },
		{ 404, HTTP_REFUSED }, { 503, HTTP_AGAIN },
	};
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct http_response a = { .status = answers[i].status, .length = 7, .location = "/elsewhere" };
		assert_int_equal(http_judge_form(&a, &d), answers[i].v);
		assert_true(answers[i].v != HTTP_TAKE || (d.total == 7 && !d.from));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_post, teardown), cmocka_unit_test_teardown(test_methods, teardown),
		cmocka_unit_test_teardown(test_lists, teardown), cmocka_unit_test(test_split),
		cmocka_unit_test_teardown(test_headers, teardown), cmocka_unit_test_teardown(test_limits, teardown),
		cmocka_unit_test(test_request),
	};
	schemes_of_the_loader();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
