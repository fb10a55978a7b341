/* SPDX-License-Identifier: BSD-2-Clause */
/* See far_nfs.h. */
#include "tests/world/far_nfs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/bytes.h"
#include "net/net.h"
#include "tests/world/far.h"
#include "tests/world/far_parts.h"
#include "tests/world/machine.h"

#define SESSIONS	8
#define MOUNTD		20048u
#define NFSD		2049u
#define OUT_MAX		400000u

struct far_nfs far_nfs = { .at = SIZE_MAX };

static const struct entry {
	const char *path;
	unsigned type;			/* 1 file, 2 folder, 5 link */
	size_t len;
	const char *target;
} entries[] = {
	{ "/srv", 2, 0, NULL }, { "/srv/boot", 2, 0, NULL }, { "/srv/file", 1, FAR_FILE_LEN, NULL },
	{ "/srv/boot/small", 1, FAR_NFS_FILE_LEN, NULL }, { "/srv/link", 5, 10, "boot/small" },
	{ "/srv/far", 5, 21, "../srv/./boot/../file" }, { "/srv/absolute", 5, 9, "/srv/file" },
	{ "/srv/loop", 5, 4, "loop" }, { "/srv/device", 3, 0, NULL },
};
#define ENTRIES (sizeof(entries) / sizeof(entries[0]))

static const uint16_t ports[] = { 111, MOUNTD, NFSD };
static int listeners[3];

static struct session {
	int fd;				/* -1: free */
	uint8_t in[2048], *out;
	size_t in_len, out_len;
	bool mute, ends, breaks;
} sessions[SESSIONS];

/* ---- what it says ---- */

/* file: these are the file's own bytes. */
static void put(struct session *s, const void *data, size_t len, bool file)
{
	const uint8_t *p = data;
	for (size_t i = 0; i < len && !s->mute && !s->ends && !s->breaks; i++) {
		bool now = far_nfs.said == far_nfs.at && far_nfs.times;
		far_nfs.times -= now;
		if (now && far_nfs.how != FAR_GARBAGE) {
			s->mute = far_nfs.how == FAR_STALL;
			s->ends = far_nfs.how == FAR_CLOSE;
			s->breaks = far_nfs.how == FAR_RESET;
			break;
		}
		assert(s->out_len < OUT_MAX);
		s->out[s->out_len++] = now && !file ? p[i] ^ 0x15 : p[i];
		far_nfs.said++;
	}
}

static void put32(struct session *s, uint32_t v)
{
	uint8_t b[4];
	put_be32(b, v);
	put(s, b, 4, false);
}

/* A record: in one piece, or in pieces of seven bytes. */
static void put_record(struct session *s, const uint8_t *data, size_t len, size_t file_at, size_t file_len)
{
	size_t piece = far_nfs.way == FAR_NFS_PIECES ? len / 40 + 7 : len;
	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;
		put32(s, (at + n == len ? 0x80000000u : 0) | (uint32_t)n);
		for (size_t i = at; i < at + n; i++)
			put(s, data + i, 1, i >= file_at && i < file_at + file_len);
	}
}

static struct record {
	uint8_t data[70000];
	size_t len, file_at, file_len;
} r;

static void add(uint32_t v)
{
	put_be32(r.data + r.len, v);
	r.len += 4;
}

static void add_bytes(const void *data, size_t len)
{
	memset(r.data + r.len, 0, len + 4);
	memcpy(r.data + r.len, data, len);
	r.len += (len + 3) & ~(size_t)3;
}

static void add_handle(unsigned entry)
{
	static const uint8_t nothing[68];
	uint8_t handle[8] = { 'h', 'a', 'n', 'd', 'l', 'e', '!', (uint8_t)entry };
	if (far_nfs.way == FAR_NFS_LONG_HANDLE || far_nfs.way == FAR_NFS_NO_HANDLE) {
		add(far_nfs.way == FAR_NFS_LONG_HANDLE ? 65 : 0);
		add_bytes(nothing, far_nfs.way == FAR_NFS_LONG_HANDLE ? 68 : 0);
		return;
	}
	add(far_nfs.way == FAR_NFS_LONG_OPAQUE ? 0xfffffffeu : 8);
	add_bytes(handle, 8);
}

static void add_attributes(unsigned entry, bool always)
{
	if (!always && far_nfs.way == FAR_NFS_NO_ATTRIBUTES) {
		add(0);
		return;
	}
	if (!always)
		add(1);
	size_t at = r.len;
	memset(r.data + at, 0, 84);
	put_be32(r.data + at, entries[entry].type);
	put_be32(r.data + at + 24, (uint32_t)entries[entry].len);
	put_be32(r.data + at + 56, entry);
	static uint32_t changes;
	put_be32(r.data + at + 68, 1000 + (far_nfs.way == FAR_NFS_CHANGES ? changes++ : 0));
	r.len += 84;
}

/* Which entry is asked about, by its handle at p; ENTRIES: none. */
static unsigned known(const uint8_t *p)
{
	return get_be32(p) == 8 && !memcmp(p + 4, "handle!", 7) && p[11] < ENTRIES ? p[11] : (unsigned)ENTRIES;
}

static unsigned find(const char *path, size_t len)
{
	for (unsigned i = 0; i < ENTRIES; i++)
		if (strlen(entries[i].path) == len && !memcmp(entries[i].path, path, len))
			return i;
	return ENTRIES;
}

static void do_mount(const uint8_t *args)
{
	unsigned e = find((const char *)args + 4, get_be32(args));
	bool gives = e < ENTRIES && entries[e].type == 2;
	add(gives ? 0 : get_be32(args) == 1 ? 13 : 2);
	if (!gives)
		return;
	add_handle(e);
	add(1);
	add(far_nfs.way == FAR_NFS_KERBEROS ? 390003 : 1);
}

static void do_look_up(const uint8_t *args)
{
	unsigned folder = known(args);
	char path[600];
	if (folder == ENTRIES || far_nfs.way == FAR_NFS_STALE) {
		add(folder == ENTRIES ? 10001 : 70);
		add(0);
		return;
	}
	uint32_t len = get_be32(args + 12);
	assert(len <= 255);
	strcpy(path, entries[folder].path);
	strcat(path, "/");
	size_t at = strlen(path);
	memcpy(path + at, args + 16, len);
	unsigned e = find(path, at + len);
	add(e < ENTRIES ? 0 : 2);
	if (e < ENTRIES) {
		add_handle(e);
		add_attributes(e, false);
	}
	add_attributes(folder, false);
}

static void do_read(const uint8_t *args)
{
	unsigned e = known(args);
	if (e == ENTRIES) {
		add(10001);
		add(0);
		return;
	}
	uint64_t from = (uint64_t)get_be32(args + 12) << 32 | get_be32(args + 16);
	uint32_t len = get_be32(args + 20);
	assert(len);
	if (from > entries[e].len)	/* whoever was told a wrong size asks behind the end */
		from = entries[e].len;
	if (len > entries[e].len - from)
		len = (uint32_t)(entries[e].len - from);
	if (far_nfs.way == FAR_NFS_SHORT && len > 1001)
		len = 1001;
	if (far_nfs.way == FAR_NFS_NOTHING_READ)
		len = 0;
	uint32_t says = len + (far_nfs.way == FAR_NFS_LYING_COUNT);
	if (far_nfs.way == FAR_NFS_LONG_READ)
		says = len += 4;
	add(0);
	add_attributes(e, false);
	add(says);
	add(from + len == entries[e].len);
	add(len);
	r.file_at = r.len;
	r.file_len = len;
	memset(r.data + r.len, 0, len + 4);
	for (uint32_t i = 0; i < len; i++)
		r.data[r.len + i] = far_byte(from + i);
	r.len += (len + 3) & ~3u;
}

/* Two entries an answer, so that there is more to ask; by the cookie, which is the entry's number and 100. */
static void do_list(const uint8_t *args)
{
	unsigned folder = known(args), n = get_be32(args + 16);
	bool strange = get_be32(args + 12) || get_be32(args + 20) != (n ? 0x76657269u : 0) || (n && n < 100);
	if (folder == ENTRIES || strange) {	/* somebody got a byte wrong */
		add(strange ? 10003 : 10001);
		add(0);
		return;
	}
	n = n ? n - 100 + 1 : 0;
	add(0);
	add_attributes(folder, false);
	add(0x76657269u);
	add(0);
	size_t len = strlen(entries[folder].path);
	unsigned count = 0;
	for (; n < ENTRIES && count < 2 && far_nfs.way != FAR_NFS_EMPTY_LIST; n++) {
		const char *name = entries[n].path;
		if (strncmp(name, entries[folder].path, len) || name[len] != '/' || strchr(name + len + 1, '/'))
			continue;
		name += len + 1;
		add(1);
		add(0);
		add(n);
		add(far_nfs.way == FAR_NFS_LONG_NAME ? 0xfffffffdu : (uint32_t)strlen(name));
		add_bytes(name, strlen(name));
		add(0);
		add(100 + n);
		add_attributes(n, false);
		add(1);
		add_handle(n);
		count++;
	}
	add(0);
	add(n == ENTRIES && far_nfs.way != FAR_NFS_EMPTY_LIST);
}

/* The results of a call, behind its head. */
static void obey(uint32_t program, uint32_t procedure, const uint8_t *args)
{
	unsigned e;
	if (program == 100000) {
		add(far_nfs.way == FAR_NFS_NOT_REGISTERED ? 0 : get_be32(args) == 100005 ? MOUNTD : NFSD);
	} else if (program == 100005) {
		do_mount(args);
	} else if (procedure == 3) {
		do_look_up(args);
	} else if (procedure == 6) {
		do_read(args);
	} else if (procedure == 17) {
		do_list(args);
	} else {
		e = known(args);
		add(e == ENTRIES ? 10001 : 0);
		if (e == ENTRIES)
			return;
		add_attributes(e, procedure == 1);
		if (procedure == 1)
			return;
		assert(procedure == 5 && entries[e].target);
		add((uint32_t)strlen(entries[e].target));
		add_bytes(entries[e].target, strlen(entries[e].target));
	}
}

static void answer(struct session *s, const uint8_t *call, size_t len)
{
	uint32_t xid = get_be32(call), program = get_be32(call + 12), procedure = get_be32(call + 20);
	uint8_t padded[2100] = { 0 };
	assert(len >= 68 && len < 2048);
	size_t at = 32 + get_be32(call + 28) + 8;
	memcpy(padded, call + at, len - at);
	r.len = r.file_at = r.file_len = 0;
	if (far_nfs.way == FAR_NFS_POURS)
		return;
	if (far_nfs.way == FAR_NFS_OTHERS_ANSWER && program == 100003) {
		put32(s, 0x80000018u);			/* somebody else's, whole */
		put32(s, xid ^ 0x01000000);
		for (unsigned i = 0; i < 5; i++)
			put32(s, i == 0);
	}
	add(xid);
	add(1);
	add(far_nfs.way == FAR_NFS_DENIED);
	add(0);
	add(0);
	add(far_nfs.way == FAR_NFS_VERSION_4 && program == 100003 ? 2 : 0);
	obey(program, procedure, padded);
	if (far_nfs.way == FAR_NFS_LONG_RECORD)
		put32(s, 0xffffffffu);
	for (unsigned i = 0; far_nfs.way == FAR_NFS_EMPTY_RECORDS && i < 1000; i++)
		put32(s, 0);
	put_record(s, r.data, r.len, r.file_at, r.file_len);
}

/* ---- connections ---- */

static void end(struct net *n, struct session *s, bool abruptly)
{
	if (abruptly)
		sock_abort(n, s->fd);
	else
		sock_close(n, s->fd);
	machine_free(s->out);
	*s = (struct session){ .fd = -1 };
}

/* The calls that are whole; some servers answer the last one first. */
static void hear(struct session *s)
{
	const uint8_t *calls[16];
	size_t lens[16], at = 0;
	unsigned count = 0;
	while (s->in_len - at >= 4 && count < 16) {
		size_t len = get_be32(s->in + at) & 0x7fffffff;
		if (s->in_len - at - 4 < len)
			break;
		calls[count] = s->in + at + 4;
		lens[count++] = len;
		at += 4 + len;
	}
	if (count > far_nfs.at_once)
		far_nfs.at_once = count;
	for (unsigned i = 0; i < count; i++) {
		unsigned k = far_nfs.way == FAR_NFS_BACKWARDS ? count - 1 - i : i;
		answer(s, calls[k], lens[k]);
	}
	s->in_len -= at;
	memmove(s->in, s->in + at, s->in_len);
}

static void serve(struct net *n, struct session *s)
{
	int got = s->out_len ? 0 : sock_recv(n, s->fd, s->in + s->in_len, sizeof(s->in) - s->in_len);
	s->in_len += got > 0 ? (size_t)got : 0;
	if (got > 0)
		hear(s);
	if (far_nfs.way == FAR_NFS_POURS && !s->out_len)
		for (unsigned i = 0; i < 100; i++) {		/* answers to nobody, without end */
			put32(s, 0x80000018u);
			for (unsigned k = 0; k < 6; k++)
				put32(s, k == 1);
		}
	int sent = s->out_len ? sock_send(n, s->fd, s->out, s->out_len) : 0;
	if (sent > 0) {
		s->out_len -= (size_t)sent;
		memmove(s->out, s->out + sent, s->out_len);
	}
	if (sock_events(n, s->fd) & (SOCK_HUP | SOCK_ERR) || (!s->out_len && (s->ends || s->breaks)))
		end(n, s, s->breaks);
}

void far_nfs_turn(struct net *n)
{
	for (unsigned i = 0; i < 3; i++)
		for (struct session *s = sessions; s < sessions + SESSIONS; s++) {
			struct net_addr from;
			uint16_t port;
			int fd = s->fd < 0 ? sock_accept(n, listeners[i], &from, &port) : -1;
			if (fd < 0)
				continue;
			s->fd = fd;
			s->out = machine_malloc(OUT_MAX);
			far_nfs.high_ports += port > 1023;
		}
	for (struct session *s = sessions; s < sessions + SESSIONS; s++)
		if (s->fd >= 0)
			serve(n, s);
}

void far_nfs_drop(struct net *n)
{
	far_nfs_turn(n);
	for (struct session *s = sessions; s < sessions + SESSIONS; s++)
		if (s->fd >= 0)
			end(n, s, true);
}

void far_nfs_setup(struct net *n)
{
	for (struct session *s = sessions; s < sessions + SESSIONS; s++)
		s->fd = -1;
	for (unsigned i = 0; i < 3; i++)
		listeners[i] = far_tcp(n, ports[i]);
}
