/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IGMP as a receiving host speaks it, see igmp.h.  Leaves out version 1, source
 * filters, and keeping still when another host has reported (RFC 2236 3, a
 * SHOULD).  Called by sock.c, ip.c and net_poll().
 */
#include "net/igmp.h"

#include <errno.h>
#include <string.h>

#include "net/bytes.h"
#include "net/checksum.h"
#include "net/cursor.h"
#include "net/net.h"

enum { QUERY = 0x11, V2_REPORT = 0x16, V2_LEAVE = 0x17, V3_REPORT = 0x22 };
enum { IS_EXCLUDE = 2, TO_INCLUDE = 3, TO_EXCLUDE = 4 };	/* record types, RFC 3376 4.2.12 */

#define V2_ROUTERS 0xe0000002u	/* 224.0.0.2 */
#define V3_ROUTERS 0xe0000016u	/* 224.0.0.22 */
#define TICK_US 100000u

/* Whether g is to be heard on l. */
static bool is_on(const struct igmp_group *g, const struct link *l)
{
	return g->members && (!g->link || g->link == l);
}

/* One message about one group, to those on l who ought to know. */
static void send_on(struct net *n, const struct link *l, uint32_t group, uint8_t record)
{
	bool v2 = n->now_us < n->igmp.v2_until_us[l - n->links];
	uint32_t dst = !v2 ? V3_ROUTERS : record == TO_INCLUDE ? V2_ROUTERS : group;
	uint8_t *m = ip_data(n) + IP_ALERT;
	size_t len = v2 ? 8 : 16;
	struct net_addr to = net_addr_v4(dst);
	struct ip_path path;

	if (ip_route(n, &to, l, &path) < 0) {
		net_count(n, CNT_ip_no_route);
		return;
	}
	memset(m, 0, len);
	if (v2) {
		m[0] = record == TO_INCLUDE ? V2_LEAVE : V2_REPORT;
	} else {
		m[0] = V3_REPORT;
		m[7] = 1;			/* one record, without sources */
		m[8] = record;
	}
	put_be32(m + len - 4, group);
	csum_put(m + 2, csum_finish(csum_add(0, m, len)));
	(void)ip_send(n, &path, &to, IP_PROTO_IGMP, 1, false, IP_ALERT + len);
}

/* The same on every link where it is joined and that has an address; the others hear of it when they have one. */
static void send(struct net *n, const struct igmp_group *g, uint8_t record)
{
	for (const struct link *l = n->links; l < n->links + n->link_top; l++)
		if (l->dev && l->addr.family && link_up(l) && (!g->link || g->link == l))
			send_on(n, l, g->ip, record);
}

static bool is_listed(const uint8_t (*macs)[6], unsigned count, const uint8_t mac[6])
{
	while (count--)
		if (!memcmp(macs[count], mac, 6))
			return true;
	return false;
}

/* Tells the device the groups that it must let through, for itself and its VLANs. */
static void set_filter(struct net *n, struct netdev *dev)
{
	uint8_t macs[NET_GROUPS][6];
	unsigned count = 0;

	for (unsigned i = 0; i < NET_GROUPS; i++) {
		const struct link *l = n->igmp.group[i].link;

		if (!n->igmp.group[i].members || (l && l->dev != dev))
			continue;
		ip_group_mac(n->igmp.group[i].ip, macs[count]);
		count += !is_listed(macs, count, macs[count]);
	}
	dev->ops->set_filter(dev, macs, count);
}

static void set_filters(struct net *n)
{
	for (struct link *l = n->links; l < n->links + n->link_top; l++)
		if (l->dev && !l->tag && l->dev->ops->set_filter)
			set_filter(n, l->dev);
}

unsigned igmp_find(const struct net *n, uint32_t ip, const struct link *l)
{
	unsigned i = 0;

	while (i < NET_GROUPS && (n->igmp.group[i].ip != ip || n->igmp.group[i].link != l ||
				  !n->igmp.group[i].members))
		i++;
	return i;
}

unsigned igmp_groups(const struct net *n, uint32_t ip, const struct link *l)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < NET_GROUPS; i++)
		if (n->igmp.group[i].ip == ip && is_on(&n->igmp.group[i], l))
			bits |= 1u << i;
	return bits;
}

bool igmp_holds(const struct net *n, const struct link *l)
{
	for (const struct igmp_group *g = n->igmp.group; g < n->igmp.group + NET_GROUPS; g++)
		if (g->members && g->link == l)
			return true;
	return false;
}

void igmp_link_up(struct net *n, const struct link *l)
{
	for (struct igmp_group *g = n->igmp.group; g < n->igmp.group + NET_GROUPS; g++)
		if (is_on(g, l) && g->ip != IGMP_ALL_HOSTS) {
			g->repeat = true;
			g->report_at = n->now_us;
		}
}

int igmp_join(struct net *n, uint32_t ip, const struct link *l)
{
	unsigned i = igmp_find(n, ip, l);

	if (ip >> 28 != 0xe)
		return -EINVAL;
	for (unsigned k = 0; i == NET_GROUPS && k < NET_GROUPS; k++)
		if (!n->igmp.group[k].members)
			i = k;
	if (i == NET_GROUPS)
		return -ENOBUFS;
	if (n->igmp.group[i].members++)
		return (int)i;
	n->igmp.group[i] = (struct igmp_group){ ip, l, 1, true, NET_NEVER, 0 };
	if (ip != IGMP_ALL_HOSTS) {
		send(n, &n->igmp.group[i], TO_EXCLUDE);
		n->igmp.group[i].report_at = n->now_us + net_random(n) % IGMP_REPEAT_US;
	}
	set_filters(n);
	return (int)i;
}

void igmp_leave(struct net *n, unsigned group)
{
	struct igmp_group *g = &n->igmp.group[group];

	if (--g->members)
		return;
	if (g->ip != IGMP_ALL_HOSTS)
		send(n, g, TO_INCLUDE);
	set_filters(n);
}

/* RFC 3376 4.1.1: a number with exponent from 128 on. */
static uint32_t max_ticks(uint8_t code)
{
	return code < 128 ? code : ((code & 15u) | 16) << ((code >> 4 & 7) + 3);
}

void igmp_input(struct net *n, const struct ip_rx *rx)
{
	struct cursor c = cur_make(rx->data, rx->len);
	uint8_t type = cur_u8(&c), code = cur_u8(&c);
	uint32_t group, span;

	cur_skip(&c, 2);
	group = cur_be32(&c);
	if (c.bad || csum_finish(csum_add(0, rx->data, rx->len))) {
		net_count(n, CNT_igmp_bad);
		return;
	}
	net_count(n, CNT_igmp_in);
	if (type != QUERY) {
		net_count(n, CNT_igmp_ignored);
		return;
	}
	if (rx->len < 12)		/* an older querier: RFC 3376 7.2.1 */
		n->igmp.v2_until_us[rx->link - n->links] = n->now_us + IGMP_V2_US;
	span = max_ticks(code) * TICK_US;
	for (struct igmp_group *g = n->igmp.group; g < n->igmp.group + NET_GROUPS; g++) {
		uint64_t at = n->now_us + (span ? net_random(n) % span : 0);
		if (at < g->reported_us + IGMP_PAUSE_US)
			at = g->reported_us + IGMP_PAUSE_US;
		if (is_on(g, rx->link) && g->ip != IGMP_ALL_HOSTS && (!group || g->ip == group) && at < g->report_at)
			g->report_at = at;
	}
}

void igmp_timer(struct net *n)
{
	for (struct igmp_group *g = n->igmp.group; g < n->igmp.group + NET_GROUPS; g++) {
		if (!g->members || g->report_at > n->now_us)
			continue;
		send(n, g, g->repeat ? TO_EXCLUDE : IS_EXCLUDE);
		g->repeat = false;
		g->reported_us = n->now_us;
		g->report_at = NET_NEVER;
	}
}

uint64_t igmp_next_timer(const struct net *n)
{
	uint64_t next = NET_NEVER;

	for (const struct igmp_group *g = n->igmp.group; g < n->igmp.group + NET_GROUPS; g++)
		if (g->members && g->report_at < next)
			next = g->report_at;
	return next;
}
