/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine as kernels are told about it: one description for all boot
 * protocols, filled by services/machine just before a boot.  Pointers stay
 * good until the machine is left; what a machine does not have is NULL or 0.
 */
#ifndef SERVICES_BOOT_BOOT_MACHINE_H
#define SERVICES_BOOT_BOOT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_INTERFACES_MAX 4

struct memmap;

struct boot_bytes {
	const uint8_t *data;		/* NULL: there is none */
	uint32_t len;
};

struct boot_machine {
	const struct memmap *map;	/* E820 as it stands now, before the network card is given up */
	struct boot_bytes rsdp;		/* ACPI's root pointer as rsdp_find gave it */
	struct boot_bytes dhcp_ack[BOOT_INTERFACES_MAX];	/* each interface's whole DHCP ACK (BOOTP header, options) */
	/*
	 * Gives up firmware and hardware, and reads E820 once more into *final:
	 * UNDI is closed, shut down and unloaded, or, with keep_pxe, only closed,
	 * so that the next program can open it again.  Interrupt vectors and
	 * controllers are as the BIOS set them up.  A negative result means
	 * "nothing was touched, do not boot".
	 */
	int (*leave_firmware)(struct memmap *final, bool keep_pxe);
};

#endif
