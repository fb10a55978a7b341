/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that runs out: unit tests are linked so that malloc, calloc, realloc
 * and strdup come by here.
 */
#ifndef TESTS_FAKE_MALLOC_H
#define TESTS_FAKE_MALLOC_H

extern long fake_malloc_left;		/* blocks that can still be allocated; -1 = any number */

#endif
