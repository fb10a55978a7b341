/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to whoever is there: see question.h. */
#include "services/command/question.h"

#include <errno.h>
#include <stdio.h>

#include "kernel/clock.h"
#include "services/console/console.h"
#include "services/console/keys.h"
#include "services/console/progress.h"

#define AGAIN_US 5000000u	/* a question that comes back within this after Ctrl-C is the same one for people */

static uint32_t place, left_place;
static uint64_t left_us;
static bool standing, has_time;
static uint64_t since_us;
static void (*its_note)(char *out, size_t cap);

static uint32_t (*its_place)(void);

int question_begin(bool timed)
{
	place = its_place ? its_place() : 0;
	if (place && place == left_place && clock_us() - left_us < AGAIN_US) {
		left_place = 0;
		return -EINTR;
	}
	standing = true;
	has_time = timed;
	since_us = clock_us();
	return 0;
}

void question_timed(bool timed)
{
	if (has_time && !timed)
		since_us = clock_us();
	has_time = timed;
}

void question_end(void)
{
	standing = false;
}

void question_forget(void)
{
	left_place = 0;
}

uint64_t question_open_us(void)
{
	return standing && !has_time ? since_us : 0;
}

void question_key(int key)
{
	if (key != KEY_CTRL_C) {
		left_place = 0;
	} else if (standing) {
		if (!left_place)	/* of several that lead to each other the first is remembered */
			left_place = place;
		left_us = clock_us();
	}
}

void question_set_asker(uint32_t (*at)(void), void (*note)(char *out, size_t cap))
{
	its_place = at;
	its_note = note;
}

char *question_note(uint64_t until_us, const char *leads, char out[QUESTION_NOTE_MAX])
{
	char time[HUMAN_LEN], session[QUESTION_NOTE_MAX - 2] = "";
	uint64_t now = clock_us();
	out[0] = '\0';
	if (console_is_plain())
		return out;
	if (until_us != CLOCK_NEVER)
		snprintf(out, QUESTION_NOTE_MAX, "(%.20s in %s)", leads,
			 human_time(until_us > now ? (until_us - now + 999999) / 1000000 : 0, time));
	else if (its_note && (its_note(session, sizeof(session)), *session))
		snprintf(out, QUESTION_NOTE_MAX, "(%s)", session);
	return out;
}
