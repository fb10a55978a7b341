/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP/1.1 client (RFC 9110, 9112): writes requests, reads response heads and
 * bodies.  Pure state machines: bytes in, bytes and facts out.  Connections,
 * retries and redirects are the fetch service's.
 */
#ifndef SERVICES_HTTP_HTTP_H
#define SERVICES_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/version.h"
#include "services/fetch/url.h"
#include "services/http/auth.h"
#include "services/http/chunked.h"

#define HTTP_REQUEST_MAX	16384		/* bytes of a request: URL_LIMITS, a third more for base64, twice */
#define HTTP_HEAD_MAX		32768		/* bytes of a response's head, all 1xx included */
#define HTTP_LINE_MAX		(URL_TEXT_MAX + 16)	/* kept of one header line; more is dropped */
#define HTTP_COOKIES_MAX	4096
#define HTTP_LENGTH_UNKNOWN	UINT64_MAX
#define HTTP_DIGEST_LEN		44		/* SHA-256 in base64 */
#define HTTP_VALIDATOR_MAX	128		/* an ETag with its quotes, or a date; longer ones are not used */

struct http_request {
	const struct url *url;
	const struct url *proxy;	/* that is asked for it, by its user and password; or NULL */
	const char *agent;		/* User-Agent; NULL or "": HTTP_AGENT.  No byte but printable ASCII */
	uint64_t range_from;		/* "Range: bytes=N-", or both 0: all */
	uint64_t range_to;		/* 0: to its end; else that is its last byte */
	const char *if_range;		/* validator of what is there already; "" with range_from 0 */
	const char *body_type;		/* not NULL: POST, and content of this type follows the head */
	size_t body_len;
	const struct http_login *login;	/* who asks where the URL does not say; or NULL */
	/* what the server and the proxy have asked who we are with; NULL: the URL's and the proxy's user, by Basic */
	const struct http_challenge *challenge, *proxy_challenge;
	const char *cnonce;		/* a text that nobody can know before, for digests */
	const char *method;		/* instead of GET or POST; or NULL */
	const char *cookies;		/* "a=1; b=2"; "" or NULL: none */
	const char *headers;		/* more of them, "Name: value\r\n" each, some instead of ours; or NULL */
};

#define HTTP_AGENT		"Undine/" UNDINE_VERSION

/* The request's head with its empty line, GET or POST, without cookies if they do not fit: its length, or -ENOBUFS. */
int http_build_request(char *buf, size_t cap, const struct http_request *r);

/* How the body is packed (Content-Encoding, RFC 9110, 8.4). */
enum http_coding { HTTP_PLAIN, HTTP_GZIP, HTTP_DEFLATE, HTTP_UNKNOWN_CODING };

struct http_response {
	/* Facts, when head_done. */
	bool head_done;
	int status;			/* 200 */
	char reason[48];		/* "OK"; printable, may be "" */
	char server[32];		/* "nginx", up to its '/' or blank */
	bool keep_alive;		/* the connection may be used again once the body is through */
	uint64_t length;		/* of the body, or HTTP_LENGTH_UNKNOWN */
	bool chunked;
	enum http_coding coding;
	char coding_name[24];		/* as the server says it, or the beginning of that; printable */
	char location[URL_TEXT_MAX];
	char validator[HTTP_VALIDATOR_MAX];	/* strong ETag, else Last-Modified; fit for If-Range; "" = none */
	char digest[HTTP_DIGEST_LEN + 1];	/* the whole file's SHA-256 in base64 (Repr-Digest, Digest); or "" */
	bool has_range;			/* a Content-Range of bytes was there */
	uint64_t range_first, range_last;
	uint64_t range_total;		/* HTTP_LENGTH_UNKNOWN for "*" */
	bool no_ranges, ranges;		/* "Accept-Ranges: none", "bytes" */
	struct http_challenge challenge, proxy_challenge;	/* of 401, and of 407 */
	char cookies[HTTP_COOKIES_MAX];	/* of each Set-Cookie a line, with its '\n', as far as they fit */
	uint32_t retry_after_s;		/* 0 = not said, or a date */
	const char *error;		/* sticky: why http_head() gave -EPROTO */

	/* Private. */
	char line[HTTP_LINE_MAX];
	size_t line_len, head_len;
	bool line_cut;			/* longer than `line` */
	bool minor1;			/* HTTP/1.1 */
	bool has_length, has_coding, close, keep, etag;
	bool last_known;		/* the header before was one we read: it must not go on in a folded line */
};

void http_response_init(struct http_response *r);
/*
 * Takes bytes of the head: how many (all, or up to the head's end, when
 * head_done is set), or -EPROTO.  Interim responses (1xx) are passed over.
 */
int http_head(struct http_response *r, const void *in, size_t len);
/* True if any byte of a response has come. */
bool http_begun(const struct http_response *r);

/* What a finished head means for a download. */
enum http_verdict {
	HTTP_TAKE,		/* the body belongs at d->from */
	HTTP_COMPLETE,		/* nothing is missing: what is there is all */
	HTTP_MOVED,		/* r->location */
	HTTP_AGAIN,		/* try later, from where it stands */
	HTTP_FROM_START,	/* what is there does not fit any more: ask for all */
	HTTP_REFUSED,		/* final */
};

struct http_decision {
	uint64_t from;		/* TAKE: offset of the body's first byte */
	uint64_t total;		/* TAKE: the whole file's length, or HTTP_LENGTH_UNKNOWN */
	int err;		/* AGAIN, FROM_START, REFUSED: -E */
	const char *advice;	/* for a person, or "" */
};

/* The coding to be undone: a file that is itself named .gz or .tgz is to come as it lies there. */
enum http_coding http_coding(const struct http_response *r, const struct url *u);
/* Judges a finished head that answers a POST: COMPLETE (what was posted has been taken), MOVED, AGAIN or REFUSED. */
enum http_verdict http_judge_post(const struct http_response *r, struct http_decision *d);
/* Judges a finished head that answers a form: TAKE, COMPLETE (there is no body), MOVED, AGAIN or REFUSED. */
enum http_verdict http_judge_form(const struct http_response *r, struct http_decision *d);
/* Judges a finished head that answers a request from byte asked_from of a file of known_total (or UNKNOWN). */
enum http_verdict http_judge(const struct http_response *r, uint64_t asked_from, uint64_t known_total,
			     struct http_decision *d);

/*
 * The body after a finished head: run by run.  Data by length may bypass
 * http_body() (direct placement); the caller then counts with http_body_skip().
 */
struct http_body {
	bool done;			/* all is there */
	uint64_t left;			/* by length: bytes to come */
	bool chunked, until_close;
	const char *error;
	struct chunked chunks;
};
void http_body_init(struct http_body *b, const struct http_response *r);
/* Takes bytes up to and including the next run of data, as chunked_feed().  Bytes past the end are not taken. */
int http_body(struct http_body *b, const void *in, size_t len, const uint8_t **data, size_t *data_len);
/* n bytes of a body by length were taken elsewhere. */
void http_body_skip(struct http_body *b, uint64_t n);
/* The connection ended: 0 if that completes the body, -EPIPE if it is short. */
int http_body_end(struct http_body *b);

#endif
