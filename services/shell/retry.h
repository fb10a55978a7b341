/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When all is tried again: after a pause, and not while somebody is there.
 * Pauses grow with each try that fails, up to a ceiling, and are jittered, so
 * that a room full of machines does not come back as one.  Somebody is there
 * for so long after a key (the setting presence) and no longer; keys that
 * never become a command - a terminal server's noise - hold a try for
 * RETRY_HOLD times that at the most.  Pure: the time and the random number
 * are arguments.
 */
#ifndef SERVICES_SHELL_RETRY_H
#define SERVICES_SHELL_RETRY_H

#include <stddef.h>
#include <stdint.h>

#define RETRY_S 60			/* the first pause, where no setting says another */
#define RETRY_MAX_S 300			/* the ceiling, likewise; the first pause, if that is longer */
#define RETRY_PRESENCE_S 300		/* how long somebody is there after a key, likewise */
#define RETRY_HOLD 12
#define RETRY_LEAST_S 10		/* a pause that is cut short lasts so long, if it would have */
#define RETRY_NEVER UINT64_MAX

struct retry {			/* all zero at first */
	unsigned tries;			/* that have begun */
	uint64_t since_us;		/* when the first of them did */
	uint64_t pause_us;		/* before the next, 0 = never */
	uint64_t at_us;			/* when that is, if nobody is there; 0 = not now */
	uint64_t begun_us;		/* since when is waited */
	uint64_t used_us;		/* since when, or when a command was given */
};

/* A try begins. */
void retry_try(struct retry *r, uint64_t now_us);
/* The pause after it.  first_s: the first pause, 0 = never; max_s: the ceiling; < 0: as it is without a setting. */
void retry_choose(struct retry *r, int32_t first_s, int32_t max_s, uint32_t random);
/* The pause begins; nothing is waited for any more. */
void retry_begin(struct retry *r, uint64_t now_us);
void retry_end(struct retry *r);
/* Somebody has given a command that there is. */
void retry_used(struct retry *r, uint64_t now_us);
/* What may have been in the way is not any more: the pause is over, or nearly. */
void retry_cut(struct retry *r, uint64_t now_us);
/* When all is tried again, or RETRY_NEVER.  typed_us: the last key of somebody who is there, 0 = none. */
uint64_t retry_due_us(const struct retry *r, uint64_t typed_us, uint32_t presence_s);
/* "(try 4 in 0:47; failing for 12:03)", or "". */
void retry_note(const struct retry *r, uint64_t due_us, uint64_t now_us, char *out, size_t cap);

#endif
