/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a fleet's collector is told of a machine: one JSON object.
 *
 *	{"event":"failure","version":"0.2","machine":{"mac":"52:54:00:12:34:56","ip":"10.0.0.7","host":"node7",
 *	"serial":"SN-1","uuid":"...","maker":"...","product":"...","card":"..."},"try":3,
 *	"timings":{"up_ms":61000,"try_ms":1200,"failing_ms":60000,"lease_ms":210,"fetch_ms":800,"fetch_bytes":9000000},
 *	"cause":{"what":"10.0.0.1:80 answers 404 Not Found","url":"http://10.0.0.1/vmlinuz",...}}
 *
 * What is not known is left out.  Pure.
 */
#ifndef SERVICES_REPORT_REPORT_H
#define SERVICES_REPORT_REPORT_H

#include <stddef.h>
#include <stdint.h>

struct cause;

#define REPORT_WORD_MAX	64u	/* of each text about the machine so much is told */
#define REPORT_JSON_MAX	6144u

/* Everything is the caller's; texts NULL or "" and numbers 0: not known. */
struct report {
	const char *event;		/* "failure", "handover", "leaving" */
	const char *to;			/* what gets the machine: "vmlinuz" */
	const char *mac, *ip, *host, *serial, *uuid, *maker, *product, *card;
	unsigned attempt;		/* the number of the try, from 1 */
	uint64_t up_us;			/* since the machine's start */
	uint64_t try_us;		/* since the try began */
	uint64_t failing_us;		/* since the first try failed */
	uint64_t lease_us;		/* that it took to get the lease */
	uint64_t fetch_us, fetched;	/* in the try: time in which something was fetched, and its bytes */
	const struct cause *cause;	/* of the last failure, or NULL */
};

/* The length, out is terminated; or -ENOSPC.  REPORT_JSON_MAX holds all but what is made to be escaped. */
int report_json(const struct report *r, char *out, size_t cap);

#endif
