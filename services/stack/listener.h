/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections that others open: a TCP port, and from it streams.
 *
 *	int door = listener_open(&(struct listener){ .port = 23, .backlog = 8 });
 *	struct incoming in;
 *	while (listener_accept(door, &in) == 0)
 *		serve(in.stream);
 *	listener_close(door);
 */
#ifndef SERVICES_STACK_LISTENER_H
#define SERVICES_STACK_LISTENER_H

#include <stdint.h>

#include "net/addr.h"

struct stream;

struct listener {
	uint16_t port;
	int backlog;			/* connections that wait to be accepted, at most (sock_listen()) */
	uint32_t keepalive_s;		/* of each of them; 0: none */
};

struct incoming {
	struct stream *stream;		/* the caller's; what is written goes out at once (no Nagle) */
	struct net_addr from, own;
	uint16_t from_port;
};

/* A handle >= 0, or -EADDRINUSE, -EMFILE, ... */
int listener_open(const struct listener *l);
/* The next one that waits: 0, or -EAGAIN, -EMFILE.  Does not wait. */
int listener_accept(int handle, struct incoming *in);
void listener_close(int handle);	/* those that wait go with it; a negative handle is nothing */

#endif
