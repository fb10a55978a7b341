/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a person reads of handshakes.  Called by dhcp_service.c and dhcp_life.c.
 */
#include "services/dhcp/dhcp_log.h"

#include <stdio.h>
#include <string.h>

#include "kernel/log.h"

#define SHOWN_MAX	320		/* of a string in a message */

void dhcp_log_mac(char *to, size_t cap, const uint8_t *m)
{
	snprintf(to, cap, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

void dhcp_log_sent(const struct dhcp_holder *h, enum dhcp_state before, uint8_t type)
{
	char mac[18], a[NET_ADDR_TEXT], b[NET_ADDR_TEXT];

	if (h->quiet)
		return;
	dhcp_log_mac(mac, sizeof(mac), h->client.id.mac);
	if (type == DHCP_DISCOVER && h->client.sent == 1)
		log_line("dhcp: DISCOVER (xid %08x) on %s %s", (unsigned)h->client.xid, h->link->name, mac);
	else if (type == DHCP_DISCOVER)
		log_line("dhcp: DISCOVER again on %s (try %u)", h->link->name, h->client.sent);
	else if (h->client.state == DHCP_REQUESTING)
		log_line("dhcp: REQUEST %s from %s on %s", net_addr_format(&h->client.chosen.addr, a),
			 net_addr_format(&h->client.chosen.server_id, b), h->link->name);
	else if (before != DHCP_BOUND)		/* a renewal that goes well is one line */
		log_line("dhcp: REQUEST again on %s to keep %s%s", h->link->name,
			 net_addr_format(&h->client.lease.addr, a),
			 h->client.state == DHCP_REBINDING ? ", from any server" : "");
}

void dhcp_log_offer(const struct dhcp_holder *h, enum dhcp_event ev)
{
	const struct dhcp_offer *o = &h->client.offer_seen;
	char a[NET_ADDR_TEXT], b[NET_ADDR_TEXT], file[SHOWN_MAX];

	dhcp_show(h->client.file_seen, file, sizeof(file));
	if (ev == DHCP_EV_PROXY)
		log_line("dhcp: OFFER of boot file %s from PXE server %s on %s", file,
			 net_addr_format(&o->server_id, b), h->link->name);
	else if (o->bootp)
		log_line("dhcp: BOOTP %s from %s on %s%s%s, taken if no DHCP server answers",
			 net_addr_format(&o->addr, a), net_addr_format(&o->server_id, b), h->link->name,
			 o->has_file ? ", boot file " : "", file);
	else
		log_line("dhcp: OFFER %s from %s on %s%s%s", net_addr_format(&o->addr, a),
			 net_addr_format(&o->server_id, b), h->link->name, o->has_file ? ", boot file " : "", file);
}

static void say_addrs(const char *what, const struct net_addr *addrs, unsigned count)
{
	char text[DHCP_MAX_ADDRS * (NET_ADDR_TEXT + 1)] = "", ip[NET_ADDR_TEXT];

	for (unsigned i = 0; i < count; i++) {
		strcat(text, " ");
		strcat(text, net_addr_format(&addrs[i], ip));
	}
	log_line("dhcp:   %s%s", what, count ? text : " none");
}

void dhcp_log_lease(const struct dhcp_holder *h)
{
	const struct dhcp_lease *l = &h->client.lease;
	struct net_addr mask = net_mask(l->len);
	char a[NET_ADDR_TEXT], b[NET_ADDR_TEXT], text[SHOWN_MAX];

	log_line("dhcp: %s %s from %s on %s", l->bootp ? "BOOTP" : "ACK", net_addr_format(&l->addr, a),
		 net_addr_format(&l->server_id, b), h->link->name);
	log_line("dhcp:   address     %s mask %s", a, net_addr_format(&mask, b));
	say_addrs("gateway    ", l->gateways, l->gateway_count);
	say_addrs("dns        ", l->dns, l->dns_count);
	if (l->search[0])
		log_line("dhcp:   domain      %s", dhcp_show(l->search, text, sizeof(text)));
	if (l->search_cut)
		log_warn("dhcp:   domain      the search list (option 119) is longer than %d bytes; the names behind "
			 "that are left out", DHCP_STRING_MAX - 1);
	log_line("dhcp:   next-server %s", dhcp_boot_host(l, a));
	if (l->mtu)
		log_line("dhcp:   mtu         %u", l->mtu);
	log_line("dhcp:   boot file   %s%s", l->boot_file[0] ? dhcp_show(l->boot_file, text, sizeof(text)) : "none",
		 l->boot_file_from_proxy ? " (ProxyDHCP)" : "");
	if (l->lease_s == DHCP_FOREVER)
		log_line("dhcp:   lease       for ever");
	else
		log_line("dhcp:   lease       %u s, renewed after %u s", (unsigned)l->lease_s, (unsigned)l->t1_s);
}
