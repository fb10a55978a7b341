/* SPDX-License-Identifier: BSD-2-Clause */
/* A lease's life on a link, and the link's address and routes. */
#ifndef SERVICES_DHCP_DHCP_LIFE_H
#define SERVICES_DHCP_DHCP_LIFE_H

#include <stdbool.h>

#include "services/dhcp/dhcp_holder.h"

#define DHCP_QUIET_US	20000000u	/* between attempts, while nothing else can go on without a lease */
/*
 * Whoever has the address that we are given answers a probe (RFC 5227), on a
 * wire within milliseconds.  Whoever asked for the lease waits for that; what
 * comes later is heard beside his work, and a second probe has its time, too.
 */
#define DHCP_PROBE_WAIT_US	50000u

/* Starts a handshake; a lease in force is kept. */
void dhcp_life_begin(struct dhcp_holder *h);
/* What the client says has happened. */
void dhcp_life_handle(struct dhcp_holder *h, enum dhcp_event ev);
/* A new address, while it is probed; a DECLINE is built in *out. */
void dhcp_life_watch(struct dhcp_holder *h, struct dhcp_output *out);
/* Whoever asked for the handshake, if anybody, hears that result. */
void dhcp_life_conclude(struct dhcp_holder *h, int result);
/* The lease that was in force before the handshake is it again: false, there was none. */
bool dhcp_life_keep(struct dhcp_holder *h);
/* It is in force no more. */
void dhcp_life_lose_kept(struct dhcp_holder *h);
/* The link is without address. */
void dhcp_life_end(struct dhcp_holder *h);

#endif
