/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands params and param.  See params_commands.h. */
#include "services/fetch/params_commands.h"

#include <errno.h>
#include <stdlib.h>

#include "kernel/err.h"
#include "services/command/run.h"
#include "services/fetch/params.h"
#include "services/script/script.h"

static int cmd_params(struct call *c)
{
	const char *name = c->opt[0];
	if (c->opt[2]) {
		params_delete(name);
		return 0;
	}
	int err = params_create(name, c->opt[1]);
	if (err == -EINVAL)
		return command_fail(err, "params: --method is to be GET, POST or PUT, not %.20s", c->opt[1]);
	if (err == -ENOSPC)
		return command_fail(err, "params: there are %u lists already; params --delete drops one, and so "
				    "does its use", PARAMS_LISTS_MAX);
	return err < 0 ? command_fail(err, "params: %s", err_text(err)) : 0;
}

static int cmd_param(struct call *c)
{
	const char *list = c->opt[0], *key = c->argv[0];
	char *value = malloc(SCRIPT_LINE_MAX);
	if (!value)
		return -ENOMEM;
	options_join(c->argc - 1, c->argv + 1, value, SCRIPT_LINE_MAX);
	int err = params_add(list, key, value, c->opt[1] != NULL);
	free(value);
	switch (err) {
	case 0:
		return 0;
	case -ENOENT:
		return command_fail(err, "param: there is no list%s%s to add %.40s to; params%s%s makes one",
				    list ? " " : "", list ? list : "", key, list ? " --name " : "", list ? list : "");
	case -EINVAL:
		return command_fail(err, "param: no header can be called %.40s, or say that", key);
	case -EPERM:
		return command_fail(err, "param: %.40s is said by Undine itself", key);
	case -ENOSPC:
		return command_fail(err, "param: with %.40s the list would be longer than %u bytes as it is sent", key,
				    PARAMS_LEN_MAX - 1);
	default:
		return command_fail(err, "param: %s", err_text(err));
	}
}

const struct command params_commands[] = {
	{ .name = "params", .options = "n/name= m/method= d/delete", .run = cmd_params,
	  .usage = "[--name LIST] [--method GET|POST|PUT] [--delete]",
	  .help = "begin a list of parameters, which URL##params or URL##params=LIST sends along, once" },
	{ .name = "param", .options = "p/params= H/header", .min = 1, .max = ANY_ARGS, .run = cmd_param,
	  .usage = "[--params LIST] [--header] KEY [value]", .help = "add a form field or a header to it" },
	{ 0 },
};
