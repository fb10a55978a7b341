/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A question: a command waits for somebody to answer - a menu, a form, a
 * login, `prompt`, `read`.  While one stands, the session knows since when,
 * and whether a time of its own ends it; one of a script that has none is
 * left alone when nobody is there (services/shell/idle.h).
 *
 *	int err = question_begin(timeout_ms != 0);
 *	if (err < 0)
 *		return err;
 *	key = command_key(...);
 *	question_end();
 *
 * One at a time, of the task that runs commands.
 */
#ifndef SERVICES_COMMAND_QUESTION_H
#define SERVICES_COMMAND_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUESTION_NOTE_MAX 40	/* bytes of what is said of its end, with the NUL */

/*
 * One is put; timed: a time of its own ends it.  0, or -EINTR: Ctrl-C has just
 * left the same question, at the same line of the same script, and no other
 * key has come since: it is the script that is to end.
 */
int question_begin(bool timed);
void question_timed(bool timed);
void question_end(void);
/* What Ctrl-C has left was a part of a question that goes on: it is not the same one that comes back. */
void question_forget(void);
/* Since when one stands that nothing else ends; 0: none does. */
uint64_t question_open_us(void);
/* A key has been read, by whatever asks. */
void question_key(int key);

/*
 * For who runs scripts: says at which line of which a question stands, as a number, 0 being none, and what becomes of
 * it when nobody answers: "try 2 in 14:59", or "".
 */
void question_set_asker(uint32_t (*at)(void), void (*note)(char *out, size_t cap));
/*
 * What is said behind a question: "(LEADS in 0:09)" with the time until it
 * ends by itself, or, where that is CLOCK_NEVER, what the session says; "" if
 * it stands for ever.  Returns out.
 */
char *question_note(uint64_t until_us, const char *leads, char out[QUESTION_NOTE_MAX]);

#endif
