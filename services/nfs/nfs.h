/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NFS client for one file or folder: version 3 (RFC 1813) by ONC RPC (RFC 5531) with record marking, over TCP; the
 * portmapper (RFC 1833, version 2) says where mountd and nfsd are.  Pure: bytes in, bytes and facts out.
 *
 *	nfs_start(&f, "/srv/boot/vmlinuz", NFS_WANT_FILE, port, xid);
 *	step = nfs_first(&f);
 *	...NFS_CONNECT:	a connection to f.port in place of the one there was, then what is in f.out is sent...
 *	...NFS_SEND:	f.out, f.out_len is sent...
 *	...NFS_FOUND:	the file is there: f.size, f.version...
 *	nfs_read(&f, from, until);	several requests at once into f.out, as often as there is room for more
 *	...NFS_DATA:	f.data_len bytes at f.data are those from f.data_at on; all is there to nfs_reached()...
 *
 *	...NFS_FOUND of what is no file: f.folder_found; then nfs_list() for as long as that says SEND...
 *	...NFS_ENTRIES:	nfs_entry(&f, &e) gives one after the other...
 *
 * What is mounted is the folder that the file is in, or else the nearest one above that the server gives out; symbolic
 * links lead on, LINKS of them, within the server.  Leaves out: UDP, version 4, Kerberos, locks.
 */
#ifndef SERVICES_NFS_NFS_H
#define SERVICES_NFS_NFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NFS_PORTMAP	111		/* a URL with another port says where nfsd is, and asks mountd there, too */
#define NFS_PATH_MAX	1024		/* MNTPATHLEN, with the NUL */
#define NFS_NAME_MAX	255
#define NFS_HANDLE_MAX	64		/* NFS3_FHSIZE */
#define NFS_READ_MAX	32768u		/* bytes asked for at once, ... */
#define NFS_READS	8		/* ... so many times */
#define NFS_LINKS	8
#define NFS_REPLY_MAX	8192u		/* bytes of a reply without the file's own */
#define NFS_LIST_MAX	8000u		/* asked for of a folder at once */
#define NFS_VERSION_MAX	64

enum nfs_step {
	NFS_MORE, NFS_SEND, NFS_CONNECT, NFS_FOUND, NFS_DATA, NFS_ENTRIES,
	NFS_AGAIN,		/* err, why: later it may go */
	NFS_REFUSED,		/* err, why: it will not */
};

struct nfs_handle {
	uint8_t data[NFS_HANDLE_MAX];
	uint32_t len;
};

enum nfs_want { NFS_WANT_FILE, NFS_WANT_FOLDER, NFS_WANT_EITHER };

enum nfs_type { NFS_TYPE_UNKNOWN, NFS_TYPE_FILE = 1, NFS_TYPE_FOLDER = 2, NFS_TYPE_LINK = 5 };

struct nfs_entry {
	const char *name;		/* name_len bytes, within f */
	uint32_t name_len, type;	/* NFS_TYPE_, or another */
	uint64_t size;			/* if the type is known */
};

struct nfs {
	/* Read by the caller. */
	uint8_t out[2048];
	size_t out_len;
	uint16_t port;			/* of CONNECT */
	uint64_t size;
	bool folder_found;
	char version[NFS_VERSION_MAX];	/* tells one content from another */
	const uint8_t *data;		/* in what was given to nfs_input() */
	size_t data_len;
	uint64_t data_at;
	int err;
	unsigned status;		/* the server's number for it, or 0 */
	char why[160];

	/* Private. */
	enum nfs_state {
		NFS_ASK_MOUNTD, NFS_ASK_NFSD, NFS_MOUNT, NFS_LOOKUP, NFS_GETATTR, NFS_READLINK, NFS_READ,
		NFS_LIST, NFS_ENDED,
	} state;
	uint16_t portmap, mountd, nfsd;
	char path[NFS_PATH_MAX];
	size_t mounted, at, part;	/* of path: what is mounted; before the name looked up; behind it */
	unsigned links;
	struct nfs_handle folder, file;
	uint32_t type;
	uint32_t xid, strays;
	struct nfs_slot {
		uint32_t xid;		/* 0: free */
		uint64_t at;
		uint32_t len;
		bool asked;
	} slots[NFS_READS];
	uint64_t next, until;
	enum nfs_want want;
	uint64_t cookie;		/* of the last entry that has come */
	uint8_t cookie_verifier[8];
	size_t entry_at, entries_end;	/* of in: the next entry; until more comes */
	bool last_entry;		/* there are none behind these */

	/* The record that is coming. */
	uint8_t marker[4];
	unsigned marker_len;
	uint32_t left, fragments;	/* of the fragment; how many there were */
	bool last;
	uint8_t in[NFS_REPLY_MAX];
	size_t in_len;
	struct nfs_slot *reading;	/* whose bytes come */
	uint32_t reading_left, padding;
	bool eof;
};

/* 0, -ENAMETOOLONG or -EINVAL.  path: from '/', as the URL says it, decoded.  port: the URL's.  xid: by chance. */
int nfs_start(struct nfs *f, const char *path, enum nfs_want want, uint16_t port, uint32_t xid);
/* CONNECT, with what is to be sent then. */
enum nfs_step nfs_first(struct nfs *f);
enum nfs_step nfs_input(struct nfs *f, const void *in, size_t len, size_t *used);
/* Bytes from `from` up to `until` are wanted. */
void nfs_read(struct nfs *f, uint64_t from, uint64_t until);
/* As many requests as may be under way, into out; out_len 0: there are. */
void nfs_ask(struct nfs *f);
/* All before that has come. */
uint64_t nfs_reached(const struct nfs *f);
/* What is in the folder that was found: SEND, the next question for it; FOUND, that was all. */
enum nfs_step nfs_list(struct nfs *f);
/* The next entry of ENTRIES; false: that was all of them.  "." and ".." are among them. */
bool nfs_entry(struct nfs *f, struct nfs_entry *e);

#endif
