/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ARP for IPv4 over Ethernet (RFC 826, RFC 1122 2.3.2).  Conflicts over our
 * own address are found by one probe (RFC 5227 2.1.1), for whose answer nobody
 * waits, and by all that is heard later (2.4).  Packets wait in a small queue
 * while an address is resolved.
 */
#ifndef NET_ARP_H
#define NET_ARP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARP_ENTRIES 32u
#define ARP_QUEUE_MAX 16u		/* packets waiting, over all entries */
#define ARP_TRIES 3u
#define ARP_RETRY_US 1000000u		/* RFC 1122 2.3.2.1: at most one a second for each address */
#define ARP_FRESH_US 60000000u		/* after this, use asks again */
#define ARP_DEFEND_US 10000000u		/* RFC 5227 2.4: DEFEND_INTERVAL */

struct net;
struct link;
struct arp_packet;

enum arp_state {
	ARP_FREE, ARP_ASKING /* not known yet */, ARP_KNOWN, ARP_REFRESHING /* known, being asked again */
};

struct arp_entry {
	enum arp_state state;
	uint32_t ip;
	uint8_t mac[6];
	struct link *link;
	uint64_t used_us, known_us;	/* last use; last word from its owner */
	uint64_t retry_us;		/* next request, while asking */
	unsigned tries;			/* requests sent */
	struct arp_packet *queue;	/* oldest first */
};

struct arp {
	struct arp_entry entry[ARP_ENTRIES];
	unsigned queued;
};

/* For the `arp` command: the i-th known or asked-for entry (0..), or NULL. */
const struct arp_entry *arp_get(const struct net *n, unsigned i);

/* Below: for the files of net/ only. */
void arp_input(struct net *n, struct link *l, const uint8_t *p, size_t len);
/*
 * Sends the frame (Ethernet header still empty, ETH_ROOM before it) to the station that has
 * next_hop, now or once it is known.  0, also when queued or dropped in the
 * queue; -E of the transmission.
 */
int arp_send(struct net *n, struct link *l, uint32_t next_hop, uint8_t *frame, size_t len);
/* Asks who else has the address of l, and says that it is ours. */
void arp_announce(struct link *l);
/* Forgets what was learnt through l. */
void arp_flush(struct net *n, const struct link *l);
void arp_timer(struct net *n);
uint64_t arp_next_timer(const struct net *n);

#endif
