/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that come side by side.  See parallel_commands.h. */
#include "services/boot/parallel_commands.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/membuf.h"
#include "services/cause/cause.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/progress.h"
#include "services/console/screen.h"
#include "services/fetch/download.h"
#include "services/fetch/fetch_service.h"
#include "services/script/script.h"

#define JOBS_MAX 32u
#define DRAW_US 250000u
#define ANY_US 20000u		/* how soon it is seen that some one of several has ended */

/* In the order of their commands. */
static struct job {
	struct download *download;
	struct parallel_file *file;
	bool background;
	struct script_mark mark;	/* a script's: behind its command */
} jobs[JOBS_MAX];
static unsigned job_count;
static bool allowed;

static void take_out(struct job *j)
{
	job_count--;
	memmove(j, j + 1, (size_t)(jobs + job_count - j) * sizeof(*j));
}

/* The first of a kind, or NULL. */
static struct job *first(bool background)
{
	for (struct job *j = jobs; j < jobs + job_count; j++)
		if (j->background == background)
			return j;
	return NULL;
}

static void drop(struct job *j)
{
	download_drop(j->download);
	j->file->drop(j->file);
	take_out(j);
}

static void drop_kind(bool background)
{
	for (struct job *j; (j = first(background));)
		drop(j);
}

void parallel_drop(void)
{
	while (job_count)
		drop(jobs);
	allowed = false;
}

void parallel_forget(void)
{
	job_count = 0;
	allowed = false;
}

/* Asks all of them how they are: how many are under way. */
static unsigned turn(void)
{
	unsigned n = 0;
	for (struct job *j = jobs; j < jobs + job_count; j++)
		n += download_poll(j->download) == -EAGAIN;
	return n;
}

/* A line each for those under way, as many as there is room for. */
static void draw(void)
{
	char text[LIVE_ROWS * (PROGRESS_WIDTH + 1)] = "", line[PROGRESS_WIDTH + 1];
	size_t len = 0;
	unsigned rows = 0;
	for (struct job *j = jobs; j < jobs + job_count && rows < LIVE_ROWS; j++) {
		if (download_poll(j->download) != -EAGAIN || !download_line(j->download, line))
			continue;
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", rows++ ? "\n" : "", line);
	}
	download_show(text);
}

/* Lets time pass until d has ended, or for so long: 0, or -EINTR. */
static int pass(struct download *d, uint32_t us)
{
	download_wait(d, clock_us() + us);
	turn();
	if (command_interrupted())
		return -EINTR;
	static uint64_t drawn_us;
	if (clock_us() - drawn_us >= DRAW_US) {
		drawn_us = clock_us();
		draw();
	}
	return 0;
}

/* The first one, which is j, ends: its result, said.  -EINTR: it has not. */
static int end(struct job *j)
{
	struct membuf b = { 0 };
	struct parallel_file *file = j->file;
	int err;
	while (download_poll(j->download) == -EAGAIN)
		if (pass(j->download, DRAW_US) < 0)
			return -EINTR;
	err = download_end(j->download, &b);
	take_out(j);
	if (err == 0)
		err = file->keep(file, &b, download_led_to());
	else
		file->drop(file);
	return err;
}

/* Those of a script in their order, as long as they go well; wait: until there are none. */
static int end_script(bool wait)
{
	struct job *j;
	int err = 0;
	while (err == 0 && (j = first(false)) && (wait || download_poll(j->download) != -EAGAIN)) {
		struct script_mark mark = j->mark;
		err = end(j);
		if (err < 0 && err != -EINTR) {
			drop_kind(false);
			command_note(err);
			script_back(command_script(), &mark, err);
		}
	}
	if (err == -EINTR)
		drop_kind(false);
	if (wait)
		console_live(NULL, -1);
	return err;
}

int parallel_settle(void)
{
	if (!first(false))
		return 0;
	command_forget_failure();
	return end_script(true);
}

void parallel_leave(void)
{
	if (!first(false))
		return;
	drop_kind(false);
	console_live(NULL, -1);
}

bool parallel_allowed(void)
{
	return allowed;
}

/* What fetch-parallel says. */
static unsigned at_once(void)
{
	int32_t n = 1;
	if (settings_number(command_settings(), "fetch-parallel", &n) < 0 || n < 1)
		n = 1;
	return n < FETCH_TASKS ? (unsigned)n : FETCH_TASKS;
}

int parallel_make_room(bool background)
{
	unsigned most = background ? FETCH_TASKS : at_once();
	while (turn() >= most || job_count == JOBS_MAX) {
		struct job *j = jobs;
		if (job_count == JOBS_MAX && !first(false))	/* these stay until somebody asks for them */
			return command_fail(-ENOBUFS, "--background: %u files wait to be kept, and there is no "
					    "room for one more; sync makes room", JOBS_MAX);
		while (j < jobs + job_count - 1 && download_poll(j->download) != -EAGAIN)
			j++;
		if (pass(j->download, ANY_US) < 0)
			return -EINTR;
		int err = end_script(false);
		if (err < 0)
			return err;
	}
	return 0;
}

void parallel_add(struct download *d, struct parallel_file *f, bool background)
{
	struct job *j = &jobs[job_count++];
	*j = (struct job){ .download = d, .file = f, .background = background };
	if (!background)
		script_mark(command_script(), &j->mark);
}

int parallel_before(const struct command *c)
{
	allowed = c && c->beside && at_once() > 1 && !script_at_prompt(command_script());
	if (!allowed)
		return parallel_settle();
	turn();
	if (first(false))
		command_forget_failure();
	return end_script(false);
}

/* It has failed at once: those before it are waited for first, for one of them may have failed. */
int parallel_after(int err)
{
	static struct cause cause;
	bool said = command_was_said();
	allowed = false;
	if (err == 0 || !first(false))
		return err;
	if (err == -EINTR) {
		drop_kind(false);
		return err;
	}
	cause = *command_cause();
	int before = parallel_settle();
	if (before < 0)
		return before;
	*command_cause() = cause;
	if (said)
		command_said();
	return err;
}

/* ---- what --background has begun ---- */

static int await_background(const char *who, uint64_t until_us)
{
	struct job *j;
	int err = 0;
	while (err == 0 && (j = first(true))) {
		while (download_poll(j->download) == -EAGAIN && clock_us() < until_us)
			if (pass(j->download, DRAW_US) < 0) {
				console_live(NULL, -1);
				return command_fail(-EINTR, "%s: stopped by %s", who, command_stopper());
			}
		if (download_poll(j->download) == -EAGAIN)
			err = command_fail(-ETIMEDOUT, "%s: files are still on their way", who);
		else
			err = end(j);
	}
	console_live(NULL, -1);
	return err;
}

/* Those that have come are kept, the others are shown: 0, or -E, said: the first of them that cannot be kept. */
static int list_background(void)
{
	char line[PROGRESS_WIDTH + 1];
	int result = 0;
	for (struct job *j = jobs; j < jobs + job_count;) {
		int err = j->background ? download_poll(j->download) : -EAGAIN;
		if (err == 0) {
			err = end(j);
			result = result ? result : err;
			continue;
		}
		download_line(j->download, line);
		log_line("  %s%s", line, err == -EAGAIN ? "" : ", failed: sync tells why");
		j++;
	}
	return result;
}

int parallel_await(const struct command *c)
{
	if (c->images == IMAGES_LISTED)
		return list_background();
	return c->images == IMAGES_USED ? await_background(c->name, CLOCK_NEVER) : 0;
}

static int cmd_sync(struct call *c)
{
	uint32_t timeout_ms = 0;
	if (command_number(c->opt[0], "the timeout in ms", &timeout_ms) < 0)
		return -EINVAL;
	return await_background("sync", timeout_ms ? clock_us() + timeout_ms * 1000ull : CLOCK_NEVER);
}

const struct command parallel_commands[] = {
	{ .name = "sync", .options = "t/timeout=", .run = cmd_sync,
	  .usage = "[--timeout ms]", .help = "wait for what --background has begun to fetch; fails if one of it did" },
	{ 0 },
};
