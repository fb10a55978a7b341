/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sorted lists of ranges; see ranges.h.  Called by TCP for data out of order
 * and for SACK, and by IP reassembly.
 */
#include "net/ranges.h"

#include <string.h>

static void cut(struct ranges *s, uint32_t at, uint32_t n)
{
	memmove(&s->r[at], &s->r[at + n], (s->count - at - n) * sizeof s->r[0]);
	s->count -= n;
}

bool ranges_add(struct ranges *s, uint32_t lo, uint32_t hi)
{
	uint32_t first = 0, last;

	if (!seq_lt(lo, hi))
		return true;
	while (first < s->count && seq_lt(s->r[first].hi, lo))
		first++;
	for (last = first; last < s->count && seq_le(s->r[last].lo, hi); last++)
		;
	if (first == last) {			/* touches none: a new one before `first` */
		if (s->count == RANGES_MAX)
			return false;
		memmove(&s->r[first + 1], &s->r[first], (s->count - first) * sizeof s->r[0]);
		s->count++;
	} else {				/* swallows [first, last) */
		lo = seq_min(lo, s->r[first].lo);
		hi = seq_max(hi, s->r[last - 1].hi);
		cut(s, first + 1, last - first - 1);
	}
	s->r[first] = (struct range){ lo, hi, ++s->clock };
	return true;
}

void ranges_drop_before(struct ranges *s, uint32_t seq)
{
	uint32_t gone = 0;

	while (gone < s->count && seq_le(s->r[gone].hi, seq))
		gone++;
	if (gone)
		cut(s, 0, gone);
	if (s->count && seq_lt(s->r[0].lo, seq))
		s->r[0].lo = seq;
}

bool ranges_touch(const struct ranges *s, uint32_t lo, uint32_t hi)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (seq_lt(s->r[i].lo, hi) && seq_lt(lo, s->r[i].hi))
			return true;
	return false;
}

bool ranges_cover(const struct ranges *s, uint32_t lo, uint32_t hi)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (seq_le(s->r[i].lo, lo) && seq_le(hi, s->r[i].hi))
			return true;
	return false;
}
