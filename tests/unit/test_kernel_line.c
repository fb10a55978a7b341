/* SPDX-License-Identifier: BSD-2-Clause */
/* What Linux's loaders put onto a kernel's command line, and what of it are settings, what commands. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "services/firmware/kernel_line.h"

static void lines(void **state)
{
	(void)state;
	static const struct { const char *line, *words, *commands; } cases[] = {
		{ "", "", "" },
		{ "  ", "", "" },
		{ "a=1 b.c=2", "a=1 b.c=2", "" },
		{ "BOOT_IMAGE=/undine.lkrn a=1", "a=1", "" },
		{ "BOOT_IMAGE=undine.lkrn  a=1 initrd=script\tb=", "a=1 b=", "" },
		{ "dhcp && chain http://h/x?a=b", "", "dhcp && chain http://h/x?a=b" },
		{ " a=1  dhcp || echo  b=2 ", "a=1", "dhcp || echo  b=2 " },
		{ "auto BOOT_IMAGE=x initrd=y a=1 shell", "a=1", "shell" },
		{ "automatic", "", "automatic" },
		{ "xinitrd=y", "xinitrd=y", "" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *line = strdup(cases[i].line), *words = malloc(strlen(line) + 1);
		assert_string_equal(kernel_line_split(line, words), cases[i].commands);
		assert_string_equal(words, cases[i].words);
		free(words);
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lines) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
