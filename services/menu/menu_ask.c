/* SPDX-License-Identifier: BSD-2-Clause */
/* Menus and forms put to whoever is there.  See menu_ask.h. */
#include "services/menu/menu_ask.h"

#include <errno.h>

#include "kernel/clock.h"
#include "services/command/question.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/console_service.h"

#define REDRAW_US 1000000u		/* the time that is left is shown in seconds */

/* What becomes of it if nobody does anything. */
static void say_end(struct choice *choice, uint64_t until)
{
	char note[QUESTION_NOTE_MAX];
	uint64_t now = clock_us();
	choice_ends(choice, until == CLOCK_NEVER ? -1 :
		    now < until ? (int32_t)((until - now + 999999) / 1000000) : 0,
		    until == CLOCK_NEVER ? question_note(until, "", note) : "");
}

static bool ends_it(const struct menu_ask *ask, int key)
{
	for (const int *k = ask->keys; k && *k; k++)
		if (*k == key)
			return true;
	return false;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int menu_ask(struct choice *choice, struct menu_ask *ask)
{
	static struct input_focus keys;
	enum choice_event event = CHOICE_MORE;
	uint64_t until = sooner(ask->timeout_ms ? clock_us() + ask->timeout_ms * 1000ull : CLOCK_NEVER, ask->total_us);
	int key = question_begin(until != CLOCK_NEVER);
	bool ended = false;
	ask->timed_out = false;
	if (key < 0)
		return key;
	choice->autoboot = ask->autoboot;
	console_focus(&keys);
	say_end(choice, until);
	console_widget(&choice->widget);
	while (event == CHOICE_MORE && !ended && key != -EINTR) {
		uint64_t redraw = clock_us() + REDRAW_US;
		key = command_key_of(&keys, sooner(until, redraw));
		uint64_t now = clock_us();
		if (key >= 0 && ends_it(ask, key)) {
			ended = true;
		} else if (key >= 0) {
			event = choice_key(choice, key);
			until = sooner(ask->retimeout_ms ? now + ask->retimeout_ms * 1000ull : CLOCK_NEVER,
				       ask->total_us);
			question_timed(until != CLOCK_NEVER);
		} else if (now >= until) {
			event = CHOICE_TAKEN;
			ask->timed_out = true;
		}
		say_end(choice, until);
		console_redraw();
	}
	console_widget(NULL);
	console_release(&keys);
	question_end();
	return key == -EINTR || ended ? key : event == CHOICE_TAKEN ? 0 : -ECANCELED;
}

int menu_ask_form(struct form *form)
{
	static struct input_focus keys;
	enum form_event event = FORM_MORE;
	int key = question_begin(false);
	if (key < 0)
		return key;
	console_focus(&keys);
	question_note(CLOCK_NEVER, "", form->note);
	console_widget(&form->widget);
	while (event != FORM_DONE && event != FORM_LEFT && key != -EINTR) {
		key = command_key_of(&keys, clock_us() + REDRAW_US);
		event = key < 0 ? FORM_MORE : form_key(form, key);
		if (event == FORM_REPAINT)
			console_repaint();
		question_note(CLOCK_NEVER, "", form->note);
		console_redraw();
	}
	console_widget(NULL);
	console_release(&keys);
	question_end();
	command_say_typist();
	return key == -EINTR ? key : event == FORM_DONE ? 0 : -ECANCELED;
}
