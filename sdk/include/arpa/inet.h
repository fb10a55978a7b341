/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as numbers and as text. */
#ifndef _ARPA_INET_H
#define _ARPA_INET_H

#include <stdint.h>
#include <sys/socket.h>

typedef uint32_t in_addr_t;
typedef uint16_t in_port_t;

struct in_addr {
	in_addr_t s_addr;
};

static inline uint16_t htons(uint16_t n)
{
	return __builtin_bswap16(n);
}

static inline uint32_t htonl(uint32_t n)
{
	return __builtin_bswap32(n);
}

static inline uint16_t ntohs(uint16_t n)
{
	return __builtin_bswap16(n);
}

static inline uint32_t ntohl(uint32_t n)
{
	return __builtin_bswap32(n);
}

in_addr_t inet_addr(const char *text);
int inet_aton(const char *text, struct in_addr *addr);
char *inet_ntoa(struct in_addr addr);
const char *inet_ntop(int family, const void *addr, char *text, socklen_t len);
int inet_pton(int family, const char *text, void *addr);

#endif
