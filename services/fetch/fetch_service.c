/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fetch service: takes requests one by one, tries, pauses, tries again,
 * follows redirects, and turns each end into one sentence.  The protocols are
 * fetch_http_service.c and fetch_tftp_service.c; what is worth a decision is
 * fetch_policy.c.
 */
#include "services/fetch/fetch_service.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/random.h"
#include "kernel/service.h"
#include "net/net.h"
#include "services/dns/dns_service.h"
#include "services/fetch/fetch_job.h"
#include "services/stack/stack.h"

#define RESOLVE_US	30000000u
#define RESOLVE_TRIES	3		/* each asks every name server several times */

static struct fetch_request *current;
static struct fetch_job job;
static struct fetch_trail trail;
static char shown[128];			/* the request's URL as messages show it */

/* ---- what fetch_job.h promises ---- */

enum fetch_outcome fetch_fail(struct fetch_job *j, enum fetch_outcome o, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(j->why, sizeof(j->why), fmt, ap);
	va_end(ap);
	j->err = err;
	return o;
}

int fetch_resolve(struct fetch_job *j, enum fetch_outcome *o)
{
	const char *host = j->url.host;
	int n;

	j->r->phase = FETCH_RESOLVING;
	n = dns_lookup_until(host, j->addrs, DNS_MAX_ADDRS, clock_us() + RESOLVE_US, &j->r->want_cancel);
	if (n > 0)
		return n;
	switch (n) {
	case -ECANCELED:
		*o = fetch_fail(j, FETCH_ENDED, n, "cancelled");
		break;
	case -ENOENT:
	case -EINVAL:
		*o = fetch_fail(j, FETCH_ENDED, n, "there is no host %.80s; check the name", host);
		break;
	case -ENETUNREACH:
		*o = fetch_fail(j, FETCH_ENDED, n, "no name server is known to ask for %.80s; run `dhcp`, or use an address", host);
		break;
	case -ETIMEDOUT:
		j->limit = j->reached ? FETCH_TRIES_MAX : RESOLVE_TRIES;
		*o = fetch_fail(j, FETCH_BROKEN, n, "no name server answers about %.80s", host);
		break;
	default:
		j->limit = j->reached ? FETCH_TRIES_MAX : RESOLVE_TRIES;
		*o = fetch_fail(j, FETCH_BROKEN, n, "the name servers fail to find %.80s", host);
	}
	return n;
}

int fetch_wait_socket(struct fetch_job *j, int s, unsigned events, uint64_t deadline_us)
{
	uint64_t now, slice;
	int got;

	for (;;) {
		if (j->r->want_cancel)
			return -ECANCELED;
		now = clock_us();
		slice = deadline_us < now + FETCH_SLICE_US ? deadline_us : now + FETCH_SLICE_US;
		got = net_wait(s, events, slice);
		if (got != -ETIMEDOUT || clock_us() >= deadline_us)
			return got;
	}
}

static unsigned kib(uint64_t bytes)
{
	return (unsigned)((bytes + 1023) >> 10);
}

enum fetch_outcome fetch_reserve(struct fetch_job *j, uint64_t total)
{
	struct membuf *out = j->r->out;

	if (!out->len && out->cap < total)
		membuf_free(out);	/* nothing in it to be kept while the new room is made */
	if (total <= SIZE_MAX && membuf_reserve(out, (size_t)total) == 0)
		return FETCH_GOT;
	return fetch_fail(j, FETCH_ENDED, -ENOMEM, "it is %u KiB long, but only %u KiB of memory are free in one piece",
			  kib(total), kib(pages_free_largest()));
}

enum fetch_outcome fetch_append(struct fetch_job *j, const void *data, size_t len)
{
	struct membuf *out = j->r->out;

	if (membuf_append(out, data, len) < 0)
		return fetch_fail(j, FETCH_ENDED, -ENOMEM,
				  "memory is full after %u KiB of it: only %u KiB are free in one piece",
				  kib(out->len), kib(pages_free_largest()));
	j->r->got = out->len;
	return FETCH_GOT;
}

void fetch_set_peer(struct fetch_job *j, uint32_t ip, uint16_t port)
{
	char text[NET_IP_TEXT];

	snprintf(j->r->peer, sizeof(j->r->peer), "%s:%u", net_ip_format(ip, text), port);
}

/* ---- one request ---- */

static int finish(struct fetch_request *r, int err, const char *why)
{
	if (err < 0) {
		membuf_free(r->out);
		r->got = 0;
		snprintf(r->error, sizeof(r->error), "%s: %s", shown, why);
	} else {
		membuf_trim(r->out);
		r->got = r->total = r->out->len;
		r->error[0] = '\0';
	}
	return err;
}

static int redirect(struct fetch_request *r)
{
	int err = fetch_trail_add(&trail, &job.url);
	char to[128];

	url_format(&job.url, to, sizeof(to));
	if (err == -ELOOP)
		return finish(r, err, "its redirects go in a circle");
	if (err < 0)
		return finish(r, err, "too many redirects");
	log_line("fetch: %s is at %s", shown, to);
	r->out->len = 0;
	job.validator[0] = '\0';
	job.total = HTTP_LENGTH_UNKNOWN;
	return 0;
}

/* Says what comes next and waits for it: false if cancelled meanwhile. */
static bool pause_before_retry(struct fetch_request *r, const struct fetch_retry *retry)
{
	uint32_t ms = fetch_retry_pause_ms(retry, random_u32(), job.wait_s);
	uint64_t end = clock_us() + (uint64_t)ms * 1000;
	char from[40] = "from the start";

	if (r->out->len)
		snprintf(from, sizeof(from), "from byte %u", (unsigned)r->out->len);
	log_line("fetch: %s: %s; trying again %s in %u.%u s (try %u)", shown, job.why, from,
		 (unsigned)(ms / 1000), (unsigned)(ms / 100 % 10), retry->all + 1);
	r->phase = FETCH_PAUSING;
	r->tries++;
	while (clock_us() < end && !r->want_cancel)
		task_sleep_until(end < clock_us() + FETCH_SLICE_US ? end : clock_us() + FETCH_SLICE_US);
	return !r->want_cancel;
}

static int download(struct fetch_request *r)
{
	struct fetch_retry retry = { 0 };
	enum fetch_outcome o;
	char why[200];
	int err;

	for (;;) {
		job.limit = FETCH_TRIES_MAX;
		job.wait_s = 0;
		o = r->want_cancel ? fetch_fail(&job, FETCH_ENDED, -ECANCELED, "cancelled") :
		    !strcmp(job.url.scheme, "tftp") ? fetch_tftp(&job) : fetch_http(&job);
		if (o == FETCH_GOT)
			return finish(r, 0, "");
		if (o == FETCH_REDIRECTED) {
			err = redirect(r);
			if (err < 0)
				return err;
			continue;
		}
		if (o == FETCH_BROKEN) {
			if (!job.validator[0])
				r->out->len = 0;
			r->got = r->out->len;
			if (fetch_retry_allowed(&retry, job.limit, r->out->len)) {
				if (pause_before_retry(r, &retry))
					continue;
				fetch_fail(&job, FETCH_ENDED, -ECANCELED, "cancelled");
			}
		}
		if (retry.all > 1 && job.err != -ECANCELED) {
			snprintf(why, sizeof(why), "%s; given up after %u tries", job.why, retry.all);
			return finish(r, job.err, why);
		}
		return finish(r, job.err, job.why);
	}
}

static int serve(struct fetch_request *r)
{
	char why[64];
	int err;

	url_redact(r->url, shown, sizeof(shown));
	memset(&job, 0, sizeof(job));
	memset(&trail, 0, sizeof(trail));
	job.r = r;
	job.total = HTTP_LENGTH_UNKNOWN;
	err = url_parse(&job.url, r->url);
	if (err == -EPROTONOSUPPORT) {
		snprintf(why, sizeof(why), "scheme %s is not supported; use http or tftp", job.url.scheme);
		return finish(r, err, why);
	}
	if (err < 0)
		return finish(r, err, err == -ENAMETOOLONG ? "the URL is too long" : "that is no URL; it should begin like http://server/");
	fetch_trail_add(&trail, &job.url);
	return download(r);
}

void fetch_main(void *arg)
{
	struct service *self = arg;
	struct msg m;
	int err;

	for (;;) {
		if (port_recv(&self->port, &m, CLOCK_NEVER) < 0)
			continue;
		if (m.type != FETCH_MSG_GET || !m.data) {
			port_reply(&m, -ENOSYS);
			continue;
		}
		current = m.data;
		err = serve(current);
		current->phase = FETCH_DONE;
		current = NULL;
		port_reply(&m, err);
	}
}

void fetch_cleanup(void)
{
	fetch_close_all();
	if (!current)
		return;
	finish(current, -ECONNRESET, "the fetch service crashed over it; it may be tried again");
	current->phase = FETCH_DONE;
	current = NULL;
}

/* ---- for other tasks ---- */

int fetch_start(struct fetch_request *r, struct port *reply)
{
	struct service *s = service_find("fetch");
	struct msg m = { .type = FETCH_MSG_GET, .data = r, .reply = reply };

	r->phase = FETCH_QUEUED;
	if (!s || !s->task) {
		snprintf(r->error, sizeof(r->error), "the fetch service is down");
		return -ECONNRESET;
	}
	return port_send(&s->port, &m);
}

int fetch_wait(struct fetch_request *r, struct port *reply, uint64_t deadline_us)
{
	struct msg m;

	if (port_recv(reply, &m, deadline_us) < 0)
		return -EAGAIN;
	if (m.result < 0 && !r->error[0])
		snprintf(r->error, sizeof(r->error), "the download was dropped: %s", err_text(m.result));
	return m.result;
}

void fetch_close_all(void)
{
	fetch_http_close();
	fetch_tftp_close();
}
