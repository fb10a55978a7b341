/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands about commands: help time. */
#include "services/shell/shell_commands.h"

#include <errno.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "services/command/run.h"
#include "services/console/progress.h"

static int cmd_help(struct call *c)
{
	const struct command *k;
	char option[64];
	if (!c->argc) {
		for (unsigned i = 0; (k = command_get(i)); i++)
			if (k->help)
				log_line("  %-10s %s", k->name, k->help);
		log_line("Several commands: a && b, a || b, a ; b.  ${name} is a setting.  help COMMAND says more.");
		return 0;
	}
	k = command_find(c->argv[0]);
	if (!k)
		return command_fail(-ENOENT, "help: no command is called %s", c->argv[0]);
	const struct command *first = command_first_name(k);
	log_line("%s %s", k->name, k->usage ? k->usage : "");
	log_line("  %s%s%s", first->help, k == first ? "" : ": the same as ", k == first ? "" : first->name);
	for (unsigned i = 0; k->options && options_describe(k->options, i, option, sizeof(option)); i++)
		log_line("  %s", option);
	return 0;
}

static int cmd_time(struct call *c)
{
	char text[HUMAN_LEN];
	uint64_t begun = clock_us();
	if (!strcmp(c->argv[0], "time"))
		return command_fail(-EINVAL, "time: cannot time itself");
	int r = command_run(c->argc, c->argv);
	log_line("%s: %s", c->argv[0], human_elapsed(clock_us() - begun, text));
	return r;
}

const struct command shell_commands[] = {
	{ .name = "help", .max = 1, .run = cmd_help,
	  .usage = "[command]", .help = "this list, or one command's options", .words = command_names },
	{ .name = "time", .min = 1, .max = ANY_ARGS, .run = cmd_time,
	  .usage = "COMMAND", .help = "run a command and tell how long it took", .words = command_names },
	{ 0 },
};
