/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of commands, as iPXE's users write them: --name n, --name=n,
 * -n n, -nn, flags joined (-ab), "--" ends them.  A long name may be cut short
 * where no other begins so.  They stand before the other arguments, in any
 * order: what follows the first of those is never an option; nor is a negative
 * number, where no option is called so.  Pure.
 */
#ifndef SERVICES_COMMAND_OPTIONS_H
#define SERVICES_COMMAND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A command describes its options in one string of words "n/name=" (takes a
 * value), "r/replace" (a flag), "/nounzip" (no short form), "/option=*" (may
 * come several times; one such word in a command):
 *	struct options o;
 *	if (options_parse(&o, "n/name= r/replace", argc, argv) < 0) ... o.bad is what is wrong
 *	o.value[0] is --name's value or NULL; o.value[1] is not NULL when --replace was there
 *	argv[o.next] is the first other argument
 */
#define OPTIONS_MAX 16
#define OPTIONS_LIST_MAX 16

struct options {
	const char *value[OPTIONS_MAX];	/* in the order of the words; a flag's value is "" */
	const char *list[OPTIONS_LIST_MAX];	/* all values of the word with a *, as they came */
	unsigned listed;
	int next;
	const char *bad;		/* the argument that cannot be taken */
	const char *wrong;		/* and why; goes before it: "unknown option " */
};

/* 0, or -EINVAL with o->bad and o->wrong set. */
int options_parse(struct options *o, const char *spec, int argc, char **argv);

/*
 * For people: the i-th option (from 0) as "-n, --name VALUE", with " (several times)" where it may come so.
 * False, and nothing written, past the last.
 */
bool options_describe(const char *spec, unsigned i, char *out, size_t cap);

/* argv[0..argc) joined by single blanks into out (cap > 0, always terminated): the length, or -E2BIG when cut. */
int options_join(int argc, char *const *argv, char *out, size_t cap);

/*
 * The same for messages: what is not printable ASCII becomes '?',
 * so that no script writes to the terminal by its errors.
 */
int options_show(int argc, char *const *argv, char *out, size_t cap);

#endif
