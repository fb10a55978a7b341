/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What our own drivers touch of the machine: PCI's configuration space, by the
 * PCI BIOS (2.1), and a device's registers, at ports or in memory.  A function
 * is its bus, device and function as the BIOS has them (8, 5 and 3 bits).
 * Tests have fakes of it (tests/unit/test_virtio.c).
 */
#ifndef DRIVERS_PCI_PCI_H
#define DRIVERS_PCI_PCI_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_PORTS_END 0x10000u

#define PCI_ID 0x00			/* vendor, and device in its upper half */
#define PCI_COMMAND 0x04		/* its upper half is the status */
#define PCI_COMMAND_DECODE 0x0003	/* ports and memory */
#define PCI_COMMAND_MASTER 0x0004
#define PCI_COMMAND_NO_INTX 0x0400

/* The nth device, from 0, with these numbers: false if there is none, or no PCI. */
bool pci_find(uint16_t vendor, uint16_t device, unsigned nth, uint32_t *function);
/* The 32-bit register at `at`, a multiple of 4; writes the lower half of one. */
bool pci_reg(uint32_t function, unsigned at, uint32_t *value);
bool pci_set_reg(uint32_t function, unsigned at, uint16_t value);

/* It reaches no memory any more.  By the ports (PCI 3.0, 3.2.2.3.2), for when the BIOS cannot be relied on. */
void pci_silence(uint32_t function);

/* len is 1, 2 or 4 bytes; at is a port below PCI_PORTS_END, else an address. */
uint32_t pci_in(uint32_t at, unsigned len);
void pci_out(uint32_t at, unsigned len, uint32_t value);

#endif
