/* SPDX-License-Identifier: BSD-2-Clause */
/* NFS's dialogue.  See nfs.h.  Called by nfs_source.c. */
#include "services/nfs/nfs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "kernel/plain.h"
#include "net/bytes.h"
#include "net/cursor.h"
#include "services/nfs/nfs_call.h"

#define PROG_PORTMAP	100000u
#define PROG_MOUNT	100005u
#define VERSION		3u
#define PROTO_TCP	6u
#define AUTH_UNIX	1u
#define READ_XID	0x80000000u	/* in the numbers of requests for the file's bytes, and of no others */
#define STRAYS_MAX	64u		/* answers to what was not asked */
#define FRAGMENTS_MAX	64u		/* of a record */
#define VERIFIER_MAX	400u		/* RFC 5531, 8.2 */

enum { GETPORT = 3, MNT = 1, GETATTR = 1, LOOKUP = 3, READLINK = 5, READ = 6 };
enum { PROG_UNAVAIL = 1, PROG_MISMATCH = 2 };	/* accept_stat */

static enum nfs_step end(struct nfs *f, enum nfs_step how, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
	plain_text(f->why);
	f->err = err;
	f->state = NFS_ENDED;
	return how;
}

enum nfs_step nfs_malformed(struct nfs *f, const char *what)
{
	return end(f, NFS_REFUSED, -EPROTO, "sends %s", what);
}

/* ---- requests ---- */

void nfs_put(struct nfs *f, uint32_t value)
{
	put_be32(f->out + f->out_len, value);
	f->out_len += 4;
}

void nfs_put_opaque(struct nfs *f, const void *data, size_t len)
{
	nfs_put(f, (uint32_t)len);
	memset(f->out + f->out_len, 0, (len + 3) & ~3u);
	memcpy(f->out + f->out_len, data, len);
	f->out_len += (len + 3) & ~3u;
}

/* A call's head, behind its record marker; who we are: root, whom most servers take for nobody. */
static size_t begin(struct nfs *f, uint32_t xid, uint32_t program, uint32_t version, uint32_t procedure)
{
	size_t at = f->out_len;

	nfs_put(f, 0);
	nfs_put(f, xid);
	nfs_put(f, 0);			/* a call, */
	nfs_put(f, 2);			/* by version 2 of RPC */
	nfs_put(f, program);
	nfs_put(f, version);
	nfs_put(f, procedure);
	nfs_put(f, AUTH_UNIX);
	nfs_put(f, 28);
	nfs_put(f, 0);			/* stamp */
	nfs_put_opaque(f, "undine", 6);
	nfs_put(f, 0);
	nfs_put(f, 0);
	nfs_put(f, 0);			/* user, group, no others */
	nfs_put(f, 0);
	nfs_put(f, 0);			/* no verifier */
	return at;
}

void nfs_finish(struct nfs *f, size_t at)
{
	put_be32(f->out + at, 0x80000000u | (uint32_t)(f->out_len - at - 4));
}

size_t nfs_begin_only(struct nfs *f, enum nfs_state state, uint32_t program, uint32_t procedure)
{
	f->out_len = 0;
	f->state = state;
	f->xid = (f->xid + 1) & ~READ_XID;
	return begin(f, f->xid, program, VERSION, procedure);
}

static enum nfs_step call(struct nfs *f, enum nfs_state state, uint32_t program, uint32_t procedure,
			  const struct nfs_handle *handle, const char *text, size_t len)
{
	size_t at = nfs_begin_only(f, state, program, procedure);

	if (handle)
		nfs_put_opaque(f, handle->data, handle->len);
	if (text)
		nfs_put_opaque(f, text, len);
	nfs_finish(f, at);
	return NFS_SEND;
}

static enum nfs_step get_port(struct nfs *f, enum nfs_state state, uint32_t program)
{
	f->out_len = 0;
	f->state = state;
	f->xid = (f->xid + 1) & ~READ_XID;
	size_t at = begin(f, f->xid, PROG_PORTMAP, 2, GETPORT);

	nfs_put(f, program);
	nfs_put(f, VERSION);
	nfs_put(f, PROTO_TCP);
	nfs_put(f, 0);
	nfs_finish(f, at);
	return NFS_SEND;
}

static enum nfs_step mount(struct nfs *f)
{
	enum nfs_step step = call(f, NFS_MOUNT, PROG_MOUNT, MNT, NULL, f->mounted ? f->path : "/",
				  f->mounted ? f->mounted : 1);

	f->port = f->mountd;
	return step == NFS_SEND ? NFS_CONNECT : step;
}

static enum nfs_step look_up(struct nfs *f)
{
	size_t len = strcspn(f->path + f->at + 1, "/");

	if (len > NFS_NAME_MAX)
		return end(f, NFS_REFUSED, -ENAMETOOLONG, "is not asked: a name has more than %u bytes", NFS_NAME_MAX);
	f->part = f->at + 1 + len;
	return call(f, NFS_LOOKUP, NFS_PROGRAM, LOOKUP, &f->folder, f->path + f->at + 1, len);
}

/* ---- paths ---- */

/* Without "//", "." and "..", in place; false: there is nothing left. */
static bool tidy(char *path)
{
	size_t to = 0;

	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.') {
			while (to && path[--to] != '/')
				;
		} else if (len && !(len == 1 && *p == '.')) {
			path[to] = '/';
			memmove(path + to + 1, p, len);
			to += len + 1;
		}
		p += len + (p[len] == '/');
	}
	path[to] = '\0';
	return to;
}

/* The folder above that one. */
static size_t above(const char *path, size_t len)
{
	while (len && path[--len] != '/')
		;
	return len;
}

int nfs_start(struct nfs *f, const char *path, enum nfs_want want, uint16_t port, uint32_t xid)
{
	*f = (struct nfs){ .portmap = NFS_PORTMAP, .want = want, .xid = xid };
	if (strlen(path) >= sizeof(f->path) - 1)
		return -ENAMETOOLONG;
	strcpy(f->path, path);
	if (*path != '/' || !tidy(f->path))
		return -EINVAL;
	f->mounted = strlen(f->path);		/* a folder may itself be what is given out, alone */
	if (want == NFS_WANT_FILE)
		f->mounted = above(f->path, f->mounted);
	if (port != NFS_PORTMAP)
		f->mountd = f->nfsd = port;
	return 0;
}

enum nfs_step nfs_first(struct nfs *f)
{
	if (f->mountd)
		return mount(f);
	get_port(f, NFS_ASK_MOUNTD, PROG_MOUNT);
	f->port = f->portmap;
	return NFS_CONNECT;
}

/* Where the link that path[at..part) is leads to, from the mount on. */
static enum nfs_step follow(struct nfs *f, const uint8_t *target, size_t len)
{
	char to[2 * NFS_PATH_MAX + 2], *p = to;
	size_t rest = strlen(f->path + f->part);

	if (++f->links > NFS_LINKS)
		return end(f, NFS_REFUSED, -ELOOP, "has more than %u symbolic links on the way", NFS_LINKS);
	if (!len || len >= NFS_PATH_MAX || memchr(target, 0, len))
		return nfs_malformed(f, "a symbolic link to nowhere");
	if (*target != '/') {
		memcpy(p, f->path, f->at + 1);
		p += f->at + 1;
	}
	if ((size_t)(p - to) + len + rest >= NFS_PATH_MAX)
		return end(f, NFS_REFUSED, -ENAMETOOLONG, "has a symbolic link to a path of more than %u bytes",
			   NFS_PATH_MAX - 1);
	memcpy(p, target, len);
	memcpy(p + len, f->path + f->part, rest + 1);
	if (!tidy(to))
		return nfs_malformed(f, "a symbolic link to nowhere");
	strcpy(f->path, to);
	f->mounted = above(f->path, strlen(f->path));
	return mount(f);
}

/* ---- replies ---- */

enum nfs_step nfs_refused(struct nfs *f, const char *what, size_t len, uint32_t status)
{
	static const struct {
		uint32_t status;
		int err;
		bool later;
		const char *text;
	} known[] = {
		{ 1, -EACCES, false, "not permitted" }, { 2, -ENOENT, false, "no such file; check the path" },
		{ 5, -EIO, true, "its disk fails" },
		{ 13, -EACCES, false, "access denied; is it exported to this machine, and readable for all?" },
		{ 20, -ENOENT, false, "that is no folder" }, { 21, -EINVAL, false, "that is a folder" },
		{ 63, -ENAMETOOLONG, false, "the name is too long" },
		{ 70, -EIO, true, "the file handle has become stale" },
		{ 10001, -EPROTO, false, "it does not know the file handle" },
		{ 10006, -EIO, true, "server fault" }, { 10008, -EIO, true, "not yet" },
	};

	f->status = status;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].status == status)
			return end(f, known[i].later ? NFS_AGAIN : NFS_REFUSED, known[i].err, "says of %.*s: %s",
				   (int)(len < 80 ? len : 80), what, known[i].text);
	return end(f, NFS_REFUSED, -EIO, "says of %.*s: error %lu", (int)(len < 80 ? len : 80), what,
		   (unsigned long)status);
}

/* Up to the results: accept_stat, or -1 (denied), or -2 (no reply at all). */
static int read_head(struct cursor *c, uint32_t *xid)
{
	uint32_t reply, denied, len;

	*xid = cur_be32(c);
	reply = cur_be32(c);
	denied = cur_be32(c);
	if (c->bad || reply != 1 || denied > 1)
		return -2;
	if (denied)
		return -1;
	cur_skip(c, 4);
	len = cur_be32(c);
	if (len > VERIFIER_MAX)
		return -2;
	cur_skip(c, (len + 3) & ~3u);
	return (int)(cur_be32(c) & 0x7fffffff);
}

static bool read_handle(struct cursor *c, struct nfs_handle *h)
{
	const uint8_t *data;

	h->len = cur_be32(c);
	if (!h->len || h->len > NFS_HANDLE_MAX)
		return false;
	data = cur_bytes(c, (h->len + 3) & ~3u);
	if (data)
		memcpy(h->data, data, h->len);
	return data;
}

/* Which file it is, when it was changed, how long it is; its type and length go to *type and *size. */
static void read_version(const uint8_t *a, char out[NFS_VERSION_MAX], uint32_t *type, uint64_t *size)
{
	*type = get_be32(a);
	*size = (uint64_t)get_be32(a + 20) << 32 | get_be32(a + 24);
	snprintf(out, NFS_VERSION_MAX, "%08lx%08lx %08lx%08lx %llu", (unsigned long)get_be32(a + 52),
		 (unsigned long)get_be32(a + 56), (unsigned long)get_be32(a + 68), (unsigned long)get_be32(a + 72),
		 (unsigned long long)*size);
}

static void read_attributes(struct nfs *f, struct cursor *c)
{
	const uint8_t *a = cur_bytes(c, NFS_ATTRIBUTES);

	if (a)
		read_version(a, f->version, &f->type, &f->size);
}

static enum nfs_step folder_found(struct nfs *f)
{
	f->folder_found = true;
	f->state = NFS_LIST;
	return NFS_FOUND;
}

/* What f->file is, type and all, and what follows from that. */
static enum nfs_step found(struct nfs *f)
{
	bool rest = f->path[f->part];

	switch (f->type) {
	case NFS_TYPE_LINK:
		return call(f, NFS_READLINK, NFS_PROGRAM, READLINK, &f->file, NULL, 0);
	case NFS_TYPE_FOLDER:
		if (!rest && f->want != NFS_WANT_FILE)
			return folder_found(f);
		if (!rest)
			return nfs_refused(f, f->path, f->part, 21);
		f->folder = f->file;
		f->at = f->part;
		return look_up(f);
	case NFS_TYPE_FILE:
		if (rest || f->want == NFS_WANT_FOLDER)
			return nfs_refused(f, f->path, f->part, 20);
		f->state = NFS_READ;
		return NFS_FOUND;
	default:
		return end(f, NFS_REFUSED, -EINVAL, "has no file there, but a device: %.80s", f->path);
	}
}

static enum nfs_step mounted(struct nfs *f, struct cursor *c)
{
	uint32_t status = cur_be32(c), flavors;
	bool unix_too;

	if (c->bad)
		return nfs_malformed(f, "a broken answer to MOUNT");
	if (status) {
		if (!f->status || status == 13)		/* the others may only not be exported themselves */
			f->status = status;
		if (!f->mounted)
			return nfs_refused(f, f->path, strlen(f->path), f->status);
		f->mounted = above(f->path, f->mounted);
		return mount(f);
	}
	if (!read_handle(c, &f->folder))
		return nfs_malformed(f, "a file handle of no length that there is");
	f->status = 0;
	flavors = cur_be32(c);
	unix_too = !flavors;
	for (uint32_t i = 0; i < flavors && i < 64 && !c->bad; i++)
		unix_too |= cur_be32(c) <= AUTH_UNIX;
	if (c->bad)
		return nfs_malformed(f, "a broken answer to MOUNT");
	if (!unix_too)
		return end(f, NFS_REFUSED, -EACCES, "wants Kerberos or another proof than AUTH_UNIX");
	f->at = f->mounted;
	f->port = f->nfsd;
	if (f->path[f->at])
		return look_up(f) == NFS_SEND ? NFS_CONNECT : NFS_REFUSED;
	f->file = f->folder;			/* that was the whole path */
	f->part = f->at;
	call(f, NFS_GETATTR, NFS_PROGRAM, GETATTR, &f->file, NULL, 0);
	return NFS_CONNECT;
}

static enum nfs_step looked_up(struct nfs *f, struct cursor *c)
{
	uint32_t status = cur_be32(c);

	if (c->bad)
		return nfs_malformed(f, "a broken answer to LOOKUP");
	if (status)
		return nfs_refused(f, f->path, f->part, status);
	if (!read_handle(c, &f->file))
		return nfs_malformed(f, "a file handle of no length that there is");
	if (!cur_be32(c))
		return call(f, NFS_GETATTR, NFS_PROGRAM, GETATTR, &f->file, NULL, 0);
	read_attributes(f, c);
	return c->bad ? nfs_malformed(f, "a broken answer to LOOKUP") : found(f);
}

static enum nfs_step got_attributes(struct nfs *f, struct cursor *c)
{
	uint32_t status = cur_be32(c);

	if (!c->bad && status)
		return nfs_refused(f, f->path, f->part, status);
	read_attributes(f, c);
	return c->bad ? nfs_malformed(f, "a broken answer to GETATTR") : found(f);
}

static enum nfs_step link_read(struct nfs *f, struct cursor *c)
{
	uint32_t status = cur_be32(c), len;
	const uint8_t *target;

	if (!c->bad && status)
		return nfs_refused(f, f->path, f->part, status);
	if (cur_be32(c))
		cur_skip(c, NFS_ATTRIBUTES);
	len = cur_be32(c);
	target = cur_bytes(c, len);
	return target ? follow(f, target, len) : nfs_malformed(f, "a broken answer to READLINK");
}

static enum nfs_step got_port(struct nfs *f, struct cursor *c)
{
	uint32_t port = cur_be32(c);
	bool mountd = f->state == NFS_ASK_MOUNTD;

	if (c->bad || port > 65535)
		return nfs_malformed(f, "a broken answer to GETPORT");
	if (!port)
		return end(f, NFS_REFUSED, -ENOENT, "knows of no %s by version 3 and TCP", mountd ? "mountd" : "nfsd");
	*(mountd ? &f->mountd : &f->nfsd) = (uint16_t)port;
	return mountd && !f->nfsd ? get_port(f, NFS_ASK_NFSD, NFS_PROGRAM) : mount(f);
}

/* A record is whole, and none of the file's bytes. */
static enum nfs_step replied(struct nfs *f)
{
	struct cursor c = cur_make(f->in, f->in_len);
	uint32_t xid;
	int accepted = read_head(&c, &xid);

	if (accepted == -2 || (accepted >= 0 && c.bad))
		return nfs_malformed(f, "what is no answer of RPC's");
	if (xid != f->xid || f->state == NFS_READ)
		return ++f->strays <= STRAYS_MAX ? NFS_MORE : nfs_malformed(f, "answers to what was not asked");
	if (accepted == -1)
		return end(f, NFS_REFUSED, -EACCES, "does not take AUTH_UNIX");
	if (accepted == PROG_UNAVAIL && f->state == NFS_MOUNT && f->mountd == f->nfsd && f->nfsd != f->portmap) {
		get_port(f, NFS_ASK_MOUNTD, PROG_MOUNT);	/* mountd is elsewhere */
		f->port = f->portmap;
		return NFS_CONNECT;
	}
	if (accepted)
		return end(f, NFS_REFUSED, -EPROTONOSUPPORT, accepted <= PROG_MISMATCH ?
			   "does not speak version 3 there" : "does not understand the question (RPC's error %d)",
			   accepted);
	switch (f->state) {
	case NFS_MOUNT:
		return mounted(f, &c);
	case NFS_LOOKUP:
		return looked_up(f, &c);
	case NFS_GETATTR:
		return got_attributes(f, &c);
	case NFS_READLINK:
		return link_read(f, &c);
	case NFS_LIST:
		return nfs_listed(f, &c);
	default:
		return got_port(f, &c);
	}
}

/* ---- the file's bytes ---- */

void nfs_read(struct nfs *f, uint64_t from, uint64_t until)
{
	f->next = from;
	f->until = until;
}

void nfs_ask(struct nfs *f)
{
	f->out_len = 0;
	for (struct nfs_slot *s = f->slots; s < f->slots + NFS_READS; s++) {
		if (s == f->reading)
			continue;
		if (!s->len && f->next < f->until) {
			uint64_t left = f->until - f->next;

			*s = (struct nfs_slot){ .at = f->next };
			s->len = left < NFS_READ_MAX ? (uint32_t)left : NFS_READ_MAX;
			f->next += s->len;
		}
		if (!s->len || s->asked)
			continue;
		s->xid = f->xid = (f->xid + 1) | READ_XID;
		s->asked = true;
		size_t at = begin(f, s->xid, NFS_PROGRAM, VERSION, READ);

		nfs_put_opaque(f, f->file.data, f->file.len);
		nfs_put(f, (uint32_t)(s->at >> 32));
		nfs_put(f, (uint32_t)s->at);
		nfs_put(f, s->len);
		nfs_finish(f, at);
	}
}

uint64_t nfs_reached(const struct nfs *f)
{
	uint64_t at = f->next;

	for (const struct nfs_slot *s = f->slots; s < f->slots + NFS_READS; s++)
		if (s->len && s->at < at)
			at = s->at;
	return at;
}

static bool is_same(const struct nfs *f, const uint8_t *attributes)
{
	char version[NFS_VERSION_MAX];
	uint32_t type;
	uint64_t size;

	read_version(attributes, version, &type, &size);
	return type == f->type && !strcmp(version, f->version);
}

/* The head of an answer to READ, as far as it is there: MORE, or reading is set. */
static enum nfs_step read_begins(struct nfs *f)
{
	struct cursor c = cur_make(f->in, f->in_len);
	uint32_t xid, status, count, eof, len;
	struct nfs_slot *s = f->slots;
	int accepted = read_head(&c, &xid);

	if (accepted == -2 && !c.bad)
		return nfs_malformed(f, "what is no answer of RPC's");
	while (s < f->slots + NFS_READS && (!s->len || !s->asked || s->xid != xid))
		s++;
	if (f->in_len >= 4 && s == f->slots + NFS_READS)
		return nfs_malformed(f, "an answer to what was not asked");
	if (!c.bad && accepted)
		return end(f, NFS_REFUSED, -EPROTO, "does not understand READ (RPC's error %d)", accepted);
	status = cur_be32(&c);
	if (!c.bad && status)
		return nfs_refused(f, f->path, strlen(f->path), status);
	const uint8_t *a = cur_be32(&c) ? cur_bytes(&c, NFS_ATTRIBUTES) : NULL;

	count = cur_be32(&c);
	eof = cur_be32(&c);
	len = cur_be32(&c);
	if (c.bad)
		return NFS_MORE;
	if (a && !is_same(f, a))
		return end(f, NFS_AGAIN, -EPIPE, "has changed the file meanwhile");
	if (len != count || len > s->len)
		return nfs_malformed(f, "more of the file, or less, than it says");
	if (!len || (eof && len < s->len))
		return end(f, NFS_AGAIN, -EPIPE, "has a file that became shorter");
	f->reading = s;
	f->reading_left = len;
	f->padding = -len & 3;
	return NFS_MORE;
}

/* A record has ended. */
static enum nfs_step record_ends(struct nfs *f)
{
	enum nfs_step step = NFS_MORE;

	if (f->in_len >= 4 && (f->in[0] & 0x80)) {
		if (!f->reading || f->reading_left || f->padding)
			return nfs_malformed(f, "an answer to READ that is cut off");
		f->reading->asked = false;	/* of a short one the rest is asked for */
		f->reading = NULL;
	} else {
		step = replied(f);
		f->entries_end = step == NFS_ENTRIES ? f->in_len : 0;
	}
	f->in_len = 0;
	f->fragments = 0;
	return step;
}

static enum nfs_step marker(struct nfs *f)
{
	uint32_t word = get_be32(f->marker);

	f->last = word >> 31;
	f->left = word & 0x7fffffff;
	if (f->left > NFS_READ_MAX + NFS_REPLY_MAX)
		return nfs_malformed(f, "a record longer than any answer");
	if (++f->fragments > FRAGMENTS_MAX)
		return nfs_malformed(f, "a record in too many pieces");
	return NFS_MORE;
}

/* len bytes of a record are there: how many of them were taken, and *step. */
static size_t take(struct nfs *f, const uint8_t *p, size_t len, enum nfs_step *step)
{
	*step = NFS_MORE;
	if (f->reading) {
		size_t n = len < f->reading_left ? len : f->reading_left;

		if (n) {
			f->data = p;
			f->data_len = n;
			f->data_at = f->reading->at;
			f->reading->at += n;
			f->reading->len -= (uint32_t)n;
			f->reading_left -= (uint32_t)n;
			*step = NFS_DATA;
			return n;
		}
		n = len < f->padding ? len : f->padding;
		f->padding -= (uint32_t)n;
		if (!n)
			*step = nfs_malformed(f, "more than an answer to READ");
		return n;
	}
	if (f->in_len == sizeof(f->in)) {
		*step = nfs_malformed(f, "an answer longer than any");
		return 0;
	}
	f->in[f->in_len++] = *p;
	if (f->in_len >= 4 && f->in_len % 4 == 0 && (f->in[0] & 0x80))
		*step = read_begins(f);
	return 1;
}

enum nfs_step nfs_input(struct nfs *f, const void *in, size_t len, size_t *used)
{
	const uint8_t *p = in;
	enum nfs_step step = NFS_MORE;

	*used = 0;
	while (step == NFS_MORE && f->state != NFS_ENDED) {
		if (f->marker_len == 4 && !f->left) {	/* this fragment is through */
			f->marker_len = 0;
			if (f->last)
				step = record_ends(f);
		} else if (*used == len) {
			break;
		} else if (f->marker_len < 4) {
			f->marker[f->marker_len++] = p[(*used)++];
			if (f->marker_len == 4)
				step = marker(f);
		} else {
			size_t n = take(f, p + *used, len - *used < f->left ? len - *used : f->left, &step);

			*used += n;
			f->left -= (uint32_t)n;
		}
	}
	return step;
}
