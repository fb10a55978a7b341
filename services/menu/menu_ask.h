/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Menus and forms put to whoever is there, on all screens, as questions
 * (services/command/question.h): shown until something is chosen, or filled
 * in, or a time ends them.  Of the task that runs commands.  Waits.
 */
#ifndef SERVICES_MENU_MENU_ASK_H
#define SERVICES_MENU_MENU_ASK_H

#include <stdint.h>

#include "services/menu/choice.h"
#include "services/menu/form.h"

struct menu_ask {
	uint32_t timeout_ms;		/* until the marked entry is taken; 0: no such time */
	uint32_t retimeout_ms;		/* the same from each key on */
	uint64_t total_us;		/* when it is taken whatever is typed, or CLOCK_NEVER */
	const int *keys;		/* that end it, up to a 0; or NULL: none */
	const char *autoboot;		/* instead of "Taken in", with # for the seconds; or NULL */
	bool timed_out;			/* after it: the entry was taken by the time */
};

/* 0: the marked entry; a key of those that end it; -ECANCELED: it was left; -EINTR: the command is to end. */
int menu_ask(struct choice *choice, struct menu_ask *ask);
/* 0: it is filled in; -ECANCELED, -EINTR: as above. */
int menu_ask_form(struct form *form);

#endif
