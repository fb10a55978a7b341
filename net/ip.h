/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 (RFC 791, RFC 1122 3): input with header checks and bounded
 * reassembly, routing by prefix and gateway, output (in fragments for big pings
 * only).  Options are skipped.  No forwarding, no loopback.
 */
#ifndef NET_IP_H
#define NET_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/ranges.h"

#define IP_HEADER 20u
#define IP_TTL 64u
#define IP_PROTO_ICMP 1u
#define IP_PROTO_IGMP 2u
#define IP_ALERT 4u			/* the Router Alert option (RFC 2113) before every IGMP message */
#define IP_PROTO_TCP 6u
#define IP_PROTO_UDP 17u

#define FRAG_DATAGRAMS 4u		/* put together at once */
#define FRAG_LEN_MAX 16384u		/* bytes of payload; memory is taken for this much */
#define FRAG_TIMEOUT_US 15000000u	/* RFC 1122 3.3.2 would wait 60 s; an answer is asked for again long before */

struct net;
struct link;

/* A received packet on its way up.  Pointers live as long as the call. */
struct ip_rx {
	struct link *link;
	const uint8_t *packet;		/* IP header */
	size_t header_len;
	const uint8_t *data;		/* behind the header and its options */
	size_t len;			/* of data */
	struct net_addr src, dst;
	uint8_t proto, ttl;
	bool broadcast;			/* to a broadcast or multicast address, of IP or of Ethernet */
	bool unconfigured;		/* the interface has no address: UDP only */
	bool checked;			/* netdev.h's rx_checked */
};

struct frag {
	uint8_t *buf;			/* NULL: slot is free; IP_HEADER + FRAG_LEN_MAX bytes */
	struct net_addr src, dst;
	uint16_t id;
	uint8_t proto;
	uint32_t total;			/* payload bytes, 0 until the last fragment came */
	uint64_t deadline_us;
	struct ranges have;
};

struct ip_state {
	struct frag frags[FRAG_DATAGRAMS];
	uint16_t next_id;
};

/* Below: for the files of net/ only. */
struct ip_path {
	struct link *link;
	struct net_addr src;
	uint32_t next_hop;
	uint16_t mtu;
	uint8_t tos;			/* type of service, as ip_route() 0 */
	bool unanswered;		/* what was sent there before: maybe the next hop is elsewhere now */
	bool answer;			/* to what a stranger sent: takes no neighbour's place that is ours (arp.h) */
};

void ip_input(struct net *n, struct link *l, const uint8_t *p, size_t len, bool link_broadcast);
/* Where packets to dst go, through l if that is not NULL: 0, -ENETUNREACH. */
int ip_route(const struct net *n, const struct net_addr *dst, const struct link *l, struct ip_path *out);
/* The same for packets from src, an address of ours or none: through its link, if dst can be reached through that. */
int ip_route_from(const struct net *n, const struct net_addr *dst, const struct net_addr *src, struct ip_path *out);
/* Where in n->tx the data of the next packet goes. */
uint8_t *ip_data(struct net *n);
/*
 * Sends len bytes that stand at ip_data(n), in one packet: 0 (also when it
 * waits for ARP) or -E.  IGMP: the first IP_ALERT of them become an option.
 */
int ip_send(struct net *n, const struct ip_path *path, const struct net_addr *dst, uint8_t proto, uint8_t ttl,
	    bool dont_fragment,
	    size_t len);
/* Sends len bytes of data, at most FRAG_LEN_MAX, in as many fragments as it takes: 0 or -E of the first that failed. */
int ip_send_fragments(struct net *n, const struct ip_path *path, const struct net_addr *dst, uint8_t proto, uint8_t ttl,
		      const uint8_t *data, size_t len);
/* True if a is 255.255.255.255 or the broadcast address of one of our subnets. */
bool ip_is_broadcast(const struct net *n, const struct net_addr *a);
/* The Ethernet address of a multicast group (RFC 1112 6.4). */
void ip_group_mac(uint32_t ip, uint8_t mac[6]);

/* A fragment: the whole datagram, in a buffer of the stack's that frag_release() takes back, or NULL. */
struct frag *frag_input(struct net *n, const struct ip_rx *rx, uint16_t id, uint32_t offset, bool more);
void frag_release(struct net *n, struct frag *f);
void frag_timer(struct net *n);
uint64_t frag_next_timer(const struct net *n);
void frag_flush(struct net *n);

#endif
