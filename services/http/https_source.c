/* SPDX-License-Identifier: BSD-2-Clause */
/* Connecting by TLS: see https_source.h.  Called by http_source.c, through the scheme's row. */
#include "services/http/https_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/task.h"
#include "net/stream.h"
#include "services/fetch/fetch_policy.h"
#include "services/fetch/source.h"
#include "services/http/http.h"
#include "services/tls/tls.h"

#define SEED_S 10u			/* for enough chance, where neither the processor nor a device has some */

static const struct budget_limits tunnelling = { .phase = "the proxy's answer", .total_s = 30 };

/* ---- CONNECT (RFC 9110, 9.3.6) ---- */

struct tunnel {
	struct http_response response;
	char request[HTTP_REQUEST_MAX];
};

static enum source_end refused(struct source *s, const struct http_response *r)
{
	const char *advice = r->status == 407 ? "; it wants another user or password, by Basic: http-proxy" :
			     r->status == 403 || r->status == 405 ? "; does it allow CONNECT to that port?" : "";

	s->answered = (unsigned)r->status;
	return source_fail(s, r->status >= 500 ? SOURCE_BROKEN : SOURCE_ENDED,
			   r->status == 407 ? -EACCES : -ECONNREFUSED,
			   "%d %s from the proxy %s for a tunnel to %.60s:%u%s", r->status, r->reason, s->status.peer,
			   s->url.host, s->url.port, advice);
}

/* The head of the answer, byte by byte: what follows it is the server's. */
static int hear_head(struct source *s, struct stream *on, struct http_response *r, struct budget *b)
{
	int n = 0;
	char ch;

	http_response_init(r);
	while (!r->head_done && n >= 0) {
		n = stream_recv(on, &ch, 1);
		if (n == 0)
			return -EPIPE;
		if (n == -EAGAIN) {
			n = source_wait(s, on, SOCK_IN, budget_deadline(b));
			if (n == -ETIMEDOUT)
				n = budget_check(b, clock_us());
		} else if (n > 0) {
			n = http_head(r, &ch, 1);
		}
	}
	return n < 0 ? n : 0;
}

static enum source_end tunnel(struct source *s, struct stream *on)
{
	struct tunnel *t = malloc(sizeof(*t));
	struct http_request q = { .url = &s->url, .proxy = s->via, .method = "CONNECT",
				  .agent = fetch_agent(s->url.host, s->url.host) };
	struct budget b;
	enum source_end end = SOURCE_OK;

	if (!t)
		return source_fail(s, SOURCE_ENDED, -ENOMEM, "there is no memory to ask the proxy");
	budget_begin(&b, &tunnelling, clock_us());
	int err = http_build_request(t->request, sizeof(t->request), &q);
	if (err > 0)
		err = source_say(s, on, t->request, (size_t)err, &b);
	if (err == 0)
		err = hear_head(s, on, &t->response, &b);
	if (err == -EPIPE)
		end = source_fail(s, SOURCE_BROKEN, err, "the proxy %s closed the connection without an answer",
				  s->status.peer);
	else if (err == -EPROTO)
		end = source_fail(s, SOURCE_ENDED, err, "the proxy %s answers, but %s", s->status.peer,
				  t->response.error);
	else if (err < 0)
		end = source_broken(s, err);
	else if (t->response.status / 100 != 2)
		end = refused(s, &t->response);
	free(t);
	return end;
}

/* ---- TLS ---- */

static enum source_end broken(struct source *s, struct stream *tls, int err)
{
	const char *why = tls_why(tls);

	if (!*why || err == -ECANCELED || err == -ETIMEDOUT)
		return source_broken(s, err);
	/* what the wire may have done, and what a server is about to be: once more */
	enum source_end end = err == -ECONNABORTED || err == -ENOMEM ? SOURCE_BROKEN : SOURCE_ENDED;
	return source_fail(s, end, err, "%s %s", s->status.peer, why);
}

static enum source_end shake_hands(struct source *s, struct stream *tls)
{
	uint64_t deadline_us = clock_us() + fetch_limit(FETCH_CONNECT_TIMEOUT) * 1000000ull;
	char how[80];
	int n;

	while ((n = tls_step(tls)) <= 0) {
		if (n == -EAGAIN)
			n = source_wait(s, tls, SOCK_IN, deadline_us);
		else if (n == 0)
			task_yield();
		if (n >= 0 && clock_us() >= deadline_us)
			n = -ETIMEDOUT;
		if (n >= 0 && task_cancelled())
			n = -ECANCELED;
		if (n < 0)
			break;
	}
	if (n == -ETIMEDOUT)
		return source_fail(s, SOURCE_BROKEN, n, "%s takes too long over TLS's handshake (%u s, "
				   "fetch.connect-timeout)", s->status.peer,
				   (unsigned)fetch_limit(FETCH_CONNECT_TIMEOUT));
	if (n < 0)
		return broken(s, tls, n);
	tls_describe(tls, how, sizeof(how));
	log_line("fetch: %s: %s", s->url.host, how);
	if (*tls_warning(tls))
		log_warn("fetch: %s is believed all the same, but %s", s->url.host, tls_warning(tls));
	return SOURCE_OK;
}

static enum source_end connect_by_tls(struct source *s, struct stream **out)
{
	enum source_end end;

	int err = random_wait(clock_us() + SEED_S * 1000000ull);
	if (err == -ECANCELED)
		return source_broken(s, err);
	if (err < 0)
		return source_fail(s, SOURCE_ENDED, err, "this machine has too little chance in it for a secret key, "
			"after "
				   "%u s; a processor with RDRAND, or a virtio-rng device, would have it", SEED_S);
	s->via = s->tunnel;
	end = source_connect(s, out);
	if (end == SOURCE_OK && s->tunnel)
		end = tunnel(s, *out);
	s->via = NULL;
	if (end != SOURCE_OK)
		return end;
	struct stream *tls = tls_client(*out, s->url.host);
	if (!tls)
		return source_fail(s, SOURCE_BROKEN, -ENOMEM, "there is no memory for TLS");
	*out = tls;
	return shake_hands(s, tls);
}

enum source_end https_connect(struct source *s, struct stream **out)
{
	*out = NULL;
	enum source_end end = connect_by_tls(s, out);

	if (end != SOURCE_OK && *out) {	/* nobody takes for a connection of https what is none */
		stream_abort(*out);
		*out = NULL;
	}
	return end;
}
