/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PCI card's expansion ROM as the card itself has it (PCI 3.0, 6.2.5.2 and
 * 6.3): the BIOS's copy in the ROM area may have been made shorter when it
 * was initialised.  Called by load.c.
 */
#ifndef DRIVERS_UNDI_EXPANSION_H
#define DRIVERS_UNDI_EXPANSION_H

#include <stdbool.h>
#include <stdint.h>

/* The nth device with these IDs (PCI BIOS 2.1, 3.2): true and *bus_dev_fn. */
bool pci_find_device(uint16_t vendor, uint16_t device, unsigned nth, uint16_t *bus_dev_fn);
/*
 * The ROM becomes readable until expansion_close(); the card's other
 * registers may not be.  Where it begins, and *len, or NULL: the card has
 * none, or the BIOS gave it no address.
 */
const uint8_t *expansion_open(uint16_t bus_dev_fn, uint32_t *len);
void expansion_close(void);

#endif
