/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a PCI function's registers are (PCI 3.0, 6.2.5.1), its capabilities (6.7), and its command register.  Pure. */
#ifndef DRIVERS_PCI_BAR_H
#define DRIVERS_PCI_BAR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Where a base address register, from 0, leads: a port, or an address below 4 GiB; or 0, and *why it cannot be
 * used, unless why is NULL.
 */
uint32_t pci_bar(uint32_t function, unsigned bar, const char **why);
/* The nth capability with that number, from 0: its place, and its first 32 bits.  False: there is none. */
bool pci_capability(uint32_t function, unsigned id, unsigned nth, uint32_t *at, uint32_t *head);
/* Sets and clears bits of the command register. */
bool pci_command(uint32_t function, uint16_t set, uint16_t clear);

#endif
