/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a person reads of handshakes.  Called by dhcp_service.c and dhcp_life.c.
 */
#include "services/dhcp/dhcp_log.h"

#include <stdio.h>
#include <string.h>

#include "kernel/log.h"
#include "services/dhcp/dhcp_service.h"

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
		log_line("dhcp: DISCOVER again on %s (try %u)%s", h->link->name, h->client.sent,
			 h->client.offer_count ? "; the ROM had its boot file from a PXE server, which is waited for" :
			 "");
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

/* ---- answers that were not taken ---- */

static const char *const untaken_words[DHCP_UNTAKEN_KINDS] = {
	[DHCP_UNTAKEN_PORT] = "from a wrong port", [DHCP_UNTAKEN_MALFORMED] = "malformed",
	[DHCP_UNTAKEN_OTHERS] = "for other machines", [DHCP_UNTAKEN_XID] = "with a wrong xid",
	[DHCP_UNTAKEN_ADDRESS] = "with an impossible address", [DHCP_UNTAKEN_CUT] = "cut off",
	[DHCP_UNTAKEN_TYPE] = "of a wrong type", [DHCP_UNTAKEN_SERVER] = "of another server",
	[DHCP_UNTAKEN_NO_FILE] = "without a boot file", [DHCP_UNTAKEN_LATER] = "later than another offer",
	[DHCP_UNTAKEN_BOOTP] = "by BOOTP beside DHCP", [DHCP_UNTAKEN_PROXY] = "of a second PXE server",
	[DHCP_UNTAKEN_NO_PROXY] = "of a PXE server, which the DHCP server rules out",
	[DHCP_UNTAKEN_EMPTY] = "with neither address nor boot file",
};

const char *dhcp_untaken_word(enum dhcp_untaken_why why)
{
	return untaken_words[why];
}

static void explain(const struct dhcp_untaken *u, enum dhcp_untaken_why why, char *out, size_t cap)
{
	char ip[NET_ADDR_TEXT];
	const struct net_addr other = net_addr_v4(u->detail);

	switch (why) {
	case DHCP_UNTAKEN_PORT:
		snprintf(out, cap, "it came from port %u, and servers' is %u", (unsigned)u->detail, DHCP_SERVER_PORT);
		break;
	case DHCP_UNTAKEN_MALFORMED:
		snprintf(out, cap, "its %u bytes are no DHCP answer", (unsigned)u->detail);
		break;
	case DHCP_UNTAKEN_XID:
		snprintf(out, cap, "it answers another question, by its xid %08x", (unsigned)u->detail);
		break;
	case DHCP_UNTAKEN_ADDRESS:
		snprintf(out, cap, "no machine can have the address %s", net_addr_format(&other, ip));
		break;
	case DHCP_UNTAKEN_CUT:
		snprintf(out, cap, "its options are cut off after %u bytes", (unsigned)u->detail);
		break;
	case DHCP_UNTAKEN_TYPE:
		snprintf(out, cap, "message type %u is none that is waited for", (unsigned)u->detail);
		break;
	case DHCP_UNTAKEN_SERVER:
		snprintf(out, cap, "the lease is another server's");
		break;
	case DHCP_UNTAKEN_NO_FILE:
		snprintf(out, cap, "it names no boot file, and that of %s does", net_addr_format(&other, ip));
		break;
	case DHCP_UNTAKEN_LATER:
		snprintf(out, cap, "that of %s was there before", net_addr_format(&other, ip));
		break;
	case DHCP_UNTAKEN_BOOTP:
		snprintf(out, cap, "it is BOOTP, and another server has answered before");
		break;
	case DHCP_UNTAKEN_PROXY:
		snprintf(out, cap, "another PXE server has answered before");
		break;
	case DHCP_UNTAKEN_NO_PROXY:
		snprintf(out, cap, "the DHCP server says that there is no PXE server (175.176)");
		break;
	default:
		snprintf(out, cap, "it has neither an address nor a boot file");
		break;
	}
}

void dhcp_log_untaken(struct dhcp_holder *h)
{
	char ip[NET_ADDR_TEXT], why[96];

	for (unsigned k = 0; k < DHCP_UNTAKEN_KINDS; k++) {
		struct dhcp_untaken *u = &h->client.untaken[k];
		bool said = h->untaken_said >> k & 1;
		if (!u->count)
			continue;
		h->untaken[k] += u->count;
		h->untaken_said |= 1u << k;
		if (!said && !h->quiet && k != DHCP_UNTAKEN_OTHERS) {
			explain(u, k, why, sizeof(why));
			log_line("dhcp: an answer of %s on %s is not taken: %s", net_addr_format(&u->from, ip),
				 h->link->name, why);
		}
		u->count = 0;
	}
}
