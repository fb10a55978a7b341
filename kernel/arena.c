/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arenas: see arena.h.  A chunk is whole pages, holding blocks one after
 * another; each block begins with its length, its state and its chunk.  First
 * fit; neighbours that are free are joined when the search passes them.
 */
#include "kernel/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kernel/pages.h"
#include "kernel/panic.h"

#define CHUNK_LEN (16u * 1024)
#define BLOCK_FREE 0xf7eeu
#define BLOCK_USED 0xa110cu

struct block {
	size_t len;			/* of the payload; a multiple of 16 */
	uint32_t state;
	struct arena_chunk *chunk;
	size_t asked;			/* bytes the caller wanted */
};

struct arena_chunk {
	struct arena_chunk *next;
	struct arena *arena;
	size_t len;			/* with this header */
	size_t pad;
};

_Static_assert(sizeof(struct block) % 16 == 0 && sizeof(struct arena_chunk) % 16 == 0, "payloads are 16-aligned");

static struct block *first_block(struct arena_chunk *c)
{
	return (struct block *)(c + 1);
}

static struct block *next_block(struct block *b)
{
	struct block *n = (struct block *)((uint8_t *)(b + 1) + b->len);
	return (uint8_t *)n < (uint8_t *)b->chunk + b->chunk->len ? n : NULL;
}

void arena_init(struct arena *a, const char *name)
{
	*a = (struct arena){ .name = name };
}

static struct arena_chunk *add_chunk(struct arena *a, uint32_t need)
{
	uint32_t len = need + sizeof(struct arena_chunk) + sizeof(struct block);
	len = len < CHUNK_LEN ? CHUNK_LEN : (len + PAGE_LEN - 1) & ~(PAGE_LEN - 1);
	struct arena_chunk *c = pages_alloc(len);
	if (!c)
		return NULL;
	*c = (struct arena_chunk){ .next = a->chunks, .arena = a, .len = len };
	a->chunks = c;
	a->held += len;
	*first_block(c) = (struct block){
		.len = len - sizeof *c - sizeof(struct block), .state = BLOCK_FREE, .chunk = c,
	};
	return c;
}

static struct block *find_in(struct arena_chunk *c, uint32_t len)
{
	for (struct block *b = first_block(c); b; b = next_block(b)) {
		if (b->state != BLOCK_FREE)
			continue;
		for (struct block *n = next_block(b); n && n->state == BLOCK_FREE; n = next_block(b))
			b->len += sizeof *n + n->len;
		if (b->len >= len)
			return b;
	}
	return NULL;
}

void *arena_alloc(struct arena *a, size_t asked)
{
	uint32_t len = ((uint32_t)asked + 15) & ~15u;
	if (asked > 0x40000000)
		return NULL;
	if (!len)
		len = 16;
	struct block *b = NULL;
	for (struct arena_chunk *c = a->chunks; c && !b; c = c->next)
		b = find_in(c, len);
	if (!b) {
		struct arena_chunk *c = add_chunk(a, len);
		if (!c)
			return NULL;
		b = first_block(c);
	}
	if (b->len >= len + sizeof *b + 16) {
		struct block *rest = (struct block *)((uint8_t *)(b + 1) + len);
		*rest = (struct block){ .len = b->len - len - sizeof *b, .state = BLOCK_FREE, .chunk = b->chunk };
		b->len = len;
	}
	b->state = BLOCK_USED;
	b->asked = asked;
	a->used += b->len;
	return b + 1;
}

size_t arena_block_len(const void *p)
{
	return ((const struct block *)p - 1)->asked;
}

static bool all_free(struct arena_chunk *c)
{
	for (struct block *b = first_block(c); b; b = next_block(b))
		if (b->state != BLOCK_FREE)
			return false;
	return true;
}

void arena_free(void *p)
{
	if (!p)
		return;
	struct block *b = (struct block *)p - 1;
	if (b->state != BLOCK_USED)
		panic("free(%p): %s", p, b->state == BLOCK_FREE ? "free already" : "not from malloc, or overwritten");
	struct arena_chunk *c = b->chunk;
	struct arena *a = c->arena;
	b->state = BLOCK_FREE;
	a->used -= b->len;
	memset(p, 0xdd, b->len);
	if (c->len > CHUNK_LEN && all_free(c)) {
		/* a chunk made for one big block does not stay */
		for (struct arena_chunk **at = &a->chunks; *at; at = &(*at)->next)
			if (*at == c) {
				*at = c->next;
				break;
			}
		a->held -= c->len;
		pages_free(c, c->len);
	}
}

void arena_destroy(struct arena *a)
{
	for (struct arena_chunk *c = a->chunks, *next; c; c = next) {
		size_t len = c->len;
		next = c->next;
		memset(c, 0xdd, len);
		pages_free(c, len);
	}
	*a = (struct arena){ .name = a->name };
}
