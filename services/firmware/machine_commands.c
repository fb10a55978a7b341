/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands about the loader and the machine: log tasks memmap crash reboot poweroff. */
#include "services/firmware/machine_commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/memmap.h"
#include "kernel/pages.h"
#include "kernel/panic.h"
#include "kernel/service.h"
#include "kernel/task_machine.h"
#include "services/command/question.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/console_service.h"
#include "services/console/pager.h"
#include "services/console/progress.h"
#include "services/firmware/machine.h"

#define REDRAW_US 1000000u		/* the time that is left is shown in seconds */

_Static_assert(PAGER_NOTE_MAX >= QUESTION_NOTE_MAX, "a note has room");

static int cmd_tasks(struct call *c)
{
	struct task_info t;
	char arena[HUMAN_LEN], time[HUMAN_LEN], turn[HUMAN_LEN], call[HUMAN_LEN];
	log_line("  %-10s %-9s %13s %11s %9s %9s %9s %s", "task", "state", "stack used", "memory", "ran", "longest",
		 "in a ROM", "restarts");
	for (unsigned i = 0; task_get_info(i, &t); i++) {
		const struct service *s = service_find(t.name);
		log_line("  %-10s %-9s %6lu/%6lu %11s %9s %9s %9s %u", t.name, t.state, (unsigned long)t.stack_used,
			 (unsigned long)t.stack_len, human_size(t.arena_len, arena), human_elapsed(t.run_us, time),
			 human_elapsed(t.turn_max_us, turn), human_elapsed(t.call_max_us, call), s ? s->restarts : 0);
	}
	if (c->opt[0])
		task_forget_turns();
	return 0;
}

/* The log's text from a position on. */
static const char *log_text(uint64_t pos)
{
	static char text[LOG_RING_LEN + 1];
	size_t len = 0, n;
	while (len < LOG_RING_LEN && (n = log_read(&pos, text + len, LOG_RING_LEN - len)))
		len += n;
	text[len] = '\0';
	return text;
}

/* To look through on all screens, until q. */
static int page_log(void)
{
	static struct pager pager;
	static struct input_focus keys;
	unsigned rows, columns;
	int key = question_begin(false);
	if (key < 0)
		return key;
	console_widget_size(&rows, &columns);
	pager_init(&pager, "log", log_text(log_tail(LOG_RING_LEN)), rows, columns);
	console_focus(&keys);
	console_widget(&pager.widget);
	do {
		question_note(CLOCK_NEVER, "", pager.note);
		console_redraw();
		key = command_key_of(&keys, clock_us() + REDRAW_US);
	} while (key == -ETIMEDOUT || pager_key(&pager, key));
	console_widget(NULL);
	console_release(&keys);
	question_end();
	command_say_typist();
	return key == -EINTR ? key : 0;
}

/*
 * Prints as much as no screen misses for being late: half of the ring.  Lines
 * logged while it prints are left for the next time: it ends.
 */
static int cmd_log(struct call *c)
{
	const char *text = c->opt[0] ? "" : log_text(log_tail(LOG_RING_LEN / 2));
	if (c->opt[0])
		return page_log();
	for (size_t len; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		log_line("| %.*s", (int)len, text);
	}
	return 0;
}

static const char *memory_type(uint32_t type)
{
	static const char *const names[] = { "?", "usable", "reserved", "ACPI tables", "ACPI NVS", "bad" };
	return type < sizeof(names) / sizeof(names[0]) ? names[type] : names[0];
}

static int cmd_memmap(struct call *c)
{
	const struct memmap *m = machine_memmap();
	char size[HUMAN_LEN], largest[HUMAN_LEN];
	uint32_t lo, hi;
	(void)c;
	for (uint32_t i = 0; i < m->count; i++)
		log_line("  %010llx-%010llx %10s %s", (unsigned long long)m->e[i].base,
			 (unsigned long long)(m->e[i].base + m->e[i].len - 1), human_size(m->e[i].len, size),
			 memory_type(m->e[i].type));
	log_line("free for images and heaps: %s, the largest piece %s", human_size(pages_free_total(), size),
		 human_size(pages_free_largest(), largest));
	for (unsigned i = 0; pages_get_extent(i, &lo, &hi); i++)
		log_line("  %08lx-%08lx %10s", (unsigned long)lo, (unsigned long)hi - 1, human_size(hi - lo, size));
	return 0;
}

#define CRASH_PAUSE_MS 200	/* between one and the next */

/* Static: the task that reads it outlives the command. */
static struct {
	struct service *victim;
	uint64_t at_us;
	uint32_t times;
} crash;

static void crash_victim(void *arg)
{
	(void)arg;
	task_sleep_until(crash.at_us);
	for (uint32_t i = 0; i < crash.times; i++) {
		log_line("crash: telling the %s service to fault", crash.victim->name);
		if (crash.victim->task)
			task_crash(crash.victim->task);
		else
			log_line("crash: it is down");
		task_sleep_ms(CRASH_PAUSE_MS);
	}
}

static const char *service_words(unsigned arg, unsigned i)
{
	static struct task_info t;
	return !arg && task_get_info(i, &t) ? t.name : NULL;
}

/* Where the service is to write: code, constants, a place for never coming back; NULL for what is none of these. */
static const void *crash_place(const char *name)
{
	static const char constant[] = "written to by the command crash";
	return name && !strcmp(name, "code") ? (const void *)(uintptr_t)crash_victim :
	       name && !strcmp(name, "constants") ? (const void *)constant :
	       name && !strcmp(name, "loop") ? task_machine_endless : NULL;
}

static int cmd_crash(struct call *c)
{
	uint32_t after_ms = 0;
	const void *place = crash_place(c->opt[1]);
	if (c->opt[2])
		panic("asked for by the command crash");
	if (!c->argc)
		return command_fail(-EINVAL, "crash: which service? tasks lists them; or --panic");
	if (c->opt[1] && !place && strcmp(c->opt[1], "null"))
		return command_fail(-EINVAL, "crash: --at null, code, constants or loop, not %s", c->opt[1]);
	crash.times = 1;
	if (command_number(c->opt[3], "how often", &crash.times) < 0)
		return -EINVAL;
	if (command_number(c->opt[0], "the time in ms", &after_ms) < 0)
		return -EINVAL;
	crash.victim = service_find(c->argv[0]);
	if (!crash.victim)
		return command_fail(-ENOENT, "crash: no service is called %s; tasks lists them", c->argv[0]);
	crash.at_us = clock_us() + after_ms * 1000ull;
	task_machine_crash_at(place);
	if (!task_create("crash", crash_victim, NULL, 8192))
		return command_fail(-ENOMEM, "crash: %s", err_text(-ENOMEM));
	if (!after_ms)
		return command_sleep_until(clock_us() + 100000);
	return 0;
}

static int cmd_reboot(struct call *c)
{
	if (c->opt[1])
		log_line("reboot: only UEFI can be asked for its set-up; press the BIOS's own key for it");
	log_line("Rebooting.");
	machine_reboot(c->opt[0] != NULL);
}

static int cmd_poweroff(struct call *c)
{
	(void)c;
	log_line("Switching the machine off.");
	int err = machine_poweroff();
	return command_fail(err, "poweroff: the machine cannot be switched off by software here; reboot works");
}

const struct command machine_commands[] = {
	{ .name = "reboot", .options = "w/warm s/setup", .run = cmd_reboot,
	  .usage = "[--warm]",
	  .help = "reset the machine; --warm: without a test of its memory, where the BIOS does that" },
	{ .name = "poweroff", .run = cmd_poweroff,
	  .help = "switch the machine off" },
	{ .name = "log", .options = "p/page", .run = cmd_log,
	  .usage = "[--page]", .help = "print the log again, its last 32 KiB; --page: look through all of it" },
	{ .name = "tasks", .options = "a/anew", .run = cmd_tasks,
	  .usage = "[--anew]", .help = "the loader's tasks: state, stack, memory, time; the longest that each kept all "
	  "others waiting, and its longest call of a ROM beside that; --anew: measure these anew" },
	{ .name = "profstat", .run = cmd_tasks },
	{ .name = "memmap", .run = cmd_memmap,
	  .help = "the machine's memory and what is free of it" },
	{ .name = "crash", .options = "a/after= /at= /panic /times=", .max = 1, .run = cmd_crash,
	  .usage = "[--after ms] [--at null|code|constants|loop] [--times N] SERVICE | --panic",
	  .help = "make a service fault, by a write to where nobody may write, or by never coming back (loop): a test "
	  "of its restart; --panic: make the loader panic, and so start itself anew",
	  .words = service_words },
	{ 0 },
};
