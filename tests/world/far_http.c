/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The far side's web server, on streams:
 *
 *	/file, /LEN-SEED	by length; from where "Range" says; ETag
 *	/chunked		/file in chunks of many lengths
 *	/until-close		/file, and its end is the connection's
 *	/open-LEN		the same, LEN bytes of it, from far_byte(0) on
 *	/short			as /file, but only 12000 bytes at a time
 *	/cut			as /short, and nothing to know it again by
 *	/stall			as /cut, but the connection stays
 *	/reset			a reset in the middle of it, each time
 *	/silent			no answer
 *	/moved, /circle		elsewhere
 *	/log-in			a cookie, and elsewhere: /member, which is /file for who has it, else 403
 *	/no-parts		as /short, and it says that it gives no parts, and gives none
 *	/ten			/file, by HTTP/1.0, and its end is the connection's
 *	/hundred		100 bytes of it, by HTTP/1.0, with their length
 *	/chunks			the same in chunks
 *	/garbage, /bad-chunk	not HTTP
 *	/busy			503, and wait a second
 *	/error			500, with a page of its own
 *	/huge			the first bytes of more than the machine has memory for
 *	/steady			/file, 2000 bytes each two seconds
 *	/digest			/file, for user op with password p@w
 *	/onwards-N		elsewhere, to N + 1
 *	/late-N			/file, after N seconds
 *	/pause			/file, 4000 bytes each 12 s, and nothing to know it again by
 *	/narrow			/file, and from now on no frame of more than 1300 bytes comes through
 *	/gone			12000 bytes of /file, and then the wire is dark
 *	/echo			a script that says what it was asked, by GET, POST or PUT
 *	/early			204 and the server's end when the head is there; the body is heard all the same
 *	/report			takes what is posted, if a test wants it
 *	/drip-..., /pour-...	something that has no end, a bit at a time or as
 *				fast as it goes: odd[] below
 *	all else		404
 *
 * Files of a test's own (far_serve) come by length, from where "Range" says.
 */
#include "tests/world/far_http.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "kernel/clock.h"
#include "net/net.h"
#include "services/http/auth.h"
#include "tests/unit/relay_stream.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"

#define PIECE_LEN	4000u
#define PIECE_US	40000u		/* one is sent so often */
#define CONNS		16
#define SHORT_LEN	12000u
#define SECOND		1000000u
#define OWN_MAX		1024u

/* What has no end: it begins so, and goes on so. */
static const struct odd {
	const char *path, *begins, *goes_on;
	uint32_t every_us;
} odd[] = {
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define FIFTY "01234567890123456789012345678901234567890123456789"
	{ "/drip-head", "HTTP/1.1 200 OK\r\nX: ", "x", 9 * SECOND },
	{ "/drip-interim", "HTTP/1.1 100 On\r\n\r\n", "HTTP/1.1 100 On\r\n\r\n", 3 * SECOND },
	{ "/drip-body", "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\nETag: \"it\"\r\n\r\n", "x", 9 * SECOND },
	{ "/drip-until-close", "HTTP/1.1 200 OK\r\n\r\n", "x", 9 * SECOND },
	{ "/drip-size", CHUNKED "1\r\nx\r\n", "0", 9 * SECOND },
	{ "/drip-extension", CHUNKED "1;", "x", 9 * SECOND },
	{ "/drip-chunks", CHUNKED, "1\r\nx\r\n", 9 * SECOND },
	{ "/drip-trailer", CHUNKED "1\r\nx\r\n0\r\n", "x", 9 * SECOND },
	{ "/drip-refusal", "HTTP/1.1 404 No\r\nContent-Length: 10000\r\n\r\n", "x", SECOND },
	{ "/pour-head", "HTTP/1.1 200 OK\r\n", "X: a header that goes on\r\n", 100 },
	{ "/pour-line", "HTTP/1.1 200 OK\r\nX: ", "a header without an end ", 100 },
	{ "/pour-interim", "HTTP/1.1 100 On\r\n\r\n", "HTTP/1.1 100 On\r\n\r\n", 100 },
	{ "/pour-size", CHUNKED "1\r\nx\r\n", "00000000000000000000000000000000000000000000", 100 },
	{ "/pour-extension", CHUNKED "1;", "an extension without an end ", 100 },
	{ "/pour-trailer", CHUNKED "1\r\nx\r\n0\r\n", "X: a trailer that goes on\r\n", 100 },
	{ "/pour-body", "HTTP/1.1 200 OK\r\n\r\n", "a body that goes on and on and on and on and on", 100 },
	/* it has an end, but late, and comes a little faster than fetch.speed-limit wants it */
#define LATE "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", FIFTY FIFTY FIFTY, SECOND
	{ "/late-end", LATE }, { "/late-end/", LATE }, { "/late-end/defaults/loader.conf", LATE },
	{ "/pour-refusal", "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n", "1;no\r\nx\r\n", 100 },
#undef CHUNKED
#undef FIFTY
#undef LATE
};
#define ODD (sizeof(odd) / sizeof(odd[0]))
/* What it says to who begins by TLS: a record of 16 KB, a byte at a time. */
static const struct odd by_tls = { "", "\x16\x03\x03\x3f\x3f", "\x02", 3 * SECOND };
#define IDLE_US		(120 * SECOND)	/* a connection on which nothing is asked for so long is ended */

uint64_t far_http_sent;
struct far_http far_http;
size_t far_early;

static int listeners[3];		/* plain, in a tunnel, of the proxy */
unsigned far_proxied;

static struct conn {
	struct stream *stream;		/* NULL: free */
	size_t in_len, out_len, out_at;
	size_t piece_len;
	uint32_t every_us;
	uint64_t due_us;		/* of the next piece */
	const struct odd *odd;		/* ... when out is sent */
	uint64_t used_us;		/* when the last byte came or went */
	enum { KEEP, CLOSE, RESET } then;	/* when all is sent */
	bool shut, proxy, goes, early, mute;
	bool own[OWN_MAX];		/* which of the first bytes of out are the file's */
	char in[16384];
	uint8_t *out;
} conns[CONNS];

void far_http_setup(int plain, int relayed, int proxy)
{
	listeners[2] = proxy;
	listeners[0] = plain;
	listeners[1] = relayed;
}

/* ---- answers ---- */

static void put(struct conn *c, const void *data, size_t len)
{
	memcpy(c->out + c->out_len, data, len);
	c->out_len += len;
}

static void put_text(struct conn *c, const char *text)
{
	put(c, text, strlen(text));
}

static void put_bytes(struct conn *c, size_t from, size_t len)
{
	for (; len--; c->out_len++) {
		if (c->out_len < OWN_MAX)
			c->own[c->out_len] = true;
		c->out[c->out_len] = far_byte(from++);
	}
}

/* LEN bytes from SEED on, of which only `most` are sent. */
static void by_length(struct conn *c, size_t len, size_t seed, size_t most, bool known_again)
{
	const char *range = strstr(c->in, "Range: bytes=");
	char head[200];
	size_t from = range ? strtoul(range + 13, NULL, 10) : 0;
	assert(from <= len);
	sprintf(head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s", range ? "206 Partial" : "200 OK", len - from,
		known_again ? "ETag: \"it\"\r\n" : "");
	put_text(c, head);
	if (range) {
		sprintf(head, "Content-Range: bytes %zu-%zu/%zu\r\n", from, len - 1, len);
		put_text(c, head);
	}
	put_text(c, "\r\n");
	put_bytes(c, seed + from, len - from < most ? len - from : most);
	if (len - from > most)
		c->then = CLOSE;
}

static void in_chunks(struct conn *c, bool bad)
{
	size_t at = 0;
	put_text(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (size_t i = 1; at < FAR_FILE_LEN; i = i * 3 % 5003 + 1) {
		char size[40];
		size_t len = i < FAR_FILE_LEN - at ? i : FAR_FILE_LEN - at;
		sprintf(size, "%zx;x\r\n", len);
		put_text(c, bad && at > 5000 ? "what?\r\n" : size);
		put_bytes(c, at, len);
		put_text(c, "\r\n");
		at += len;
	}
	put_text(c, "0\r\n\r\n");
}

/* ---- files of a test's own ---- */

static struct far_file files[64];
static unsigned file_count;

struct far_file *far_serve(const char *path, const void *data, size_t len)
{
	assert(file_count < 64);
	files[file_count] = (struct far_file){ .path = path, .data = data, .len = len };
	return &files[file_count++];
}

struct far_file *far_find(const char *path)
{
	path += *path == '/';
	for (struct far_file *f = files; f < files + file_count; f++)
		if (!strcmp(f->path + 1, path))
			return f;
	return NULL;
}

void far_say(const char *path, const char *text)
{
	struct far_file *f = far_find(path);
	if (!f)
		f = far_serve(path, text, 0);
	f->data = (const uint8_t *)text;
	f->len = strlen(text);
}

/* By the path alone, whose %xx are undone. */
static struct far_file *asked_for(const char *request)
{
	char path[100], *to = path;
	unsigned c;
	if (sscanf(request, "%*[A-Z] %99[^ ?]", path) != 1)
		return NULL;
	for (const char *from = path; *from; to++) {
		bool escaped = sscanf(from, "%%%2x", &c) == 1;
		*to = escaped ? (char)c : *from;
		from += escaped ? 3 : 1;
	}
	*to = '\0';
	return far_find(path);
}

/* Of the part that is asked for. */
static size_t end_of(const char *range, size_t len)
{
	const char *dash = strchr(range, '-');
	size_t last = dash[1] == '\r' ? len : strtoul(dash + 1, NULL, 10);
	return last < len ? last + 1 : len;
}

/* All of it, or what "Range" wants where "If-Range" has its ETag, or the first half of that and no more. */
static void by_file(struct conn *c, struct far_file *f)
{
	const char *range = strstr(c->in, "Range: bytes=");
	const char *of = strstr(c->in, "If-Range: "), *more = f->headers ? f->headers : "";
	char head[300], etag[40];
	if (f->etag)
		snprintf(etag, sizeof(etag), "\"%s\"", f->etag);
	else
		snprintf(etag, sizeof(etag), "\"%lx\"", (unsigned long)crc32(0, f->data, (uInt)f->len));
	if (range && (f->no_parts || (of && strncmp(of + 10, etag, strlen(etag)))))
		range = NULL;
	size_t from = range ? strtoul(range + 13, NULL, 10) : 0;
	size_t len = (range && !f->long_parts ? end_of(range, f->len) : f->len) - from;
	if (range && f->part_etag)
		snprintf(etag, sizeof(etag), "%s", f->part_etag);
	if (f->no_head && !strncmp(c->in, "HEAD ", 5)) {
		c->out = machine_malloc(200);
		put_text(c, "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n");
		return;
	}
	if (f->drops_head && !strncmp(c->in, "HEAD ", 5)) {
		c->out = machine_malloc(1);
		c->then = RESET;
		return;
	}
	if (f->location) {
		c->out = machine_malloc(strlen(f->location) + 200);
		put_text(c, "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: ");
		put_text(c, f->location);
		put_text(c, "\r\n\r\n");
		return;
	}
	if (range && from >= f->len) {		/* it was longer when the client began */
		c->out = machine_malloc(200);
		put_text(c, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n");
		return;
	}
	snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nContent-Length: %zu\r\nETag: %s\r\nAccept-Ranges: bytes\r\n%s",
		 range ? "206 Partial" : "200 OK", len, etag, more);
	c->out = machine_malloc(len + sizeof(head) + 200);
	put_text(c, head);
	if (f->coding) {
		put_text(c, "Content-Encoding: ");
		put_text(c, f->coding);
		put_text(c, "\r\n");
	}
	if (range) {
		sprintf(head, "Content-Range: bytes %zu-%zu/%zu\r\n", from, from + len - 1, f->len);
		if (f->part_range)
			sprintf(head, "Content-Range: %s\r\n", f->part_range);
		put_text(c, head);
	}
	put_text(c, "\r\n");
	if (!strncmp(c->in, "HEAD ", 5))
		return;
	bool cut = f->cuts && len > 1;
	f->cuts -= cut;
	for (size_t i = c->out_len; i < OWN_MAX && !f->coding; i++)
		c->own[i] = true;
	put(c, f->data + from, cut ? len / 2 : len);
	if (cut)
		c->then = RESET;
}

static bool asks(const struct conn *c, const char *path)
{
	const char *asked = strchr(c->in, ' ') + 1;
	size_t len = strlen(path);
	return !strncmp(asked, path, len) && (asked[len] == ' ' || asked[len] == '?');
}

void (*far_asked)(const char *request);
void (*far_posted)(const char *body);

/* All of a request is there. */
static bool whole(const struct conn *c)
{
	const char *end = strstr(c->in, "\r\n\r\n"), *length = strstr(c->in, "\r\nContent-Length: ");
	return end && strlen(end + 4) >= (length && length < end ? strtoul(length + 18, NULL, 10) : 0);
}

/* " word value" of a header, or nothing. */
static void echo_header(struct conn *c, const char *name, const char *word)
{
	const char *at = strstr(c->in, name);
	if (!at)
		return;
	put_text(c, word);
	put(c, at + strlen(name), strcspn(at + strlen(name), "\r"));
}

/* By the end of the connection: one that is kept has nothing to say of it. */
static void echo(struct conn *c)
{
	put_text(c, "HTTP/1.1 200 OK\r\n\r\n#!ipxe\necho asked: ");
	put(c, c->in, strcspn(c->in, "\r"));
	echo_header(c, "\r\nX-Token: ", " token ");
	echo_header(c, "\r\nContent-Type: ", " type ");
	put_text(c, " body ");
	put_text(c, strstr(c->in, "\r\n\r\n") + 4);
	put_text(c, "\n");
	c->then = CLOSE;
}

/* What is asked of the proxy it gets from the server, which is the same host; anything but a whole URL, 400. */
static bool by_proxy(struct conn *c)
{
	char *url = strstr(c->in, " http://"), *path = url ? strchr(url + 8, '/') : NULL;
	const char *credentials = strstr(c->in, "\r\nProxy-Authorization: Basic b3A6cEB3\r\n");	/* op:p@w */
	c->out = machine_malloc(200);
	if (!path || url > strchr(c->in, '\r'))
		put_text(c, "HTTP/1.1 400 Absolute form\r\nContent-Length: 0\r\n\r\n");
	else if (!credentials)
		put_text(c, "HTTP/1.1 407 Who\r\nContent-Length: 0\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
			 "Set-Cookie: id=s3cret; Path=/\r\n\r\n");
	if (c->out_len)
		return false;
	machine_free(c->out);
	c->out = NULL;
	memmove(url + 1, path, strlen(path) + 1);
	far_proxied++;
	return true;
}

/* The request says who asks, by the digest that was asked for. */
static bool knows_who(const struct conn *c)
{
	static const struct http_login op = { "op", "p@w" };
	struct http_challenge nonce = { .digest = DIGEST_SHA256, .auth = true, .realm = "far", .nonce = "a nonce",
		.nc = 1 };
	const char *cnonce = strstr(c->in, "cnonce=\"");
	char text[AUTH_CNONCE_TEXT] = "", response[AUTH_DIGEST_TEXT];
	if (!cnonce)
		return false;
	snprintf(text, sizeof(text), "%s", cnonce + 8);
	http_digest(&nonce, &op, "GET", "/digest", text, response);
	return strstr(c->in, "\r\nAuthorization: Digest username=\"op\"") && strstr(c->in, response);
}

static void respond(struct conn *c)
{
	size_t len, seed;
	c->then = KEEP;
	c->odd = NULL;
	memset(c->own, 0, sizeof(c->own));
	c->piece_len = PIECE_LEN;
	c->every_us = PIECE_US;
	c->due_us = clock_us() + PIECE_US;
	if (c->proxy && !by_proxy(c))
		return;
	if (far_asked)
		far_asked(c->in);
	struct far_file *f = asked_for(c->in);
	if (f && f->instead) {
		assert(c->in_len > 6 + strlen(f->instead));
		memcpy(c->in + 4, f->instead, strlen(f->instead));
		c->in[4 + strlen(f->instead)] = ' ';
		f = asked_for(c->in);
	}
	if (f) {
		by_file(c, f);
		return;
	}
	if (sscanf(c->in, "GET /%zu-%zu ", &len, &seed) == 2) {
		assert(len <= 1000000);
		c->out = machine_malloc(len + 1000);
		by_length(c, len, seed, SIZE_MAX, true);
		return;
	}
	if (sscanf(c->in, "GET /open-%zu ", &len) == 1) {
		c->out = machine_malloc(len + 100);
		put_text(c, "HTTP/1.1 200 OK\r\n\r\n");
		put_bytes(c, 0, len);
		c->piece_len = 16 * PIECE_LEN;
		c->then = CLOSE;
		return;
	}
	c->out = machine_malloc(3 * FAR_FILE_LEN);
	if (!strncmp(c->in, "POST /report ", 13) && far_posted) {
		far_posted(strstr(c->in, "\r\n\r\n") + 4);
		put_text(c, "HTTP/1.1 204 Taken\r\n\r\n");
		return;
	}
	if (asks(c, "/echo")) {
		echo(c);
		return;
	}
	for (const struct odd *o = odd; o < odd + ODD; o++)
		if (asks(c, o->path)) {
			put_text(c, o->begins);
			c->every_us = o->every_us;
			c->odd = o;
			return;
		}
	if (sscanf(c->in, "GET /onwards-%zu ", &len) == 1) {
		c->out_len = (size_t)sprintf((char *)c->out, "HTTP/1.1 302 On\r\nLocation: onwards-%zu\r\n"
					     "Content-Length: 0\r\n\r\n", len + 1);
		return;
	}
	if (asks(c, "/digest") && !knows_who(c))
		put_text(c, "HTTP/1.1 401 Who\r\nContent-Length: 4\r\nWWW-Authenticate: Basic realm=\"far\"\r\n"
			 "WWW-Authenticate: Digest realm=\"far\", nonce=\"a nonce\", qop=\"auth\", "
			 "algorithm=SHA-256\r\n"
			 "\r\nwho?");
	else if (asks(c, "/digest"))
		by_length(c, FAR_FILE_LEN, 0, SIZE_MAX, true);
	else if (sscanf(c->in, "GET /late-%zu ", &len) == 1) {
		c->due_us = clock_us() + len * SECOND;
		by_length(c, FAR_FILE_LEN, 0, SIZE_MAX, true);
	} else if (asks(c, "/pause")) {
		by_length(c, FAR_FILE_LEN, 0, SIZE_MAX, false);
		c->piece_len = PIECE_LEN;
		c->every_us = 12 * SECOND;
	} else if (asks(c, "/narrow")) {
		far_frame_max = 1300;
		by_length(c, FAR_FILE_LEN, 0, SIZE_MAX, true);
	} else if (asks(c, "/gone"))
		by_length(c, FAR_FILE_LEN, 0, SHORT_LEN, false);
	else if (asks(c, "/steady")) {
		by_length(c, FAR_FILE_LEN, 0, SIZE_MAX, true);
		c->piece_len = 2000;
		c->every_us = 2 * SECOND;
	} else if (asks(c, "/file"))
		by_length(c, FAR_FILE_LEN, 0, SIZE_MAX, true);
	else if (asks(c, "/short") || asks(c, "/cut") || asks(c, "/stall"))
		by_length(c, FAR_FILE_LEN, 0, SHORT_LEN, asks(c, "/short"));
	else if (asks(c, "/chunked") || asks(c, "/bad-chunk"))
		in_chunks(c, asks(c, "/bad-chunk"));
	else if (asks(c, "/moved"))
		put_text(c, "HTTP/1.1 302 Moved\r\nLocation: file\r\nContent-Length: 5\r\n\r\nthere");
	else if (asks(c, "/log-in"))
		put_text(c, "HTTP/1.1 302 In\r\nSet-Cookie: id=s3cret; Path=/member\r\nLocation: /member\r\n"
			 "Content-Length: 0\r\n\r\n");
	else if (asks(c, "/member") && !strstr(c->in, "\r\nCookie: id=s3cret\r\n"))
		put_text(c, "HTTP/1.1 403 Who\r\nContent-Length: 0\r\n\r\n");
	else if (asks(c, "/member"))
		by_length(c, FAR_FILE_LEN, 0, SIZE_MAX, true);
	else if (asks(c, "/no-parts")) {
		static bool again;
		assert(!strstr(c->in, "Range:"));
		put_text(c, "HTTP/1.1 200 OK\r\nETag: \"it\"\r\nAccept-Ranges: none\r\nContent-Length: 20000\r\n\r\n");
		put_bytes(c, 0, again ? FAR_FILE_LEN : SHORT_LEN);
		c->then = again ? KEEP : CLOSE;
		again = true;
	} else if (asks(c, "/ten")) {
		put_text(c, "HTTP/1.0 200 OK\r\n\r\n");
		put_bytes(c, 0, FAR_FILE_LEN);
		c->then = CLOSE;
	} else if (asks(c, "/hundred")) {
		put_text(c, "HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n");
		put_bytes(c, 0, 100);
		c->then = CLOSE;
	} else if (asks(c, "/chunks")) {
		put_text(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=\"y\"\r\n");
		put_bytes(c, 0, 1);
		put_text(c, "\r\n2f\r\n");
		put_bytes(c, 1, 47);
		put_text(c, "\r\n034\r\n");
		put_bytes(c, 48, 52);
		put_text(c, "\r\n0\r\nX: trailer\r\n\r\n");
	} else if (asks(c, "/circle"))
		put_text(c, "HTTP/1.1 302 Moved\r\nLocation: /circle\r\nContent-Length: 0\r\n\r\n");
	else if (asks(c, "/garbage"))
		put_text(c, "220 files.test ESMTP\r\n");
	else if (asks(c, "/busy"))
		put_text(c, "HTTP/1.1 503 Busy\r\nServer: far/1\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n");
	else if (asks(c, "/error"))
		put_text(c, "HTTP/1.1 500 Oh\r\nContent-Length: 5\r\n\r\nsorry");
	else if (asks(c, "/huge"))
		put_text(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nand so on");
	else if (!asks(c, "/silent") && !asks(c, "/silent/") && !asks(c, "/until-close") && !asks(c, "/reset"))
		put_text(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 8\r\n\r\nnot here");
	if (asks(c, "/stall") || asks(c, "/gone"))
		c->then = KEEP;
	c->goes = asks(c, "/gone");
	if (asks(c, "/until-close") || asks(c, "/reset")) {
		put_text(c, "HTTP/1.1 200 OK\r\n\r\n");
		put_bytes(c, 0, asks(c, "/reset") ? SHORT_LEN : FAR_FILE_LEN);
		c->then = asks(c, "/reset") ? RESET : CLOSE;
	}
}

/* ---- connections ---- */

static void end(struct conn *c, bool abort)
{
	if (abort)
		stream_abort(c->stream);
	else
		stream_close(c->stream);
	machine_free(c->out);
	*c = (struct conn){ 0 };
}

static void accept_all(struct net *n, unsigned i)
{
	int s;
	while ((s = sock_accept(n, listeners[i], NULL, NULL)) >= 0) {
		struct conn *c = conns;
		while (c < conns + CONNS && c->stream)
			c++;
		if (c == conns + CONNS) {
			sock_abort(n, s);
			continue;
		}
		c->stream = sock_stream(n, s);
		c->used_us = clock_us();
		c->proxy = i == 2;
		if (i == 1) {
			struct relay_stream *r = machine_malloc(sizeof(*r));
			memset(r, 0, sizeof(*r));
			c->stream = relay_init(r, c->stream, 7, machine_free);
		}
	}
}

/* How much of out is sent: all of it, or up to where a test wants it to break; or there a byte becomes another. */
static size_t break_at(struct conn *c)
{
	if (!far_http.times || far_http.at >= c->out_len || far_http.at < c->out_at)
		return c->out_len;
	if (far_http.how != FAR_GARBAGE)
		return far_http.at;
	far_http.times--;
	if (far_http.at >= OWN_MAX || !c->own[far_http.at])
		c->out[far_http.at] ^= 0x15;
	return c->out_len;
}

static void send_piece(struct conn *c)
{
	size_t until = break_at(c), left = until - c->out_at;
	int n = left ? stream_send(c->stream, c->out + c->out_at, left < c->piece_len ? left : c->piece_len) : 0;
	c->out_at += n > 0 ? (size_t)n : 0;
	far_http_sent += n > 0 ? (size_t)n : 0;
	/* a tunnel takes a bit at a time */
	if (c->out_at % c->piece_len == 0 || c->out_at == until)
		c->due_us = clock_us() + c->every_us;
	if (c->out_at < until)
		return;
	if (until < c->out_len) {
		far_http.times--;
		c->mute = far_http.how == FAR_STALL;
		c->then = far_http.how == FAR_RESET ? RESET : CLOSE;
	}
	far_http.said = c->out_len;
	machine_free(c->out);
	c->out = NULL;
	c->out_len = c->out_at = 0;
	if (c->goes)
		far_dark = true;
}

/* POST /early: all is said before what is posted has come, and that is heard. */
static bool is_early(struct conn *c)
{
	static const char answer[] = "HTTP/1.1 204 Taken\r\n\r\n";
	const char *head_end = strstr(c->in, "\r\n\r\n");
	if (!c->early && head_end && !strncmp(c->in, "POST /early ", 12)) {
		stream_send(c->stream, answer, sizeof(answer) - 1);
		stream_shutdown(c->stream);
		c->early = true;
		far_early = 0;
		c->in_len -= (size_t)(head_end + 4 - c->in);
	}
	if (c->early) {
		far_early += c->in_len;
		c->in_len = 0;
	}
	return c->early;
}

static void shake_hands_for_ever(struct conn *c)
{
	c->in_len = 0;
	c->piece_len = PIECE_LEN;
	c->every_us = by_tls.every_us;
	c->odd = &by_tls;
	c->out = machine_malloc(200);
	put_text(c, by_tls.begins);
}

static void serve(struct conn *c)
{
	int n = stream_recv(c->stream, c->in + c->in_len, sizeof(c->in) - 1 - c->in_len);
	if (n == 0 || (n < 0 && n != -EAGAIN)) {
		end(c, false);
		return;
	}
	if (n > 0 || c->out_at < c->out_len || c->odd)
		c->used_us = clock_us();
	if (clock_us() - c->used_us > IDLE_US) {
		end(c, false);
		return;
	}
	c->in_len += n > 0 ? (size_t)n : 0;
	c->in[c->in_len] = '\0';
	if (is_early(c))
		return;
	if (c->mute) {
		c->in_len = 0;
		return;
	}
	if (!c->odd && c->in[0] == by_tls.begins[0]) {
		shake_hands_for_ever(c);
	} else if (!c->out && whole(c)) {
		respond(c);
		c->in_len = 0;
	}
	if (c->due_us > clock_us())
		return;
	if (c->out_at < c->out_len)
		send_piece(c);
	else if (c->odd) {
		c->out = machine_malloc(200);
		put_text(c, c->odd->goes_on);
	} else if (c->then == RESET)
		end(c, true);
	else if (c->then == CLOSE && !c->shut && stream_events(c->stream) & SOCK_OUT) {
		stream_shutdown(c->stream);
		c->shut = true;
	}
}

void far_http_turn(struct net *n)
{
	for (unsigned i = 0; i < 3; i++)
		accept_all(n, i);
	for (struct conn *c = conns; c < conns + CONNS; c++)
		if (c->stream)
			serve(c);
}

void far_http_open(struct net *n, int plain)
{
	far_http_drop(n);
	if (plain < 0)
		sock_close(n, listeners[0]);
	listeners[0] = plain;
}

void far_http_drop(struct net *n)
{
	for (unsigned i = 0; i < 3; i++)
		accept_all(n, i);
	for (struct conn *c = conns; c < conns + CONNS; c++)
		if (c->stream)
			end(c, true);
}
