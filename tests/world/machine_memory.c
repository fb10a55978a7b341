/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory on the host, pages and blocks: see machine.h. */
#include <assert.h>
#include <sanitizer/asan_interface.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/arena.h"
#include "kernel/memmap.h"
#include "kernel/pages.h"
#include "kernel/task.h"
#include "tests/world/machine.h"
#include "tests/world/machine_parts.h"

void *__real_malloc(size_t len);
void __real_free(void *p);

/* Each block is in a list, so that nothing is left of a machine that is given up; the list is nobody else's. */
struct block {
	struct block *next, **at;
	size_t pad[0] __attribute__((aligned(16)));
};

static struct block *blocks;

static void mark(struct block *b, bool ours)
{
	if (b && ours)
		__asan_unpoison_memory_region(b, sizeof(*b));
	else if (b)
		__asan_poison_memory_region(b, sizeof(*b));
}

void *machine_malloc(size_t len)
{
	struct block *b = __real_malloc(sizeof(*b) + len);
	assert(b);
	*b = (struct block){ blocks, &blocks };
	blocks = b;
	mark(b->next, true);
	if (b->next)
		b->next->at = &b->next;
	mark(b->next, false);
	mark(b, false);
	return b + 1;
}

void machine_free(void *p)
{
	struct block *b, *before = NULL;
	if (!p)
		return;
	b = (struct block *)p - 1;
	mark(b, true);
	if (b->at != &blocks)
		before = (struct block *)b->at;
	mark(before, true);
	*b->at = b->next;
	mark(before, false);
	mark(b->next, true);
	if (b->next)
		b->next->at = b->at;
	mark(b->next, false);
	__real_free(b);
}

size_t machine_pages_held, machine_blocks_held;
unsigned machine_allocations, machine_failing_allocation, machine_failing_count = 1;

bool machine_may_allocate(void)
{
	unsigned n = ++machine_allocations - machine_failing_allocation;
	return n >= machine_failing_count || !machine_failing_allocation;
}

/*
 * The page allocator is the product's, on memory that lies where a PC has it.
 * Behind each piece one page more is poisoned, and what is given back waits,
 * poisoned too, until some others have been given back after it.
 */
#define EXTENTS 512
#define QUARANTINE 128

static struct extent {
	uint8_t *p;
	size_t len;
} extents[EXTENTS];

static struct extent quarantine[QUARANTINE];
static unsigned released;

void *__real_pages_alloc_range(size_t len, uint32_t lo, uint32_t hi);
void __real_pages_free(void *p, size_t len);
void *__wrap_pages_alloc_range(size_t len, uint32_t lo, uint32_t hi);
void *__wrap_pages_alloc(size_t len);
void __wrap_pages_free(void *p, size_t len);

const struct memmap *machine_map(void)
{
	static const struct memmap map = {
		.count = 2,
		.e = {
			{ 2 * MACHINE_LOW, 0x9fc00 - 2 * MACHINE_LOW, MEM_USABLE, 1 },
			{ 0x100000, MACHINE_MEMORY - 0x100000, MEM_USABLE, 1 },
		},
	};
	return &map;
}

void machine_memory(void)
{
	static bool there;
	if (there)
		return;
	there = true;
	void *at = (void *)(uintptr_t)MACHINE_LOW, *high = (void *)(uintptr_t)PAGES_LOW;
	void *got = mmap(at, MACHINE_MEMORY - MACHINE_LOW, PROT_READ | PROT_WRITE | PROT_EXEC,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert(got == at);
	__asan_poison_memory_region(high, MACHINE_MEMORY - PAGES_LOW);
	pages_init(machine_map(), PAGES_HIGH);
}

static size_t whole_pages(size_t len)
{
	return (len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
}

static struct extent *extent_of(const void *p)
{
	for (struct extent *e = extents; e < extents + EXTENTS; e++)
		if (e->len && (const uint8_t *)p >= e->p && (const uint8_t *)p < e->p + e->len)
			return e;
	return NULL;
}

size_t machine_pages_len(const void *p)
{
	struct extent *e = extent_of(p);
	assert(e);
	return e->len;
}

static void release(struct extent *e)
{
	if (e->len)
		__real_pages_free(e->p, e->len);
	*e = (struct extent){ 0 };
}

static void release_all(void)
{
	for (unsigned i = 0; i < QUARANTINE; i++)
		release(&quarantine[i]);
}

static void give_back(uint8_t *p, size_t len)
{
	struct extent *e = &quarantine[released++ % QUARANTINE];
	release(e);
	*e = (struct extent){ p, len };
}

void *__wrap_pages_alloc_range(size_t asked, uint32_t lo, uint32_t hi)
{
	size_t len = whole_pages(asked);
	struct extent *e = extents;
	machine_memory();
	while (e < extents + EXTENTS && e->len)
		e++;
	assert(e < extents + EXTENTS);
	if (!len || len < asked || len > MACHINE_MEMORY || !machine_may_allocate())
		return NULL;
	if (hi < UINT32_MAX - PAGE_LEN)
		hi += PAGE_LEN;
	void *p = __real_pages_alloc_range(len + PAGE_LEN, lo, hi);
	if (!p) {
		release_all();
		p = __real_pages_alloc_range(len + PAGE_LEN, lo, hi);
	}
	if (!p)
		return NULL;
	__asan_unpoison_memory_region(p, len);
	*e = (struct extent){ p, len };
	machine_pages_held += len;
	return p;
}

void *__wrap_pages_alloc(size_t len)
{
	return __wrap_pages_alloc_range(len, 0, UINT32_MAX);
}

void __wrap_pages_free(void *p, size_t asked)
{
	size_t len = whole_pages(asked);
	struct extent *e;
	if (!p || !len)
		return;
	e = extent_of(p);
	assert(e && (uint8_t *)p + len <= e->p + e->len);
	assert(p == e->p || (uint8_t *)p + len == e->p + e->len);	/* a head or a tail */
	machine_pages_held -= len;
	__asan_poison_memory_region(p, len);
	if (len == e->len) {
		give_back(p, len + PAGE_LEN);
		*e = (struct extent){ 0 };
	} else if (p == e->p) {
		e->p += len;
		e->len -= len;
		give_back(p, len);
	} else {			/* its first page is what the piece has behind it from now on */
		e->len -= len;
		give_back((uint8_t *)p + PAGE_LEN, len);
	}
}

void machine_memory_forget(bool all)
{
	while (blocks)
		machine_free(blocks + 1);
	for (struct extent *e = extents; e < extents + EXTENTS; e++)
		if (e->len)
			__asan_poison_memory_region(e->p, e->len);
	if (all)
		__asan_poison_memory_region((void *)(uintptr_t)PAGES_LOW, MACHINE_MEMORY - PAGES_LOW);
}

/* A block of an arena: before what the caller has. */
struct arena_chunk {
	struct arena_chunk *next, **at;
	struct arena *arena;
	size_t len;
	size_t pad[0] __attribute__((aligned(16)));
};

void arena_init(struct arena *a, const char *name)
{
	*a = (struct arena){ .name = name };
}

void *arena_alloc(struct arena *a, size_t len)
{
	struct arena_chunk *c = machine_may_allocate() ? machine_malloc(sizeof(*c) + len) : NULL;
	if (!c)
		return NULL;
	*c = (struct arena_chunk){ .next = a->chunks, .at = &a->chunks, .arena = a, .len = len };
	if (c->next)
		c->next->at = &c->next;
	a->chunks = c;
	a->used += len;
	a->held += len;
	machine_blocks_held++;
	return c + 1;
}

void arena_free(void *p)
{
	if (!p)
		return;
	struct arena_chunk *c = (struct arena_chunk *)p - 1;
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	c->arena->used -= c->len;
	c->arena->held -= c->len;
	machine_blocks_held--;
	machine_free(c);
}

size_t arena_block_len(const void *p)
{
	return ((const struct arena_chunk *)p - 1)->len;
}

void arena_destroy(struct arena *a)
{
	while (a->chunks)
		arena_free(a->chunks + 1);
}

/* What the linker puts in malloc's place (--wrap), as kernel/libc.c does. */
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *p, size_t len);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t most);
void __wrap_free(void *p);

void *__wrap_malloc(size_t len)
{
	static struct arena nobody = { .name = "nobody's" };
	struct task *t = task_self();
	return arena_alloc(t ? task_arena(t) : &nobody, len);
}

void *__wrap_calloc(size_t n, size_t len)
{
	assert(!n || len <= SIZE_MAX / n);
	void *p = __wrap_malloc(n * len);
	return p ? memset(p, 0, n * len) : NULL;
}

void *__wrap_realloc(void *p, size_t len)
{
	size_t old = p ? arena_block_len(p) : 0;
	void *more = __wrap_malloc(len);
	if (more && p) {
		memcpy(more, p, old < len ? old : len);
		arena_free(p);
	}
	return more;
}

char *__wrap_strdup(const char *text)
{
	return __wrap_strndup(text, strlen(text));
}

char *__wrap_strndup(const char *text, size_t most)
{
	size_t len = strnlen(text, most);
	char *copy = __wrap_malloc(len + 1);
	if (copy)
		*stpncpy(copy, text, len) = '\0';
	return copy;
}

void __wrap_free(void *p)
{
	arena_free(p);
}
