/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Modules' files: what a URL names, to be read.  A small one is fetched whole.  Of a large one that a web server has
 * (HEAD) and gives in parts (Range) only what is read comes, and some more ahead of that.  See calls.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/pages.h"
#include "sdk/include/undine_abi.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/url.h"
#include "services/modules/calls.h"

#define SLICE_US 200000u
#define PARTS_LEAST (256u << 10)	/* a file of fewer bytes comes whole */
#define AHEAD_LEAST (64u << 10)		/* of a part: the first, and where it was jumped to */
#define AHEAD_MOST (1u << 20)

/* In a handle's `parts`. */
struct file_parts {
	struct fetch_want want;
	char url[];
};

/* All of the URL, relative to where the module was started from. */
static int absolute(const struct module *m, const char *ref, char **out)
{
	struct url *base = malloc(sizeof(*base)), *whole = malloc(sizeof(*whole));
	char *text = malloc(URL_TEXT_MAX);
	int err = base && whole && text ? 0 : -ENOMEM;
	if (err == 0)
		err = url_is_absolute(ref) ? url_parse(whole, ref) : !m->base.len ? -ENOENT :
		      url_parse(base, (const char *)m->base.data);
	if (err == 0 && !url_is_absolute(ref))
		err = url_resolve(whole, base, ref);
	if (err == 0)
		err = url_format_whole(whole, text, URL_TEXT_MAX);
	free(base);
	free(whole);
	if (err < 0)
		free(text);
	*out = err < 0 ? NULL : text;
	return err < 0 ? err : 0;
}

/* What is wanted of the URL, into out; a: what is said of it, its status also where it fails. */
static int fetch(struct module *m, const char *url, const struct fetch_want *want, struct membuf *out,
		 struct fetch_answer *a)
{
	size_t room = module_room(m);
	bool whole = want->want == SOURCE_FILE;
	int r, err;
	m->busy_us = 0;
	while ((r = fetch_start_want(url, want)) == -EAGAIN && !m->stop)
		task_sleep_ms(50);
	if (r < 0)
		return m->stop ? -EINTR : r;
	do
		err = fetch_wait(r, &a->status, clock_us() + SLICE_US);
	while (err == -EAGAIN && !m->stop && (!whole || (a->status.got <= room && a->status.total <= room)));
	if (err == 0) {
		fetch_read(r, a);
		fetch_take(r, out);
		membuf_trim(out);
		err = out->cap <= room ? 0 : -ENOMEM;
	} else if (err == -EAGAIN) {
		err = m->stop ? -EINTR : -ENOMEM;
	}
	fetch_close(r);
	m->turn_us = clock_us();
	return err;
}

/* What its server says of the file: h->parts has who gives it in parts, or is empty; or -E. */
static int look(struct module *m, const char *url, struct module_handle *h, struct fetch_answer *a)
{
	const struct fetch_want want = { .want = SOURCE_FACTS };
	int err = fetch(m, url, &want, &h->file, a);
	if (err < 0)
		/* somebody is there, who may know no HEAD */
		return a->status.cause.status || err == -EPROTO || err == -EPIPE || err == -ECONNRESET ? 0 : err;
	if (!a->validator[0] || a->size < PARTS_LEAST || a->size > INT32_MAX)
		return 0;
	size_t len = sizeof(struct file_parts) + strlen(url) + 1;
	if (membuf_reserve(&h->parts, len) < 0)
		return -ENOMEM;
	struct file_parts *p = (struct file_parts *)h->parts.data;
	p->want.want = SOURCE_PART;
	memcpy(p->want.validator, a->validator, sizeof(p->want.validator));
	strcpy(p->url, url);
	h->parts.len = len;
	h->len = (size_t)a->size;
	return 0;
}

int module_open(struct module *m, const struct call_args *c)
{
	const struct fetch_want whole = { .want = SOURCE_FILE };
	char *ref = malloc(URL_TEXT_MAX), *url = NULL;
	struct fetch_answer *a = malloc(sizeof(*a));
	struct module_handle h = { .kind = HANDLE_FILE };
	int err = !ref || !a ? -ENOMEM : space_text(&m->space, ref, URL_TEXT_MAX, c->a), fd = -EMFILE;
	if (err >= 0)
		err = absolute(m, ref, &url);
	if (err == 0 && !strncasecmp(url, "http", 4))
		err = look(m, url, &h, a);
	if (err == 0 && !h.parts.len) {
		err = fetch(m, url, &whole, &h.file, a);
		h.len = h.file.len;
	}
	if (err == 0)
		err = fd = module_handle_new(m, HANDLE_FILE);
	if (err >= 0)
		m->handle[fd] = h;
	else
		module_handle_empty(&h);
	free(ref);
	free(url);
	free(a);
	return err;
}

/* What stands at h->pos comes in the place of what was there: twice as much where it is read on. */
static int read_ahead(struct module *m, struct module_handle *h)
{
	struct file_parts *p = (struct file_parts *)h->parts.data;
	struct fetch_answer *a = malloc(sizeof(*a));
	size_t len = h->pos == h->from + h->file.len ? 2 * h->file.len : 0, left = h->len - h->pos;
	if (!a)
		return -ENOMEM;
	membuf_free(&h->file);
	h->from = h->pos;
	size_t room = module_room(m) & ~((size_t)PAGE_LEN - 1);
	len = len < AHEAD_LEAST ? AHEAD_LEAST : len > AHEAD_MOST ? AHEAD_MOST : len;
	len = len > left ? left : len;
	len = len > room ? room : len;
	p->want.from = h->pos;
	p->want.until = h->pos + len;
	int err = len ? fetch(m, p->url, &p->want, &h->file, a) : -ENOMEM;
	free(a);
	if (err == 0 && h->file.len != len)
		err = -EIO;
	if (err < 0)
		membuf_free(&h->file);
	return err;
}

int module_read(struct module *m, struct module_handle *h, uint32_t to, size_t len)
{
	size_t left = h->pos < h->len ? h->len - h->pos : 0, done = 0;
	int err = 0;
	if (len > left)
		len = left;
	while (done < len && err == 0) {
		size_t at = h->pos - h->from;		/* beyond all where it lies before that */
		if (at >= h->file.len) {
			err = read_ahead(m, h);
			continue;
		}
		size_t n = h->file.len - at < len - done ? h->file.len - at : len - done;
		err = space_write(&m->space, to + (uint32_t)done, h->file.data + at, n);
		done += err < 0 ? 0 : n;
		h->pos += err < 0 ? 0 : n;
	}
	return done ? (int)done : err;
}

int module_seek(struct module_handle *h, int32_t offset, uint32_t whence)
{
	int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)h->pos : (int64_t)h->len;
	int64_t to = from + offset;
	if (whence > SEEK_END || to < 0 || to > INT32_MAX)
		return -EINVAL;
	h->pos = (size_t)to;
	return (int)to;
}
