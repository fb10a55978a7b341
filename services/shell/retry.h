/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When all is tried again: after a pause in which nobody typed.  Pauses grow
 * with each attempt, up to 15 minutes, and are jittered, so that a room full
 * of machines does not come back as one; a key puts the next attempt off, and
 * then five times as far, for somebody may be thinking.  Pure: the time and
 * the random number are arguments.
 */
#ifndef SERVICES_SHELL_RETRY_H
#define SERVICES_SHELL_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#define RETRY_S 60			/* the first pause, where no setting says another */
#define RETRY_MAX_S 900			/* pauses grow up to this, or to the first if that is longer */

struct retry {			/* all zero at first */
	unsigned attempts;		/* how often all has been tried */
	uint64_t pause_us;		/* before it is tried again, 0 = never */
	uint64_t at_us;			/* when that is, while the prompt waits; 0 = not now */
	bool typed;			/* somebody has, since the prompt came */
};

/* Sets the pause that follows this attempt.  first_s: the first pause, 0 = never, < 0 = RETRY_S. */
void retry_choose(struct retry *r, int32_t first_s, uint32_t random);
/* Somebody stopped the attempt: the pause is one after a key. */
void retry_stopped(struct retry *r);
/* The prompt waits from now on; it no longer does. */
void retry_begin(struct retry *r, uint64_t now_us);
void retry_end(struct retry *r);
/* A command has ended, a line is waited for: a whole pause from now. */
void retry_put_off(struct retry *r, uint64_t now_us);
/* A key came. */
void retry_typed(struct retry *r, uint64_t now_us);
/* Seconds that a person is to be told of, rounded up; -1 = nothing to tell. */
int32_t retry_left_s(const struct retry *r, uint64_t now_us);

#endif
