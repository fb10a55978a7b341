/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ARP for IPv4 over Ethernet (RFC 826, RFC 1122 2.3.2).  Conflicts over our
 * own address are found by a probe (RFC 5227 2.1.1), for whose answer the DHCP
 * client waits, but not long, and by all that is heard later (2.4).  Packets wait in a small queue
 * while an address is resolved.
 *
 * A neighbour is ours for as long as we send it something of our own accord at
 * least once in ARP_OURS_US.  What strangers cause - their requests, our
 * answers to what they sent, connections to us in their first TCP_STRANGER -
 * takes free places and those of neighbours that are not ours, never others,
 * and has a share of the queue of its own; when that is full, an answer goes
 * back to the station that its question came from, and nobody is asked.
 */
#ifndef NET_ARP_H
#define NET_ARP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARP_ENTRIES 64u
#define ARP_QUEUE_MAX 16u		/* packets waiting, over all entries */
#define ARP_QUEUE_ANSWERS 4u		/* of them, answers to what others sent */
#define ARP_TRIES 3u
#define ARP_RETRY_US 1000000u		/* RFC 1122 2.3.2.1: at most one a second for each address */
#define ARP_POLL_US 1000000u		/* of sending without hearing anything; then each second */
#define ARP_FRESH_US 60000000u		/* after this, use asks again */
#define ARP_DOUBT_US 2000000u		/* after this, if what is sent is not answered (RFC 1122 2.3.2.1) */
#define ARP_OURS_US 60000000u		/* since we last had something to say to it */
#define ARP_DEFEND_US 10000000u		/* RFC 5227 2.4: DEFEND_INTERVAL */

struct net;
struct link;
struct ip_path;
struct arp_packet;

enum arp_state {
	ARP_FREE, ARP_ASKING /* not known yet */, ARP_KNOWN, ARP_REFRESHING /* known, being asked again */
};

struct arp_entry {
	enum arp_state state;
	uint32_t ip;
	uint8_t mac[6];
	struct link *link;
	uint64_t known_us;		/* last word from its owner */
	uint64_t used;			/* last use, in the order of uses: many fall into one microsecond */
	uint64_t ours_us;		/* last use of our own accord, 0: none */
	uint64_t silent_us;		/* since when nothing was heard while we sent to it */
	uint32_t heard;			/* frames of its device until then */
	uint64_t retry_us;		/* next request, while asking */
	unsigned tries;			/* requests sent */
	struct arp_packet *queue;	/* oldest first */
};

struct arp {
	struct arp_entry entry[ARP_ENTRIES];
	unsigned top;			/* entries behind it have never been in use */
	uint64_t uses;
	unsigned queued, answers;	/* packets waiting; those of them that are answers */
};

/* For the `arp` command: the i-th known or asked-for entry (0..), or NULL. */
const struct arp_entry *arp_get(const struct net *n, unsigned i);

/* Below: for the files of net/ only. */
void arp_input(struct net *n, struct link *l, const uint8_t *p, size_t len);
/*
 * Sends the frame (Ethernet header still empty, ETH_ROOM before it) to the station that has
 * the path's next hop, now or once it is known.  0, also when queued or dropped in the
 * queue; -E of the transmission.
 */
int arp_send(struct net *n, const struct ip_path *path, uint8_t *frame, size_t len);
/*
 * Whoever has the address ip, on l, has answered us, in the packet that is being looked at: he is known from now on,
 * in a stranger's place.
 */
void arp_met(struct net *n, struct link *l, uint32_t ip);
/* Asks who else has the address of l. */
void arp_probe(struct link *l);
/* The same, and says that it is ours. */
void arp_announce(struct link *l);
/* Forgets what was learnt through l. */
void arp_flush(struct net *n, const struct link *l);
void arp_timer(struct net *n);
/* What was asked by way of l went nowhere: it is asked anew. */
void arp_link_up(struct net *n, const struct link *l);
uint64_t arp_next_timer(const struct net *n);

#endif
