/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One try at a download over HTTP: a kept or a new connection, the request,
 * the head, and the body straight into its place.  Called by the fetch
 * service, through the scheme's row.
 */
#include "services/http/http_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/task.h"
#include "net/stream.h"
#include "services/fetch/fetch_policy.h"
#include "services/fetch/source.h"
#include "services/gzip/inflater.h"
#include "services/http/cookies.h"
#include "services/http/http.h"
#include "services/http/http_pool.h"
#include "services/http/https_source.h"
#include "services/http/proxy.h"

#define LINE_S		20u		/* for the size of a chunk, or for all trailers */
#define TURN_LEN	65536u		/* bytes decoded before others run */
#define FAILING_TRIES	4		/* a server that answers 5xx */

static const struct budget_limits sending = { .phase = "the request", .total_s = 10 };
/* A refusal's body up to this is read away, to keep the connection. */
static const struct budget_limits draining = { .phase = "a page", .bytes = 16384, .total_s = 2 };

static struct cookie_jar jar;		/* one for all who download, and for one session */
static char told[HTTP_TOLD_MAX];	/* as http_tell() has it */

struct http_source {
	struct stream *stream;		/* NULL: none */
	struct http_response response;
	struct http_body body;
	uint64_t heard_us;		/* when what is in buf was read */
	bool sent;			/* the request, or a part of it */
	bool amid;			/* the buffer's end was in a chunk's size, or in the trailers: */
	struct budget line;		/* ... which have this */
	unsigned turn;			/* bytes since others ran */
	unsigned era;			/* the pool's, in which the way to the server was chosen */
	size_t len, at;			/* of buf, while receiving: bytes in it, and taken from it */
	struct inflater *packed;	/* source.more: the body is to be unpacked; NULL: it is the file */
	const uint8_t *run;		/* a run of the body in buf, of which run_len bytes are not unpacked yet */
	size_t run_len;
	struct url from;		/* what redirected */
	struct url proxy;		/* source.via */
	/* What has been asked who we are with: by the server, by the proxy; and whether that has been answered. */
	struct http_challenge challenge, proxy_challenge;
	const struct http_login *login;	/* NULL: the URL's user, or nobody */
	bool answered, proxy_answered;
	char cnonce[AUTH_CNONCE_TEXT];
	char cookies[COOKIES_SENT + HTTP_TOLD_MAX];
	uint8_t buf[HTTP_REQUEST_MAX];	/* the request; then what came with or after the head */
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

	if (h->stream && whole && h->response.keep_alive && h->at == h->len) {
		source_probe(h->stream, false);
		http_pool_keep(h->stream, source_server(s), s->status.peer, h->era, clock_us());
	} else if (h->stream && whole) {
		stream_close(h->stream);
	} else {
		drop(h);
	}
	h->stream = NULL;
}

/* ---- request and head ---- */

void http_tell(const char *cookies)
{
	snprintf(told, sizeof(told), "%s", strlen(cookies) < sizeof(told) ? cookies : "");
}

/* The server's own, and what it is told of the machine; behind a proxy nobody knows where a name leads. */
static void put_cookies(const struct source *s, struct http_source *h)
{
	size_t len = cookies_write(&jar, &s->url, clock_us(), h->cookies, COOKIES_SENT);
	if (*told && fetch_is_own(s->url.host, s->via ? s->url.host : s->status.peer))
		snprintf(h->cookies + len, sizeof(h->cookies) - len, "%s%s", len ? "; " : "", told);
}

/* The form is one that has a body: what it asks for may be done twice if it is sent twice (RFC 9110, 9.2.2). */
static bool has_content(const struct source *s)
{
	return s->form && strcmp(s->form->method, "GET");
}

static int send_request(struct source *s, struct http_source *h)
{
	const struct params_request *form = s->form;
	const struct source_post content = {
		.type = "application/x-www-form-urlencoded", .data = form ? form->body : NULL,
		.len = form ? form->body_len : 0,
	}, *post = s->post ? s->post : has_content(s) ? &content : NULL;
	const char *accept = s->want == SOURCE_LISTING ? "Accept: application/json, text/html;q=0.9, */*;q=0.1\r\n" :
			     NULL;
	struct http_request q = {
		.url = &s->url, .proxy = s->via, .range_from = s->at, .if_range = s->digest[0] ? "" : s->validator,
		.range_to = s->want == SOURCE_PART ? s->until - 1 : 0,
		/* behind a proxy nobody knows where a name leads */
		.agent = fetch_agent(s->url.host, s->via ? s->url.host : s->status.peer),
		.body_type = post ? post->type : NULL, .body_len = post ? post->len : 0,
		.method = form ? form->method : s->want == SOURCE_FACTS ? "HEAD" : NULL,
		.headers = form ? form->headers : accept,
		.login = h->login, .challenge = &h->challenge, .proxy_challenge = &h->proxy_challenge,
		.cnonce = h->cnonce, .cookies = h->cookies,
	};
	struct budget b;
	int len, err;

	put_cookies(s, h);
	h->challenge.nc++;
	h->proxy_challenge.nc++;
	len = http_build_request((char *)h->buf, sizeof(h->buf), &q);

	if (len < 0)
		return len;
	h->sent = true;
	http_response_init(&h->response);	/* of this request there is none yet */
	budget_begin(&b, &sending, clock_us());
	err = source_say(s, h->stream, h->buf, (size_t)len, &b);
	return err || !post ? err : source_say(s, h->stream, post->data, post->len, &b);
}

/*
 * More bytes into buf, which is used up: their count, -EPIPE at the stream's
 * end, or -E.  The caller counts what of them the budget is for, then checks it.
 */
static int refill(struct source *s, struct http_source *h, struct budget *b)
{
	int n;

	h->at = h->len = 0;
	if (h->turn >= TURN_LEN) {	/* it comes as fast as it is read: nothing below waits, so here others run */
		h->turn = 0;
		task_yield();
		budget_heard(b, clock_us());
		n = task_cancelled() ? -ECANCELED : budget_check(b, clock_us());
		if (n < 0)
			return n;
	}
	while ((n = stream_recv(h->stream, h->buf, sizeof(h->buf))) == -EAGAIN) {
		n = source_wait(s, h->stream, SOCK_IN, budget_deadline(b));
		if (n == -ETIMEDOUT)
			n = budget_check(b, clock_us());
		if (b->broken == BUDGET_SILENCE)
			source_silent(s, h->stream);
		if (n < 0)
			return n;
	}
	if (n <= 0)
		return n ? n : -EPIPE;
	h->heard_us = clock_us();
	budget_heard(b, h->heard_us);
	h->len = (size_t)n;
	h->turn += (unsigned)n;
	return n;
}

/* The response's head: 0 or -E; -EPROTO has its reason in response.error. */
static int receive_head(struct source *s, struct http_source *h)
{
	int n;

	source_enter(s, FETCH_WAITING);
	while (!h->response.head_done) {
		n = refill(s, h, &s->budget);
		if (n < 0)
			return n;
		n = http_head(&h->response, h->buf, h->len);
		if (n < 0)
			return n;
		h->at = (size_t)n;
		n = h->response.head_done ? 0 : budget_check(&s->budget, clock_us());
		if (n < 0)
			return n;
	}
	return 0;
}

static void take_cookies(const struct url *from, char *lines)
{
	for (char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1) {
		*end = '\0';
		cookies_take(&jar, from, lines, clock_us());
	}
}

/* Sends the request and receives the head, on a kept connection if there is one. */
static enum source_end ask(struct source *s, struct http_source *h)
{
	enum source_end end;
	bool reused;
	int err;

	/* whoever closes amid this is not to judge the stream by the answer before */
	http_response_init(&h->response);
	h->body = (struct http_body){ .done = false };
	/* what is posted may count twice if it is sent again: on a connection that is surely there (RFC 9110, 9.2.2) */
	h->stream = s->post || has_content(s) ? NULL :
		    http_pool_take(source_server(s), s->status.peer, sizeof(s->status.peer));
	reused = h->stream;
	if (reused)
		source_probe(h->stream, true);
	s->reached |= reused;
	for (;;) {
		if (!reused) {
			end = s->scheme->connect(s, &h->stream);
			if (end != SOURCE_OK) {
				drop(h);
				return end;
			}
		}
		err = send_request(s, h);
		if (!err)
			err = receive_head(s, h);
		if (!err) {
			if (h->response.status != 407)	/* that is the proxy's word, not the server's */
				take_cookies(&s->url, h->response.cookies);
			return SOURCE_OK;
		}
		if (err == -ETIMEDOUT && !http_begun(&h->response))
			source_silent(s, h->stream);
		drop(h);
		/* The server closed it just when we asked (RFC 9112, 9.3.1): no failure of anyone's. */
		if (!reused || http_begun(&h->response) || err == -ECANCELED || err == -ETIMEDOUT)
			break;
		reused = false;
	}
	if (err == -EPROTO && h->response.error)
		return source_fail(s, SOURCE_ENDED, err, "%s%s answers, but %s", source_role(s), s->status.peer,
				   h->response.error);
	if (err == -ENOBUFS)
		return source_fail(s, SOURCE_ENDED, err,
				   "the request, its URL, user and headers together, exceeds %u bytes",
				   HTTP_REQUEST_MAX);
	if (err == -EPIPE)
		return source_fail(s, SOURCE_BROKEN, err, "%s%s closed the connection without an answer",
				   source_role(s), s->status.peer);
	if (err == -ETIMEDOUT && http_begun(&h->response))
		return source_over_budget(s, err, &s->budget);
	if (err == -ETIMEDOUT && (s->gone || !s->budget.broken))
		return source_fail(s, SOURCE_BROKEN, err, "%s%s took the request and is gone: not even its machine "
				   "answers any more", source_role(s), s->status.peer);
	if (err == -ETIMEDOUT)
		return source_fail(s, SOURCE_BROKEN, err, "%s%s took the request but sends no answer", source_role(s),
				   s->status.peer);
	return source_broken(s, err);
}

/* ---- what the head means ---- */

/* Reads a short body away that nobody wants, so that the connection can be used again. */
static void drain(struct source *s, struct http_source *h)
{
	const uint8_t *data;
	size_t len;
	struct budget b;
	int n = 0;

	budget_begin(&b, &draining, clock_us());
	while (!h->body.done && n >= 0 && h->response.keep_alive && budget_check(&b, clock_us()) == 0) {
		if (h->at == h->len && refill(s, h, &b) < 0)
			break;
		n = http_body(&h->body, h->buf + h->at, h->len - h->at, &data, &len);
		if (n > 0) {
			h->at += (size_t)n;
			budget_count(&b, (unsigned)n, clock_us());
		}
	}
}

static enum source_end say_status(struct source *s, enum source_end end, const struct http_decision *d)
{
	const struct http_response *r = &((struct http_source *)s->state)->response;
	const char *sv = r->server, *advice = d->advice;

	s->answered = (unsigned)r->status;
	return source_fail(s, end, d->err, "%d %s from %s%s%s%s%s%s%s", r->status, r->reason, source_role(s),
			   s->status.peer, sv[0] ? " (" : "", sv, sv[0] ? ")" : "", advice[0] ? "; " : "", advice);
}

static enum source_end moved(struct source *s, const char *location)
{
	struct http_source *h = s->state;

	h->from = s->url;
	int err = url_redirect(&s->url, &h->from, location);

	if (h->response.status != 307 && h->response.status != 308)	/* RFC 9110, 15.4: it becomes a GET */
		s->form = NULL;
	if (err == -EPROTONOSUPPORT)
		return source_fail(s, SOURCE_ENDED, err, "%s redirects to scheme %s, which is not supported",
				   s->status.peer, s->url.scheme);
	if (err < 0)
		return source_fail(s, SOURCE_ENDED, err, err == -ENAMETOOLONG ?
				   "%s redirects to what is too long: " URL_LIMITS : "%s redirects to what is no URL",
				   s->status.peer);
	if (!strcmp(h->from.scheme, "https") && strcmp(s->url.scheme, "https"))
		return source_fail(s, SOURCE_ENDED, -EACCES, "%s redirects from https to %s, which anybody on the way "
			"could "
				   "change: name that URL yourself if it is meant", s->status.peer, s->url.scheme);
	if (!url_same_server(&h->from, &s->url)) {
		s->elsewhere = true;
		s->mss = 0;			/* those were the other's */
		s->patience = 0;
	}
	return SOURCE_MOVED;
}

/* The body is packed, unasked, or by a coding that nobody here can undo: OK, or what is wrong. */
static enum source_end begin_unpacking(struct source *s, struct http_source *h, enum http_coding coding)
{
	const char *name = h->response.coding_name;

	if (coding == HTTP_UNKNOWN_CODING)
		return source_fail(s, SOURCE_ENDED, -ENOTSUP, "%s sends it packed as \"%s\", unasked; only gzip and "
				   "deflate are unpacked", s->status.peer, name);
	h->packed = s->more = malloc(sizeof(*h->packed));
	if (!h->packed)
		return source_fail(s, SOURCE_ENDED, -ENOMEM, "there is no memory to unpack it");
	inflater_begin(h->packed, coding == HTTP_GZIP);
	log_line("fetch: %s sends it packed as \"%s\", unasked; it is unpacked as it comes", s->status.peer, name);
	return SOURCE_OK;
}

/*
 * The body is the file, from d->from on.  Of one that is packed neither the length is known nor how to go on with it
 * where it breaks.
 */
static enum source_end take(struct source *s, struct http_source *h, const struct http_decision *d)
{
	enum http_coding coding = http_coding(&h->response, &s->url);
	enum source_end end = coding == HTTP_PLAIN ? SOURCE_OK : begin_unpacking(s, h, coding);

	if (end != SOURCE_OK)
		return end;
	if (d->from < s->at)
		log_warn("fetch: %s sends the file from the start again", s->status.peer);
	s->at = d->from;
	s->size = h->packed ? SOURCE_SIZE_UNKNOWN : d->total;
	if (d->total == HTTP_LENGTH_UNKNOWN && !h->packed && !h->body.chunked && !h->body.until_close)
		s->size = d->from + h->response.length;
	if (s->want == SOURCE_PART)
		s->size = s->until;
	else
		strcpy(s->validator, h->packed || h->response.no_ranges ? "" :
		       h->response.validator[0] ? h->response.validator : h->response.digest);
	if (h->response.digest[0])
		strcpy(s->digest, h->response.digest);
	source_enter(s, FETCH_RECEIVING);
	return SOURCE_OK;
}

/*
 * A part of another file than the one whose bytes are here: by its digest, where both tell one.  If-Range, which only
 * one server's ETag meets, was not asked for then; who tells no digest must have the same ETag or date.
 */
static bool is_another(const struct source *s, const struct http_source *h)
{
	const char *now = h->response.validator;

	if (http_coding(&h->response, &s->url) != HTTP_PLAIN)	/* nor is a part of it packed what is missing */
		return true;
	if (s->want == SOURCE_PART && (h->response.status != 206 || h->response.range_last >= s->until))
		return true;
	if (s->digest[0])
		return h->response.digest[0] ? strcmp(s->digest, h->response.digest) : strcmp(s->validator, now);
	return s->validator[0] && now[0] && strcmp(s->validator, now);
}

/* All that is to be known stands in the head. */
static enum source_end take_facts(struct source *s, struct http_source *h, const struct http_decision *d)
{
	size_t path_len = strcspn(s->url.target, "?");

	s->size = http_coding(&h->response, &s->url) == HTTP_PLAIN ? d->total : SOURCE_SIZE_UNKNOWN;
	s->folder = path_len && s->url.target[path_len - 1] == '/';
	strcpy(s->validator, h->response.validator);
	s->parts = h->response.ranges && s->validator[0] && s->size != SOURCE_SIZE_UNKNOWN;
	release(s, h);
	return SOURCE_OK;
}

/* Can what was refused be asked for once more, and this time with an answer to who asks? */
static bool may_answer(struct source *s, struct http_source *h)
{
	const struct http_response *r = &h->response;

	if (r->status == 407 && s->via && s->via->has_user && r->proxy_challenge.digest && !h->proxy_answered) {
		h->proxy_challenge = r->proxy_challenge;
		h->proxy_answered = true;
	} else if (r->status == 401 && !h->answered) {
		if (!s->url.has_user)
			h->login = s->elsewhere ? NULL : http_login_of_settings();
		if (!(s->url.has_user || h->login) || !(r->challenge.digest || (h->login && r->challenge.basic)))
			return false;
		h->challenge = r->challenge;
		h->answered = true;
	} else {
		return false;
	}
	snprintf(h->cnonce, sizeof(h->cnonce), "%08lx%08lx", (unsigned long)random_u32(), (unsigned long)random_u32());
	return true;
}

/* ask(), and once more where it is to be said who asks: then the body of the refusal has been read away. */
static enum source_end ask_as(struct source *s, struct http_source *h)
{
	enum source_end end;

	while ((end = ask(s, h)) == SOURCE_OK) {
		http_body_init(&h->body, &h->response);
		if (s->want == SOURCE_FACTS)	/* whatever its head says: RFC 9110, 9.3.2 */
			h->body = (struct http_body){ .done = true };
		if (!may_answer(s, h))
			break;
		drain(s, h);
		release(s, h);
	}
	return end;
}

static enum source_end http_open(struct source *s)
{
	struct http_source *h = s->state;
	struct http_decision d;
	enum http_verdict v;

	const struct url *by = proxy_for(&s->url, &h->proxy) ? &h->proxy : NULL;
	bool tls = s->scheme == &https_scheme;

	h->era = http_pool_era();
	s->via = tls ? NULL : by;
	s->tunnel = tls ? by : NULL;
	enum source_end end = ask_as(s, h);

	if (end != SOURCE_OK)
		return end == SOURCE_BROKEN && h->sent && has_content(s) ? SOURCE_ENDED : end;
	v = s->post ? http_judge_post(&h->response, &d) : has_content(s) ? http_judge_form(&h->response, &d) :
	    http_judge(&h->response, s->at, s->want == SOURCE_PART ? HTTP_LENGTH_UNKNOWN : s->size, &d);
	if (v == HTTP_TAKE && (d.from || s->want == SOURCE_PART) && is_another(s, h)) {
		v = HTTP_FROM_START;
		d.err = -EPROTO;
	}
	if (v == HTTP_TAKE && s->want == SOURCE_FACTS)
		return take_facts(s, h, &d);
	if (v == HTTP_TAKE)
		return take(s, h, &d);
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
	struct http_source *h = s->state;

	if (s->budget.broken || h->line.broken)
		return source_over_budget(s, err, h->line.broken ? &h->line : &s->budget);
	return source_broken_off(s, err, err == -ETIMEDOUT ? "is gone: not even its machine answers any more," :
				 err == -EPIPE ? "ended the file early" :
				 err == -ECONNRESET ? "reset the connection" : err_text(err));
}

/* Bytes of a body by length, straight to their place: 0 or -E. */
static int receive_placed(struct source *s, struct http_source *h, uint8_t *place, size_t len)
{
	uint64_t from = s->at;
	int err = source_receive(s, h->stream, place, len);

	http_body_skip(&h->body, s->at - from);
	return err;
}

/* What has come ends in the midst of framing: that has a time of its own.  0 or -ETIMEDOUT. */
static int check_framing(struct http_source *h)
{
	const char *amid = h->at == h->len && h->body.chunked ? chunked_amid(&h->body.chunks) : NULL;
	const struct budget_limits line = { .phase = amid, .total_s = LINE_S };
	bool was = h->amid;

	h->amid = amid != NULL;
	if (amid && !was)
		budget_begin(&h->line, &line, h->heard_us);
	return amid && was ? budget_check(&h->line, h->heard_us) : 0;
}

/* A run of the body out of buf; it is filled again when it is empty.  0 or -E. */
static int receive_run(struct source *s, struct http_source *h, uint8_t **place, size_t *len)
{
	const uint8_t *data;
	size_t run;
	int n;

	if (h->at == h->len) {
		n = refill(s, h, &s->budget);
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
	if (run) {	/* there may be only a chunk's size */
		memcpy(*place, data, run);
		h->amid = false;
	}
	*place += run;
	*len -= run;
	s->at += run;
	budget_count(&s->budget, run, h->heard_us);
	return check_framing(h);
}

/* The next run of the body, to be unpacked: 0 or -E. */
static int next_run(struct source *s, struct http_source *h)
{
	int n;

	if (h->at == h->len) {
		n = refill(s, h, &s->budget);
		if (n < 0)
			return n == -EPIPE ? http_body_end(&h->body) : n;
	}
	n = http_body(&h->body, h->buf + h->at, h->len - h->at, &h->run, &h->run_len);
	if (n < 0)
		return n;
	h->at += (size_t)n;
	h->amid = h->amid && !h->run_len;
	return check_framing(h);
}

/* Unpacks until the room is full or the file is whole; what a little of the body makes may be much.  0 or -E. */
static int unpack(struct source *s, struct http_source *h, uint8_t *place, size_t len)
{
	size_t made = 1, turn = 0;
	int n, err = 0;

	while (len && !err) {
		if (!h->run_len && !made && h->body.done) {
			s->over = true;
			return inflater_end(h->packed);
		}
		if (!h->run_len && !made)
			err = next_run(s, h);
		n = err ? err : inflater_feed(h->packed, h->run, h->run_len, place,
					      len < TURN_LEN ? len : TURN_LEN, &made);
		if (n < 0)
			return n;
		h->run += n;
		h->run_len -= (size_t)n;
		place += made;
		len -= made;
		s->at += made;
		turn += made;
		budget_count(&s->budget, (unsigned)made, h->heard_us);
		if (turn >= TURN_LEN) {
			turn = 0;
			s->tell(s);
			task_yield();
			err = task_cancelled() ? -ECANCELED : 0;
		}
	}
	return err;
}

static enum source_end http_read(struct source *s, void *to, size_t len)
{
	struct http_source *h = s->state;
	struct http_body *b = &h->body;
	uint8_t *place = to;
	int err = 0;

	budget_heard(&s->budget, clock_us());	/* what may have passed meanwhile was not the server's time */
	if (h->packed)
		err = unpack(s, h, place, len);
	while (!h->packed && !b->done && len && !err) {
		if (b->chunked || b->until_close || h->at < h->len) {
			err = receive_run(s, h, &place, &len);
		} else {
			err = receive_placed(s, h, place, len < b->left ? len : (size_t)b->left);
			break;
		}
	}
	if (!err && b->done && s->size != SOURCE_SIZE_UNKNOWN && s->at != s->size)
		err = -EPIPE;
	s->over = !err && (h->packed ? s->over : b->done);
	if (err == -EPROTO || (h->packed && h->packed->error))
		return source_fail(s, has_content(s) ? SOURCE_ENDED : SOURCE_BROKEN, -EPROTO, "%s sends %s",
				   s->status.peer, b->error ? b->error : h->packed && h->packed->error ?
				   h->packed->error : "a malformed body");
	if (!err)
		return SOURCE_OK;
	enum source_end end = broken_body(s, err);
	return has_content(s) ? SOURCE_ENDED : end;
}

static void close_kept(void)
{
	http_pool_close();
	jar.len = 0;
}

static void http_close(struct source *s)
{
	source_drop_dials(s);
	release(s, s->state);
}

const struct scheme http_scheme = {
	.name = "http", .server = "a web server", .port = 80, .can = SCHEME_POST | SCHEME_LIST,
	.state_len = sizeof(struct http_source),
	.open = http_open, .read = http_read, .close = http_close, .connect = source_connect,
	.close_kept = close_kept,
};

const struct scheme https_scheme = {
	.name = "https", .server = "a web server with TLS", .port = 443, .can = SCHEME_POST | SCHEME_LIST,
	.state_len = sizeof(struct http_source),
	.open = http_open, .read = http_read, .close = http_close, .connect = https_connect,
};
