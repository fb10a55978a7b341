/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fetch service: brings what a URL names into memory.  http:// and
 * tftp://; one download at a time, in the order asked.  HTTP connections are
 * kept open and used again; broken downloads are resumed.
 *
 *	int r = fetch_start(url);
 *	while ((err = fetch_wait(r, &status, clock_us() + 200000)) == -EAGAIN)
 *		...draw status.got of status.total; on Ctrl-C: break...
 *	if (err == 0)
 *		fetch_take(r, &image);
 *	else if (err != -EAGAIN)
 *		log_line("%s", status.error);
 *	fetch_close(r);
 */
#ifndef SERVICES_FETCH_FETCH_SERVICE_H
#define SERVICES_FETCH_FETCH_SERVICE_H

#include <stdint.h>

#include "kernel/membuf.h"

/* Request: the URL with its NUL; answer: struct fetch_status, and the file in its buffer. */
enum { FETCH_MSG_GET = 1 };

enum fetch_phase {
	FETCH_QUEUED, FETCH_RESOLVING, FETCH_CONNECTING,
	FETCH_WAITING,		/* asked, no answer yet */
	FETCH_RECEIVING,
	FETCH_PAUSING,		/* before the next try */
	FETCH_DONE,		/* ended, well or not: see the result */
};

/* How far a download is, and how it ended. */
struct fetch_status {
	enum fetch_phase phase;
	uint64_t got;			/* body bytes that have come */
	uint64_t total;			/* 0 = not known */
	uint64_t resumed;		/* bytes that were kept from broken tries */
	unsigned tries;			/* requests that failed and were tried again */
	char peer[24];			/* "10.0.2.2:80" */
	char error[240];		/* at the end, one sentence: what, from where, why; "" on success */
};

void fetch_main(void *arg);	/* the service's task */
void fetch_cleanup(void);	/* after a fault: closes sockets, frees what was half loaded */

/* Asks for an absolute URL: a handle > 0; -EAGAIN (too many wait), -ECONNRESET (the service is down), ... */
int fetch_start(const char *url);
/*
 * Waits for the end: 0 or -E; -EAGAIN when the absolute deadline came first
 * and it goes on; -ECANCELED also when the caller's own work was cancelled.
 * *status in any case: all zero until the service says something; after
 * -ECONNRESET without an error in it, the service died and asking again is safe.
 */
int fetch_wait(int r, struct fetch_status *status, uint64_t deadline_us);
/* After fetch_wait() said 0: moves what came to *out, which is the caller's to free. */
void fetch_take(int r, struct membuf *out);
/* Lets go of it; what still runs ends. */
void fetch_close(int r);
/* Closes every kept connection: before a handover.  Call when no download runs. */
void fetch_close_all(void);

#endif
