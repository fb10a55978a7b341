/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growable buffer on whole pages of its own: where a download arrives, in
 * its final length when that is known beforehand.  To grow it moves, which
 * takes time with all that is in it; so that others get their turns:
 *
 *	if (membuf_grow(b, more) == 0)
 *		while (!membuf_move(b))
 *			task_yield();
 */
#ifndef KERNEL_MEMBUF_H
#define KERNEL_MEMBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMBUF_TURN (1u << 20)	/* bytes moved at once */

struct membuf {
	uint8_t *data;		/* page aligned, or NULL when cap is 0 */
	size_t len;		/* bytes filled */
	size_t cap;		/* bytes held */
	uint8_t *next;		/* where it moves, or NULL: it does not */
	size_t next_cap, moved;
};

/* Makes cap at least `cap`; the filled bytes are kept, data may move: 0 or -ENOMEM (nothing changed). */
int membuf_reserve(struct membuf *b, size_t cap);
/* The same begun: 0, and membuf_move() does it, or -ENOMEM.  Until that says true, nothing is to be added. */
int membuf_move_to(struct membuf *b, size_t cap);
/* Room for `more` bytes more, by doubling while there is memory for that: the same. */
int membuf_grow(struct membuf *b, size_t more);
/* Moves on by MEMBUF_TURN bytes at the most: true when it is done, or there is nothing to do. */
bool membuf_move(struct membuf *b);
/* Appends, growing by doubling: 0 or -ENOMEM. */
int membuf_append(struct membuf *b, const void *data, size_t len);
/* Gives back the pages past len. */
void membuf_trim(struct membuf *b);
void membuf_free(struct membuf *b);	/* back to all zero */

#endif
