/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet II framing, for the files of net/.  No VLANs, no LLC. */
#ifndef NET_ETHERNET_H
#define NET_ETHERNET_H

#include <stddef.h>
#include <stdint.h>

#define ETH_HEADER 14u
#define ETH_MIN 60u		/* without FCS; UNDI wants the padding from us */
#define ETH_TYPE_IP 0x0800u
#define ETH_TYPE_ARP 0x0806u

struct net;
struct netdev;

extern const uint8_t eth_broadcast[6];

/* Fills in the header of the frame, pads it (the buffer has at least ETH_MIN bytes) and sends it: 0 or -E. */
int eth_send(struct netdev *dev, const uint8_t *dst_mac, uint16_t type, uint8_t *frame, size_t len);

#endif
