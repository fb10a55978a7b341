/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The remote console: a telnet server whose sessions see what all consoles
 * show, and type as their keyboards do.  Off until telnetd_start().
 */
#ifndef SERVICES_TELNET_TELNET_SERVICE_H
#define SERVICES_TELNET_TELNET_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "services/telnet/guard.h"

struct service;

enum {				/* requests; no answer but the result */
	TELNET_MSG_START = 1,	/* asks with a struct guard_config */
	TELNET_MSG_STOP,
};

void telnet_main(void *arg);	/* the service's task */
void telnet_cleanup(struct service *self);	/* after a fault: closes what it has open */

/*
 * Listens, or goes on with other settings: 0 or -E (-EACCES: neither password
 * nor `insecure`; -EADDRINUSE, ...).  Waits.
 */
int telnetd_start(const struct guard_config *c);
/* Ends all sessions, listens no more, forgives those who guessed: 0, or -E as of port_call().  Waits. */
int telnetd_stop(void);
/* What it runs with, NULL while it is off. */
const struct guard_config *telnetd_config(void);
/* One line about the session in place i (0..) for people: 1, 0 when the place is free, -ENOENT past the last. */
int telnetd_who(unsigned i, char *out, size_t cap);
/* Ends the session of that number when its output is sent: 0 or -ENOENT. */
int telnetd_end(unsigned number, const char *why);
/*
 * The loader leaves the machine: every session gets the rest of its output and
 * an orderly close.  Waits, 3 s at the most.
 */
void telnetd_leave(void);
/* It did not after all: listens again, if it did before. */
void telnetd_stay(void);

#endif
