/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI's configuration space, by the PCI BIOS (2.1).  A function is its bus,
 * device and function as the BIOS has them: bus << 8 | device << 3 | function.
 */
#ifndef SERVICES_FIRMWARE_PCI_H
#define SERVICES_FIRMWARE_PCI_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The 32-bit register at `at` (a multiple of 4), or false: there is no such function, or no PCI.  A pci_read_fn
 * (pci_scan.h); a few microseconds on hardware.
 */
bool pci_read(uint32_t function, unsigned at, uint32_t *value);
/* How many functions there may be: those of the last bus that the BIOS knows and of all before it; 0: no PCI. */
uint32_t pci_functions(void);

#endif
