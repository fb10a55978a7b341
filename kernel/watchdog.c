/* SPDX-License-Identifier: BSD-2-Clause */
/* The watchdog: see watchdog.h.  The clock chip: MC146818's data sheet. */
#include "kernel/watchdog.h"

#include "kernel/clock.h"
#include "kernel/cmos.h"
#include "kernel/io.h"
#include "kernel/log.h"
#include "kernel/pic.h"

#define STATUS_B 0x0b
#define STATUS_C 0x0c			/* reading it lets the next interrupt come */
#define UPDATE_ENDED 0x10		/* in status B: an interrupt once a second */
#define IRQ 8
#define AGAIN_US 600000000u		/* ending a task has not helped if the next hangs within this time */
#define NMI_TICKS 3			/* an NMI ends what has not waited for so long: somebody has pressed a button */
#define SYSTEM_CONTROL 0x61		/* bits 7 and 6: memory parity, I/O channel check */

static bool on;
static uint8_t status_b;		/* as it was */
static uint32_t limit_s = WATCHDOG_S, ticks;
static uint64_t hung_us;		/* when something hung; 0: nothing yet */
static unsigned nmis;			/* not yet said */
static uint8_t nmi_why;

void watchdog_start(void)
{
	pic_take();
	status_b = cmos_read(STATUS_B);
	cmos_write(STATUS_B, status_b | UPDATE_ENDED);
	cmos_read(STATUS_C);
	on = true;
}

void watchdog_stop(void)
{
	interrupts_off();
	if (on) {
		cmos_write(STATUS_B, status_b);
		cmos_read(STATUS_C);
	}
	on = false;
	pic_give_back();
}

void watchdog_set(uint32_t seconds)
{
	limit_s = seconds;
}

static void say_nmi(void)
{
	unsigned n = nmis;
	nmis = 0;
	log_error("nmi: %u of them (%s); all goes on", n,
		 nmi_why & 0x80 ? "the machine says: memory parity" :
		 nmi_why & 0x40 ? "the machine says: I/O channel check" : "the machine does not say why");
}

void watchdog_turn(void)
{
	ticks = 0;
	if (nmis)
		say_nmi();
	if (on)
		interrupts_on();
}

bool watchdog_tick(void)
{
	cmos_read(STATUS_C);
	pic_end(IRQ);
	return on && limit_s && ++ticks >= limit_s;
}

bool watchdog_nmi(void)
{
	nmi_why = inb(SYSTEM_CONTROL);
	nmis++;
	return ticks >= NMI_TICKS;
}

bool watchdog_again(void)
{
	uint64_t now = clock_us(), before = hung_us;
	hung_us = now;
	return before && now - before < AGAIN_US;
}
