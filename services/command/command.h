/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands: what scripts and people tell the loader to do.  A command is a
 * row of a table that stands beside its code, in the room whose work it does
 * (services/dns/dns_commands.c ...); main.c lists the tables, and the shell
 * knows commands only through them.  This header is the row, the call, and
 * how one is made from words; run.h is what a command may ask of its
 * surroundings while it runs.
 *
 *	static int cmd_greet(struct call *c)
 *	{
 *		uint32_t times = 1;
 *		if (command_number(c->opt[0], "the count", &times) < 0)
 *			return -EINVAL;
 *		while (times--)
 *			log_line("Hello, %s.", c->argv[0]);
 *		return 0;
 *	}
 *
 *	const struct command greet_commands[] = {
 *		{ .name = "greet", .options = "c/count=", .min = 1, .max = 1, .run = cmd_greet,
 *		  .usage = "[--count n] NAME", .help = "be polite" },
 *		{ 0 },
 *	};
 *
 * Pure.
 */
#ifndef SERVICES_COMMAND_COMMAND_H
#define SERVICES_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/command/options.h"

#define ANY_ARGS 16384	/* more than a line has */

/* One command as it is called. */
struct call {
	const struct command *cmd;
	const char *name;		/* as it was called, where the row's is a pattern */
	const char *opt[OPTIONS_MAX];	/* values of cmd->options, in their order */
	const char *list[OPTIONS_LIST_MAX];	/* all values of the option that may come several times */
	unsigned listed;
	int argc;			/* without the name and the options */
	char **argv;
};

struct command {
	const char *name;		/* NULL ends the table; "*.end": all that end so, without options */
	const char *options;		/* as for options_parse(), or NULL: none */
	uint16_t min, max;		/* arguments; options stand before them */
	int (*run)(struct call *c);	/* 0, -E.. (explained by command_fail or command_why), or a status > 0 */
	/* what it does with images: has to have all that are on their way, or tells how far those are */
	enum command_images { IMAGES_NOT, IMAGES_USED, IMAGES_LISTED } images;
	bool beside;			/* a script may go on to the next such while it still fetches */
	bool later;			/* words behind "--" come as they stand: it fills in their settings itself */
	const char *usage;		/* what follows the name, for people, or NULL: nothing */
	const char *help;		/* one line; NULL: another name of the command before it */
	/*
	 * For Tab: the i-th word (from 0) that argument `arg` (from 0) may be,
	 * good until the next call; NULL past the last.  Or NULL: nothing.
	 */
	const char *(*words)(unsigned arg, unsigned i);
};

/* Which tables there are; the list ends with NULL and stays.  Called by main.c. */
void command_set_tables(const struct command *const *tables);
/* The i-th command of all tables, or NULL. */
const struct command *command_get(unsigned i);
const struct command *command_find(const char *name);
/* The row that has c's help: c itself, or the one that it is another name of. */
const struct command *command_first_name(const struct command *c);
/* A row's `words` for commands that take commands: names for the first argument. */
const char *command_names(unsigned arg, unsigned i);

/*
 * Finds argv[0] and parses its options; c points into argv.
 * 0, or -ENOEXEC, -EINVAL with one sentence in why.
 */
int command_parse(struct call *c, int argc, char **argv, char *why, size_t cap);

/*
 * Completion: the i-th word that may stand at line + at: a command, what the
 * command's row says of that argument, or its long options after "--".  Good
 * until the next call; NULL past the last.
 */
const char *command_complete(const char *line, size_t at, unsigned i);

#endif
