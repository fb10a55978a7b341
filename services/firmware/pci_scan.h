/* SPDX-License-Identifier: BSD-2-Clause */
/* A walk over PCI's functions, whoever reads them.  Pure. */
#ifndef SERVICES_FIRMWARE_PCI_SCAN_H
#define SERVICES_FIRMWARE_PCI_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_FUNCTIONS 65536u

/* The 32-bit register at `at` (a multiple of 4), or false: there is no such function. */
typedef bool pci_read_fn(uint32_t function, unsigned at, uint32_t *value);

/*
 * The first function that is there at or behind `from` and before `end`, or
 * `end`.  Functions behind the first of a device are looked for where that one
 * says there are (header type, bit 7).  turn is called before each device; or
 * NULL.
 */
uint32_t pci_next(uint32_t from, uint32_t end, pci_read_fn *read, void (*turn)(void));

#endif
