/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet II framing and 802.1Q tags, for the files of net/.  No LLC. */
#ifndef NET_ETHERNET_H
#define NET_ETHERNET_H

#include <stddef.h>
#include <stdint.h>

#define ETH_HEADER 14u
#define ETH_MIN 60u		/* without FCS; UNDI wants the padding from us */
#define ETH_TYPE_IP 0x0800u
#define ETH_TYPE_ARP 0x0806u
#define ETH_TYPE_VLAN 0x8100u
#define ETH_ROOM 4u		/* bytes that every frame to be sent has before it, for a tag */

struct net;
struct link;

extern const uint8_t eth_broadcast[6];

/*
 * Fills in the header of the frame, and the tag before it where l is a VLAN,
 * pads it and sends it: 0 or -E.  ETH_ROOM bytes before the frame, and ETH_MIN
 * bytes of it, are there.
 */
int eth_send(struct link *l, const uint8_t *dst_mac, uint16_t type, uint8_t *frame, size_t len);

#endif
