/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of commands, and how a call is made from words.  See command.h. */
#include "services/command/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct command *const *tables;

void command_set_tables(const struct command *const *list)
{
	tables = list;
}

const struct command *command_get(unsigned i)
{
	for (const struct command *const *t = tables; t && *t; t++)
		for (const struct command *c = *t; c->name; c++)
			if (!i--)
				return c;
	return NULL;
}

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);
	return len > end_len && !strcasecmp(name + len - end_len, end);
}

const struct command *command_find(const char *name)
{
	const struct command *c;
	for (unsigned i = 0; (c = command_get(i)); i++)
		if (!strcmp(c->name, name) || (c->name[0] == '*' && ends_with(name, c->name + 1)))
			return c;
	return NULL;
}

const struct command *command_first_name(const struct command *c)
{
	while (!c->help)
		c--;
	return c;
}

const char *command_names(unsigned arg, unsigned i)
{
	const struct command *c = NULL;
	for (unsigned n = 0; !arg && (c = command_get(n)); n++)	/* patterns are no names to be completed */
		if (c->name[0] != '*' && !i--)
			break;
	return c ? c->name : NULL;
}

/* -EINVAL, with what is wrong in why. */
static int misused(const struct command *c, const char *what, const char *arg, char *why, size_t cap)
{
	snprintf(why, cap, "%s: %s%.60s; usage: %s %s", c->name, what, arg, c->name, c->usage ? c->usage : "");
	return -EINVAL;
}

/* A word processor's blanks, dashes and quotes look like what they are not.  The word may be a password. */
static void add_not_ascii(int argc, char **argv, char *why, size_t cap)
{
	size_t len = strlen(why);
	for (int i = 0; i < argc; i++)
		for (const char *p = argv[i]; *p; p++)
			if ((unsigned char)*p > 126) {
				snprintf(why + len, cap - len, "; word %d is not all ASCII: does a blank, a dash or a "
					 "quote only look like one?", i + 1);
				return;
			}
}

static int parse(struct call *c, int argc, char **argv, char *why, size_t cap)
{
	struct options o;
	c->name = argv[0];
	c->cmd = command_find(argv[0]);
	if (!c->cmd) {
		char name[40];
		if (!argv[0][0]) {
			snprintf(why, cap, "the command's name is empty once its settings are filled in");
			return -ENOEXEC;
		}
		options_show(1, argv, name, sizeof(name));
		snprintf(why, cap, "%s: no such command; help lists them", name);
		return -ENOEXEC;
	}
	const char *options = c->cmd->options ? c->cmd->options : "";
	if (c->cmd->name[0] == '*')	/* what it calls has words of its own */
		o = (struct options){ .next = 1 };
	else if (options_parse(&o, options, argc, argv) < 0)
		return misused(c->cmd, o.wrong, o.bad, why, cap);
	memcpy(c->opt, o.value, sizeof(c->opt));
	memcpy(c->list, o.list, sizeof(c->list));
	c->listed = o.listed;
	c->argc = argc - o.next;
	c->argv = argv + o.next;
	if (c->argc < c->cmd->min)
		return misused(c->cmd, "argument missing", "", why, cap);
	if (c->argc > c->cmd->max)
		return misused(c->cmd, "one argument too many: ", c->argv[c->cmd->max], why, cap);
	return 0;
}

int command_parse(struct call *c, int argc, char **argv, char *why, size_t cap)
{
	int err = parse(c, argc, argv, why, cap);
	if (err < 0)
		add_not_ascii(argc, argv, why, cap);
	return err;
}

/* ---- completion ---- */

/* The next word of line + *at, before `end`: its length, 0 at the end; *at goes behind it. */
static size_t next_word(const char *line, size_t end, size_t *at, const char **word)
{
	while (*at < end && line[*at] == ' ')
		++*at;
	*word = line + *at;
	size_t start = *at;
	while (*at < end && line[*at] != ' ')
		++*at;
	return *at - start;
}

static bool is_word(const char *word, size_t len, const char *text)
{
	return strlen(text) == len && !memcmp(word, text, len);
}

/*
 * The command that the words of line[0..end) begin, the last of several on the line; *args: how many words follow it.
 */
static const struct command *command_before(const char *line, size_t end, bool *none, unsigned *args)
{
	char name[32];
	const struct command *c = NULL;
	const char *word;
	size_t at = 0, len;
	*none = true;
	*args = 0;
	while ((len = next_word(line, end, &at, &word))) {
		if (is_word(word, len, "&&") || is_word(word, len, "||") || is_word(word, len, ";")) {
			*none = true;
			continue;
		}
		if (*none) {
			snprintf(name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : sizeof(name) - 1), word);
			c = command_find(name);
			*none = false;
			*args = 0;
		} else if (word[0] != '-')
			++*args;
	}
	return c;
}

/* "--name" of the i-th option that has a long name. */
static const char *long_option(const char *options, unsigned i)
{
	static char text[32];
	for (; *options; options += strcspn(options, " "), options += strspn(options, " ")) {
		size_t slash = strcspn(options, "/ ");
		if (options[slash] == '/' && !i--) {
			const char *name = options + slash + 1;
			snprintf(text, sizeof(text), "--%.*s", (int)strcspn(name, "=* "), name);
			return text;
		}
	}
	return NULL;
}

const char *command_complete(const char *line, size_t at, unsigned i)
{
	bool none;
	unsigned args;
	const struct command *c = command_before(line, at, &none, &args);
	if (none)
		return command_names(0, i);
	if (c && line[at] == '-')
		return long_option(c->options ? c->options : "", i);
	return c && c->words ? c->words(args, i) : NULL;
}
