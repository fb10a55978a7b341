/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An allocator for Mbed TLS (tls_setup()) that has so many pieces and no more.  What the library does is tried with a
 * little more each time, until that is enough.  Until then it is said that there is no memory, not that something is
 * damaged or wrong; and nothing is left behind.  Who takes it keeps it to the end: what it gave comes back to it.
 */
#ifndef TESTS_UNIT_SHORT_MEMORY_H
#define TESTS_UNIT_SHORT_MEMORY_H

#include <errno.h>
#include <stdlib.h>

static size_t held, left;	/* in pieces; how many more there are */

static inline void *short_alloc(size_t n, size_t len)
{
	void *p = left ? calloc(n, len) : NULL;
	left -= left > 0;
	held += p != NULL;
	return p;
}

static inline void short_free(void *p)
{
	held -= p != NULL;
	free(p);
}

/* call: >= 0 or -E; undo: it takes back what call has done, and is done after each. */
static inline void try_with_more_each_time(int (*call)(void), void (*undo)(void))
{
	size_t before = held, pieces = 0;
	/* of the thousands that a handshake takes, one in fifty of what it has taken so far */
	for (int err = -ENOMEM; err == -ENOMEM; pieces += 1 + pieces / 50) {
		left = pieces;
		err = call();
		if (err < 0)
			assert_int_equal(err, -ENOMEM);
		if (left)
			assert_true(err >= 0);
		undo();
		assert_int_equal(held, before);
	}
	assert_true(pieces > 10);
}

#endif
