/* SPDX-License-Identifier: BSD-2-Clause */
/* run, kill, ps: see modules_commands.h. */
#include "services/modules/modules_commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/task.h"
#include "services/boot/boot_commands.h"
#include "services/cause/cause.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/keys.h"
#include "services/fetch/download.h"
#include "services/image/image.h"
#include "services/image/image_commands.h"
#include "services/trust/trust_check.h"
#include "services/verify/verify_commands.h"
#include "services/modules/module.h"
#include "services/script/settings.h"

#define MEMORY_KIB 16384
#define SOCKETS 16
#define HANDLES 32
#define CPU_S 60
#define LOOK_US 50000u
#define WORDS_MAX 32

enum { OPT_BACKGROUND };

static unsigned last_background;	/* the number of the one that was run so last */

/* The setting of that name, or what is usual; not over `most`. */
static uint32_t limit(const char *name, uint32_t usual, uint32_t most)
{
	int32_t n;
	if (settings_number(command_settings(), name, &n) < 0 || n < 0)
		return usual;
	return (uint32_t)n < most ? (uint32_t)n : most;
}

static struct module_limits limits(void)
{
	return (struct module_limits){
		.memory = (size_t)limit("module.memory", MEMORY_KIB, 1u << 18) << 10,
		.sockets = limit("module.sockets", SOCKETS, 48),
		.handles = limit("module.handles", HANDLES, MODULE_HANDLES),
		.cpu_us = limit("module.cpu", CPU_S, UINT32_MAX / 2) * 1000000ull,
	};
}

/* A line of the module's as a command: its words, each with its settings filled in. */
static int run_line(char *line)
{
	char *argv[WORDS_MAX + 1], *text = malloc(MODULE_COMMAND_MAX * 4);
	size_t used = 0, room = MODULE_COMMAND_MAX * 4;
	int argc = 0, err = text ? 0 : -ENOMEM;
	for (char *at = line; err >= 0 && *(at += strspn(at, " \t\n"));) {
		size_t len = strcspn(at, " \t\n");
		if (argc == WORDS_MAX)
			err = -E2BIG;
		else if ((err = settings_expand(command_settings(), at, len, text + used, room - used)) >= 0) {
			argv[argc++] = text + used;
			used += (size_t)err + 1;
		}
		at += len;
	}
	argv[argc] = NULL;
	if (err >= 0)
		err = argc ? command_run(argc, argv) : -EINVAL;
	free(text);
	return err;
}

static void serve_command(struct module *m)
{
	if (!m->wants_command)
		return;
	bool were_others = trust_of_others(true);
	int result = run_line(m->command);
	trust_of_others(were_others);
	if (m->ended)
		return;
	m->command_result = result;
	m->wants_command = false;
	waitq_wake(&m->command_done);
}

/* False: Ctrl-C. */
static bool pass_keys(struct module *m)
{
	int key = 0;
	while (m->keys < MODULE_KEYS && key != KEY_CTRL_C && (key = command_key(0)) >= 0)
		if (key != KEY_CTRL_C)
			(void)module_key(m, key);
	return key != KEY_CTRL_C;
}

/* Until it has ended: its status, > 0 if it failed; -EINTR: the command is to end; -EFAULT: it was ended. */
static int wait_for(struct module *m)
{
	bool interrupted = false;
	while (!module_ended(m)) {
		if (!m->stop && (command_interrupted() || !pass_keys(m))) {
			interrupted = true;
			module_stop(m, command_stopper());
		} else if (!m->stop) {
			serve_command(m);
		}
		if (!module_ended(m))
			waitq_wait(&m->changed, clock_us() + LOOK_US);
	}
	int status = m->status < 0 ? interrupted ? -EINTR : -EFAULT : m->status;
	console_live("", -1);
	if (status < 0)
		command_said();
	if (status > 0)
		command_why(status, "module %s has ended with status %d", m->name, status);
	else if (status < 0)
		command_why(status, "module %s: %s", m->name, *m->why ? m->why : "its task has faulted");
	module_free(m);
	modules_sweep();
	return status;
}

static int start(const struct call *c, const struct image *img, struct module **m)
{
	const char *why;
	char *base;
	bool background = c->opt[OPT_BACKGROUND] != NULL;
	int err = download_resolve("module", &base);
	if (err < 0)
		base = NULL;		/* it opens whole URLs only */
	err = module_start(&(struct module_start){
		.name = img->name, .base = base, .file = img->data, .len = img->len,
		.argc = c->argc - 1, .argv = c->argv + 1, .background = background, .limits = limits(),
	}, m, &why);
	free(base);
	return err < 0 ? command_fail(err, "run: %s: %s", img->name, why) : 0;
}

static int cmd_run(struct call *c)
{
	struct image *img = image_find(c->argv[0]);
	struct module *m;
	bool kept = img;
	bool background = c->opt[OPT_BACKGROUND] != NULL;
	int err = kept ? image_verify(img) :
		  boot_get_file(&(struct boot_file){ .ref = c->argv[0], .role = IMAGE_MODULE, .quiet = true }, &img);
	if (err < 0)
		return err;
	err = image_may_run(img);
	if (err == 0)
		err = start(c, img, &m);
	if (err == 0 && background) {
		last_background = m->id;
		log_line("run: %s runs as number %u; ps shows it, kill %u ends it", m->name, m->id, m->id);
	}
	if (!kept)
		image_free(img);
	return err < 0 || background ? err : wait_for(m);
}

void modules_autoload(void)
{
	static const char run[] = "run --background ";
	static unsigned started;		/* a later try finds it running */
	static struct cause cause;		/* of what failed before, for a command forgets it */
	bool said = command_was_said();
	char *words, *line, id[12];
	if (settings_text(command_settings(), "module.autoload", &words) < 0)
		return;
	snprintf(id, sizeof(id), "%u", started);
	line = malloc(sizeof(run) + strlen(words));
	if (line && (!started || !module_find(id))) {
		memcpy(line, run, sizeof(run) - 1);
		strcpy(line + sizeof(run) - 1, words);
		cause = *command_cause();
		if (run_line(line) < 0)
			log_warn("module.autoload: it does not run; the boot goes on without it");
		else {
			started = last_background;
			snprintf(id, sizeof(id), "%u", started);
			struct module *m = module_find(id);
			if (m)
				m->stays = true;
		}
		command_forget_failure();
		*command_cause() = cause;
		if (said)
			command_said();
	}
	free(line);
	free(words);
}

static int cmd_kill(struct call *c)
{
	for (int i = 0; i < c->argc; i++) {
		struct module *m = module_find(c->argv[i]);
		if (!m)
			return command_fail(-ESRCH, "kill: no module %s runs; ps shows those that do", c->argv[i]);
		module_stop(m, "kill");
	}
	return 0;
}

static int cmd_ps(struct call *c)
{
	struct task_info t;
	struct module *m;
	(void)c;
	log_line("%-12s %-9s %10s %12s", "task", "state", "CPU ms", "memory KiB");
	for (unsigned i = 0; task_get_info(i, &t); i++)
		log_line("%-12s %-9s %10lu %12lu", t.name, t.state, (unsigned long)(t.run_us / 1000),
			 (unsigned long)((t.stack_len + t.arena_len) >> 10));
	log_line("%-4s %-16s %10s %12s %8s %8s", "no.", "module", "CPU ms", "memory KiB", "sockets", "handles");
	for (unsigned i = 0; (m = module_get(i)); i++) {
		unsigned handles = 0;
		for (unsigned h = 0; h < MODULE_HANDLES; h++)
			handles += m->handle[h].kind != HANDLE_FREE;
		log_line("%-4u %-16s %10lu %12lu %8u %8u%s", m->id, m->name, (unsigned long)(m->cpu_us / 1000),
			 (unsigned long)(module_held(m) >> 10), module_sockets(m), handles,
			 m->background ? "  in the background" : "");
	}
	return 0;
}

const struct command modules_commands[] = {
	{ .name = "run", .options = "b/background", .min = 1, .max = ANY_ARGS, .run = cmd_run,
	  .usage = "[--background] NAME|URL [arguments]", .help = "run a module", .words = image_first_word },
	{ .name = "kill", .min = 1, .max = 8, .run = cmd_kill, .usage = "NUMBER|NAME...", .help = "end modules" },
	{ .name = "ps", .run = cmd_ps, .help = "tasks and modules, with their memory, sockets and CPU time" },
	{ 0 },
};
