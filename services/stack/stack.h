/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The net service: owns the network stack, polls the card, runs the stack's
 * timers, and lets tasks wait for their sockets.  The socket functions of
 * net/sock.h never wait; this is where a task does:
 *
 *	while ((n = sock_recv(net, s, buf, len)) == -EAGAIN)
 *		if (net_wait(s, SOCK_IN, deadline_us) < 0) ...timed out...
 */
#ifndef SERVICES_STACK_STACK_H
#define SERVICES_STACK_STACK_H

#include <stddef.h>
#include <stdint.h>

struct net;
struct netdev;
struct stream;

/* Hands every frame that has come to deliver(): their number.  The driver's poll function. */
typedef unsigned net_poll_fn(void (*deliver)(struct netdev *dev, const void *frame, size_t len));

/* Before any task runs: sets up the stack; card NULL (and poll NULL) when there is none. */
void net_setup(struct netdev *card, net_poll_fn *poll);
/* The one stack of the loader. */
struct net *net_stack(void);
/* The network card, or NULL when there is none. */
struct netdev *net_card(void);
/*
 * Waits until socket s has one of `events` (SOCK_IN, SOCK_OUT; errors and
 * hang-up always count) or the absolute deadline comes: the events, or
 * -ETIMEDOUT, or -ECANCELED (kernel/request.h).
 */
int net_wait(int s, unsigned events, uint64_t deadline_us);
/* The same for a stream, whatever it stands on. */
int net_wait_stream(struct stream *s, unsigned events, uint64_t deadline_us);
/* Waits for anything at all to happen in the stack (ping answers and the like): 0, -ETIMEDOUT or -ECANCELED. */
int net_wait_any(uint64_t deadline_us);
/* The card goes away: before a handover.  Nothing is sent or received any more. */
void net_detach(void);

/* The service's task. */
void net_main(void *arg);

#endif
