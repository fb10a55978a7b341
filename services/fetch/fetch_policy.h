/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fetch service decides, apart from how it is done: what it puts up
 * with, when to try again and after which pause, how many redirects to follow.
 * Pure.
 */
#ifndef SERVICES_FETCH_FETCH_POLICY_H
#define SERVICES_FETCH_FETCH_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/fetch/url.h"

#define FETCH_TRIES_MAX		6		/* in a row that brought nothing new */
#define FETCH_GAIN		65536u		/* bytes that count as something new */
#define FETCH_REDIRECTS_MAX	50		/* that fetch.max-redirs may allow */
#define FETCH_RETRY_AFTER_MAX_S	60

/* What people may set of it, as fetch.NAME; the names are curl's where it has the thing. */
enum fetch_limit {
	FETCH_CONNECT_TIMEOUT,		/* s, for one address of a server */
	FETCH_RESPONSE_TIMEOUT,		/* s, from the request until the body begins */
	FETCH_READ_TIMEOUT,		/* s without a byte of the body */
	FETCH_SPEED_LIMIT,		/* bytes a second, at least; 0: none */
	FETCH_SPEED_TIME,		/* s over which that is judged */
	FETCH_PATIENCE,			/* to so many times those grow where a live server stays silent */
	FETCH_MAX_REDIRS,
	FETCH_MAX_FILESIZE,		/* bytes; 0: what memory takes */
	FETCH_LIMITS,
};
/* "connect-timeout"; NULL past the last. */
const char *fetch_limit_name(unsigned i);
uint32_t fetch_limit(enum fetch_limit which);
uint32_t fetch_limit_default(enum fetch_limit which);
/* 0, or -ERANGE: nothing has changed, *least and *most say what it may be. */
int fetch_limit_set(enum fetch_limit which, int32_t value, uint32_t *least, uint32_t *most);

#define FETCH_AGENT_MAX		256		/* bytes, with a NUL */

/*
 * How servers of one's own are told who asks, where schemes can: those at a private address, and those that hosts
 * names, parted by blanks or commas, ".x.org" for all below x.org.  What no header holds is left out.
 */
void fetch_agent_set(const char *text, const char *hosts);
/* Is that one, by its name and by "ADDRESS:PORT" as it was reached, one's own? */
bool fetch_is_own(const char *host, const char *peer);
/* What that one is told; "": as the scheme thinks fit. */
const char *fetch_agent(const char *host, const char *peer);
/* May a server answer from another address than it was asked at (TFTP)? */
void fetch_any_source_set(bool on);
bool fetch_any_source(void);
/* Are TFTP's files to be asked for by the ROM's own TFTP: 1, 0; or -1: where there is no other way? */
void fetch_by_rom_set(int how);
int fetch_by_rom(void);

struct fetch_retry {
	unsigned tries;		/* that failed since the last gain */
	unsigned all;		/* that failed */
	uint64_t best;		/* bytes at the last gain */
};
/* After a failed try that leaves `kept` bytes: true if another is allowed.  limit: FETCH_TRIES_MAX or fewer. */
bool fetch_retry_allowed(struct fetch_retry *t, unsigned limit, uint64_t kept);
/* The pause before it: 1 2 4 8 8 ... s, a quarter more or less; at least what the server asked for, within bounds. */
uint32_t fetch_retry_pause_ms(const struct fetch_retry *t, uint32_t random, uint32_t retry_after_s);

struct fetch_trail {
	unsigned count;
	uint32_t seen[FETCH_REDIRECTS_MAX + 1];	/* hashes */
};
/* Notes that `u` is asked next: 0, -ELOOP when it was asked before, -E2BIG past fetch.max-redirs. */
int fetch_trail_add(struct fetch_trail *t, const struct url *u);

#endif
