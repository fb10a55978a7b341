/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 addresses and prefixes as arguments: sock_connect(n, s, V4(0x0a000002), 80). */
#ifndef TESTS_UNIT_V4_H
#define TESTS_UNIT_V4_H

#include "net/addr.h"
#include "net/sock.h"

#define V4(ip) ((const struct net_addr[]){ net_addr_v4(ip) })
/* For SOCK_OPT_JOIN. */
#define GROUP_OF(ip) ((uintptr_t)&(const struct sock_group){ .addr = net_addr_v4(ip) })
#define V4_NET(ip, bits) ((const struct net_prefix[]){ { net_addr_v4(ip), bits } })

#endif
