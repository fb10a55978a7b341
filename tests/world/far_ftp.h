/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The far side's FTP server: for anonymous and for op with password p@w; files of a test's own, and "file"; a folder
 * "pub" with boot/ and a file "a b" of 11 bytes in it.  A test may have it answer otherwise, and break off after a
 * byte.
 */
#ifndef TESTS_WORLD_FAR_FTP_H
#define TESTS_WORLD_FAR_FTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net;

#define FAR_FTP_FILE_LEN 100u		/* "small" */

enum far_how { FAR_CLOSE, FAR_RESET, FAR_STALL, FAR_GARBAGE };

extern struct far_ftp {
	/* After so many bytes of a conversation, or of a file that is sent from its start, so many times. */
	size_t control_at, data_at;	/* SIZE_MAX: never */
	enum far_how how;
	unsigned times;
	bool closed;			/* to anonymous */
	bool no_mlsd;
	unsigned written_after;		/* files are of another time after so many questions for it; 0: never */
	/* What is answered to a command ("" is the welcome) instead; again and again, if there is a time. */
	struct far_ftp_rule {
		const char *verb, *says;
		uint32_t again_us;
	} rules[4];
	/* Read by tests. */
	unsigned written;		/* how often the files have become others so */
	size_t said;			/* bytes of the last conversation */
	unsigned rests;			/* REST commands that were taken */
	unsigned elsewhere;		/* connections that came to the port named in a bounce */
} far_ftp;

#define FAR_FTP_BOUNCE_PORT 1025	/* somebody else's, who wants no connection */

void far_ftp_setup(struct net *n);
void far_ftp_turn(struct net *n);
/* All connections are reset. */
void far_ftp_drop(struct net *n);

#endif
