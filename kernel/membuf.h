/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growable buffer on whole pages of its own: where a download arrives, in
 * its final length when that is known beforehand.
 */
#ifndef KERNEL_MEMBUF_H
#define KERNEL_MEMBUF_H

#include <stddef.h>
#include <stdint.h>

struct membuf {
	uint8_t *data;		/* page aligned, or NULL when cap is 0 */
	size_t len;		/* bytes filled */
	size_t cap;		/* bytes held */
};

/* Makes cap at least `cap`; the filled bytes are kept, data may move: 0 or -ENOMEM (nothing changed). */
int membuf_reserve(struct membuf *b, size_t cap);
/* Appends, growing by doubling: 0 or -ENOMEM. */
int membuf_append(struct membuf *b, const void *data, size_t len);
/* Gives back the pages past len. */
void membuf_trim(struct membuf *b);
void membuf_free(struct membuf *b);	/* back to all zero */

#endif
