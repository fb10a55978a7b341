/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a ROM is asked and what it answers, in the log, for a ROM that
 * misbehaves where nobody can look into it: the setting undi.trace.
 *
 *	undi: trace: OPEN (06h): 0000 0000 0003
 *	undi: trace: OPEN (06h): status 00h after 1234 us: 0000 0000 0003
 *
 * A call that is about to be made has its line, and it is on every console,
 * before the ROM has the processor.  TRANSMIT and GET_STATISTICS, which come
 * all the time, have only the second.  Parameters are the block's words, the
 * status first, without the zeros at its end.  Equal calls in a row are
 * counted, drains of received frames too; and there are at most TRACE_LINES a
 * second, or the serial line would be all that runs.  Pure: the log is where
 * it goes, time is an argument.  Called by transport.c.
 */
#ifndef DRIVERS_UNDI_TRACE_H
#define DRIVERS_UNDI_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_LINES 20u
#define TRACE_WORDS 32u			/* of a parameter block; of a longer one the first */

void trace_set(bool on);
/* A call is made; label as in transport.h. */
void trace_called(const char *label, unsigned op, const void *params, size_t len, uint64_t now_us);
/* And has come back: the same block; fault: the way to call it has failed, and why; else NULL. */
void trace_answered(unsigned status, const void *params, const char *fault, uint64_t now_us);
/* Received frames have been asked for: how many there were, and the ROM's status if it was no good (else 0). */
void trace_drained(const char *label, unsigned frames, unsigned status, uint64_t now_us);

#endif
