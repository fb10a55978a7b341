/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks the BIOS for the memory map: INT 15h AX=E820h (ACPI 6.5, 15.1), else AX=E801h, else AH=88h. */
#ifndef KERNEL_E820_H
#define KERNEL_E820_H

#include "kernel/memmap.h"

/* Fills *out, normalised: 0, or -ENODEV when the BIOS knows no call at all: then *out is empty. */
int e820_read(struct memmap *out);

#endif
