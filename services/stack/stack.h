/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The net service: owns the network stack, polls the devices, runs the stack's
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

#include "net/netdev.h"

struct link;
struct net;
struct net_addr;
struct stream;

/* Before any task runs: sets up the stack on these devices; the table must stay. */
void net_setup(struct netdev *const *devices, unsigned count);
/* The one stack of the loader. */
struct net *net_stack(void);
/*
 * Brings a link up: it, and its device, which may take some polls more
 * (link_up()).  0, or -E of the driver, which has said why.
 */
int net_open_link(struct link *l);
/* A device's link: its VLANs are deaf then, too. */
void net_close_link(struct link *l);
/*
 * Waits until socket s has one of `events` (SOCK_IN, SOCK_OUT; errors always
 * count, and hang-up, but for who waits for SOCK_OUT alone) or the absolute deadline comes: the events, or
 * -ETIMEDOUT, or -ECANCELED (kernel/request.h).
 */
int net_wait(int s, unsigned events, uint64_t deadline_us);
/* The same for a stream, whatever it stands on. */
int net_wait_stream(struct stream *s, unsigned events, uint64_t deadline_us);
/* Waits for anything at all to happen in the stack (ping answers and the like): 0, -ETIMEDOUT or -ECANCELED. */
int net_wait_any(uint64_t deadline_us);
/* The same (s < 0), or as net_wait(), of a wait that goes on in vain: the cards are not asked more often for it. */
int net_wait_on(int s, unsigned events, uint64_t deadline_us);
/*
 * Why nothing comes from `to`, as far as a card can know it: "; net0 has no link, says its card: ...", or "" where it
 * has one, or there is no way there.
 */
#define NET_NO_LINK "%s has no link, says its card: the cable is out, or the switch's port is off"
#define NET_NO_LINK_MAX 112
const char *net_no_link(const struct net_addr *to, char out[NET_NO_LINK_MAX]);
/* Before the machine starts anew: the devices are closed. */
void net_close(void);
/*
 * Before a handover: the devices are left, the last one first.  Nothing is sent or
 * received any more.  0, or -EBUSY where one's firmware stays in memory.
 */
int net_leave(enum netdev_leave how);

/* The service's task. */
void net_main(void *arg);

#endif
