/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of checksums as sha256sum writes them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <setjmp.h>
#include <cmocka.h>

#include "services/image/sums.h"

#define A "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
#define B "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static uint8_t hash[SHA256_LEN];

/* The list is a block of exactly its length. */
static int find(const char *list, const char *name)
{
	size_t len = strlen(list);
	char *copy = malloc(len ? len : 1);
	memcpy(copy, list, len);
	int rc = sums_find(copy, len, name, strlen(name), hash, NULL);
	free(copy);
	return rc;
}

static void lines(void **state)
{
	(void)state;
	static const char list[] = "# comment\n" A "  linux\n" B " *dir/initrd.gz\r\n" A "  ./with space\n" B "  last";
	assert_int_equal(find(list, "linux"), 0);
	assert_int_equal(hash[0], 0x01);
	assert_int_equal(hash[15], 0xef);
	assert_int_equal(find(list, "dir/initrd.gz"), 0);
	assert_int_equal(hash[31], 0xff);
	assert_int_equal(find(list, "with space"), 0);
	assert_int_equal(hash[1], 0x23);
	assert_int_equal(find(list, "last"), 0);
	assert_int_equal(find(list, "initrd.gz"), -ENOENT);
	assert_int_equal(find(list, "linu"), -ENOENT);
	assert_int_equal(find(list, "linux2"), -ENOENT);
	assert_int_equal(find(list, ""), -ENOENT);
	assert_int_equal(find("", "linux"), -ENOENT);
	assert_int_equal(find("<html>404</html>\n", "linux"), -ENOENT);
	assert_int_equal(find(A " linux\n" A "\tlinux\n" A "x linux\n", "linux"), -ENOENT);
	assert_int_equal(find(A "  \n", ""), -ENOENT);		/* no name at all */
	assert_int_equal(find(A "  ./\n", "./"), 0);
	assert_int_equal(find("\n" A "  linux\n", "linux"), 0);
	assert_int_equal(find("0123  linux\n" A B "  linux\n", "linux"), -ENOENT);
}

/* Cut anywhere: never a read past the end, and no wrong answer. */
static void cut(void **state)
{
	(void)state;
	static const char list[] = B "  a\n" A "  linux\n";
	for (size_t len = 0; len < sizeof(list); len++) {
		char *copy = malloc(len + 1);
		memcpy(copy, list, len);
		int rc = sums_find(copy, len, "linux", 5, hash, NULL);
		assert_int_equal(rc, len >= 68 + 66 + 5 ? 0 : -ENOENT);
		free(copy);
	}
}

static unsigned turns;

static void turn(void)
{
	turns++;
}

/* Whatever a list is made of, others have their turns, and what is in it is found: lines that cross the border, too. */
static void others_have_their_turns(void **state)
{
	(void)state;
	static const char line[] = A "  linux\n";
	size_t room = 3 * SUMS_TURN, len = sizeof(line) - 1;
	char *list = malloc(room + len);
	for (int fill = 0; fill < 2; fill++) {
		memset(list, fill ? '\n' : 'x', room + len);
		turns = 0;
		assert_int_equal(sums_find(list, room, "linux", 5, hash, turn), -ENOENT);
		assert_int_equal(turns, 2);
		for (size_t at = SUMS_TURN - len - 2; at < SUMS_TURN + 3; at++) {
			memset(list, fill ? '\n' : 'x', room + len);
			list[at - 1] = '\n';
			memcpy(list + at, line, len);
			assert_int_equal(sums_find(list, room, "linux", 5, hash, turn), 0);
			assert_int_equal(hash[0], 0x01);
		}
		memcpy(list + room, line, len);		/* behind so much without an end, it is none */
		turns = 0;
		assert_int_equal(sums_find(list + SUMS_TURN + len + 3, room - SUMS_TURN - 3, "linux", 5, hash, turn),
				 fill ? 0 : -ENOENT);
		assert_int_equal(turns, 1);
	}
	free(list);
}

static void digits(void **state)
{
	(void)state;
	assert_int_equal(sums_parse(A, 64, hash), 0);
	assert_int_equal(sums_parse(A, 63, hash), -EINVAL);
	assert_int_equal(sums_parse("g123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef", 64, hash),
		-EINVAL);
	assert_int_equal(sums_parse("0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcde@", 64, hash),
		-EINVAL);
}

static void check_name(const char *list, const char *url, const char *wanted)
{
	size_t len;
	const char *name = sums_name(list, url, &len);
	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(name, wanted, len);
}

static void names(void **state)
{
	(void)state;
	/* of several places, by the first one's */
	check_name("http://a/x/list|http://b/y/z/list", "http://a/x/deep/k|http://b/y/k", "deep/k");
	check_name("http://h/d/SHA256SUMS", "http://h/d/images/linux", "images/linux");
	check_name("http://h/d/SHA256SUMS?x=/y/", "http://h/d/linux?key=a/b#c", "linux");
	check_name("http://h/d/SHA256SUMS", "http://other/d/images/linux", "linux");
	check_name("http://h/d/SHA256SUMS", "tftp://h/linux", "linux");
	check_name("http://h/d/SHA256SUMS", "http://h/d/", "");
	check_name("list", "linux", "linux");
	check_name("", "", "");
}

static void what_a_list_says_of_itself(void **state)
{
	static const char *const bad[] = {
		"# issue: x\n", "# issue: \n", "# issue: 0\n", "# issue: 7 \n", "# issue: 1000000000\n",
		"# valid-until: 2027-6-30\n", "# valid-until: soon\n", "a\n# valid-until: 2027-06-300",
		"# valid-until:2027-06-30", "# valid-until", "# issue", "# issue 7\n", "# issue:7",
	};
	static const char good[] = A "  a\n# issue: 12\r\n# something\n# valid-until: 2027-06-30";
	struct sums_about a;
	(void)state;
	assert_int_equal(sums_read_about("", 0, &a), 0);
	assert_int_equal(a.issue, 0);
	assert_string_equal(a.until, "");
	assert_int_equal(sums_read_about(good, strlen(good), &a), 0);
	assert_int_equal(a.issue, 12);
	assert_string_equal(a.until, "2027-06-30");
	assert_int_equal(sums_read_about(good, strlen(good) - 1, &a), -EBADMSG);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sums_read_about(bad[i], strlen(bad[i]), &a), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines), cmocka_unit_test(cut), cmocka_unit_test(others_have_their_turns),
		cmocka_unit_test(digits), cmocka_unit_test(names),
		cmocka_unit_test(what_a_list_says_of_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
