/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network stack: Ethernet, VLANs, ARP, IPv4, ICMP, UDP and TCP over up to
 * NET_LINKS links (net/link.h).  One `struct net` is one stack; it is
 * allocated by the caller and there are no globals.  Nothing here waits,
 * touches hardware or reads a clock.
 *
 * How it is driven (services/stack does this):
 *
 *	for each frame received:	net_input(n, dev, frame, len, now_us);
 *	after each batch of frames,
 *	and at net_next_timer():	net_poll(n, now_us);
 *
 * Between two of these, any task may call the functions of net/sock.h, which
 * take the time of the last net_input or net_poll for now.  No function may be
 * called from inside an ops function or from netdev.transmit.
 *
 * Addresses are struct net_addr, ports uint16_t in host byte order, everywhere
 * in this interface.
 * Errors are negative errno values.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/arp.h"
#include "net/counters.h"
#include "net/ethernet.h"
#include "net/icmp.h"
#include "net/igmp.h"
#include "net/ip.h"
#include "net/link.h"
#include "net/netdev.h"
#include "net/rate.h"
#include "net/raw.h"
#include "net/sock.h"
#include "net/stream.h"
#include "net/tcp.h"

#define NET_NEVER UINT64_MAX	/* a deadline that does not come */

#define IP_BROADCAST 0xffffffffu	/* net_addr.v4 of 255.255.255.255 */

struct net_ops {
	uint32_t (*random32)(void *ctx);			/* unpredictable to others on the net */
	void *(*alloc)(void *ctx, size_t len);			/* 8-aligned, or NULL: the stack drops and counts */
	void (*free)(void *ctx, void *p, size_t len);		/* len as asked for */
	/*
	 * Socket `sock` may have other sock_events() now; -1: something else
	 * that somebody may wait for (a ping answer).  Called at the end of
	 * net_poll(), once for each socket.
	 */
	void (*wake)(void *ctx, int sock);
	void (*event)(void *ctx, const char *text);		/* rare things worth a log line: an address conflict */
	void *ctx;
};

/* Bounds on how often the stack answers to what others send. */
enum net_rate_kind {
	RATE_ICMP_ERROR, RATE_ICMP_ECHO, RATE_TCP_RST, RATE_TIME_WAIT_ACK, RATE_TCP_SYN, RATE_KINDS
};

/* Where the IP packet came from that is being looked at; link NULL: none is. */
struct net_from {
	const struct link *link;
	const uint8_t *mac;
	const struct net_addr *ip;
};

/* Read by anyone; written by the stack only. */
struct net {
	struct net_ops ops;
	uint64_t now_us;			/* of the last net_input or net_poll */
	struct link links[NET_LINKS];
	unsigned link_top;			/* slots in use, free ones between them included */
	struct net_route routes[NET_ROUTES];	/* longest prefix first, then in the links' order */
	unsigned route_count;
	struct net_from from;
	struct {
		net_raw_fn *fn;			/* NULL: nobody listens */
		void *ctx;
	} raw;
	struct net_rate rates[RATE_KINDS];
	uint64_t wake_socks;			/* bit s: wake(s) is due */
	bool wake_other;			/* wake(-1) is due */
	uint32_t secret[4];			/* keys ISS and port choice (RFC 6528) */
	uint32_t count[CNT_KINDS];		/* enum net_counter */

	struct arp arp;
	struct ip_state ip;
	struct icmp_state icmp;
	struct igmp igmp;
	struct tcp_state tcp;
	struct sock socks[NET_SOCKS];
	struct sock_stream streams[NET_SOCKS];

	uint8_t tx[ETH_ROOM + NETDEV_FRAME_MAX + 2];	/* the frame being built; IP header at offset 20 */
};

/* ops is copied. */
void net_init(struct net *n, const struct net_ops *ops);
/* New keys for sequence numbers and ports, where random32 was no good before. */
void net_rekey(struct net *n);
/* Drops all connections without a word on the wire and frees all memory. */
void net_destroy(struct net *n);

/*
 * One received frame, destination MAC first, without FCS.  The buffer stays
 * the caller's.  now_us never goes back (a smaller value is taken as the last).
 */
void net_input(struct net *n, struct netdev *dev, const void *frame, size_t len, uint64_t now_us);
/* End of a batch: sends the ACKs due, runs the timers, calls ops.wake. */
void net_poll(struct net *n, uint64_t now_us);
/* When net_poll must be called at the latest, absolute; now or earlier when work is due; NET_NEVER. */
uint64_t net_next_timer(const struct net *n);

/* Below: for the files of net/ only. */
void *net_alloc(struct net *n, size_t len);		/* counts failures */
void net_free(struct net *n, void *p, size_t len);	/* NULL is ignored */
uint32_t net_random(struct net *n);
/* Takes one of the per_s that r gives out each second: false when they are used up. */
bool net_rate_take(const struct net *n, struct net_rate *r, uint32_t per_s);
bool net_rate_ok(struct net *n, enum net_rate_kind kind);
/* A keyed hash of four words, unpredictable without n->secret (SipHash-2-4's construction at 32 bits). */
uint32_t net_hash(const struct net *n, uint32_t a, uint32_t b, uint32_t c, uint32_t d);
void net_wake(struct net *n, int sock);			/* marks; ops.wake is called by net_poll */

static inline void net_count(struct net *n, enum net_counter c)
{
	n->count[c]++;
}

#endif
