/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of commands.  See options.h. */
#include "services/command/options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct found {
	int number;			/* -1: there is no such option */
	bool takes_value, repeats;
};

/* The option of that long name (len bytes) or, with len 0, of that letter. */
static struct found find_option(const char *spec, const char *name, size_t len, char letter)
{
	struct found f;
	for (f.number = 0; *spec; f.number++) {
		size_t word = strcspn(spec, " ");
		const char *slash = memchr(spec, '/', word);
		size_t long_len = word - (size_t)(slash + 1 - spec);
		f.repeats = slash[long_len] == '*';
		long_len -= f.repeats;
		f.takes_value = slash[long_len] == '=';
		long_len -= f.takes_value;
		if (len ? len == long_len && !memcmp(name, slash + 1, len) : slash > spec && *spec == letter)
			return f;
		spec += word + strspn(spec + word, " ");
	}
	f.number = -1;
	return f;
}

/* False when there are too many. */
static bool take_value(struct options *o, const struct found *f, const char *value)
{
	o->value[f->number] = value;
	if (!f->repeats)
		return true;
	if (o->listed == OPTIONS_LIST_MAX)
		return false;
	o->list[o->listed++] = value;
	return true;
}

/* One argument of letters: -ab, -n value, -nvalue. */
static bool parse_letters(struct options *o, const char *spec, int argc, char **argv)
{
	for (const char *c = argv[o->next] + 1; *c; c++) {
		struct found f = find_option(spec, NULL, 0, *c);
		if (f.number < 0)
			return false;
		if (!f.takes_value) {
			o->value[f.number] = "";
			continue;
		}
		if (!c[1] && o->next + 1 >= argc)
			return false;
		return take_value(o, &f, c[1] ? c + 1 : argv[++o->next]);
	}
	return true;
}

static bool parse_long(struct options *o, const char *spec, int argc, char **argv)
{
	const char *name = argv[o->next] + 2;
	size_t len = strcspn(name, "=");
	struct found f = { .number = -1 };
	if (len)
		f = find_option(spec, name, len, 0);
	if (f.number < 0 || (name[len] && !f.takes_value))
		return false;
	if (name[len])
		return take_value(o, &f, name + len + 1);
	if (f.takes_value && o->next + 1 >= argc)
		return false;
	return take_value(o, &f, f.takes_value ? argv[++o->next] : "");
}

/* Moves argv[at..at+n) in front of the `others` words before it. */
static void move_before(char **argv, int at, int n, int others)
{
	for (; n > 0 && others > 0; n--, at++) {
		char *word = argv[at];
		memmove(argv + at - others + 1, argv + at - others, (size_t)others * sizeof(*argv));
		argv[at - others] = word;
	}
}

int options_parse(struct options *o, const char *spec, int argc, char **argv, bool mixed)
{
	int others = 0;		/* words before argv[o->next] that are no options */
	*o = (struct options){ .next = 1 };
	for (; o->next < argc; o->next++) {
		char *arg = argv[o->next];
		int first = o->next;
		bool end = !strcmp(arg, "--");
		if (arg[0] != '-' || !arg[1]) {
			if (!mixed)
				break;
			others++;
			continue;
		}
		if (!end && !(arg[1] == '-' ? parse_long : parse_letters)(o, spec, argc, argv)) {
			o->bad = arg;
			return -EINVAL;
		}
		move_before(argv, first, o->next - first + 1, others);
		if (end) {
			o->next++;
			break;
		}
	}
	o->next -= others;
	return 0;
}

bool options_describe(const char *spec, unsigned i, char *out, size_t cap)
{
	char letter[5] = "    ";
	for (; i && *spec; i--) {
		spec += strcspn(spec, " ");
		spec += strspn(spec, " ");
	}
	if (!*spec)
		return false;
	const char *slash = strchr(spec, '/');
	size_t len = strcspn(slash + 1, "=* ");
	const char *end = slash + 1 + len;
	bool takes_value = *end == '=';
	if (slash > spec)
		snprintf(letter, sizeof(letter), "-%c, ", *spec);
	snprintf(out, cap, "%s--%.*s%s%s", letter, (int)len, slash + 1, takes_value ? " VALUE" : "",
		 end[takes_value] == '*' ? " (several times)" : "");
	return true;
}

int options_join(int argc, char *const *argv, char *out, size_t cap)
{
	size_t len = 0;
	out[0] = '\0';
	for (int i = 0; i < argc; i++) {
		const char *from = argv[i];
		if (i && len + 1 < cap)
			out[len++] = ' ';
		while (*from && len + 1 < cap)
			out[len++] = *from++;
		out[len] = '\0';
		if (*from)
			return -E2BIG;
	}
	return (int)len;
}

int options_show(int argc, char *const *argv, char *out, size_t cap)
{
	int len = options_join(argc, argv, out, cap);
	for (; *out; out++)
		if (*out < ' ' || *out > '~')
			*out = '?';
	return len;
}
