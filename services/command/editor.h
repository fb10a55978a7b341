/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor on the consoles: what is typed anywhere, shown in the live
 * line everywhere (services/console/lineedit.h has the keys).  One line is
 * edited at a time, by the task that runs commands.
 */
#ifndef SERVICES_COMMAND_EDITOR_H
#define SERVICES_COMMAND_EDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/console/lineedit.h"

/* For who waits with the line for something else too; it is asked again and again.  Or NULL: waits for ever. */
struct editor_watch {
	uint64_t (*until_us)(void);		/* when it is given up: -ETIMEDOUT */
	void (*note)(char *out, size_t cap);	/* what stands behind the line while it is empty; may be "" */
	bool always;				/* also while it is not */
	void (*typed)(void);			/* a key has come; or NULL */
	/* A key before the line has it: true ends the line with -EAGAIN and drops it; or NULL */
	bool (*key)(int key);
	lineedit_word_fn *word;			/* what Tab completes; NULL: commands */
};

/*
 * Words that somebody has to be asked for before Tab can complete them, as URLs: those with "://" in them.  word has
 * what may stand there then, as lineedit's.
 */
struct editor_far {
	int (*ask)(const char *word, size_t len);	/* 0, or a key that came meanwhile, which is typed then */
	const char *(*word)(unsigned i);
};
/* It stays.  Called by main.c. */
void editor_set_far(const struct editor_far *far);

/* Forgets the history; its memory went with the task that had it. */
void editor_init(void);
/*
 * Edits `initial` until Enter: 0 and the line; -ECANCELED (^C), -EPIPE (^D), -ETIMEDOUT, -EAGAIN, -EINTR.  The line
 * stays in the log.
 */
int editor_read(const char *prompt, const char *initial, const struct editor_watch *watch, char *line, size_t cap);
/* Puts the line that was read last into the history. */
void editor_remember(void);

#endif
