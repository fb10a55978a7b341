/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP: requests written, heads and bodies read, in one piece and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "kernel/version.h"
#include "services/http/http.h"
#include "tests/unit/schemes.h"

static struct http_response r;

/* Feeds a head in pieces of `step` bytes: bytes taken or -EPROTO. */
static int feed(const char *s, size_t len, size_t step)
{
	size_t at = 0;

	http_response_init(&r);
	while (at < len && !r.head_done) {
		size_t n = len - at < step ? len - at : step;
		char *exact = malloc(n);
		memcpy(exact, s + at, n);
		int got = http_head(&r, exact, n);
		free(exact);
		if (got < 0)
			return got;
		assert_true((size_t)got <= n && (r.head_done || (size_t)got == n));
		at += (size_t)got;
	}
	return (int)at;
}

/* The same result whatever the pieces. */
static int head(const char *s)
{
	int whole = feed(s, strlen(s), SIZE_MAX), one = feed(s, strlen(s), 1), seven = feed(s, strlen(s), 7);

	assert_int_equal(whole, one);
	assert_int_equal(whole, seven);
	return whole;
}

static void test_request(void **state)
{
	struct url u;
	struct http_request q = { .url = &u };
	char buf[HTTP_REQUEST_MAX], want[512];
	int n;

	(void)state;
	url_parse(&u, "http://boot.example:8080/a?b");
	n = http_build_request(buf, sizeof(buf), &q);
	assert_int_equal(n, strlen(buf));
	snprintf(want, sizeof(want),
		"GET /a?b HTTP/1.1\r\nHost: boot.example:8080\r\nUser-Agent: Undine/%s\r\nAccept: */*\r\n"
		 "Accept-Encoding: identity\r\nConnection: keep-alive\r\n\r\n", UNDINE_VERSION);
	assert_string_equal(buf, want);
	url_parse(&u, "http://Aladdin:open%20sesame@h/");
	q.range_from = 5000000000ull;
	q.if_range = "\"tag\"";
	http_build_request(buf, sizeof(buf), &q);
	assert_non_null(strstr(buf, "\r\nHost: h\r\n"));
	assert_non_null(strstr(buf, "\r\nRange: bytes=5000000000-\r\nIf-Range: \"tag\"\r\n"));
	q.range_to = 5000000999ull;
	http_build_request(buf, sizeof(buf), &q);
	assert_non_null(strstr(buf, "\r\nRange: bytes=5000000000-5000000999\r\nIf-Range: \"tag\"\r\n"));
	q.range_from = 0;
	http_build_request(buf, sizeof(buf), &q);
	assert_non_null(strstr(buf, "\r\nRange: bytes=0-5000000999\r\n"));
	assert_non_null(strstr(buf, "\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
	for (int cap = 0; cap <= n; cap++)
		assert_int_equal(http_build_request(buf, (size_t)cap, &q), -ENOBUFS);
}

/* Each Set-Cookie is a line; those that are too long, or fold, or do not fit, are left out, and the head is good. */
static void test_cookie_lines(void **state)
{
	static char text[HTTP_HEAD_MAX];
	struct url u;
	struct http_request q = { .url = &u, .cookies = "a=1; b=2" };
	size_t n;

	(void)state;
	assert_true(head("HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nAccept-Ranges: none\r\nset-cookie:b=2\r\n"
			 "\tfolded\r\n\r\n") > 0);
	assert_string_equal(r.cookies, "a=1; Path=/\nb=2\n");
	assert_true(r.no_ranges);
	n = (size_t)sprintf(text, "HTTP/1.1 200 OK\r\nSet-Cookie: ");
	memset(text + n, 'x', HTTP_LINE_MAX);
	sprintf(text + n + HTTP_LINE_MAX, "\r\nSet-Cookie: c=3\r\n");
	for (unsigned i = 0; i < 100; i++)
		sprintf(text + strlen(text), "Set-Cookie: %099u\r\n", i);
	strcat(text, "Content-Length: 7\r\n\r\n");
	assert_true(head(text) > 0);
	assert_int_equal(r.length, 7);
	assert_int_equal(strlen(r.cookies), 4 + 40 * 100);
	url_parse(&u, "http://h/");
	http_build_request(text, sizeof(text), &q);
	assert_non_null(strstr(text, "\r\nCookie: a=1; b=2\r\n"));
	int len = http_build_request(text, sizeof(text), &q);
	assert_int_equal(http_build_request(text, (size_t)len, &q), len - 18);	/* there is no room for them */
	assert_null(strstr(text, "Cookie"));
	q.headers = "Cookie: mine=1\r\n";
	http_build_request(text, sizeof(text), &q);
	assert_null(strstr(text, "a=1"));
}

/* How a body is packed, and whether that is to be undone. */
static void test_coding(void **state)
{
#define CODING "Content-Encoding: "
	static const struct { const char *said, *target; enum http_coding coding; } rows[] = {
		{ "", "/a", HTTP_PLAIN }, { CODING "identity\r\n", "/a", HTTP_PLAIN },
		{ CODING "gzip\r\n", "/a", HTTP_GZIP }, { "content-encoding:  X-GZip \r\n", "/a", HTTP_GZIP },
		{ CODING "deflate\r\n", "/a", HTTP_DEFLATE },
		{ CODING "br\r\n", "/a", HTTP_UNKNOWN_CODING },
		{ CODING "gzip, gzip\r\n", "/a", HTTP_UNKNOWN_CODING },
		{ CODING "gzip\r\n" CODING "br\r\n", "/a", HTTP_UNKNOWN_CODING },
		{ "Content-Encoding:\r\n", "/a", HTTP_PLAIN },
		{ CODING "gzip\r\n", "/a.gz", HTTP_PLAIN },
		{ CODING "gzip\r\n", "/a.TGZ?x", HTTP_PLAIN },
		{ CODING "gzip\r\n", "/a?x.gz", HTTP_GZIP }, { CODING "gzip\r\n", "/gz", HTTP_GZIP },
		{ CODING "gzip\r\n", "/a.go", HTTP_GZIP }, { CODING "gzip\r\n", "/a.tgo", HTTP_GZIP },
	};
	struct url u;
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n%s\r\n", rows[i].said);
		assert_true(head(text) > 0);
		strcpy(u.target, rows[i].target);
		assert_int_equal(http_coding(&r, &u), rows[i].coding);
	}
	head("HTTP/1.1 200 OK\r\nContent-Encoding: a-coding-with-quite-a-long-name\r\n\r\n");
	assert_string_equal(r.coding_name, "a-coding-with-quite-a-l");
}

/* What is posted is announced; the body is the sender's. */
static void test_post(void **state)
{
	static const struct { int status; enum http_verdict v; } answers[] = {
		{ 199, HTTP_REFUSED }, { 200, HTTP_COMPLETE }, { 201, HTTP_COMPLETE }, { 202, HTTP_COMPLETE },
		{ 204, HTTP_COMPLETE },
		{ 299, HTTP_COMPLETE }, { 300, HTTP_REFUSED }, { 206, HTTP_COMPLETE }, { 302, HTTP_MOVED },
		{ 404, HTTP_REFUSED }, { 413, HTTP_REFUSED }, { 503, HTTP_AGAIN },
	};
	struct url u;
	struct http_request q = { .url = &u, .agent = "node7 (52:54:00:12:34:56)", .body_type = "application/json",
				  .body_len = 70000 };
	char buf[HTTP_REQUEST_MAX];
	struct http_decision d;

	(void)state;
	url_parse(&u, "http://h/report");
	int n = http_build_request(buf, sizeof(buf), &q);
	assert_int_equal(n, strlen(buf));
	assert_string_equal(buf, "POST /report HTTP/1.1\r\nHost: h\r\nUser-Agent: node7 (52:54:00:12:34:56)\r\n"
			    "Accept: */*\r\nAccept-Encoding: identity\r\nConnection: keep-alive\r\n"
			    "Content-Type: application/json\r\n"
			    "Content-Length: 70000\r\n\r\n");
	q.body_len = 0;		/* nothing, but posted: the length is said (RFC 9110, 8.6) */
	q.agent = "";
	http_build_request(buf, sizeof(buf), &q);
	assert_non_null(strstr(buf, "\r\nContent-Length: 0\r\n"));
	assert_non_null(strstr(buf, "\r\nUser-Agent: Undine/" UNDINE_VERSION "\r\n"));
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct http_response a = { .status = answers[i].status, .location = "/elsewhere" };
		assert_int_equal(http_judge_post(&a, &d), answers[i].v);
		assert_true(answers[i].v == HTTP_COMPLETE || answers[i].v == HTTP_MOVED || d.err < 0);
	}
}

/* RFC 4648, 4, bit by bit. */
static void encode(const char *text, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t bits = 8 * strlen(text), at;

	for (at = 0; at < bits; at += 6) {
		unsigned v = 0;
		for (size_t bit = at; bit < at + 6; bit++)
			v = v << 1 | (bit < bits && (uint8_t)text[bit / 8] >> (7 - bit % 8) & 1);
		*out++ = digits[v];
	}
	for (; at % 8; at += 6)
		*out++ = '=';
	*out = '\0';
}

static void test_credentials(void **state)
{
	struct url u;
	struct http_request q = { .url = &u };
	char buf[HTTP_REQUEST_MAX], text[80], where[100], want[200] = "\r\nAuthorization: Basic ";

	(void)state;
	srand(25);
	for (unsigned i = 0; i < 300; i++) {
		size_t n = 1 + (size_t)rand() % 30;
		for (size_t at = 0; at < n; at++)
			text[at] = "abcxyzABCXYZ0189-._~"[rand() % 20];
		strcpy(text + n, ":pass");
		snprintf(where, sizeof(where), "http://%s@h/", text);
		assert_int_equal(url_parse(&u, where), 0);
		assert_true(http_build_request(buf, sizeof(buf), &q) > 0);
		encode(text, want + strlen("\r\nAuthorization: Basic "));
		strcat(want, "\r\n");
		assert_non_null(strstr(buf, want));
	}
}

static void test_plain_200(void **state)
{
	static const char s[] =
		"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length:  1234 \r\nETag: \"5e-1f\"\r\n"
		"Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nAccept-Ranges: bytes\r\nX: y\r\n\r\nbody";

	(void)state;
	assert_int_equal(head(s), sizeof(s) - 1 - 4);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.reason, "OK");
	assert_string_equal(r.server, "nginx");
	assert_int_equal(r.length, 1234);
	assert_string_equal(r.validator, "\"5e-1f\"");
	assert_false(r.no_ranges);
	assert_true(r.ranges);
	assert_true(r.keep_alive);
	assert_false(r.chunked);
}

/* By the field of RFC 9530 and the one before it: SHA-256 alone, and only where it is whole. */
static void test_digests(void **state)
{
#define SUM "RFILDR9sPnnVFUHO8zcVFVqfC5xOJpw5UhkBUgBOJZE="
	static const struct { const char *line, *is; } t[] = {
		{ "Repr-Digest: sha-256=:" SUM ":", SUM }, { "repr-digest:sha-512=:AA:,\tSHA-256=:" SUM ":", SUM },
		{ "Digest: SHA-256=" SUM, SUM }, { "Digest: md5=x, sha-256=" SUM ";q=1", SUM },
		{ "Repr-Digest: id-sha-256=:" SUM ":", "" }, { "Repr-Digest: sha-256=:" SUM "A:", "" },
		{ "Repr-Digest: sha-256=:RFIL", "" }, { "Repr-Digest: sha-256=", "" }, { "Repr-Digest:", "" },
		{ "Repr-Digest: ,,", "" }, { "Repr-Digest: sha-256=::", "" }, { "Digest: sha-256=?" SUM, "" },
		{ "Content-Digest: sha-256=:" SUM ":", "" },
	};
	char s[200];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(s, sizeof(s), "HTTP/1.1 200 OK\r\n%s\r\n\r\n", t[i].line);
		assert_true(head(s) > 0);
		assert_string_equal(r.digest, t[i].is);
	}
#undef SUM
}

static void test_framing(void **state){
	(void)state;
	assert_true(head("HTTP/1.1 200 OK\r\n\r\n") > 0);		/* until the connection ends */
	assert_true(r.length == HTTP_LENGTH_UNKNOWN);
	assert_false(r.keep_alive);
	assert_true(head("HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n") > 0);
	assert_true(r.chunked && r.keep_alive);
	assert_string_equal(r.reason, "");
	assert_true(head("HTTP/1.1 204 No\r\n\r\n") > 0);
	assert_int_equal(r.length, 0);
	assert_true(r.keep_alive);
	assert_true(head("HTTP/1.1 304 N\r\nContent-Length: 55\r\n\r\n") > 0);
	assert_int_equal(r.length, 0);
	assert_true(head("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nContent-Length: 5\r\n\r\n") > 0);
	assert_int_equal(r.length, 5);
	assert_true(head("HTTP/1.1 100 Continue\r\nContent-Length: 9\r\n\r\n"
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") > 0);
	assert_int_equal(r.status, 200);
	assert_int_equal(r.length, 5);
	/* bare LF, empty lines before */
	assert_true(head("\r\n\r\nHTTP/1.1 200 OK\nContent-Length: 5\n\n") > 0);
	assert_int_equal(r.length, 5);
}

static void test_keep_alive(void **state)
{
	static const struct {
		const char *version, *headers;
		bool want;
	} t[] = {
		{ "1.1", "", true }, { "1.0", "", false }, { "1.0", "Connection: Keep-Alive\r\n", true },
		{ "1.1", "Connection: close\r\n", false }, { "1.1", "Connection: x, Close\r\n", false },
		{ "1.1", "Connection: closed\r\n", true }, { "1.0", "Connection: keep-alive, close\r\n", false },
		{ "1.1", "connection:keep-alive\r\n", true },
	};
	char s[128];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(s, sizeof(s), "HTTP/%s 200 OK\r\n%sContent-Length: 1\r\n\r\n", t[i].version, t[i].headers);
		assert_true(head(s) > 0);
		assert_int_equal(r.keep_alive, t[i].want);
	}
	assert_true(head("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n") > 0);
	assert_true(r.chunked);
	assert_false(r.keep_alive);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"SSH-2.0-OpenSSH", "\x15\x03\x03\x02\x02", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
		"HTTP/1.1 2000 OK\r\n\r\n",
		"HTTP/1.1 099 x\r\n\r\n", "HTTP/1.1  \r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5 5\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n 6\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (head(bad[i]) != -EPROTO)
			fail_msg("taken: %s", bad[i]);
		assert_non_null(r.error);
		assert_int_equal(http_head(&r, "x", 1), -EPROTO);	/* sticky */
	}
	assert_int_equal(feed("HTTP/1.1 200 O\0K\r\n\r\n", 20, 99), -EPROTO);
}

static void test_bounds(void **state)
{
	static char s[HTTP_HEAD_MAX + 200];
	int n;

	(void)state;
	/* one long line that does not concern us, then one that does */
	n = sprintf(s, "HTTP/1.1 200 OK\r\nCookie: ");
	memset(s + n, 'c', HTTP_LINE_MAX);
	strcpy(s + n + HTTP_LINE_MAX, "\r\nContent-Length: 7\r\n\r\n");
	assert_true(head(s) > 0);
	assert_int_equal(r.length, 7);
	n = sprintf(s, "HTTP/1.1 302 F\r\nLocation: ");
	memset(s + n, 'c', HTTP_LINE_MAX);
	strcpy(s + n + HTTP_LINE_MAX, "\r\n\r\n");
	assert_int_equal(head(s), -EPROTO);
	n = sprintf(s, "HTTP/1.1 302 F\r\nLocation: ");
	memset(s + n, 'c', URL_TEXT_MAX - 1);
	strcpy(s + n + URL_TEXT_MAX - 1, "\r\n\r\n");
	assert_true(head(s) > 0);
	assert_int_equal(strlen(r.location), URL_TEXT_MAX - 1);
	n = sprintf(s, "HTTP/1.1 200 OK\r\n");
	memset(s + n, 'c', HTTP_HEAD_MAX);
	assert_int_equal(feed(s, HTTP_HEAD_MAX + 100, 1000), -EPROTO);
	/* also when it is many heads */
	n = 0;
	while (n < HTTP_HEAD_MAX)
		n += sprintf(s + n, "HTTP/1.1 100 C\r\n\r\n");
	assert_int_equal(feed(s, (size_t)n, 1000), -EPROTO);
}

static void test_ranges_and_validators(void **state)
{
	(void)state;
	assert_true(head("HTTP/1.1 206 P\r\nContent-Range: bytes 100-199/200\r\n\r\n") > 0);
	assert_true(r.has_range);
	assert_int_equal(r.range_first, 100);
	assert_int_equal(r.range_last, 199);
	assert_int_equal(r.range_total, 200);
	assert_true(head("HTTP/1.1 206 P\r\nContent-Range: bytes 0-0/*\r\n\r\n") > 0);
	assert_true(r.has_range && r.range_total == HTTP_LENGTH_UNKNOWN);
	assert_true(head("HTTP/1.1 416 P\r\nContent-Range: bytes */77\r\n\r\n") > 0);
	assert_true(r.has_range && r.range_total == 77);
	static const char *const bad[] = { "bytes 5-4/10", "bytes 0-10/10", "bytes -5/10", "lines 0-1/2", "bytes 1-x/9",
		"bytes 1-2" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char s[100];
		snprintf(s, sizeof(s), "HTTP/1.1 206 P\r\nContent-Range: %s\r\n\r\n", bad[i]);
		assert_true(head(s) > 0);
		assert_false(r.has_range);
	}
	assert_true(head("HTTP/1.1 200 K\r\nLast-Modified: d\r\nETag: W/\"x\"\r\n\r\n") > 0);
	assert_string_equal(r.validator, "d");		/* weak tags prove nothing */
	assert_true(head("HTTP/1.1 200 K\r\nETag: \"x\"\r\nLast-Modified: d\r\n\r\n") > 0);
	assert_string_equal(r.validator, "\"x\"");
	assert_true(head("HTTP/1.1 200 K\r\nETag: \"a\rX: y\"\r\n\r\n") > 0);
	assert_string_equal(r.validator, "");		/* would break our next request */
	assert_true(head("HTTP/1.1 503 K\r\nRetry-After: 12\r\nServer: a\x01 b\r\n\r\n") > 0);
	assert_int_equal(r.retry_after_s, 12);
	assert_string_equal(r.server, "a?");
	assert_true(head("HTTP/1.1 503 K\r\nRetry-After: Mon, 01 Jan\r\n\r\n") > 0);
	assert_int_equal(r.retry_after_s, 0);
}

/* ---- bodies ---- */

/* Feeds a chunked body in random pieces: bytes of data in `got`, or -1. */
static int unchunk(const char *s, size_t len, char *got, size_t cap, size_t *taken)
{
	struct chunked c;
	const uint8_t *data;
	size_t at = 0, n = 0, data_len;

	c = (struct chunked){ 0 };
	while (at < len && !c.done) {
		size_t piece = 1 + (size_t)rand() % 9;
		if (piece > len - at)
			piece = len - at;
		char *exact = malloc(piece);
		memcpy(exact, s + at, piece);
		int k = chunked_feed(&c, exact, piece, &data, &data_len);
		if (k >= 0) {
			assert_true(k > 0 && (size_t)k <= piece);
			assert_true(n + data_len <= cap);
			if (data_len)
				memcpy(got + n, data, data_len);
			n += data_len;
			at += (size_t)k;
		}
		free(exact);
		if (k < 0) {
			assert_non_null(c.error);
			return -1;
		}
	}
	*taken = at;
	return c.done ? (int)n : -2;
}

static void test_chunked(void **state)
{
	static const char s[] = "5\r\nhello\r\n00a ;x=\"y\"\r\n, chunked!\r\n1\n \n0\r\nTrailer: t\r\n\r\nNEXT";
	char got[64];
	size_t taken;

	(void)state;
	srand(25);
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(unchunk(s, sizeof(s) - 1, got, sizeof(got), &taken), 16);
		assert_memory_equal(got, "hello, chunked! ", 16);
		assert_int_equal(taken, sizeof(s) - 1 - 4);
	}
	for (size_t cut = 0; cut < sizeof(s) - 1 - 4; cut++)
		assert_int_equal(unchunk(s, cut, got, sizeof(got), &taken), -2);
}

static void test_what_is_amid(void **state)
{
	static const char s[] = "1;x\r\na\r\n0\r\nT: t\r\n\r\n";
	/* before each byte, and behind the last */
	static const char amid[] = "sssss" "-" "ss" "sss" "tttttttt" "-";
	struct chunked c = { 0 };
	const uint8_t *d;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(s); i++) {
		const char *what = chunked_amid(&c);

		assert_int_equal(!what ? '-' : what[0] == 'i' ? 't' : 's', amid[i]);
		if (s[i])
			assert_int_equal(chunked_feed(&c, s + i, 1, &d, &len), 1);
	}
	assert_true(c.done);
}

static void test_chunked_refused(void **state)
{
	static const char *const bad[] = {
		"\r\nx", ";x\r\n", "g\r\n", "5\r\nhelloX\r\n", "-5\r\n", "5\rX", "fffffffffffffffff\r\n", "0x5\r\n",
		" 5\r\n",
	};
	char got[64];
	size_t taken;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (unchunk(bad[i], strlen(bad[i]), got, sizeof(got), &taken) != -1)
			fail_msg("taken: %s", bad[i]);
	struct chunked c;
	const uint8_t *d;
	size_t len;
	int n = 0;
	c = (struct chunked){ 0 };
	chunked_feed(&c, "5;", 2, &d, &len);
	for (unsigned i = 0; i < 20000 && n >= 0; i++)
		n = chunked_feed(&c, "x", 1, &d, &len);
	assert_int_equal(n, -EPROTO);
	c = (struct chunked){ 0 };
	n = 0;
	for (unsigned i = 0; i < 20000 && n >= 0; i++)
		n = chunked_feed(&c, "0", 1, &d, &len);
	assert_int_equal(n, -EPROTO);
	assert_string_equal(c.error, "an endless chunk size");
	c = (struct chunked){ 0 };
	n = chunked_feed(&c, "0\r\n", 3, &d, &len);
	for (unsigned i = 0; i < 20000 && n >= 0; i++)
		n = chunked_feed(&c, "x\n", 2, &d, &len);
	assert_int_equal(n, -EPROTO);
}

static void test_body_by_length(void **state)
{
	struct http_body b;
	const uint8_t *d;
	size_t len;

	(void)state;
	head("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
	http_body_init(&b, &r);
	assert_int_equal(http_body(&b, "abcd", 4, &d, &len), 4);
	assert_int_equal(len, 4);
	assert_int_equal(http_body_end(&b), -EPIPE);
	http_body_skip(&b, 5);
	assert_false(b.done);
	assert_int_equal(http_body(&b, "jXYZ", 4, &d, &len), 1);	/* the rest is not its */
	assert_true(b.done);
	assert_int_equal(http_body_end(&b), 0);
	head("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	http_body_init(&b, &r);
	assert_true(b.done);
}

static void test_body_until_close(void **state)
{
	struct http_body b;
	const uint8_t *d;
	size_t len;

	(void)state;
	head("HTTP/1.0 200 OK\r\n\r\n");
	http_body_init(&b, &r);
	assert_int_equal(http_body(&b, "abcd", 4, &d, &len), 4);
	assert_int_equal(len, 4);
	assert_false(b.done);
	assert_int_equal(http_body_end(&b), 0);
	assert_true(b.done);
}

static void test_random_bytes(void **state)
{
	static const char base[] = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nTransfer-Encoding: chunked\r\n"
		"Content-Range: bytes 1-2/3\r\nConnection: close\r\nETag: \"x\"\r\nLocation: /x\r\n\r\n";
	char s[sizeof(base)];

	(void)state;
	srand(26);
	for (unsigned i = 0; i < 30000; i++) {
		memcpy(s, base, sizeof(base));
		for (int k = rand() % 6; k >= 0; k--)
			s[(size_t)rand() % (sizeof(s) - 1)] = (char)rand();
		int n = feed(s, sizeof(s) - 1, 1 + (size_t)rand() % 50);
		assert_true(n == -EPROTO || n >= 0);
		if (r.head_done && !r.error) {
			assert_true(r.status >= 200 && r.status <= 999);
			assert_true(!r.chunked || r.length == HTTP_LENGTH_UNKNOWN || r.status == 204 ||
				r.status == 304);
		}
	}
}

/* What may be CHUNKED_LINE_MAX bytes long may be just that. */
static void test_longest_lines(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		size_t line = CHUNKED_LINE_MAX + more;
		static char text[2 * CHUNKED_LINE_MAX];
		const uint8_t *data;
		size_t len;
		struct chunked c = { 0 };

		memset(text, 'x', sizeof(text));	/* a size with an extension: its LF is the last that counts */
		memcpy(text, "1;", 2);
		text[line - 1] = '\n';
		int got = chunked_feed(&c, text, line + 1, &data, &len);
		assert_int_equal(got, more ? -EPROTO : (int)line + 1);
		assert_int_equal(len, more ? 0 : 1);

		c = (struct chunked){ 0 };		/* trailers with the empty line that ends them */
		memset(text, 'x', sizeof(text));
		memcpy(text, "0\r\n", 3);
		memcpy(text + 3 + line - 4, "\r\n\r\n", 4);
		got = chunked_feed(&c, text, 3 + line, &data, &len);
		assert_int_equal(got, more ? -EPROTO : (int)(3 + line));
	}
}

static void test_begins_with_any_byte(void **state)
{
	(void)state;
	http_response_init(&r);
	assert_false(http_begun(&r));
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(http_head(&r, "HTT" + i, 1), 1);
		assert_true(http_begun(&r));
	}
}

/* Lengths end where another digit might not fit into 63 bits. */
static void test_longest_lengths(void **state)
{
	(void)state;
	assert_true(head("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775799\r\n\r\n") > 0);
	assert_int_equal(r.length, 9223372036854775799ull);
	assert_int_equal(head("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775800\r\n\r\n"), -EPROTO);
}

int main(void)
{
	schemes_of_the_loader();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request), cmocka_unit_test(test_coding), cmocka_unit_test(test_cookie_lines),
		cmocka_unit_test(test_post),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_longest_lines), cmocka_unit_test(test_longest_lengths),
		cmocka_unit_test(test_begins_with_any_byte), cmocka_unit_test(test_plain_200),
		cmocka_unit_test(test_framing), cmocka_unit_test(test_digests),
		cmocka_unit_test(test_keep_alive), cmocka_unit_test(test_refused), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_ranges_and_validators), cmocka_unit_test(test_chunked),
		cmocka_unit_test(test_chunked_refused), cmocka_unit_test(test_what_is_amid),
		cmocka_unit_test(test_body_by_length), cmocka_unit_test(test_body_until_close),
		cmocka_unit_test(test_random_bytes),
	};
	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
