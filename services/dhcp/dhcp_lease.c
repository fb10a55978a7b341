/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What DHCP's answers grant: an offer's address, server and boot file, a lease's
 * routes (RFC 3442, RFC 2132 5.8), times (RFC 2131 4.4.5) and names (RFC 3397).
 * No protocol.  Called by dhcp.c.
 */
#include "services/dhcp/dhcp_lease.h"

#include <errno.h>
#include <string.h>

#include "net/cursor.h"
#include "net/net.h"

#define LEASE_MIN_S	20		/* shorter leases are held this long: bounds the chatter */

/* Of the server that has the boot file, where the answer tells it. */
static struct net_addr told_server(const struct dhcp_header *h, const void *raw, size_t len)
{
	struct net_addr at = net_addr_v4(h->siaddr);
	char name[NET_ADDR_TEXT];
	uint8_t b[4];

	if (!at.family && dhcp_option_string(raw, len, DHCP_OPT_SERVER_NAME, name, sizeof(name)) > 0)
		(void)net_addr_parse(name, &at);
	/* some servers have its four octets there; a name has no such bytes */
	if (!at.family && dhcp_option(raw, len, DHCP_OPT_SERVER_NAME, 0, b, sizeof(b)) == 4 &&
	    (b[0] < ' ' || b[1] < ' ' || b[2] < ' ' || b[3] < ' ' || (b[0] | b[1] | b[2] | b[3]) > 0x7f))
		at = net_addr_from_bytes(b);
	return at.family ? at : dhcp_option_addr(raw, len, DHCP_OPT_TFTP_SERVERS);
}

/* That server's name, where it has no address: to be asked for by DNS. */
static void read_server_name(struct dhcp_lease *l, const struct dhcp_header *h, const void *raw, size_t len)
{
	char name[DHCP_STRING_MAX];
	size_t n;

	l->next_server_name[0] = '\0';
	if (told_server(h, raw, len).family || !l->dns_count)
		return;
	if (dhcp_option_string(raw, len, DHCP_OPT_SERVER_NAME, name, sizeof(name)) <= 0)
		dhcp_sname_string(raw, len, name, sizeof(name));
	n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
	if (n < sizeof(l->next_server_name) && !name[n])
		memcpy(l->next_server_name, name, n + 1);
}

const char *dhcp_boot_host(const struct dhcp_lease *l, char ip[NET_ADDR_TEXT])
{
	if (l->next_server_name[0])
		return l->next_server_name;
	return l->next_server.family ? net_addr_format(&l->next_server, ip) : "";
}

void dhcp_offer_read(struct dhcp_offer *o, char file[DHCP_STRING_MAX], const struct dhcp_header *h, const void *raw,
		     size_t len, const struct net_addr *from)
{
	memset(o, 0, sizeof(*o));
	o->addr = net_addr_v4(h->yiaddr);
	o->from = *from;
	o->server_id = dhcp_option_addr(raw, len, DHCP_OPT_SERVER_ID);
	if (!o->server_id.family)
		o->server_id = *from;
	o->next_server = told_server(h, raw, len);
	if (!o->next_server.family)
		o->next_server = o->server_id;
	if (dhcp_option_string(raw, len, DHCP_OPT_BOOT_FILE, file, DHCP_STRING_MAX) <= 0)
		dhcp_file_string(raw, len, file, DHCP_STRING_MAX);
	o->has_file = file[0] != '\0';
	o->bootp = dhcp_option(raw, len, DHCP_OPT_TYPE, 0, NULL, 0) < 0;
}

static unsigned read_addrs(const void *raw, size_t len, unsigned number, struct net_addr *addrs)
{
	uint8_t b[4 * DHCP_MAX_ADDRS];
	int n = dhcp_option(raw, len, number, 0, b, sizeof(b));
	unsigned count = 0;

	for (int i = 0; i + 4 <= n && i + 4 <= (int)sizeof(b); i += 4) {
		struct net_addr a = net_addr_from_bytes(b + i);
		if (a.v4 >> 24 != 0 && a.v4 >> 28 < 0xe)
			addrs[count++] = a;
	}
	return count;
}

/* A mask is ones, then zeros; without one the address's class decides (RFC 950). */
static uint8_t subnet_len(const struct net_addr *mask, const struct net_addr *addr)
{
	int len = net_mask_len(mask);

	return (uint8_t)(len > 0 ? (unsigned)len : net_class_len(addr));
}

static void add_route(struct dhcp_lease *l, struct net_prefix to, struct net_addr gateway)
{
	if (l->route_count < DHCP_MAX_ROUTES)
		l->routes[l->route_count++] = (struct dhcp_route){ to, gateway };
}

/* RFC 3442: a length, the significant bytes, a gateway; again and again.  False when there is none. */
static bool read_classless(struct dhcp_lease *l, unsigned number, const void *raw, size_t len)
{
	uint8_t b[DHCP_MAX_LEN];
	int n = dhcp_option(raw, len, number, 0, b, sizeof(b));
	struct cursor c = cur_make(b, n < 0 ? 0 : (size_t)n < sizeof(b) ? (size_t)n : sizeof(b));

	while (n >= 0 && cur_left(&c)) {
		uint8_t bits = cur_u8(&c), to[4] = { 0 };
		const uint8_t *significant = cur_bytes(&c, (bits + 7u) / 8), *gateway = cur_bytes(&c, 4);
		if (bits > 32 || !gateway)
			break;
		memcpy(to, significant, (bits + 7u) / 8);
		struct net_prefix p = { net_addr_from_bytes(to), bits };
		p.addr = net_addr_v4(p.addr.v4 & net_mask(bits).v4);
		add_route(l, p, net_addr_from_bytes(gateway));
		if (!bits && !l->gateway_count && net_addr_from_bytes(gateway).family)
			l->gateways[l->gateway_count++] = net_addr_from_bytes(gateway);
	}
	return n > 0;
}

/* RFC 2132 5.8: destination and gateway; a destination is a network of its class, or a host. */
static void read_static(struct dhcp_lease *l, const void *raw, size_t len)
{
	uint8_t b[8 * DHCP_MAX_ROUTES];
	int n = dhcp_option(raw, len, DHCP_OPT_STATIC_ROUTES, 0, b, sizeof(b));

	for (int i = 0; i + 8 <= n && i + 8 <= (int)sizeof(b); i += 8) {
		struct net_prefix to = { net_addr_from_bytes(b + i), 32 };
		struct net_addr gateway = net_addr_from_bytes(b + i + 4);
		unsigned class = net_class_len(&to.addr);
		if (!(to.addr.v4 << class))
			to.len = (uint8_t)class;
		if (to.addr.family && gateway.family)
			add_route(l, to, gateway);
	}
}

static void read_routes(struct dhcp_lease *l, const void *raw, size_t len)
{
	const struct net_prefix all = { .len = 0 };

	/* 249 is 121 as Microsoft had it before there was one */
	if (read_classless(l, DHCP_OPT_CLASSLESS_ROUTES, raw, len) ||
	    read_classless(l, DHCP_OPT_CLASSLESS_MS, raw, len))
		return;
	l->gateway_count = read_addrs(raw, len, DHCP_OPT_ROUTERS, l->gateways);
	if (l->gateway_count)
		add_route(l, all, l->gateways[0]);
	read_static(l, raw, len);
}

static void read_times(struct dhcp_lease *l, const void *raw, size_t len)
{
	l->lease_s = dhcp_option_u32(raw, len, DHCP_OPT_LEASE, DHCP_FOREVER);
	l->t1_s = l->t2_s = DHCP_FOREVER;
	if (l->lease_s == DHCP_FOREVER)
		return;
	if (l->lease_s < LEASE_MIN_S)
		l->lease_s = LEASE_MIN_S;
	l->t1_s = dhcp_option_u32(raw, len, DHCP_OPT_T1, 0);
	l->t2_s = dhcp_option_u32(raw, len, DHCP_OPT_T2, 0);
	if (!l->t1_s || l->t1_s >= l->t2_s || l->t2_s >= l->lease_s) {
		l->t1_s = l->lease_s / 2;
		l->t2_s = l->lease_s - l->lease_s / 8;
	}
}

static void read_search(struct dhcp_lease *l, const void *raw, size_t len)
{
	uint8_t list[DHCP_MAX_LEN];
	int n = dhcp_option(raw, len, DHCP_OPT_SEARCH, 0, list, sizeof(list)), err = -EPROTO;

	if (n > 0)
		err = dhcp_search_string(list, (size_t)n < sizeof(list) ? (size_t)n : sizeof(list), l->search,
					 sizeof(l->search));
	l->search_cut = err == -ENAMETOOLONG;
	if (err < 0 && !l->search_cut)
		memcpy(l->search, l->domain, sizeof(l->domain));
}

void dhcp_read_boot(const void *raw, size_t len, const struct net_addr *from, struct net_addr *next_server,
		    char file[DHCP_STRING_MAX])
{
	struct dhcp_header h;
	struct dhcp_offer o = { .has_file = false };

	file[0] = '\0';
	if (dhcp_parse(raw, len, &h) == 0)
		dhcp_offer_read(&o, file, &h, raw, len, from);
	*next_server = o.next_server;
}

/* Whose boot file is taken where both a server and a proxy name one: the higher one's, else the server's. */
static int priority(const void *raw, size_t len)
{
	int8_t value = 0;

	(void)dhcp_option(raw, len, DHCP_OPT_IPXE, DHCP_IPXE_PRIORITY, &value, 1);
	return value;
}

/* What the lease has of the proxy: its words, and its boot file where the server names none, or has less priority. */
static void read_proxy(struct dhcp_client *c)
{
	struct dhcp_lease *l = &c->lease;
	struct dhcp_header h;

	l->proxy_len = c->proxy_len;
	l->proxy_from = c->proxy_from;
	memcpy(l->proxy, c->proxy, c->proxy_len);
	l->boot_file_from_proxy = c->proxy_has_file &&
		(!l->boot_file[0] || priority(c->proxy, c->proxy_len) > priority(l->raw, l->raw_len));
	if (!l->boot_file_from_proxy)
		return;
	dhcp_read_boot(c->proxy, c->proxy_len, &c->proxy_from, &l->next_server, l->boot_file);
	if (dhcp_parse(c->proxy, c->proxy_len, &h) == 0)
		read_server_name(l, &h, c->proxy, c->proxy_len);
}

void dhcp_keep_proxy(struct dhcp_client *c, const void *raw, size_t len, const struct net_addr *from)
{
	char file[DHCP_STRING_MAX];
	struct net_addr next_server;

	dhcp_read_boot(raw, len, from, &next_server, file);
	c->proxy_has_file = file[0];
	c->proxy_len = (uint16_t)len;
	memcpy(c->proxy, raw, len);
	c->proxy_from = *from;
}

void dhcp_take_proxy(struct dhcp_client *c, const void *raw, size_t len, const struct net_addr *from)
{
	dhcp_keep_proxy(c, raw, len, from);
	read_proxy(c);
}

void dhcp_lease_read(struct dhcp_client *c, const struct dhcp_header *h, const void *raw, size_t len,
		     const struct net_addr *from)
{
	struct dhcp_lease *l = &c->lease;
	struct net_addr mask = dhcp_option_addr(raw, len, DHCP_OPT_MASK);
	struct dhcp_offer o;
	uint8_t mtu[2];

	memset(l, 0, sizeof(*l));
	dhcp_offer_read(&o, l->boot_file, h, raw, len, from);
	l->addr = o.addr;
	l->len = subnet_len(&mask, &l->addr);
	read_routes(l, raw, len);
	l->dns_count = read_addrs(raw, len, DHCP_OPT_DNS, l->dns);
	l->server_id = o.server_id;
	l->ntp = dhcp_option_addr(raw, len, DHCP_OPT_NTP);
	l->log = dhcp_option_addr(raw, len, DHCP_OPT_LOG);
	read_times(l, raw, len);
	dhcp_option_string(raw, len, DHCP_OPT_HOSTNAME, l->hostname, sizeof(l->hostname));
	dhcp_option_string(raw, len, DHCP_OPT_DOMAIN, l->domain, sizeof(l->domain));
	read_search(l, raw, len);
	if (dhcp_option_string(raw, len, DHCP_OPT_SERVER_NAME, l->server_name, sizeof(l->server_name)) <= 0)
		dhcp_sname_string(raw, len, l->server_name, sizeof(l->server_name));
	dhcp_option_string(raw, len, DHCP_OPT_ROOT_PATH, l->root_path, sizeof(l->root_path));
	l->next_server = o.next_server;
	read_server_name(l, h, raw, len);
	if (dhcp_option(raw, len, DHCP_OPT_MTU, 0, mtu, sizeof(mtu)) == sizeof(mtu))
		l->mtu = (uint16_t)(mtu[0] << 8 | mtu[1]);
	if (l->mtu < LINK_MTU_MIN)
		l->mtu = 0;
	l->bootp = o.bootp;
	if (l->bootp)
		l->lease_s = l->t1_s = l->t2_s = DHCP_FOREVER;
	l->raw_len = (uint16_t)len;
	memcpy(l->raw, raw, len);
	read_proxy(c);
}
