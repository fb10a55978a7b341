/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One try at a download by NFS: nfs.c on connections to the portmapper, mountd and nfsd, one after the other; then
 * several requests for the file's bytes at once, each answer's bytes straight to their place; or lines that say what is
 * in a folder (listing.h).  Called by the fetch service, through the scheme's row.
 */
#include "services/nfs/nfs_source.h"

#include <errno.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/random.h"
#include "net/stream.h"
#include "services/dns/dns.h"
#include "services/fetch/fetch_policy.h"
#include "services/fetch/listing.h"
#include "services/fetch/source.h"
#include "services/nfs/nfs.h"
#include "services/stack/dial.h"

#define FAILING_TRIES	4	/* a server that says "later" */
#define OWN_PORT	700u	/* from here to 1023: servers may want one that only root has on Unix */
#define OWN_PORTS	324u

struct nfs_source {
	struct stream *stream;		/* NULL: none */
	uint16_t port;			/* where that leads */
	bool spoken;			/* it has said something */
	struct net_addr addr;
	struct nfs nfs;
	char line[LISTING_LINE_MAX];	/* of a listing */
	size_t line_len, line_at;
	size_t len, at;			/* of buf: bytes in it, and taken from it */
	uint8_t buf[16384];
};

static void hang_up(struct nfs_source *f)
{
	if (f->stream)
		stream_abort(f->stream);
	f->stream = NULL;
	f->len = f->at = 0;
	f->spoken = false;
}

/* A connection to f->nfs.port, from one of the ports below 1024. */
static enum source_end connect_to(struct source *s, struct nfs_source *f)
{
	struct dial d = { .addr = f->addr, .port = f->nfs.port, .mss = s->mss };
	uint32_t first = random_u32();
	int err = -EADDRINUSE;

	if (f->stream && f->port == f->nfs.port)
		return SOURCE_OK;
	hang_up(f);
	source_set_peer(s, &f->addr, f->nfs.port);
	s->tell(s);
	for (uint32_t i = 0; i < OWN_PORTS && err == -EADDRINUSE; i++) {
		d.from = (uint16_t)(OWN_PORT + (first + i) % OWN_PORTS);
		err = dial_tcp(&d, clock_us() + fetch_limit(FETCH_CONNECT_TIMEOUT) * 1000000ull, &f->stream);
	}
	if (err)
		return source_broken(s, err);
	s->reached = true;
	f->port = f->nfs.port;
	source_probe(f->stream, true);
	return SOURCE_OK;
}

static enum source_end refused(struct source *s, const struct nfs *f, enum nfs_step step)
{
	s->answered = f->status;
	if (step == NFS_AGAIN)
		s->limit = FAILING_TRIES;
	return source_fail(s, step == NFS_AGAIN ? SOURCE_BROKEN : SOURCE_ENDED, f->err, "%s %s", s->status.peer,
			   f->why);
}

/* What the server says next, and what that leads to; < 0: -E. */
static int reply(struct source *s, struct nfs_source *f)
{
	enum nfs_step step;
	size_t used;
	int n;

	for (;;) {
		step = nfs_input(&f->nfs, f->buf + f->at, f->len - f->at, &used);
		f->at += used;
		if (step != NFS_MORE)
			return (int)step;
		if (f->nfs.state == NFS_READ) {		/* an answer may have made room for questions */
			nfs_ask(&f->nfs);
			n = source_say(s, f->stream, f->nfs.out, f->nfs.out_len, &s->budget);
			if (n < 0)
				return n;
		}
		n = source_hear(s, f->stream, f->buf, sizeof(f->buf), &s->budget);
		if (n < 0)
			return n;
		f->spoken = true;
		f->at = 0;
		f->len = (size_t)n;
	}
}

/* From the portmapper to the file's handle. */
static enum source_end find(struct source *s, struct nfs_source *f)
{
	enum source_end end = SOURCE_OK;
	int step = (int)nfs_first(&f->nfs), err;

	while (end == SOURCE_OK && step != NFS_FOUND) {
		if (step == NFS_AGAIN || step == NFS_REFUSED)
			return refused(s, &f->nfs, step);
		if (step == NFS_CONNECT)
			end = connect_to(s, f);
		if (end != SOURCE_OK)
			break;
		err = source_say(s, f->stream, f->nfs.out, f->nfs.out_len, &s->budget);
		step = err ? err : reply(s, f);
		if (step < 0)
			end = source_broken_talk(s, f->stream, step, f->spoken);
	}
	return end;
}

static enum source_end nfs_open(struct source *s)
{
	struct nfs_source *f = s->state;
	struct net_addr addrs[DNS_MAX_ADDRS];
	char path[NFS_PATH_MAX];
	enum source_end end = SOURCE_BROKEN;
	int n = url_decode(s->url.target, strlen(s->url.target), path, sizeof(path));

	if (n >= 0)
		n = nfs_start(&f->nfs, path, s->want == SOURCE_LISTING ? NFS_WANT_FOLDER :
			      s->want == SOURCE_FACTS ? NFS_WANT_EITHER : NFS_WANT_FILE, s->url.port, random_u32());
	if (n < 0)
		return source_fail(s, SOURCE_ENDED, n, n == -ENAMETOOLONG ?
				   "the path is longer than NFS's 1023 bytes" : "that path names no file");
	n = source_resolve(s, addrs, DNS_MAX_ADDRS, &end);
	if (n <= 0)
		return end;
	f->addr = addrs[s->status.tries % (unsigned)n];
	source_set_peer(s, &f->addr, s->url.port);
	source_enter(s, FETCH_WAITING);
	end = find(s, f);
	if (end != SOURCE_OK)
		return end;
	s->folder = f->nfs.folder_found;
	if (s->folder) {
		s->at = 0;
		s->size = SOURCE_SIZE_UNKNOWN;
		f->line_len = strlen(strcpy(f->line, LISTING_HEAD));
		source_enter(s, FETCH_RECEIVING);
		return SOURCE_OK;
	}
	if (strcmp(s->validator, f->nfs.version) || s->at > f->nfs.size)
		s->at = 0;
	strcpy(s->validator, f->nfs.version);
	s->size = f->nfs.size;
	source_enter(s, FETCH_RECEIVING);
	s->over = s->at == s->size;
	return SOURCE_OK;
}

/* The file's bytes stop, err says why. */
static enum source_end broken_off(struct source *s, struct nfs_source *f, int err)
{
	if (s->budget.broken == BUDGET_SILENCE)
		source_silent(s, f->stream);
	if (s->budget.broken)
		return source_over_budget(s, err, &s->budget);
	return source_broken_off(s, err, err == -EPIPE ? "closed the connection" :
				 err == -ETIMEDOUT ? "is gone: not even its machine answers any more," :
				 err == -ECONNRESET ? "reset the connection" : err_text(err));
}

/* ---- what is in a folder ---- */

/* The next entry's line; false: more is to be asked for. */
static bool next_line(struct nfs_source *f)
{
	struct listing_entry e;
	struct nfs_entry in;

	f->line_len = f->line_at = 0;
	while (!f->line_len && nfs_entry(&f->nfs, &in)) {
		if (memchr(in.name, 0, in.name_len))
			continue;
		memcpy(e.name, in.name, in.name_len);
		e.name[in.name_len] = '\0';
		e.kind = in.type == NFS_TYPE_FOLDER ? LISTING_FOLDER : LISTING_FILE;
		e.size = in.type == NFS_TYPE_FILE ? in.size : LISTING_SIZE_UNKNOWN;
		f->line_len = listing_put(f->line, &e);
	}
	return f->line_len;
}

static enum source_end read_folder(struct source *s, char *place, size_t len)
{
	struct nfs_source *f = s->state;

	for (size_t done = 0; done < len && !s->over;) {
		size_t n = f->line_len - f->line_at < len - done ? f->line_len - f->line_at : len - done;

		memcpy(place + done, f->line + f->line_at, n);
		f->line_at += n;
		done += n;
		s->at += n;
		budget_count(&s->budget, n, clock_us());
		if (f->line_at < f->line_len || next_line(f))
			continue;
		s->over = nfs_list(&f->nfs) == NFS_FOUND;
		if (s->over)
			break;
		int step = source_say(s, f->stream, f->nfs.out, f->nfs.out_len, &s->budget);

		step = step < 0 ? step : reply(s, f);
		if (step < 0)
			return broken_off(s, f, step);
		if (step != NFS_ENTRIES)
			return refused(s, &f->nfs, step);
	}
	return SOURCE_OK;
}

static enum source_end nfs_read_file(struct source *s, void *place, size_t len)
{
	struct nfs_source *f = s->state;
	uint64_t from = s->at, left = s->size - s->at;
	int step;

	budget_heard(&s->budget, clock_us());	/* what may have passed meanwhile was not the server's time */
	if (s->folder)
		return read_folder(s, place, len);
	nfs_read(&f->nfs, from, from + (len < left ? len : left));
	while (s->at < f->nfs.until) {
		step = reply(s, f);
		if (step == NFS_AGAIN || step == NFS_REFUSED) {
			if (f->nfs.err == -EPIPE)
				s->validator[0] = '\0';		/* it has changed */
			return refused(s, &f->nfs, step);
		}
		if (step < 0)
			return broken_off(s, f, step);
		memcpy((uint8_t *)place + (f->nfs.data_at - from), f->nfs.data, f->nfs.data_len);
		budget_count(&s->budget, f->nfs.data_len, clock_us());
		s->at = nfs_reached(&f->nfs);
	}
	s->over = s->at == s->size;
	return SOURCE_OK;
}

static void nfs_close(struct source *s)
{
	hang_up(s->state);
}

const struct scheme nfs_scheme = {
	.name = "nfs", .server = "an NFS server", .port = NFS_PORTMAP, .can = SCHEME_LIST,
	.state_len = sizeof(struct nfs_source),
	.open = nfs_open, .read = nfs_read_file, .close = nfs_close,
};
