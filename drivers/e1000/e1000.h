/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intel's 82540EM and 82545EM, as QEMU, VirtualBox and VMware have them, and
 * the 82574L (QEMU's and VMware's e1000e), by "PCI/PCI-X Family of Gigabit
 * Ethernet Controllers Software Developer's Manual" (317453), whose section
 * numbers stand here.  Legacy descriptors, one ring each way, no interrupts,
 * no frames above 1522 bytes.  Pure.  Called by native.c.
 */
#ifndef DRIVERS_E1000_E1000_H
#define DRIVERS_E1000_E1000_H

#include "drivers/native/nic.h"

extern const struct nic_driver e1000_driver;

#endif
