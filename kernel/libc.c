/* SPDX-License-Identifier: BSD-2-Clause */
/* What the C library wants from below: malloc on the running task's arena, and an end for assertions. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/arena.h"
#include "kernel/panic.h"
#include "kernel/task.h"

static struct arena boot_arena;		/* before the first task runs */

void *malloc(size_t len)
{
	struct task *t = task_self();
	return arena_alloc(t ? task_arena(t) : &boot_arena, len);
}

void free(void *p)
{
	arena_free(p);
}

void *calloc(size_t n, size_t len)
{
	if (len && n > SIZE_MAX / len)
		return NULL;
	void *p = malloc(n * len);
	if (p)
		memset(p, 0, n * len);
	return p;
}

void *realloc(void *p, size_t len)
{
	size_t old = p ? arena_block_len(p) : 0;
	void *q = malloc(len);
	if (q && p) {
		memcpy(q, p, old < len ? old : len);
		free(p);
	}
	return q;
}

_Noreturn void abort(void)
{
	panic("abort");
}
