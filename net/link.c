/* SPDX-License-Identifier: BSD-2-Clause */
/* Links: devices and VLANs, and the addresses they have.  See link.h. */
#include "net/link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/net.h"

static struct link *free_slot(struct net *n)
{
	struct link *l = n->links;

	while (l < n->links + NET_LINKS && l->dev)
		l++;
	if (l == n->links + NET_LINKS)
		return NULL;
	if (l == n->links + n->link_top)
		n->link_top++;
	return l;
}

struct link *link_add(struct net *n, struct netdev *dev)
{
	struct link *l = free_slot(n);

	if (!l)
		return NULL;
	*l = (struct link){ .dev = dev, .open = true, .was_up = dev->link_up };
	snprintf(l->name, sizeof l->name, "%s", dev->name);
	return l;
}

struct link *link_add_vlan(struct net *n, struct link *trunk, unsigned tag, unsigned priority, int *err)
{
	struct link *l;

	*err = -EINVAL;
	if (trunk->tag || !tag || tag > VLAN_TAG_MAX || priority > VLAN_PRIORITY_MAX)
		return NULL;
	*err = -EADDRNOTAVAIL;
	if (!netdev_mac_valid(trunk->dev->mac))
		return NULL;
	*err = 0;
	l = link_for_frame(n, trunk->dev, (uint16_t)tag);
	if (l) {
		l->priority = (uint8_t)priority;
		return l;
	}
	l = free_slot(n);
	if (!l) {
		*err = -ENOSPC;
		return NULL;
	}
	*l = (struct link){ .dev = trunk->dev, .tag = (uint16_t)tag, .priority = (uint8_t)priority,
		.open = true, .was_up = trunk->was_up };
	snprintf(l->name, sizeof l->name, "%s-%u", trunk->dev->name, tag);
	return l;
}

int link_remove(struct net *n, struct link *l)
{
	if (!l->tag)
		return -EINVAL;
	for (const struct sock *s = n->socks; s < n->socks + NET_SOCKS; s++)
		if (s->type && (s->link == l || s->group_link == l))
			return -EBUSY;
	if (igmp_holds(n, l))
		return -EBUSY;
	(void)link_configure(n, l, NULL, 0);
	arp_flush(n, l);
	*l = (struct link){ 0 };
	while (n->link_top && !n->links[n->link_top - 1].dev)
		n->link_top--;
	return 0;
}

struct link *link_get(struct net *n, unsigned i)
{
	for (struct link *l = n->links; l < n->links + n->link_top; l++)
		if (l->dev && !i--)
			return l;
	return NULL;
}

struct link *link_find(struct net *n, const char *name)
{
	for (struct link *l = n->links; l < n->links + n->link_top; l++)
		if (l->dev && !strcmp(l->name, name))
			return l;
	return NULL;
}

void link_poll(struct net *n)
{
	for (struct link *l = n->links; l < n->links + n->link_top; l++) {
		if (!l->dev || l->dev->link_up == l->was_up)
			continue;
		l->was_up = !l->was_up;
		if (!l->was_up)
			continue;
		arp_link_up(n, l);
		igmp_link_up(n, l);
		tcp_link_up(n, l->dev);
	}
}

bool link_up(const struct link *l)
{
	return l->open && l->dev->link_up;
}

const char *link_state(const struct link *l, uint64_t now_us)
{
	if (!l->open)
		return "closed";
	if (!l->dev->link_up)
		return "down";
	return l->dev->heard_us && now_us - l->dev->heard_us < LINK_HEARD_US ? "up" : "open";
}

uint16_t link_mtu(const struct link *l)
{
	uint16_t mtu = l->dev->mtu && l->dev->mtu < NETDEV_MTU_MAX ? l->dev->mtu : NETDEV_MTU_MAX;

	if (l->tag)
		mtu = (uint16_t)(mtu - VLAN_LEN);
	uint16_t most = l->mtu ? l->mtu : l->mtu_told;
	return most && most < mtu ? most : mtu;
}

int link_set_mtu(struct link *l, uint32_t mtu)
{
	if (mtu && mtu < LINK_MTU_MIN)
		return -EINVAL;
	l->mtu = (uint16_t)(mtu < NETDEV_MTU_MAX ? mtu : NETDEV_MTU_MAX);
	return 0;
}

struct link *link_for_frame(struct net *n, const struct netdev *dev, uint16_t tag)
{
	for (struct link *l = n->links; l < n->links + n->link_top; l++)
		if (l->dev == dev && l->tag == tag)
			return l;
	return NULL;
}

int link_check(const struct net_addr *addr, unsigned len)
{
	uint32_t host = len < 32 ? addr->v4 << len : 0, ones = len < 32 ? 0xffffffffu << len : 0;

	return !len || len > 32 || !net_addr_is_host(addr) || (len <= 30 && (!host || host == ones)) ? -EINVAL : 0;
}

int link_configure(struct net *n, struct link *l, const struct net_addr *addr, unsigned len)
{
	struct net_addr a = addr ? *addr : (struct net_addr){ 0 }, old = l->addr;

	if (a.family && link_check(&a, len) < 0)
		return -EINVAL;
	l->addr = a;
	l->len = (uint8_t)len;
	l->defend_us = 0;
	l->contested = false;
	if (!net_addr_equal(&old, &a)) {
		arp_flush(n, l);
		net_route_clear(n, l);
		if (old.family && !link_of(n, &old))
			tcp_address_gone(n, &old);
	}
	if (a.family) {
		arp_announce(l);
		igmp_link_up(n, l);
	}
	return 0;
}

void link_probe(struct link *l)
{
	arp_probe(l);
}

struct link *link_of(const struct net *n, const struct net_addr *a)
{
	for (const struct link *l = n->links; a->family && l < n->links + n->link_top; l++)
		if (net_addr_equal(&l->addr, a))
			return (struct link *)l;
	return NULL;
}

/* ---- routes ---- */

static bool same_prefix(const struct net_prefix *a, const struct net_prefix *b)
{
	return a->len == b->len && net_addr_equal(&a->addr, &b->addr);
}

/* Longest prefix first, then in the order of the links. */
static bool goes_before(const struct net_route *a, const struct net_prefix *to, const struct link *l)
{
	return a->to.len != to->len ? a->to.len > to->len : a->link <= l;
}

int net_route_add(struct net *n, struct link *l, const struct net_prefix *to, const struct net_addr *gateway)
{
	unsigned i = 0;

	if (to->len > 32 || (to->len < 32 && to->addr.v4 << to->len))
		return -EINVAL;
	(void)net_route_del(n, l, to);
	if (n->route_count == NET_ROUTES)
		return -ENOSPC;
	while (i < n->route_count && goes_before(&n->routes[i], to, l))
		i++;
	memmove(&n->routes[i + 1], &n->routes[i], (n->route_count - i) * sizeof n->routes[0]);
	n->routes[i] = (struct net_route){ *to, *gateway, l };
	n->route_count++;
	return 0;
}

static void remove_route(struct net *n, unsigned i)
{
	n->route_count--;
	memmove(&n->routes[i], &n->routes[i + 1], (n->route_count - i) * sizeof n->routes[0]);
}

int net_route_del(struct net *n, const struct link *l, const struct net_prefix *to)
{
	for (unsigned i = 0; i < n->route_count; i++) {
		if (n->routes[i].link != l || !same_prefix(&n->routes[i].to, to))
			continue;
		remove_route(n, i);
		return 0;
	}
	return -ENOENT;
}

void net_route_clear(struct net *n, const struct link *l)
{
	for (unsigned i = n->route_count; i-- > 0;)
		if (n->routes[i].link == l)
			remove_route(n, i);
}

const struct link *net_way(const struct net *n, const struct net_addr *dst)
{
	struct ip_path path;

	return ip_route(n, dst, NULL, &path) < 0 ? NULL : path.link;
}

int net_next_hop(const struct net *n, const struct net_addr *dst, struct net_addr *hop, bool *known)
{
	struct ip_path path;
	const struct arp_entry *e;
	int err = ip_route(n, dst, NULL, &path);

	*known = false;
	if (err < 0)
		return err;
	*hop = net_addr_v4(path.next_hop);
	for (unsigned i = 0; (e = arp_get(n, i)); i++)
		if (e->link == path.link && e->ip == path.next_hop)
			*known = e->state == ARP_KNOWN || e->state == ARP_REFRESHING;
	return 0;
}

uint16_t net_path_mtu(const struct net *n, const struct net_addr *dst)
{
	struct ip_path path;

	return ip_route(n, dst, NULL, &path) < 0 ? NETDEV_MTU_MAX : path.mtu;
}

unsigned net_path_flight(const struct net *n, const struct net_addr *dst)
{
	struct ip_path path;

	return ip_route(n, dst, NULL, &path) < 0 ? 0 : path.link->dev->rx_flight;
}

bool net_route_get(const struct net *n, unsigned i, struct net_route *out)
{
	if (i >= n->route_count)
		return false;
	*out = n->routes[i];
	return true;
}
