/* SPDX-License-Identifier: BSD-2-Clause */
/* How far a download is, and how it ended: what the fetch service tells whoever asked for it. */
#ifndef SERVICES_FETCH_FETCH_STATUS_H
#define SERVICES_FETCH_FETCH_STATUS_H

#include <stdint.h>

#include "services/cause/cause.h"

enum fetch_phase {
	FETCH_QUEUED, FETCH_RESOLVING, FETCH_CONNECTING,
	FETCH_WAITING,		/* asked, no answer yet */
	FETCH_RECEIVING,
	FETCH_PAUSING,		/* before the next try */
	FETCH_DONE,		/* ended, well or not: see the result */
};

struct fetch_status {
	enum fetch_phase phase;
	uint64_t got;			/* body bytes that have come */
	uint64_t total;			/* 0 = not known */
	uint64_t resumed;		/* bytes that were kept from broken tries */
	unsigned tries;			/* requests that failed and were tried again */
	char peer[24];			/* "10.0.2.2:80" */
	struct cause_fact cause;	/* at the end: why it failed; all zero on success */
};

#endif
