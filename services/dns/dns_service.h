/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dns service: turns names into addresses for any task.
 */
#ifndef SERVICES_DNS_DNS_SERVICE_H
#define SERVICES_DNS_DNS_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "services/cause/cause.h"
#include "services/dns/dns.h"

struct link;
struct service;

enum { DNS_MSG_LOOKUP = 1 };	/* request: the name with its NUL; answer: struct dns_found; result: a count or -E */

struct dns_found {
	struct net_addr addrs[DNS_MAX_ADDRS];
	struct cause_fact cause;	/* where there are none: err, and which name server said what */
};

void dns_main(void *arg);	/* the service's task */
void dns_cleanup(struct service *self);	/* after a fault: closes its socket */

/*
 * The IPv4 addresses of a name, in the server's order; a dotted number is
 * answered without asking.  Waits: their count (1..max), or
 *	-ENOENT		there is no such name, or it has no IPv4 address
 *	-EAFNOSUPPORT	it has IPv6 addresses only
 *	-EINVAL		not a name
 *	-ENETUNREACH	no name server is known
 *	-ETIMEDOUT	no server answered in time
 *	-EIO		the servers answered, but only with failures
 *	-ECONNRESET	the service died over it; asking again is safe
 *	-EAGAIN		too many others were asking all the time
 *	-ECANCELED	stop() said true (NULL: it is not asked), or the caller's own work was cancelled
 * why, if it is not NULL, is then filled in.
 */
int dns_lookup(const char *name, struct net_addr *addrs, unsigned max, uint64_t deadline_us, bool (*stop)(void),
	       struct cause_fact *why);

/*
 * Each link has its servers, by its lease; they are asked through it, in the
 * order of the links that are open and have an address.  This is a server that
 * goes before the lease's on link l, or, with l NULL, before all: none gives the
 * word back.  Empties the cache when it is another than before.
 */
void dns_set_server(const struct link *l, const struct net_addr *server);
/* Empties the cache: what was found, or was not, is asked for again. */
void dns_forget(void);

#endif
