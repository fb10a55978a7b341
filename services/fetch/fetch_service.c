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
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/random.h"
#include "kernel/service.h"
#include "kernel/task.h"
#include "net/net.h"
#include "services/dns/dns_service.h"
#include "services/fetch/fetch_job.h"
#include "services/stack/stack.h"

#define RESOLVE_US	30000000u
#define RESOLVE_TRIES	3		/* each asks every name server several times */

static struct fetch_job job;
static struct fetch_trail trail;
static char shown[128];			/* its URL as messages show it */

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

	j->status.phase = FETCH_RESOLVING;
	fetch_tell(j);
	n = dns_lookup(host, j->addrs, DNS_MAX_ADDRS, clock_us() + RESOLVE_US, NULL);
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

void fetch_tell(struct fetch_job *j)
{
	request_publish(j->request, &j->status, sizeof(j->status));
}

int fetch_wait_socket(struct fetch_job *j, int s, unsigned events, uint64_t deadline_us)
{
	fetch_tell(j);
	return net_wait(s, events, deadline_us);
}

static unsigned kib(uint64_t bytes)
{
	return (unsigned)((bytes + 1023) >> 10);
}

enum fetch_outcome fetch_reserve(struct fetch_job *j, uint64_t total)
{
	struct membuf *out = j->out;

	if (!out->len && out->cap < total)
		membuf_free(out);	/* nothing in it to be kept while the new room is made */
	if (total <= SIZE_MAX && membuf_reserve(out, (size_t)total) == 0)
		return FETCH_GOT;
	return fetch_fail(j, FETCH_ENDED, -ENOMEM, "it is %u KiB long, but only %u KiB of memory are free in one piece",
			  kib(total), kib(pages_free_largest()));
}

enum fetch_outcome fetch_append(struct fetch_job *j, const void *data, size_t len)
{
	struct membuf *out = j->out;

	if (membuf_append(out, data, len) < 0)
		return fetch_fail(j, FETCH_ENDED, -ENOMEM,
				  "memory is full after %u KiB of it: only %u KiB are free in one piece",
				  kib(out->len), kib(pages_free_largest()));
	j->status.got = out->len;
	return FETCH_GOT;
}

void fetch_set_peer(struct fetch_job *j, const struct net_addr *addr, uint16_t port)
{
	char text[NET_ADDR_TEXT];

	snprintf(j->status.peer, sizeof(j->status.peer), "%s:%u", net_addr_format(addr, text), port);
}

/* ---- one request ---- */

static int finish(int err, const char *why)
{
	if (err < 0) {
		membuf_free(job.out);
		job.status.got = 0;
		snprintf(job.status.error, sizeof(job.status.error), "%s: %s", shown, why);
	} else {
		membuf_trim(job.out);
		job.status.got = job.status.total = job.out->len;
		job.status.error[0] = '\0';
	}
	job.status.phase = FETCH_DONE;
	return err;
}

static int redirect(void)
{
	int err = fetch_trail_add(&trail, &job.url);
	char to[128];

	url_format(&job.url, to, sizeof(to));
	if (err == -ELOOP)
		return finish(err, "its redirects go in a circle");
	if (err < 0)
		return finish(err, "too many redirects");
	log_line("fetch: %s is at %s", shown, to);
	job.out->len = 0;
	job.validator[0] = '\0';
	job.total = HTTP_LENGTH_UNKNOWN;
	return 0;
}

/* Says what comes next and waits for it: false if cancelled meanwhile. */
static bool pause_before_retry(const struct fetch_retry *retry)
{
	uint32_t ms = fetch_retry_pause_ms(retry, random_u32(), job.wait_s);
	char from[40] = "from the start";

	if (job.out->len)
		snprintf(from, sizeof(from), "from byte %u", (unsigned)job.out->len);
	log_line("fetch: %s: %s; trying again %s in %u.%u s (try %u)", shown, job.why, from,
		 (unsigned)(ms / 1000), (unsigned)(ms / 100 % 10), retry->all + 1);
	job.status.phase = FETCH_PAUSING;
	job.status.tries++;
	fetch_tell(&job);
	return task_sleep_ms(ms) == 0;
}

static int download(void)
{
	struct fetch_retry retry = { 0 };
	enum fetch_outcome o;
	char why[200];
	int err;

	for (;;) {
		job.limit = FETCH_TRIES_MAX;
		job.wait_s = 0;
		o = task_cancelled() ? fetch_fail(&job, FETCH_ENDED, -ECANCELED, "cancelled") :
		    !strcmp(job.url.scheme, "tftp") ? fetch_tftp(&job) : fetch_http(&job);
		if (o == FETCH_GOT)
			return finish(0, "");
		if (o == FETCH_REDIRECTED) {
			err = redirect();
			if (err < 0)
				return err;
			continue;
		}
		if (o == FETCH_BROKEN) {
			if (!job.validator[0])
				job.out->len = 0;
			job.status.got = job.out->len;
			if (fetch_retry_allowed(&retry, job.limit, job.out->len)) {
				if (pause_before_retry(&retry))
					continue;
				fetch_fail(&job, FETCH_ENDED, -ECANCELED, "cancelled");
			}
		}
		if (retry.all > 1 && job.err != -ECANCELED) {
			snprintf(why, sizeof(why), "%s; given up after %u tries", job.why, retry.all);
			return finish(job.err, why);
		}
		return finish(job.err, job.why);
	}
}

static int serve(int r)
{
	const char *url;
	char why[64];
	size_t len;
	int err;

	memset(&job, 0, sizeof(job));
	memset(&trail, 0, sizeof(trail));
	job.request = r;
	job.out = request_buffer(r);
	job.total = HTTP_LENGTH_UNKNOWN;
	url = request_in_any(r, &len);
	url_redact(url, shown, sizeof(shown));
	err = url_parse(&job.url, url);
	if (err == -EPROTONOSUPPORT) {
		snprintf(why, sizeof(why), "scheme %s is not supported; use http or tftp", job.url.scheme);
		return finish(err, why);
	}
	if (err < 0)
		return finish(err, err == -ENAMETOOLONG ? "the URL is too long" :
			      "that is no URL; it should begin like http://server/");
	fetch_trail_add(&trail, &job.url);
	return download();
}

void fetch_main(void *arg)
{
	struct service *self = arg;
	int r, err;

	for (;;) {
		if (port_receive(&self->port, &r, CLOCK_NEVER) < 0)
			continue;
		err = serve(r);
		request_reply(r, err, &job.status, sizeof(job.status));
	}
}

void fetch_cleanup(void)
{
	fetch_close_all();
}

/* ---- for other tasks ---- */

int fetch_start(const char *url)
{
	return request_start(service_port("fetch"), FETCH_MSG_GET, url, strlen(url) + 1, sizeof(struct fetch_status));
}

int fetch_wait(int r, struct fetch_status *status, uint64_t deadline_us)
{
	int err = request_wait(r, deadline_us);

	if (request_read(r, status, sizeof(*status)) < (int)sizeof(*status))
		*status = (struct fetch_status){ .phase = FETCH_QUEUED };
	return err;
}

void fetch_take(int r, struct membuf *out)
{
	request_take(r, out);
}

void fetch_close(int r)
{
	request_close(r);
}

void fetch_close_all(void)
{
	fetch_http_close();
	fetch_tftp_close();
}
