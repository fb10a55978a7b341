/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dhcp service's clients, one for each link: who has which lease, their
 * sockets, and what the loader's next life is told.  Called by dhcp_service.c,
 * dhcp_life.c and, for leases, by all.
 */
#include "services/dhcp/dhcp_holder.h"

#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/restart.h"
#include "services/dhcp/dhcp_service.h"
#include "services/stack/stack.h"

struct dhcp_holder dhcp_holders[NET_LINKS];
struct dhcp_kept dhcp_kept;
struct dhcp_identity dhcp_identity;
bool dhcp_rom_wanted;
static const struct dhcp_holder *latest;	/* whose lease was asked for last */
static char asked_as[DHCP_CLASS_MAX];	/* from now on */

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
	for (unsigned i = 0; i < sizeof(dhcp_identity.version); i++)
		version = read_number(version, &dhcp_identity.version[i]);
	dhcp_identity.features = features;
	dhcp_identity.has_uuid = true;	/* zeros where the machine has none, as boot ROMs send it */
	if (uuid)
		memcpy(dhcp_identity.uuid, uuid, sizeof(dhcp_identity.uuid));
	snprintf(dhcp_identity.hostname, sizeof(dhcp_identity.hostname), "%s", hostname ? hostname : "");
}

void dhcp_ask_as(const char *user_class)
{
	snprintf(asked_as, sizeof(asked_as), "%s", user_class);
}


void dhcp_use_rom(bool on)
{
	dhcp_rom_wanted = on;
}

static struct dhcp_holder *find(const struct link *l)
{
	for (struct dhcp_holder *h = dhcp_holders; l && h < dhcp_holders + NET_LINKS; h++)
		if (h->link == l)
			return h;
	return NULL;
}

/* The one that has the lease in force, if there is one. */
static const struct dhcp_client *client_of(const struct dhcp_holder *h)
{
	return dhcp_kept.of == h ? &dhcp_kept.client : &h->client;
}

const struct dhcp_lease *dhcp_holder_lease(const struct dhcp_holder *h)
{
	const struct dhcp_client *c = client_of(h);

	return h->link && c->lease.addr.family ? &c->lease : NULL;
}

const struct dhcp_lease *dhcp_link_lease(const struct link *l)
{
	const struct dhcp_holder *h = find(l);

	return h ? dhcp_holder_lease(h) : NULL;
}

void dhcp_link_take_proxy(const struct link *l, const void *raw, size_t len, const struct net_addr *from)
{
	struct dhcp_holder *h = find(l);

	if (h && dhcp_holder_lease(h))
		dhcp_take_proxy(dhcp_kept.of == h ? &dhcp_kept.client : &h->client, raw, len, from);
}

const char *dhcp_asked_as(const struct link *l)
{
	const struct dhcp_holder *h = find(l);

	if (h && dhcp_holder_lease(h))
		return dhcp_user_class(client_of(h));
	return asked_as[0] ? asked_as : DHCP_USER_CLASS;
}

int32_t dhcp_link_left_s(const struct link *l)
{
	const struct dhcp_holder *h = find(l);

	if (!h || !dhcp_holder_lease(h) || dhcp_holder_lease(h)->lease_s == DHCP_FOREVER)
		return -1;
	uint64_t end = client_of(h)->bound_us + dhcp_holder_lease(h)->lease_s * 1000000ull, now = clock_us();
	return end > now ? (int32_t)((end - now) / 1000000) : 0;
}

uint64_t dhcp_link_took_us(const struct link *l)
{
	const struct dhcp_holder *h = find(l);

	return h && dhcp_holder_lease(h) ? h->took_us : 0;
}

const struct cause_fact *dhcp_link_cause(const struct link *l)
{
	const struct dhcp_holder *h = find(l);

	return h && h->cause.err ? &h->cause : NULL;
}

uint32_t dhcp_link_untaken(const struct link *l, enum dhcp_untaken_why why)
{
	const struct dhcp_holder *h = find(l);

	return h ? h->untaken[why] : 0;
}

bool dhcp_runs_on(const struct link *l)
{
	return find(l) != NULL;
}

const struct dhcp_lease *dhcp_lease_get(unsigned i)
{
	if (latest && dhcp_holder_lease(latest) && !i--)
		return dhcp_holder_lease(latest);
	for (const struct dhcp_holder *h = dhcp_holders; h < dhcp_holders + NET_LINKS; h++)
		if (h != latest && dhcp_holder_lease(h) && !i--)
			return dhcp_holder_lease(h);
	return NULL;
}

const struct dhcp_lease *dhcp_service_lease(void)
{
	return dhcp_lease_get(0);
}

void dhcp_holder_latest(const struct dhcp_holder *h)
{
	latest = h;
}

void dhcp_holder_close(struct dhcp_holder *h)
{
	if (h->sock >= 0)
		sock_close(net_stack(), h->sock);
	h->sock = -1;
}

int dhcp_holder_open(struct dhcp_holder *h)
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
		dhcp_holder_close(h);
	return err;
}

/* A client at rest for that link, or NULL: there is no room. */
struct dhcp_holder *dhcp_holder_make(struct link *l)
{
	struct dhcp_holder *h = find(l);

	if (h)
		return h;
	for (h = dhcp_holders; h < dhcp_holders + NET_LINKS && h->link; h++)
		;
	if (h == dhcp_holders + NET_LINKS)
		return NULL;
	memset(h, 0, sizeof *h);
	h->link = l;
	h->sock = -1;
	dhcp_init(&h->client, &dhcp_identity);
	return h;
}

/* A record: the link's name, then what dhcp_remember() gives. */
void dhcp_carry(struct carry *to)
{
	static uint8_t record[LINK_NAME_LEN + DHCP_REMEMBERED_MAX];

	for (const struct dhcp_holder *h = dhcp_holders; h < dhcp_holders + NET_LINKS; h++) {
		size_t n = h->link ? dhcp_remember(client_of(h), clock_us(),
						   record + LINK_NAME_LEN, DHCP_REMEMBERED_MAX) : 0;
		if (!n)
			continue;
		memcpy(record, h->link->name, LINK_NAME_LEN);
		carry_put(to, CARRY_LEASE, record, LINK_NAME_LEN + n);
	}
}
