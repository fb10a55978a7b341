/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A short sorted list of ranges [lo, hi) in a 32-bit space that wraps: what
 * TCP holds out of order (and so its SACK list, RFC 2018), what the peer has
 * SACKed of ours, and which parts of an IP datagram have come.  All values in
 * one list lie within 2^31 of each other.
 */
#ifndef NET_RANGES_H
#define NET_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANGES_MAX 64u

struct range {
	uint32_t lo, hi;	/* lo before hi */
	uint32_t stamp;		/* greater: touched later */
};

struct ranges {
	struct range r[RANGES_MAX];	/* ascending, apart from each other */
	uint32_t count;
	uint32_t clock;			/* last stamp given */
};

/* The one place where sequence numbers are compared (RFC 9293, 3.4). */
static inline bool seq_lt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline bool seq_le(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}

static inline uint32_t seq_max(uint32_t a, uint32_t b)
{
	return seq_lt(a, b) ? b : a;
}

static inline uint32_t seq_min(uint32_t a, uint32_t b)
{
	return seq_lt(a, b) ? a : b;
}

/*
 * Adds [lo, hi), joining what touches it: false, and nothing changed, when the list is full.  An empty range is true.
 */
bool ranges_add(struct ranges *s, uint32_t lo, uint32_t hi);
/* Takes away everything before seq. */
void ranges_drop_before(struct ranges *s, uint32_t seq);
/* True if some of [lo, hi) is in the list. */
bool ranges_touch(const struct ranges *s, uint32_t lo, uint32_t hi);
/* True if all of [lo, hi) is in the list. */
bool ranges_cover(const struct ranges *s, uint32_t lo, uint32_t hi);

#endif
