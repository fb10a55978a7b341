/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a card's receiver has fallen silent (iPXE's ne2k does under load):
 * HEARING_FRAMES are sent and nothing is heard from the first of them on for
 * HEARING_US.  Time in which nothing was sent counts for nothing, however long
 * it was: who is idle hears nothing.  Pure.
 */
#ifndef DRIVERS_UNDI_HEARING_H
#define DRIVERS_UNDI_HEARING_H

#include <stdbool.h>
#include <stdint.h>

#define HEARING_FRAMES 4u
#define HEARING_US 4000000u		/* twice that after each new start that brought nothing */

struct hearing {			/* all zero at first */
	bool worked;			/* a frame has come in, ever */
	unsigned sent;			/* since the last frame came in, or the last new start */
	uint64_t since_us;		/* when the first of these was sent */
	uint64_t patience_us;
};

/* A frame is sent; frames came in. */
void hearing_sent(struct hearing *h, uint64_t now_us);
void hearing_heard(struct hearing *h);
/*
 * Seconds that nothing has been heard for, if it is time to start the card
 * anew (then the count begins again, with twice the patience), else 0.
 */
uint32_t hearing_deaf_s(struct hearing *h, uint64_t now_us);

#endif
