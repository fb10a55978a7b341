/* SPDX-License-Identifier: BSD-2-Clause */
/* What the telnet server is made of: who may in, harmless text, masked passwords. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/plain.h"
#include "kernel/secret.h"
#include "services/telnet/guard.h"
#include "tests/unit/v4.h"

#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static struct guard_config c;

static int set(enum guard_setting what, const char *text)
{
	return guard_set(&c, what, text, 0x12345678);
}

static int begin(void **state)
{
	(void)state;
	guard_defaults(&c);
	return 0;
}

static void test_defaults(void **state)
{
	(void)state;
	assert_int_equal(c.port, 23);
	assert_int_equal(c.sessions, 8);
	assert_false(c.has_password || c.insecure || c.readonly);
	assert_false(guard_password_is(&c, "", 0));
}

static void test_numbers(void **state)
{
	(void)state;
	assert_int_equal(set(GUARD_PORT, "2323"), 0);
	assert_int_equal(c.port, 2323);
	assert_int_equal(set(GUARD_PORT, "0"), -EINVAL);
	assert_int_equal(set(GUARD_PORT, "65536"), -EINVAL);
	assert_int_equal(set(GUARD_PORT, "x"), -EINVAL);
	assert_int_equal(set(GUARD_SESSION_MAX, "9"), -EINVAL);
	assert_int_equal(set(GUARD_SESSION_MAX, "2"), 0);
	assert_int_equal(set(GUARD_IDLE, "600"), 0);
	assert_int_equal(c.idle_s, 600);
	assert_int_equal(set(GUARD_IDLE, "-1"), -EINVAL);
	assert_int_equal(set(GUARD_READONLY, ""), 0);
	assert_true(c.readonly);
	assert_int_equal(set(GUARD_READONLY, "no"), 0);
	assert_false(c.readonly);
}

static void test_password(void **state)
{
	(void)state;
	char hashed[GUARD_HASHED_MAX];
	assert_int_equal(set(GUARD_PASSWORD, ""), -EINVAL);
	assert_int_equal(set(GUARD_PASSWORD, "sesame"), 0);
	assert_true(guard_password_is(&c, "sesame", 6));
	assert_false(guard_password_is(&c, "sesam", 5));
	assert_false(guard_password_is(&c, "sesame!", 7));
	guard_hashed(&c, hashed);
	/* printf 12345678sesame | sha256sum */
	assert_string_equal(hashed, "12345678:0397746b61d24fcbd6ad341a72030832e2dd08cd6182ab58a46cb93b0a9df324");
	guard_defaults(&c);
	assert_int_equal(set(GUARD_PASSWORD_SHA256, hashed), 0);
	assert_true(guard_password_is(&c, "sesame", 6));
	for (size_t i = 0; hashed[i]; i++) {
		char bad[GUARD_HASHED_MAX];
		strcpy(bad, hashed);
		bad[i] = i == 8 ? 'x' : bad[i] == '0' ? '1' : '0';
		guard_defaults(&c);
		assert_true(set(GUARD_PASSWORD_SHA256, bad) < 0 || !guard_password_is(&c, "sesame", 6));
	}
	guard_defaults(&c);
	assert_int_equal(set(GUARD_PASSWORD_SHA256, hashed + 8), -EINVAL);	/* no salt */
	assert_int_equal(set(GUARD_PASSWORD_SHA256, "salt:1234"), -EINVAL);
	assert_int_equal(set(GUARD_PASSWORD_SHA256, "sesame"), -EINVAL);
	assert_false(c.has_password);
}

static void test_networks(void **state)
{
	(void)state;
	assert_true(guard_allows(&c, V4(IP(192, 0, 2, 1))));
	assert_int_equal(set(GUARD_ALLOW, "10.1.2.3/16,192.168.7.9"), 0);
	assert_true(guard_allows(&c, V4(IP(10, 1, 255, 255))));
	assert_false(guard_allows(&c, V4(IP(10, 2, 0, 0))));
	assert_true(guard_allows(&c, V4(IP(192, 168, 7, 9))));
	assert_false(guard_allows(&c, V4(IP(192, 168, 7, 8))));
	assert_int_equal(set(GUARD_ALLOW, "10.1.2.3/33"), -EINVAL);
	assert_int_equal(set(GUARD_ALLOW, "10.1.2/8"), -EINVAL);
	assert_int_equal(set(GUARD_ALLOW, "255.255.255.255.255.255/8"), -EINVAL);
	assert_int_equal(set(GUARD_ALLOW, "0.0.0.0/0"), 0);
	assert_true(guard_allows(&c, V4(IP(203, 0, 113, 5))));
	for (unsigned i = c.nets; i < GUARD_NETS; i++)
		assert_int_equal(set(GUARD_ALLOW, "10.0.0.1"), 0);
	assert_int_equal(set(GUARD_ALLOW, "10.0.0.1"), -EINVAL);
}

static void test_guessing_gets_slower(void **state)
{
	(void)state;
	static const unsigned waits[] = { 1, 2, 4, 8, 60, 120, 240, 480, 960, 960, 960 };
	struct guard_sources g = { 0 };
	uint64_t now = 5000000;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		assert_int_equal(guard_failed(&g, V4(7), now), waits[i]);
		assert_true(guard_wait_s(&g, V4(7), now) >= waits[i]);
		now += waits[i] * 1000000ull - 1;
		assert_int_equal(guard_wait_s(&g, V4(7), now), 1);
		now++;
		assert_int_equal(guard_wait_s(&g, V4(7), now), 0);
	}
	assert_int_equal(guard_wait_s(&g, V4(8), now), 0);
	now += 3600000000ull;
	assert_int_equal(guard_failed(&g, V4(7), now), 1);
	guard_forgive(&g, V4(7));
	assert_int_equal(guard_wait_s(&g, V4(7), now), 0);
	/* many sources: none is forgotten for others, who wait together */
	for (int i = 0; i < 6; i++)
		guard_failed(&g, V4(7), now);
	for (uint32_t ip = 100; ip < 500; ip++)
		guard_failed(&g, V4(ip), now);
	assert_true(guard_wait_s(&g, V4(7), now) > 100);
	assert_int_equal(guard_wait_s(&g, V4(100), now), 2);
	assert_int_equal(guard_wait_s(&g, V4(100 + GUARD_FREELY - 2), now), 2);
	assert_int_equal(guard_wait_s(&g, V4(100 + GUARD_FREELY - 1), now), 61);
	assert_int_equal(guard_wait_s(&g, V4(600), now), 61);
	guard_forgive(&g, V4(600));
	assert_int_equal(guard_wait_s(&g, V4(600), now), 61);
	assert_int_equal(guard_wait_s(&g, V4(600), now + 61000000), 0);
}

/*
 * Guesses of so many sources in each of three hours, each as soon as it may; none waits longer because others guess
 * after it.
 */
static void flood(uint32_t sources)
{
	struct guard_sources g = { 0 };
	uint64_t now = 1000000, begun = now;
	unsigned guesses = 0;
	for (uint32_t turn = 0; now < begun + 3 * 3600000000ull; now += 500000) {
		for (uint32_t i = 0; i < 20; i++) {
			uint32_t ip = 1 + turn++ % sources;
			if (guard_wait_s(&g, V4(ip), now))
				continue;
			guard_failed(&g, V4(ip), now);
			guesses++;
		}
		if ((now - begun) % 3600000000ull)
			continue;
		assert_in_range(guesses, 0, now - begun <= 3600000000ull ? 2000 : 1300);
		guesses = 0;
	}
}

static void test_many_guess_no_faster(void **state)
{
	(void)state;
	static const uint32_t sources[] = { 1, 16, 17, 18, 100, 256, 257, 65000 };
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		flood(sources[i]);
}

static void test_bucket(void **state)
{
	(void)state;
	struct guard_bucket b = { .rate = 1000, .depth = 100, .level = 100, .at_us = 0 };
	assert_int_equal(guard_take(&b, 30, 0), 30);
	assert_int_equal(guard_take(&b, 100, 0), 70);
	assert_int_equal(guard_take(&b, 1, 900), 0);
	uint64_t total = 0;
	for (uint64_t now = 0; now < 10000000; now += 700)
		total += guard_take(&b, 1000, now);
	assert_in_range(total, 8000, 10100);
	assert_int_equal(guard_take(&b, 1000, 1ull << 50), 100);
}

static void shows(const char *in, const char *want)
{
	char text[200];
	strcpy(text, in);
	plain_text(text);
	assert_string_equal(text, want);
}

static void test_plain(void **state)
{
	(void)state;
	shows("text\n\r\bx\033[K.", "text\n??x.");
	shows("a\tb\a\x7f\x9b" "31m\xff", "a\tb???31m?");
	shows("\033[31mred\033[0m", "red");
	shows("\033[?1049h\033[2J\033[6n\033[21tx", "x");
	shows("\033]0;title\ax", "]0;title?x");		/* harmless without its ESC */
	shows("\033P+q\033\\x", "P+q\\x");
	shows("\033[1\033[Kx\033\033[Ky", "xy");
	shows("\033[1Kx\033[ Kz\033[31\nq", "xz\nq");
	shows("\033cx\033", "cx");
}

static void masks(const char *in, const char *want)
{
	char line[200];
	strcpy(line, in);
	secret_mask(line);
	assert_string_equal(line, want);
}

static void test_masks(void **state)
{
	(void)state;
	masks("telnetd --port 1 --password abc --insecure", "telnetd --port 1 --password *** --insecure");
	masks("telnetd --password=abc --password-sha256  s:12", "telnetd --password=*** --password-sha256  ****");
	masks("telnetd --password", "telnetd --password");
	masks("set telnetd.password a bc", "set telnetd.password * **");
	masks("set web.password a bc", "set web.password * **");
	masks("set cobweb.password a bc", "set cobweb.password * **");
	masks("set telnetd.password:string a\nnext", "set telnetd.password:string *\nnext");
	masks("telnetd.password=ab script=http://x/y", "telnetd.password=** script=http://x/y");
	masks("  telnetd.password-sha256:string = s:12", "  telnetd.password-sha256:string * ****");
	masks("undine> telnetd.password: sec", "undine> telnetd.password: ***");
	masks("use --password, or the telnetd.password, as you like",
		"use --password, or the telnetd.password, as you like");
	masks("the password is x", "the password is x");
	masks("http://u:secret@h/p http://h/p:x@y ftp://u@h", "http://********@h/p http://h/p:x@y ftp://*@h");
	masks("set password abc", "set password ***");
	masks("set net0/password:string a b; x", "set net0/password:string * ** *");
	masks("  password:string = abc  (final)", "  password:string * ***  *******");
	masks("  privkey:string = ab\ncd ef\n", "  privkey:string * **\n** **\n");
	masks("set privkey:hex 30:82", "set privkey:hex *****");
	masks("  net0/privkey:hex = 30:82", "  net0/privkey:hex * *****");
	masks("it wants another user or password, by Basic; the key in privkey is locked",
	      "it wants another user or password, by Basic; the key in privkey is locked");
	masks("http://u:a:b@c@h", "http://*******@h");
	masks("http://:@h", "http://*@h");
	masks("http://ghp_TOKEN@h/ 'https://TOKEN@h:8443/x'", "http://*********@h/ 'https://*****@h:8443/x'");
	masks("http://a%40b:c%2Fd@h/?x=y", "http://***********@h/?x=y");
	masks("script=//TOKEN@h/p //u:p@h", "script=//*****@h/p //***@h");
	/* what is no user's */
	masks("http://h/p@q http://h?q=a@b http://h#a@b http://h//x@y http://h:80/u:p@q",
		"http://h/p@q http://h?q=a@b http://h#a@b http://h//x@y http://h:80/u:p@q");
	masks("(http://h:80), then http://h:8080: http://u:80x http://u:80:x",
	      "(http://h:80), then http://h:8080: http://u:*** http://u:****");
	masks("mail to a@b // c@d", "mail to a@b // c@d");
	masks("http://[fe80::1]:8080/x http://[::1]/ http://u@[::1]/ http://[a:b]@h/ http://t@[::1]:80/a@b",
		"http://[fe80::1]:8080/x http://[::1]/ http://*@[::1]/ http://*****@h/ http://*@[::1]:80/a@b");
	/* a slash in a password */
	masks("http://u:pa/ss@h/x http://u:p?a@h http://u:half/x", "http://*******@h/x http://*****@h http://u:****/x");
	masks("http://u:half http://h:8080 http://h:80/x http://u:12@h",
		"http://u:**** http://h:8080 http://h:80/x http://****@h");
	masks("http://u:pa'ss@h/ http://u:'se\"c@h http://u:12'x@h",
		"http://*******@h/ http://*******@h http://******@h");
	masks("http://u:'half \"http://h:80\" 'http://h:8080' http://h:80/'",
		"http://u:***** \"http://h:80\" 'http://h:8080' http://h:80/'");
	masks("http://u", "http://u");
	masks("://", "://");
	masks("//", "//");
	masks("http://[", "http://[");
}

static void test_masks_what_is_cut(void **state)
{
	(void)state;
	char line[] = "http://h/ //ok/x http://tokenA", last[] = "http://h/x", none[] = "http:/";
	secret_mask_cut(line);
	assert_string_equal(line, "http://h/ //ok/x http://******");
	secret_mask_cut(last);
	assert_string_equal(last, "http://h/x");
	secret_mask_cut(none);
	assert_string_equal(none, "http:/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_defaults, begin),
		cmocka_unit_test_setup(test_numbers, begin),
		cmocka_unit_test_setup(test_password, begin),
		cmocka_unit_test_setup(test_networks, begin),
		cmocka_unit_test(test_guessing_gets_slower), cmocka_unit_test(test_many_guess_no_faster),
		cmocka_unit_test(test_bucket),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_masks), cmocka_unit_test(test_masks_what_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
