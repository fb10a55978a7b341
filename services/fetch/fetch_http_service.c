/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One try at a download over HTTP: a kept or a new connection, the request,
 * the head, and the body straight into its place.
 */
#include <errno.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "net/net.h"
#include "services/fetch/fetch_job.h"
#include "services/stack/stack.h"

#define CONNECT_US	8000000u	/* for one address */
#define SEND_US		10000000u
#define ANSWER_US	20000000u	/* for the head: what makes scripts may have to think */
#define KEPT_CONNS	4
#define DRAIN_MAX	16384u		/* a refusal's body up to this is read away, to keep the connection */
#define REFUSED_TRIES	4		/* a server never reached is about to start, or is not there */
#define FAILING_TRIES	4		/* a server that answers 5xx */

struct conn {
	int s;				/* -1 = free */
	char host[sizeof(((struct url *)0)->host)];
	uint16_t port;
	struct net_addr addr;
	uint64_t used_us;		/* when it was kept */
};

static struct conn kept[KEPT_CONNS] = { { .s = -1 }, { .s = -1 }, { .s = -1 }, { .s = -1 } };
static struct conn now = { .s = -1 };	/* in use */
static struct http_response response;
static char request[HTTP_REQUEST_MAX];
static uint8_t chunk[4096];		/* what came with or after the head */
static size_t chunk_len, chunk_at;

/* ---- connections ---- */

static void hang_up(struct conn *c)
{
	if (c->s >= 0)
		sock_close(net_stack(), c->s);
	c->s = -1;
}

/* In the middle of something: the server is told at once that nobody listens. */
static void drop(struct conn *c)
{
	if (c->s >= 0)
		sock_abort(net_stack(), c->s);
	c->s = -1;
}

void fetch_http_close(void)
{
	for (unsigned i = 0; i < KEPT_CONNS; i++)
		hang_up(&kept[i]);
	drop(&now);
}

static void keep(void)
{
	struct conn *at = kept;

	for (struct conn *c = kept; c < kept + KEPT_CONNS; c++)
		if (c->s < 0 ? at->s >= 0 : at->s >= 0 && c->used_us < at->used_us)
			at = c;
	hang_up(at);
	*at = now;
	at->used_us = clock_us();
	now.s = -1;
}

/* A kept connection to the URL's server that the server has neither closed nor spoken on. */
static bool take_kept(const struct url *u)
{
	for (struct conn *c = kept; c < kept + KEPT_CONNS; c++) {
		if (c->s < 0 || c->port != u->port || strcmp(c->host, u->host) != 0)
			continue;
		if (sock_events(net_stack(), c->s) & (SOCK_IN | SOCK_ERR | SOCK_HUP)) {
			hang_up(c);
			continue;
		}
		now = *c;
		c->s = -1;
		return true;
	}
	return false;
}

/* A phrase for a connection's error. */
static enum fetch_outcome broken(struct fetch_job *j, int err)
{
	const char *peer = j->status.peer;

	if (!j->reached)
		j->limit = REFUSED_TRIES;
	switch (err) {
	case -ECANCELED:
		return fetch_fail(j, FETCH_ENDED, err, "cancelled");
	case -ECONNREFUSED:
		return fetch_fail(j, FETCH_BROKEN, err, "%s refuses the connection; is a web server running there?", peer);
	case -ECONNRESET:
		return fetch_fail(j, FETCH_BROKEN, err, "%s reset the connection", peer);
	case -ETIMEDOUT:
		return fetch_fail(j, FETCH_BROKEN, err, "%s does not answer", peer);
	case -EHOSTUNREACH:
		return fetch_fail(j, FETCH_BROKEN, err, "%s does not answer: its host cannot be reached", peer);
	case -ENETUNREACH:
		return fetch_fail(j, FETCH_BROKEN, err, "there is no route to %s; is the network configured?", peer);
	default:
		return fetch_fail(j, FETCH_BROKEN, err, "connection to %s: %s", peer, err_text(err));
	}
}

/* How far a broken body came, added to why. */
static enum fetch_outcome broken_body(struct fetch_job *j, int err)
{
	unsigned got = (unsigned)j->out->len;

	if (err == -ECANCELED)
		return broken(j, err);
	if (j->total != HTTP_LENGTH_UNKNOWN)
		return fetch_fail(j, FETCH_BROKEN, err, "%s %s after %u of %llu bytes", j->status.peer,
				  err == -ETIMEDOUT ? "fell silent" : err == -EPIPE ? "ended the file early" :
				  err == -ECONNRESET ? "reset the connection" : err_text(err), got, (unsigned long long)j->total);
	return fetch_fail(j, FETCH_BROKEN, err, "%s %s after %u bytes of unknown length", j->status.peer,
			  err == -ETIMEDOUT ? "fell silent" : err == -EPIPE ? "ended the file early" :
			  err == -ECONNRESET ? "reset the connection" : err_text(err), got);
}

static int connect_to(struct fetch_job *j, const struct net_addr *addr)
{
	struct net *n = net_stack();
	int err, events;

	fetch_set_peer(j, addr, j->url.port);
	now.s = sock_open(n, SOCK_TCP);
	if (now.s < 0)
		return now.s;
	err = sock_connect(n, now.s, addr, j->url.port);
	if (err == -EINPROGRESS) {
		events = fetch_wait_socket(j, now.s, SOCK_OUT, clock_us() + CONNECT_US);
		err = events < 0 ? events : sock_error(n, now.s);
	}
	if (err < 0) {
		drop(&now);
		return err;
	}
	j->reached = true;
	now.addr = *addr;
	now.port = j->url.port;
	memcpy(now.host, j->url.host, sizeof(now.host));
	return 0;
}

/* Connects to the first address of the host that takes it. */
static enum fetch_outcome connect_new(struct fetch_job *j)
{
	enum fetch_outcome o = FETCH_BROKEN;
	int n = fetch_resolve(j, &o), err = 0;

	if (n <= 0)
		return o;
	j->status.phase = FETCH_CONNECTING;
	for (int i = 0; i < n; i++) {	/* each try begins with another address */
		err = connect_to(j, &j->addrs[(j->status.tries + (unsigned)i) % (unsigned)n]);
		if (!err)
			return FETCH_GOT;
		if (err == -ECANCELED)
			break;
		if (i + 1 < n)
			log_line("fetch: %s: %s; trying the next address of %s", j->status.peer, err_text(err),
				 j->url.host);
	}
	return broken(j, err);
}

/* ---- request and head ---- */

static int send_request(struct fetch_job *j)
{
	struct http_request q = { .url = &j->url, .range_from = j->out->len, .if_range = j->validator };
	int len = http_build_request(request, sizeof(request), &q), at = 0, n;
	uint64_t end = clock_us() + SEND_US;

	if (len < 0)
		return len;
	while (at < len) {
		n = sock_send(net_stack(), now.s, request + at, (size_t)(len - at));
		if (n > 0)
			at += n;
		else if (n != -EAGAIN)
			return n;
		else if ((n = fetch_wait_socket(j, now.s, SOCK_OUT, end)) < 0)
			return n;
	}
	return 0;
}

/* More bytes into `chunk`, which is used up: their count, -EPIPE at the stream's end, or -E. */
static int refill(struct fetch_job *j, uint64_t deadline_us)
{
	int n;

	chunk_at = chunk_len = 0;
	while ((n = sock_recv(net_stack(), now.s, chunk, sizeof(chunk))) == -EAGAIN)
		if ((n = fetch_wait_socket(j, now.s, SOCK_IN, deadline_us)) < 0)
			return n;
	if (n <= 0)
		return n ? n : -EPIPE;
	chunk_len = (size_t)n;
	return n;
}

/* The response's head: 0 or -E; -EPROTO has its reason in response.error. */
static int receive_head(struct fetch_job *j)
{
	uint64_t end = clock_us() + ANSWER_US;
	int n;

	http_response_init(&response);
	chunk_at = chunk_len = 0;
	j->status.phase = FETCH_WAITING;
	while (!response.head_done) {
		n = refill(j, end);
		if (n < 0)
			return n;
		n = http_head(&response, chunk, chunk_len);
		if (n < 0)
			return n;
		chunk_at = (size_t)n;
	}
	return 0;
}

/* Sends the request and receives the head, on a kept connection if there is one. */
static enum fetch_outcome ask(struct fetch_job *j)
{
	enum fetch_outcome o;
	bool reused;
	int err;

	http_response_init(&response);
	reused = take_kept(&j->url);
	j->reached |= reused;
	if (reused)
		fetch_set_peer(j, &now.addr, now.port);
	for (;;) {
		if (!reused) {
			o = connect_new(j);
			if (o != FETCH_GOT)
				return o;
		}
		err = send_request(j);
		if (!err)
			err = receive_head(j);
		if (!err)
			return FETCH_GOT;
		drop(&now);
		/* The server closed it just when we asked (RFC 9112, 9.3.1): no failure of anyone's. */
		if (!reused || http_begun(&response) || err == -ECANCELED)
			break;
		reused = false;
	}
	if (err == -EPROTO && response.error)
		return fetch_fail(j, FETCH_ENDED, err, "%s answers, but %s", j->status.peer, response.error);
	if (err == -ENOBUFS)
		return fetch_fail(j, FETCH_ENDED, err, "the request is too long");
	if (err == -EPIPE)
		return fetch_fail(j, FETCH_BROKEN, err, "%s closed the connection without an answer", j->status.peer);
	if (err == -ETIMEDOUT)
		return fetch_fail(j, FETCH_BROKEN, err, "%s took the request but sends no answer", j->status.peer);
	return broken(j, err);
}

/* ---- body ---- */

/* A body by length: what came with the head is copied, the rest goes straight to its place. */
static int receive_placed(struct fetch_job *j, uint64_t len64)
{
	struct net *n = net_stack();
	struct membuf *out = j->out;
	size_t len = (size_t)len64, have = chunk_len - chunk_at, done = 0, base;
	uint64_t deadline = clock_us() + FETCH_STALL_US;
	int err, rest;

	if (have > len)
		have = len;
	if (have)
		memcpy(out->data + out->len, chunk + chunk_at, have);
	chunk_at += have;
	base = out->len += have;
	len -= have;
	err = len ? sock_sink(n, now.s, out->data + base, len) : 0;
	while (!err && done < len) {
		size_t placed;

		bool wanted = fetch_wait_socket(j, now.s, SOCK_IN, clock_us() + FETCH_SLICE_US) != -ECANCELED;
		placed = sock_sink_done(n, now.s);
		if (placed > done)
			deadline = clock_us() + FETCH_STALL_US;
		done = placed;
		j->status.got = base + done;
		if (done == len)
			break;
		rest = sock_recv(n, now.s, chunk, 1);	/* the stream's end or error; else it says -EAGAIN */
		if (rest != -EAGAIN)
			err = rest < 0 ? rest : -EPIPE;
		else if (!wanted)
			err = -ECANCELED;
		else if (clock_us() >= deadline)
			err = -ETIMEDOUT;
	}
	sock_sink(n, now.s, NULL, 0);	/* else the full sink counts as SOCK_IN for ever */
	out->len = base + done;
	return done == len ? 0 : err;
}

/* A body whose end is not known before it comes. */
static int receive_stream(struct fetch_job *j, struct http_body *b)
{
	const uint8_t *data;
	size_t len;
	int n;

	while (!b->done) {
		if (chunk_at == chunk_len) {
			n = refill(j, clock_us() + FETCH_STALL_US);
			if (n == -EPIPE)
				return http_body_end(b);
			if (n < 0)
				return n;
		}
		n = http_body(b, chunk + chunk_at, chunk_len - chunk_at, &data, &len);
		if (n < 0)
			return n;
		chunk_at += (size_t)n;
		if (len && fetch_append(j, data, len) != FETCH_GOT)
			return -ENOMEM;
	}
	return 0;
}

/* The response is through: keeps the connection if both sides want that, else closes it. */
static void release(bool whole)
{
	if (whole && response.keep_alive && chunk_at == chunk_len)
		keep();
	else if (whole)
		hang_up(&now);
	else
		drop(&now);
}

static enum fetch_outcome take_body(struct fetch_job *j, const struct http_decision *d)
{
	struct fetch_status *st = &j->status;
	struct http_body b;
	uint64_t end;
	int err;

	if (d->from < j->out->len)
		log_line("fetch: %s sends the file from the start again", st->peer);
	j->out->len = (size_t)d->from;
	st->got = d->from;
	st->resumed = d->from;
	j->total = d->total;
	st->total = d->total == HTTP_LENGTH_UNKNOWN ? 0 : d->total;
	strcpy(j->validator, response.validator);
	st->phase = FETCH_RECEIVING;
	http_body_init(&b, &response);
	end = b.chunked || b.until_close ? st->total : d->from + response.length;
	if (end && fetch_reserve(j, st->total > end ? st->total : end) != FETCH_GOT) {
		release(false);
		return FETCH_ENDED;
	}
	err = b.chunked || b.until_close ? receive_stream(j, &b) : receive_placed(j, end - d->from);
	release(!err);
	if (!err && j->total != HTTP_LENGTH_UNKNOWN && j->out->len != j->total)
		err = -EPIPE;
	if (!err)
		return FETCH_GOT;
	if (err == -ENOMEM)
		return FETCH_ENDED;	/* fetch_append() has said it */
	if (err == -EPROTO)
		return fetch_fail(j, FETCH_BROKEN, err, "%s sends %s", st->peer, b.error ? b.error : "a malformed body");
	return broken_body(j, err);
}

/* Reads a short body away that nobody wants, so that the connection can be used again. */
static void drain(struct fetch_job *j)
{
	struct http_body b;
	const uint8_t *data;
	size_t len;
	uint64_t end = clock_us() + FETCH_STALL_US / 4;
	unsigned total = 0;
	int n = 0;

	http_body_init(&b, &response);
	while (!b.done && n >= 0 && response.keep_alive && total < DRAIN_MAX) {
		if (chunk_at == chunk_len && refill(j, end) < 0)
			break;
		n = http_body(&b, chunk + chunk_at, chunk_len - chunk_at, &data, &len);
		if (n > 0)
			chunk_at += (size_t)n;
		total += (unsigned)len;
	}
	release(b.done);
}

static enum fetch_outcome say_status(struct fetch_job *j, enum fetch_outcome o, const struct http_decision *d)
{
	const char *sv = response.server, *advice = d->advice;

	return fetch_fail(j, o, d->err, "%d %s from %s%s%s%s%s%s", response.status, response.reason, j->status.peer,
			  sv[0] ? " (" : "", sv, sv[0] ? ")" : "", advice[0] ? "; " : "", advice);
}

static enum fetch_outcome moved(struct fetch_job *j)
{
	static struct url to;
	int err = fetch_redirect(&to, &j->url, response.location);

	if (err == -EPROTONOSUPPORT)
		return fetch_fail(j, FETCH_ENDED, err, "%s redirects to scheme %s, which is not supported",
				  j->status.peer, to.scheme);
	if (err < 0)
		return fetch_fail(j, FETCH_ENDED, err, "%s redirects to what is no URL", j->status.peer);
	j->url = to;
	return FETCH_REDIRECTED;
}

enum fetch_outcome fetch_http(struct fetch_job *j)
{
	struct http_decision d;
	enum http_verdict v;
	enum fetch_outcome o = ask(j);

	if (o != FETCH_GOT)
		return o;
	v = http_judge(&response, j->out->len, j->total, &d);
	if (v == HTTP_TAKE)
		return take_body(j, &d);
	drain(j);
	j->wait_s = response.retry_after_s;
	switch (v) {
	case HTTP_COMPLETE:
		return FETCH_GOT;
	case HTTP_MOVED:
		return moved(j);
	case HTTP_AGAIN:
		j->limit = FAILING_TRIES;
		return say_status(j, FETCH_BROKEN, &d);
	case HTTP_FROM_START:
		j->out->len = 0;
		j->validator[0] = '\0';
		j->total = HTTP_LENGTH_UNKNOWN;
		return fetch_fail(j, FETCH_BROKEN, d.err, "the file has changed on %s meanwhile", j->status.peer);
	default:
		return say_status(j, FETCH_ENDED, &d);
	}
}
