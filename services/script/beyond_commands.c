/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of the script language that iPXE has not: retry timeout foreach compare. */
#include "services/script/beyond_commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "services/command/number.h"
#include "services/command/run.h"
#include "services/script/script.h"
#include "services/script/setting_owner.h"

#define PAUSE_MS 1000u
#define PAUSE_MAX_MS 60000u

/*
 * Of a command that calls a script this repeats the fetching only: the script
 * runs when the command has come back, and its result is its own.
 */
static int cmd_retry(struct call *c)
{
	uint32_t most, pause_ms = PAUSE_MS;
	int r;
	if (command_number(c->argv[0], "the number of tries", &most) < 0 ||
	    command_number(c->opt[0], "the pause in ms", &pause_ms) < 0)
		return -EINVAL;
	if (!most)
		return command_fail(-EINVAL, "retry: the number of tries is to be 1 or more");
	for (uint32_t i = 2;; i++) {
		r = command_run(c->argc - 1, c->argv + 1);
		if (r == 0 || r == -EINTR || i > most)
			return r;
		log_warn("retry: %.40s has failed; again in %lu s (%lu of %lu)", c->argv[1],
			 (unsigned long)pause_ms / 1000, (unsigned long)i, (unsigned long)most);
		if (command_sleep_until(clock_us() + pause_ms * 1000ull) < 0)
			return -EINTR;
		pause_ms = pause_ms > PAUSE_MAX_MS / 2 ? pause_ms : 2 * pause_ms;
	}
}

static int cmd_timeout(struct call *c)
{
	uint32_t seconds;
	if (command_number(c->argv[0], "the time in seconds", &seconds) < 0)
		return -EINVAL;
	uint64_t limit_us = clock_us() + seconds * 1000000ull, before_us = command_set_limit(limit_us);
	int r = command_run(c->argc - 1, c->argv + 1);
	command_restore_limit(before_us);
	if (r != -EINTR || before_us <= limit_us || clock_us() < limit_us)
		return r;
	command_forget_failure();
	return command_why(-ETIMEDOUT, "%.40s was not done within %lu s", c->argv[1], (unsigned long)seconds);
}

/* One turn: the words of the command, filled in with what NAME is now. */
static int run_filled_in(int argc, char **argv)
{
	char *text = malloc(SCRIPT_LINE_MAX), **words = malloc(((size_t)argc + 1) * sizeof(*words));
	size_t used = 0;
	int r = text && words ? 0 : -ENOMEM;
	for (int i = 0; i < argc && r >= 0; i++) {
		r = settings_expand(command_settings(), argv[i], strlen(argv[i]), text + used, SCRIPT_LINE_MAX - used);
		words[i] = text + used;
		used += (size_t)(r < 0 ? 0 : r) + 1;
	}
	if (r < 0) {
		command_fail(r, "foreach: %s", r == -ENOMEM ? err_text(r) : "the command becomes too long when its "
			     "settings are filled in");
	} else {
		words[argc] = NULL;
		r = command_run(argc, words);
	}
	free(words);
	free(text);
	return r;
}

/* The next of the words in argv[0..*argc), which are split at blanks, at *at: its length, or 0. */
static size_t next_word(char ***argv, int *argc, const char **at)
{
	while (*argc) {
		*at += strspn(*at, " \t");
		if (**at)
			return strcspn(*at, " \t");
		++*argv;
		if (--*argc)
			*at = **argv;
	}
	return 0;
}

static int set_word(const char *name, const char *word, size_t len)
{
	char *text = strndup(word, len);
	int err = text ? setting_owner_set(command_settings(), name, text, false) : -ENOMEM;
	free(text);
	if (err < 0)
		return command_fail(err, "foreach %s: %s", name, err == -EINVAL ?
				    "not a name, type or value that settings can have" : err_text(err));
	return setting_owner_apply(command_settings(), name);
}

static int cmd_foreach(struct call *c)
{
	struct script *s = command_script();
	char **list = c->argv + 1;
	int count = 0, r = 0;
	size_t len;
	while (count < c->argc - 1 && strcmp(list[count], "--"))
		count++;
	int argc = c->argc - 2 - count;
	char **command = list + count + 1;
	if (argc < 1)
		return command_fail(-EINVAL, "foreach: -- is missing before the command, or the command behind it");
	const char *word = count ? list[0] : "";
	while (r == 0 && (len = next_word(&list, &count, &word))) {
		r = set_word(c->argv[0], word, len);
		if (r == 0 && command_interrupted())
			return -EINTR;
		if (r == 0)
			r = run_filled_in(argc, command);
		if (s->line_over || s->pushed)		/* goto, exit, or a script that runs now */
			break;
		word += len;
	}
	return r;
}

static const struct {
	const char *sign, *word;
	bool less, same, more;		/* when it is so */
} relations[] = {
	{ "<", "lt", true, false, false }, { "<=", "le", true, true, false }, { "==", "eq", false, true, false },
	{ "!=", "ne", true, false, true }, { ">=", "ge", false, true, true }, { ">", "gt", false, false, true },
};

static int take_number(const char *text, int64_t *out)
{
	uint32_t n;
	bool negative;
	int err = number_parse_magnitude(text, &n, &negative);
	if (err < 0)
		return command_fail(err, "compare: %.60s %s", *text ? text : "what is empty",
				    err == -ERANGE ? "does not fit into 32 bits" : "is no number");
	*out = negative ? -(int64_t)n : (int64_t)n;
	return 0;
}

static int cmd_compare(struct call *c)
{
	int64_t a, b;
	size_t i = 0, count = sizeof(relations) / sizeof(relations[0]);
	while (i < count && strcmp(c->argv[1], relations[i].sign) && strcmp(c->argv[1], relations[i].word))
		i++;
	if (i == count)
		return command_fail(-EINVAL, "compare: %.20s is none of < <= == != >= > lt le eq ne ge gt", c->argv[1]);
	int err = take_number(c->argv[0], &a);
	if (err == 0)
		err = take_number(c->argv[2], &b);
	if (err < 0)
		return err;
	if (a < b ? relations[i].less : a > b ? relations[i].more : relations[i].same)
		return 0;
	return command_why(-ERANGE, "%s %s %s is not so", c->argv[0], c->argv[1], c->argv[2]);
}

const struct command beyond_commands[] = {
	{ .name = "retry", .options = "p/pause=", .min = 2, .max = ANY_ARGS, .run = cmd_retry,
	  .usage = "[--pause ms] N COMMAND", .help = "run a command until it succeeds, N times at the most" },
	{ .name = "timeout", .min = 2, .max = ANY_ARGS, .run = cmd_timeout,
	  .usage = "SECONDS COMMAND", .help = "run a command, and end it as failed when it takes longer" },
	{ .name = "foreach", .min = 2, .max = ANY_ARGS, .run = cmd_foreach, .later = true,
	  .usage = "NAME [words] -- COMMAND", .help = "run a command for each word, which ${NAME} is meanwhile" },
	{ .name = "compare", .min = 3, .max = 3, .run = cmd_compare,
	  .usage = "NUMBER <|<=|==|!=|>=|> NUMBER", .help = "succeed if it is so of these numbers" },
	{ 0 },
};
