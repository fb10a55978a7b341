/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's task: looks for the script, runs it, and falls back to the
 * prompt; after a time in which nobody typed it tries the whole again.
 */
#include "services/shell/shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/task.h"
#include "net/net.h"
#include "services/boot/boot.h"
#include "services/cause/cause.h"
#include "services/command/editor.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/dns/dns_service.h"
#include "services/fetch/download.h"
#include "services/fetch/fetch_service.h"
#include "services/firmware/machine.h"
#include "services/image/image.h"
#include "services/image/verify_commands.h"
#include "services/interface/interface_commands.h"
#include "services/script/script.h"
#include "services/script/setting_owner.h"
#include "services/shell/retry.h"
#include "services/shell/source.h"
#include "services/stack/stack.h"
#include "services/trust/trust_check.h"

#define PROMPT "undine> "
#define NO_PROMPT_MS 1000
#define SEED_US 5000000u

static struct script script;
static struct settings settings;
static struct retry retry;
static bool ran_before;			/* this task is a restart */

void shell_cleanup(struct service *self)
{
	(void)self;
	boot_forget();
	sock_close_owner(net_stack(), command_owner());
	console_widget(NULL);
	console_live(NULL, -1);
}

/* ---- the prompt ---- */

static uint64_t watch_until(void)
{
	return retry.at_us ? retry.at_us : CLOCK_NEVER;
}

static void watch_typed(void)
{
	retry_typed(&retry, clock_us());
}

static void watch_note(char *out, size_t cap)
{
	int32_t left_s = retry_left_s(&retry, clock_us());
	out[0] = '\0';
	if (left_s >= 0)
		snprintf(out, cap, "  (trying again in %ld s; a key puts it off)", (long)left_s);
}

static const struct editor_watch watch = { watch_until, watch_typed, watch_note };

/* ---- the interpreter's side ---- */

static int run_command(void *ctx, int argc, char **argv)
{
	(void)ctx;
	return command_run(argc, argv);
}

static bool run_interrupted(void *ctx)
{
	(void)ctx;
	task_yield();
	if (!command_interrupted())
		return false;
	command_forget_failure();
	return true;
}

static int read_line(void *ctx, char *line, size_t cap)
{
	int err;
	(void)ctx;
	retry_put_off(&retry, clock_us());
	for (;;) {
		err = editor_read(PROMPT, NULL, &watch, line, cap);
		if (err == -EPIPE && script.depth == 1)
			log_line("exit goes back to what started us; help lists the commands");
		else if (err != -ECANCELED)
			break;
	}
	if (err == 0)
		editor_remember();
	return err;
}

/* A line of a script failed: for it the cause, if nobody has said one; and the line failed for the cause. */
static void run_failed(void *ctx, const struct script_failure *f)
{
	struct cause *cause = command_cause();
	char why[CAUSE_TEXT_MAX], *name;
	(void)ctx;
	if (f->why || f->err == -EINTR)
		command_forget_failure();	/* of an earlier command */
	if (f->why)
		cause_fact_set(&cause->fact, f->err, "%s", f->why);
	else if (!cause->fact.err)
		cause_fact_set(&cause->fact, f->err, "%s", f->err == -EINTR ? "stopped by Ctrl-C" : "");
	cause_text(&cause->fact, why, sizeof(why));
	if (f->name) {
		name = download_name(f->name);
		cause_add(cause, "%s%.64s:%u%s%s", f->called ? "called by " : "", name ? name : "", f->line,
			  f->command[0] ? ": " : "", f->command);
		if (f->called)
			log_line("  called by %.128s:%u: %s", name ? name : "", f->line, f->command);
		else
			log_line("%.128s:%u: %s%s%s", name ? name : "", f->line, f->command,
				 f->command[0] ? ": " : "", command_was_said() ? "failed" : why);
		free(name);
	} else if (!command_was_said() && !f->called) {
		log_line("%s%s%s", f->command, f->command[0] ? ": " : "", why);
	}
}

static const struct script_ops ops = { run_command, run_interrupted, read_line, run_failed };

static bool setting_is(const char *name, const char *value)
{
	char text[16];
	return settings_format(&settings, name, text, sizeof(text)) >= 0 && !strcmp(text, value);
}

/* What the try before has fetched or found out may be what was wrong with it. */
static void forget_fetched(void)
{
	image_free_all();
	verify_forget();
	dns_forget();
	fetch_close_all();
}

/* Everything from the start.  *found: how the script ended; else SOURCE_NONE or why none can be had. */
static int try_all(bool *found)
{
	const char *args = machine_facts()->args;
	*found = false;
	command_forget_failure();
	script_free(&script);
	forget_fetched();
	settings_free(&settings);
	trust_keep();
	setting_owner_take_file(&settings, machine_facts()->options);
	setting_owner_take_words(&settings, "arguments", args ? args : "", false);
	setting_owner_changed(NULL);
	if (!source_waits() && setting_is("script", "prompt"))
		return -ECANCELED;
	int err = setting_is("dhcp", "no") ? 0 : interface_configure();
	if (err == 0)
		err = source_take();
	*found = err == SOURCE_TAKEN;
	return *found ? script_run(&script) : err;
}

static void choose_pause(void)
{
	int32_t first = -1;
	if (settings_number(&settings, "retry-timeout", &first) < 0)
		first = -1;
	retry_choose(&retry, first, random_u32());
}

static void say_next(const char *what)
{
	log_line("%s.", what);
	log_line("This is the prompt; help lists the commands, log shows again what happened.");
	if (retry.pause_us)
		log_line("Unless somebody types, all is tried again in %lu s.",
			 (unsigned long)(retry.pause_us / 1000000));
}

static void explain(int result, bool found)
{
	char what[32 + CAUSE_TEXT_MAX], why[CAUSE_TEXT_MAX];
	struct cause *cause = command_cause();
	choose_pause();
	if (result == -EINTR) {
		command_forget_failure();
		retry_stopped(&retry);
		snprintf(what, sizeof(what), "Stopped by Ctrl-C");
	} else if (result == -ECANCELED && !found) {
		command_forget_failure();
		retry.pause_us = 0;
		snprintf(what, sizeof(what), "What was set asks for the prompt");
	} else if (result == SOURCE_NONE && !found) {
		snprintf(what, sizeof(what), "No script was found");
		cause_fact_set(&cause->fact, -ENOENT, "no script was found");
	} else if (result == 0) {
		snprintf(what, sizeof(what), "The script has ended without booting anything");
		command_forget_failure();
		cause_fact_set(&cause->fact, -ENOENT, "the script has ended without booting anything");
	} else {
		if (!cause->fact.err)
			cause_fact_set(&cause->fact, result, "%s", "");
		cause_text(&cause->fact, why, sizeof(why));
		snprintf(what, sizeof(what), "%s: %s", found ? "The script has failed" : "Getting a script has failed",
			 why);
	}
	if (cause->fact.err)
		cause_keep(cause, clock_us());
	say_next(what);
}

/* The prompt until it is left: its status, or -ETIMEDOUT when all is to be tried again. */
static int prompt(void)
{
	retry_begin(&retry, clock_us());
	int err = script_push_prompt(&script);
	if (err == 0)
		err = script_run(&script);
	retry_end(&retry);
	return err;
}

_Noreturn static void leave(int status)
{
	log_line("Going back to what started us, with status %d.", status);
	machine_exit_to_rom(status);
}

/* What others must not guess, and what the network does, waits a while for the seed. */
static void await_seed(void)
{
	if (random_ready())
		return;
	int err = random_wait(clock_us() + SEED_US);
	log_line("random: %s", err == 0 ? "seeded by the moments of interrupts, frames and turns of the tasks" :
		 "too little chance on this machine: others may guess TCP's sequence numbers and DNS's ids, and what "
		 "needs a secret refuses");
}

static void begin(void)
{
	/* what they pointed to went with the task's arena */
	settings_init(&settings, setting_owner_lookup, &settings);
	settings.gate = trust_check_setting;
	setting_owner_take_file(&settings, machine_facts()->options);
	trust_restore(&settings);
	interface_forget_settings();
	script_init(&script, &ops, NULL, &settings);
	command_begin(&settings, &script);
	editor_init();
	retry_end(&retry);
}

void shell_main(void *arg)
{
	bool found, again = ran_before;
	(void)arg;
	await_seed();
	begin();
	ran_before = true;
	for (;;) {
		if (again) {
			choose_pause();
			say_next("The shell has been started again after a fault; what it was doing is lost");
			again = false;
		} else {
			retry.attempts++;
			int result = try_all(&found);
			if (found && script.exited)
				leave(result);
			script_free(&script);
			explain(result, found);
		}
		int status = prompt();
		if (status >= 0)
			leave(status);
		log_line("%s: trying again.", status == -ETIMEDOUT ? "Nobody typed" : err_text(status));
		if (status != -ETIMEDOUT)	/* without a prompt nobody has waited */
			task_sleep_ms(NO_PROMPT_MS);
	}
}
