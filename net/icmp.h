/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMP (RFC 792, RFC 1122 3.2.2): answers echo requests, sends echo requests,
 * gives errors to the sockets they concern, and reports closed UDP ports.
 * Redirects are ignored.
 */
#ifndef NET_ICMP_H
#define NET_ICMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/ip.h"

#define PING_PENDING 16u	/* echo requests that may wait for an answer */
#define PING_LEN_MAX (FRAG_LEN_MAX - 8u)	/* bytes of data; sent in fragments above the MTU */
#define PING_REPLIES 8u		/* answers that wait to be read; then the oldest goes */

struct net;

struct ping_reply {
	struct net_addr src;	/* who answered: the target, or a router with an error */
	uint16_t id, seq;
	uint16_t len;		/* data bytes of the answer; 0 for errors */
	uint8_t ttl;		/* of the answer as it came in */
	int error;		/* 0, -EHOSTUNREACH, -ENETUNREACH, -ECONNREFUSED, -ETIMEDOUT (TTL exceeded) ... */
	uint32_t rtt_us;
};

struct ping_pending {
	bool used;
	struct net_addr dst;
	uint16_t id, seq;
	uint64_t sent_us;
};

struct icmp_state {
	struct ping_pending pending[PING_PENDING];
	struct ping_reply replies[PING_REPLIES];
	unsigned reply_head, reply_count;
};

/*
 * Sends one echo request with len bytes of data (at most PING_LEN_MAX); ttl 0
 * means 64.  0, or -EMSGSIZE, -ENETUNREACH, -ENOMEM...  The answer is read by
 * icmp_ping_read(); ops.wake(-1) tells that there is one.
 */
int icmp_ping(struct net *n, const struct net_addr *dst, uint16_t id, uint16_t seq, size_t len, uint8_t ttl);
/* Takes the oldest answer with that id: 0 or -EAGAIN. */
int icmp_ping_read(struct net *n, uint16_t id, struct ping_reply *out);

/* Below: for the files of net/ only. */
enum icmp_unreach {
	ICMP_NET_UNREACH = 0, ICMP_HOST_UNREACH = 1, ICMP_PROTO_UNREACH = 2, ICMP_PORT_UNREACH = 3,
	ICMP_FRAG_NEEDED = 4,
};

void icmp_input(struct net *n, const struct ip_rx *rx);
/* Tells the sender of rx that it is unreachable (type 3), unless RFC 1122 3.2.2 forbids or the rate is over. */
void icmp_send_unreach(struct net *n, const struct ip_rx *rx, enum icmp_unreach code);
/*
 * Gives an error to whoever sent the packet that starts at ip (its header
 * and at least 8 bytes more): from is who told, mtu is for ICMP_FRAG_NEEDED
 * (err -EMSGSIZE).
 */
void icmp_error_deliver(struct net *n, const uint8_t *ip, size_t len, struct net_addr from, int err, uint16_t mtu);

#endif
