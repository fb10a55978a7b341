/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arenas on pages that are counted: random blocks against a plain list, edges of lengths, memory that runs out, wrong
 * frees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/arena.h"
#include "kernel/pages.h"
#include "kernel/panic.h"

#define CHUNK (16u * 1024)

static size_t held, limit = SIZE_MAX;
static jmp_buf panicked;
static char said[200];

void *pages_alloc(size_t len)
{
	size_t whole = (len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
	if (whole > limit - held)
		return NULL;
	void *p = aligned_alloc(PAGE_LEN, whole);
	assert_non_null(p);
	memset(p, 0xa5, whole);
	held += whole;
	return p;
}

void pages_free(void *p, size_t len)
{
	held -= (len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
	free(p);
}

void panic(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	longjmp(panicked, 1);
}

/* Blocks of random lengths keep what is written into them, lie apart, and all goes back. */
static void random_blocks(void **state)
{
	struct arena a;
	struct { uint8_t *p; size_t len; uint8_t fill; } block[200] = { 0 };
	(void)state;
	srand(7);
	arena_init(&a, "test");
	assert_string_equal(a.name, "test");
	for (int turn = 0; turn < 20000; turn++) {
		unsigned i = (unsigned)rand() % 200;
		if (block[i].p) {
			assert_int_equal(arena_block_len(block[i].p), block[i].len);
			for (size_t k = 0; k < block[i].len; k++)
				assert_int_equal(block[i].p[k], block[i].fill);
			arena_free(block[i].p);
			block[i].p = NULL;
		} else {
			block[i].len = (size_t)rand() % (turn % 50 ? 700 : 30000);
			block[i].fill = (uint8_t)turn;
			block[i].p = arena_alloc(&a, block[i].len);
			assert_non_null(block[i].p);
			assert_int_equal((uintptr_t)block[i].p % 16, 0);
			memset(block[i].p, block[i].fill, block[i].len);
		}
		assert_int_equal(a.held, held);
		assert_true(a.used <= a.held);
	}
	for (unsigned i = 0; i < 200; i++)
		arena_free(block[i].p);
	assert_int_equal(a.used, 0);
	assert_true(a.held % CHUNK == 0);		/* small chunks stay, big ones went */
	arena_destroy(&a);
	assert_int_equal(held, 0);
	assert_null(a.chunks);
	assert_string_equal(a.name, "test");
}

/* What was freed is joined and serves again; no chunk is added for what has room. */
static void joined(void **state)
{
	struct arena a;
	void *p[3];
	(void)state;
	arena_init(&a, "test");
	for (int i = 0; i < 3; i++)
		p[i] = arena_alloc(&a, 4000);
	assert_int_equal(held, CHUNK);
	for (int i = 0; i < 3; i++)
		arena_free(p[i]);
	void *whole = arena_alloc(&a, 15000);
	assert_ptr_equal(whole, p[0]);
	assert_int_equal(held, CHUNK);
	arena_free(whole);
	void *first = arena_alloc(&a, 1);		/* the rest of it can be had, too */
	assert_ptr_equal(first, p[0]);
	assert_non_null(arena_alloc(&a, 14000));
	assert_int_equal(held, CHUNK);
	arena_destroy(&a);
	assert_int_equal(held, 0);
}

/* All of a chunk can be one block, which then has no rest; one more byte takes another chunk, of whole pages. */
static void edges(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, "test");
	arena_free(arena_alloc(&a, 0));
	size_t most = 0;
	for (size_t len = CHUNK; !most; len -= 16) {
		void *p = arena_alloc(&a, len);
		if (held == CHUNK)
			most = len;
		assert_int_equal(arena_block_len(p), len);
		memset(p, 1, len);
		arena_free(p);
		assert_int_equal(held, CHUNK);
	}
	assert_true(most >= CHUNK - 64);
	uint8_t *all = arena_alloc(&a, most);
	uint8_t *more = arena_alloc(&a, 1);
	assert_int_equal(held, 2 * CHUNK);
	assert_true(more < all || more >= all + most);
	void *big = arena_alloc(&a, CHUNK + 1);
	assert_int_equal(held, 2 * CHUNK + CHUNK + PAGE_LEN);
	arena_free(big);
	assert_int_equal(held, 2 * CHUNK);
	arena_destroy(&a);
	assert_int_equal(held, 0);
}

/* What is freed is spoilt, so that nobody lives on it. */
static void spoilt(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, "test");
	uint8_t *p = arena_alloc(&a, 100);
	memset(p, 1, 100);
	arena_free(p);
	for (int i = 0; i < 100; i++)
		assert_int_equal(p[i], 0xdd);
	arena_destroy(&a);
}

/* No memory: NULL, and what there was stays usable. */
static void runs_out(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, "test");
	limit = CHUNK;
	void *p = arena_alloc(&a, 10000);
	assert_non_null(p);
	assert_null(arena_alloc(&a, 10000));
	assert_non_null(arena_alloc(&a, 4000));
	assert_null(arena_alloc(&a, 0x40000001));
	limit = SIZE_MAX;
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 14));
	assert_non_null(arena_alloc(&a, 10000));
	arena_destroy(&a);
	assert_int_equal(held, 0);
}

static const char *free_says(void *p)
{
	said[0] = '\0';
	if (!setjmp(panicked))
		arena_free(p);
	return said;
}

static void wrong_frees(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, "test");
	char *p = arena_alloc(&a, 200);
	memset(p, 0, 200);
	assert_string_equal(free_says(NULL), "");
	assert_non_null(strstr(free_says(p + 64), "not from malloc, or overwritten"));
	assert_string_equal(free_says(p), "");
	assert_non_null(strstr(free_says(p), "free already"));
	arena_destroy(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_blocks), cmocka_unit_test(joined), cmocka_unit_test(edges),
		cmocka_unit_test(spoilt),
		cmocka_unit_test(runs_out), cmocka_unit_test(wrong_frees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
