/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that stand in their own URL. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/fetch/data_url.h"

static void test_decode(void **state)
{
	static const struct { const char *url, *content; int len; } rows[] = {
		{ "data:,Hello%2C%20World%21", "Hello, World!", 13 }, { "DATA:text/plain,a b+c", "a b+c", 5 },
		{ "data:text/plain;charset=utf-8,%c3%A4%00x", "\xc3\xa4\0x", 4 }, { "data:,", "", 0 },
		{ "data:,100%", "100%", 4 }, { "data:,%zz%4", "%zz%4", 5 }, { "data:,a#b", "a", 1 },
		{ "data:text/plain;base64,SGVsbG8sIFdvcmxkIQ==", "Hello, World!", 13 },
		{ "data:;base64,SGVsbG8", "Hello", 5 }, { "data:;BASE64,SGVs%62G8%3D", "Hello", 5 },
		{ "data:;base64,SG Vs\nbG8=", "Hello", 5 }, { "data:;base64,-_+/", "\xfb\xff\xbf", 3 },
		{ "data:;base64,", "", 0 }, { "data:;base64x,SGVs", "SGVs", 4 }, { "data:;base64,SGVs#x", "Hel", 3 },
		{ "data:;base64,A", NULL, -EINVAL }, { "data:;base64,AA=", NULL, -EINVAL },
		{ "data:;base64,AA=A", NULL, -EINVAL }, { "data:;base64,AA===", NULL, -EINVAL },
		{ "data:;base64,A?AA", NULL, -EINVAL }, { "data:text/plain", NULL, -EINVAL },
		{ "data:", NULL, -EINVAL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *out = malloc(strlen(rows[i].url));
		assert_true(data_url_is(rows[i].url));
		assert_int_equal(data_url_decode(rows[i].url, out), rows[i].len);
		if (rows[i].len > 0)
			assert_memory_equal(out, rows[i].content, rows[i].len);
		free(out);
	}
	assert_false(data_url_is("data"));
	assert_false(data_url_is("http://data:,"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_decode) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
