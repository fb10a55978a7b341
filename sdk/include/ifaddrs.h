/* SPDX-License-Identifier: BSD-2-Clause */
/* The links' addresses, as BSD and Linux tell them. */
#ifndef _IFADDRS_H
#define _IFADDRS_H

#include <netinet/in.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A link without an address has none of the three. */
struct ifaddrs {
	struct ifaddrs *ifa_next;
	char *ifa_name;
	unsigned ifa_flags;		/* net/if.h */
	struct sockaddr *ifa_addr, *ifa_netmask, *ifa_broadaddr;
	void *ifa_data;			/* NULL */
};

int getifaddrs(struct ifaddrs **list);
void freeifaddrs(struct ifaddrs *list);

#ifdef __cplusplus
}
#endif

#endif
