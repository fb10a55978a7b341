/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine that has a lease and fetches one file after the other: the loader's services, a task that asks.
 *
 *	asker_start();
 *	asker_fetch("ftp://files.test/file", 60);
 *	CHECK_INT(asked.err, 0);
 */
#ifndef TESTS_WORLD_ASKER_H
#define TESTS_WORLD_ASKER_H

#include <stddef.h>
#include <stdint.h>

#include "services/fetch/fetch_status.h"

#define SECOND 1000000ull

/* What has come of the last. */
extern struct asker {
	int err;
	struct fetch_status status;
	size_t len;
	uint8_t sha256[32];
	char text[400];			/* its first bytes */
	uint64_t took_us;
} asked;

/* All schemes of the loader; the lease is there. */
void asker_start(void);
void asker_fetch(const char *url, unsigned limit_s);
/* The same of what is in a folder. */
void asker_list(const char *url, unsigned limit_s);
/* It failed so, and what is said of it has these words. */
void asker_failed(int err, const char *words);
/* It went well, and is LEN bytes from far_byte(0) on: by its SHA-256. */
void asker_has(size_t len);
/* One or the other: the right bytes, or a sentence, within the time. */
void asker_ended(size_t len, unsigned within_s);
/* Nothing is left of all that: no block, no socket. */
void asker_leaves_nothing(void);

#endif
