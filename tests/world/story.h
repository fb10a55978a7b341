/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A story for the whole loader: it gets a lease, a script by HTTP that uses
 * most commands, and boots by it.  Whatever happens meanwhile, once all works
 * again the loader must come to that end by itself.
 */
#ifndef TESTS_WORLD_STORY_H
#define TESTS_WORLD_STORY_H

#include <stdbool.h>
#include <stddef.h>

/* Serves all that it takes and sets the loader up, with these arguments. */
void story_begin(void);
extern const char *story_args;		/* NULL: none */
/* What is held when the kernel is entered: whatever has happened, as much as in the first run.  NULL: nobody looks. */
extern struct story_rest {
	size_t pages, blocks;
	size_t typed;			/* so many blocks more may be held: lines that can be called back */
	size_t closing;			/* connections among them */
} *story_usual;
/*
 * Runs until the kernel is entered, and checks its content, its modules, and that nothing is left that should not be;
 * or until it is clear that it never will be, for a service is down.
 */
void story_ends_well(void);

/* One is down for good. */
bool story_service_is_down(void);

#endif
