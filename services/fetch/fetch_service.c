/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fetch service: takes requests one by one, tries, pauses, tries again,
 * follows redirects, and turns each end into one sentence.  How a try is made
 * is the schemes' (scheme.h); what is worth a decision is fetch_policy.c.
 */
#include "services/fetch/fetch_service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/random.h"
#include "kernel/service.h"
#include "kernel/task.h"
#include "services/fetch/fetch_policy.h"
#include "services/fetch/source.h"

/* A download, from the request to the reply. */
struct download {
	struct source source;		/* of the present try; first, see tell() */
	struct fetch_trail trail;
	int request;
	struct membuf *out;		/* the request's buffer */
	char shown[128];		/* the URL as messages show it */
	uint8_t spare[512];
};

static struct download download;

static void tell(struct source *s)
{
	struct download *d = (struct download *)s;

	s->status.got = s->at;
	s->status.total = s->size == SOURCE_SIZE_UNKNOWN ? 0 : s->size;
	request_publish(d->request, &s->status, sizeof(s->status));
}

/* ---- one try ---- */

static unsigned kib(uint64_t bytes)
{
	return (unsigned)((bytes + 1023) >> 10);
}

/* Room for the whole file, whose length is known. */
static enum source_end reserve(struct download *d)
{
	struct membuf *out = d->out;
	uint64_t size = d->source.size;

	if (!out->len && out->cap < size)
		membuf_free(out);	/* nothing in it to be kept while the new room is made */
	if (size <= SIZE_MAX && membuf_reserve(out, (size_t)size) == 0)
		return SOURCE_OK;
	return source_fail(&d->source, SOURCE_ENDED, -ENOMEM, "it is %u KiB long, but only %u KiB of memory are free in one piece",
			   kib(size), kib(pages_free_largest()));
}

/* What comes when the buffer is full goes aside first: it may be the end, and needs no more room. */
static enum source_end read_on(struct download *d)
{
	struct source *s = &d->source;
	struct membuf *out = d->out;
	enum source_end end = s->scheme->read(s, d->spare, sizeof(d->spare));

	if (membuf_append(out, d->spare, (size_t)s->at - out->len) == 0)
		return end;
	s->at = out->len;
	return source_fail(s, SOURCE_ENDED, -ENOMEM, "memory is full after %u KiB of it: only %u KiB are free in one piece",
			   kib(out->len), kib(pages_free_largest()));
}

static enum source_end receive(struct download *d)
{
	struct source *s = &d->source;
	struct membuf *out = d->out;
	enum source_end end = SOURCE_OK;

	out->len = (size_t)s->at;	/* it may begin again */
	s->status.resumed = s->at;
	if (!s->over && s->size != SOURCE_SIZE_UNKNOWN)
		end = reserve(d);
	while (end == SOURCE_OK && !s->over) {
		if (out->len == out->cap) {
			end = read_on(d);
			continue;
		}
		end = s->scheme->read(s, out->data + out->len, out->cap - out->len);
		out->len = (size_t)s->at;
	}
	return end;
}

static enum source_end try_once(struct download *d)
{
	struct source *s = &d->source;
	enum source_end end;

	s->scheme = scheme_find(s->url.scheme);
	s->state = calloc(1, s->scheme->state_len);
	s->over = false;
	s->limit = s->wait_s = 0;
	if (!s->state)
		return source_fail(s, SOURCE_ENDED, -ENOMEM, "there is no memory to begin it");
	end = s->scheme->open(s);
	if (end == SOURCE_OK)
		end = receive(d);
	s->scheme->close(s);
	free(s->state);
	s->state = NULL;
	return end;
}

/* ---- one request ---- */

/* The next try knows nothing of this one. */
static void begin_anew(struct download *d)
{
	d->out->len = 0;
	d->source.at = 0;
	d->source.size = SOURCE_SIZE_UNKNOWN;
	d->source.validator[0] = '\0';
}

static int finish(struct download *d, int err, const char *why)
{
	struct fetch_status *st = &d->source.status;

	if (err < 0) {
		membuf_free(d->out);
		st->got = 0;
		snprintf(st->error, sizeof(st->error), "%s: %s", d->shown, why);
	} else {
		membuf_trim(d->out);
		st->got = st->total = d->out->len;
		st->error[0] = '\0';
	}
	st->phase = FETCH_DONE;
	return err;
}

static int redirect(struct download *d)
{
	int err = fetch_trail_add(&d->trail, &d->source.url);
	char to[128];

	url_format(&d->source.url, to, sizeof(to));
	if (err == -ELOOP)
		return finish(d, err, "its redirects go in a circle");
	if (err < 0)
		return finish(d, err, "too many redirects");
	log_line("fetch: %s is at %s", d->shown, to);
	begin_anew(d);
	return 0;
}

/* Says what comes next and waits for it: false if cancelled meanwhile. */
static bool pause_before_retry(struct download *d, const struct fetch_retry *retry)
{
	struct source *s = &d->source;
	uint32_t ms = fetch_retry_pause_ms(retry, random_u32(), s->wait_s);
	char from[40] = "from the start";

	if (s->at)
		snprintf(from, sizeof(from), "from byte %u", (unsigned)s->at);
	log_line("fetch: %s: %s; trying again %s in %u.%u s (try %u)", d->shown, s->why, from,
		 (unsigned)(ms / 1000), (unsigned)(ms / 100 % 10), retry->all + 1);
	s->status.phase = FETCH_PAUSING;
	s->status.tries++;
	tell(s);
	return task_sleep_ms(ms) == 0;
}

static int run(struct download *d)
{
	struct source *s = &d->source;
	struct fetch_retry retry = { 0 };
	enum source_end end;
	char why[200];
	int err;

	for (;;) {
		end = task_cancelled() ? source_fail(s, SOURCE_ENDED, -ECANCELED, "cancelled") : try_once(d);
		if (end == SOURCE_OK)
			return finish(d, 0, "");
		if (end == SOURCE_MOVED) {
			err = redirect(d);
			if (err < 0)
				return err;
			continue;
		}
		if (end == SOURCE_BROKEN) {
			if (!s->validator[0])
				begin_anew(d);
			if (fetch_retry_allowed(&retry, s->limit ? s->limit : FETCH_TRIES_MAX, s->at)) {
				if (pause_before_retry(d, &retry))
					continue;
				source_fail(s, SOURCE_ENDED, -ECANCELED, "cancelled");
			}
		}
		if (retry.all > 1 && s->err != -ECANCELED) {
			snprintf(why, sizeof(why), "%s; given up after %u tries", s->why, retry.all);
			return finish(d, s->err, why);
		}
		return finish(d, s->err, s->why);
	}
}

static int serve(struct download *d, int r)
{
	const char *url;
	char why[80], names[32];
	size_t len;
	int err;

	memset(d, 0, sizeof(*d));
	d->request = r;
	d->out = request_buffer(r);
	d->source.tell = tell;
	begin_anew(d);
	url = request_in_any(r, &len);
	url_redact(url, d->shown, sizeof(d->shown));
	err = url_parse(&d->source.url, url);
	if (err == -EPROTONOSUPPORT) {
		scheme_names(names, sizeof(names));
		snprintf(why, sizeof(why), "scheme %s is not supported; use %s", d->source.url.scheme, names);
		return finish(d, err, why);
	}
	if (err < 0)
		return finish(d, err, err == -ENAMETOOLONG ? "the URL is too long" :
			      "that is no URL; it should begin like http://server/");
	fetch_trail_add(&d->trail, &d->source.url);
	return run(d);
}

void fetch_main(void *arg)
{
	struct service *self = arg;
	int r, err;

	for (;;) {
		if (port_receive(&self->port, &r, CLOCK_NEVER) < 0)
			continue;
		err = serve(&download, r);
		request_reply(r, err, &download.source.status, sizeof(download.source.status));
	}
}

void fetch_cleanup(void)
{
	struct source *s = &download.source;

	if (s->state)
		s->scheme->close(s);
	s->state = NULL;	/* it went with the task's memory */
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
	scheme_close_kept();
}
