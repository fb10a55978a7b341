/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each command of iPXE's with each option that it has there: long, short, joined, cut short and behind others; what is
 * no option, what lacks its value or is no number, and words that are too few or too many, are refused with a sentence
 * that has the word and the usage.  tests/conformance says what they do.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "net/net.h"
#include "services/command/command.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define ANY ANY_ARGS
#define YET (ANY + 1u)			/* it is not there yet: how many words it takes is not looked at */
#define FETCHES "n/name= t/timeout=# q/quiet a/autofree"
#define SAN "d/drive=# n/no-describe k/keep f/filename= e/extra= l/label= u/uuid="

/* As command.h has them; # behind a value that is a number, ^ behind one that only a key's name can be. */
static const struct row {
	const char *names, *options;
	unsigned min, max;		/* words */
	const char *words;		/* that make sense: for a call that would succeed but for its number */
} rows[] = {
	{ "kernel initrd module imgfetch", FETCHES, 1, ANY, "some" },
	{ "imgselect imgload imgargs", FETCHES, 1, ANY, "some" },
	{ "chain imgexec boot", FETCHES " r/replace", 0, ANY, "some" },
	{ "imgstat imgfree", "", 0, ANY, "" },
	{ "imgset", "k/keep t/timeout=#", 2, 2, "x some" },
	{ "imgextract", "n/name= k/keep t/timeout=#", 1, 1, "some" },
	{ "imgmem", "n/name= a/autofree", 2, 2, "4096 16" },
	{ "imgverify", "s/signer= k/keep t/timeout=#", 1, 2, "some some" },
	{ "imgtrust", "a/allow p/permanent", 0, 0, "" },
	{ "imgdecrypt", "n/name= k/keep t/timeout=", 0, YET, "some some" },
	{ "md5sum sha1sum sha224sum sha256sum sha384sum sha512sum", "s/set=", 0, ANY, "some" },	/* none: all images */
	{ "menu form", "n/name= d/delete", 0, ANY, "a title" },
	{ "item", "m/menu= f/form= k/key=^ d/default s/secret g/gap", 0, ANY, "a text" },
	{ "choose", "m/menu= d/default= t/timeout=# r/retimeout=# k/keep", 1, 1, "x" },
	{ "present", "f/form= k/keep", 0, 0, "" },
	{ "params", "n/name= m/method= d/delete", 0, 0, "" },
	{ "param", "p/params= H/header", 1, ANY, "key value" },
	{ "set", "", 1, ANY, "x y" },
	{ "clear isset goto", "", 1, 1, "x" },
	{ "read", "t/timeout=#", 1, 1, "x" },
	{ "show", "", 0, 1, "x" },			/* none: all */
	{ "iseq", "", 2, 2, "x y" },
	{ "inc", "", 1, 2, "x" },
	{ "console", "x/x=# y/y=# l/left=# r/right=# t/top=# b/bottom=# d/depth=# p/picture= k/keep", 0, 0, "" },
	{ "colour", "b/basic=# r/rgb=#", 1, 1, "3" },
	{ "cpair", "f/foreground=# b/background=#", 1, 1, "3" },
	{ "dhcp ifconf", "c/configurator= t/timeout=#", 0, NET_LINKS, "" },
	{ "ifopen ifclose ifstat autoboot", "", 0, NET_LINKS, "net0" },
	{ "iflinkwait", "t/timeout=#", 0, NET_LINKS, "" },
	{ "vcreate", "t/tag=# p/priority=#", 1, 1, "net0" },
	{ "vdestroy", "", 1, NET_LINKS, "net0-5" },
	{ "route", "", 0, 3, "" },			/* add and del are ours */
	{ "nstat ipstat profstat", "", 0, 0, "" },
	{ "lotest", "m/mtu=# b/broadcast", 2, 2, "net0 net0" },
	{ "pxebs", "", 2, 2, "net0 1" },
	{ "ping", "s/size=# t/timeout=# c/count=# q/quiet", 1, 1, "10.0.0.1" },
	{ "nslookup", "", 1, 2, "x files.test" },	/* without a setting it is shown */
	{ "ntp", "", 1, 1, "10.0.0.1" },
	{ "sync", "t/timeout=#", 0, 0, "" },
	{ "cpuid", "e/ext a/amd c/ecx", 1, 1, "0" },
	{ "pciscan usbscan", "", 1, 1, "x" },
	{ "sanboot", SAN, 0, 8, "" },
	{ "sanhook sanunhook", SAN, 0, YET, "" },
	{ "prompt", "k/key=^ t/timeout=#", 0, ANY, "text" },
	{ "sleep", "", 1, 1, "0" },
	{ "time", "", 1, ANY, "echo x" },
	{ "echo", "n/n", 0, ANY, "x" },
	{ "exit", "", 0, 1, "0" },
	{ "shell login poweroff", "", 0, 0, "" },
	{ "help config", "", 0, 1, "" },		/* help COMMAND is ours */
	{ "reboot", "w/warm s/setup", 0, 0, "" },
	{ "startpxe stoppxe", "", 0, NET_LINKS, "" },
	{ "shim", "t/timeout=#", 0, ANY, "" },
	{ "certstat certfree", "s/subject=", 0, 0, "" },
	{ "certstore", "s/subject= k/keep", 0, 1, "some" },
	{ "ibstat iwstat iwlist fcstat", "", 0, ANY, "" },
	{ "fcels", "i/id= p/port=", 0, ANY, "" },
};

/* One option: its letter, its name, what kind it is. */
struct option {
	char letter, name[32], kind;	/* '-': a flag; '=': takes a value; '#', '^' as above */
};

static bool next_option(const char **at, struct option *o)
{
	*at += strspn(*at, " ");
	if (!**at)
		return false;
	size_t len = strcspn(*at + 2, "= ");

	o->letter = **at;
	snprintf(o->name, sizeof(o->name), "%.*s", (int)len, *at + 2);
	*at += 2 + len;
	o->kind = **at == '=' ? *(*at += 1) : '-';
	o->kind = strchr("#^-", o->kind) && o->kind ? o->kind : '=';
	*at += strspn(*at, "#^");
	return true;
}

static char why[300];

/* The line as command_parse() takes it; its words are parted by blanks, and so many words w stand behind it. */
static int parse(struct call *c, unsigned words, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int parse(struct call *c, unsigned words, const char *fmt, ...)
{
	static char line[400];
	static char *argv[40];
	va_list ap;
	int argc = 0;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	while (words--)
		argv[argc++] = (char *)"w";
	argv[argc] = NULL;
	why[0] = '\0';
	return command_parse(c, argc, argv, why, sizeof(why));
}

/* The value of c's option of that name; a flag's is "". */
static const char *value(const struct call *c, const char *name)
{
	const char *at = c->cmd->options;
	unsigned i = 0;

	for (size_t len = strlen(name); at; i++) {
		at += strcspn(at, "/") + 1;
		if (!strncmp(at, name, len) && strchr("=* ", at[len]))
			return c->opt[i];
		at = strchr(at, ' ');
	}
	return NULL;
}

#define REFUSES(text) (CHECK(strstr(why, text)), CHECK(strstr(why, "; usage: ")))

static void check_option(const char *name, const struct row *row, const struct option *o)
{
	struct call c;
	const char *v = o->kind == '-' ? "" : " 7", *joined = o->kind == '-' ? "" : "7";

	CHECK_INT(parse(&c, row->min, "%s --%s%s", name, o->name, v), 0);
	CHECK(value(&c, o->name) && !strcmp(value(&c, o->name), joined) && c.argc == (int)row->min);
	CHECK_INT(parse(&c, row->min, "%s -%c%s", name, o->letter, v), 0);
	CHECK(value(&c, o->name) && !strcmp(value(&c, o->name), joined));
	CHECK_INT(parse(&c, row->min, "%s -%c%s --", name, o->letter, joined), 0);
	CHECK(value(&c, o->name) && !strcmp(value(&c, o->name), joined));
	if (o->kind == '-') {
		CHECK_INT(parse(&c, row->min, "%s --%s=7", name, o->name), -EINVAL);
		REFUSES(o->name);
	} else {
		CHECK_INT(parse(&c, row->min, "%s --%s=7", name, o->name), 0);
		CHECK(!strcmp(value(&c, o->name), "7"));
		CHECK_INT(parse(&c, 0, "%s --%s", name, o->name), -EINVAL);
		REFUSES(o->name);
		CHECK_INT(parse(&c, 0, "%s -%c", name, o->letter), -EINVAL);
		REFUSES("-");
	}
	/* behind the first word it is a word */
	if (row->max == ANY) {
		CHECK_INT(parse(&c, row->min, "%s w --%s", name, o->name), 0);
		CHECK(!value(&c, o->name) && c.argc == (int)row->min + 2);
	}
}

static void check(const char *name, const struct row *row)
{
	struct call c;
	struct option o;

	if (!command_find(name)) {
		fprintf(stderr, "there is no %s\n", name);
		abort();
	}
	CHECK_INT(parse(&c, row->min, "%s", name), 0);
	CHECK_INT(parse(&c, row->min, "%s --", name), 0);
	if (row->min) {
		CHECK_INT(parse(&c, row->min - 1, "%s", name), -EINVAL);
		REFUSES("argument missing");
	}
	if (row->max == ANY) {
		CHECK_INT(parse(&c, 30, "%s", name), 0);
	} else if (row->max < ANY) {
		CHECK_INT(parse(&c, row->max, "%s", name), 0);
		CHECK_INT(parse(&c, row->max + 1, "%s", name), -EINVAL);
		REFUSES("one argument too many: w");
	}
	CHECK_INT(parse(&c, row->min, "%s --nonsense", name), -EINVAL);
	REFUSES("unknown option --nonsense");
	CHECK_INT(parse(&c, row->min, "%s -Z", name), -EINVAL);
	REFUSES("unknown option -");
	for (const char *at = row->options; next_option(&at, &o);)
		check_option(name, row, &o);
}

/* The i-th name of a row: false past the last. */
static bool name_of(const struct row *row, unsigned i, char name[16])
{
	const char *at = row->names;

	while (at && i--)
		at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL;
	return at && sscanf(at, "%15s", name) == 1;
}

/* Each number that is none, in a script that goes on: the command says so, and does nothing else. */
static char script[20000];

static unsigned make_script(void)
{
	struct option o;
	char name[16];
	unsigned count = 0;
	size_t n = (size_t)sprintf(script, "#!ipxe\n");

	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
		for (unsigned i = 0; name_of(&rows[r], i, name); i++)
			for (const char *at = rows[r].options; next_option(&at, &o);) {
				if (!strchr("#^", o.kind))
					continue;
				count++;
				n += (size_t)sprintf(script + n, "%s --%s non.sense %s && echo wrong: %s --%s ||\n",
						     name, o.name, rows[r].words, name, o.name);
			}
	n += (size_t)sprintf(script + n, "imgstat\necho over\nshell\n");
	CHECK(n < sizeof(script));
	return count;
}

static void plays(void *arg)
{
	char name[16];

	(void)arg;
	unsigned count = make_script();
	far_boot_file = "http://files.test/boot.ipxe";
	far_serve("/boot.ipxe", script, strlen(script));
	far_serve("/some", "some bytes", 10);
	pc_start(NULL);
	CHECK(pc_says("\nover", 60 * SECOND));
	CHECK(count > 40 && !pc_said("\nwrong: ") && !pc_said("some: 10 bytes"));
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
		for (unsigned i = 0; name_of(&rows[r], i, name); i++)
			check(name, &rows[r]);
}

static bool alone(const void *arg)
{
	(void)arg;
	return machine_alone(plays, NULL);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { { "each command's words and options", alone, NULL } };
	return run_tests(tests, 1, argc > 1 ? argv[1] : NULL);
}
