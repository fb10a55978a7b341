/* SPDX-License-Identifier: BSD-2-Clause */
/* Several places of one file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/fetch/mirrors.h"

static unsigned left_out;

static void expect(const char *urls, const char *bases, const char *lines)
{
	char *list = mirrors_list(urls, bases, &left_out);
	assert_non_null(list);
	assert_string_equal(list, lines);
	free(list);
}

static void bars(void **state)
{
	(void)state;
	assert_int_equal(mirrors_first("http://a/x|http://b/y"), 10);
	assert_int_equal(mirrors_first("http://a/x|y?z|"), 15);
	expect("http://a/x", "", "http://a/x");
	expect("http://a/x|tftp://b/y|http://a/x|HTTP://c/|z", "", "http://a/x\ntftp://b/y\nHTTP://c/|z");
	expect("", "", "");
}

static void bases(void **state)
{
	(void)state;
	expect("http://a/d/x", " http://b/,http://a/d/\thttp://c/pub/ ", "http://a/d/x\nhttp://b/x\nhttp://c/pub/x");
	expect("http://a/d/x", "http://a/ http://a/d/ http://b/", "http://a/d/x\nhttp://a/x\nhttp://b/x");
	expect("http://n/x", "http://a/ http://b/", "http://n/x");
	expect("http://a/x|http://z/", "http://a/ http://b/", "http://a/x\nhttp://z/\nhttp://b/x");
	/* neither another host nor another folder that begins so */
	expect("http://10.0.0.10/f", "http://10.0.0.1 http://10.0.0.2", "http://10.0.0.10/f");
	expect("http://a/debian/x", "http://a/deb http://b", "http://a/debian/x");
	expect("http://a/d/x", "http://a http://b/", "http://a/d/x\nhttp://b/d/x");
	expect("http://a/", "http://a/longer/ http://b/", "http://a/");
}

static void limits(void **state)
{
	static char long_one[MIRRORS_LEN];
	(void)state;
	expect("x://1|x://2|x://3|x://4|x://5|x://6|x://7|x://8|x://9", "x://1 x://a",
	       "x://1\nx://2\nx://3\nx://4\nx://5\nx://6\nx://7\nx://8");
	assert_int_equal(left_out, 1);
	expect("x://1|x://2|x://3|x://4|x://5|x://6|x://7|x://8|x://1", "", "x://1\nx://2\nx://3\nx://4\nx://5\nx://6\n"
	       "x://7\nx://8");
	assert_int_equal(left_out, 0);
	memset(long_one, 'l', sizeof(long_one) - 1);
	memcpy(long_one, "a://b|c://", 10);
	expect(long_one, "", "a://b");
	assert_int_equal(left_out, 1);
}

static void no_urls(void **state)
{
	(void)state;
	assert_int_equal(mirrors_wrong(""), 0);
	assert_int_equal(mirrors_wrong(" , "), 0);
	assert_int_equal(mirrors_wrong("http://a/ ftp://b,TFTP://c/"), 0);
	assert_int_equal(mirrors_wrong("http://a/, nonsense"), 2);
	assert_int_equal(mirrors_wrong("a/ http://b/"), 1);
	assert_int_equal(mirrors_wrong("http:/a/"), 1);
	assert_int_equal(mirrors_wrong("http://a,://b"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bars), cmocka_unit_test(bases), cmocka_unit_test(limits),
		cmocka_unit_test(no_urls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
