/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FTP client for one file or folder (RFC 959; passive by RFC 2428 or RFC 959; SIZE, MDTM, REST and MLSD by RFC 3659):
 * what the server says goes in, what is to be done next comes out.  Pure: connections and time are ftp_source.c's.
 *
 *	ftp_start(&f, path, FTP_FILE, &peer);
 *	while (...bytes of the control connection...)
 *		switch (ftp_input(&f, in, len, &used)) {	...one reply at a time...
 *		case FTP_SEND:		...f.out, f.out_len...
 *		case FTP_CONNECT:	...to f.port of the same machine; then ftp_connected(&f), which is to be sent...
 *		case FTP_TRANSFER:	...the file comes, from f.from on; or lines of what is in the folder...
 *		}
 *
 * The data connection leads to the control connection's own peer, and to no other: a server that names another
 * machine is refused (RFC 2577, 3).  Leaves out: active mode, ASCII, accounts, TLS.
 */
#ifndef SERVICES_FTP_FTP_H
#define SERVICES_FTP_FTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "services/fetch/url.h"

#define FTP_PORT	21
#define FTP_PATH_MAX	4096		/* a path with its NUL */
#define FTP_LINE_MAX	256		/* kept of a line; more is passed over */
#define FTP_TALK_MAX	65536u		/* bytes that a server may say until the file comes */
#define FTP_SIZE_UNKNOWN UINT64_MAX
#define FTP_VERSION_MAX	48

enum ftp_step {
	FTP_MORE,		/* all was taken, and more is needed */
	FTP_SEND,		/* out is to be sent, then there will be an answer */
	FTP_CONNECT,		/* a connection to port, then ftp_connected() */
	FTP_TRANSFER,		/* the file comes; what the server says meanwhile is for ftp_input(), too */
	FTP_COMPLETE,		/* it says that the file has been sent */
	FTP_KNOWN,		/* of FTP_FACTS: size, or folder */
	FTP_AGAIN,		/* err, why: later it may go */
	FTP_REFUSED,		/* err, why: it will not */
};

/* What of the path is wanted: it; by MLSD or else LIST what is in it; or what it is. */
enum ftp_want { FTP_FILE, FTP_FOLDER, FTP_FACTS };

struct ftp {
	/* Set by the caller after ftp_start(). */
	const char *user, *password;	/* both, or both NULL: anonymous */
	const char *second_user, *second_password;	/* if anonymous is not let in; NULL: nobody */
	uint64_t from;			/* where to go on, if it is `version` still; after TRANSFER: where it does */
	char version[FTP_VERSION_MAX];	/* tells one content from another; "": not known */

	/* Read by the caller. */
	char out[FTP_PATH_MAX + 16];
	size_t out_len;
	uint16_t port;
	uint64_t size;			/* or FTP_SIZE_UNKNOWN */
	bool folder;			/* of KNOWN */
	int err;			/* -E, of AGAIN and REFUSED */
	unsigned code;			/* the last reply's */
	char why[160];			/* a phrase, to stand behind the server's name */

	/* Private. */
	enum ftp_state {
		FTP_WELCOME, FTP_USER, FTP_PASS, FTP_TYPE, FTP_ASK_SIZE, FTP_ASK_TIME, FTP_CWD, FTP_EPSV,
		FTP_PASV, FTP_CONNECTING, FTP_REST, FTP_RETR, FTP_BODY, FTP_ENDED,
	} state;
	enum ftp_want want;
	bool anonymous, no_mlsd;
	struct net_addr peer;
	char path[FTP_PATH_MAX];
	char line[FTP_LINE_MAX];
	size_t line_len;
	uint32_t said;			/* bytes so far */
	unsigned within;		/* the code of a reply of many lines; 0: none is under way */
};

/* 0; -EINVAL (no path has such bytes, no file an empty one), -ENAMETOOLONG.  Path: as the server will see it. */
int ftp_start(struct ftp *f, const char *path, enum ftp_want want, const struct net_addr *peer);
/* Takes bytes up to the end of a reply: *used of them. */
enum ftp_step ftp_input(struct ftp *f, const void *in, size_t len, size_t *used);
/* There is a data connection: what is to be sent, FTP_SEND. */
enum ftp_step ftp_connected(struct ftp *f);
/*
 * The path of a URL's target (RFC 1738, 3.2.2): relative to where a login leads, absolute if it begins with %2F;
 * ";type=" is left out.  As url_decode().
 */
int ftp_path(const char *target, char *buf, size_t cap);

#endif
