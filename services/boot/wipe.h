/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is overwritten before the next kernel is entered: memory that the loader has held, in which passwords, keys and
 * tokens may stand.  The copier does it, behind all its moves.  Pure arithmetic over addresses, as handover.h.
 */
#ifndef SERVICES_BOOT_WIPE_H
#define SERVICES_BOOT_WIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "services/boot/handover.h"

struct wipe_span {
	uint32_t lo, hi;		/* [lo, hi) */
};

/*
 * Adds moves to h's that zero [lo, hi), but for what the plan has put there, the copier, and what is spared.  False:
 * there is no room for them (moves_max), and some of it stays as it is.
 */
bool wipe_add(struct handover *h, struct wipe_span span, const struct wipe_span *spared, unsigned count,
	      unsigned moves_max);

#endif
