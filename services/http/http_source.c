/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One try at a download over HTTP: a kept or a new connection, the request,
 * the head, and the body straight into its place.  Called by the fetch
 * service, through the scheme's row.
 */
#include "services/http/http_source.h"

#include <errno.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/task.h"
#include "net/stream.h"
#include "services/fetch/source.h"
#include "services/http/http.h"
#include "services/http/http_pool.h"

#define SEND_US		10000000u
#define ANSWER_US	20000000u	/* for the head: what makes scripts may have to think */
#define DRAIN_US	(SOURCE_STALL_US / 4)
#define DRAIN_MAX	16384u		/* a refusal's body up to this is read away, to keep the connection */
#define PROGRESS_US	100000u		/* how often it is told */
#define TURN_LEN	65536u		/* bytes decoded before others run */
#define FAILING_TRIES	4		/* a server that answers 5xx */

struct http_source {
	struct stream *stream;		/* NULL: none */
	struct http_response response;
	struct http_body body;
	unsigned turn;			/* bytes since others ran */
	size_t len, at;			/* of buf, while receiving: bytes in it, and taken from it */
	uint8_t buf[4096];		/* the request; then what came with or after the head */
};

/* In the middle of something: the server is told at once that nobody listens. */
static void drop(struct http_source *h)
{
	if (h->stream)
		stream_abort(h->stream);
	h->stream = NULL;
}

/* Keeps the connection if the response is through and both sides want that, else closes it. */
static void release(struct source *s, struct http_source *h)
{
	bool whole = h->response.head_done && h->body.done;

	if (h->stream && whole && h->response.keep_alive && h->at == h->len)
		http_pool_keep(h->stream, &s->url, s->status.peer, clock_us());
	else if (h->stream && whole)
		stream_close(h->stream);
	else
		drop(h);
	h->stream = NULL;
}

/* ---- request and head ---- */

static int send_request(struct source *s, struct http_source *h)
{
	struct http_request q = { .url = &s->url, .range_from = s->at, .if_range = s->validator };
	int len = http_build_request((char *)h->buf, sizeof(h->buf), &q), at = 0, n;
	uint64_t end = clock_us() + SEND_US;

	if (len < 0)
		return len;
	while (at < len) {
		n = stream_send(h->stream, h->buf + at, (size_t)(len - at));
		if (n > 0)
			at += n;
		else if (n != -EAGAIN)
			return n;
		else if ((n = source_wait(s, h->stream, SOCK_OUT, end)) < 0)
			return n;
	}
	return 0;
}

/* More bytes into buf, which is used up: their count, -EPIPE at the stream's end, or -E. */
static int refill(struct source *s, struct http_source *h, uint64_t deadline_us)
{
	int n;

	h->at = h->len = 0;
	if (h->turn >= TURN_LEN) {	/* it comes as fast as it is read: once round to all others */
		h->turn = 0;
		task_yield();
	}
	while ((n = stream_recv(h->stream, h->buf, sizeof(h->buf))) == -EAGAIN)
		if ((n = source_wait(s, h->stream, SOCK_IN, deadline_us)) < 0)
			return n;
	if (n <= 0)
		return n ? n : -EPIPE;
	h->len = (size_t)n;
	h->turn += (unsigned)n;
	return n;
}

/* The response's head: 0 or -E; -EPROTO has its reason in response.error. */
static int receive_head(struct source *s, struct http_source *h)
{
	uint64_t end = clock_us() + ANSWER_US;
	int n;

	http_response_init(&h->response);
	source_enter(s, FETCH_WAITING);
	while (!h->response.head_done) {
		n = refill(s, h, end);
		if (n < 0)
			return n;
		n = http_head(&h->response, h->buf, h->len);
		if (n < 0)
			return n;
		h->at = (size_t)n;
	}
	return 0;
}

/* Sends the request and receives the head, on a kept connection if there is one. */
static enum source_end ask(struct source *s, struct http_source *h)
{
	enum source_end end;
	bool reused;
	int err;

	h->stream = http_pool_take(&s->url, s->status.peer, sizeof(s->status.peer));
	reused = h->stream;
	s->reached |= reused;
	for (;;) {
		if (!reused) {
			end = s->scheme->connect(s, &h->stream);
			if (end != SOURCE_OK)
				return end;
		}
		err = send_request(s, h);
		if (!err)
			err = receive_head(s, h);
		if (!err)
			return SOURCE_OK;
		drop(h);
		/* The server closed it just when we asked (RFC 9112, 9.3.1): no failure of anyone's. */
		if (!reused || http_begun(&h->response) || err == -ECANCELED)
			break;
		reused = false;
	}
	if (err == -EPROTO && h->response.error)
		return source_fail(s, SOURCE_ENDED, err, "%s answers, but %s", s->status.peer, h->response.error);
	if (err == -ENOBUFS)
		return source_fail(s, SOURCE_ENDED, err, "the request is too long");
	if (err == -EPIPE)
		return source_fail(s, SOURCE_BROKEN, err, "%s closed the connection without an answer", s->status.peer);
	if (err == -ETIMEDOUT)
		return source_fail(s, SOURCE_BROKEN, err, "%s took the request but sends no answer", s->status.peer);
	return source_broken(s, err);
}

/* ---- what the head means ---- */

/* Reads a short body away that nobody wants, so that the connection can be used again. */
static void drain(struct source *s, struct http_source *h)
{
	const uint8_t *data;
	size_t len;
	uint64_t end = clock_us() + DRAIN_US;
	unsigned total = 0;
	int n = 0;

	while (!h->body.done && n >= 0 && h->response.keep_alive && total < DRAIN_MAX) {
		if (h->at == h->len && refill(s, h, end) < 0)
			break;
		n = http_body(&h->body, h->buf + h->at, h->len - h->at, &data, &len);
		if (n > 0)
			h->at += (size_t)n;
		total += (unsigned)len;
	}
}

static enum source_end say_status(struct source *s, enum source_end end, const struct http_decision *d)
{
	const struct http_response *r = &((struct http_source *)s->state)->response;
	const char *sv = r->server, *advice = d->advice;

	return source_fail(s, end, d->err, "%d %s from %s%s%s%s%s%s", r->status, r->reason, s->status.peer,
			   sv[0] ? " (" : "", sv, sv[0] ? ")" : "", advice[0] ? "; " : "", advice);
}

static enum source_end moved(struct source *s, const char *location)
{
	struct url from = s->url;
	int err = url_redirect(&s->url, &from, location);

	if (err == -EPROTONOSUPPORT)
		return source_fail(s, SOURCE_ENDED, err, "%s redirects to scheme %s, which is not supported",
				   s->status.peer, s->url.scheme);
	if (err < 0)
		return source_fail(s, SOURCE_ENDED, err, "%s redirects to what is no URL", s->status.peer);
	return SOURCE_MOVED;
}

/* The body is the file, from d->from on. */
static void take(struct source *s, struct http_source *h, const struct http_decision *d)
{
	if (d->from < s->at)
		log_line("fetch: %s sends the file from the start again", s->status.peer);
	s->at = d->from;
	s->size = d->total;
	if (s->size == HTTP_LENGTH_UNKNOWN && !h->body.chunked && !h->body.until_close)
		s->size = d->from + h->response.length;
	strcpy(s->validator, h->response.validator);
	source_enter(s, FETCH_RECEIVING);
}

static enum source_end http_open(struct source *s)
{
	struct http_source *h = s->state;
	struct http_decision d;
	enum http_verdict v;
	enum source_end end = ask(s, h);

	if (end != SOURCE_OK)
		return end;
	http_body_init(&h->body, &h->response);
	v = http_judge(&h->response, s->at, s->size, &d);
	if (v == HTTP_TAKE) {
		take(s, h, &d);
		return SOURCE_OK;
	}
	drain(s, h);
	release(s, h);
	s->wait_s = h->response.retry_after_s;
	switch (v) {
	case HTTP_COMPLETE:
		s->over = true;
		return SOURCE_OK;
	case HTTP_MOVED:
		return moved(s, h->response.location);
	case HTTP_AGAIN:
		s->limit = FAILING_TRIES;
		return say_status(s, SOURCE_BROKEN, &d);
	case HTTP_FROM_START:
		s->validator[0] = '\0';
		return source_fail(s, SOURCE_BROKEN, d.err, "the file has changed on %s meanwhile", s->status.peer);
	default:
		return say_status(s, SOURCE_ENDED, &d);
	}
}

/* ---- body ---- */

/* How far a broken body came, added to why. */
static enum source_end broken_body(struct source *s, int err)
{
	const char *what = err == -ETIMEDOUT ? "fell silent" : err == -EPIPE ? "ended the file early" :
			   err == -ECONNRESET ? "reset the connection" : err_text(err);
	unsigned got = (unsigned)s->at;

	if (err == -ECANCELED)
		return source_broken(s, err);
	if (s->size != SOURCE_SIZE_UNKNOWN)
		return source_fail(s, SOURCE_BROKEN, err, "%s %s after %u of %llu bytes", s->status.peer, what, got,
				   (unsigned long long)s->size);
	return source_fail(s, SOURCE_BROKEN, err, "%s %s after %u bytes of unknown length", s->status.peer, what, got);
}

/* Bytes of a body by length, straight to their place: 0 or -E. */
static int receive_placed(struct source *s, struct http_source *h, uint8_t *place, size_t len)
{
	uint64_t base = s->at, deadline = clock_us() + SOURCE_STALL_US, now;
	int err = stream_sink(h->stream, place, len), waited;
	size_t done = 0, placed;

	while (!err && done < len) {
		now = clock_us();
		waited = source_wait(s, h->stream, SOCK_IN, now + PROGRESS_US);
		placed = stream_sink_done(h->stream);
		if (placed > done)
			deadline = clock_us() + SOURCE_STALL_US;
		done = placed;
		s->at = base + done;
		if (done == len)
			break;
		err = stream_recv(h->stream, h->buf, 1);	/* the stream's end or error; else it says -EAGAIN */
		if (err != -EAGAIN)
			err = err < 0 ? err : -EPIPE;
		else if (waited == -ECANCELED)
			err = waited;
		else
			err = clock_us() >= deadline ? -ETIMEDOUT : 0;
		if (waited > 0)
			task_yield();	/* there is more already: once round to all others */
	}
	stream_sink(h->stream, NULL, 0);	/* else the full sink counts as SOCK_IN for ever */
	http_body_skip(&h->body, done);
	return done == len ? 0 : err;
}

/* A run of the body out of buf; it is filled again when it is empty.  0 or -E. */
static int receive_run(struct source *s, struct http_source *h, uint8_t **place, size_t *len)
{
	const uint8_t *data;
	size_t run;
	int n;

	if (h->at == h->len) {
		n = refill(s, h, clock_us() + SOURCE_STALL_US);
		if (n == -EPIPE)
			return http_body_end(&h->body);
		if (n < 0)
			return n;
	}
	/* no more out of it than there is room for */
	n = http_body(&h->body, h->buf + h->at, h->len - h->at < *len ? h->len - h->at : *len, &data, &run);
	if (n < 0)
		return n;
	h->at += (size_t)n;
	if (run)	/* there may be only a chunk's size */
		memcpy(*place, data, run);
	*place += run;
	*len -= run;
	s->at += run;
	return 0;
}

static enum source_end http_read(struct source *s, void *to, size_t len)
{
	struct http_source *h = s->state;
	struct http_body *b = &h->body;
	uint8_t *place = to;
	int err = 0;

	while (!b->done && len && !err) {
		if (b->chunked || b->until_close || h->at < h->len) {
			err = receive_run(s, h, &place, &len);
		} else {
			err = receive_placed(s, h, place, len < b->left ? len : (size_t)b->left);
			break;
		}
	}
	if (!err && b->done && s->size != SOURCE_SIZE_UNKNOWN && s->at != s->size)
		err = -EPIPE;
	s->over = !err && b->done;
	if (err == -EPROTO)
		return source_fail(s, SOURCE_BROKEN, err, "%s sends %s", s->status.peer,
				   b->error ? b->error : "a malformed body");
	return err ? broken_body(s, err) : SOURCE_OK;
}

static void http_close(struct source *s)
{
	release(s, s->state);
}

const struct scheme http_scheme = {
	.name = "http", .server = "web server", .port = 80, .state_len = sizeof(struct http_source),
	.open = http_open, .read = http_read, .close = http_close, .connect = source_connect,
	.close_kept = http_pool_close,
};
