/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dhcp service's clients: what its files share, and nobody else.  All of it
 * outlives a crash of the service's task.
 */
#ifndef SERVICES_DHCP_DHCP_HOLDER_H
#define SERVICES_DHCP_DHCP_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net.h"
#include "services/cause/cause.h"
#include "services/dhcp/dhcp.h"

/* What there is for one link. */
struct dhcp_holder {
	struct link *link;		/* NULL: free */
	struct dhcp_client client;
	int sock;			/* -1: closed */
	bool background;		/* nobody waits, but a lease is wanted */
	bool quiet;			/* it has not been there before: so the attempts are not told */
	uint64_t came_us;		/* when a lease came for which nobody waited; 0: it was asked for */
	uint64_t background_us;		/* next attempt, when background and the last failed */
	int asker;			/* the request that waits for the handshake, 0: none */
	struct dhcp_route routes[DHCP_MAX_ROUTES];	/* that the lease gave the link */
	unsigned route_count;
	uint64_t declined_us;		/* until then nothing is asked for: the server has to hear of it first */
	uint64_t bound_us;		/* when the address came, while it is probed; 0: it is not */
	bool probed;			/* twice */
	char user_class[DHCP_CLASS_MAX];	/* by which the last was asked for */
	uint64_t began_us, took_us;	/* the last handshake, and how long until a lease came; 0: none has */
	uint32_t heard;			/* frames of its device before the handshake */
	uint32_t untaken[DHCP_UNTAKEN_KINDS];	/* answers that were not taken, since the start */
	uint32_t untaken_said;		/* of which kinds in this handshake: bits */
	struct cause_fact cause;	/* of the last handshake's failure */
};

/* The client with the lease in force on a link for which another is being asked for; of NULL: there is none. */
struct dhcp_kept {
	struct dhcp_holder *of;
	struct dhcp_client client;
};

extern struct dhcp_holder dhcp_holders[NET_LINKS];
extern struct dhcp_kept dhcp_kept;
extern struct dhcp_identity dhcp_identity;	/* of clients that begin */

extern bool dhcp_rom_wanted;

/* The one of that link; one at rest where there was none.  NULL: there is no room. */
struct dhcp_holder *dhcp_holder_make(struct link *l);
/* The lease in force there, or NULL. */
const struct dhcp_lease *dhcp_holder_lease(const struct dhcp_holder *h);
/* It is the one whose lease was asked for last. */
void dhcp_holder_latest(const struct dhcp_holder *h);
/* Its socket, open already or not: 0 or -E. */
int dhcp_holder_open(struct dhcp_holder *h);
void dhcp_holder_close(struct dhcp_holder *h);

#endif
