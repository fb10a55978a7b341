/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arenas: heaps that can be freed whole.  malloc() takes from the running
 * task's arena; free() finds the owner in the block's header, so a block may
 * be freed by another task than the one that allocated it.
 * Big and long-lived things (images) take whole pages instead: pages.h.
 */
#ifndef KERNEL_ARENA_H
#define KERNEL_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	const char *name;
	struct arena_chunk *chunks;
	size_t held;			/* bytes taken from the page allocator */
	size_t used;			/* bytes handed out */
};

void arena_init(struct arena *a, const char *name);
void *arena_alloc(struct arena *a, size_t len);	/* 8-aligned, or NULL; len 0 gives a block too */
void arena_free(void *p);			/* NULL is ignored; a bad block panics */
size_t arena_block_len(const void *p);
void arena_destroy(struct arena *a);		/* frees all blocks at once */

#endif
