/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may go wrong on our own side while something is done: one allocation fails, each once, or a task crashes, at
 * each of its waits; each on a machine of its own.
 *
 *	static const struct trouble downloads = { "downloads", "fetch", has_begun, play };
 *	return !trouble_tries(&downloads);
 */
#ifndef TESTS_WORLD_TROUBLE_H
#define TESTS_WORLD_TROUBLE_H

#include <stdbool.h>

struct trouble {
	const char *name;		/* for people */
	const char *task;		/* that crashes */
	bool (*has_begun)(void);	/* from then on; asked at each wait of any task */
	void (*play)(void);		/* all of it, to its end, and whether that is good: first without any trouble */
};

/* What play() meets. */
enum trouble_kind { TROUBLE_NONE, TROUBLE_SHORT, TROUBLE_CRASH };
extern enum trouble_kind trouble_kind;

/* True if play() came to a good end each time; what did not is said. */
bool trouble_tries(const struct trouble *t);

#endif
