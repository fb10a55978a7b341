/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Heads of HTTP responses (RFC 9112, sections 2 to 6).  Strict where framing
 * depends on it (lengths, codings), tolerant elsewhere: bare LF, odd blanks,
 * folded or overlong headers that do not concern us.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "services/http/http.h"

void http_response_init(struct http_response *r)
{
	memset(r, 0, sizeof(*r));
	r->length = HTTP_LENGTH_UNKNOWN;
	r->range_total = HTTP_LENGTH_UNKNOWN;
}

bool http_begun(const struct http_response *r)
{
	return r->head_len != 0;
}

static void fail(struct http_response *r, const char *why)
{
	if (!r->error)
		r->error = why;
}

static char lower(char ch)
{
	return ch >= 'A' && ch <= 'Z' ? (char)(ch + 32) : ch;
}

/* True if s begins with the word (lower case); its length then. */
static size_t has_prefix(const char *s, const char *word)
{
	size_t n = 0;

	while (word[n] && lower(s[n]) == word[n])
		n++;
	return word[n] ? 0 : n;
}

/* True if a comma-separated list holds the word. */
static bool list_has(const char *s, const char *word)
{
	for (; *s; s += strcspn(s, ",")) {
		s += strspn(s, ", \t");
		size_t n = has_prefix(s, word);
		if (n && strchr(",; \t", s[n]))		/* '\0' counts */
			return true;
	}
	return false;
}

/* Digits at *s, moved past: false if there are none or too many. */
static bool get_number(const char **s, uint64_t *v)
{
	const char *p = *s;

	for (*v = 0; *p >= '0' && *p <= '9'; p++) {
		if (*v > (UINT64_MAX >> 1) / 10 - 1)
			return false;
		*v = *v * 10 + (unsigned)(*p - '0');
	}
	if (p == *s)
		return false;
	*s = p;
	return true;
}

static void copy_printable(char *to, size_t cap, const char *from, size_t len)
{
	size_t n = 0;

	for (; n < len && n + 1 < cap; n++)
		to[n] = from[n] >= 0x20 && from[n] < 0x7f ? from[n] : '?';
	to[n] = '\0';
}

static bool printable(const char *s)
{
	while (*s >= 0x20 && *s < 0x7f)
		s++;
	return !*s;
}

/* "HTTP/1.1 200 OK" */
static void status_line(struct http_response *r)
{
	const char *s = r->line;
	size_t n = has_prefix(s, "http/1.");

	if (!n || s[n] < '0' || s[n] > '9' || s[n + 1] != ' ') {
		fail(r, "the answer is not HTTP/1.x");
		return;
	}
	r->minor1 = s[n] != '0';
	s += n + 2;
	s += strspn(s, " ");
	for (n = 0; n < 3 && s[n] >= '0' && s[n] <= '9'; n++)
		r->status = r->status * 10 + (s[n] - '0');
	if (n < 3 || (s[3] && s[3] != ' ') || r->status < 100) {
		fail(r, "the status line has no status");
		return;
	}
	s += 3 + strspn(s + 3, " ");
	copy_printable(r->reason, sizeof(r->reason), s, strlen(s));
}

/* One number, or several that are the same (RFC 9110, 8.6). */
static void content_length(struct http_response *r, const char *s)
{
	uint64_t v;

	do {
		s += strspn(s, ", \t");
		if (!get_number(&s, &v) || (s[strspn(s, " \t")] && s[strspn(s, " \t")] != ',')) {
			fail(r, "its Content-Length is no number");
			return;
		}
		if (r->has_length && v != r->length) {
			fail(r, "it gives two different lengths");
			return;
		}
		r->has_length = true;
		r->length = v;
		s += strspn(s, " \t");
	} while (*s);
}

static void transfer_encoding(struct http_response *r, const char *s)
{
	size_t n = has_prefix(s, "chunked");

	if (r->has_coding || !n || s[n + strspn(s + n, " \t")])
		fail(r, "its transfer coding is not only \"chunked\"");
	r->has_coding = r->chunked = true;
}

/* One coding, or "identity"; of two, one upon the other, none is known. */
static void content_encoding(struct http_response *r, const char *s)
{
	static const struct { const char *name; enum http_coding coding; } known[] = {
		{ "identity", HTTP_PLAIN }, { "gzip", HTTP_GZIP }, { "x-gzip", HTTP_GZIP }, { "deflate", HTTP_DEFLATE },
	};
	enum http_coding coding = *s ? HTTP_UNKNOWN_CODING : HTTP_PLAIN;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = has_prefix(s, known[i].name);

		if (n && !s[n])
			coding = known[i].coding;
	}
	if (coding == HTTP_PLAIN)
		return;
	r->coding = r->coding == HTTP_PLAIN ? coding : HTTP_UNKNOWN_CODING;
	copy_printable(r->coding_name, sizeof(r->coding_name), s, strlen(s));
}

/* "bytes 100-199/200", "bytes 100-199/" "*", or "bytes *" "/200" */
static void content_range(struct http_response *r, const char *s)
{
	size_t n = has_prefix(s, "bytes ");

	s += n;
	if (!n || r->has_range)
		return;
	if (*s == '*') {
		s++;
		r->has_range = *s++ == '/' && get_number(&s, &r->range_total);
		return;
	}
	if (!get_number(&s, &r->range_first) || *s++ != '-' || !get_number(&s, &r->range_last) || *s++ != '/' ||
	    r->range_last < r->range_first)
		return;
	if (*s == '*' || (get_number(&s, &r->range_total) && r->range_total > r->range_last))
		r->has_range = true;
}

/* A weak ETag does not prove that bytes are the same (RFC 9110, 13.1.5). */
static void etag(struct http_response *r, const char *s)
{
	if (s[0] != '"' || strlen(s) >= sizeof(r->validator) || !printable(s))
		return;
	strcpy(r->validator, s);
	r->etag = true;
}

static void last_modified(struct http_response *r, const char *s)
{
	if (!r->etag && strlen(s) < sizeof(r->validator) && printable(s))
		strcpy(r->validator, s);
}

/* RFC 9530, 3, and as RFC 3230 had it: of the whole file, also where a part of it comes. */
static void digest(struct http_response *r, const char *s)
{
	static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

	for (; *s; s += strcspn(s, ",")) {
		s += strspn(s, ", \t");
		size_t n = has_prefix(s, "sha-256=");

		n += n && s[n] == ':';
		if (n && strspn(s + n, base64) == HTTP_DIGEST_LEN)
			memcpy(r->digest, s + n, HTTP_DIGEST_LEN);
	}
}

static void connection(struct http_response *r, const char *s)
{
	r->close |= list_has(s, "close");
	r->keep |= list_has(s, "keep-alive");
}

static void location(struct http_response *r, const char *s)
{
	if (strlen(s) >= sizeof(r->location))
		fail(r, "its Location is longer than 8191 bytes");
	else
		strcpy(r->location, s);
}

static void server(struct http_response *r, const char *s)
{
	copy_printable(r->server, sizeof(r->server), s, strcspn(s, "/ \t("));
}

static void accept_ranges(struct http_response *r, const char *s)
{
	r->no_ranges = list_has(s, "none");
	r->ranges = list_has(s, "bytes");
}

static void set_cookie(struct http_response *r, const char *s)
{
	size_t len = strlen(r->cookies);

	if (!strchr(s, '\n') && len + strlen(s) + 2 <= sizeof(r->cookies))
		sprintf(r->cookies + len, "%s\n", s);
}

static void retry_after(struct http_response *r, const char *s)
{
	uint64_t v;

	if (get_number(&s, &v) && !*s)
		r->retry_after_s = v < UINT32_MAX ? (uint32_t)v : UINT32_MAX;
}

static void challenge(struct http_response *r, const char *s)
{
	http_challenge_read(&r->challenge, s);
}

static void proxy_challenge(struct http_response *r, const char *s)
{
	http_challenge_read(&r->proxy_challenge, s);
}

static const struct {
	const char *name;
	void (*read)(struct http_response *r, const char *value);
} headers[] = {
	{ "content-length:", content_length }, { "transfer-encoding:", transfer_encoding },
	{ "content-encoding:", content_encoding },
	{ "content-range:", content_range }, { "connection:", connection }, { "location:", location },
	{ "etag:", etag }, { "last-modified:", last_modified }, { "accept-ranges:", accept_ranges },
	{ "retry-after:", retry_after }, { "server:", server }, { "www-authenticate:", challenge },
	{ "repr-digest:", digest }, { "digest:", digest },
	{ "proxy-authenticate:", proxy_challenge }, { "set-cookie:", set_cookie },
};

static void header_line(struct http_response *r)
{
	char *value;
	size_t n;

	if (r->line[0] == ' ' || r->line[0] == '\t') {
		if (r->last_known)
			fail(r, "a header that matters is folded");
		return;
	}
	r->last_known = false;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		n = has_prefix(r->line, headers[i].name);
		if (!n)
			continue;
		r->last_known = headers[i].read != set_cookie;
		if (r->line_cut && !r->last_known)
			return;		/* nothing depends on it */
		if (r->line_cut) {
			fail(r, "a header that matters is longer than 8191 bytes");
			return;
		}
		value = r->line + n;
		value += strspn(value, " \t");
		n = strlen(value);
		while (n && (value[n - 1] == ' ' || value[n - 1] == '\t'))
			value[--n] = '\0';
		headers[i].read(r, value);
	}
}

/* The empty line: decides how the body is framed (RFC 9112, 6.3) and what becomes of the connection (9.3). */
static void head_ends(struct http_response *r)
{
	size_t head_len = r->head_len;

	if (r->status < 200 && r->status != 101) {
		http_response_init(r);
		r->head_len = head_len;
		return;
	}
	r->head_done = true;
	if (r->status == 101)
		fail(r, "it switches protocols, unasked");
	if (r->has_coding && r->has_length)
		fail(r, "it gives both a length and a transfer coding");
	if (r->status == 204 || r->status == 304) {
		r->length = 0;
		r->chunked = false;
	}
	r->keep_alive = !r->close && (r->minor1 || r->keep) && (r->chunked || r->length != HTTP_LENGTH_UNKNOWN);
	if (r->has_coding && !r->minor1)
		r->keep_alive = false;
}

static void line_ends(struct http_response *r)
{
	if (r->line_len && r->line[r->line_len - 1] == '\r')
		r->line_len--;
	r->line[r->line_len] = '\0';
	if (strlen(r->line) != r->line_len)
		fail(r, "its head holds a NUL");
	else if (!r->status && !r->line_len)
		;			/* an empty line before the status line (RFC 9112, 2.2) */
	else if (!r->status)
		status_line(r);
	else if (!r->line_len)
		head_ends(r);
	else
		header_line(r);
	r->line_len = 0;
	r->line_cut = false;
}

int http_head(struct http_response *r, const void *in, size_t len)
{
	const char *p = in;
	size_t n = 0;

	if (len > INT_MAX)
		len = INT_MAX;
	while (n < len && !r->head_done && !r->error) {
		char ch = p[n++];

		if (++r->head_len > HTTP_HEAD_MAX)
			fail(r, "its head is longer than 32 KiB");
		else if (ch == '\n')
			line_ends(r);
		else if (r->line_len < sizeof(r->line) - 1)
			r->line[r->line_len++] = ch;
		else
			r->line_cut = true;
		/* A peer that speaks something else need not be heard to its first line's end. */
		if (!r->status && r->line_len == 5 && !has_prefix(r->line, "http/"))
			fail(r, "the answer is not HTTP/1.x");
	}
	return r->error ? -EPROTO : (int)n;
}
