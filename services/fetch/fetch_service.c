/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fetch service: its tasks take requests, one each at a time; they try,
 * pause, try again, follow redirects, and turn each end into one sentence.  How
 * a try is made is the schemes' (scheme.h); what is worth a decision is
 * fetch_policy.c.
 */
#include "services/fetch/fetch_service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/panic.h"
#include "kernel/random.h"
#include "kernel/service.h"
#include "kernel/task.h"
#include "services/fetch/fetch_policy.h"
#include "services/fetch/mirrors.h"
#include "services/fetch/source.h"

#define LISTING_MAX (4u << 20)		/* some ten thousand files as a web page */

/* A download, from the request to the reply. */
struct job {
	struct source source;		/* of the present try; first, see tell() */
	struct fetch_trail trail;
	int request;
	const char *places;		/* of the file, a line each, in the request */
	unsigned place_count, place;	/* how many; the one that is asked */
	unsigned bad_places;		/* those that will not do, a bit each */
	struct params_request form;	/* in the request, as long as that is not answered */
	struct membuf *out;		/* the request's buffer */
	char shown[CAUSE_URL_MAX];	/* the URL as messages show it */
	uint64_t came;			/* bytes that the last try had */
	struct fetch_answer answer;
	uint8_t spare[512];
};

/* A task's, all there is of it besides what its source has. */
static struct worker {
	const struct service *service;
	struct job job;
} workers[FETCH_TASKS];

static struct worker *worker_of(const struct service *service)
{
	struct worker *w = workers;

	while (w < workers + FETCH_TASKS && w->service && w->service != service)
		w++;
	if (w == workers + FETCH_TASKS)
		panic("fetch: more tasks than FETCH_TASKS");
	w->service = service;
	return w;
}

static void tell(struct source *s)
{
	struct job *j = (struct job *)s;

	s->status.got = s->at - s->from;
	s->status.total = s->size == SOURCE_SIZE_UNKNOWN ? 0 : s->size - s->from;
	request_publish(j->request, &s->status, sizeof(s->status));
}

/* ---- one try ---- */

static unsigned kib(uint64_t bytes)
{
	return (unsigned)((bytes + 1023) >> 10);
}

/* It has somewhere to go: what it holds moves there, the others have their turns. */
static void move(struct membuf *out)
{
	while (!membuf_move(out))
		task_yield();
}

/* Room for the whole file, whose length is known. */
static enum source_end reserve(struct job *j)
{
	struct membuf *out = j->out;
	uint64_t size = j->source.size - j->source.from;

	if (!out->len && out->cap < size)
		membuf_free(out);	/* nothing in it to be kept while the new room is made */
	if (size <= SIZE_MAX && membuf_move_to(out, (size_t)size) == 0) {
		move(out);
		return SOURCE_OK;
	}
	return source_fail(&j->source, SOURCE_ENDED, -ENOMEM,
			   "it is %u KiB long, but only %u KiB of memory are free in one piece",
			   kib(size), kib(pages_free_largest()));
}

/* What comes when the buffer is full goes aside first: it may be the end, and needs no more room. */
static enum source_end read_on(struct job *j)
{
	struct source *s = &j->source;
	struct membuf *out = j->out;
	enum source_end end = s->scheme->read(s, j->spare, sizeof(j->spare));

	size_t more = (size_t)(s->at - s->from) - out->len;
	if (membuf_grow(out, more) == 0) {
		move(out);
		(void)membuf_append(out, j->spare, more);
		return end;
	}
	s->at = s->from + out->len;
	return source_fail(s, SOURCE_ENDED, -ENOMEM,
			   "memory is full after %u KiB of it: only %u KiB are free in one piece",
			   kib(out->len), kib(pages_free_largest()));
}

static enum source_end receive(struct job *j)
{
	struct source *s = &j->source;
	struct membuf *out = j->out;
	enum source_end end = SOURCE_OK;
	uint32_t max = s->want == SOURCE_LISTING ? LISTING_MAX : fetch_limit(FETCH_MAX_FILESIZE);
	const char *limit = s->want == SOURCE_LISTING ? "what a listing may have" : "fetch.max-filesize";

	out->len = (size_t)(s->at - s->from);	/* it may begin again */
	s->status.resumed = s->at;
	if (max && s->size != SOURCE_SIZE_UNKNOWN && s->size > max)
		return source_fail(s, SOURCE_ENDED, -EFBIG, "it is %llu bytes long, and %s is %lu",
				   (unsigned long long)s->size, limit, (unsigned long)max);
	if (!s->over && s->size != SOURCE_SIZE_UNKNOWN)
		end = reserve(j);
	while (end == SOURCE_OK && !s->over) {
		if (out->len == out->cap) {
			end = read_on(j);
			continue;
		}
		end = s->scheme->read(s, out->data + out->len, out->cap - out->len);
		out->len = (size_t)(s->at - s->from);
		if (max && s->at > max)
			return source_fail(s, SOURCE_ENDED, -EFBIG, "it is longer than %s, %lu bytes", limit,
					   (unsigned long)max);
	}
	return end;
}

/* Or it is said that its scheme has no such thing. */
static bool may_want(struct source *s)
{
	bool may = s->want != SOURCE_LISTING || s->scheme->can & SCHEME_LIST;

	if (!may)
		source_fail(s, SOURCE_ENDED, -ENOTSUP, "by %s nobody can be asked what is in a folder", s->url.scheme);
	return may;
}

static enum source_end try_once(struct job *j)
{
	struct source *s = &j->source;
	enum source_end end;

	s->scheme = scheme_find(s->url.scheme);
	const struct scheme *other = s->scheme->instead ? s->scheme->instead() : NULL;
	s->scheme = other ? other : s->scheme;
	s->state = calloc(1, s->scheme->state_len);
	s->over = false;
	s->limit = s->wait_s = 0;
	s->promptly = false;
	s->next[0] = '\0';
	s->gone = false;
	s->answered = 0;
	if (!s->state)
		return source_fail(s, SOURCE_ENDED, -ENOMEM, "there is no memory to begin it");
	end = may_want(s) ? s->scheme->open(s) : SOURCE_ENDED;
	if (end == SOURCE_OK && s->want != SOURCE_FACTS)
		end = receive(j);
	j->came = s->at;
	s->scheme->close(s);
	free(s->state);
	free(s->more);
	s->state = s->more = NULL;
	s->via = s->tunnel = NULL;	/* they were in there */
	return end;
}

/* ---- one request ---- */

/* The next try knows nothing of this one. */
static void begin_anew(struct job *j)
{
	struct source *s = &j->source;

	j->out->len = 0;
	s->at = s->from;
	s->size = SOURCE_SIZE_UNKNOWN;
	s->digest[0] = '\0';
	if (s->want != SOURCE_PART)
		s->validator[0] = '\0';
}

static int finish(struct job *j, int err, const char *why)
{
	struct fetch_status *st = &j->source.status;

	if (err < 0) {
		membuf_free(j->out);
		st->got = 0;
		cause_fact_set(&st->cause, err, "%s", why);
		memcpy(st->cause.url, j->shown, sizeof(j->shown));
		memcpy(st->cause.peer, st->peer, sizeof(st->peer));
		st->cause.status = j->source.answered;
		st->cause.at = j->came;
		st->cause.size = j->source.size == SOURCE_SIZE_UNKNOWN ? 0 : j->source.size;
	} else {
		membuf_trim(j->out);
		st->got = st->total = j->out->len;
		st->cause = (struct cause_fact){ .err = 0 };
	}
	st->phase = FETCH_DONE;
	return err;
}

static enum source_end redirect(struct job *j)
{
	int err = fetch_trail_add(&j->trail, &j->source.url);
	char to[128];

	if (url_format(&j->source.url, to, sizeof(to)) >= sizeof(to))
		memcpy(to + sizeof(to) - 4, "...", 4);
	if (err < 0)
		return source_fail(&j->source, SOURCE_ENDED, err, err == -ELOOP ? "its redirects go in a circle" :
				   "it is redirected more often than fetch.max-redirs allows");
	log_line("fetch: %s is at %s", j->shown, to);
	if (strcmp(j->source.url.scheme, j->source.scheme->name))
		begin_anew(j);
	return SOURCE_OK;
}

/* Says what comes next and waits for it: false if cancelled meanwhile. */
static bool pause_before_retry(struct job *j, const struct fetch_retry *retry)
{
	struct source *s = &j->source;
	uint32_t ms = s->promptly ? 0 : fetch_retry_pause_ms(retry, random_u32(), s->wait_s);
	char from[40] = "from the start";

	if (s->at)
		snprintf(from, sizeof(from), "from byte %u", (unsigned)s->at);
	log_warn("fetch: %s: %s; trying again %s in %u.%u s (try %u)%s", j->shown, s->why, from,
		 (unsigned)(ms / 1000), (unsigned)(ms / 100 % 10), retry->all + 1, s->next);
	s->status.phase = FETCH_PAUSING;
	s->status.tries++;
	tell(s);
	return task_sleep_ms(ms) == 0;
}

/* The file's i-th place: 0, or -E, and all is as before but for the first one's scheme. */
static int take_place(struct job *j, unsigned i)
{
	const char *at = j->places;
	struct url *url = malloc(sizeof(*url));
	char *text;
	int err;

	for (unsigned n = 0; n < i; n++)
		at += strcspn(at, "\n") + 1;
	text = strndup(at, strcspn(at, "\n"));
	err = text && url ? url_parse(url, text) : -ENOMEM;
	if (i == 0 && text)
		url_redact(text, j->shown, sizeof(j->shown));
	if (err == 0) {
		if (strcmp(url->scheme, j->source.url.scheme))
			begin_anew(j);	/* by what another scheme tells a file nothing is to be known here */
		j->source.url = *url;
		j->place = i;
		j->trail.count = 0;
		err = fetch_trail_add(&j->trail, url);
	} else if (i == 0 && url) {
		memcpy(j->source.url.scheme, url->scheme, sizeof(url->scheme));
	}
	free(text);
	free(url);
	return err;
}

/*
 * A place of the file has failed.  The rest may come from another: If-Range there asks whether it is the same file,
 * and what begins anew is judged by its length, too.  True if there is one, which is asked next.
 */
static bool go_elsewhere(struct job *j, enum source_end end)
{
	struct source *s = &j->source;
	unsigned was = j->place, next = was;
	char to[128];

	if (s->err == -ECANCELED || s->err == -ENOMEM || s->err == -EFBIG || s->err == -ENOBUFS)
		return false;
	if (end == SOURCE_ENDED)
		j->bad_places |= 1u << was;
	do {
		next = (next + 1) % j->place_count;
		if (next == was)
			return false;
		if (!(j->bad_places >> next & 1) && take_place(j, next) < 0)
			j->bad_places |= 1u << next;
	} while (j->bad_places >> next & 1);
	if (!s->validator[0])
		begin_anew(j);
	s->elsewhere = false;
	s->mss = 0;
	s->patience = 0;
	if (next < was)
		return true;
	url_format(&s->url, to, sizeof(to));
	log_warn("fetch: %s: %s; going on from byte %llu at %s", j->shown, s->why, (unsigned long long)s->at, to);
	s->status.tries++;
	return true;
}

static int run(struct job *j)
{
	struct source *s = &j->source;
	struct fetch_retry retry = { 0 };
	enum source_end end;
	char why[SOURCE_WHY_MAX + 32];
	unsigned was;
	bool known, changed;

	for (;;) {
		known = s->validator[0];
		end = task_cancelled() ? source_fail(s, SOURCE_ENDED, -ECANCELED, "cancelled") : try_once(j);
		if (end == SOURCE_OK)
			return finish(j, 0, "");
		if (end == SOURCE_MOVED) {
			end = redirect(j);
			if (end == SOURCE_OK)
				continue;
		}
		was = j->place;
		changed = known && !s->validator[0];	/* it has another file there, which may come from the start */
		if (changed && s->want == SOURCE_PART)
			end = SOURCE_ENDED;
		if (j->place_count > 1 && !changed && go_elsewhere(j, end)) {
			if (j->place > was)
				continue;
			end = SOURCE_BROKEN;	/* all have been asked: with a pause */
		}
		if (end == SOURCE_BROKEN) {
			if (!s->validator[0])
				begin_anew(j);
			if (fetch_retry_allowed(&retry, s->limit ? s->limit : FETCH_TRIES_MAX, s->at)) {
				if (pause_before_retry(j, &retry))
					continue;
				source_fail(s, SOURCE_ENDED, -ECANCELED, "cancelled");
			}
		}
		if (retry.all > 1 && s->err != -ECANCELED) {
			snprintf(why, sizeof(why), "%s; given up after %u tries", s->why, retry.all);
			return finish(j, s->err, why);
		}
		return finish(j, s->err, s->why);
	}
}

static const char *count_places(struct job *j, const char *places)
{
	for (const char *at = places; at && (at = strchr(at, '\n')) != NULL; at++)
		j->place_count++;
	return places;
}

/* What is asked for, or NULL. */
static const char *asked_for(struct job *j, int r)
{
	size_t len;
	const char *in = request_in_any(r, &len);
	struct fetch_want want;

	j->place_count = 1;
	if (request_type(r) == FETCH_MSG_GET)
		return count_places(j, request_in_text(r));
	if (request_type(r) == FETCH_MSG_WANT) {
		if (!in || len <= sizeof(want) || in[len - 1])
			return NULL;
		memcpy(&want, in, sizeof(want));
		j->source.want = want.want;
		j->source.from = want.from;
		j->source.until = want.until;
		memcpy(j->source.validator, want.validator, sizeof(want.validator));
		return count_places(j, in + sizeof(want));
	}
	if (!in || !params_unpack(&j->form, in, len))
		return NULL;
	j->source.form = &j->form;
	return j->form.url;
}

static int serve(struct job *j, int r)
{
	const char *url;
	char why[144], names[64];
	int err;

	memset(j, 0, sizeof(*j));
	j->request = r;
	j->out = request_buffer(r);
	j->source.tell = tell;
	begin_anew(j);
	url = asked_for(j, r);
	j->places = url;
	err = url ? take_place(j, 0) : -EINVAL;
	if (err == -EPROTONOSUPPORT) {
		scheme_names(names, sizeof(names));
		snprintf(why, sizeof(why), "scheme %s is not supported; use %s", j->source.url.scheme, names);
		return finish(j, err, why);
	}
	if (err < 0)
		return finish(j, err, err == -ENAMETOOLONG ? "it is too long: " URL_LIMITS :
			      "that is no URL; it should begin like http://server/ or http://server:80/ (no IPv6)");
	return run(j);
}

/* Where redirects have led is said of what came: names in it are relative to that (RFC 3986, 5.1.3). */
static void reply(struct job *j, int err)
{
	struct fetch_answer *a = &j->answer;

	if (err < 0 || (j->trail.count < 2 && j->place_count < 2 &&
			j->source.want == SOURCE_FILE)) {
		request_reply(j->request, err, &j->source.status, sizeof(j->source.status));
		return;
	}
	a->status = j->source.status;
	a->size = j->source.size;
	a->folder = j->source.folder;
	if (j->source.parts)
		memcpy(a->validator, j->source.validator, sizeof(a->validator));
	if ((j->trail.count >= 2 || j->place_count > 1) &&
	    url_format_whole(&j->source.url, a->led_to, sizeof(a->led_to)) < 0)
		url_format(&j->source.url, a->led_to, sizeof(a->led_to));
	request_reply(j->request, err, a, sizeof(*a));
}

void fetch_main(void *arg)
{
	struct job *j = &worker_of(arg)->job;
	struct port *port = service_port("fetch");
	int r, err;

	for (;;) {
		if (port_receive(port, &r, CLOCK_NEVER) < 0)
			continue;
		err = serve(j, r);
		reply(j, err);
	}
}

void fetch_cleanup(struct service *self)
{
	struct source *s = &worker_of(self)->job.source;

	if (s->state)
		s->scheme->close(s);
	s->state = s->more = NULL;	/* they went with the task's memory */
}

/* ---- for other tasks ---- */

int fetch_start(const char *url)
{
	return request_start(service_port("fetch"), FETCH_MSG_GET, url, strlen(url) + 1, sizeof(struct fetch_answer));
}

int fetch_start_want(const char *url, const struct fetch_want *want)
{
	size_t len = strlen(url) + 1;
	char *in = malloc(sizeof(*want) + len);
	int r;

	if (!in)
		return -ENOMEM;
	memcpy(in, want, sizeof(*want));
	memcpy(in + sizeof(*want), url, len);
	r = request_start(service_port("fetch"), FETCH_MSG_WANT, in, sizeof(*want) + len, sizeof(struct fetch_answer));
	free(in);
	return r;
}

int fetch_start_form(const char *packed, size_t len)
{
	return request_start(service_port("fetch"), FETCH_MSG_FORM, packed, len, sizeof(struct fetch_answer));
}

int fetch_wait(int r, struct fetch_status *status, uint64_t deadline_us)
{
	int err = request_wait(r, deadline_us);

	if (request_read(r, status, sizeof(*status)) < (int)sizeof(*status))
		*status = (struct fetch_status){ .phase = FETCH_QUEUED };
	return err;
}

void fetch_read(int r, struct fetch_answer *answer)
{
	*answer = (struct fetch_answer){ .led_to = "" };
	request_read(r, answer, sizeof(*answer));
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
	source_forget();
}
