/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening a connection, which takes a while: from an address to a stream.
 *
 *	struct dial d = { .addr = addr, .port = 80 };
 *	int err = dial_tcp(&d, clock_us() + 8000000, &stream);
 */
#ifndef SERVICES_STACK_DIAL_H
#define SERVICES_STACK_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"

struct stream;

struct dial {
	struct net_addr addr;
	uint16_t port;
	uint16_t from;			/* a port of our own; 0: any */
	/* Options of the socket (net/sock.h); 0: its defaults. */
	uintptr_t owner;
	uint32_t rcvbuf, keepalive_s, mss;
	bool nodelay;
	/* Asked ten times a second, true gives up; or NULL. */
	bool (*stop)(void *ctx);
	void *ctx;
};

/* Begins it: 0, and the stream is open when stream_events() say SOCK_OUT and stream_error() 0; or -E and NULL. */
int dial_begin(const struct dial *d, struct stream **out);
/*
 * 0 and the open stream, which is the caller's; -ECANCELED when stop() said
 * so; -ETIMEDOUT when the absolute deadline came; -EMFILE; or what TCP says:
 * then *out is NULL.  Waits, and *out is meanwhile what is to be aborted if
 * the task ends there.
 */
int dial_tcp(const struct dial *d, uint64_t deadline_us, struct stream **out);

#endif
