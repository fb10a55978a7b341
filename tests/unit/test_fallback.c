/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of what is booted instead, and its turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "services/shell/fallback.h"

static const char *entry(const char *list, unsigned n)
{
	static char text[40];
	const char *at;
	size_t len = fallback_entry(list, n, &at);
	snprintf(text, sizeof(text), "%.*s", (int)len, at);
	return text;
}

static void test_entries(void **state)
{
	static const char list[] = ", http://h/a?b=c\tdisk ,,exit";
	(void)state;
	assert_string_equal(entry(list, 0), "http://h/a?b=c");
	assert_string_equal(entry(list, 1), "disk");
	assert_string_equal(entry(list, 2), "exit");
	assert_string_equal(entry(list, 3), "");
	assert_string_equal(entry(list, UINT32_MAX), "");
	assert_string_equal(entry("", 0), "");
	assert_string_equal(entry(" , ", 0), "");
	assert_string_equal(entry("disk", 0), "disk");
	assert_string_equal(entry("disk", 1), "");
}

static void test_turn(void **state)
{
	(void)state;
	assert_false(fallback_due(2, -1, false));
	assert_true(fallback_due(3, -1, false));
	assert_true(fallback_due(1, -1, true));
	assert_false(fallback_due(4, 5, false));
	assert_true(fallback_due(5, 5, false));
	assert_true(fallback_due(1, 1, false));
	assert_true(fallback_due(1, 0, false));
	assert_false(fallback_due(0, 0, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_entries), cmocka_unit_test(test_turn) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
