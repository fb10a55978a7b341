/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Encrypted passwords of menus, against libcrypt and the vectors of the algorithms' descriptions; of each form that is
 * wrong nothing is opened.
 */
#include <crypt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "services/pxelinux/password.h"

static unsigned pauses, end_at;

static bool pause(void)
{
	return ++pauses == end_at;
}

static enum password check(const char *kept, const char *typed)
{
	pauses = 0;
	return password_check(kept, typed, pause);
}

static void test_vectors(void **state)
{
	(void)state;
	static const struct { const char *kept, *typed; } rows[] = {
		{ "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!" },
		{ "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdc"
		  "bYEdFCoEOfaS35inz1", "Hello world!" },
		{ "open sesame", "open sesame" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(check(rows[i].kept, rows[i].typed), PASSWORD_OPENS);
		assert_int_equal(check(rows[i].kept, "hello world!"), PASSWORD_WRONG);
		assert_true(password_is_known(rows[i].kept));
	}
}

/* Passwords and salts of every length, by all that crypt(3) can do. */
static void test_beside_libcrypt(void **state)
{
	(void)state;
	static const char *const ways[] = { "$1$", "$5$", "$6$", "$5$rounds=1000$", "$6$rounds=1234$",
					    "$6$rounds=1000$" };
	static const char letters[] = "pass\xc3\xa4-ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnop"
				      "qrstuvwxyz./,;:?!_=";
	struct crypt_data data = { 0 };
	for (unsigned n = 0; n < 72; n++) {
		char setting[64], typed[80];
		snprintf(typed, sizeof(typed), "%.*s", (int)n, letters);
		snprintf(setting, sizeof(setting), "%s%.*s$", ways[n % 6], (int)(1 + n % 18), "abcdefghijklmnopqr");
		const char *kept = crypt_r(typed, setting, &data);
		assert_true(kept && kept[0] == '$');
		assert_int_equal(check(kept, typed), PASSWORD_OPENS);
		typed[n] = 'x';
		typed[n + 1] = '\0';
		assert_int_equal(check(kept, typed), PASSWORD_WRONG);
	}
}

static void test_sha1(void **state)
{
	(void)state;
	/* printf %s SALTTYPED | openssl sha1 -binary | base64 */
	assert_int_equal(check("$4$$2jmj7l5rSw0yVb/vlWAYkK/YBwk", ""), PASSWORD_OPENS);
	assert_int_equal(check("$4$ab$qZk+NkcGgWq6PiVxeFDCbJzQ2J0$", "c"), PASSWORD_OPENS);
	assert_int_equal(check("$4$abc$qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", ""), PASSWORD_OPENS);
	assert_int_equal(check("$4$ab$qZk+NkcGgWq6PiVxeFDCbJzQ2J1$", "c"), PASSWORD_WRONG);
}

static void test_wrong_forms(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"$", "$1", "$1$", "$1$salt", "$1$salt$", "$2a$10$abcdefghijklmnopqrstuv", "$7$x$y", "$5$rounds=x$s$y",
		"$5$rounds=5000", "$5$rounds=99999999$salt$y", "$6$", "$6$salt$", "$4$", "$4$x", "$y$j9T$abc$def",
		"$6$salt$0123456789012345678901234567890123456789012345678901234567890123456789012345"
		"67890123456789012345",
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(check(rows[i], ""), PASSWORD_FORM);
		assert_int_equal(check(rows[i], rows[i]), PASSWORD_FORM);
		assert_false(password_is_known(rows[i]));
	}
	assert_int_equal(check("", ""), PASSWORD_WRONG);
	char longer[1000];
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(check("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", longer), PASSWORD_WRONG);
}

static void test_ended(void **state)
{
	(void)state;
	end_at = 3;
	assert_int_equal(check("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "x"), PASSWORD_ENDED);
	assert_int_equal(check("$1$saltstri$qQy9bl5EQ1hUvyzLX5wTH/", "x"), PASSWORD_ENDED);
	end_at = 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors), cmocka_unit_test(test_beside_libcrypt), cmocka_unit_test(test_sha1),
		cmocka_unit_test(test_wrong_forms), cmocka_unit_test(test_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
