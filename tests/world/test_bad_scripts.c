/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scripts that make no sense, or are meant to hurt: the message names the
 * file, the line and the word that is wrong, and the prompt answers after
 * it.  A script is `before`, so many times `part`, and `after`.
 */
#include <string.h>

#include "kernel/clock.h"
#include "tests/world/check.h"
#include "tests/world/far.h"
#include "tests/world/machine.h"
#include "tests/world/pc.h"

#define SECOND 1000000ull
#define SAID_MAX 3
#define TEXT(s) s, sizeof(s) - 1

static const struct row {
	const char *name;
	const char *before;
	size_t before_len;
	const char *part;
	unsigned times;
	const char *after;
	const char *said[SAID_MAX];
	const char *never;
	const char *keys;		/* typed once the first of those is said */
} rows[] = {
	{ "unknown command", TEXT("#!ipxe\n\necho one\n  kernl xen\necho two\n"), "", 0, "",
	  { "kernl: no such command; help lists them", "boot.ipxe:4: kernl xen: failed" }, "\ntwo", NULL },
	{ "unknown option", TEXT("#!ipxe\nkernel --nonsense x y\n"), "", 0, "",
	  { "kernel: unknown option --nonsense", "boot.ipxe:2: kernel --nonsense x y: failed" }, NULL, NULL },
	{ "missing word", TEXT("#!ipxe\necho one ; set\n"), "", 0, "",
	  { "set: argument missing; usage: set NAME[:type] [value]", "boot.ipxe:2: set: failed" }, NULL, NULL },
	{ "quotes are letters", TEXT("#!ipxe\necho \"one two\n'kernel x\n"), "", 0, "",
	  { "\n\"one two", "'kernel: no such command", "boot.ipxe:3: 'kernel x: failed" }, NULL, NULL },
	{ "a word processor's letters",
	  TEXT("#!ipxe\nkernel\xc2\xa0" "xen || choose \xe2\x80\x93" "timeout 9 x\n"), "", 0, "",
	  { "no such command; help lists them; word 1 is not all ASCII: does a blank, a dash or a quote only",
		"choose: one argument too many: 9; usage: ", "; word 2 is not all ASCII: " }, NULL, NULL },
	{ "a password with such letters", TEXT("#!ipxe\ntelnetd --password p\xc3\xa4" "sswort --bogus\n"), "", 0, "",
	  { "telnetd: unknown option --bogus", "; word 3 is not all ASCII" }, "sswort", NULL },
	{ "missing label", TEXT("#!ipxe\necho one\ngoto nowhere\n:nowher\n:nowhere2\n"), "", 0, "",
	  { "boot.ipxe:3: goto nowhere: the script has no label :nowhere" }, NULL, NULL },
	{ "label without a name", TEXT("#!ipxe\n:\ngoto\n"), "", 0, "", { "boot.ipxe:3: goto: failed" }, NULL, NULL },
	{ "a megabyte in a line", TEXT("#!ipxe\necho one\necho "), "x", 1000000, "\n",
	  { "boot.ipxe:3: (the line itself): the line is longer than 16383 bytes" }, NULL, NULL },
	{ "a megabyte by continuations", TEXT("#!ipxe\necho "), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx \\\n", 30000, "\n",
	  { "boot.ipxe:2: (the line itself): the line is longer than 16383 bytes" }, NULL, NULL },
	{ "more than a megabyte", TEXT("#!ipxe\n"), "echo one\n", 120000, "",
	  { "boot.ipxe: longer than any script may be (1048576 bytes)" }, "\none", NULL },
	{ "a line without an end", TEXT("#!ipxe\necho last words \\"), "", 0, "", { "\nlast words" }, NULL, NULL },
	{ "a thousand words", TEXT("#!ipxe\necho"), " w", 1000, " end\nkernl x\n",
	  { "boot.ipxe:3: kernl x: failed" }, NULL, NULL },
	{ "thousands of words for one", TEXT("#!ipxe\nsleep 0"), " 0", 5000, "\n",
	  { "sleep: one argument too many: 0", "boot.ipxe:2: sleep 0 0 0" }, NULL, NULL },
	{ "a NUL", TEXT("#!ipxe\necho a\0b\nkernl x\n"), "", 0, "",
	  { "boot.ipxe:2: (the line itself): there is a NUL in it" }, "kernl", NULL },
	{ "CR LF", TEXT("#!ipxe\r\necho one\r\nkernl x\r\n"), "", 0, "",
	  { "\none\n", "boot.ipxe:3: kernl x: failed" }, NULL, NULL },
	{ "CR alone", TEXT("#!ipxe\recho one\r"), "", 0, "",
	  { "it is a script with CR alone behind its lines (save it with LF there): http://files.test/boot.ipxe" },
	  "\none", NULL },
	{ "a comment first", TEXT("# my script\n#!ipxe\necho one\n"), "", 0, "",
	  { "it looks like a script, but its first letters are not #!ipxe: http://files.test/boot.ipxe" },
	  "\none", NULL },
	{ "a byte order mark", TEXT("\xef\xbb\xbf#!ipxe\necho one\n"), "", 0, "",
	  { "it is a script behind a byte order mark (save it as UTF-8 without one): http://files.test/boot.ipxe" },
	  "\none", NULL },
	{ "UTF-16, little end first", TEXT("\xff\xfe#\0!\0i\0p\0x\0e\0\n\0"), "", 0, "",
	  { "it is a script in UTF-16 " }, NULL, NULL },
	{ "UTF-16, big end first", TEXT("\xfe\xff\0#\0!\0i\0p\0x\0e\0\n"), "", 0, "",
	  { "it is a script in UTF-16 " }, NULL, NULL },
	{ "a script that calls itself", TEXT("#!ipxe\necho one\nchain boot.ipxe\n"), "", 0, "",
	  { "boot.ipxe: too many scripts wait for each other", "boot.ipxe:3: chain boot.ipxe: failed" }, NULL, NULL },
	{ "a script that is replaced by itself", TEXT("#!ipxe\nchain --replace boot.ipxe\n"), "", 0, "",
	  { "script: fetching http://files.test/boot.ipxe", "by Ctrl-C" }, NULL, "\x03" },
	{ "a loop without an end", TEXT("#!ipxe\necho one\n:again\ngoto again\n"), "", 0, "",
	  { "\none", ": stopped by Ctrl-C" }, NULL, "\x03" },
	{ "settings that lead in circles",
	  TEXT("#!ipxe\nset b:hex 24:7b:62:3a:73:74:72:69:6e:67:7d\necho ${b:string}\n"),
	  "", 0, "", { "boot.ipxe:3: echo: its settings lead to more than 128 others" }, NULL, NULL },
	{ "thousands of entries", TEXT("#!ipxe\nmenu\n"), "item x\n", 9000, "choose y\n",
	  { "item: all menus together may have 8192 entries", "boot.ipxe:8195: item x: failed" }, NULL, NULL },
	{ "thousands of settings", TEXT("#!ipxe\n:a\nset n${x} 1\ninc x\ngoto a\n"), "", 0, "",
	  { "set n", "boot.ipxe:3: set n" }, NULL, NULL },
	{ "escape sequences",
	  TEXT("#!ipxe\necho a\033[2J\033]0;title\007b\033[999999999;1Hc\n\033[31mkernl x\n"), "", 0, "",
	  { "no such command", "boot.ipxe:3: " }, "\033", NULL },
	{ "hostile numbers", TEXT("#!ipxe\ncolour 99999999999 || colour -1 || cpair 16 || console -x 4294967295 || "
	  "echo one\nprompt --timeout 99999999999999999999 x\n"), "", 0, "",
	  { "\none", "boot.ipxe:3: prompt --timeout 99999999999999999999 x: failed" }, NULL, NULL },
};

static char text[1200000];
static size_t text_len;

static void put(const char *part, size_t len)
{
	CHECK(text_len + len <= sizeof(text));
	memcpy(text + text_len, part, len);
	text_len += len;
}

static void answers(void)
{
	pc_type("\x03");
	pc_type("echo still ${platform}\n");
	CHECK(pc_says("\nstill pcbios", 30 * SECOND));
}

static void play(const void *arg)
{
	const struct row *row = arg;
	text_len = 0;
	put(row->before, row->before_len);
	for (unsigned i = 0; i < row->times; i++)
		put(row->part, strlen(row->part));
	put(row->after, strlen(row->after));
	far_serve("/boot.ipxe", text, text_len);
	far_boot_file = "http://files.test/boot.ipxe";
	pc_start("retry-timeout=0");
	for (unsigned i = 0; i < SAID_MAX && row->said[i]; i++) {
		bool said = pc_says(row->said[i], 200 * SECOND);
		if (!said)
			fprintf(stderr, "%s: not said: %s\n", row->name, row->said[i]);
		CHECK(said);
		if (!i && row->keys)
			pc_type(row->keys);
	}
	CHECK(!row->never || !pc_said(row->never));
	answers();
}

/* ---- cut off anywhere ---- */

static const char whole[] =
	"#!ipxe\nset a:hex 01:02 ; isset ${a:hexhyp} && goto b ||\n:b\nmenu ${a} \\\n  x\nitem --key k k \"v\nform f\n"
	"item --secret s S\nchoose --menu x --timeout 1 y || present --form z || iseq ${${a}} \\${x} || "
	"echo ${a:uint8}\n";

static void cut(unsigned n)
{
	far_serve("/boot.ipxe", whole, n);
	far_boot_file = "http://files.test/boot.ipxe";
	pc_start("retry-timeout=0");
	machine_run(NULL, 10 * SECOND);
	answers();
}

static bool each_cut(const void *arg)
{
	unsigned failed;
	(void)arg;
	if (machine_each(cut, 1, sizeof(whole), 1, &failed))
		return true;
	printf("cut after %u bytes\n", failed);
	return false;
}

int main(int argc, char **argv)
{
	const struct test cuts = { "cut off anywhere", each_cut, NULL };
	const char *only = argc > 1 ? argv[1] : NULL;
	int bad = machine_rows(play, rows, sizeof(rows[0]), sizeof(rows) / sizeof(rows[0]), only);
	return only && strcmp(only, cuts.name) ? bad : run_tests(&cuts, 1, NULL) || (!only && bad);
}
