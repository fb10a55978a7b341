/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UNDI network device: the card that the boot ROM drives for us.
 * Polled.  How the ROM is called is transport.h's.
 */
#ifndef DRIVERS_UNDI_UNDI_H
#define DRIVERS_UNDI_UNDI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/boot_params.h"
#include "net/netdev.h"

/*
 * Finds the PXE stack, says on the console what it is, opens the card for
 * receiving: 0 and the device is ready, or -E after a message.  Fills
 * params->args with what iPXE was told, if they are empty.
 */
int undi_open(struct boot_params *params);
struct netdev *undi_netdev(void);
/* Changes the transport (pm, v86, real, auto; "" is auto) if that is another word than the last; says what came of it. */
void undi_set_transport(const char *want);

/*
 * Hands every frame that has come to deliver(), which must not keep it: their
 * number.  Bounded.
 */
unsigned undi_poll(void (*deliver)(struct netdev *dev, const void *frame, size_t len));

/* The packet that the ROM's own DHCP left (PXE 2.1, page 36): type 2 the ACK, type 3 the boot server's. */
int undi_cached_packet(unsigned type, void *buf, size_t len);

/* Where the stack's structures lie (linear), 0 where there is none; false without a stack. */
bool undi_structures(uint32_t *bang, uint32_t *pxenv);
/* The ROM's own buffer of such a packet, so that it can be changed: its linear address and *len, or 0. */
uint32_t undi_cached_buffer(unsigned type, uint16_t *len);
/*
 * Before another NBP: the card, the interrupt controller and the ROM as the
 * ROM had them when it started us, so that its own TFTP and UDP calls work.
 */
void undi_keep(void);

/* Quiet the card, keep the stack. */
void undi_close(void);
/* Before going back to whoever started us: quiets the card, and takes the driver out that came from an option ROM. */
void undi_leave(void);
/* Takes the stack out of memory, before a kernel.  False when the ROM keeps its memory. */
bool undi_unload(void);

#endif
