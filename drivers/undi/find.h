/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding the resident PXE stack: `!PXE` (PXE 2.1, 3.4.2, page 29) and
 * `PXENV+` (3.4.1, page 27), each checked by signature, length and byte sum.
 * Pure: reads a copy or view of the first MiB, never writes.
 */
#ifndef DRIVERS_UNDI_FIND_H
#define DRIVERS_UNDI_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/undi/pxe.h"

#define MIB 0x100000u
#define PAGE0_END 0x1000u		/* the page of the interrupt vectors is not mapped */

/* The first MiB as the prober sees it; addresses below `lowest` are not readable. */
struct undi_memory {
	const uint8_t *base;		/* physical 0 */
	uint32_t lowest, len;
};

/* The bytes [at, at + len), or NULL where memory does not have them. */
const uint8_t *undi_view(const struct undi_memory *mem, uint32_t at, uint32_t len);
/* All bytes add up to 0: every PXE structure and every ROM is made so. */
bool undi_sum_is_zero(const uint8_t *p, uint32_t len);

/* Where to look, in the ladder's order. */
struct undi_hints {
	struct pxe_ptr stack_arg;	/* SS:SP+4 on entry */
	struct pxe_ptr es_bx;		/* on entry */
	/* INT 1Ah AX=5650h: false when it is not answered; NULL: not to be asked */
	bool (*int1a)(void *ctx, struct pxe_ptr *pxenv);
	void *ctx;
	uint32_t base_top;		/* 40:13 in bytes: scan from here upwards to A0000h */
};

struct undi_segment {
	uint16_t seg, size;
	uint32_t base;			/* linear */
};

#define UNDI_SEGMENTS 7			/* stack, UNDI data, code, code writable, BC data, code, code writable */

/* What was found. */
struct undi_stack {
	bool bang;			/* !PXE is there */
	uint32_t bang_at;		/* linear address of !PXE, if bang */
	uint32_t pxenv_at;		/* of PXENV+, or 0 */
	uint16_t pxenv_version;		/* 0201h is 2.1 */
	struct pxe_ptr entry;		/* real-mode API entry to use */
	struct pxe_ptr entry_esp;	/* protected-mode entry, if bang */
	struct pxe_ptr status_callout;
	uint16_t first_selector;
	struct undi_segment segment[UNDI_SEGMENTS];
	unsigned segments;
	const char *refused;		/* why the !PXE that PXENV+ or a ROM names was not taken, or NULL */
	const char *how;		/* "entry stack", "ES:BX", "INT 1Ah", "memory scan", "its option ROM" */
};

/*
 * Goes down the ladder.  0, or -ENODEV with *why saying what was looked at
 * and what was wrong with it.  why has room for why_len bytes.
 */
int undi_find(const struct undi_memory *mem, const struct undi_hints *hints, struct undi_stack *out, char *why,
	      unsigned why_len);
/* The marks of iPXE's !PXE: no call-out wanted, no selectors. */
bool undi_is_ipxe(const struct undi_stack *stack);
/* A segment that !PXE describes is not where 16-bit code reaches (below 1 MiB and 64 KiB). */
bool undi_segments_outside(const struct undi_stack *stack);

/* One structure at a linear address: 0, or -EINVAL and *why names the fault. */
int undi_check_bang(const struct undi_memory *mem, uint32_t at, struct undi_stack *out, const char **why);
int undi_check_pxenv(const struct undi_memory *mem, uint32_t at, struct undi_stack *out, struct pxe_ptr *bang,
		     const char **why);

#endif
