/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One download under way: what the fetch service's own files share.  Not for
 * others; they see fetch_service.h.
 */
#ifndef SERVICES_FETCH_FETCH_JOB_H
#define SERVICES_FETCH_FETCH_JOB_H

#include "kernel/request.h"
#include "services/dns/dns.h"
#include "services/fetch/fetch_policy.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/url.h"

#define FETCH_SLICE_US		100000u		/* how often progress is told */
#define FETCH_STALL_US		10000000u	/* without a byte, a connection is given up */

enum fetch_outcome {
	FETCH_GOT,		/* out is complete */
	FETCH_REDIRECTED,	/* job->url is the next to ask */
	FETCH_BROKEN,		/* trying again may help; out->len bytes are kept */
	FETCH_ENDED,		/* trying again cannot help, or cancelled */
};

struct fetch_job {
	int request;				/* kernel/request.h */
	struct membuf *out;			/* its buffer */
	struct fetch_status status;
	struct url url;				/* asked now; redirects change it */
	struct net_addr addrs[DNS_MAX_ADDRS];
	char validator[HTTP_VALIDATOR_MAX];	/* of the bytes in out; "" = they cannot be resumed */
	uint64_t total;				/* or HTTP_LENGTH_UNKNOWN */
	bool reached;				/* a server was connected to: it exists */

	/* Of the last try that was BROKEN or ENDED. */
	int err;				/* -E */
	char why[160];				/* a phrase: what went wrong, and where */
	unsigned limit;				/* FETCH_TRIES_MAX, or fewer where more would not help */
	uint32_t wait_s;			/* the server asked for a pause */
};

/* One try each: fetch_http_service.c, fetch_tftp_service.c.  Both wait. */
enum fetch_outcome fetch_http(struct fetch_job *j);
enum fetch_outcome fetch_tftp(struct fetch_job *j);
/* Aborts what they hold open, kept connections included. */
void fetch_http_close(void);
void fetch_tftp_close(void);

/* Sets err and why, and gives `o` back. */
enum fetch_outcome fetch_fail(struct fetch_job *j, enum fetch_outcome o, int err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* job->addrs from the URL's host: their count, or an outcome in *o.  Waits. */
int fetch_resolve(struct fetch_job *j, enum fetch_outcome *o);
/* Lets the asker see how far it is. */
void fetch_tell(struct fetch_job *j);
/* net_wait(), after telling. */
int fetch_wait_socket(struct fetch_job *j, int s, unsigned events, uint64_t deadline_us);
/* Room in out for a file of `total` bytes: GOT, or ENDED with both numbers in why. */
enum fetch_outcome fetch_reserve(struct fetch_job *j, uint64_t total);
/* Appends bytes to out: GOT or ENDED. */
enum fetch_outcome fetch_append(struct fetch_job *j, const void *data, size_t len);
/* Sets status.peer. */
void fetch_set_peer(struct fetch_job *j, const struct net_addr *addr, uint16_t port);

#endif
