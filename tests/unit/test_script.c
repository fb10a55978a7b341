/* SPDX-License-Identifier: BSD-2-Clause */
/* The interpreter: real scripts, run with a handful of commands that note what happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "services/command/options.h"
#include "services/script/script.h"
#include "tests/unit/fake_malloc.h"

static struct {
	struct script script;
	struct settings settings;
	char out[4096];			/* what echo said, a line each */
	char failures[2048];		/* name:line: command: err, a line each */
	const char *const *typed;	/* lines for a prompt */
	unsigned commands, stop_after;	/* Ctrl-C comes after so many commands; 0 = never */
	unsigned asked;			/* how often the script wanted to know whether it came */
	const char *callee;		/* what `call` runs */
	struct script_mark mark;	/* of a `maybe` */
	int owes;			/* its result, which comes later; 0: none is under way */
	bool keeps;			/* that also when its script is left */
	unsigned left;			/* scripts */
} world;

static void note(char *log, size_t cap, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void note(char *log, size_t cap, const char *fmt, ...)
{
	va_list ap;
	size_t len = strlen(log);
	va_start(ap, fmt);
	vsnprintf(log + len, cap - len, fmt, ap);
	va_end(ap);
}

/* What a `maybe` has come to. */
static int ending(void *ctx)
{
	int err = world.owes;
	(void)ctx;
	world.owes = 0;
	return err ? script_back(&world.script, &world.mark, err) : 0;
}

static void left(void *ctx)
{
	(void)ctx;
	world.left++;
	if (!world.keeps)
		world.owes = 0;
}

static int command(void *ctx, int argc, char **argv)
{
	char text[512];
	(void)ctx;
	assert_null(argv[argc]);
	world.commands++;
	if (!strcmp(argv[0], "echo")) {
		options_join(argc - 1, argv + 1, text, sizeof(text));
		note(world.out, sizeof(world.out), "%s\n", text);
		return 0;
	}
	if (!strcmp(argv[0], "words")) {
		for (int i = 1; i < argc; i++)
			note(world.out, sizeof(world.out), "[%s]", argv[i]);
		return 0;
	}
	if (!strcmp(argv[0], "maybe")) {
		assert_true(script_mark(&world.script, &world.mark));
		world.owes = -EIO;
		return 0;
	}
	if (!strcmp(argv[0], "know"))
		return ending(ctx);
	if (!strcmp(argv[0], "true"))
		return 0;
	if (!strcmp(argv[0], "false"))
		return -EIO;
	if (!strcmp(argv[0], "stop"))
		return -EINTR;
	if (!strcmp(argv[0], "set"))
		return settings_set(&world.settings, argv[1], argv[2]);
	if (!strcmp(argv[0], "iseq"))
		return strcmp(argv[1], argv[2]) ? -ERANGE : 0;
	if (!strcmp(argv[0], "goto"))
		return script_goto(&world.script, argv[1]);
	if (!strcmp(argv[0], "exit"))
		return script_exit(&world.script, argc > 1 ? atoi(argv[1]) : 0);
	if (!strcmp(argv[0], "call") || !strcmp(argv[0], "replace"))
		return script_push(&world.script, "callee", world.callee, strlen(world.callee), argv[0][0] == 'r');
	if (!strcmp(argv[0], "shell"))
		return script_push_prompt(&world.script);
	return -ENOEXEC;
}

static bool later(void *ctx, const char *name)
{
	(void)ctx;
	return !strcmp(name, "words");
}

static bool interrupted(void *ctx)
{
	(void)ctx;
	assert_true(++world.asked < 10000);	/* a script that does not end */
	return world.stop_after && world.commands >= world.stop_after;
}

static int read_line(void *ctx, char *line, size_t cap)
{
	(void)ctx;
	if (!world.typed || !*world.typed)
		return -EPIPE;
	snprintf(line, cap, "%s", *world.typed++);
	return 0;
}

static void failed(void *ctx, const struct script_failure *f)
{
	(void)ctx;
	note(world.failures, sizeof(world.failures), "%s%s:%u: %s: %d\n", f->called ? "called by " : "",
		f->name ? f->name : "prompt", f->line, f->command, f->err);
}

static const struct script_ops ops = {
	.ending = ending, .left = left,
	.command = command, .later = later, .interrupted = interrupted, .read_line = read_line, .failed = failed,
};

static void begin(void)
{
	script_free(&world.script);
	settings_free(&world.settings);
	memset(&world, 0, sizeof(world));
	settings_init(&world.settings, NULL, NULL);
	script_init(&world.script, &ops, NULL, &world.settings);
}

static int run(const char *text)
{
	assert_int_equal(script_push(&world.script, "main", text, strlen(text), false), 0);
	int r = script_run(&world.script);
	assert_null(world.script.top);
	assert_int_equal(world.script.depth, 0);
	return r;
}

/* A script, what it is to print, how it is to end, what it is to complain of. */
static void expect_run(const char *text, const char *out, int result, const char *failures)
{
	assert_int_equal(run(text), result);
	assert_string_equal(world.out, out);
	assert_string_equal(world.failures, failures);
	script_free(&world.script);
	settings_free(&world.settings);
}

static void expect(const char *text, const char *out, int result, const char *failures)
{
	begin();
	expect_run(text, out, result, failures);
}

static void test_lines(void **state)
{
	(void)state;
	expect("#!ipxe\n\n  # a comment\necho  one   two # not this\n\t\necho x#y\n", "one two\nx#y\n", 0, "");
	expect("echo a \\\n  b\\\nc\necho d", "a bc\nd\n", 0, "");
	expect("echo a\r\necho b \\\r\n c\r\n", "a\nb c\n", 0, "");
	expect("echo last\\", "last\n", 0, "");
	expect("", "", 0, "");
	expect("words \"a b\" 'c'\\d", "[\"a][b\"]['c'\\d]", 0, "");	/* quotes are ordinary, as in iPXE */
}

static void test_words_keep_blanks_of_values(void **state)
{
	(void)state;
	begin();
	settings_set(&world.settings, "v", "a  b || # c");
	expect_run("words ${v} x${v}y ${none} z", "[a  b || # c][xa  b || # cy][][z]", 0, "");
	begin();
	settings_set(&world.settings, "c", "echo");
	expect_run("${c} hi\n${none} echo no || echo fails", "hi\nfails\n", 0, "");
}

static void test_words_left_for_later(void **state)
{
	(void)state;
	expect("set a x\nwords ${a} -- ${a} ${b${a}} -- ${a} # no\n", "[x][--][${a}][${b${a}}][--][${a}]", 0, "");
	expect("set a x\necho ${a} -- ${a} && words ${a}", "x -- x\n[x]", 0, "");
	expect("set a --\nwords ${a} ${a}", "[--][${a}]", 0, "");
	expect("set a words\n-- ${a}", "", -ENOEXEC, "main:2: -- words: -8\n");
}

static void test_joints(void **state)
{
	(void)state;
	expect("true && echo a || echo b", "a\n", 0, "");
	expect("false && echo a || echo b", "b\n", 0, "");
	expect("false || echo a && echo b", "a\nb\n", 0, "");
	expect("true || echo a && echo b", "b\n", 0, "");
	expect("false ; echo a", "a\n", 0, "");
	expect("false ||\necho on", "on\n", 0, "");			/* the idiom for "I don't mind" */
	expect("false && echo a\necho not reached", "", -EIO, "main:1: false: -5\n");
	expect("true && false\necho not reached", "", -EIO, "main:1: false: -5\n");
	expect("false || false x\n", "", -EIO, "main:1: false x: -5\n");
	expect("echo a&&b", "a&&b\n", 0, "");				/* joints are words of their own */
	expect("nosuch || echo caught", "caught\n", 0, "");
}

static void test_failure_names_the_line(void **state)
{
	(void)state;
	begin();
	settings_set(&world.settings, "x", "7");
	expect_run("#!ipxe\n\necho a \\\n  b\nfalse ${x}\necho no\n", "a b\n", -EIO, "main:5: false 7: -5\n");
	expect("#!ipxe\n:here false \\\n 1\n", "", -EIO, "main:2: false 1: -5\n");
}

static void test_goto(void **state)
{
	(void)state;
	expect("goto end\necho no\n:end\necho yes\n", "yes\n", 0, "");
	expect("goto end && echo no\n : end\n:end echo yes\n", "yes\n", 0, "");
	expect("set i a\n:top\niseq ${i} aaa && goto out ||\nset i ${i}a\ngoto top\n:out\necho ${i}", "aaa\n", 0, "");
	expect("goto nowhere\n", "", -ENOENT, "main:1: goto nowhere: -2\n");
	expect("goto nowhere || echo stay\necho here", "stay\nhere\n", 0, "");
	expect("goto en\n:end\n:en\necho en\n", "en\n", 0, "");		/* whole names only */
	expect("set x two\ngoto ${x}\n:one\necho 1\n:two\necho 2\nfalse", "2\n", -EIO, "main:7: false: -5\n");
}

static void test_exit(void **state)
{
	(void)state;
	expect("echo a\nexit\necho b", "a\n", 0, "");
	assert_true(world.script.exited);
	expect("echo a", "a\n", 0, "");
	assert_false(world.script.exited);
	expect("exit 3 || echo no", "", 3, "");
}

static void test_call(void **state)
{
	(void)state;
	begin();
	world.callee = "echo in\n";
	expect_run("call && echo back\necho on", "in\nback\non\n", 0, "");
	begin();
	world.callee = "echo in\nfalse\n";
	expect_run("call || echo caught\necho on", "in\ncaught\non\n", 0, "callee:2: false: -5\n");
	begin();
	world.callee = "exit 1\n";
	expect_run("echo a\ncall\necho no", "a\n", 1, "main:2: call: 1\n");
	assert_false(world.script.exited);	/* that was the callee */
	begin();
	world.callee = "exit\n";
	expect_run("replace", "", 0, "");
	assert_true(world.script.exited);
	begin();
	world.callee = "echo in\nfalse";
	expect_run("call\necho no", "in\n", -EIO, "callee:2: false: -5\ncalled by main:1: call: -5\n");
	begin();
	world.callee = "echo in\n";
	expect_run("replace\necho no", "in\n", 0, "");		/* nothing to come back to */
}

static void test_depth(void **state)
{
	(void)state;
	begin();
	world.callee = "call\n";
	assert_int_equal(run("call"), -ELOOP);
	assert_non_null(strstr(world.failures, "called by main:1: call: -40\n"));
	begin();
	world.callee = "replace\n";		/* for ever, in one frame: only Ctrl-C ends it */
	world.stop_after = 5000;
	assert_int_equal(run("call"), -EINTR);
}

static void test_interrupt(void **state)
{
	(void)state;
	begin();
	world.stop_after = 100;
	assert_int_equal(run(":a\ngoto a || echo no\n"), -EINTR);
	assert_int_equal(world.commands, 100);
	begin();
	world.callee = "stop || echo no\n";	/* Ctrl-C is not caught by || in any script */
	expect_run("call || echo no\necho no\n", "", -EINTR, "callee:1: stop: -4\n");
}

static void test_prompt(void **state)
{
	static const char *const lines[] = { "echo a && false", "goto x", "call", "stop", "echo b # c", "exit 5",
		"echo no", NULL };
	(void)state;
	begin();
	world.typed = lines;
	world.callee = "echo in\nstop\necho no";
	assert_int_equal(script_push_prompt(&world.script), 0);
	assert_int_equal(script_run(&world.script), 5);
	assert_string_equal(world.out, "a\nin\nb\n");
	assert_string_equal(world.failures,
		"prompt:0: false: -5\nprompt:0: goto x: -25\ncallee:2: stop: -4\nprompt:0: stop: -4\n");

	begin();
	static const char *const inside[] = { "echo typed", NULL };
	world.typed = inside;
	expect_run("shell || echo caught\necho after", "typed\ncaught\nafter\n", 0, "");
}

static void test_limits(void **state)
{
	static char text[SCRIPT_LINE_MAX + 64];
	(void)state;
	memset(text, 'x', SCRIPT_LINE_MAX);
	begin();
	assert_int_equal(run(text), -E2BIG);
	assert_string_equal(world.failures, "main:1: (the line itself): -7\n");
	strcpy(text, "words");
	for (int i = 0; i < (SCRIPT_LINE_MAX - 6) / 2; i++)	/* as many as there is room for */
		strcpy(text + 5 + 2 * i, " a");
	begin();
	assert_int_equal(run(text), 0);
	begin();
	assert_int_equal(script_push(&world.script, "x", text, SCRIPT_TEXT_MAX + 1, false), -E2BIG);
}

/* Parses a line of words; argv and its count go to words, count. */
static char *words[40];
static int count;

static int parse(struct options *o, const char *line)
{
	static char text[256];
	strcpy(text, line);
	count = 0;
	for (char *w = strtok(text, " "); w; w = strtok(NULL, " "))
		words[count++] = w;
	return options_parse(o, "n/name= r/replace /nounzip t/timeout= o/option=*", count, words);
}

static void test_options(void **state)
{
	struct options o;
	(void)state;
	assert_int_equal(parse(&o, "kernel --name x -r --timeout=50 url --not -options"), 0);
	assert_string_equal(o.value[0], "x");
	assert_non_null(o.value[1]);
	assert_null(o.value[2]);
	assert_string_equal(o.value[3], "50");
	assert_string_equal(words[o.next], "url");
	assert_int_equal(parse(&o, "kernel -rnx --nounzip -- -url"), 0);
	assert_string_equal(o.value[0], "x");
	assert_non_null(o.value[1]);
	assert_non_null(o.value[2]);
	assert_string_equal(words[o.next], "-url");
	assert_int_equal(parse(&o, "c - x"), 0);
	assert_int_equal(o.next, 1);
}

static void test_options_stand_before(void **state)
{
	struct options o;
	char text[64];
	(void)state;
	assert_int_equal(parse(&o, "ping -r --name x a -r b --name y -- -d -e"), 0);
	assert_string_equal(o.value[0], "x");
	assert_non_null(o.value[1]);
	options_join(count - o.next, words + o.next, text, sizeof(text));
	assert_string_equal(text, "a -r b --name y -- -d -e");
	assert_int_equal(parse(&o, "c -r -1 -n"), 0);	/* a negative number */
	assert_string_equal(words[o.next], "-1");
	assert_int_equal(parse(&o, "ping a -n b"), 0);
	assert_int_equal(o.next, 1);
	assert_null(o.value[0]);
	char iseq[] = "iseq", nothing[] = "", n[] = "-n", *empty[] = { iseq, nothing, n };
	assert_int_equal(options_parse(&o, "n/name=", 3, empty), 0);	/* an empty expansion is an argument */
	assert_int_equal(o.next, 1);
}

static void test_options_cut_short(void **state)
{
	struct options o;
	(void)state;
	assert_int_equal(parse(&o, "c --na x --rep --t=5 --noun"), 0);
	assert_string_equal(o.value[0], "x");
	assert_non_null(o.value[1]);
	assert_non_null(o.value[2]);
	assert_string_equal(o.value[3], "5");
	assert_int_equal(parse(&o, "c --n x"), -EINVAL);
	assert_string_equal(o.bad, "--n");
	assert_string_equal(o.wrong, "several options begin like ");
	char c[] = "c", drive[] = "--drive", n[] = "80", *whole[] = { c, drive, n };
	/* what is whole is meant, even where another begins so */
	assert_int_equal(options_parse(&o, "/drives= /drive= /driver=", 3, whole), 0);
	assert_string_equal(o.value[1], "80");
}

static void test_options_that_repeat(void **state)
{
	struct options o;
	char line[200] = "c";
	(void)state;
	assert_int_equal(parse(&o, "chain --option 1=a -o 2=b --option=3=c -r url -o 4"), 0);
	assert_int_equal(o.listed, 3);
	assert_string_equal(o.list[0], "1=a");
	assert_string_equal(o.list[1], "2=b");
	assert_string_equal(o.list[2], "3=c");
	assert_string_equal(o.value[4], "3=c");
	assert_string_equal(words[o.next], "url");
	for (int i = 0; i < OPTIONS_LIST_MAX; i++)
		strcat(line, " -o x");
	assert_int_equal(parse(&o, line), 0);
	assert_int_equal(o.listed, OPTIONS_LIST_MAX);
	assert_int_equal(parse(&o, strcat(line, " -oy")), -EINVAL);
	assert_ptr_equal(o.bad, words[1 + 2 * OPTIONS_LIST_MAX]);
}

static void test_options_bad(void **state)
{
	static const struct { const char *line, *wrong; } bad[] = {
		{ "c -q", "unknown option " }, { "c --names x", "unknown option " },
		{ "c --replace=1", "there is no value for option " }, { "c --name", "no value behind option " },
		{ "c -n", "no value behind option " }, { "c --=x", "unknown option " }, { "c -rq", "unknown option " },
		{ "c ---name x", "unknown option " },
	};
	struct options o;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(&o, bad[i].line), -EINVAL);
		assert_ptr_equal(o.bad, words[1]);
		assert_string_equal(o.wrong, bad[i].wrong);
	}
}

static void test_join(void **state)
{
	char abc[] = "abc", def[] = "def", defg[] = "defg", text[8];
	(void)state;
	assert_int_equal(options_join(2, (char *[]){ abc, def }, text, 8), 7);
	assert_string_equal(text, "abc def");
	assert_int_equal(options_join(2, (char *[]){ abc, defg }, text, 8), -E2BIG);
	assert_string_equal(text, "abc def");
	assert_int_equal(options_join(0, NULL, text, 8), 0);
	char odd[] = "\x1b\x7f\xc3z";
	assert_int_equal(options_show(2, (char *[]){ abc, odd }, text, 8), -E2BIG);
	assert_string_equal(text, "abc ???");
}

/* Memory ends at each allocation in turn: an error is the end, never a loop, and what is not out of memory goes on. */
static void test_no_memory(void **state)
{
	(void)state;
	static const char text[] =
		"#!ipxe\nset x 1\necho ${x} && echo b || echo c\ncall || goto end\nset x 2\n:end\necho ${x}\nexit 0\n";
	static const char *const typed[] = { "echo typed", "shell", "echo ${x}", NULL };
	int r = -ENOMEM;
	for (long n = 0; r < 0 && n < 100; n++) {
		begin();
		world.callee = "#!ipxe\necho in\nset y 1\necho ${y}\n";
		fake_malloc_left = n;
		r = script_push(&world.script, "main", text, strlen(text), false);
		if (r == 0)
			r = script_run(&world.script);
		fake_malloc_left = -1;
		assert_true(r == 0 || r == -ENOMEM);
		assert_null(world.script.top);
	}
	assert_int_equal(r, 0);
	assert_string_equal(world.out, "1\nb\nin\n1\n2\n");
	/* the prompt takes its next line, as soon as there is memory for one */
	for (long n = 0; n < 10; n++) {
		begin();
		world.typed = typed;
		fake_malloc_left = n;
		if (script_push_prompt(&world.script) == 0)
			r = script_run(&world.script);
		fake_malloc_left = -1;
		assert_true(r == -ENOMEM || r == -EPIPE || r == 0);
	}
	begin();
}

/* Whenever a command's failure is found out, it has failed where it stands. */
static void test_back(void **state)
{
	(void)state;
	begin();
	expect_run("maybe a b \\\n c || echo caught\necho past\nknow\necho well\n",
		   "past\ncaught\npast\nwell\n", 0, "");
	begin();
	expect_run(":x maybe && echo then ; echo on\nknow && echo over\n", "then\non\non\nover\n", 0, "");
	begin();
	expect_run("echo a\nmaybe ${x} b\necho c\nknow\n", "a\nc\n", -EIO, "main:2: maybe  b: -5\n");
	begin();
	expect_run("maybe x || echo at its end\n#\n", "at its end\n", 0, "");
	begin();
	world.callee = "maybe x\necho y\n";
	expect_run("call || echo its caller hears\n", "y\nits caller hears\n", 0, "callee:1: maybe x: -5\n");
	assert_false(script_mark(&world.script, &world.mark));
}

/* What a script has begun is its own: a line that cannot be run comes after it, and no other script goes back to it. */
static void test_back_to_none_but_its_own(void **state)
{
	static char half[SCRIPT_LINE_MAX / 2 + 1];
	(void)state;
	begin();
	memset(half, 'x', sizeof(half) - 1);
	assert_int_equal(settings_set(&world.settings, "a", half), 0);
	world.callee = "maybe x\necho ${a}${a}\necho y\n";
	expect_run("echo 1\ncall || echo caught\nknow\necho well\n", "1\ncaught\nwell\n", 0,
		   "callee:1: maybe x: -5\n");
	assert_int_equal(world.left, 2);
	begin();
	world.callee = "maybe x\necho y\n";
	world.stop_after = 2;
	expect_run("call\n", "", -EINTR, "callee:2: : -4\n");
	assert_int_equal(world.left, 2);
	assert_int_equal(world.owes, 0);
	begin();
	world.keeps = true;
	world.callee = "echo a\nknow || echo told\necho b\n";
	expect_run("maybe x\nreplace\n", "a\ntold\nb\n", 0, "");
	begin();
	world.keeps = true;
	world.callee = "echo a\n";
	expect_run("maybe x\nreplace\n", "a\n", -EIO, "callee:1: (the line itself): -5\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines), cmocka_unit_test(test_words_keep_blanks_of_values),
		cmocka_unit_test(test_words_left_for_later),
		cmocka_unit_test(test_joints),
		cmocka_unit_test(test_failure_names_the_line), cmocka_unit_test(test_goto), cmocka_unit_test(test_exit),
		cmocka_unit_test(test_call), cmocka_unit_test(test_back),
		cmocka_unit_test(test_back_to_none_but_its_own),
		cmocka_unit_test(test_depth), cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_prompt),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_options),
		cmocka_unit_test(test_options_stand_before),
		cmocka_unit_test(test_options_cut_short),
		cmocka_unit_test(test_options_that_repeat), cmocka_unit_test(test_options_bad),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
