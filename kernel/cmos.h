/* SPDX-License-Identifier: BSD-2-Clause */
/* The PC's clock chip and its memory (MC146818 and its kin), a register at a time. */
#ifndef KERNEL_CMOS_H
#define KERNEL_CMOS_H

#include <stdint.h>

/* reg: 0 to 7Fh.  NMIs stay as they were, allowed. */
uint8_t cmos_read(uint8_t reg);
void cmos_write(uint8_t reg, uint8_t v);

#endif
