/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An Internet address with its family, and a prefix: what everything above IP
 * holds, passes by pointer and compares by net_addr_equal().  Only IPv4 is
 * spoken today; IPv6 has its place.
 *
 *	struct net_addr a = net_addr_v4(0x0a00020f);		10.0.2.15
 *	char text[NET_ADDR_TEXT];
 *	if (!net_addr_parse("10.0.2.2", &a))
 *		log_line("%s", net_addr_format(&a, text));
 *
 * "No address", "every address" and 0.0.0.0 are one: family 0, all zero, so
 * that `if (!a.family)` asks for it and { 0 } makes it.
 */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stdint.h>

enum net_family { NET_NONE = 0, NET_V4 = 4, NET_V6 = 6 };

struct net_addr {
	uint8_t family;			/* enum net_family; what the family does not use is zero */
	union {
		uint32_t v4;		/* host byte order */
		uint8_t v6[16];		/* as on the wire */
	};
};

/* Those addresses whose first len bits are those of addr; what addr has behind them does not count. */
struct net_prefix {
	struct net_addr addr;		/* with len 0: none */
	uint8_t len;
};

struct net_addr net_addr_v4(uint32_t ip);
bool net_addr_equal(const struct net_addr *a, const struct net_addr *b);

/* The IPv4 address in four bytes as on the wire, and back. */
struct net_addr net_addr_from_bytes(const uint8_t b[4]);
void net_addr_to_bytes(const struct net_addr *a, uint8_t b[4]);

/* "10.0.2.15" (exactly four decimal parts, no leading zeros) to *a: 0 or -EINVAL. */
int net_addr_parse(const char *text, struct net_addr *a);
#define NET_ADDR_TEXT 16u
/* Writes it as text to out (NET_ADDR_TEXT bytes) and returns out; no address is "0.0.0.0". */
char *net_addr_format(const struct net_addr *a, char *out);

/* 224.0.0.0/4; and what a host on some network may have: neither that, nor loopback, nor 0.x.x.x. */
bool net_addr_is_multicast(const struct net_addr *a);
bool net_addr_is_host(const struct net_addr *a);
/* Not to be reached from everywhere: RFC 1918's, RFC 6598's, loopback and link-local. */
bool net_addr_is_private(const struct net_addr *a);

/* A mask of IPv4 as an address is, 255.255.255.0: its length, 0..32, or -EINVAL if it has holes; and back. */
int net_mask_len(const struct net_addr *mask);
struct net_addr net_mask(unsigned len);
/* The length of the mask that a's class had, long ago: 8, 16 or 24. */
unsigned net_class_len(const struct net_addr *a);

/* "10.0.0.0/8"; without a length, that one address.  0 or -EINVAL. */
int net_prefix_parse(const char *text, struct net_prefix *p);
bool net_prefix_has(const struct net_prefix *p, const struct net_addr *a);

#endif
