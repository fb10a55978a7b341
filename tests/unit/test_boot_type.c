/* SPDX-License-Identifier: BSD-2-Clause */
/* The setting boot-type: types, addresses, and what is none. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "services/boot/boot_type.h"

static void what_it_says(void **state)
{
	static const struct {
		const char *text;
		struct boot_type t;
	} rows[] = {
		{ "raw", { .name = "raw" } },
		{ "nbp", { .name = "nbp" } },
		{ "raw,0x200000", { .name = "raw", .has_load = true, .load = 0x200000 } },
		{ "raw,1048576,0xffffffff", { "raw", true, true, 0x100000, 0xffffffff } },
		{ "multiboot2,0", { .name = "multiboot2", .has_load = true } },
	};
	struct boot_type t;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(boot_type_parse(&t, rows[i].text), 0);
		assert_string_equal(t.name, rows[i].t.name);
		assert_int_equal(t.has_load, rows[i].t.has_load);
		assert_int_equal(t.has_entry, rows[i].t.has_entry);
		assert_int_equal(t.load, rows[i].t.load);
		assert_int_equal(t.entry, rows[i].t.entry);
	}
}

static void what_is_none(void **state)
{
	static const char *const rows[] = {
		"", ",", "sour", "raw,", "raw,,", "raw,,1", "raw,x", "raw,-1", "raw, 1", "raw,1,", "raw,1,2,",
		"raw,1,2,3", "raw,0x100000000", "raw,0x1x", "raw,00000000000000001", "web page", "gzip",
		"multiboot2multiboot2",
	};
	struct boot_type t;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(boot_type_parse(&t, rows[i]), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_says),
		cmocka_unit_test(what_is_none),
	};
	return cmocka_run_group_tests_name("boot type", tests, NULL, NULL);
}
