/* SPDX-License-Identifier: BSD-2-Clause */
/* What an answer grants, for dhcp.c and dhcp_remember.c; dhcp.h has the shapes. */
#ifndef SERVICES_DHCP_DHCP_LEASE_H
#define SERVICES_DHCP_DHCP_LEASE_H

#include <stdbool.h>
#include <stddef.h>

#include "services/dhcp/dhcp.h"
#include "services/dhcp/dhcp_packet.h"

/* The answer `raw`, whose fixed fields are *h, as an offer, and its boot file; file is "" where it names none. */
void dhcp_offer_read(struct dhcp_offer *o, char file[DHCP_STRING_MAX], const struct dhcp_header *h, const void *raw,
		     size_t len, const struct net_addr *from);
/* The same as a lease, c->lease, with what c knows of a proxy. */
void dhcp_lease_read(struct dhcp_client *c, const struct dhcp_header *h, const void *raw, size_t len,
		     const struct net_addr *from);
/* It is bound, or was and would be so again. */
bool dhcp_holds_lease(const struct dhcp_client *c);
/* A client at rest is bound by that answer, which is age_s old and was checked: 0, or -ETIMEDOUT, it has run out. */
int dhcp_adopt(struct dhcp_client *c, uint64_t now_us, uint32_t age_s, const void *raw, size_t len,
	       const struct net_addr *server);
/* c knows of a proxy by its answer `raw`; len 0: of none. */
void dhcp_keep_proxy(struct dhcp_client *c, const void *raw, size_t len, const struct net_addr *from);

#endif
