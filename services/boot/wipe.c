/* SPDX-License-Identifier: BSD-2-Clause */
/* What is overwritten before the next kernel: see wipe.h.  Called by boot.c. */
#include "services/boot/wipe.h"

/* [lo, hi) is left alone: *at moves behind it, or it begins before *next does. */
static void meet(uint64_t lo, uint64_t hi, uint64_t *at, uint64_t *next)
{
	if (lo >= hi || hi <= *at)
		return;
	if (lo <= *at)
		*at = hi;
	else if (lo < *next)
		*next = lo;
}

/* From *at on: *at moves to where something may be overwritten, and *next is where that ends. */
static void look(const struct handover *h, const struct wipe_span *spared, unsigned count, uint64_t *at,
		 uint64_t *next)
{
	uint64_t was;

	do {
		was = *at;
		*next = UINT64_MAX;
		meet(h->keep_lo, h->keep_hi, at, next);
		for (unsigned i = 0; i < h->items; i++) {
			const struct handover_item *n = &h->item[i];

			meet(n->dst, (uint64_t)n->dst + n->len + n->zero, at, next);
		}
		for (unsigned i = 0; i < count; i++)
			meet(spared[i].lo, spared[i].hi, at, next);
	} while (*at != was);
}

bool wipe_add(struct handover *h, struct wipe_span span, const struct wipe_span *spared, unsigned count,
	      unsigned moves_max)
{
	uint64_t at = span.lo, next;

	for (look(h, spared, count, &at, &next); at < span.hi; look(h, spared, count, &at, &next)) {
		uint64_t end = next < span.hi ? next : span.hi;
		if (h->moves == moves_max)
			return false;
		h->move[h->moves++] = (struct move){ .dst = (uint32_t)at, .src = (uint32_t)at,
						     .zero = (uint32_t)(end - at) };
		at = end;
	}
	return true;
}
