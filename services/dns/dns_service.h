/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dns service: turns names into addresses for any task.
 */
#ifndef SERVICES_DNS_DNS_SERVICE_H
#define SERVICES_DNS_DNS_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

enum { DNS_MSG_LOOKUP = 1 };	/* data: private to dns_lookup() */

void dns_main(void *arg);	/* the service's task */
void dns_cleanup(void);		/* after a fault: closes its socket */

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
 */
int dns_lookup(const char *name, uint32_t *addrs, unsigned max, uint64_t deadline_us);
/* The same; ends with -ECANCELED soon after *cancel has become true. */
int dns_lookup_until(const char *name, uint32_t *addrs, unsigned max, uint64_t deadline_us, const volatile bool *cancel);
/* The same; ends with -ECANCELED soon after stop() has said true, which is asked again and again meanwhile. */
int dns_lookup_unless(const char *name, uint32_t *addrs, unsigned max, uint64_t deadline_us, bool (*stop)(void));

/*
 * Servers and search list that go before those of the lease; count 0 or
 * search NULL gives the word back to the lease.  search: names separated by
 * spaces.  Empties the cache.
 */
void dns_set_servers(const uint32_t *servers, unsigned count);
void dns_set_search(const char *search);

#endif
