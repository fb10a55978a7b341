/* SPDX-License-Identifier: BSD-2-Clause */
/* What a running command may ask of its surroundings.  See run.h. */
#include "services/command/run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/task.h"
#include "services/cause/cause.h"
#include "services/command/number.h"
#include "services/command/question.h"
#include "services/console/console.h"
#include "services/console/console_service.h"

#define SLICE_US 200000u
#define DEPTH_MAX 8u		/* commands within each other, by what the shell's stack holds */

static struct settings *its_settings;
static struct script *its_script;
static struct input_focus its_keys;
static struct cause cause;	/* of the failure under way */
static bool was_said;		/* the failure under way has been explained in the log */
static const char *(*its_end)(void);
static int (*its_await)(const struct command *c);
static const char *stopper = "Ctrl-C";
static uint64_t its_limit_us = CLOCK_NEVER;
static uint32_t last_errno;
static unsigned running;	/* commands within each other */

void command_begin(struct settings *settings, struct script *script)
{
	its_settings = settings;
	its_script = script;
	its_limit_us = CLOCK_NEVER;
	running = 0;
	last_errno = 0;
	console_focus(&its_keys);
	question_end();
	command_forget_failure();
}

void command_set_end(const char *(*end)(void))
{
	its_end = end;
}

struct settings *command_settings(void)
{
	return its_settings;
}

struct script *command_script(void)
{
	return its_script;
}

uintptr_t command_owner(void)
{
	return (uintptr_t)&its_settings;
}

/* What is said first is the cause, the rest failed for it. */
__attribute__((format(printf, 2, 0)))
static void note(int err, const char *fmt, va_list ap)
{
	char text[CAUSE_WHAT_MAX];
	vsnprintf(text, sizeof(text), fmt, ap);
	if (!cause.fact.err)
		cause_fact_set(&cause.fact, err, "%s", text);
	else
		cause_add(&cause, "%s", text);
}

int command_fail(int err, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	log_vline(LOG_WARNING, fmt, ap);
	note(err, fmt, again);
	va_end(again);
	va_end(ap);
	was_said = true;
	return err;
}

int command_why(int err, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	note(err, fmt, ap);
	va_end(ap);
	return err;
}

int command_caused(const struct cause_fact *f)
{
	char text[CAUSE_TEXT_MAX];
	if (!cause.fact.err) {
		cause.fact = *f;
	} else {
		cause_text(f, text, sizeof(text));
		cause_add(&cause, "%s", text);
	}
	return f->err;
}

void command_said(void)
{
	was_said = true;
}

void command_forget_failure(void)
{
	was_said = false;
	cause = (struct cause){ .count = 0 };
}

struct cause *command_cause(void)
{
	return &cause;
}

bool command_was_said(void)
{
	return was_said;
}

int command_run(int argc, char **argv)
{
	struct call c;
	char why[512];
	command_forget_failure();
	int err = command_parse(&c, argc, argv, why, sizeof(why));
	if (err < 0) {
		command_fail(err, "%s", why);
	} else if (running == DEPTH_MAX) {
		err = command_fail(-ELOOP, "%s: commands may stand in one another %u deep at the most", argv[0],
				   DEPTH_MAX);
	} else {
		running++;
		err = its_await && c.cmd->images ? its_await(c.cmd) : 0;
		if (err == 0)
			err = c.cmd->run(&c);
		running--;
	}
	command_note(err);
	return err;
}

void command_note(int err)
{
	if (err)
		last_errno = (uint32_t)(err < 0 ? -err : err);
}

void command_set_await(int (*await)(const struct command *c))
{
	its_await = await;
}

uint32_t command_errno(void)
{
	return last_errno;
}

uint64_t command_set_limit(uint64_t limit_us)
{
	uint64_t before = its_limit_us;
	if (limit_us < before)
		its_limit_us = limit_us;
	return before;
}

void command_restore_limit(uint64_t limit_us)
{
	its_limit_us = limit_us;
}

void command_say_typist(void)
{
	char who[120];
	if (console_typed_by(who, sizeof(who)))
		log_line("console: typed by %s", who);
}

/* Not only Ctrl-C ends what runs. */
static bool is_over(void)
{
	const char *why = its_end ? its_end() : NULL;
	if (!why && clock_us() >= its_limit_us)
		why = "its time limit";
	stopper = why ? why : stopper;
	return why;
}

bool command_interrupted(void)
{
	if (is_over())
		return true;
	if (!console_interrupted(&its_keys))
		return false;
	stopper = "Ctrl-C";
	command_say_typist();
	return true;
}

const char *command_stopper(void)
{
	return stopper;
}

int command_sleep_until(uint64_t deadline_us)
{
	for (;;) {
		if (command_interrupted())
			return -EINTR;
		uint64_t now = clock_us();
		if (now >= deadline_us)
			return 0;
		task_sleep_until(deadline_us - now < SLICE_US ? deadline_us : now + SLICE_US);
	}
}

int command_key_of(struct input_focus *f, uint64_t deadline_us)
{
	int key;
	do {
		uint64_t slice_us = clock_us() + SLICE_US;
		if (is_over())
			return -EINTR;
		key = console_key(f, slice_us < deadline_us ? slice_us : deadline_us);
	} while (key < 0 && clock_us() < deadline_us);
	if (key >= 0)
		question_key(key);
	if (key == KEY_CTRL_C) {
		stopper = "Ctrl-C";
		console_interrupted(f);	/* it has been heard */
	}
	return key;
}

int command_key(uint64_t deadline_us)
{
	return command_key_of(&its_keys, deadline_us);
}

int command_number(const char *text, const char *what, uint32_t *out)
{
	int32_t n;
	if (!text)
		return 0;
	if (number_parse(text, &n) < 0 || n < 0)
		return command_fail(-EINVAL, "%s is to be a number, not \"%s\"", what, text);
	*out = (uint32_t)n;
	return 0;
}
