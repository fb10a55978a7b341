/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door "link": where IP meets a network.  A link is a device, or a VLAN on
 * one (802.1Q): it has its name, its address, its routes and its neighbours,
 * and is open or closed; a DHCP client, resolvers and a settings scope of the
 * same name belong to it above (services/dhcp, dns, interface).  Nothing above
 * net/ assumes that there is one.
 *
 *	struct link *l = link_add(n, dev);				"net0"
 *	struct link *v = link_add_vlan(n, l, 5, 0, &err);		"net0-5"
 *	link_configure(n, v, &addr, 24);
 *	net_route_add(n, v, &everywhere, &gateway);
 *	for (unsigned i = 0; (l = link_get(n, i)); i++)
 *		...all of them, devices first...
 *
 * Links are the stack's and stay in place; one that link_remove() took is gone
 * for its holders, who ask for it by name again.  A device's frames without a
 * tag, or with tag 0, are those of the link that has its name.
 */
#ifndef NET_LINK_H
#define NET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

#define NET_DEVS 4u
#define NET_LINKS 8u			/* devices and VLANs */
#define NET_ROUTES 32u			/* of all links */
#define LINK_NAME_LEN 16u		/* "net0-4094" */
#define VLAN_TAG_MAX 4094u
#define VLAN_PRIORITY_MAX 7u
#define VLAN_LEN 4u			/* a tag's bytes: that much less of IP goes into a frame */

struct net;
struct netdev;

struct link {
	struct netdev *dev;		/* NULL: slot is free */
	char name[LINK_NAME_LEN];
	uint16_t tag;			/* of a VLAN, 1..VLAN_TAG_MAX; 0: the device itself */
	uint8_t priority;		/* in the tags we send (802.1p) */
	bool open;			/* else nothing is received or sent */
	bool was_up;			/* dev->link_up, when it was looked at last */
	struct net_addr addr;		/* none: unconfigured, only DHCP can use it */
	uint8_t len;			/* of its subnet's prefix, 1..32 */
	uint16_t mtu;			/* that it is to have at the most, by link_set_mtu(); 0: mtu_told */
	uint16_t mtu_told;		/* the same, by a DHCP server; at least LINK_MTU_MIN, or 0: the device's */
	uint64_t defend_us;		/* not before: the next gratuitous ARP in answer to a conflict */
	bool contested;			/* somebody else has said that the address is his; since link_configure() */
	uint8_t contender[6];		/* the last who did */
	/* counted for a VLAN; its device counts the same frames, too */
	uint64_t rx_bytes, tx_bytes;
	uint32_t rx_frames, tx_frames;
};

struct net_route {
	struct net_prefix to;
	struct net_addr gateway;	/* none: on the link itself */
	struct link *link;
};

/* The link of a device, open; dev stays the driver's and must outlive n.  NULL: there is no room. */
struct link *link_add(struct net *n, struct netdev *dev);
/*
 * A VLAN on a device's link, open, without an address; one of that tag that is
 * there already gets the priority and stays as it is otherwise.  Or NULL and
 * *err is -EINVAL (tag, priority, or trunk is a VLAN itself), -ENOSPC, or
 * -EADDRNOTAVAIL: the device was refused for its address, which would be the VLAN's too.
 */
struct link *link_add_vlan(struct net *n, struct link *trunk, unsigned tag, unsigned priority, int *err);
/*
 * Takes a VLAN away, with its address and routes: 0, -EINVAL (not a VLAN),
 * -EBUSY (a socket is bound to it, or has joined a group there).
 */
int link_remove(struct net *n, struct link *l);

/* The i-th link (0..), or NULL past the last. */
struct link *link_get(struct net *n, unsigned i);
/* By its name, or NULL. */
struct link *link_find(struct net *n, const char *name);
/* True if it could send: it is open and its device has a link. */
bool link_up(const struct link *l);
/*
 * What is known of it: "closed"; "down": its device says that it cannot send;
 * "up": it can, and a frame has come within the last LINK_HEARD_US; "open": it
 * can, and whether a cable is in nobody knows, for many drivers cannot see it.
 */
#define LINK_HEARD_US 60000000u
const char *link_state(const struct link *l, uint64_t now_us);
/* The largest IP packet that it takes, bytes. */
uint16_t link_mtu(const struct link *l);
/*
 * It takes no larger ones from now on, where its device could; 0: as told by DHCP, or as the device.  0, or -EINVAL:
 * below LINK_MTU_MIN.
 */
#define LINK_MTU_MIN 576u		/* that every host must take (RFC 791, 3.1) */
int link_set_mtu(struct link *l, uint32_t mtu);

/* Could a link have that address with that prefix?  0, or -EINVAL: it is no host's, the network's or a broadcast. */
int link_check(const struct net_addr *addr, unsigned len);
/*
 * Gives l an address (NULL, none: takes it away) and says so by gratuitous ARP;
 * whoever else has it is reported by ops.event, now or later.  A change of
 * address takes away l's routes and resets the connections bound to the old
 * one (-EADDRNOTAVAIL).  len is that of its subnet's prefix.  0, or -EINVAL for
 * an address or a length that makes no sense.
 */
int link_configure(struct net *n, struct link *l, const struct net_addr *addr, unsigned len);
/* Asks once more who else has l's address: l->contested tells, soon after. */
void link_probe(struct link *l);
/* The link that has the address a, or NULL. */
struct link *link_of(const struct net *n, const struct net_addr *a);
/*
 * The open link on whose subnet a is, the longest prefix first; else the first open one that has an address; or NULL.
 */
struct link *link_toward(const struct net *n, const struct net_addr *a);

/*
 * Routes by gateway; the subnets of the links need none.  The default route is
 * the prefix { 0 }; of two links' the first link's is taken.  An add for a
 * prefix that the link has a route for already replaces the gateway.  0;
 * -ENOSPC; -EINVAL for bits behind the prefix; -ENOENT from del.
 */
int net_route_add(struct net *n, struct link *l, const struct net_prefix *to, const struct net_addr *gateway);
int net_route_del(struct net *n, const struct link *l, const struct net_prefix *to);
/* All routes of l. */
void net_route_clear(struct net *n, const struct link *l);
/* The i-th route (0..), longest prefix first: false when there is none. */
bool net_route_get(const struct net *n, unsigned i, struct net_route *out);
/* The link by which packets go to dst, or NULL: there is no way. */
const struct link *net_way(const struct net *n, const struct net_addr *dst);
/* The first station on the way to dst, dst itself or a gateway; *known: it has answered ARP.  0, or -ENETUNREACH. */
int net_next_hop(const struct net *n, const struct net_addr *dst, struct net_addr *hop, bool *known);
/* The largest IP packet that the link on the way to dst takes; NETDEV_MTU_MAX where no way is known. */
uint16_t net_path_mtu(const struct net *n, const struct net_addr *dst);
/* The rx_flight (netdev.h) of that link's card; 0 where no way is known. */
unsigned net_path_flight(const struct net *n, const struct net_addr *dst);

/* Below: for the files of net/ only. */
/* The link that a frame with that tag on dev is for, or NULL. */
struct link *link_for_frame(struct net *n, const struct netdev *dev, uint16_t tag);
/* Where a device has a link again, what waits for an answer goes out at once, and the switch hears of groups. */
void link_poll(struct net *n);

#endif
