/* SPDX-License-Identifier: BSD-2-Clause */
/* The watchdog: see watchdog.h.  The clock chip: MC146818's data sheet. */
#include "kernel/watchdog.h"

#include "kernel/clock.h"
#include "kernel/cmos.h"
#include "kernel/gate.h"
#include "kernel/io.h"
#include "kernel/log.h"
#include "kernel/pic.h"

#define STATUS_B 0x0b
#define STATUS_C 0x0c			/* reading it lets the next interrupt come */
#define UPDATE_ENDED 0x10		/* in status B: an interrupt once a second */
#define WANTED 0x80			/* in status C: it wants one, and nobody has asked why */
#define IRQ 8
#define AGAIN_US 600000000u		/* ending a task has not helped if the next hangs within this time */
#define LOOK_US 2000000u		/* between looks at whether the chip's interrupts come at all */
#define LOOKS 4
#define NMI_TICKS 3			/* an NMI ends what has not waited for so long: somebody has pressed a button */
#define SYSTEM_CONTROL 0x61		/* bits 7 and 6: memory parity, I/O channel check */

static bool on, heard;			/* a tick; or that there is none has been said */
static uint64_t look_us;
static unsigned unheard;
static uint8_t status_b;		/* as it was */
static uint32_t limit_s = WATCHDOG_S, ticks;
static uint64_t hung_us;		/* when something hung; 0: nothing yet */
static unsigned nmis;			/* not yet said */
static uint8_t nmi_why;

void watchdog_start(void)
{
	pic_take();
	gate_count_nmis(true);
	status_b = cmos_read(STATUS_B);
	cmos_write(STATUS_B, status_b | UPDATE_ENDED);
	cmos_read(STATUS_C);
	look_us = clock_us() + LOOK_US;
	on = true;
}

void watchdog_stop(void)
{
	interrupts_off();
	if (on) {
		cmos_write(STATUS_B, status_b);
		cmos_read(STATUS_C);
		gate_count_nmis(false);
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

/* What the chip wants to say is heard by us, or by the BIOS in real mode; or, again and again, by nobody. */
static void listen(void)
{
	uint64_t now = clock_us();
	if (heard || !on || now < look_us)
		return;
	look_us = now + LOOK_US;
	unheard = cmos_read(STATUS_C) & WANTED ? unheard + 1 : 0;
	heard = unheard == LOOKS;
	if (heard)
		log_warn("watchdog: the clock chip's interrupts (IRQ 8) do not come on this machine: a task that hangs "
			 "would not be ended");
}

void watchdog_turn(void)
{
	unsigned in_real_mode = gate_nmis();
	ticks = 0;
	if (in_real_mode)
		nmi_why = inb(SYSTEM_CONTROL);
	nmis += in_real_mode;
	if (nmis)
		say_nmi();
	listen();
	if (on)
		interrupts_on();
}

bool watchdog_tick(void)
{
	cmos_read(STATUS_C);
	pic_end(IRQ);
	heard = true;
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
