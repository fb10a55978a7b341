/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 16-bit code at CPL 3: functions of the resident segment, and through them a
 * ROM's, run deprivileged, in v86 or in 16-bit protected mode.  A fault, or a
 * time without return, ends the call and not the loader.
 *
 * Only what real mode can name (and what user16_descriptor() adds) is within reach.
 * During a call the interrupt controller lets nothing through but the timer's
 * line, which bounds it (pic.h).
 */
#ifndef KERNEL_USER16_H
#define KERNEL_USER16_H

#include <stdbool.h>
#include <stdint.h>

struct trap_frame;

enum user16_mode { USER16_V86, USER16_PM };

enum user16_result {
	USER16_DONE,		/* the function returned */
	USER16_FAULT,		/* it faulted: user16_why() */
	USER16_HANG,		/* no return within the time */
	USER16_FINISHED_REAL,	/* v86: it changed modes, and was finished in real mode from that instruction on */
};

/* Descriptors of the resident segment for protected mode. */
#define USER16_SEL_CODE 0x3b
#define USER16_SEL_DATA 0x43
/* Selectors that user16_descriptor() may be given: GDT, RPL 3. */
#define USER16_SEL_FIRST 0x80
#define USER16_SEL_LAST 0xf8

/* Opens the first MiB to CPL 3, or closes it. */
void user16_use(bool on);
/*
 * A 16-bit DPL 3 segment; its memory becomes reachable for CPL 3:
 * 0 or -EINVAL (selector, or base and limit past 4 GiB).
 */
int user16_descriptor(uint16_t sel, uint32_t base, uint16_t limit, bool code);
/*
 * Runs the function at table offset table_off (T_PXE, T_DRAIN), at most
 * limit_ms (55 ms steps).  At IOPL 0: with more, code that has used CLI could
 * not be stopped.  CLI and STI trap and do nothing, as no interrupt is ever
 * delivered to the code; IN and OUT are let through by the TSS.
 */
enum user16_result user16_call(enum user16_mode mode, unsigned table_off, uint32_t limit_ms);
/* What ended the last call: "general protection at 9c48:0123". */
const char *user16_why(void);

/* For traps.c: a trap from CPL 3.  Returns when the code shall go on. */
void user16_trap(struct trap_frame *f);

#endif
