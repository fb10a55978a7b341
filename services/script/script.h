/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interpreter of `#!ipxe` scripts and of the prompt's lines.  Knows the
 * language, not the commands: those come through struct script_ops, so that
 * host tests run real scripts.  Pure but for what the callbacks do.
 *
 * The language (as in iPXE):
 *  - one command a line; a backslash at the end of a line joins the next one
 *  - words are split at blanks, then ${name} is expanded in each, so a value
 *    with blanks stays one word; quotes are ordinary characters
 *  - a word that begins with # starts a comment
 *  - `:label`, alone or before a command; labels are looked up from the top
 *  - words behind "--" of a command that asks for it (foreach) are not expanded
 *  - a && b, a || b, a ; b, from left to right
 *  - a line whose last command run has failed ends the script
 *
 * Scripts that call scripts stand on a stack of frames, not on C's stack; a
 * frame without text is a prompt, whose lines are typed.
 */
#ifndef SERVICES_SCRIPT_SCRIPT_H
#define SERVICES_SCRIPT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "services/script/settings.h"

#define SCRIPT_DEPTH_MAX 16		/* scripts that wait for scripts */
#define SCRIPT_LINE_MAX 16384		/* a line with its continuations; also the expanded words of a command */
#define SCRIPT_TEXT_MAX (1u << 20)	/* bytes of a script */

struct script_failure {
	const char *name;		/* of the script, or NULL at the prompt */
	unsigned line;			/* of the script, from 1 */
	const char *command;		/* its words, expanded; "" when none was run */
	int err;			/* -E.., or an exit status > 0 */
	const char *why;		/* what was wrong with the line itself; NULL: nothing */
	bool called;			/* the command is a script that failed and has been reported itself */
};

struct script_ops {
	/* Runs one command; argv[argc] is NULL: 0, -E.., or a status > 0.  -EINTR means Ctrl-C: every script ends. */
	int (*command)(void *ctx, int argc, char **argv);
	/* Are the settings in this command's words behind "--" to be left to it?  Or NULL: no. */
	bool (*later)(void *ctx, const char *command);
	/* Before each command: lets others run; true when the user wants the script to end. */
	bool (*interrupted)(void *ctx);
	/* A line for a prompt frame: 0, or -E.. which ends the frame with that result. */
	int (*read_line)(void *ctx, char *line, size_t cap);
	/* A script's text is over, or one of its lines cannot be run: 0, or what script_back() gave.  Or NULL. */
	int (*ending)(void *ctx);
	/* A script has left the stack, however it ended: no mark of it is of use any more.  Or NULL. */
	void (*left)(void *ctx);
	/* A line failed: a script's, which ends the script, or the prompt's. */
	void (*failed)(void *ctx, const struct script_failure *f);
};

struct script_frame;

/* A place in a script, behind one of its commands: to go back to. */
struct script_mark {
	unsigned frame;			/* the script's, of whom each has its own; 0: none's */
	size_t line_at, rest;		/* its line, in the text; what of that has not run yet */
	unsigned line;
	int joint;
	char command[80];
};

struct script {
	const struct script_ops *ops;
	void *ctx;
	const struct settings *settings;
	struct script_frame *top;
	unsigned depth;
	unsigned frames;		/* that have been pushed so far */
	bool pushed;			/* the command running has put a frame on top */
	bool line_over;			/* goto, exit: the rest of the line is not run */
	bool exited;			/* the lowest frame ended by `exit`, not by its end */
};

void script_init(struct script *s, const struct script_ops *ops, void *ctx, const struct settings *settings);
void script_free(struct script *s);	/* drops all frames */

/*
 * Puts a script on the stack; text and name are copied.  A command that does
 * so returns 0 at once: the script's result becomes the command's.
 * replace: the script that runs now is dropped for it.
 * 0, -ENOMEM, -ELOOP (too deep), -E2BIG.
 */
int script_push(struct script *s, const char *name, const char *text, size_t len, bool replace);
/* Puts a prompt on the stack: as above. */
int script_push_prompt(struct script *s);
/* Runs until the stack is empty: the result of the lowest frame; -EINTR when interrupted. */
int script_run(struct script *s);

/* For commands.  Ends the frame that runs, which gives `status`; returns status. */
int script_exit(struct script *s, int status);
/* Goes on after `:label` of the running script: 0, -ENOENT, -ENOTTY (at the prompt). */
int script_goto(struct script *s, const char *label);
/* The place behind the command that runs: false at a prompt. */
bool script_mark(const struct script *s, struct script_mark *m);
/*
 * The script that m is of goes on from there as if that command had just ended with err; one that is not on top
 * stays where it is.  Returns err, which is to be the result of the command, or of ending(), that calls this.
 */
int script_back(struct script *s, const struct script_mark *m, int err);
/* Name of the running script, NULL at a prompt that no script lies under. */
const char *script_name(const struct script *s);
/* The running script's line, from 1; 0 at a prompt. */
unsigned script_line(const struct script *s);
/* True if the command now running was typed at a prompt. */
bool script_at_prompt(const struct script *s);

#endif
