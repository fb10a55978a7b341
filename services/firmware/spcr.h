/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI's Serial Port Console Redirection table (Microsoft, SPCR revisions 1
 * to 4): which serial port the firmware uses as its console.  Pure.
 */
#ifndef SERVICES_FIRMWARE_SPCR_H
#define SERVICES_FIRMWARE_SPCR_H

#include <stdint.h>

#include "services/firmware/acpi.h"

enum spcr_terminal { SPCR_VT100, SPCR_VT100_PLUS, SPCR_VT_UTF8, SPCR_ANSI };

struct spcr {
	uint16_t io;		/* the port's I/O address */
	uint32_t rate;		/* 0: as the firmware has set it */
	uint8_t terminal;	/* enum spcr_terminal, or what is not known */
};

/*
 * 0; -ENOENT: no such table, or the firmware does not redirect; -ENOTSUP: to a
 * port that is no 16550 at an I/O address.
 */
int spcr_find(const struct acpi_memory *mem, uint64_t root, struct spcr *out);

#endif
