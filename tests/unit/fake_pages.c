/* SPDX-License-Identifier: BSD-2-Clause */
/* See fake_pages.h. */
#include "tests/unit/fake_pages.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/arena.h"
#include "kernel/pages.h"

size_t fake_pages_held, fake_pages_most;
size_t fake_pages_limit = SIZE_MAX;
long fake_arena_left = -1;

static size_t whole_pages(size_t len)
{
	return (len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
}

void *pages_alloc(size_t asked)
{
	size_t len = whole_pages(asked);
	if (!len || len < asked || len > SIZE_MAX / 4 || len > fake_pages_limit - fake_pages_held)
		return NULL;
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	fake_pages_held += len;
	if (fake_pages_held > fake_pages_most)
		fake_pages_most = fake_pages_held;
	return p;
}

void pages_free(void *p, size_t len)
{
	if (!p || !len)
		return;
	assert((uintptr_t)p % PAGE_LEN == 0);
	assert(fake_pages_held >= whole_pages(len));
	fake_pages_held -= whole_pages(len);
	assert(munmap(p, whole_pages(len)) == 0);
}

void arena_init(struct arena *a, const char *name)
{
	*a = (struct arena){ .name = name };
}

void *arena_alloc(struct arena *a, size_t len)
{
	if (fake_arena_left == 0)
		return NULL;
	if (fake_arena_left > 0)
		fake_arena_left--;
	a->used += len;
	return malloc(len ? len : 1);
}

void arena_free(void *p)
{
	free(p);
}
