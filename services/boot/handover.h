/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handover: getting pieces of memory from where they are to where the
 * next kernel wants them, whatever overlaps whatever.  This is the planner:
 * pure arithmetic over addresses; copier.asm carries the plan out when the
 * loader is already given up, so the plan may write over the loader itself.
 *
 * Called by boot.c in this order: handover_find() if something is to
 * be placed before all else, handover_place(), handover_plan().
 */
#ifndef SERVICES_BOOT_HANDOVER_H
#define SERVICES_BOOT_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "services/boot/why.h"

#define HANDOVER_FIRST 0x500u		/* below are the BIOS's vectors and data: never written */
#define HANDOVER_LAST 0xfffff000u	/* nothing is placed at or above */

struct memmap;

/* One step: copy len bytes src -> dst (they may overlap), then zero bytes behind them. */
struct move {
	uint32_t dst, src, len, zero;
};

/* One piece: len bytes now at src, wanted at dst, followed by zero bytes.  Sources may overlap each other. */
struct handover_item {
	const char *what;	/* "initrd.gz", for messages */
	uint32_t src, len, zero;
	bool fixed;		/* dst is given; otherwise handover_place chooses: */
	uint32_t align;		/* a power of two */
	uint32_t lo, hi;	/* wholly inside [lo, hi) */
	uint32_t dst;
	bool placed;		/* handover_place's own */
	bool done;		/* handover_plan's own; it also lets src follow the bytes */
	unsigned blockers, blocks;	/* its own as well: how many are in its way, in how many others' it is */
};

struct handover {
	const struct memmap *map;	/* normalised */
	struct handover_item *item;
	unsigned items;			/* may grow, but not shrink */
	unsigned *order;		/* the searches' index: room for handover_order_len(items) */
	unsigned ordered;		/* how much of it is in use: 0 at first */
	uint32_t keep_lo, keep_hi;	/* the copier's own pages: never written to */
	struct move *move;		/* room for handover_moves_max(items) */
	unsigned moves;
};

/* Each item has two spans. */
static inline unsigned handover_order_len(unsigned items)
{
	return 2 * items;
}

/* The most moves that a plan of n items can take. */
static inline unsigned handover_moves_max(unsigned items)
{
	return 2 * items;
}

/*
 * 0 if [addr, addr+len), which does not pass 4 GiB, is usable memory above the
 * BIOS's data, else -EFAULT with the reason, beginning "0x...-0x...".
 */
int handover_check(const struct memmap *map, uint32_t addr, uint32_t len, struct boot_why *why);

/* handover_check() allows it, and it is clear of the copier. */
bool handover_fits(const struct handover *h, uint32_t addr, uint32_t len);

/*
 * A free place for len bytes: usable, clear of the copier, of every fixed or
 * already placed item's destination and, if there is such a place, of every
 * source.  The highest one if `high`, else the lowest.  0 or -ENOMEM.
 */
int handover_find(struct handover *h, uint32_t len, uint32_t align, uint32_t lo, uint32_t hi, bool high,
		  uint32_t *at);

/* The same, but the very highest or lowest place, whatever has to move out of it. */
int handover_find_over(struct handover *h, uint32_t len, uint32_t align, uint32_t lo, uint32_t hi, bool high,
		       uint32_t *at);

/*
 * Checks the fixed items (-EFAULT: no such memory; -EINVAL: two overlap, or
 * one is in the copier's way) and gives every other item its dst: where it is
 * if it can stay, else the highest free place; or, if that does not work out,
 * all of them packed to the top.  -ENOMEM when they cannot fit.
 * Items of no length get dst 0.
 */
int handover_place(struct handover *h, struct boot_why *why);

/*
 * Fills move[] so that, carried out in order, every item arrives whole:
 * 0, or -ENOMEM when pieces block each other and there is no memory left to
 * set one aside.
 */
int handover_plan(struct handover *h, struct boot_why *why);

#endif
