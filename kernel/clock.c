/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock: the TSC, measured against PIT channel 2, which makes no interrupts (Intel 8254, mode 0). */
#include "kernel/clock.h"

#include "kernel/io.h"

#define PIT_HZ 1193182u
#define PIT_CH2 0x42
#define PIT_CMD 0x43
#define PORT_B 0x61		/* bit 0 gates channel 2, bit 1 the speaker, bit 5 reads its output */
#define SLICE_MS 2u		/* less than a busy host gives a virtual machine at a time */
#define SLICES 16
#define TSC_KHZ_GUESS 1000000u	/* when the PIT does not run */

static uint64_t tsc_start;
static uint32_t tsc_khz;
static uint64_t us_per_tick_q32;	/* microseconds per TSC tick, 32.32 fixed point */

/* TSC ticks in SLICE_MS, or 0 when channel 2 never gets there. */
static uint64_t measure(void)
{
	uint16_t count = PIT_HZ * SLICE_MS / 1000;
	uint8_t old = inb(PORT_B);
	outb(PORT_B, (uint8_t)((old & ~2u) | 1));
	outb(PIT_CMD, 0xb0);	/* channel 2, both bytes, mode 0 */
	outb(PIT_CH2, (uint8_t)count);
	uint64_t from = rdtsc();
	outb(PIT_CH2, (uint8_t)(count >> 8));	/* it begins */
	uint32_t spins = 0;
	while (!(inb(PORT_B) & 0x20) && ++spins < 10000000)
		;
	uint64_t ticks = rdtsc() - from;
	outb(PORT_B, old);
	return spins < 10000000 ? ticks : 0;
}

void clock_init(void)
{
	/* a slice can only be measured too long, by whatever interrupted the machine: the shortest is right */
	uint64_t best = 0;
	for (int i = 0; i < SLICES; i++) {
		uint64_t ticks = measure();
		if (ticks && (!best || ticks < best))
			best = ticks;
	}
	tsc_khz = best ? (uint32_t)(best / SLICE_MS) : TSC_KHZ_GUESS;
	us_per_tick_q32 = (1000ull << 32) / tsc_khz;
	tsc_start = rdtsc();
}

uint64_t clock_us(void)
{
	uint64_t t = rdtsc() - tsc_start;
	return (t >> 32) * us_per_tick_q32 + ((t & 0xffffffff) * us_per_tick_q32 >> 32);
}

void clock_busy_us(uint32_t us)
{
	uint64_t until = clock_us() + us;
	while (clock_us() < until)
		cpu_relax();
}

uint32_t clock_tsc_khz(void)
{
	return tsc_khz;
}
