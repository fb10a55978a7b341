/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports: bounded message queues, by which tasks ask each other for things.
 * A message is copied in and out; what it points to belongs to the sender
 * until the reply comes, so the sender waits for the reply (port_call) before
 * it lets go of what it sent.
 */
#ifndef KERNEL_PORT_H
#define KERNEL_PORT_H

#include <stdint.h>

#include "kernel/task.h"

#define PORT_DEPTH 8

struct port;

struct msg {
	uint32_t type;		/* the receiving service's own numbering; 0 is MSG_CRASH */
	int32_t result;		/* in replies: 0 or -E */
	void *data;		/* request structure, owned by the sender */
	struct port *reply;	/* where the answer goes, or NULL */
	struct port *to;	/* set by port_send */
	uint32_t serial;	/* set by port_send: the reply port's, so that late answers find no stranger */
};

#define MSG_CRASH 0		/* any service that receives it faults at once: tests of the supervisor */

struct port {
	uint32_t serial;			/* changes at each port_init; 0 = closed */
	struct msg queue[PORT_DEPTH];
	unsigned head, count;
	struct msg held[PORT_DEPTH];		/* received and not yet answered; to == NULL is a free place */
	struct waitq readers;
};

void port_init(struct port *p);
/* No answer gets in any more; for reply ports about to go out of scope. */
void port_close(struct port *p);
/* The service behind p died: everyone who waits for an answer gets -ECONNRESET, and p starts empty. */
void port_reset(struct port *p);
/* Puts a copy of m in the queue: 0, or -EAGAIN when it is full.  Does not wait. */
int port_send(struct port *p, const struct msg *m);
/* Waits for a message until the deadline (absolute): 0 or -ETIMEDOUT. */
int port_recv(struct port *p, struct msg *m, uint64_t deadline_us);
/*
 * Sends and waits for the answer: the result, -EAGAIN when the port is full,
 * or -ECONNRESET when the service behind the port died with the request in its
 * hands.  There is no deadline, for until then the service may write to *data.
 */
int port_call(struct port *p, uint32_t type, void *data);
/* Answers m: sets result and sends it to m->reply, if there is one. */
void port_reply(const struct msg *m, int result);

#endif
