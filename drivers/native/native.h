/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cards that Undine drives itself, without a ROM: which they are, and who has
 * which.  The setting driver, or net0/driver for one card, says:
 *
 *	auto, or not set	a driver of our own where there is one, has been tried on such a machine, comes up and
 *				works; else the ROM's UNDI
 *	native			a driver of our own where there is one and it comes up, else the ROM's UNDI
 *	undi			the ROM's UNDI only
 *
 * A card that a ROM drives stays one struct netdev, whoever has it: its table
 * of functions changes.  The ROM is shut down meanwhile, and stays in memory;
 * it gets the card back, reset, when our driver fails, and before Undine is
 * left for another program that may use the ROM.
 */
#ifndef DRIVERS_NATIVE_NATIVE_H
#define DRIVERS_NATIVE_NATIVE_H

#include "drivers/native/nic.h"
#include "kernel/boot_params.h"
#include "net/netdev.h"

#define NATIVE_CARDS 4u

/* Our drivers; main.c's, up to a NULL; and what runs us.  Before the next. */
void native_set_drivers(const struct nic_driver *const *drivers, bool in_virtual_machine);
/*
 * Before any task runs, behind undi_cards(): takes those of the `count` cards in table[] that it is to have, and adds
 * cards that no ROM drives, while there are fewer than `room` and it is known which the ROMs drive: the number of all.
 */
unsigned native_cards(const struct boot_params *params, struct netdev **table, unsigned count, unsigned room);
/* driver or net0/driver of that card is this word now ("": not set); says what came of it, if another has the card. */
void native_set_driver(struct netdev *dev, const char *want);
/* net0's ROM needs its card, for its own TFTP or UDP: true if we had it and it has it now; auto leaves it there. */
bool native_yield(void);
/* Before the loader starts anew from memory: every card reset, and its ROM's again. */
void native_leave_for_restart(void);
/* The same where nothing is sure any more: none of our cards reaches memory from now on.  Calls nothing. */
void native_silence(void);

#endif
