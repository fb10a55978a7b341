/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the ROM is called: by the !PXE protected-mode entry (16-bit code at
 * CPL 3), in v86, or in real mode.  Each ROM call and each drain of the
 * receive ring goes through here and nowhere else.
 *
 * The two deprivileged ways are tried out before they are relied on, and left
 * for the next one when the ROM faults, does not return, or answers nonsense;
 * real mode is always there.
 */
#ifndef DRIVERS_UNDI_TRANSPORT_H
#define DRIVERS_UNDI_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/undi/find.h"

enum transport { TRANSPORT_REAL, TRANSPORT_V86, TRANSPORT_PM };

/* A new stack was found: real mode until transport_choose(). */
void transport_open(struct undi_stack *stack);
/*
 * Chooses: want is "pm", "v86", "real" or "auto" (NULL is auto).  Says in one
 * line which transport runs and why.  Probes by GET_INFORMATION, whose answer
 * must be real mode's.  -EINVAL for another word (said; auto is then done).
 */
int transport_choose(const char *want);
enum transport transport_now(void);
const char *transport_name(void);

/*
 * One API call: params (len bytes, with the status word first) go in and come
 * out: the status word, or FFFFh when AX alone tells of failure.
 */
uint16_t transport_call(enum pxe_op op, void *params, size_t len);
/* A far pointer, as the ROM must be given it now, to an offset in the resident segment. */
struct pxe_ptr transport_ptr(unsigned off);
/* Runs the drain loop with the words in D_DRAIN_* as they stand. */
void transport_drain(void);
/* Runs an option ROM's UNDI loader, in real mode, as D_PXE_ENTRY and R_PARAM have it. */
void transport_loader(void);
/* Back to real mode for good: before the stack is left or unloaded. */
void transport_close(void);

#endif
