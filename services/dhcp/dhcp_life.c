/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lease's life on a link: begun, bound and probed, declined, renewed, lost,
 * kept while another is asked for, or taken up from the loader's last life; and
 * the stack configured accordingly.  Called by dhcp_service.c.
 */
#include "services/dhcp/dhcp_life.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/request.h"
#include "kernel/restart.h"
#include "net/net.h"
#include "services/dhcp/dhcp_log.h"
#include "services/dhcp/dhcp_rom.h"
#include "services/dhcp/dhcp_service.h"
#include "services/stack/stack.h"

#define BACKGROUND_US	60000000u	/* between attempts to get a lost lease again */
#define PROBE_AGAIN_US	400000u
#define PROBE_TIME_US	1500000u

static unsigned leases_come;		/* for which nobody waited */

/* The link's address and routes as the lease says; routes without room are left out, an earlier lease's go. */
static int configure_stack(struct dhcp_holder *h)
{
	struct net *n = net_stack();
	const struct dhcp_lease *l = &h->client.lease;
	char a[NET_ADDR_TEXT];
	int err = link_configure(n, h->link, &l->addr, l->len);

	h->link->mtu_told = l->mtu;
	while (h->route_count)
		(void)net_route_del(n, h->link, &h->routes[--h->route_count].to);
	for (unsigned i = 0; i < l->route_count && err >= 0; i++) {
		const struct dhcp_route *r = &l->routes[i];
		int refused = net_route_add(n, h->link, &r->to, &r->gateway);
		if (refused < 0)
			log_warn("dhcp: the route to %s/%u on %s is left out: %s; route shows those there are",
				 net_addr_format(&r->to.addr, a), r->to.len, h->link->name, err_text(refused));
		else
			h->routes[h->route_count++] = *r;
	}
	return err;
}

void dhcp_life_end(struct dhcp_holder *h)
{
	h->route_count = 0;		/* they go with the address */
	h->link->mtu_told = 0;
	link_configure(net_stack(), h->link, NULL, 0);
}

void dhcp_life_conclude(struct dhcp_holder *h, int result)
{
	request_reply(h->asker, result, NULL, 0);
	h->asker = 0;
}

/* The lease that was in force before the handshake is it again, if there was one. */
bool dhcp_life_keep(struct dhcp_holder *h)
{
	bool had = dhcp_kept.of == h;

	if (had) {
		h->client = dhcp_kept.client;
		memcpy(h->user_class, h->client.id.user_class, sizeof(h->user_class));
		dhcp_kept.of = NULL;
	}
	return had;
}

/* It is in force no more. */
void dhcp_life_lose_kept(struct dhcp_holder *h)
{
	dhcp_life_end(h);
	dhcp_kept.of = NULL;
}

static void bound(struct dhcp_holder *h)
{
	int err = configure_stack(h);
	char ip[NET_ADDR_TEXT], server[NET_ADDR_TEXT];
	bool known = dhcp_kept.of == h && net_addr_equal(&dhcp_kept.client.lease.addr, &h->client.lease.addr);

	if (dhcp_kept.of == h)
		dhcp_kept.of = NULL;
	h->took_us = clock_us() - h->began_us;
	h->came_us = h->asker ? 0 : clock_us();
	leases_come += !h->asker;
	h->quiet = false;
	dhcp_log_lease(h);
	if (err < 0) {
		cause_fact_set(&h->cause, err, "no machine can have the address %s/%u that %s gives us on %s",
			       net_addr_format(&h->client.lease.addr, ip), h->client.lease.len,
			       net_addr_format(&h->client.lease.server_id, server), h->link->name);
		log_error("dhcp: %s", h->cause.what);
		dhcp_life_end(h);
		dhcp_init(&h->client, &dhcp_identity);
		dhcp_life_conclude(h, err);
	} else {
		h->bound_us = clock_us();
		h->probed = false;
		if (known)		/* whoever asked for it first has waited for that */
			dhcp_life_conclude(h, 0);
	}
	h->background = h->background && err < 0;
}

/* Somebody else has the address that we were given. */
static void decline(struct dhcp_holder *h, struct dhcp_output *out)
{
	char ip[NET_ADDR_TEXT], server[NET_ADDR_TEXT], mac[18];

	dhcp_log_mac(mac, sizeof(mac), h->link->contender);
	cause_fact_set(&h->cause, -EADDRINUSE, "%s, which %s gives us on %s, is in use by %s",
		       net_addr_format(&h->client.lease.addr, ip), net_addr_format(&h->client.lease.server_id, server),
		       h->link->name, mac);
	log_error("dhcp: DECLINE: %s; asking for another in 10 s", h->cause.what);
	dhcp_life_end(h);
	dhcp_rom_spoil(h->link->dev->mac);
	dhcp_decline(&h->client, clock_us(), random_u32(), out);
	h->declined_us = dhcp_deadline(&h->client);
	if (out->len && dhcp_holder_open(h) >= 0)
		sock_sendto(net_stack(), h->sock, out->data, out->len, &out->dst, DHCP_SERVER_PORT);
	h->bound_us = 0;
	h->background = !h->asker;
}

/* A new address, while it is probed. */
void dhcp_life_watch(struct dhcp_holder *h, struct dhcp_output *out)
{
	uint64_t now = clock_us();

	if (h->link->contested) {
		decline(h, out);
		return;
	}
	if (h->asker && now >= h->bound_us + DHCP_PROBE_WAIT_US)
		dhcp_life_conclude(h, 0);
	if (!h->probed && now >= h->bound_us + PROBE_AGAIN_US) {
		link_probe(h->link);
		h->probed = true;
	}
	if (now >= h->bound_us + PROBE_TIME_US)
		h->bound_us = 0;
}

/* As far as the card can know it. */
static const char *cable(const struct dhcp_holder *h)
{
	return h->link->dev->rx_frames == h->heard ?
	       "; the card has heard nothing at all meanwhile: the cable may be out, or the switch's port off" :
	       "; the cable is in, for frames of others were heard";
}

/* Into c, at rest, the lease that the last life of the loader has had on that link: false where there is none. */
static bool recall(const struct link *l, struct dhcp_client *c)
{
	const void *record;
	size_t len;

	for (unsigned i = 0; restart_carried(CARRY_LEASE, i, &record, &len); i++)
		if (len > LINK_NAME_LEN && !strncmp(record, l->name, LINK_NAME_LEN) &&
		    dhcp_resume(c, clock_us(), (const uint8_t *)record + LINK_NAME_LEN, len - LINK_NAME_LEN) == 0)
			return true;
	return false;
}

/* It, now that no server answers: true if it is in force. */
static bool take_up(struct dhcp_holder *h)
{
	char ip[NET_ADDR_TEXT], why[sizeof(h->client.error_text)];

	memcpy(why, h->client.error_text, sizeof(why));
	if (h->client.naks || dhcp_link_lease(h->link) || !recall(h->link, &h->client))
		return false;
	log_line("dhcp: %s; the last life's lease of %s on %s holds for another %u s", why,
		 net_addr_format(&h->client.lease.addr, ip), h->link->name, (unsigned)h->client.lease.lease_s);
	bound(h);
	return true;
}

static void failed(struct dhcp_holder *h)
{
	int err = h->client.error;
	char ip[NET_ADDR_TEXT], next[80] = "";

	if (take_up(h))
		return;
	if (err == -ETIMEDOUT && !link_up(h->link))
		cause_fact_set(&h->cause, err, "no lease on %s: " NET_NO_LINK, h->link->name, "it");
	else
		cause_fact_set(&h->cause, err, "no lease on %s: %s%s", h->link->name, h->client.error_text,
			       err == -ETIMEDOUT ? cable(h) : "");
	if (dhcp_kept.of == h)
		snprintf(next, sizeof(next), "; that of %s stays in force",
			 net_addr_format(&dhcp_kept.client.lease.addr, ip));
	else if (h->background)
		snprintf(next, sizeof(next), "; trying again in a minute");
	if (!h->quiet)
		log_error("dhcp: %s%s", h->cause.what, next);
	h->background_us = clock_us() + (h->quiet ? DHCP_QUIET_US : BACKGROUND_US);
	dhcp_life_keep(h);
	dhcp_life_conclude(h, err);
}

void dhcp_life_handle(struct dhcp_holder *h, enum dhcp_event ev)
{
	char ip[NET_ADDR_TEXT];

	switch (ev) {
	case DHCP_EV_NONE:
		break;
	case DHCP_EV_OFFER:
	case DHCP_EV_PROXY:
		dhcp_log_offer(h, ev);
		break;
	case DHCP_EV_BOUND:
		bound(h);
		break;
	case DHCP_EV_RENEWED:
		log_line("dhcp: ACK on %s, %s kept for another %u s", h->link->name,
			 net_addr_format(&h->client.lease.addr, ip),
			 (unsigned)h->client.lease.lease_s);
		configure_stack(h);
		break;
	case DHCP_EV_NAK:
	case DHCP_EV_EXPIRED:
		dhcp_rom_spoil(h->link->dev->mac);
		log_warn("dhcp: %s on %s; asking for a new address", ev == DHCP_EV_NAK ? h->client.error_text :
			 "the lease ran out", h->link->name);
		if (dhcp_kept.of == h) {
			if (net_addr_equal(&dhcp_kept.client.lease.server_id, &h->client.chosen.server_id))
				dhcp_life_lose_kept(h);
		} else if (h->link->addr.family) {
			dhcp_life_end(h);
			h->background = true;
		}
		break;
	case DHCP_EV_FAILED:
		failed(h);
		break;
	}
}

static void fill_bus(const struct netdev_bus *b)
{
	const uint8_t bus[DHCP_BUS_LEN] = { 1, (uint8_t)(b->vendor >> 8), (uint8_t)b->vendor,
					    (uint8_t)(b->device >> 8), (uint8_t)b->device };

	memset(dhcp_identity.bus, 0, sizeof(dhcp_identity.bus));
	if (b->type)
		memcpy(dhcp_identity.bus, bus, sizeof(bus));
}

static void fill_identity(const struct link *l, const char *user_class)
{
	memcpy(dhcp_identity.mac, l->dev->mac, sizeof(dhcp_identity.mac));
	snprintf(dhcp_identity.user_class, sizeof(dhcp_identity.user_class), "%s", user_class);
	fill_bus(&l->dev->bus);
	dhcp_identity.max_len = link_mtu(l) - (NETDEV_MTU_MAX - DHCP_MAX_LEN);	/* less the headers of IP and UDP */
}

void dhcp_link_identity(const struct link *l, struct dhcp_identity *id)
{
	fill_identity(l, dhcp_asked_as(l));
	*id = dhcp_identity;
}

/* dhcp.cached: the ROM's own lease, and nobody is asked. */
static void take_roms(struct dhcp_holder *h)
{
	static struct dhcp_client taken;

	dhcp_init(&taken, &dhcp_identity);
	if (dhcp_rom_take(&taken, clock_us()) < 0) {
		log_line("dhcp: the ROM has no lease for %s, or none any more: the servers are asked", h->link->name);
		return;
	}
	h->client = taken;
	log_line("dhcp: the ROM's lease is taken on %s, and nobody is asked (dhcp.cached)", h->link->name);
	bound(h);
}

void dhcp_life_begin(struct dhcp_holder *h)
{
	fill_identity(h->link, h->user_class);
	if (!dhcp_kept.of && dhcp_holder_lease(h)) {
		dhcp_kept.client = h->client;
		dhcp_kept.of = h;
	} else if (dhcp_kept.of != h) {
		dhcp_life_end(h);
	}
	dhcp_holder_close(h);
	h->bound_us = 0;
	h->began_us = clock_us();
	h->heard = h->link->dev->rx_frames;
	h->cause = (struct cause_fact){ .err = 0 };
	h->untaken_said = 0;
	dhcp_init(&h->client, &dhcp_identity);
	bool brief = !dhcp_holder_lease(h) && recall(h->link, &h->client);
	dhcp_init(&h->client, &dhcp_identity);
	dhcp_start(&h->client, clock_us() > h->declined_us ? clock_us() : h->declined_us, random_u32());
	h->client.brief = brief;
	h->client.awaits_proxy = dhcp_rom_had_proxy(h->link->dev->mac);
	if (dhcp_rom_wanted && !h->link->tag)
		take_roms(h);
}

unsigned dhcp_leases_come(void)
{
	return leases_come;
}
