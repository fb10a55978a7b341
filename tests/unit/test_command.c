/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands: tables, calls made from words, completion, numbers. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/command/command.h"
#include "services/command/number.h"
#include "services/command/options.h"

static const char *fruit(unsigned arg, unsigned i)
{
	static const char *const names[] = { "apple", "pear", NULL };
	return arg ? NULL : names[i];
}

static int run(struct call *c)
{
	return c->argc;
}

static const struct command first[] = {
	{ .name = "eat", .options = "n/name= f/fast /with=*", .min = 1, .max = 2, .run = run, .usage = "FRUIT [how]",
		.help = "eat it",
	  .words = fruit },
	{ .name = "devour", .max = 1, .run = run },
	{ 0 },
}, second[] = {
	{ .name = "say", .options = "n/n", .min = 1, .max = ANY_ARGS, .run = run, .usage = "TEXT", .help = "say it",
		.words = command_names },
	{ 0 },
};
static const struct command *const tables[] = { first, second, NULL };

static struct call c;
static char why[200];

static int parse(int argc, ...)
{
	static char *argv[16];
	va_list ap;
	va_start(ap, argc);
	for (int i = 0; i < argc; i++)
		argv[i] = va_arg(ap, char *);
	argv[argc] = NULL;
	va_end(ap);
	why[0] = '\0';
	return command_parse(&c, argc, argv, why, sizeof(why));
}

static int setup(void **state)
{
	(void)state;
	command_set_tables(tables);
	return 0;
}

static void test_tables(void **state)
{
	(void)state;
	assert_ptr_equal(command_find("eat"), &first[0]);
	assert_ptr_equal(command_find("say"), &second[0]);
	assert_null(command_find("ea"));
	assert_null(command_find(""));
	assert_ptr_equal(command_get(2), &second[0]);
	assert_null(command_get(3));
	assert_ptr_equal(command_first_name(&first[1]), &first[0]);
	assert_ptr_equal(command_first_name(&second[0]), &second[0]);
	command_set_tables(NULL);
	assert_null(command_find("eat"));
	command_set_tables(tables);
}

static void test_calls(void **state)
{
	(void)state;
	assert_int_equal(parse(6, "eat", "-f", "--with=salt", "--with", "oil", "apple"), 0);
	assert_ptr_equal(c.cmd, &first[0]);
	assert_null(c.opt[0]);
	assert_non_null(c.opt[1]);
	assert_int_equal(c.listed, 2);
	assert_string_equal(c.list[0], "salt");
	assert_string_equal(c.list[1], "oil");
	assert_int_equal(c.argc, 1);
	assert_string_equal(c.argv[0], "apple");
	/* the arguments of another program are not looked at */
	assert_int_equal(parse(4, "say", "-n", "kernel", "-f"), 0);
	assert_int_equal(c.argc, 2);
	assert_string_equal(c.argv[1], "-f");
	assert_int_equal(parse(1, "devour"), 0);
	assert_int_equal(c.argc, 0);
}

static void test_misuse(void **state)
{
	(void)state;
	assert_int_equal(parse(1, "drink\033[2J"), -ENOEXEC);
	assert_string_equal(why, "drink?[2J: no such command; help lists them");
	assert_int_equal(parse(1, "eat"), -EINVAL);
	assert_string_equal(why, "eat: argument missing; usage: eat FRUIT [how]");
	assert_int_equal(parse(4, "eat", "a", "b", "c"), -EINVAL);
	assert_string_equal(why, "eat: one argument too many: c; usage: eat FRUIT [how]");
	assert_int_equal(parse(3, "eat", "--slow", "a"), -EINVAL);
	assert_string_equal(why, "eat: unknown option --slow; usage: eat FRUIT [how]");
	assert_int_equal(parse(2, "eat", "--name"), -EINVAL);
	assert_int_equal(parse(4, "eat", "a", "b", "--fast"), -EINVAL);	/* behind an argument it is one too many */
	assert_string_equal(why, "eat: one argument too many: --fast; usage: eat FRUIT [how]");
	assert_int_equal(parse(2, "devour", "-f"), -EINVAL);	/* a row without options */
	assert_string_equal(why, "devour: unknown option -f; usage: devour ");
}

static void test_options_for_people(void **state)
{
	static const char *const lines[] = { "-n, --name VALUE", "-f, --fast", "    --with VALUE (several times)",
		"    --dry" };
	char line[40] = "", shortened[8];
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_true(options_describe("n/name= f/fast /with=*  /dry", i, line, sizeof(line)));
		assert_string_equal(line, lines[i]);
	}
	assert_false(options_describe("n/name= f/fast /with=*  /dry", 4, line, sizeof(line)));
	assert_string_equal(line, lines[3]);
	assert_false(options_describe("", 0, line, sizeof(line)));
	assert_true(options_describe("n/name=", 0, shortened, sizeof(shortened)));
	assert_string_equal(shortened, "-n, --n");
}

/* All words that may stand at the end of `line`, joined. */
static const char *offered(const char *line)
{
	static char all[200];
	const char *word;
	size_t at = strlen(line);
	while (at && line[at - 1] != ' ')
		at--;
	all[0] = '\0';
	for (unsigned i = 0; (word = command_complete(line, at, i)); i++) {
		strcat(all, word);
		strcat(all, " ");
	}
	return all;
}

static void test_completion(void **state)
{
	(void)state;
	assert_string_equal(offered(""), "eat devour say ");
	assert_string_equal(offered("  e"), "eat devour say ");		/* what fits is the editor's to choose */
	assert_string_equal(offered("eat "), "apple pear ");
	assert_string_equal(offered("eat a"), "apple pear ");
	assert_string_equal(offered("eat apple "), "");
	assert_string_equal(offered("eat -f "), "apple pear ");
	assert_string_equal(offered("eat -"), "--name --fast --with ");
	assert_string_equal(offered("devour -"), "");
	assert_string_equal(offered("devour "), "");
	assert_string_equal(offered("drink "), "");
	assert_string_equal(offered("say "), "eat devour say ");
	assert_string_equal(offered("eat apple && "), "eat devour say ");
	assert_string_equal(offered("eat apple || eat "), "apple pear ");
	assert_string_equal(offered("drink ; eat apple"), "apple pear ");
	assert_string_equal(offered("a-word-longer-than-any-command-may-be eat "), "");
}

static void test_numbers(void **state)
{
	int32_t n;
	uint32_t m;
	bool negative;
	(void)state;
	assert_int_equal(number_parse("-2147483648", &n), 0);
	assert_int_equal(n, INT32_MIN);
	assert_int_equal(number_parse("0x7fFf", &n), 0);
	assert_int_equal(n, 0x7fff);
	assert_int_equal(number_parse("+5", &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(number_parse("-2147483649", &n), -ERANGE);
	assert_int_equal(number_parse("4294967296", &n), -ERANGE);
	assert_int_equal(number_parse_magnitude("0xffffffff", &m, &negative), 0);
	assert_int_equal(m, UINT32_MAX);
	assert_false(negative);
	assert_int_equal(number_parse_magnitude("99999999999999999999", &m, &negative), -ERANGE);
	assert_int_equal(m, 1661992959u);
	static const char *const bad[] = { "", "-", "0x", "1a", "1 ", " 1", "+", "+-1", "0xg" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(number_parse(bad[i], &n), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables), cmocka_unit_test(test_calls), cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_options_for_people), cmocka_unit_test(test_completion),
		cmocka_unit_test(test_numbers),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
