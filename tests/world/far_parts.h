/* SPDX-License-Identifier: BSD-2-Clause */
/* The far side's servers, and its telnet client, for far.c; and what it has for them. */
#ifndef TESTS_WORLD_FAR_PARTS_H
#define TESTS_WORLD_FAR_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "tests/world/far.h"

#define FAR_IP		0x0a000001u

struct net;

/* A socket bound to the port; one that listens there. */
int far_udp(struct net *n, uint16_t port);
int far_tcp(struct net *n, uint16_t port);
/* A datagram, later. */
void far_answer(int sock, uint64_t delay_us, const void *data, size_t len, struct net_addr to, uint16_t port);

/* Port 53 is served, or closed. */
void far_dns_open(struct net *n, bool on);
/* What has come is answered; what has come is thrown away. */
void far_dns_turn(struct net *n);
void far_dns_drop(struct net *n);

void far_tftp_setup(struct net *n, const struct net_addr *other);
void far_tftp_turn(struct net *n);
void far_tftp_drop(struct net *n);

void far_pxe_setup(struct net *n);
void far_pxe_turn(struct net *n);
/* True if the boot server answers that question, to `to`. */
bool far_pxe_asked(int sock, const uint8_t *asked, size_t len, enum far_pxe_way way, struct net_addr to);

/* Whom it calls. */
void far_telnet_setup(struct net *n, uint32_t ip);
void far_telnet_turn(void);
/* When it has something to do, or NET_NEVER. */
uint64_t far_telnet_next(void);

#endif
