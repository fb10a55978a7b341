/* SPDX-License-Identifier: BSD-2-Clause */
/* What scripts can ask of the network.  See interface_settings.h. */
#include "services/interface/interface_settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"
#include "services/dhcp/dhcp_service.h"
#include "services/interface/pxebs_commands.h"
#include "services/script/setting_names.h"
#include "services/stack/stack.h"

static int give_addr(struct setting_value *v, const struct net_addr *a)
{
	return a->family ? setting_value_u32(v, VALUE_IPV4, a->v4) : -ENOENT;
}

/* An option or, with sub, one in it; its bytes stay until the next is asked for. */
static int give_bytes(struct setting_value *v, const uint8_t *raw, size_t raw_len, unsigned number, unsigned sub,
		      enum value_type type)
{
	static uint8_t value[DHCP_MAX_LEN];	/* as long as it can be */
	int n = dhcp_option(raw, raw_len, number, sub, value, sizeof(value));
	if (n < 0)
		return n;
	return setting_value_raw(v, type, value, (size_t)n < sizeof(value) ? (size_t)n : sizeof(value));
}

/* "67" or "175.1": an option of a DHCP answer as it came. */
static int give_option(struct setting_value *v, const uint8_t *raw, size_t raw_len, const char *name)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10), sub = 0;
	if (*end == '.')
		sub = strtoul(end + 1, &end, 10);
	if (*end || number < 1 || number > 254 || sub > 255)
		return -ENOENT;
	const struct setting_name *own = setting_name_find(name);
	return give_bytes(v, raw, raw_len, number, sub, own ? own->type : VALUE_HEX);
}

/* A name that stands for an option of that answer, and nothing else. */
static int give_named(struct setting_value *v, const uint8_t *raw, size_t raw_len, const char *name)
{
	const struct setting_name *own = setting_name_find(name);
	return own && own->number ? give_option(v, raw, raw_len, own->number) : -ENOENT;
}

/* What a server that gives no addresses has said itself: a ProxyDHCP or boot server; raw NULL: there is none. */
static int from_packet(struct setting_value *v, const uint8_t *raw, size_t len, const struct net_addr *from,
		       const char *name)
{
	static char file[DHCP_STRING_MAX];
	struct net_addr next_server;
	if (!raw)
		return -ENOENT;
	if (name[0] >= '0' && name[0] <= '9')
		return give_option(v, raw, len, name);
	if (!strcmp(name, "dhcp-server"))
		return give_addr(v, from);
	dhcp_read_boot(raw, len, from, &next_server, file);
	if (!strcmp(name, "filename"))
		return setting_value_text(v, file);
	if (!strcmp(name, "next-server"))
		return give_addr(v, &next_server);
	return give_named(v, raw, len, name);
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
		{ "ntp", &l->ntp }, { "syslog", &l->log },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(name, texts[i].name))
			return texts[i].text[0] ? setting_value_text(v, texts[i].text) : -ENOENT;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		if (!strcmp(name, addresses[i].name))
			return give_addr(v, addresses[i].addr);
	int err = give_named(v, l->raw, l->raw_len, name);
	return err < 0 && l->proxy_len ? give_named(v, l->proxy, l->proxy_len, name) : err;
}

/* The same, and what l's address and way out were by the lease, whatever was set since. */
static int from_dhcp(struct setting_value *v, const struct link *l, const struct dhcp_lease *lease, const char *name)
{
	const struct net_addr mask = net_mask(lease->len);
	if (name[0] >= '0' && name[0] <= '9')
		return give_option(v, lease->raw, lease->raw_len, name);
	if (!strcmp(name, "ip"))
		return give_addr(v, &lease->addr);
	if (!strcmp(name, "netmask"))
		return give_addr(v, &mask);
	if (!strcmp(name, "gateway"))
		return give_addr(v, &lease->gateways[0]);
	if (!strcmp(name, "user-class"))
		return setting_value_text(v, dhcp_asked_as(l));
	return from_lease(v, lease, name);
}

/* The gateway of l's default route in force, however it came. */
static struct net_addr gateway_of(const struct link *l)
{
	struct net_route r;
	for (unsigned i = 0; net_route_get(net_stack(), i, &r); i++)
		if (!r.to.len && r.link == l)
			return r.gateway;
	return (struct net_addr){ 0 };
}

/* As iPXE calls the chips that its users' scripts ask for; others are "8086:100e". */
static int give_chip(struct setting_value *v, const struct netdev_bus *b)
{
	static const struct { uint16_t vendor, device; const char *name; } chips[] = {
		{ 0x8086, 0x100e, "82540em" }, { 0x8086, 0x10d3, "82574l" }, { 0x8086, 0x100f, "82545em" },
		{ 0x10ec, 0x8139, "rtl8139" }, { 0x1af4, 0x1000, "virtio-net" }, { 0x1af4, 0x1041, "virtio-net" },
		{ 0x15ad, 0x07b0, "vmxnet3" },
	};
	static char text[12];
	for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++)
		if (b->vendor == chips[i].vendor && b->device == chips[i].device)
			return setting_value_text(v, chips[i].name);
	snprintf(text, sizeof(text), "%04x:%04x", b->vendor, b->device);
	return setting_value_text(v, text);
}

static int from_bus(struct setting_value *v, const struct netdev_bus *b, const char *name)
{
	if (!b->type)
		return -ENOENT;
	if (!strcmp(name, "bustype"))
		return setting_value_text(v, b->type);
	if (!strcmp(name, "busloc"))
		return setting_value_u32(v, VALUE_UINT32, b->location);
	if (!strcmp(name, "chip"))
		return give_chip(v, b);
	if (strcmp(name, "busid"))
		return -ENOENT;
	v->buf[0] = 1;		/* PCI, as iPXE and option 175.177 have it (dhcp.h) */
	v->buf[1] = (uint8_t)(b->vendor >> 8);
	v->buf[2] = (uint8_t)b->vendor;
	v->buf[3] = (uint8_t)(b->device >> 8);
	v->buf[4] = (uint8_t)b->device;
	return setting_value_raw(v, VALUE_HEX, v->buf, 5);
}

static int from_link(struct setting_value *v, const struct link *l, const char *name)
{
	const struct net_addr mask = net_mask(l->addr.family ? l->len : 0), hop = gateway_of(l);
	if (!strcmp(name, "mac") || !strcmp(name, "hwaddr"))
		return setting_value_raw(v, VALUE_HEX, l->dev->mac, 6);
	if (!strcmp(name, "ifname"))
		return setting_value_text(v, l->name);
	if (!strcmp(name, "mtu"))
		return setting_value_u32(v, VALUE_UINT32, link_mtu(l));
	if (!strcmp(name, "linktype"))
		return setting_value_text(v, "Ethernet");
	if (!strcmp(name, "ip"))
		return give_addr(v, &l->addr);
	if (!strcmp(name, "netmask"))
		return give_addr(v, &mask);
	if (!strcmp(name, "gateway"))
		return give_addr(v, &hop);
	return from_bus(v, &l->dev->bus, name);
}

/* l, lease NULL: there is none. */
static int from_network(struct setting_value *v, const struct link *l, const struct dhcp_lease *lease, const char *name)
{
	if (name[0] >= '0' && name[0] <= '9')
		return lease ? give_option(v, lease->raw, lease->raw_len, name) : -ENOENT;
	if (!strcmp(name, "user-class"))
		return setting_value_text(v, dhcp_asked_as(l));
	if (l && from_link(v, l, name) == 0)
		return 0;
	return lease && strcmp(name, "gateway") ? from_lease(v, lease, name) : -ENOENT;
}

int interface_lookup(void *ctx, const char *name, struct setting_value *v)
{
	const char *slash = strchr(name, '/'), *netx = ((struct settings *)ctx)->netx;
	char scope[SETTING_NAME_MAX];
	const struct dhcp_lease *lease = dhcp_service_lease();
	size_t len = slash ? (size_t)(slash - name) : 0;
	if (!len)
		return from_network(v, link_find(net_stack(), netx), lease, name);
	snprintf(scope, sizeof(scope), "%.*s", (int)len, name);
	if (!strcmp(scope, "proxydhcp"))
		return from_packet(v, lease && lease->proxy_len ? lease->proxy : NULL, lease ? lease->proxy_len : 0,
				   lease ? &lease->proxy_from : NULL, slash + 1);
	if (!strcmp(scope, "pxebs")) {
		struct net_addr from;
		const uint8_t *raw = pxebs_answer(&len, &from);
		return from_packet(v, raw, len, &from, slash + 1);
	}
	if (!strcmp(scope, "dhcp"))
		return lease ? from_dhcp(v, link_of(net_stack(), &lease->addr), lease, slash + 1) : -ENOENT;
	bool of_dhcp = len > 5 && !strcmp(scope + len - 5, ".dhcp");
	if (of_dhcp)
		scope[len - 5] = '\0';
	const struct link *l = link_find(net_stack(), scope);
	lease = dhcp_link_lease(l);
	if (of_dhcp)
		return lease ? from_dhcp(v, l, lease, slash + 1) : -ENOENT;
	return l ? from_network(v, l, lease, slash + 1) : -ENOENT;
}
