/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's task: looks for the script, runs it, and falls back to the
 * prompt; after a pause, and when nobody is there, it tries the whole again
 * (retry.h).  What runs at the prompt ends then, and with the session that
 * typed it.
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
#include "kernel/service.h"
#include "kernel/task.h"
#include "net/net.h"
#include "net/raw.h"
#include "services/boot/boot.h"
#include "services/boot/parallel_commands.h"
#include "services/cause/cause.h"
#include "services/command/command.h"
#include "services/command/editor.h"
#include "services/command/question.h"
#include "services/command/run.h"
#include "services/console/console.h"
#include "services/console/progress.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dns/dns_service.h"
#include "services/fetch/download.h"
#include "services/fetch/fetch_service.h"
#include "services/fetch/params.h"
#include "services/fetch/url_words.h"
#include "services/firmware/machine.h"
#include "services/graphics/graphics.h"
#include "services/graphics/graphics_commands.h"
#include "services/image/image.h"
#include "services/verify/verify_commands.h"
#include "services/interface/identity.h"
#include "services/interface/interface_commands.h"
#include "services/interface/route_commands.h"
#include "services/menu/menu.h"
#include "services/menu/palette.h"
#include "services/modules/module.h"
#include "services/modules/modules_commands.h"
#include "services/pxelinux/pxelinux_commands.h"
#include "services/report/report_service.h"
#include "services/script/script.h"
#include "services/script/setting_owner.h"
#include "services/shell/fallback.h"
#include "services/shell/idle.h"
#include "services/shell/retry.h"
#include "services/shell/source.h"
#include "services/stack/stack.h"
#include "services/tftp/rom_tftp_source.h"
#include "services/tls/cert_commands.h"
#include "services/trust/trust_check.h"

#define PROMPT "undine> "
#define NO_PROMPT_MS 1000
#define SEED_US 5000000u
#define EXIT_FAILED 1			/* what the ROM is told by the fallback `exit` */
#define NOTE_AFTER_US 1500000u		/* what runs so long has the note below it, when nothing else stands there */
#define NOTE_EVERY_US 1000000u

static struct script script;
static struct settings settings;
static struct retry retry;
static bool ran_before;			/* this task is a restart */
static enum { TRYING, READING, RUNNING } doing;	/* RUNNING: what somebody typed */
static bool in_try;			/* also at a prompt that its script has opened */
static bool over;			/* all is to be tried again: whatever runs ends */
static const char *over_why;
static bool prompt_wanted;		/* so nothing is tried again */
static bool late;			/* the try takes longer than boot-timeout */
static uint32_t try_chance;		/* of this try; 0: not drawn yet */
static uint64_t try_us;			/* since when the try runs, or the fallback in its place */
static unsigned failed;			/* tries since the fallback's last turn */
static uint64_t note_due_us;

void shell_cleanup(struct service *self)
{
	(void)self;
	boot_forget();
	parallel_forget();
	download_forget();
	settings_init(&settings, NULL, NULL);	/* they go with the arena; others ask until it runs again */
	script = (struct script){ 0 };		/* so does its name */
	sock_close_owner(net_stack(), command_owner());
	net_raw_listen(net_stack(), NULL, NULL);
	console_widget(NULL);
	console_live(NULL, -1);
	console_note("");
}

/* ---- when all is tried again ---- */

/* A number that was set, else < 0. */
static int32_t number_set(const char *name)
{
	int32_t n = -1;
	return settings_number(&settings, name, &n) < 0 ? -1 : n;
}

static uint32_t presence_s(void)
{
	int32_t presence = number_set("presence");
	return presence < 0 ? RETRY_PRESENCE_S : (uint32_t)presence;
}

/* When a script that waits since then is left, or RETRY_NEVER. */
static uint64_t left_us(uint64_t begun_us)
{
	int32_t idle = number_set("menu-idle");
	try_chance = try_chance ? try_chance : random_u32();
	uint64_t idle_us = idle_spread_us(idle < 0 ? IDLE_S : (uint32_t)idle, try_chance);
	return idle_due_us(begun_us, console_last_key_us(), idle_us, presence_s());
}

/* When the question is left that a script has put, or RETRY_NEVER. */
static uint64_t question_due_us(void)
{
	uint64_t begun_us = script.top && !script_at_prompt(&script) ? question_open_us() : 0;
	return begun_us ? left_us(begun_us) : RETRY_NEVER;
}

static uint64_t due_us(void)
{
	uint64_t due = retry_due_us(&retry, console_last_key_us(), presence_s());
	uint64_t left = in_try && doing == READING ? left_us(retry.used_us) : RETRY_NEVER;
	return due < left ? due : left;
}

static bool somebody_is_there(void)
{
	uint64_t typed_us = console_last_key_us();
	return typed_us && clock_us() < typed_us + presence_s() * 1000000ull;
}

static bool takes_too_long(void)
{
	int32_t most_s = number_set("boot-timeout");
	uint64_t most_us = (most_s < 0 ? BOOT_TIMEOUT_S : (uint32_t)most_s) * 1000000ull;
	return most_us && clock_us() >= try_us + most_us && !somebody_is_there();
}

/* pxelinux's option 211 says how long a machine whose boot has failed waits before it begins anew. */
static void choose_pause(void)
{
	int32_t first = number_set("retry-timeout");
	if (first < 0)
		first = number_set("211:uint32");
	retry_choose(&retry, first, number_set("retry-max"), random_u32());
}

/* What may have been in the way of a try. */
static struct ways {
	uint32_t up;			/* links, by their place */
	unsigned restarts;		/* of services */
	unsigned leases;		/* that have come by themselves */
} ways;

static struct ways ways_now(void)
{
	struct ways w = { .restarts = service_restarts(), .leases = dhcp_leases_come() };
	struct link *l;
	for (unsigned i = 0; (l = link_get(net_stack(), i)); i++)
		w.up |= (uint32_t)link_up(l) << i;
	return w;
}

/* What has become better since it was asked last, or NULL. */
static const char *news(void)
{
	struct ways was = ways;
	ways = ways_now();
	return ways.up & ~was.up ? "a link has come up" : ways.restarts != was.restarts ? "a service is back" :
	       ways.leases != was.leases ? "a DHCP server is back" : NULL;
}

static void begin_pause(uint64_t begun_us)
{
	ways = ways_now();
	retry_begin(&retry, begun_us);
}

int shell_apply_settings(void)
{
	if (doing != TRYING && !prompt_wanted) {
		uint64_t begun_us = retry.begun_us;
		choose_pause();
		begin_pause(begun_us);
		retry_used(&retry, clock_us());
	}
	return 0;
}

/* Looks around: when all is tried again. */
static uint64_t look(void)
{
	uint64_t was_us = retry.at_us, now = clock_us();
	const char *what = news();
	if (what)
		retry_cut(&retry, now);
	if (retry.at_us < was_us)
		log_line("%s: all is tried again sooner.", what);
	return due_us();
}

/* Below what somebody's command prints. */
static void show_note(uint64_t due, uint64_t now_us)
{
	char note[80];
	if (now_us < note_due_us)
		return;
	note_due_us = now_us + NOTE_EVERY_US;
	retry_note(&retry, due, now_us, note, sizeof(note));
	console_note(note);
}

static const char *what_ends(void)
{
	uint64_t now = clock_us(), due = doing == RUNNING ? look() : RETRY_NEVER;
	if (!over && due <= now) {
		over = true;
		over_why = "the next try, for nobody is there";
	} else if (!over && question_due_us() <= now) {
		over = true;
		over_why = "menu-idle, for nobody is there";
	}
	if (over)
		return over_why;
	late = late || (doing == TRYING && takes_too_long());
	if (late)
		return "boot-timeout";
	if (doing != RUNNING)
		return NULL;
	if (console_typists_gone())
		return "the end of the session that typed it";
	show_note(due, now);
	return NULL;
}

/* ---- the prompt ---- */

static void watch_note(char *out, size_t cap)
{
	char note[80];
	retry_note(&retry, due_us(), clock_us(), note, sizeof(note));
	out[0] = '\0';
	if (*note)
		snprintf(out, cap, "  %s", note);
}

static const struct editor_watch watch = { .until_us = look, .note = watch_note };

/* A line of a script as a number; 0: none is running. */
static uint32_t place(void)
{
	const char *name = script_name(&script);
	uint32_t hash = 2166136261u;		/* FNV-1a */
	if (!name || script_at_prompt(&script))
		return 0;
	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619u;
	hash = (hash ^ script_line(&script)) * 16777619u;
	return hash ? hash : 1;
}

/* Behind a question: of a script, or of what somebody has typed. */
static void question_leads(char *out, size_t cap)
{
	char time[HUMAN_LEN];
	uint64_t now = clock_us(), due = question_due_us(), next = doing == RUNNING ? due_us() : RETRY_NEVER;
	if (next < due)
		due = next;
	if (due != RETRY_NEVER)
		snprintf(out, cap, "try %u in %s", retry.tries + 1,
			 human_time(due > now ? (due - now + 999999) / 1000000 : 0, time));
}

static void say_pause(void)
{
	if (retry.pause_us)
		log_line("Unless somebody types, all is tried again in %lu s.",
			 (unsigned long)(retry.pause_us / 1000000));
}

/* ---- the interpreter's side ---- */

static int run_command(void *ctx, int argc, char **argv)
{
	(void)ctx;
	if (script_at_prompt(&script) && command_find(argv[0]))
		retry_used(&retry, clock_us());
	if (in_try && !script_at_prompt(&script)) {	/* it goes on from its prompt, if it was at one */
		doing = TRYING;
		retry_end(&retry);
	}
	int err = parallel_before(command_find(argv[0]));
	modules_sweep();
	return err < 0 ? err : parallel_after(command_run(argc, argv));
}

static int ending(void *ctx)
{
	(void)ctx;
	return parallel_settle();
}

static void left(void *ctx)
{
	(void)ctx;
	parallel_leave();
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
	console_note("");
	doing = READING;
	if (over)
		return -ETIMEDOUT;
	if (in_try && !retry.at_us) {
		choose_pause();
		begin_pause(clock_us());
		say_pause();
	}
	for (;;) {
		err = editor_read(PROMPT, NULL, &watch, line, cap);
		if (err == -EPIPE && script.depth == 1)
			log_line("exit goes back to what started us; help lists the commands");
		else if (err != -ECANCELED)
			break;
	}
	if (err == 0)
		editor_remember();
	if (err == -ETIMEDOUT) {
		over = true;
		over_why = "the next try, for nobody is there";
	}
	doing = RUNNING;
	note_due_us = clock_us() + NOTE_AFTER_US;
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
	else if (f->err == -EINTR)
		cause_fact_set(&cause->fact, f->err, "stopped by %s", command_stopper());
	else if (!cause->fact.err)
		cause_fact_set(&cause->fact, f->err, "%s", "");
	cause_text(&cause->fact, why, sizeof(why));
	if (f->name) {
		name = download_name(f->name);
		cause_add(cause, "%s%.64s:%u%s%s", f->called ? "called by " : "", name ? name : "", f->line,
			  f->command[0] ? ": " : "", f->command);
		if (f->called)
			log_error("  called by %.128s:%u: %s", name ? name : "", f->line, f->command);
		else
			log_error("%.128s:%u: %s%s%s", name ? name : "", f->line, f->command,
				  f->command[0] ? ": " : "", command_was_said() ? "failed" : why);
		free(name);
	} else if (!command_was_said() && !f->called) {
		log_warn("%s%s%s", f->command, f->command[0] ? ": " : "", why);
	}
}

static bool is_later(void *ctx, const char *name)
{
	const struct command *c = command_find(name);
	(void)ctx;
	return c && c->later;
}

static const struct script_ops ops = {
	.command = run_command, .later = is_later, .interrupted = run_interrupted, .read_line = read_line,
	.ending = ending, .left = left, .failed = run_failed,
};

static bool setting_is(const char *name, const char *value)
{
	char text[16];
	return settings_format(&settings, name, text, sizeof(text)) >= 0 && !strcmp(text, value);
}

/* What the try before has fetched or found out may be what was wrong with it. */
static void forget_fetched(void)
{
	parallel_drop();
	modules_try_again();
	image_free_all();
	verify_forget();
	cert_forget();
	dns_forget();
	fetch_close_all();
}

/* What the machine's own file and arguments say. */
static void take_given(void)
{
	const char *args = machine_facts()->args;
	setting_owner_take_file(&settings, machine_facts()->options);
	setting_owner_take_words(&settings, "arguments", args ? args : "", false);
	if (machine_facts()->args_cut)
		setting_owner_words_cut(&settings, "arguments");
}

/* Everything from the start.  *found: how the script ended; else SOURCE_NONE or why none can be had. */
static int try_all(bool *found)
{
	*found = false;
	report_try();
	command_forget_failure();
	script_free(&script);
	forget_fetched();
	menu_delete_all();
	params_delete_all();
	palette_reset();
	graphics_end();
	settings_free(&settings);
	trust_forget();
	trust_put_settled(&settings);
	take_given();
	setting_owner_changed(NULL);
	route_forget();
	if (!source_waits() && setting_is("script", "prompt"))
		return -ECANCELED;
	command_forget_failure();	/* what was refused has been said, and is not why a boot fails */
	int err = setting_is("dhcp", "no") || source_is_here() ? 0 : interface_configure();
	bool by_rom = err < 0 && err != -EINTR && rom_tftp_instead();
	if (by_rom)
		rom_tftp_say();
	if (err == 0)
		command_forget_failure();	/* nor is a card without a link, beside another */
	if (err == 0 || by_rom) {
		int taken = source_take();
		err = by_rom && taken == SOURCE_NONE ? err : taken;
		if (err != -EINTR)
			modules_autoload();
	}
	*found = err == SOURCE_TAKEN;
	return *found ? script_run(&script) : err;
}

static void say_next(const char *what, bool bad)
{
	char who[IDENTITY_MAX];
	identity_text(NULL, who, sizeof(who));
	log_line("machine: %s", who);
	(bad ? log_error : log_line)("%s.", what);
	log_line("This is the prompt; help lists the commands, log shows again what happened.");
	say_pause();
}

static void explain(int result, bool found)
{
	char what[32 + CAUSE_TEXT_MAX], why[CAUSE_TEXT_MAX];
	struct cause *cause = command_cause();
	choose_pause();
	prompt_wanted = result == -ECANCELED && !found;
	if (result == -EINTR) {
		command_forget_failure();
		snprintf(what, sizeof(what), "Stopped by %s", command_stopper());
	} else if (prompt_wanted) {
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
	if (cause->fact.err) {
		cause_keep(cause, clock_us());
		report_failure();
	}
	say_next(what, cause->fact.err != 0);
}

/* The prompt until it is left: its status, or -ETIMEDOUT when all is to be tried again. */
static int prompt(void)
{
	late = false;			/* that was the try's, or its fallback's */
	begin_pause(clock_us());
	dhcp_pause(true);
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
	if (err == 0)
		log_line("random: seeded by the moments of interrupts, frames and turns of the tasks");
	else
		log_warn("random: too little chance on this machine: others may guess TCP's sequence numbers and "
			 "DNS's ids, and what needs a secret refuses");
}

static void begin(void)
{
	/* what they pointed to went with the task's arena */
	settings_init(&settings, setting_owner_lookup, &settings);
	settings.gate = trust_check_setting;
	trust_put_settled(&settings);
	if (ran_before) {
		take_given();
		trust_restore(&settings);
	}
	interface_forget_settings();
	script_init(&script, &ops, NULL, &settings);
	command_begin(&settings, &script);
	command_set_end(what_ends);
	question_set_asker(place, question_leads);
	editor_init();
	menu_forget();
	graphics_forget();
	params_forget();
	pxelinux_forget();
	modules_forget();
	url_words_forget();
	retry_end(&retry);
	over = in_try = false;
	if (ran_before)
		setting_owner_changed(NULL);	/* what a script had set is in force no longer */
}

/* A script has been left: what it waited for failed. */
static void keep_left(void)
{
	struct cause *cause = command_cause();
	if (!cause->fact.what[0])
		cause_fact_set(&cause->fact, -ETIMEDOUT, "the script waited at its prompt, and nobody was there");
	cause_keep(cause, clock_us());
	report_failure();
}

/* One try.  False if its script has been left where it waited for somebody: the next one's turn. */
static bool try_once(void)
{
	bool found;
	console_forget_typists();
	dhcp_pause(false);
	retry_try(&retry, clock_us());
	over = false;
	in_try = true;
	doing = TRYING;
	try_us = clock_us();
	try_chance = 0;
	late = false;
	int result = try_all(&found);
	in_try = false;
	failed += late || over || result != -EINTR;
	if (found && script.exited)
		leave(result);
	script_free(&script);
	if (over)
		keep_left();
	else
		explain(result, found);
	return !over;
}

/* One entry of the list, which comes back only when it has failed. */
static void fall_back_to(char *what)
{
	static char sanboot[] = "sanboot", chain[] = "chain";
	char *argv[] = { chain, what, NULL };
	bool disk = !strcmp(what, "disk");
	log_line("Falling back to %s.", what);
	if (!strcmp(what, "exit"))
		leave(EXIT_FAILED);
	try_us = clock_us();
	late = false;
	if (disk)
		argv[0] = sanboot, argv[1] = NULL;
	int err = command_run(disk ? 1 : 2, argv);
	if (err == 0 && script.top)
		err = script_run(&script);
	if (script.exited)
		leave(err);
	script_free(&script);
	log_line("%s has not booted anything either%s%s.", what, err < 0 ? ": " : "", err < 0 ? err_text(err) : "");
}

/* Nobody's machine is taken away under their hands. */
static void fall_back(void)
{
	char *list, *what;
	const char *entry;
	size_t len;
	if (prompt_wanted || !fallback_due(failed, number_set("fallback-after"), late) || somebody_is_there() ||
	    settings_text(&settings, "fallback", &list) < 0)
		return;
	failed = 0;
	in_try = true;
	for (unsigned i = 0; !over && (len = fallback_entry(list, i, &entry)); i++) {
		doing = TRYING;
		what = strndup(entry, len);
		if (what)
			fall_back_to(what);
		free(what);
	}
	in_try = false;
	free(list);
}

static void say_again(int status)
{
	char time[HUMAN_LEN];
	log_line("%s: try %u, after %s of failing.", status == -ETIMEDOUT ? "Nobody is there" : err_text(status),
		 retry.tries + 1, human_time((clock_us() - retry.since_us) / 1000000, time));
}

void shell_main(void *arg)
{
	bool again = ran_before;
	(void)arg;
	await_seed();
	begin();
	ran_before = true;
	for (;;) {
		if (again) {
			choose_pause();
			say_next("The shell has been started again after a fault; what it was doing is lost", true);
			again = false;
			failed++;
		} else if (!try_once()) {
			over = prompt_wanted = false;
			fall_back();
			say_again(-ETIMEDOUT);
			continue;
		}
		fall_back();
		int status = prompt();
		if (status >= 0)
			leave(status);
		say_again(status);
		if (status != -ETIMEDOUT)	/* without a prompt nobody has waited */
			task_sleep_ms(NO_PROMPT_MS);
	}
}
