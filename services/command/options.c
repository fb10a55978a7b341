/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of commands.  See options.h. */
#include "services/command/options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct found {
	int number;			/* -1: there is no such option, -2: it could be several */
	bool takes_value, repeats;
};

/*
 * The option of that long name (len bytes) or, with len 0, of that letter.  A
 * part of a long name will do, if only one option begins so.
 */
static struct found find_option(const char *spec, const char *name, size_t len, char letter)
{
	struct found best = { .number = -1 };
	for (int number = 0; *spec; number++) {
		struct found f = { .number = number };
		size_t word = strcspn(spec, " ");
		const char *slash = memchr(spec, '/', word);
		size_t long_len = word - (size_t)(slash + 1 - spec);
		f.repeats = slash[long_len] == '*';
		long_len -= f.repeats;
		f.takes_value = slash[long_len] == '=';
		long_len -= f.takes_value;
		bool alike = len && len <= long_len && !memcmp(name, slash + 1, len);
		if (alike ? len == long_len : !len && slash > spec && *spec == letter)
			return f;
		if (alike && best.number != -1)
			best.number = -2;
		else if (alike)
			best = f;
		spec += word + strspn(spec + word, " ");
	}
	return best;
}

static const char *missing(const struct found *f)
{
	return f->number == -2 ? "several options begin like " : "unknown option ";
}

/* What is wrong, or NULL. */
static const char *take_value(struct options *o, const struct found *f, const char *value)
{
	o->value[f->number] = value;
	if (!f->repeats)
		return NULL;
	if (o->listed == OPTIONS_LIST_MAX)
		return "too many times option ";
	o->list[o->listed++] = value;
	return NULL;
}

/* One argument of letters: -ab, -n value, -nvalue: what is wrong, or NULL. */
static const char *parse_letters(struct options *o, const char *spec, int argc, char **argv)
{
	for (const char *c = argv[o->next] + 1; *c; c++) {
		struct found f = find_option(spec, NULL, 0, *c);
		if (f.number < 0)
			return missing(&f);
		if (!f.takes_value) {
			o->value[f.number] = "";
			continue;
		}
		if (!c[1] && o->next + 1 >= argc)
			return "no value behind option ";
		return take_value(o, &f, c[1] ? c + 1 : argv[++o->next]);
	}
	return NULL;
}

/* The same for --name, --name=value, --name value. */
static const char *parse_long(struct options *o, const char *spec, int argc, char **argv)
{
	const char *name = argv[o->next] + 2;
	size_t len = strcspn(name, "=");
	struct found f = { .number = -1 };
	if (len)
		f = find_option(spec, name, len, 0);
	if (f.number < 0)
		return missing(&f);
	if (name[len])
		return f.takes_value ? take_value(o, &f, name + len + 1) : "there is no value for option ";
	if (f.takes_value && o->next + 1 >= argc)
		return "no value behind option ";
	return take_value(o, &f, f.takes_value ? argv[++o->next] : "");
}

/* -1, where no option is called so. */
static bool is_negative(const char *spec, const char *arg)
{
	return arg[1] >= '0' && arg[1] <= '9' && find_option(spec, NULL, 0, arg[1]).number < 0;
}

int options_parse(struct options *o, const char *spec, int argc, char **argv)
{
	*o = (struct options){ .next = 1 };
	for (; o->next < argc; o->next++) {
		char *arg = argv[o->next];
		if (arg[0] != '-' || !arg[1] || is_negative(spec, arg))
			break;
		if (!strcmp(arg, "--")) {
			o->next++;
			break;
		}
		o->wrong = (arg[1] == '-' ? parse_long : parse_letters)(o, spec, argc, argv);
		if (o->wrong) {
			o->bad = arg;
			return -EINVAL;
		}
	}
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
