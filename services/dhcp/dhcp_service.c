/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dhcp service: dhcp.c on UDP sockets, a client for each link, the links
 * configured from their leases, each step said in the log.  All state is static,
 * so a task that starts again after a fault goes on with the leases that it finds.
 */
#include "services/dhcp/dhcp_service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/restart.h"
#include "kernel/service.h"
#include "net/net.h"
#include "services/stack/stack.h"

#define SHOWN_MAX	320		/* of a string in a message */
#define SLICE_US	100000u		/* how long a request may wait while the handshake listens */
#define BACKGROUND_US	60000000u	/* between attempts to get a lost lease again */
#define QUIET_US	20000000u	/* the same, while nothing else can go on without one */
#define PAUSE_US	1000000u	/* for the service to hear of it */
#define FRESH_US	30000000u	/* a lease that came by itself is as good as one asked for now */
/*
 * Whoever has the address that we are given answers a probe (RFC 5227), on a
 * wire within milliseconds.  Whoever asked for the lease waits for that; what
 * comes later is heard beside his work, and a second probe has its time, too.
 */
#define PROBE_WAIT_US	50000u
#define PROBE_AGAIN_US	400000u
#define PROBE_TIME_US	1500000u

/* What there is for one link. */
struct holder {
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
	uint32_t heard;			/* frames of its device before the handshake */
	struct cause_fact cause;	/* of the last handshake's failure */
};

static struct holder holders[NET_LINKS];
static const struct holder *latest;	/* whose lease was asked for last */
static unsigned leases_come;		/* for which nobody waited */
/* The client with the lease in force on a link for which another is being asked for; of NULL: there is none. */
static struct {
	struct holder *of;
	struct dhcp_client client;
} kept;
static struct dhcp_identity identity;
static char asked_as[DHCP_CLASS_MAX];	/* from now on */
static struct dhcp_output output;
static uint8_t packet[DHCP_MAX_LEN];

static const char *read_number(const char *text, uint8_t *n)
{
	unsigned value = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		value = 10 * value + (unsigned)(*text - '0');
	*n = (uint8_t)value;
	return *text == '.' ? text + 1 : "";
}

void dhcp_set_identity(const uint8_t *uuid, const char *hostname, const uint8_t *features, const char *version)
{
	for (unsigned i = 0; i < sizeof(identity.version); i++)
		version = read_number(version, &identity.version[i]);
	identity.features = features;
	identity.has_uuid = true;	/* zeros where the machine has none, as boot ROMs send it */
	if (uuid)
		memcpy(identity.uuid, uuid, sizeof(identity.uuid));
	snprintf(identity.hostname, sizeof(identity.hostname), "%s", hostname ? hostname : "");
}

void dhcp_ask_as(const char *user_class)
{
	snprintf(asked_as, sizeof(asked_as), "%s", user_class);
}

static struct holder *find(const struct link *l)
{
	for (struct holder *h = holders; l && h < holders + NET_LINKS; h++)
		if (h->link == l)
			return h;
	return NULL;
}

/* The one that has the lease in force, if there is one. */
static const struct dhcp_client *client_of(const struct holder *h)
{
	return kept.of == h ? &kept.client : &h->client;
}

static const struct dhcp_lease *lease_of(const struct holder *h)
{
	const struct dhcp_client *c = client_of(h);

	return h->link && c->lease.addr.family ? &c->lease : NULL;
}

const struct dhcp_lease *dhcp_link_lease(const struct link *l)
{
	const struct holder *h = find(l);

	return h ? lease_of(h) : NULL;
}

const char *dhcp_asked_as(const struct link *l)
{
	const struct holder *h = find(l);

	if (h && lease_of(h))
		return dhcp_user_class(client_of(h));
	return asked_as[0] ? asked_as : DHCP_USER_CLASS;
}

int32_t dhcp_link_left_s(const struct link *l)
{
	const struct holder *h = find(l);

	if (!h || !lease_of(h) || lease_of(h)->lease_s == DHCP_FOREVER)
		return -1;
	uint64_t end = client_of(h)->bound_us + lease_of(h)->lease_s * 1000000ull, now = clock_us();
	return end > now ? (int32_t)((end - now) / 1000000) : 0;
}

const struct cause_fact *dhcp_link_cause(const struct link *l)
{
	const struct holder *h = find(l);

	return h && h->cause.err ? &h->cause : NULL;
}

bool dhcp_runs_on(const struct link *l)
{
	return find(l) != NULL;
}

const struct dhcp_lease *dhcp_lease_get(unsigned i)
{
	if (latest && lease_of(latest) && !i--)
		return lease_of(latest);
	for (const struct holder *h = holders; h < holders + NET_LINKS; h++)
		if (h != latest && lease_of(h) && !i--)
			return lease_of(h);
	return NULL;
}

const struct dhcp_lease *dhcp_service_lease(void)
{
	return dhcp_lease_get(0);
}

static void close_socket(struct holder *h)
{
	if (h->sock >= 0)
		sock_close(net_stack(), h->sock);
	h->sock = -1;
}

void dhcp_cleanup(struct service *self)
{
	(void)self;
	for (struct holder *h = holders; h < holders + NET_LINKS; h++)
		if (h->link) {
			close_socket(h);
			h->asker = 0;	/* the kernel answers it */
		}
}

static int open_socket(struct holder *h)
{
	struct net *n = net_stack();
	int err;

	if (h->sock >= 0)
		return 0;
	h->sock = sock_open(n, SOCK_UDP);
	if (h->sock < 0)
		return h->sock;
	sock_set(n, h->sock, SOCK_OPT_BROADCAST, 1);
	sock_set(n, h->sock, SOCK_OPT_REUSE, 1);	/* other links have this port, too */
	sock_set(n, h->sock, SOCK_OPT_LINK, (uintptr_t)h->link);
	err = sock_bind(n, h->sock, NULL, DHCP_CLIENT_PORT);
	if (err < 0)
		close_socket(h);
	return err;
}

/* A client at rest for that link, or NULL: there is no room. */
static struct holder *hold(struct link *l)
{
	struct holder *h = find(l);

	if (h)
		return h;
	for (h = holders; h < holders + NET_LINKS && h->link; h++)
		;
	if (h == holders + NET_LINKS)
		return NULL;
	memset(h, 0, sizeof *h);
	h->link = l;
	h->sock = -1;
	dhcp_init(&h->client, &identity);
	return h;
}

/* ---- what a person reads ---- */

static void say_mac(char *to, size_t cap, const uint8_t *m)
{
	snprintf(to, cap, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static void say_sent(const struct holder *h, enum dhcp_state before)
{
	char mac[18], a[NET_ADDR_TEXT], b[NET_ADDR_TEXT];

	if (h->quiet)
		return;
	say_mac(mac, sizeof(mac), h->client.id.mac);
	if (output.type == DHCP_DISCOVER && h->client.sent == 1)
		log_line("dhcp: DISCOVER (xid %08x) on %s %s", (unsigned)h->client.xid, h->link->name, mac);
	else if (output.type == DHCP_DISCOVER)
		log_line("dhcp: DISCOVER again on %s (try %u)", h->link->name, h->client.sent);
	else if (h->client.state == DHCP_REQUESTING)
		log_line("dhcp: REQUEST %s from %s on %s", net_addr_format(&h->client.chosen.addr, a),
			 net_addr_format(&h->client.chosen.server_id, b), h->link->name);
	else if (before != DHCP_BOUND)		/* a renewal that goes well is one line */
		log_line("dhcp: REQUEST again on %s to keep %s%s", h->link->name,
			 net_addr_format(&h->client.lease.addr, a),
			 h->client.state == DHCP_REBINDING ? ", from any server" : "");
}

static void say_offer(const struct holder *h, enum dhcp_event ev)
{
	const struct dhcp_offer *o = &h->client.offer_seen;
	char a[NET_ADDR_TEXT], b[NET_ADDR_TEXT], file[SHOWN_MAX];

	dhcp_show(h->client.file_seen, file, sizeof(file));
	if (ev == DHCP_EV_PROXY)
		log_line("dhcp: OFFER of boot file %s from PXE server %s on %s", file,
			 net_addr_format(&o->server_id, b), h->link->name);
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

static void say_lease(const struct holder *h)
{
	const struct dhcp_lease *l = &h->client.lease;
	struct net_addr mask = net_mask(l->len);
	char a[NET_ADDR_TEXT], b[NET_ADDR_TEXT], text[SHOWN_MAX];

	log_line("dhcp: ACK %s from %s on %s", net_addr_format(&l->addr, a), net_addr_format(&l->server_id, b),
		 h->link->name);
	log_line("dhcp:   address     %s mask %s", a, net_addr_format(&mask, b));
	say_addrs("gateway    ", l->gateways, l->gateway_count);
	say_addrs("dns        ", l->dns, l->dns_count);
	if (l->search[0])
		log_line("dhcp:   domain      %s", dhcp_show(l->search, text, sizeof(text)));
	if (l->search_cut)
		log_warn("dhcp:   domain      the search list (option 119) is longer than %d bytes; the names behind "
			 "that are left out", DHCP_STRING_MAX - 1);
	log_line("dhcp:   next-server %s", net_addr_format(&l->next_server, a));
	log_line("dhcp:   boot file   %s%s", l->boot_file[0] ? dhcp_show(l->boot_file, text, sizeof(text)) : "none",
		 l->boot_file_from_proxy ? " (ProxyDHCP)" : "");
	if (l->lease_s == DHCP_FOREVER)
		log_line("dhcp:   lease       for ever");
	else
		log_line("dhcp:   lease       %u s, renewed after %u s", (unsigned)l->lease_s, (unsigned)l->t1_s);
}

/* ---- the stack ---- */

/* The link's address and routes as the lease says; routes without room are left out, an earlier lease's go. */
static int configure_stack(struct holder *h)
{
	struct net *n = net_stack();
	const struct dhcp_lease *l = &h->client.lease;
	char a[NET_ADDR_TEXT];
	int err = link_configure(n, h->link, &l->addr, l->len);

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

static void deconfigure_stack(struct holder *h)
{
	h->route_count = 0;		/* they go with the address */
	link_configure(net_stack(), h->link, NULL, 0);
}

static void conclude(struct holder *h, int result)
{
	request_reply(h->asker, result, NULL, 0);
	h->asker = 0;
}

/* The lease that was in force before the handshake is it again, if there was one. */
static bool keep_lease(struct holder *h)
{
	bool had = kept.of == h;

	if (had) {
		h->client = kept.client;
		memcpy(h->user_class, h->client.id.user_class, sizeof(h->user_class));
		kept.of = NULL;
	}
	return had;
}

/* It is in force no more. */
static void lose_kept(struct holder *h)
{
	deconfigure_stack(h);
	kept.of = NULL;
}

static void bound(struct holder *h)
{
	int err = configure_stack(h);
	char ip[NET_ADDR_TEXT], server[NET_ADDR_TEXT];

	if (kept.of == h)
		kept.of = NULL;
	h->came_us = h->asker ? 0 : clock_us();
	leases_come += !h->asker;
	h->quiet = false;
	say_lease(h);
	if (err < 0) {
		cause_fact_set(&h->cause, err, "no machine can have the address %s/%u that %s gives us on %s",
			       net_addr_format(&h->client.lease.addr, ip), h->client.lease.len,
			       net_addr_format(&h->client.lease.server_id, server), h->link->name);
		log_error("dhcp: %s", h->cause.what);
		deconfigure_stack(h);
		dhcp_init(&h->client, &identity);
		conclude(h, err);
	} else {
		h->bound_us = clock_us();
		h->probed = false;
	}
	h->background = h->background && err < 0;
}

/* Somebody else has the address that we were given. */
static void decline(struct holder *h)
{
	char ip[NET_ADDR_TEXT], server[NET_ADDR_TEXT], mac[18];

	say_mac(mac, sizeof(mac), h->link->contender);
	cause_fact_set(&h->cause, -EADDRINUSE, "%s, which %s gives us on %s, is in use by %s",
		       net_addr_format(&h->client.lease.addr, ip), net_addr_format(&h->client.lease.server_id, server),
		       h->link->name, mac);
	log_error("dhcp: DECLINE: %s; asking for another in 10 s", h->cause.what);
	deconfigure_stack(h);
	dhcp_decline(&h->client, clock_us(), random_u32(), &output);
	h->declined_us = dhcp_deadline(&h->client);
	if (open_socket(h) >= 0)
		sock_sendto(net_stack(), h->sock, output.data, output.len, &output.dst, DHCP_SERVER_PORT);
	h->bound_us = 0;
	h->background = !h->asker;
}

/* A new address, while it is probed. */
static void watch(struct holder *h)
{
	uint64_t now = clock_us();

	if (h->link->contested) {
		decline(h);
		return;
	}
	if (h->asker && now >= h->bound_us + PROBE_WAIT_US)
		conclude(h, 0);
	if (!h->probed && now >= h->bound_us + PROBE_AGAIN_US) {
		link_probe(h->link);
		h->probed = true;
	}
	if (now >= h->bound_us + PROBE_TIME_US)
		h->bound_us = 0;
}

/* As far as the card can know it. */
static const char *cable(const struct holder *h)
{
	if (!link_up(h->link))
		return "; the card says that it has no link: the cable is out, or the switch's port is off";
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
static bool take_up(struct holder *h)
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

static void failed(struct holder *h)
{
	int err = h->client.error;
	char ip[NET_ADDR_TEXT], next[80] = "";

	if (take_up(h))
		return;
	cause_fact_set(&h->cause, err, "no lease on %s: %s%s", h->link->name, h->client.error_text,
		       err == -ETIMEDOUT ? cable(h) : "");
	if (kept.of == h)
		snprintf(next, sizeof(next), "; that of %s stays in force",
			 net_addr_format(&kept.client.lease.addr, ip));
	else if (h->background)
		snprintf(next, sizeof(next), "; trying again in a minute");
	if (!h->quiet)
		log_error("dhcp: %s%s", h->cause.what, next);
	h->background_us = clock_us() + (h->quiet ? QUIET_US : BACKGROUND_US);
	keep_lease(h);
	conclude(h, err);
}

static void handle(struct holder *h, enum dhcp_event ev)
{
	char ip[NET_ADDR_TEXT];

	switch (ev) {
	case DHCP_EV_NONE:
		break;
	case DHCP_EV_OFFER:
	case DHCP_EV_PROXY:
		say_offer(h, ev);
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
		log_warn("dhcp: %s on %s; asking for a new address", ev == DHCP_EV_NAK ? h->client.error_text :
			 "the lease ran out", h->link->name);
		if (kept.of == h) {
			if (net_addr_equal(&kept.client.lease.server_id, &h->client.chosen.server_id))
				lose_kept(h);
		} else if (h->link->addr.family) {
			deconfigure_stack(h);
			h->background = true;
		}
		break;
	case DHCP_EV_FAILED:
		failed(h);
		break;
	}
}

/* ---- requests ---- */

static void fill_bus(const struct netdev_bus *b)
{
	const uint8_t bus[DHCP_BUS_LEN] = { 1, (uint8_t)(b->vendor >> 8), (uint8_t)b->vendor,
					    (uint8_t)(b->device >> 8), (uint8_t)b->device };

	memset(identity.bus, 0, sizeof(identity.bus));
	if (b->type)
		memcpy(identity.bus, bus, sizeof(bus));
}

static void begin(struct holder *h)
{
	memcpy(identity.mac, h->link->dev->mac, sizeof(identity.mac));
	memcpy(identity.user_class, h->user_class, sizeof(identity.user_class));
	fill_bus(&h->link->dev->bus);
	identity.max_len = link_mtu(h->link) - (NETDEV_MTU_MAX - DHCP_MAX_LEN);	/* less the headers of IP and UDP */
	if (!kept.of && lease_of(h)) {
		kept.client = h->client;
		kept.of = h;
	} else if (kept.of != h) {
		deconfigure_stack(h);
	}
	close_socket(h);
	h->bound_us = 0;
	h->heard = h->link->dev->rx_frames;
	h->cause = (struct cause_fact){ .err = 0 };
	dhcp_init(&h->client, &identity);
	bool brief = !lease_of(h) && recall(h->link, &h->client);
	dhcp_init(&h->client, &identity);
	dhcp_start(&h->client, clock_us() > h->declined_us ? clock_us() : h->declined_us, random_u32());
	h->client.brief = brief;
}

static void configure(struct holder *h, int r)
{
	bool running = h->client.state == DHCP_SELECTING || h->client.state == DHCP_REQUESTING;
	bool same = !strcmp(h->user_class, asked_as);
	bool fresh = same && h->came_us && clock_us() < h->came_us + FRESH_US && lease_of(h);
	if (h->asker) {
		request_reply(r, -EBUSY, NULL, 0);
		return;
	}
	h->asker = r;
	latest = h;
	h->came_us = 0;
	if (fresh)
		conclude(h, 0);
	else if (!running || h->background || !same) {
		memcpy(h->user_class, asked_as, sizeof(h->user_class));
		begin(h);
	}
	h->background = h->quiet = false;
}

static void forget_lease(struct holder *h)
{
	close_socket(h);
	dhcp_init(&h->client, &identity);
	h->bound_us = 0;
	h->background = h->quiet = false;
	deconfigure_stack(h);
}

/* On links where a lease was asked for in vain it is asked for without a word, or no more. */
static void ask_quietly(bool on)
{
	for (struct holder *h = holders; h < holders + NET_LINKS; h++) {
		if (!h->link || h->asker)
			continue;
		if (on && h->client.state == DHCP_FAILED && !h->background) {
			h->background = h->quiet = true;
			h->background_us = clock_us() + QUIET_US;
		} else if (!on && h->quiet) {
			forget_lease(h);
		}
	}
}

static void release(struct holder *h, int r)
{
	keep_lease(h);
	if (lease_of(h) && open_socket(h) >= 0) {
		dhcp_release(&h->client, clock_us(), random_u32(), &output);
		sock_sendto(net_stack(), h->sock, output.data, output.len, &output.dst, DHCP_SERVER_PORT);
		log_line("dhcp: RELEASE on %s", h->link->name);
	}
	forget_lease(h);
	conclude(h, -ECANCELED);
	h->link = NULL;
	request_reply(r, 0, NULL, 0);
}

/* Whoever wanted the lease wants it no more. */
static void give_up(struct holder *h)
{
	log_line("dhcp: given up on %s, as nobody waits for it any more%s", h->link->name,
		 kept.of == h ? "; its lease stays in force" : "");
	if (!keep_lease(h))
		forget_lease(h);
	conclude(h, -ECANCELED);
}

static void serve(int r)
{
	unsigned type = request_type(r);
	if (type == DHCP_MSG_PAUSE || type == DHCP_MSG_TRY) {
		ask_quietly(type == DHCP_MSG_PAUSE);
		request_reply(r, 0, NULL, 0);
		return;
	}
	const char *name = request_in_text(r);
	struct link *l = name ? link_find(net_stack(), name) : NULL;
	struct holder *h = l ? hold(l) : NULL;

	if (h && request_cancelled(h->asker))	/* who asked before has gone just now */
		give_up(h);
	if (!h)
		request_reply(r, l ? -ENOSPC : -ENODEV, NULL, 0);
	else if (type == DHCP_MSG_CONFIGURE)
		configure(h, r);
	else if (type == DHCP_MSG_RELEASE)
		release(h, r);
	else
		request_reply(r, -ENOSYS, NULL, 0);
}

/* ---- the task ---- */

/* Sends what is due. */
static void step(struct holder *h)
{
	enum dhcp_state before = h->client.state;
	enum dhcp_event ev = dhcp_poll(&h->client, clock_us(), random_u32(), &output);
	int err = open_socket(h);

	handle(h, ev);
	if (!output.len)
		return;
	if (err >= 0)
		err = sock_sendto(net_stack(), h->sock, output.data, output.len, &output.dst, DHCP_SERVER_PORT);
	say_sent(h, before);
	if (err < 0)
		log_warn("dhcp: it could not be sent on %s: %s; it is sent again later", h->link->name, err_text(err));
}

static void receive(struct holder *h)
{
	struct net_addr from;
	uint16_t port;
	int n;

	while ((n = sock_recvfrom(net_stack(), h->sock, packet, sizeof(packet), &from, &port)) >= 0) {
		size_t len = (size_t)n < sizeof(packet) ? (size_t)n : sizeof(packet);
		if (port != DHCP_SERVER_PORT)
			continue;
		random_stir(packet, len);
		handle(h, dhcp_input(&h->client, packet, len, &from, clock_us()));
	}
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* In the middle of an exchange, the socket is listened to. */
static bool exchanging(const struct holder *h)
{
	return h->client.state != DHCP_IDLE && h->client.state != DHCP_FAILED && h->client.state != DHCP_BOUND;
}

/* When something is due for h. */
static uint64_t deadline(const struct holder *h)
{
	uint64_t until = dhcp_deadline(&h->client);

	if (h->background && h->client.state == DHCP_FAILED)
		return h->background_us;
	if (!h->bound_us)
		return until;
	return sooner(until, h->asker ? h->bound_us + PROBE_WAIT_US : clock_us() + SLICE_US);
}

/* What has come, and what is due. */
static void attend(struct holder *h)
{
	if (exchanging(h) && open_socket(h) >= 0)
		receive(h);
	if (request_cancelled(h->asker))
		give_up(h);
	if (h->bound_us)
		watch(h);
	if (h->background && h->client.state == DHCP_FAILED && clock_us() >= h->background_us)
		begin(h);
	if (kept.of == h && !dhcp_link_left_s(h->link)) {
		log_line("dhcp: the lease on %s ran out", h->link->name);
		lose_kept(h);
	}
	if (clock_us() >= dhcp_deadline(&h->client))
		step(h);
	if (!exchanging(h))
		close_socket(h);
}

void dhcp_main(void *arg)
{
	struct service *self = arg;
	int r;

	for (;;) {
		uint64_t until = CLOCK_NEVER;
		bool listening = false;
		for (struct holder *h = holders; h < holders + NET_LINKS; h++)
			if (h->link) {
				until = sooner(until, deadline(h));
				listening = listening || exchanging(h) || (h->bound_us && h->asker);
			}
		if (listening) {
			net_wait_any(sooner(until, clock_us() + SLICE_US));
			until = 0;
		}
		if (port_receive(&self->port, &r, until) == 0)
			serve(r);
		for (struct holder *h = holders; h < holders + NET_LINKS; h++)
			if (h->link)
				attend(h);
	}
}

/* ---- for the next life of the loader ---- */

/* A record: the link's name, then what dhcp_remember() gives. */
void dhcp_carry(struct carry *to)
{
	static uint8_t record[LINK_NAME_LEN + DHCP_REMEMBERED_MAX];

	for (const struct holder *h = holders; h < holders + NET_LINKS; h++) {
		size_t n = h->link ? dhcp_remember(kept.of == h ? &kept.client : &h->client, clock_us(),
						   record + LINK_NAME_LEN, DHCP_REMEMBERED_MAX) : 0;
		if (!n)
			continue;
		memcpy(record, h->link->name, LINK_NAME_LEN);
		carry_put(to, CARRY_LEASE, record, LINK_NAME_LEN + n);
	}
}

/* ---- for other tasks ---- */

int dhcp_configure(const struct link *l, uint64_t deadline_us, bool (*stop)(void))
{
	return port_call_unless(service_port("dhcp"), DHCP_MSG_CONFIGURE, l->name, strlen(l->name) + 1, NULL, 0,
				deadline_us,
				stop);
}

void dhcp_pause(bool on)
{
	port_call(service_port("dhcp"), on ? DHCP_MSG_PAUSE : DHCP_MSG_TRY, NULL, 0, NULL, 0, clock_us() + PAUSE_US);
}

unsigned dhcp_leases_come(void)
{
	return leases_come;
}

int dhcp_release_lease(const struct link *l, uint64_t deadline_us)
{
	return port_call(service_port("dhcp"), DHCP_MSG_RELEASE, l->name, strlen(l->name) + 1, NULL, 0, deadline_us);
}
