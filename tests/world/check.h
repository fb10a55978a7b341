/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks and a runner for tests/world, which cmocka cannot be for: they run in
 * 32 bit too, as the machine does, and in forked processes on many stacks.  A
 * check that fails says where and aborts.  Prints what cmocka would.
 *
 *	static const struct test tests[] = { { "call", test_call, NULL } };
 *	return run_tests(tests, 1, argv[1]);	(the name of one, or NULL: all)
 */
#ifndef TESTS_WORLD_CHECK_H
#define TESTS_WORLD_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(cond) ((cond) ? (void)0 : check_failed(__FILE__, __LINE__, #cond))
#define CHECK_INT(a, b) check_int(__FILE__, __LINE__, #a, (long long)(a), (long long)(b))

static inline void check_failed(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s does not hold\n", file, line, what);
	abort();
}

static inline void check_int(const char *file, int line, const char *what, long long a, long long b)
{
	if (a == b)
		return;
	fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", file, line, what, a, b);
	abort();
}

struct test {
	const char *name;
	bool (*run)(const void *arg);	/* true if all went well; what did not has been said */
	const void *arg;
};

static inline int run_tests(const struct test *tests, size_t count, const char *only)
{
	unsigned passed = 0, failed = 0;
	for (size_t i = 0; i < count; i++) {
		if (only && strcmp(only, tests[i].name))
			continue;
		printf("[ RUN      ] %s\n", tests[i].name);
		bool good = tests[i].run(tests[i].arg);
		printf("[%s] %s\n", good ? "       OK " : "  FAILED  ", tests[i].name);
		*(good ? &passed : &failed) += 1;
	}
	printf("[  PASSED  ] %u test(s).\n", passed);
	return failed || !passed;
}

#endif
