/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What virtio's drivers touch of the machine: PCI's configuration space, by the
 * PCI BIOS (2.1), and a device's registers, at ports or in memory.  A function
 * is its bus, device and function as the BIOS has them.  Tests have fakes of
 * it (tests/unit/test_virtio.c).
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_PCI_H
#define DRIVERS_VIRTIO_VIRTIO_PCI_H

#include <stdbool.h>
#include <stdint.h>

#define VIRTIO_PORTS_END 0x10000u

/* The first device of Red Hat's with that number: false if there is none, or no PCI. */
bool virtio_pci_find(uint16_t device, uint32_t *function);
/* The 32-bit register at `at`, a multiple of 4; writes the lower half of one. */
bool virtio_pci_read(uint32_t function, unsigned at, uint32_t *value);
bool virtio_pci_write(uint32_t function, unsigned at, uint16_t value);

/* len is 1, 2 or 4 bytes; at is a port below VIRTIO_PORTS_END, else an address. */
uint32_t virtio_in(uint32_t at, unsigned len);
void virtio_out(uint32_t at, unsigned len, uint32_t value);

#endif
