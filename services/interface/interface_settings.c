/* SPDX-License-Identifier: BSD-2-Clause */
/* What scripts can ask of the network.  See interface_settings.h. */
#include "services/interface/interface_settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"
#include "services/dhcp/dhcp_service.h"
#include "services/stack/stack.h"

static int give_addr(struct setting_value *v, const struct net_addr *a)
{
	return a->family ? setting_value_u32(v, VALUE_IPV4, a->v4) : -ENOENT;
}

/* "67" or "175.1": an option of the DHCP answer as it came. */
static int give_option(struct setting_value *v, const struct dhcp_lease *l, const char *name)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10), sub = 0;
	if (*end == '.')
		sub = strtoul(end + 1, &end, 10);
	if (*end || number < 1 || number > 254 || sub > 255 || !l)
		return -ENOENT;
	int n = dhcp_option(l->raw, l->raw_len, number, sub, v->buf, sizeof(v->buf));
	if (n < 0)
		return n;
	return setting_value_raw(v, VALUE_HEX, v->buf, (size_t)n < sizeof(v->buf) ? (size_t)n : sizeof(v->buf));
}

/* The names that DHCP gives. */
static int from_lease(struct setting_value *v, const struct dhcp_lease *l, const char *name)
{
	const struct { const char *name, *text; } texts[] = {
		{ "filename", l->boot_file }, { "hostname", l->hostname }, { "domain", l->domain },
		{ "search", l->search }, { "root-path", l->root_path }, { "tftp-server-name", l->server_name },
	};
	const struct { const char *name; const struct net_addr *addr; } addresses[] = {
		{ "next-server", &l->next_server }, { "dhcp-server", &l->server_id }, { "dns", &l->dns[0] },
		{ "gateway", &l->gateways[0] }, { "ntp", &l->ntp }, { "syslog", &l->log },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(name, texts[i].name))
			return texts[i].text[0] ? setting_value_text(v, texts[i].text) : -ENOENT;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		if (!strcmp(name, addresses[i].name))
			return give_addr(v, addresses[i].addr);
	return -ENOENT;
}

/* The default route's gateway in force, however it came. */
static struct net_addr gateway(void)
{
	struct net_route r;
	for (unsigned i = 0; net_route_get(net_stack(), i, &r); i++)
		if (!r.to.len)
			return r.gateway;
	return (struct net_addr){ 0 };
}

static int from_network(struct setting_value *v, const char *name)
{
	const struct dhcp_lease *l = dhcp_service_lease();
	const struct netdev *d = net_card();
	const struct net_if *nif = d ? net_if_get(net_stack(), d) : NULL;
	const struct net_addr mask = net_mask(nif && nif->addr.family ? nif->len : 0), hop = gateway();

	if (name[0] >= '0' && name[0] <= '9')
		return give_option(v, l, name);
	if (d && !strcmp(name, "mac"))
		return setting_value_raw(v, VALUE_HEX, d->mac, 6);
	if (d && !strcmp(name, "ifname"))
		return setting_value_text(v, d->name);
	if (nif && !strcmp(name, "ip"))
		return give_addr(v, &nif->addr);
	if (nif && !strcmp(name, "netmask"))
		return give_addr(v, &mask);
	if (!strcmp(name, "gateway"))
		return give_addr(v, &hop);
	if (!strcmp(name, "user-class"))
		return setting_value_text(v, "Undine");
	return l ? from_lease(v, l, name) : -ENOENT;
}

int interface_lookup(void *ctx, const char *name, struct setting_value *v)
{
	static const char *const scopes[] = { "net0/", "net0.dhcp/", "dhcp/", "proxydhcp/" };
	(void)ctx;
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		size_t len = strlen(scopes[i]);
		if (!strncmp(name, scopes[i], len))
			return from_network(v, name + len);
	}
	return from_network(v, name);
}
