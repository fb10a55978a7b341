/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock chip's registers.  See cmos.h. */
#include "kernel/cmos.h"

#include "kernel/io.h"

#define INDEX 0x70		/* its bit 7 would mask NMIs */
#define DATA 0x71

uint8_t cmos_read(uint8_t reg)
{
	outb(INDEX, reg & 0x7f);
	return inb(DATA);
}

void cmos_write(uint8_t reg, uint8_t v)
{
	outb(INDEX, reg & 0x7f);
	outb(DATA, v);
}
