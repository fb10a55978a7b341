/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's stand-ins for kernel/pages.c and kernel/arena.c: pages come from
 * mmap, each allocation by itself; blocks come from
 * malloc, so that ASan watches them.  Tests set the limits and check what is
 * still held.
 */
#ifndef TESTS_FAKE_PAGES_H
#define TESTS_FAKE_PAGES_H

#include <stddef.h>

extern size_t fake_pages_held;		/* bytes handed out and not given back */
extern size_t fake_pages_most;		/* that have been held at once; a test sets it back */
extern size_t fake_pages_limit;		/* bytes that may be held; SIZE_MAX at first */
extern long fake_arena_left;		/* blocks that can still be allocated; -1 = any number */

#endif
