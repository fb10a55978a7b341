/* SPDX-License-Identifier: BSD-2-Clause */
/* See identity.h. */
#include "services/interface/identity.h"

#include <stdio.h>

#include "net/net.h"
#include "services/dhcp/dhcp_service.h"
#include "services/firmware/machine.h"
#include "services/stack/stack.h"

/* The link that has the address, or the one that speaks for the machine; NULL: there is none. */
static const struct link *speaker(const struct net_addr *own)
{
	const struct dhcp_lease *lease = dhcp_service_lease();
	const struct link *l = own ? link_of(net_stack(), own) : lease ? link_of(net_stack(), &lease->addr) : NULL;
	for (unsigned i = 0; !l && (l = link_get(net_stack(), i)) != NULL && !l->addr.family; i++)
		l = NULL;
	return l ? l : link_get(net_stack(), 0);
}

void identity_text(const struct net_addr *own, char *out, size_t cap)
{
	const struct machine_facts *m = machine_facts();
	const struct dhcp_lease *lease = dhcp_service_lease();
	const struct link *l = speaker(own);
	const uint8_t none[6] = { 0 }, *mac = l ? l->dev->mac : none;
	char addr[NET_ADDR_TEXT] = "no address";
	if (l && l->addr.family)
		net_addr_format(&l->addr, addr);
	snprintf(out, cap, "%.63s (%s, %02x:%02x:%02x:%02x:%02x:%02x), serial number %.63s",
		 lease && *lease->hostname ? lease->hostname : "a machine without a name", addr, mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5], m->serial ? m->serial : "unknown");
}
