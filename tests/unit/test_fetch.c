/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fetch service decides: responses judged, retries counted and spaced, redirects bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "services/fetch/fetch_policy.h"
#include "services/http/http.h"
#include "tests/unit/schemes.h"

static struct http_response r;
static struct http_decision d;

static enum http_verdict judge(const char *head, uint64_t from, uint64_t known)
{
	http_response_init(&r);
	assert_true(http_head(&r, head, strlen(head)) > 0);
	assert_true(r.head_done);
	return http_judge(&r, from, known, &d);
}

#define UNKNOWN HTTP_LENGTH_UNKNOWN
#define PART(range, len) "HTTP/1.1 206 P\r\nContent-Range: bytes " range "\r\nContent-Length: " len "\r\n\r\n"

static void test_whole_files(void **state)
{
	(void)state;
	assert_int_equal(judge("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 0, UNKNOWN), HTTP_TAKE);
	assert_int_equal(d.from, 0);
	assert_int_equal(d.total, 9);
	assert_int_equal(judge("HTTP/1.1 200 OK\r\n\r\n", 5, 9), HTTP_TAKE);	/* no range for us: from the start */
	assert_int_equal(d.from, 0);
	assert_true(d.total == UNKNOWN);
	assert_int_equal(judge("HTTP/1.1 204 No\r\n\r\n", 0, UNKNOWN), HTTP_REFUSED);
}

static void test_parts(void **state)
{
	(void)state;
	assert_int_equal(judge(PART("5-8/9", "4"), 5, 9), HTTP_TAKE);
	assert_int_equal(d.from, 5);
	assert_int_equal(d.total, 9);
	assert_int_equal(judge(PART("5-8/*", "4"), 5, 9), HTTP_TAKE);
	assert_true(d.total == UNKNOWN);
	assert_int_equal(judge(PART("5-8/9", "4"), 5, UNKNOWN), HTTP_TAKE);
	assert_int_equal(judge(PART("5-8/9", "4"), 0, UNKNOWN), HTTP_REFUSED);		/* not asked for */
	assert_int_equal(judge(PART("0-3/9", "4"), 0, UNKNOWN), HTTP_TAKE);	/* its beginning, unasked */
	assert_int_equal(d.from, 0);
	assert_int_equal(d.total, 9);
	assert_int_equal(judge(PART("4-8/9", "5"), 5, 9), HTTP_FROM_START);		/* another place */
	assert_int_equal(judge(PART("5-8/10", "4"), 5, 9), HTTP_FROM_START);		/* another file */
	assert_int_equal(judge(PART("5-8/9", "3"), 5, 9), HTTP_FROM_START);		/* contradicts itself */
	assert_int_equal(judge("HTTP/1.1 206 P\r\nContent-Length: 4\r\n\r\n", 5, 9), HTTP_FROM_START);
}

static void test_past_the_end(void **state)
{
	static const char s[] = "HTTP/1.1 416 R\r\nContent-Range: bytes */9\r\nContent-Length: 0\r\n\r\n";

	(void)state;
	assert_int_equal(judge(s, 9, UNKNOWN), HTTP_COMPLETE);
	assert_int_equal(judge(s, 9, 10), HTTP_FROM_START);
	assert_int_equal(judge(s, 10, UNKNOWN), HTTP_FROM_START);
	assert_int_equal(judge(s, 0, UNKNOWN), HTTP_REFUSED);
}

static bool among(const int *list, size_t count, int status)
{
	while (count--)
		if (list[count] == status)
			return true;
	return false;
}

static void test_statuses(void **state)
{
	static const struct {
		int status;
		enum http_verdict want;
		int err;
	} t[] = {
		{ 400, HTTP_REFUSED, -EIO }, { 401, HTTP_REFUSED, -EACCES }, { 403, HTTP_REFUSED, -EACCES },
		{ 404, HTTP_REFUSED, -ENOENT }, { 408, HTTP_AGAIN, -EIO }, { 410, HTTP_REFUSED, -ENOENT },
		{ 429, HTTP_AGAIN, -EIO }, { 500, HTTP_AGAIN, -EIO }, { 501, HTTP_REFUSED, -EIO },
		{ 502, HTTP_AGAIN, -EIO },
		{ 503, HTTP_AGAIN, -EIO }, { 504, HTTP_AGAIN, -EIO }, { 302, HTTP_REFUSED, -EPROTO },
		{ 304, HTTP_REFUSED, -EIO },
		{ 999, HTTP_REFUSED, -EIO },
	};
	char s[64];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(s, sizeof(s), "HTTP/1.1 %d X\r\n\r\n", t[i].status);
		assert_int_equal(judge(s, 0, UNKNOWN), t[i].want);
		assert_int_equal(d.err, t[i].err);
		assert_non_null(d.advice);
	}
	assert_int_equal(judge("HTTP/1.1 307 X\r\nLocation: /y\r\n\r\n", 0, UNKNOWN), HTTP_MOVED);
	assert_int_equal(judge("HTTP/1.1 300 X\r\nLocation: /y\r\n\r\n", 0, UNKNOWN), HTTP_REFUSED);
}

/* All of them, without a place to go to and without a range: what comes of each. */
static void test_every_status(void **state)
{
	static const int again[] = { 408, 429, 500, 502, 503, 504 }, gone[] = { 404, 410 }, shut[] = { 401, 403, 407 },
		nowhere[] = { 206, 301, 302, 303, 307, 308, 416 }, taken[] = { 200, 203 };
#define AMONG(list) among(list, sizeof(list) / sizeof((list)[0]), status)

	(void)state;
	for (int status = 102; status < 1000; status++) {
		r = (struct http_response){ .status = status, .length = 5 };
		enum http_verdict verdict = http_judge(&r, 0, UNKNOWN, &d);
		assert_int_equal(verdict, AMONG(taken) ? HTTP_TAKE : AMONG(again) ? HTTP_AGAIN : HTTP_REFUSED);
		assert_int_equal(d.err, AMONG(taken) ? 0 : AMONG(gone) ? -ENOENT : AMONG(shut) ? -EACCES :
				 AMONG(nowhere) ? -EPROTO : -EIO);
		assert_non_null(d.advice);
		assert_int_equal(!strcmp(d.advice, "the server has nothing to send"), status == 204 || status == 205);
		strcpy(r.location, "/x");
		assert_int_equal(http_judge(&r, 0, UNKNOWN, &d) == HTTP_MOVED, status / 100 == 3 && AMONG(nowhere));
	}
#undef AMONG
}

static void test_retries_bounded(void **state)
{
	struct fetch_retry t = { 0 };
	uint64_t kept = 0;
	unsigned n = 0;

	(void)state;
	while (fetch_retry_allowed(&t, FETCH_TRIES_MAX, 0))
		n++;
	assert_int_equal(n, FETCH_TRIES_MAX - 1);
	/* drops of water do not keep it going */
	memset(&t, 0, sizeof(t));
	for (n = 0; fetch_retry_allowed(&t, FETCH_TRIES_MAX, kept); n++)
		kept += 100;
	assert_int_equal(n, FETCH_TRIES_MAX - 1);
	/* gains do */
	memset(&t, 0, sizeof(t));
	for (kept = 0, n = 0; n < 100; n++, kept += FETCH_GAIN)
		assert_true(fetch_retry_allowed(&t, FETCH_TRIES_MAX, kept));
	/* losing all of it again is no gain */
	for (n = 0; fetch_retry_allowed(&t, FETCH_TRIES_MAX, n % 2 ? kept - FETCH_GAIN : 0); n++)
		assert_true(n < 10);
}

static void test_pauses(void **state)
{
	struct fetch_retry t = { 0 };
	static const uint32_t base[] = { 1000, 2000, 4000, 8000, 8000, 8000 };

	(void)state;
	srand(27);
	for (unsigned i = 0; i < 5; i++) {
		fetch_retry_allowed(&t, 100, 0);
		for (unsigned k = 0; k < 100; k++) {
			uint32_t ms = fetch_retry_pause_ms(&t, (uint32_t)rand(), 0);
			assert_true(ms >= base[i] * 3 / 4 && ms < base[i] * 5 / 4);
		}
	}
	assert_int_equal(fetch_retry_pause_ms(&t, 0, 30), 30000);
	assert_int_equal(fetch_retry_pause_ms(&t, 0, 4000000000u), 60000);
}

static void test_trail(void **state)
{
	struct fetch_trail t = { 0 };
	struct url u;
	char s[32];

	(void)state;
	for (unsigned i = 0; i <= fetch_limit(FETCH_MAX_REDIRS); i++) {
		snprintf(s, sizeof(s), "http://h/%u", i);
		url_parse(&u, s);
		assert_int_equal(fetch_trail_add(&t, &u), 0);
		assert_int_equal(fetch_trail_add(&t, &u), -ELOOP);
	}
	url_parse(&u, "http://h:81/0");
	assert_int_equal(fetch_trail_add(&t, &u), -E2BIG);
}

/* Nothing that was set for it ends a header's line, or is one. */
static void test_agent(void **state)
{
	char many[2 * FETCH_AGENT_MAX];

	(void)state;
	assert_string_equal(fetch_agent("x", "10.0.0.1:80"), "");
	fetch_agent_set("  node7 (52:54:00:12:34:56)\r\nHost: other\t\x80 ", "");
	assert_string_equal(fetch_agent("x", "10.0.0.1:80"), "node7 (52:54:00:12:34:56)Host: other");
	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	fetch_agent_set(many, "");
	assert_int_equal(strlen(fetch_agent("x", "10.0.0.1:80")), FETCH_AGENT_MAX - 1);
	fetch_agent_set(" \n ", "");
	assert_string_equal(fetch_agent("x", "10.0.0.1:80"), "");
}

/* What a site tells its own servers is not for strangers. */
static void test_agent_is_for_ones_own(void **state)
{
	static const char *const own[] = {
		"10.255.0.1:80", "172.16.0.1:80", "172.31.255.1:8080", "192.168.7.7:80", "100.64.0.1:80",
		"100.127.0.1:80", "169.254.1.1:80", "127.0.0.1:80",
	}, *const strange[] = {
		"11.0.0.1:80", "172.15.0.1:80", "172.32.0.1:80", "192.169.0.1:80", "100.63.0.1:80", "100.128.0.1:80",
		"169.253.1.1:80", "198.51.100.7:80", "", "pool",
	}, *const named[] = { "boot.example.org", "BOOT.example.org", "a.b.example.net", "y" }, *const others[] = {
		"oot.example.org", "boot.example.or", "xboot.example.org", "example.net", "xexample.net",
		"a.example.network",
	};

	(void)state;
	fetch_agent_set("us", "boot.example.org, .example.net y");
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		assert_string_equal(fetch_agent("x", own[i]), "us");
	for (size_t i = 0; i < sizeof(strange) / sizeof(*strange); i++)
		assert_string_equal(fetch_agent("x", strange[i]), "");
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		assert_string_equal(fetch_agent(named[i], "198.51.100.7:80"), "us");
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_string_equal(fetch_agent(others[i], "198.51.100.7:80"), "");
	fetch_agent_set("us", "");
	assert_string_equal(fetch_agent("", "198.51.100.7:80"), "");
}

static void test_limits(void **state)
{
	uint32_t least, most;

	(void)state;
	for (unsigned i = 0; i < FETCH_LIMITS; i++) {
		uint32_t usual = fetch_limit_default(i);

		assert_non_null(fetch_limit_name(i));
		assert_int_equal(fetch_limit(i), usual);
		assert_int_equal(fetch_limit_set(i, -1, &least, &most), -ERANGE);
		assert_true(usual >= least && usual <= most);
		if (least)
			assert_int_equal(fetch_limit_set(i, (int32_t)least - 1, &least, &most), -ERANGE);
		if (most < INT32_MAX)
			assert_int_equal(fetch_limit_set(i, (int32_t)most + 1, &least, &most), -ERANGE);
		assert_int_equal(fetch_limit(i), usual);
		assert_int_equal(fetch_limit_set(i, (int32_t)most, &least, &most), 0);
		assert_int_equal(fetch_limit(i), most);
		assert_int_equal(fetch_limit_set(i, (int32_t)usual, &least, &most), 0);
	}
	assert_null(fetch_limit_name(FETCH_LIMITS));
	struct fetch_trail t = { 0 };		/* none at all may be followed */
	struct url u;
	assert_int_equal(fetch_limit_set(FETCH_MAX_REDIRS, 0, &least, &most), 0);
	url_parse(&u, "http://h/0");
	assert_int_equal(fetch_trail_add(&t, &u), 0);
	url_parse(&u, "http://h/1");
	assert_int_equal(fetch_trail_add(&t, &u), -E2BIG);
	fetch_limit_set(FETCH_MAX_REDIRS, (int32_t)fetch_limit_default(FETCH_MAX_REDIRS), &least, &most);
}

int main(void)
{
	schemes_of_the_loader();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_files), cmocka_unit_test(test_parts), cmocka_unit_test(test_past_the_end),
		cmocka_unit_test(test_statuses), cmocka_unit_test(test_every_status),
		cmocka_unit_test(test_retries_bounded), cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_trail), cmocka_unit_test(test_agent), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_agent_is_for_ones_own),
	};
	return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
