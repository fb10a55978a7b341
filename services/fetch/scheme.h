/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Schemes: a door.  A scheme is how the files that its URLs name are got:
 * one struct scheme in one file (services/http/http_source.c, ...) and one row
 * of the table in main.c, by which alone the fetch service and url.c know it.
 *
 * One try at a download is a source.  All it needs lies in struct source and
 * in memory of its own (`state`), so that any number can be under way at once;
 * the fetch service has one in each of its tasks.  For each try it does:
 *
 *	s->state = ...scheme->state_len zero bytes...
 *	end = scheme->open(s);			connects, asks; how long it is
 *	while (end == SOURCE_OK && !s->over)
 *		end = scheme->read(s, place, room);	the next bytes, at s->at
 *	scheme->close(s);
 *
 * and decides by `end` what comes next: to follow, to pause and try again
 * (from s->at if s->validator says of which file the bytes are), or to give up.
 *
 *	static enum source_end data_open(struct source *s)
 *	{
 *		s->at = 0;
 *		s->size = strlen(s->url.target);
 *		return SOURCE_OK;
 *	}
 *
 *	const struct scheme data_scheme = { .name = "data", .open = data_open, .read = ..., .close = ... };
 *
 * What is wanted of the URL is in s->want: the file; what is in a folder, whose
 * read gives bytes that listing.h knows (SCHEME_LIST; a protocol with listings
 * of its own writes them by listing_put()); or facts alone, for which open is
 * called, and then close: it says s->size, and what else it knows.
 *
 * open and read may wait; every wait ends by itself: services/stack's say
 * -ECANCELED when nobody wants the file any more, and each phase has a budget
 * (budget.h) of bytes, time, silence and rate, which people may set.
 */
#ifndef SERVICES_FETCH_SCHEME_H
#define SERVICES_FETCH_SCHEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/fetch/budget.h"
#include "services/fetch/fetch_status.h"
#include "services/fetch/params.h"
#include "services/fetch/url.h"

struct stream;

#define SOURCE_SIZE_UNKNOWN	UINT64_MAX
#define SOURCE_VALIDATOR_MAX	128
#define SOURCE_DIGEST_MAX	48
#define SOURCE_WHY_MAX		CAUSE_WHAT_MAX
#define SOURCE_NEXT_MAX		96
#define SOURCE_DIALS		8	/* addresses of a server that are called at the same time */

enum source_end {
	SOURCE_OK,
	SOURCE_MOVED,		/* from open: s->url is the next to ask */
	SOURCE_BROKEN,		/* trying again may help; the s->at bytes in place are good */
	SOURCE_ENDED,		/* trying again cannot help, or cancelled */
};

/* What of a URL is wanted. */
enum source_want {
	SOURCE_FILE,
	SOURCE_LISTING,		/* of the folder: listing.h */
	SOURCE_FACTS,		/* nothing is read: size, and `folder` below; validator, where that is known */
	SOURCE_PART,		/* from..until of the file that validator names, or nothing; where FACTS said `parts` */
};

/* What is sent to the server instead of asking for a file; the answer's content is not wanted. */
struct source_post {
	const char *type;		/* "application/json" */
	const void *data;
	size_t len;
};

struct source {
	struct url url;			/* what is asked for */
	enum source_want want;
	const struct scheme *scheme;	/* the URL's */
	const struct url *via;		/* the proxy that is asked for it, the scheme's own; NULL: the URL's server */
	const struct url *tunnel;	/* the proxy whose CONNECT leads to the server; or NULL */
	void *state;			/* the scheme's own */
	void *more;			/* what it has needed besides, from malloc(); or NULL.  Freed with state */
	const struct source_post *post;	/* or NULL; only with SCHEME_POST: open ends OK and over, or fails */
	const struct params_request *form;	/* what goes along, where the scheme has that; or NULL */

	/* Of the file; kept from try to try. */
	uint64_t at;			/* bytes in place.  open: may begin again lower; read: raises it as they come */
	uint64_t size;			/* the whole file's, or SOURCE_SIZE_UNKNOWN; after open */
	char validator[SOURCE_VALIDATOR_MAX];	/* tells versions apart; "": another try begins anew */
	char digest[SOURCE_DIGEST_MAX];	/* of all of it, as its server says; or "".  The same digest is the same file */
	bool over;			/* the file is complete */
	bool folder;			/* of SOURCE_FACTS: it is one */
	bool parts;			/* of SOURCE_FACTS: validator is there, and SOURCE_PART may be asked for */
	uint64_t from, until;		/* of SOURCE_PART: bytes of the file; size is until then.  Else 0 */
	struct budget budget;		/* of the phase under way: source_enter() */

	uint32_t patience;		/* so many times as long as usual a silent server is waited for; 0: once */
	uint16_t mss;			/* bytes of data in a packet, at the most; 0: what the path takes */
	bool elsewhere;			/* redirects led to another server than was named: who asks is not said there */
	bool gone;			/* the peer fell silent, and its machine did not answer TCP's probes, either */
	char next[SOURCE_NEXT_MAX];	/* what the next try does in another way: ", with ..."; or "" */

	/* How far it is. */
	struct fetch_status status;	/* schemes set phase and peer; read tries: each begins with another address */
	struct net_addr peer;		/* the same without the port; source_set_peer() */
	bool reached;			/* some server was connected to: it exists */
	struct stream *dials[SOURCE_DIALS];	/* source_connect()'s, while it waits */
	void (*tell)(struct source *s);	/* passes it on, and `at` and `size`: to be called before waits */

	/* Of BROKEN and ENDED. */
	int err;			/* -E */
	char why[SOURCE_WHY_MAX];	/* a phrase: what went wrong, and where */
	unsigned answered;		/* what the server says of it, a number of its protocol; 0: nothing */
	bool promptly;			/* the next try asks for something else: without a pause */
	unsigned limit;			/* so many tries in a row without gain; 0: as the service thinks fit */
	uint32_t wait_s;		/* the server asked for a pause */
};

/* What a scheme can do. */
#define SCHEME_BARE 1u			/* a boot file without a scheme, as DHCP servers give it, is its */
#define SCHEME_POST 2u			/* a source may have something to post */
#define SCHEME_LIST 4u			/* a source may be asked for a SOURCE_LISTING */

struct scheme {
	const char *name;		/* lower case */
	const char *server;		/* for people: "a web server" */
	uint16_t port;			/* where its servers are when a URL does not say */
	unsigned can;
	size_t state_len;
	/* Connects and asks for the file, from s->at if s->validator is not "". */
	enum source_end (*open)(struct source *s);
	/*
	 * Writes the file's next bytes to place, at most len, until that is full
	 * or the file or the try has ended; over TCP straight from the frames.
	 */
	enum source_end (*read)(struct source *s, void *place, size_t len);
	/* Lets go of what it holds, at any point after open began; also after a fault.  Does not wait. */
	void (*close)(struct source *s);
	/*
	 * For schemes on streams: one to the URL's server.  source_connect(), or
	 * what stands on that - so the same open, read and close serve a scheme
	 * and its twin over TLS.  What it is made of must not be the task's
	 * memory: it may be kept longer than the task lives.  May wait; *out is
	 * meanwhile what close() has to close, or NULL.
	 */
	enum source_end (*connect)(struct source *s, struct stream **out);
	/* Closes what is kept open between sources; or NULL. */
	void (*close_kept)(void);
	/* The scheme that is to get the file in this one's place, as things are now, or NULL; may be NULL itself. */
	const struct scheme *(*instead)(void);
};

/* The table, ended by NULL: before anything else. */
void scheme_set_table(const struct scheme *const *table);
/* The scheme of that name, or NULL. */
const struct scheme *scheme_find(const char *name);
/* The one that can SCHEME_BARE, or NULL. */
const struct scheme *scheme_of_bare_names(void);
/* "http or tftp" */
void scheme_names(char *out, size_t cap);
/* Closes all that is kept. */
void scheme_close_kept(void);

#endif
