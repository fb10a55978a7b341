/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fetch service: brings what a URL names into memory, by the schemes of
 * the table in main.c (scheme.h); some at once, the others in the order asked.
 * Broken downloads are resumed.
 *
 *	int r = fetch_start(url);
 *	while ((err = fetch_wait(r, &status, clock_us() + 200000)) == -EAGAIN)
 *		...draw status.got of status.total; on Ctrl-C: break...
 *	if (err == 0)
 *		fetch_take(r, &image);
 *	else if (err != -EAGAIN)
 *		log_line("%s", status.cause.what);
 *	fetch_close(r);
 */
#ifndef SERVICES_FETCH_FETCH_SERVICE_H
#define SERVICES_FETCH_FETCH_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/membuf.h"
#include "services/fetch/fetch_status.h"
#include "services/fetch/scheme.h"
#include "services/fetch/url.h"

/*
 * Request: the URL with its NUL - or several places of the file, at most MIRRORS_MAX, a line each -, or what
 * params_take() packed, or a struct fetch_want and what GET has; answer: struct
 * fetch_status until it ends well, then struct fetch_answer, and the file in its buffer.
 */
enum { FETCH_MSG_GET = 1, FETCH_MSG_FORM, FETCH_MSG_WANT };

/* What of a URL is wanted, where that is not its file. */
struct fetch_want {
	enum source_want want;
	uint64_t from, until;		/* of SOURCE_PART: from which byte of the file to before which */
	char validator[SOURCE_VALIDATOR_MAX];	/* the same: of the file that FACTS told of; another's is -EPROTO */
};

struct fetch_answer {
	struct fetch_status status;
	char led_to[URL_TEXT_MAX];	/* by redirects: a URL with user and password; "": there were none */
	uint64_t size;			/* of SOURCE_FACTS: or SOURCE_SIZE_UNKNOWN */
	bool folder;			/* of SOURCE_FACTS */
	char validator[SOURCE_VALIDATOR_MAX];	/* of SOURCE_FACTS: SOURCE_PART may be asked for with it; or "" */
};

#define FETCH_TASKS 6		/* as many downloads run at once */

struct service;

/*
 * Each of the service's tasks, which are services of their own that serve the
 * port of the one named "fetch".
 */
void fetch_main(void *arg);
void fetch_cleanup(struct service *self);	/* after a fault: closes what its download had open */

/* Asks for an absolute URL: a handle > 0; -EAGAIN (too many wait), -ECONNRESET (the service is down), ... */
int fetch_start(const char *url);
/* The same of something else than the file. */
int fetch_start_want(const char *url, const struct fetch_want *want);
/* The same of what params_take() packed (params.h). */
int fetch_start_form(const char *packed, size_t len);
/*
 * Waits for the end: 0 or -E; -EAGAIN when the absolute deadline came first
 * and it goes on; -ECANCELED also when the caller's own work was cancelled.
 * *status in any case: all zero until the service says something; after
 * -ECONNRESET without an error in it, the service died and asking again is safe.
 */
int fetch_wait(int r, struct fetch_status *status, uint64_t deadline_us);
/* After fetch_wait() said 0: all that is to be said of it. */
void fetch_read(int r, struct fetch_answer *answer);
/* After fetch_wait() said 0: moves what came to *out, which is the caller's to free. */
void fetch_take(int r, struct membuf *out);
/* Lets go of it; what still runs ends. */
void fetch_close(int r);
/* Closes every kept connection: before a handover.  Call when no download runs. */
void fetch_close_all(void);

#endif
