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

#include "gen/abi16.h"
#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/membuf.h"
#include "kernel/random.h"
#include "kernel/task.h"
#include "net/net.h"
#include "services/boot/nbp.h"
#include "services/command/editor.h"
#include "services/command/run.h"
#include "services/dhcp/dhcp_service.h"
#include "services/firmware/machine.h"
#include "services/image/image.h"
#include "services/stack/stack.h"
#include "services/telnet/telnet_service.h"

#define PROMPT "undine> "
#define DHCP_SETTINGS 224		/* option with words name=value; of those for private use (RFC 3942) */
#define RETRY_S 60			/* setting retry-timeout, seconds; 0 = never */
#define RETRY_MAX_S 900			/* pauses grow up to this, or to retry-timeout if that is longer */
#define TYPED_FACTOR 5			/* after a key, the pause is so much longer: somebody may be thinking */

struct shell shell;

static bool ran_before;			/* this task is a restart */
static unsigned attempt;
static uint64_t pause_us;		/* before all is tried again, 0 = never */
static uint64_t retry_us;		/* when that is, while the prompt waits; 0 = not now */
static bool typed;			/* somebody has, since the prompt came */

void shell_cleanup(void)
{
	sock_close_owner(net_stack(), (uintptr_t)&shell);
	log_live(NULL, -1);
}

/* ---- the prompt ---- */

/* Puts the retry off to a full pause from now. */
static void put_off(void)
{
	if (retry_us)
		retry_us = clock_us() + pause_us * (typed ? TYPED_FACTOR : 1);
}

static uint64_t watch_until(void)
{
	return retry_us ? retry_us : CLOCK_NEVER;
}

static void watch_typed(void)
{
	typed = true;
	put_off();
}

static void watch_note(char *out, size_t cap)
{
	uint64_t now = clock_us();
	uint64_t left_s = retry_us > now ? (retry_us - now + 999999) / 1000000 : 0;
	out[0] = '\0';
	if (retry_us && (!typed || left_s <= 60))
		snprintf(out, cap, "  (trying again in %lu s; a key puts it off)", (unsigned long)left_s);
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
	put_off();
	for (;;) {
		err = editor_read(PROMPT, NULL, &watch, line, cap);
		if (err == -EPIPE && shell.script.depth == 1)
			log_line("exit goes back to what started us; help lists the commands");
		else if (err != -ECANCELED)
			break;
	}
	if (err == 0)
		editor_remember();
	return err;
}

static void run_failed(void *ctx, const struct script_failure *f)
{
	char name[48], status[32];
	const char *why = f->err == -EINTR ? "stopped by Ctrl-C" : *command_reason() ? command_reason() : err_text(f->err);
	(void)ctx;
	if (f->err > 0) {
		snprintf(status, sizeof(status), "status %d", f->err);
		why = status;
	}
	if (f->name) {
		shell_url_name(f->name, name, sizeof(name));
		if (f->called)
			log_line("  called by %s:%u: %s", name, f->line, f->command);
		else
			log_line("%s:%u: %s%s%s", name, f->line, f->command, f->command[0] ? ": " : "", why);
	} else if (!command_was_said() && !f->called) {
		log_line("%s%s%s", f->command, f->command[0] ? ": " : "", why);
	}
}

static const struct script_ops ops = { run_command, run_interrupted, read_line, run_failed };

/* ---- where the script comes from ---- */

static char reason[200];	/* why the source asked last is passed over */

/* What a source says: a script stands ready; it has none; or -E: it has one, but it failed, which has been said. */
enum { PASS_OVER, TAKEN };

static int pass_over(const char *why, const char *what)
{
	snprintf(reason, sizeof(reason), "%s%s", why, what);
	return PASS_OVER;
}

/* A server that names undine.0 to all, and to Undine too, shall not make it start itself for ever. */
static bool is_this_loader(const struct membuf *b)
{
	static const uint32_t magic = NBP_MAGIC;
	return b->len >= NBP_MAGIC_AT + sizeof(magic) && !memcmp(b->data + NBP_MAGIC_AT, &magic, sizeof(magic));
}

/* Fetches and starts what url names; optional: it need not be there. */
static int take_url(const char *url, bool optional)
{
	struct membuf b = { 0 };
	char text[128];
	url_redact(url, text, sizeof(text));
	log_line("script: fetching %s", text);
	int err = shell_fetch(url, &b, NULL, 0, optional);
	if (err < 0)
		return optional && err != -EINTR ? pass_over(shell_fetch_error(), "") : err;
	if (is_this_loader(&b)) {
		membuf_free(&b);
		return pass_over("it is this loader itself: ", text);
	}
	enum image_type type = image_type_probe(b.data, b.len);
	if (type == IMAGE_UNKNOWN || type == IMAGE_EMPTY) {
		membuf_free(&b);
		return pass_over("it is neither a script (#!ipxe) nor a kernel: ", text);
	}
	/* a server that gives us to everybody, where we came as another's KERNEL: no end otherwise */
	if (type == IMAGE_NBP && nbp_is_undine(b.data, b.len)) {
		membuf_free(&b);
		return pass_over("it is this loader itself: ", text);
	}
	err = shell_execute(&b, url, "", false);
	return err < 0 ? err : TAKEN;
}

static int from_arguments(void)
{
	char ref[URL_TEXT_MAX], url[URL_TEXT_MAX];
	if (settings_format(&shell.settings, "script", ref, sizeof(ref)) <= 0)
		return pass_over("none names a script (script=URL)", "");
	int err = shell_resolve(ref, url);
	return err < 0 ? err : take_url(url, false);
}

static const char *skip_slashes(const char *path)
{
	return path + strspn(path, "/");
}

/* A file by the name that a DHCP or TFTP server has for it. */
static int take_file(uint32_t server, const char *file, bool optional)
{
	static struct url url;
	char text[URL_TEXT_MAX];
	if (url_is_absolute(file))
		return take_url(file, optional);
	if (url_from_boot_file(&url, server, file) < 0)
		return pass_over("it is no URL, and no server is named for it: ", file);
	url_format(&url, text, sizeof(text));
	return take_url(text, optional);
}

static int from_boot_file(void)
{
	const char *nbp = machine_facts()->nbp_name;
	const struct dhcp_lease *l = dhcp_service_lease();
	if (!l)
		return pass_over("there is no DHCP lease", "");
	if (!l->boot_file[0])
		return pass_over("the DHCP server names none", "");
	if (nbp && !strcmp(skip_slashes(nbp), skip_slashes(l->boot_file)))
		return pass_over("it is this loader itself: ", l->boot_file);
	return take_file(l->next_server, l->boot_file, false);
}

static int from_autoexec(void)
{
	const struct machine_facts *m = machine_facts();
	const struct dhcp_lease *l = dhcp_service_lease();
	const char *nbp = m->nbp_name ? m->nbp_name : "";
	const char *slash = strrchr(nbp, '/');
	char file[sizeof(l->boot_file) + 16];
	if (url_is_absolute(nbp))
		return pass_over("we did not come by TFTP", "");
	snprintf(file, sizeof(file), "%.*sautoexec.ipxe", slash ? (int)(slash + 1 - nbp) : 0, nbp);
	return take_file(m->nbp_server ? m->nbp_server : l ? l->next_server : 0, file, true);
}

/* In the order in which they are asked; the first that has a script wins. */
static const struct {
	const char *name;
	int (*take)(void);		/* TAKEN, PASS_OVER, -E */
} sources[] = {
	{ "arguments", from_arguments },
	{ "DHCP boot file", from_boot_file },
	{ "autoexec.ipxe", from_autoexec },
};

/* Words name=value; each becomes a setting; with `keep`, unless it is one already. */
static void take_words(const char *from, const char *args, bool keep)
{
	char word[URL_TEXT_MAX];
	for (; args += strspn(args, " \t\r\n"), *args;) {
		size_t len = strcspn(args, " \t\r\n");
		snprintf(word, sizeof(word), "%.*s", (int)len, args);
		args += len;
		char *value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		int err = value && len < sizeof(word) ? shell_set(word, value, keep) : -EINVAL;
		if (err < 0)
			log_line("%s: %s is ignored: %s", from, word, value ? err_text(err) : "it is no setting (name=value)");
	}
}

void shell_take_dhcp_settings(void)
{
	char text[256];
	const struct dhcp_lease *l = dhcp_service_lease();
	int n = l ? dhcp_option(l->raw, l->raw_len, DHCP_SETTINGS, 0, (uint8_t *)text, sizeof(text) - 1) : -1;
	if (n <= 0)
		return;
	text[(size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1] = '\0';
	take_words("DHCP option 224", text, true);
	shell_apply_telnetd();
}

static bool setting_is(const char *name, const char *value)
{
	char text[16];
	return settings_format(&shell.settings, name, text, sizeof(text)) >= 0 && !strcmp(text, value);
}

/* Everything from the start.  *found: how the script ended; else PASS_OVER (there is none) or why it cannot be had. */
static int try_all(bool *found)
{
	int err;
	*found = false;
	script_free(&shell.script);
	image_free_all();
	settings_free(&shell.settings);
	take_words("arguments", machine_facts()->args ? machine_facts()->args : "", false);
	shell_apply_telnetd();
	if (setting_is("script", "prompt"))
		return -ECANCELED;
	if (!setting_is("dhcp", "no")) {
		err = shell_configure();
		if (err < 0)
			return err;
	}
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		err = sources[i].take();
		if (err == TAKEN) {
			log_line("script: taken from %s", sources[i].name);
			*found = true;
			return script_run(&shell.script);
		}
		if (err < 0)
			return err;
		log_line("script: not from %s: %s", sources[i].name, reason);
	}
	return PASS_OVER;
}

/* Seconds from the setting retry-timeout, growing with each attempt and jittered, in microseconds; 0 = never. */
static uint64_t choose_pause(void)
{
	int32_t first = RETRY_S;
	if (settings_number(&shell.settings, "retry-timeout", &first) < 0 || first < 0)
		first = RETRY_S;
	uint64_t ceiling = (uint32_t)first > RETRY_MAX_S ? (uint32_t)first : RETRY_MAX_S;
	uint64_t pause = (uint32_t)first;
	for (unsigned i = 1; i < attempt && pause < ceiling; i++)
		pause += pause / 2 + 1;
	if (pause > ceiling)
		pause = ceiling;
	pause *= 1000000;
	return attempt > 1 ? pause + random_u32() % (pause / 4 + 1) : pause;
}

static void say_next(const char *what, uint64_t pause)
{
	log_line("%s.", what);
	log_line("This is the prompt; help lists the commands, log shows again what happened.");
	if (pause)
		log_line("Unless somebody types, all is tried again in %lu s.", (unsigned long)(pause / 1000000));
}

static void explain(int result, bool found)
{
	char what[96];
	pause_us = choose_pause();
	if (result == -EINTR) {
		pause_us *= TYPED_FACTOR;
		snprintf(what, sizeof(what), "Stopped by Ctrl-C");
	} else if (result == -ECANCELED && !found) {
		pause_us = 0;
		snprintf(what, sizeof(what), "The arguments ask for the prompt");
	} else if (result == PASS_OVER && !found) {
		snprintf(what, sizeof(what), "No script was found");
	} else if (result == 0) {
		snprintf(what, sizeof(what), "The script has ended without booting anything");
	} else {
		snprintf(what, sizeof(what), "%s (%s)", found ? "The script has failed" : "Getting a script has failed",
			 result < 0 ? err_text(result) : "by its own status");
	}
	say_next(what, pause_us);
}

/* The prompt until it is left: its status, or -ETIMEDOUT when all is to be tried again. */
static int prompt(void)
{
	typed = false;
	retry_us = pause_us ? clock_us() + pause_us : 0;
	int err = script_push_prompt(&shell.script);
	if (err == 0)
		err = script_run(&shell.script);
	retry_us = 0;
	return err;
}

_Noreturn static void leave(int status)
{
	log_line("Going back to what started us, with status %d.", status);
	machine_exit_to_rom(status);
}

static void begin(void)
{
	memset(&shell, 0, sizeof(shell));	/* what it pointed to went with the task's arena */
	settings_init(&shell.settings, shell_lookup, NULL);
	script_init(&shell.script, &ops, NULL, &shell.settings);
	command_begin(&shell.settings, &shell.script);
	editor_init();
	retry_us = 0;
}

void shell_main(void *arg)
{
	bool found, again = ran_before;
	(void)arg;
	begin();
	ran_before = true;
	for (;;) {
		if (again) {
			pause_us = choose_pause();
			say_next("The shell has been started again after a fault; what it was doing is lost", pause_us);
			again = false;
		} else {
			attempt++;
			int result = try_all(&found);
			if (found && shell.script.exited)
				leave(result);
			script_free(&shell.script);
			explain(result, found);
		}
		int status = prompt();
		if (status >= 0)
			leave(status);
		log_line("%s: trying again.", status == -ETIMEDOUT ? "Nobody typed" : err_text(status));
	}
}
