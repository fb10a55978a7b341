/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests: how a task asks a service for something.  A request belongs to the
 * kernel.  What is asked goes in by value, what is answered comes out by
 * value, and pages (a download) by a buffer whose ownership moves; no message
 * carries a pointer to what its sender may lose.  So a caller may crash, be
 * stopped, run out of time or lose interest at any moment, and nobody writes
 * anywhere it should not.
 *
 * A question answered at once, or given up at the deadline:
 *
 *	err = port_call(port, DNS_LOOKUP, &q, sizeof(q), &answer, sizeof(answer), deadline_us);
 *
 * One request that lives through many waits, so that a person is heard:
 *
 *	int r = request_start(port, FETCH_GET, url, strlen(url) + 1, sizeof(status));
 *	while ((err = request_wait(r, clock_us() + 200000)) == -EAGAIN) {
 *		request_read(r, &status, sizeof(status));	...how far it is...
 *		if (interrupted())
 *			break;
 *	}
 *	if (err == 0)
 *		request_take(r, &image);
 *	request_close(r);			(which cancels what still runs)
 *
 * The service:
 *
 *	while (port_receive(port, &r, CLOCK_NEVER) == 0)
 *		request_reply(r, serve(request_in(r, sizeof(struct question))), &answer, sizeof(answer));
 *
 * A service whose request is not wanted any more hears it at its next wait:
 * each one (waitq_wait, net_wait, sleeps, port_receive, a request of its own)
 * ends with -ECANCELED until it has answered that request, whatever the
 * answer.  One that serves several at a time finds by request_cancelled()
 * which.  When it crashes, what it had in its hands is answered -ECONNRESET;
 * what still stood in the queue waits for the service's next life.
 *
 * A handle is a number > 0 that is never used twice within 2^23 requests, and
 * it is good for its owner only: any other, and one that is closed, does
 * nothing and says -EBADF.
 */
#ifndef KERNEL_REQUEST_H
#define KERNEL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/task.h"

#define REQUESTS_MAX		32	/* open at a time, in all */
#define REQUESTS_EACH		8	/* of one task */
#define PORT_DEPTH		8	/* waiting at one port */
#define REQUEST_DATA_MAX	25600u	/* bytes in, and bytes out: a URL, headers, a form */

struct membuf;
struct request;

/* Where a service's requests queue.  All zero is closed. */
struct port {
	bool open;
	unsigned waiting;
	struct request *first;
	struct waitq readers;
};

void port_open(struct port *p);
/* Nobody will serve p any more: what waits there is answered -ECONNRESET, and so is what comes. */
void port_close(struct port *p);

/* ---- the caller ---- */

/*
 * Asks and waits: the service's result, with its answer in out; or
 *	-ETIMEDOUT	the deadline (absolute) came; the request is cancelled and forgotten
 *	-EAGAIN		... and until then the port or the pool was full, so it was never asked
 *	-ECONNRESET	the service died over it, or is down, or p is NULL: asking again is safe
 *	-ECANCELED	the caller's own work was cancelled meanwhile
 *	-EMSGSIZE, -ENOMEM, -EMFILE	as from request_start()
 * An answer shorter than out_cap leaves the rest of out as it was.  Waits.
 */
int port_call(struct port *p, uint32_t type, const void *in, size_t in_len, void *out, size_t out_cap,
	      uint64_t deadline_us);
/* The same; stop() (NULL: none) is asked ten times a second: once it says true the request is cancelled, -ECANCELED. */
int port_call_unless(struct port *p, uint32_t type, const void *in, size_t in_len, void *out, size_t out_cap,
		     uint64_t deadline_us, bool (*stop)(void));

/*
 * Asks, without waiting: a handle > 0, or -EAGAIN (the port or the pool is
 * full; try later), -EMFILE (too many of this task's are open), -ECONNRESET
 * (down, or p is NULL), -EMSGSIZE, -ENOMEM.  out_cap: the longest answer that
 * will be read.
 */
int request_start(struct port *p, uint32_t type, const void *in, size_t in_len, size_t out_cap);
/* Waits for the end: the result; -EAGAIN: the deadline came, it runs; -ECANCELED as above.  The handle stays open. */
int request_wait(int r, uint64_t deadline_us);
/* Copies what the service has last published, or answered: its length, at most cap; or -EBADF. */
int request_read(int r, void *out, size_t cap);
/* Moves what is in the request's buffer to *b, which must be empty; once it is answered.  0 or -EBADF, -EAGAIN. */
int request_take(int r, struct membuf *b);
/* Lets go of it.  If it is not answered yet, it is cancelled.  Anything that is no open handle does nothing. */
void request_close(int r);

/* ---- the service ---- */

/* Waits for a request: 0 and its handle in *r, -ETIMEDOUT, or -ECANCELED (one that it has is not wanted any more). */
int port_receive(struct port *p, int *r, uint64_t deadline_us);
uint32_t request_type(int r);				/* 0 for no handle */
/* What was asked, until the reply: NULL if it is not exactly len bytes long. */
const void *request_in(int r, size_t len);
/* The same of any length, *len bytes of it. */
const void *request_in_any(int r, size_t *len);
/* The same, a text: NULL unless its last byte is a NUL. */
const char *request_in_text(int r);
/* True if nobody wants the answer any more. */
bool request_cancelled(int r);
/* Lets the caller see how far it is, by value. */
void request_publish(int r, const void *out, size_t len);
/*
 * The request's buffer: the service fills it until the reply, then it is the
 * caller's to take.  Whoever of them is gone, the kernel frees it.  A service
 * lets go of every pointer into it before it replies and in its cleanup.
 */
struct membuf *request_buffer(int r);
/*
 * Answers: result is 0, a count or -E (-EAGAIN, which would mean "it runs",
 * becomes -EBUSY).  out NULL: what was published last stays the answer.
 */
void request_reply(int r, int result, const void *out, size_t len);

/* For the supervisor: t has ended; what it asked is cancelled, what it served is answered -ECONNRESET. */
void request_task_ended(struct task *t);

#endif
