/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fetch service: brings what a URL names into memory.  http:// and
 * tftp://; one download at a time, in the order asked.  HTTP connections are
 * kept open and used again; broken downloads are resumed.
 *
 *	struct membuf image = { 0 };
 *	struct fetch_request r = { .url = url, .out = &image };
 *	struct port reply;
 *	port_init(&reply);
 *	fetch_start(&r, &reply);
 *	while ((err = fetch_wait(&r, &reply, clock_us() + 200000)) == -EAGAIN)
 *		...draw r.got of r.total; on Ctrl-C: r.want_cancel = true...
 *	if (err < 0)
 *		log_line("%s", r.error);
 */
#ifndef SERVICES_FETCH_FETCH_SERVICE_H
#define SERVICES_FETCH_FETCH_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/membuf.h"
#include "kernel/port.h"

enum { FETCH_MSG_GET = 1 };	/* data: struct fetch_request */

enum fetch_phase {
	FETCH_QUEUED, FETCH_RESOLVING, FETCH_CONNECTING,
	FETCH_WAITING,		/* asked, no answer yet */
	FETCH_RECEIVING,
	FETCH_PAUSING,		/* before the next try */
	FETCH_DONE,		/* ended, well or not: see the result */
};

/* Belongs to the service from fetch_start() until fetch_wait() no longer says -EAGAIN. */
struct fetch_request {
	/* Asked.  The rest is zero at the start. */
	const char *url;		/* absolute */
	struct membuf *out;		/* empty; filled on success, freed on failure */
	volatile bool want_cancel;	/* set it at any time: ends with -ECANCELED within 200 ms */

	/* Progress, changing while it runs. */
	enum fetch_phase phase;
	uint64_t got;			/* body bytes in `out` */
	uint64_t total;			/* 0 = not known */
	uint64_t resumed;		/* bytes that were kept from broken tries */
	unsigned tries;			/* requests that failed and were tried again */
	char peer[24];			/* "10.0.2.2:80" */

	/* Result. */
	char error[240];		/* one sentence: what, from where, why; "" on success */
};

void fetch_main(void *arg);	/* the service's task */
void fetch_cleanup(void);	/* after a fault: closes sockets, frees what was half loaded */

/* Queues r; the answer comes to `reply`.  0 or -EAGAIN (too many waiting).  Does not wait. */
int fetch_start(struct fetch_request *r, struct port *reply);
/*
 * Waits for r's end: 0, -E (r->error says why), or -EAGAIN when the absolute
 * deadline came first and r still runs.
 */
int fetch_wait(struct fetch_request *r, struct port *reply, uint64_t deadline_us);
/* Closes every kept connection: before a handover.  Call when no download runs. */
void fetch_close_all(void);

#endif
