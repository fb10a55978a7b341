/* SPDX-License-Identifier: BSD-2-Clause */
/* Links by name and number, from 1. */
#ifndef _NET_IF_H
#define _NET_IF_H

#ifdef __cplusplus
extern "C" {
#endif

#define IF_NAMESIZE 16
#define IFNAMSIZ IF_NAMESIZE

#define IFF_UP 1
#define IFF_BROADCAST 2
#define IFF_LOOPBACK 8
#define IFF_POINTOPOINT 0x10
#define IFF_RUNNING 0x40
#define IFF_MULTICAST 0x1000

unsigned if_nametoindex(const char *name);
char *if_indextoname(unsigned index, char *name);

#ifdef __cplusplus
}
#endif

#endif
