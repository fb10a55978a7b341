/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PXE stack as another NBP is to find it: described by machine.c for
 * struct boot_machine, used by services/boot/nbp_protocol.c.
 */
#ifndef SERVICES_FIRMWARE_PXE_H
#define SERVICES_FIRMWARE_PXE_H

#include <stdbool.h>
#include <stdint.h>

#include "services/firmware/real_regs.h"

#define BOOT_PXE_REPLIES 2

struct boot_pxe {
	struct real_regs regs;		/* as on our own entry: ES:BX is PXENV+; CS:IP are not set */
	/*
	 * SS:SP is our starter's stack, with the way back to it and
	 * !PXE at SP+4; false: there is none, SS:SP are not set
	 */
	bool has_stack;
	uint32_t bang, pxenv;		/* linear addresses of !PXE and PXENV+; 0: there is none */
	/* the DHCP packets that the stack keeps (the ACK, the boot server's), in its own memory; data NULL: none */
	struct {
		uint8_t *data;
		uint16_t len;
	} reply[BOOT_PXE_REPLIES];
};

struct boot_params;

/* Good until the next call; NULL without a PXE stack. */
const struct boot_pxe *pxe_describe(const struct boot_params *params);

#endif
