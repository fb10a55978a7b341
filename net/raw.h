/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames that are no IP: one listener for one Ethernet type, and a way to send
 * them.  For tests of cards and cables (lotest); nothing else hears them.
 */
#ifndef NET_RAW_H
#define NET_RAW_H

#include <stddef.h>
#include <stdint.h>

#define RAW_TYPE 0x88b5u		/* for experiments on a local network (IEEE 802) */

struct link;
struct net;

/* What came by l, without its Ethernet header; padding of short frames is still behind it.  Must not keep it. */
typedef void net_raw_fn(void *ctx, const struct link *l, const void *data, size_t len);

/* fn hears all frames of RAW_TYPE from now on, and who waits for the stack is woken; NULL: nobody does. */
void net_raw_listen(struct net *n, net_raw_fn *fn, void *ctx);
/* One frame of RAW_TYPE with these bytes, NETDEV_MTU_MAX at the most: 0, -EMSGSIZE, or -E of the device. */
int net_raw_send(struct net *n, struct link *l, const uint8_t to[6], const void *data, size_t len);

/* Below: for the files of net/ only. */
void raw_input(struct net *n, const struct link *l, const void *data, size_t len);

#endif
