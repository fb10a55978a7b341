/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UNDI network devices: cards that a boot ROM drives for us, each a struct
 * netdev (net/netdev.h).  Polled.  How a ROM is called is transport.h's.
 *
 * A ROM's call cannot be broken off and gone on with later, so while one runs
 * nothing else does; all tries and pauses between calls are poll()'s steps.
 */
#ifndef DRIVERS_UNDI_UNDI_H
#define DRIVERS_UNDI_UNDI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/boot_params.h"
#include "net/netdev.h"

#define UNDI_CARDS 4u

/*
 * Before any task runs: finds the PXE stack that started us, then a driver for
 * each further card in its own option ROM, says on the console what they are,
 * and begins to open the cards.  The devices (at most `room`, and what
 * undi.cards= among the arguments or in our file says) are in table[], by their names, net0
 * first; their number.  net0 is there even if its ROM is not to be trusted with
 * it, and then never opens.  Fills params->args with what iPXE was told, if
 * they are empty.
 */
unsigned undi_cards(struct boot_params *params, struct netdev **table, unsigned room);
/*
 * Changes the transport (pm, v86, real, auto; "" is auto) if that is another word than the last; says what came of it.
 */
void undi_set_transport(const char *want);

/*
 * Before the loader starts anew from memory: every ROM as the next life wants to
 * find it, closed, and what came out of option ROMs gone.  False: the ROM that
 * started us hangs, and must not be called any more.
 */
bool undi_leave_for_restart(void);

/*
 * A driver of our own takes the card over: CLOSE and SHUTDOWN; the ROM stays in memory, and is not asked for frames.
 * -EIO: it must not be called any more, and nothing was done.
 */
int undi_rest(struct netdev *dev);
/* And gives it back, reset: STARTUP and INITIALIZE, so that it can be opened: 0, or -EIO after a message. */
int undi_wake(struct netdev *dev);

/* Each ROM call in the log from now on, or no more; from the start on as undi.trace= in arguments or our file says. */
void undi_set_trace(bool on);

/* Is it the card at that PCI function?  1 or 0; or -ENOENT: nobody knows where it is. */
int undi_at(const struct netdev *dev, uint16_t function);
/* What undi.cards says of how many cards are used, at most `room`. */
unsigned undi_cards_wanted(const struct boot_params *params, unsigned room);

/* The packet that net0's ROM has left of its own DHCP (PXE 2.1, page 36): type 2 the ACK, type 3 the boot server's. */
int undi_cached_packet(unsigned type, void *buf, size_t len);

/*
 * The stack of the ROM that started us gets its card, for its own TFTP and UDP (base_code.h): 0, -ENODEV (there is
 * none), -EBUSY (a driver of our own has the card), -ENETDOWN.  It has the card until a while after undi_take_back();
 * meanwhile we hear and send nothing by it.
 */
int undi_lend(void);
void undi_take_back(void);

/* Where the structures of net0's stack lie (linear), 0 where there is none; false without a stack. */
bool undi_structures(uint32_t *bang, uint32_t *pxenv);
/* The ROM's own buffer of such a packet, so that it can be changed: its linear address and *len, or 0. */
uint32_t undi_cached_buffer(unsigned type, uint16_t *len);

#endif
