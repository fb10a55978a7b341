/* SPDX-License-Identifier: BSD-2-Clause */
/* The far side's web server, for far.c. */
#ifndef TESTS_WORLD_FAR_HTTP_H
#define TESTS_WORLD_FAR_HTTP_H

#include <stddef.h>

#include "tests/world/far_ftp.h"

/* What breaks: after so many bytes of an answer, its head counted, so many times. */
extern struct far_http {
	size_t at;
	enum far_how how;		/* FAR_GARBAGE: a byte is another, but none of the file's */
	unsigned times;
	size_t said;			/* bytes of the last answer, as it should have been; read by tests */
} far_http;


/* Sockets that listen: what comes by the second is in a tunnel, what comes by the third is asked of a proxy. */
void far_http_setup(int plain, int relayed, int proxy);
/* From now on the plain one is that one; -1: nobody listens, and all connections are reset. */
void far_http_open(struct net *n, int plain);
void far_http_turn(struct net *n);
/* In its place: every connection is reset. */
void far_http_drop(struct net *n);

#endif
