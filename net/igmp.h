/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multicast groups and IGMP, for receiving: version 3 (RFC 3376, as a member
 * that takes every source), and version 2 (RFC 2236) for some minutes after
 * an older querier was heard.  Users see SOCK_OPT_JOIN in net/sock.h; the
 * rest is for the files of net/.
 */
#ifndef NET_IGMP_H
#define NET_IGMP_H

#include <stdbool.h>
#include <stdint.h>

#include "net/link.h"

#define NET_GROUPS 8u			/* joined at once, by all sockets together */
#define IGMP_ALL_HOSTS 0xe0000001u	/* 224.0.0.1: every host is a member */
#define IGMP_V2_US 400000000u		/* RFC 3376 8.12: older version querier present */
#define IGMP_REPEAT_US 1000000u		/* RFC 3376 8.11: between the first report and its repetition, at most */
#define IGMP_PAUSE_US 1000000u		/* after a report, before queries are answered by the next, however many come */

struct ip_rx;

struct igmp_group {
	uint32_t ip;			/* 0: free */
	const struct link *link;	/* joined there; NULL: on every link, also on those that come later */
	unsigned members;		/* sockets */
	bool repeat;			/* the joining report is due once more */
	uint64_t report_at;		/* NET_NEVER */
	uint64_t reported_us;		/* when a report was sent last that was due */
};

struct igmp {
	struct igmp_group group[NET_GROUPS];
	uint64_t v2_until_us[NET_LINKS];	/* by the link where the older querier is */
};

/* One more socket in the group: its number (< NET_GROUPS), -ENOBUFS, or -EINVAL for what is no group. */
int igmp_join(struct net *n, uint32_t ip, const struct link *l);
void igmp_leave(struct net *n, unsigned group);
/* The number of the group ip as joined on l (NULL: on every link): NET_GROUPS if it is not joined so. */
unsigned igmp_find(const struct net *n, uint32_t ip, const struct link *l);
/* Those that a datagram to ip by way of l is for: bit i is group i. */
unsigned igmp_groups(const struct net *n, uint32_t ip, const struct link *l);
/* l has an address from now on, or a link again: its groups are reported there. */
void igmp_link_up(struct net *n, const struct link *l);
/* A group was joined on l alone. */
bool igmp_holds(const struct net *n, const struct link *l);
void igmp_input(struct net *n, const struct ip_rx *rx);
void igmp_timer(struct net *n);
uint64_t igmp_next_timer(const struct net *n);

#endif
