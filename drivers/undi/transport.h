/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a card's ROM is called: by the !PXE protected-mode entry (16-bit code at
 * CPL 3), in v86, or in real mode.  Each ROM call and each drain of the
 * receive ring goes through here and nowhere else.  The cards share the one
 * resident segment - parameter block, stack, frame ring - call by call: what a
 * call or a drain has left there holds until the next.
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

enum transport_way { TRANSPORT_REAL, TRANSPORT_V86, TRANSPORT_PM };

#define TRANSPORT_BANG_LEN 32u		/* the part of !PXE that is written */

/* One for each card; transport.c's own. */
struct transport {
	struct undi_stack *stack;
	enum transport_way way;
	uint8_t bang_before[TRANSPORT_BANG_LEN];	/* the ROM's !PXE, while ours is in its place */
	bool bang_changed;
	/* a call in real mode was given up (never net0's): nothing is called any more */
	bool lost;
	char label[12];			/* " for net1"; nothing for net0 */
};

/*
 * How long a call in real mode may take, 1 to 3600 s, before it is given up.  -EINVAL for others, which
 * change nothing.  Before the first call.
 */
#define TRANSPORT_PATIENCE_S 60		/* some ROMs wait for a link for half of that */
int transport_set_patience(unsigned long seconds);
unsigned transport_patience(void);

/* A new stack was found, whose card is to be called `name`: real mode until transport_choose().  stack must stay. */
void transport_open(struct transport *t, struct undi_stack *stack, const char *name);
/*
 * Chooses: want is "pm", "v86", "real" or "auto" (NULL is auto).  Says in one
 * line which transport runs and why.  Probes by GET_INFORMATION, whose answer
 * must be real mode's.  -EINVAL for another word (said; auto is then done).
 */
int transport_choose(struct transport *t, const char *want);

/*
 * One API call: params (len bytes, with the status word first) go in and come
 * out: the status word, or FFFFh when AX alone tells of failure, or it is lost.
 */
uint16_t transport_call(struct transport *t, enum pxe_op op, void *params, size_t len);
/* A far pointer, as the ROM must be given it now, to an offset in the resident segment. */
struct pxe_ptr transport_ptr(const struct transport *t, unsigned off);
/* Runs the drain loop with the words in D_DRAIN_* as they stand. */
void transport_drain(struct transport *t);
/*
 * Runs an option ROM's UNDI loader, in real mode, on R_PARAM as it stands: 0
 * and its answer is in D_PXE_AX and R_PARAM; or -ETIMEDOUT, and the ROM was left
 * in the middle.
 */
int transport_loader(struct pxe_ptr entry);
/* Back to real mode for good: before the stack is left or unloaded. */
void transport_close(struct transport *t);

#endif
