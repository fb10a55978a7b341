/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4's header (RFC 791), for whoever reads one out of a buffer: sockets neither give nor take it. */
#ifndef _NETINET_IP_H
#define _NETINET_IP_H

#include <netinet/in.h>

#define IPVERSION 4
#define IP_MAXPACKET 65535
#define IPOPT_EOL 0
#define IPOPT_NOP 1
#define IPOPT_RR 7
#define IPOPT_LSRR 131
#define IPOPT_SSRR 137

struct ip {
	unsigned int ip_hl:4, ip_v:4;
	uint8_t ip_tos;
	uint16_t ip_len, ip_id, ip_off;
	uint8_t ip_ttl, ip_p;
	uint16_t ip_sum;
	struct in_addr ip_src, ip_dst;
} __attribute__((packed));

#endif
