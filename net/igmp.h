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

#define NET_GROUPS 8u			/* joined at once, by all sockets together */
#define IGMP_ALL_HOSTS 0xe0000001u	/* 224.0.0.1: every host is a member */
#define IGMP_V2_US 400000000u		/* RFC 3376 8.12: older version querier present */
#define IGMP_REPEAT_US 1000000u		/* RFC 3376 8.11: between the first report and its repetition, at most */

struct net;
struct ip_rx;

struct igmp_group {
	uint32_t ip;			/* 0: free */
	unsigned members;		/* sockets */
	bool repeat;			/* the joining report is due once more */
	uint64_t report_at;		/* NET_NEVER */
};

struct igmp {
	struct igmp_group group[NET_GROUPS];
	uint64_t v2_until_us;
};

/* One more socket in the group: its number (< NET_GROUPS), -ENOBUFS, or -EINVAL for what is no group. */
int igmp_join(struct net *n, uint32_t ip);
void igmp_leave(struct net *n, unsigned group);
/* The number of the group that ip is: NET_GROUPS if we are no member. */
unsigned igmp_find(const struct net *n, uint32_t ip);
void igmp_input(struct net *n, const struct ip_rx *rx);
void igmp_timer(struct net *n);
uint64_t igmp_next_timer(const struct net *n);

#endif
