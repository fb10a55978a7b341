/* SPDX-License-Identifier: BSD-2-Clause */
/* Any script, with commands that set, jump, call it again, open a prompt; stopped after some of them. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "services/command/options.h"
#include "services/script/script.h"

struct world {
	struct script script;
	struct settings settings;
	const uint8_t *data;
	size_t len;
	unsigned steps, prompts;
};

static int command(void *ctx, int argc, char **argv)
{
	struct world *w = ctx;
	struct options o;
	assert(argc > 0 && !argv[argc] && argv[0][0]);
	for (int i = 0; i < argc; i++)
		assert(strlen(argv[i]) < SCRIPT_LINE_MAX);
	if (!strcmp(argv[0], "set") && argc == 3)
		return settings_set(&w->settings, argv[1], argv[2]);
	if (!strcmp(argv[0], "goto") && argc == 2)
		return script_goto(&w->script, argv[1]);
	if (!strcmp(argv[0], "exit"))
		return script_exit(&w->script, argc - 1);
	if (!strcmp(argv[0], "chain"))
		return script_push(&w->script, "again", (const char *)w->data, w->len, argc > 1);
	if (!strcmp(argv[0], "shell") && w->prompts++ < 4)
		return script_push_prompt(&w->script);
	if (!strcmp(argv[0], "true"))
		return 0;
	if (options_parse(&o, "a/aa= b/bb /aab= /cc=", argc, argv) == 0)
		return -ENOEXEC;
	assert(o.bad && o.wrong);
	return -EINVAL;
}

static bool later(void *ctx, const char *name)
{
	(void)ctx;
	return name[0] == 'f';
}

static bool interrupted(void *ctx)
{
	struct world *w = ctx;
	return ++w->steps > 500;
}

static int read_line(void *ctx, char *line, size_t cap)
{
	struct world *w = ctx;
	size_t n = w->len < cap - 1 ? w->len : cap - 1;
	if (++w->steps > 500)
		return -EPIPE;
	memcpy(line, w->data, n);
	line[n] = '\0';
	return 0;
}

static void failed(void *ctx, const struct script_failure *f)
{
	(void)ctx;
	assert(f->err && f->command);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct script_ops ops = {
		.command = command, .later = later, .interrupted = interrupted, .read_line = read_line,
		.failed = failed,
	};
	static struct world w;
	w = (struct world){ .data = data, .len = len };
	settings_init(&w.settings, NULL, NULL);
	script_init(&w.script, &ops, &w, &w.settings);
	if (script_push(&w.script, "fuzz", (const char *)data, len, false) == 0)
		script_run(&w.script);
	assert(!w.script.top && !w.script.depth);
	script_free(&w.script);
	settings_free(&w.settings);
	return 0;
}
