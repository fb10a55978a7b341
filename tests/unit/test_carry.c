/* SPDX-License-Identifier: BSD-2-Clause */
/* What one life of the loader tells the next: records come back as they were put; what is not whole is none. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "kernel/carry.h"

static uint8_t block[256];
static struct carry c;

static void fill(void)
{
	memset(block, 0xee, sizeof block);
	carry_begin(&c, block, sizeof block);
	assert_true(carry_put(&c, CARRY_REASON, "hang", 4));
	assert_true(carry_put(&c, CARRY_ARGS, "first", 5));
	assert_true(carry_put(&c, CARRY_ARGS, "second", 6));
	carry_seal(&c);
}

static void expect(enum carry_tag tag, unsigned nth, const char *text)
{
	const void *data;
	size_t len;
	assert_true(carry_get(block, tag, nth, &data, &len));
	assert_int_equal(len, strlen(text));
	assert_memory_equal(data, text, len);
}

static void records(void **state)
{
	const void *data;
	size_t len;
	(void)state;
	fill();
	assert_true(carry_is_whole(block, sizeof block));
	expect(CARRY_REASON, 0, "hang");
	expect(CARRY_ARGS, 0, "first");
	expect(CARRY_ARGS, 1, "second");
	assert_false(carry_get(block, CARRY_ARGS, 2, &data, &len));
	assert_false(carry_get(block, CARRY_LOG, 0, &data, &len));
}

static void room(void **state)
{
	static const uint8_t much[sizeof block];
	(void)state;
	fill();
	size_t left = carry_room(&c);
	assert_false(carry_put(&c, CARRY_LOG, much, left + 1));
	assert_int_equal(carry_room(&c), left);
	assert_true(carry_put(&c, CARRY_LOG, much, left));
	assert_int_equal(carry_room(&c), 0);
	assert_false(carry_put(&c, CARRY_LOG, much, 1));
	assert_false(carry_put(&c, CARRY_LOG, much, 0));
	carry_seal(&c);
	assert_true(carry_is_whole(block, sizeof block));
	expect(CARRY_REASON, 0, "hang");
}

/* A record longer than its two bytes of length can say is left out. */
static void long_record(void **state)
{
	static uint8_t large[0x20000];
	(void)state;
	carry_begin(&c, large, sizeof large);
	assert_int_equal(carry_room(&c), 0xffff);
	assert_false(carry_put(&c, CARRY_LOG, large, 0x10000));
}

static void damaged(void **state)
{
	(void)state;
	fill();
	for (size_t i = 0; i < c.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			block[i] ^= (uint8_t)(1 << bit);
			assert_false(carry_is_whole(block, sizeof block));
			block[i] ^= (uint8_t)(1 << bit);
		}
	assert_true(carry_is_whole(block, c.len));
	for (size_t cap = 0; cap < c.len; cap++)
		assert_false(carry_is_whole(block, cap));
	carry_begin(&c, block, sizeof block);
	assert_false(carry_is_whole(block, sizeof block));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records), cmocka_unit_test(room), cmocka_unit_test(long_record),
		cmocka_unit_test(damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
