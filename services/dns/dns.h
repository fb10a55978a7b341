/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS stub resolver (RFC 1034, 1035): questions for IPv4 addresses to
 * recursive servers, as a state machine without I/O, and a small cache.  A
 * name without them is asked for IPv6 addresses, too, to be able to say so.
 *
 * The caller sends what dns_lookup_poll() builds from a fresh UDP port each
 * time (the port and the id are what a forger must guess), gives answers to
 * dns_lookup_input(), and calls dns_lookup_poll() again at
 * dns_lookup_deadline().
 */
#ifndef SERVICES_DNS_DNS_H
#define SERVICES_DNS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

#define DNS_PORT	53
#define DNS_NAME_MAX	256	/* a name as text, with its NUL: "a.b.c", lower case, no dot at the end */
#define DNS_SEARCH_MAX	1473	/* of a search list with its NUL: as long as a DHCP server can make it */
#define DNS_MAX_ADDRS	8
#define DNS_MAX_SERVERS	4
#define DNS_PACKET_MAX	512	/* RFC 1035, 4.2.1 */
#define DNS_TCP_MAX	4096	/* of an answer by TCP, what is read */

enum { DNS_A = 1, DNS_AAAA = 28 };	/* record types */

/* ---- packets: pure reading and writing ---- */

/* Text to canonical text: lower case, final dot gone.  0, or -EINVAL for what cannot be a name. */
int dns_name_canon(const char *text, char name[DNS_NAME_MAX]);
/* A recursive question for records of a type: its length, or -EINVAL. */
int dns_build_query(uint8_t *buf, size_t cap, uint16_t id, uint16_t type, const char *name);

struct dns_answer {
	struct net_addr addrs[DNS_MAX_ADDRS];	/* of DNS_A; DNS_AAAA's are counted only */
	unsigned count;
	bool exists;			/* with -ENOENT: the name does, with other records */
	uint32_t ttl_s;			/* the smallest on the way */
	char alias[DNS_NAME_MAX];	/* where the aliases lead when no address came with them, else "" */
};
/*
 * Reads an answer to the question (id, type, name):
 *	0		a->count addresses, or a->alias to ask for next
 *	-ENOENT		no such name, or no address of it; a->ttl_s is how long that holds
 *	-EIO		the server failed or refused (rcode in a->count)
 *	-EMSGSIZE	truncated: to be asked for again by TCP; a->count addresses did come
 *	-EPROTO		malformed
 *	-EAGAIN		not the answer to this question: go on waiting
 */
int dns_parse_answer(const void *data, size_t len, uint16_t id, uint16_t type, const char *name, struct dns_answer *a);

/* ---- one lookup ---- */

struct dns_config {
	struct net_addr servers[DNS_MAX_SERVERS];
	unsigned server_count;
	char search[DNS_SEARCH_MAX];	/* names separated by spaces */
};

/* What one server had to say. */
enum dns_heard {
	DNS_SILENT,			/* nothing */
	DNS_CLOSED,			/* its machine is there, and no name server on it (ICMP, or TCP refused) */
	DNS_UNREACHABLE,
	DNS_FAILED,			/* that it cannot or will not: heard_rcode */
	DNS_MALFORMED,
};

#define DNS_WHY_MAX 224

struct dns_lookup {
	/* Read by the caller. */
	bool done;
	int result;			/* count of addrs, or -E as dns_service.h says */
	struct net_addr addrs[DNS_MAX_ADDRS];
	uint32_t ttl_s;
	struct net_addr server;		/* to which the question goes */
	enum dns_heard heard[DNS_MAX_SERVERS];	/* of the servers, as cfg has them: the last that was not silence */
	uint8_t heard_rcode[DNS_MAX_SERVERS];

	/* Private. */
	struct dns_config cfg;
	char name[DNS_NAME_MAX];	/* asked for by the user */
	char asked[DNS_NAME_MAX];	/* on the wire: with a search suffix, or an alias's target */
	bool absolute;
	int candidate;			/* -1 the name itself, else index of the search suffix */
	unsigned aliases, server_at, round, failures;
	unsigned server_index;		/* of `server` */
	unsigned partial;		/* addresses in a truncated answer: better than none in the end */
	enum { DNS_TCP_NO, DNS_TCP_DUE, DNS_TCP_ASKED } tcp;
	bool only_v6;			/* a form of the name has IPv6 addresses */
	uint16_t id, type;
	uint64_t next_us;
};

struct dns_output {
	size_t len;			/* 0 = nothing to send */
	struct net_addr server;
	bool tcp;			/* to be sent by TCP, behind two bytes of length; the answer comes likewise */
	uint8_t data[DNS_PACKET_MAX];
};

/* Begins: 0, or a result at once (l->done): -EINVAL, -ENETUNREACH without servers. */
int dns_lookup_start(struct dns_lookup *l, const char *name, const struct dns_config *cfg, uint64_t now_us);
/* Sends and sends again what is due: each server in turn, 1 s each, then 2 s, then 3 s. */
void dns_lookup_poll(struct dns_lookup *l, uint64_t now_us, uint32_t random, struct dns_output *out);
/* A datagram, or an answer by TCP, from `from`, port DNS_PORT.  Call dns_lookup_poll() afterwards. */
void dns_lookup_input(struct dns_lookup *l, const void *data, size_t len, const struct net_addr *from, uint64_t now_us);
/*
 * The server of the last question cannot be reached: the next one's turn.  err: -ECONNREFUSED (an ICMP error, TCP
 * refused), -ETIMEDOUT (by TCP), or any other: no way to it.
 */
void dns_lookup_fail(struct dns_lookup *l, int err, uint64_t now_us);
/* When dns_lookup_poll() wants to be called next; UINT64_MAX when done. */
uint64_t dns_lookup_deadline(const struct dns_lookup *l);
/*
 * Why a lookup that is done found nothing (result < 0), for people: which server said what.  name: as the caller
 * asked for it.  out is cut at cap.
 */
void dns_lookup_why(const struct dns_lookup *l, const char *name, char *out, size_t cap);

/* ---- cache ---- */

#define DNS_CACHE_LEN 16

struct dns_cache {
	struct dns_cached {
		char name[64];		/* longer names are not kept */
		struct net_addr addrs[DNS_MAX_ADDRS];
		int result;		/* count, -ENOENT or -EAFNOSUPPORT; 0 = free */
		uint64_t expires_us;
	} e[DNS_CACHE_LEN];
};

/* The kept result of a name (as the user gave it), or 0. */
int dns_cache_get(struct dns_cache *c, const char *name, struct net_addr *addrs, unsigned max, uint64_t now_us);
/* Keeps the result of a lookup that is done: addresses 5 s to 1 h, "no such name" at most 30 s. */
void dns_cache_put(struct dns_cache *c, const char *name, const struct dns_lookup *l, uint64_t now_us);

#endif
