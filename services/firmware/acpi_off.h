/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switching the machine off by ACPI (ACPI 6.5, 4.8.3.2, 5.2.9 and 7.4.2):
 * finds the PM1 control registers in the FADT and the value for S5 in the
 * DSDT's \_S5 package, without an AML interpreter.  Pure.
 */
#ifndef SERVICES_FIRMWARE_ACPI_OFF_H
#define SERVICES_FIRMWARE_ACPI_OFF_H

#include <stdint.h>

#include "services/firmware/acpi.h"

struct acpi_off {
	uint16_t pm1a_cnt, pm1b_cnt;	/* I/O ports; b may be 0 */
	uint8_t slp_typ_a, slp_typ_b;
	uint16_t smi_cmd;		/* I/O port; 0 = ACPI mode cannot be switched on */
	uint8_t acpi_enable;
};

/* root: the address of the RSDT or XSDT: 0, or -ENOENT when a table or \_S5 is missing or damaged. */
int acpi_off_find(const struct acpi_memory *mem, uint64_t root, struct acpi_off *out);

#endif
