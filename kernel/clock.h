/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock: microseconds since start, read from the TSC, whose rate is
 * measured once against PIT channel 2.  Never goes back.  No interrupts.
 */
#ifndef KERNEL_CLOCK_H
#define KERNEL_CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER UINT64_MAX		/* a deadline that does not come */

void clock_init(void);			/* calibrates: takes about 20 ms */
uint64_t clock_us(void);		/* microseconds since clock_init */
void clock_busy_us(uint32_t us);	/* spins; for hardware only, other tasks do not run */
uint32_t clock_tsc_khz(void);		/* the measured rate */

#endif
