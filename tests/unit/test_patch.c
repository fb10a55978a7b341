/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings in the loader's own file: the block's form, and what becomes of one that is damaged. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <setjmp.h>
#include <cmocka.h>

#include <zlib.h>

#include "kernel/patch.h"

#define HEADER 16

static uint8_t block[OPTIONS_LEN];

static void put32(size_t at, uint32_t v)
{
	memcpy(block + at, &v, 4);
}

static void seal(uint32_t used)
{
	put32(0, OPTIONS_MAGIC);
	put32(8, OPTIONS_LEN);
	put32(12, used);
	put32(4, (uint32_t)crc32(0, block + 8, 8 + used));
}

#define SEAL(entries) \
	do { \
		memset(block, 0xee, sizeof(block)); \
		memcpy(block + HEADER, entries, sizeof(entries)); \
		seal(sizeof(entries)); \
	} while (0)

static void entries(void **state)
{
	(void)state;
	struct patch_entry e;
	size_t at = 0;
	bool final = false;
	SEAL("retry-timeout=120\0!net0/ip:ipv4=10.0.0.7\0script=http://h/a?b=c\0console=");
	assert_int_equal(patch_check(block), 18 + 23 + 22 + 9);
	assert_true(patch_next(block, &at, &e));
	assert_string_equal(e.name, "retry-timeout");
	assert_string_equal(e.value, "120");
	assert_false(e.final);
	assert_true(patch_next(block, &at, &e));
	assert_string_equal(e.name, "net0/ip:ipv4");
	assert_string_equal(e.value, "10.0.0.7");
	assert_true(e.final);
	assert_true(patch_next(block, &at, &e));
	assert_string_equal(e.value, "http://h/a?b=c");
	assert_true(patch_next(block, &at, &e));
	assert_string_equal(e.value, "");
	assert_false(patch_next(block, &at, &e));
	assert_string_equal(patch_get(block, "net0/ip", &final), "10.0.0.7");
	assert_true(final);
	assert_string_equal(patch_get(block, "retry-timeout", &final), "120");
	assert_false(final);
	assert_null(patch_get(block, "retry", NULL));
	assert_null(patch_get(block, "retry-timeout-2", NULL));
}

static void none(void **state)
{
	(void)state;
	memset(block, 0xee, sizeof(block));
	seal(0);
	assert_int_equal(patch_check(block), 0);
	assert_null(patch_get(block, "console", NULL));
}

static void full(void **state)
{
	(void)state;
	memset(block + HEADER, 'x', PATCH_ROOM);
	memcpy(block + HEADER, "a=", 2);
	block[OPTIONS_LEN - 1] = 0;
	seal(PATCH_ROOM);
	assert_int_equal(patch_check(block), PATCH_ROOM);
	assert_int_equal(strlen(patch_get(block, "a", NULL)), PATCH_ROOM - 3);
}

/* Each bit that counts, turned over, is noticed. */
static void damage(void **state)
{
	(void)state;
	SEAL("script=http://h/a\0!trust-policy=open");
	int used = patch_check(block);
	assert_true(used > 0);
	for (size_t bit = 0; bit < 8 * (HEADER + (size_t)used); bit++) {
		block[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_true(patch_check(block) < 0);
		assert_null(patch_get(block, "script", NULL));
		block[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	block[HEADER + used]++;		/* behind the entries nothing counts */
	assert_int_equal(patch_check(block), used);
}

static void refusals(void **state)
{
	(void)state;
	memset(block, 0, sizeof(block));
	assert_int_equal(patch_check(block), -ENOENT);
	SEAL("a=b");
	put32(8, OPTIONS_LEN / 2);
	assert_int_equal(patch_check(block), -E2BIG);
	put32(12, PATCH_ROOM + 1);
	assert_int_equal(patch_check(block), -E2BIG);
	SEAL("a=b");
	put32(4, 0);
	assert_int_equal(patch_check(block), -EBADMSG);
	SEAL("a=b");
	seal(3);			/* without its end */
	assert_int_equal(patch_check(block), -EINVAL);
	SEAL("a=b\0no value");
	assert_int_equal(patch_check(block), -EINVAL);
	SEAL("a=b\0=no name");
	assert_int_equal(patch_check(block), -EINVAL);
	SEAL("!=no name");
	assert_int_equal(patch_check(block), -EINVAL);
	SEAL("a=b\0");			/* an entry of no length */
	assert_int_equal(patch_check(block), -EINVAL);
	SEAL("a23456789-123456789-123456789-123456789-123456789-123456789-123=63 characters");
	assert_true(patch_check(block) > 0);
	SEAL("a23456789-123456789-123456789-123456789-123456789-123456789-1234=64 characters");
	assert_int_equal(patch_check(block), -EINVAL);
	assert_string_equal(patch_why(-EBADMSG), "its checksum does not match");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries), cmocka_unit_test(none), cmocka_unit_test(full), cmocka_unit_test(damage),
		cmocka_unit_test(refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
