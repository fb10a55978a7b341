/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the ROM that started us keeps of its own DHCP (PXE 2.1, page 36: GET_CACHED_INFO's packets 2, the DHCPACK, and
 * 3, what a ProxyDHCP or boot server has said; a copy of 2 where nobody has).  Set once by main.c.  Pure.
 */
#ifndef SERVICES_DHCP_DHCP_ROM_H
#define SERVICES_DHCP_DHCP_ROM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dhcp_client;

/* They stay; NULL or 0: there is none. */
void dhcp_rom_set(const void *ack, size_t ack_len, const void *reply, size_t reply_len);
/* The ROM has asked for this card, and its packets say that its boot file came from a proxy. */
bool dhcp_rom_had_proxy(const uint8_t mac[6]);
/*
 * A client at rest takes the ROM's own lease up, with what a proxy has said to it: 0; -ENOENT, there is none for its
 * card, or none any more; -ETIMEDOUT, it has run out.  How old it is nobody tells: half a minute at the loader's start.
 */
int dhcp_rom_take(struct dhcp_client *c, uint64_t now_us);
/* It was refused, released, or has run out: nobody takes it any more. */
void dhcp_rom_spoil(const uint8_t mac[6]);

#endif
