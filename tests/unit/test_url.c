/* SPDX-License-Identifier: BSD-2-Clause */
/* URLs: parsing, RFC 3986's own table of relative references, boot files, what messages may show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "services/fetch/url.h"
#include "tests/unit/schemes.h"
#include "tests/unit/v4.h"

static struct url u, v;
static char text[URL_TEXT_MAX * 2];

static const char *shown(const struct url *x)
{
	url_format(x, text, sizeof(text));
	return text;
}

static void test_parse(void **state)
{
	(void)state;
	assert_int_equal(url_parse(&u, "HTTP://me%40home:pa%3ass@Boot.Example:8080/a/b%20c?q=1#frag"), 0);
	assert_string_equal(u.scheme, "http");
	assert_string_equal(u.host, "boot.example");
	assert_int_equal(u.port, 8080);
	assert_true(u.has_user);
	assert_string_equal(u.user, "me@home");
	assert_string_equal(u.password, "pa:ss");
	assert_string_equal(u.target, "/a/b%20c?q=1");
	assert_string_equal(shown(&u), "http://boot.example:8080/a/b%20c?q=1");

	assert_int_equal(url_parse(&u, "http://10.0.2.2"), 0);
	assert_string_equal(u.target, "/");
	assert_int_equal(u.port, 80);
	assert_false(u.has_user);
	assert_int_equal(url_parse(&u, "http://h?x"), 0);
	assert_string_equal(u.target, "/?x");
	assert_int_equal(url_parse(&u, "http://h:/x"), 0);
	assert_int_equal(u.port, 80);
	assert_int_equal(url_parse(&u, "tftp://h/x"), 0);
	assert_int_equal(u.port, 69);
	assert_int_equal(url_parse(&u, "http://u@h/"), 0);
	assert_string_equal(u.user, "u");
	assert_string_equal(u.password, "");
	assert_int_equal(url_parse(&u, "http://a@b:c@h/"), 0);	/* the last @ ends it */
	assert_string_equal(u.user, "a@b");
	assert_string_equal(u.host, "h");
}

static void test_encoding(void **state)
{
	(void)state;
	assert_int_equal(url_parse(&u, "http://h/a b\xc3\xa4%zz%2f\"<>|?x y"), 0);
	assert_string_equal(u.target, "/a%20b%C3%A4%25zz%2f%22%3C%3E%7C?x%20y");
	assert_int_equal(url_parse(&u, "http://h/a\r\nHost: evil"), 0);	/* nothing gets out of the request line */
	assert_string_equal(u.target, "/a%0D%0AHost:%20evil");
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"", "nothing", "/path", "http:", "http:/x", "http:///x", "http://", "http://h:99999/", "http://h:0/",
		"http://h:8x/",
		"http://[::1]/", "http://a b/", "http://h%41/", "http://u%00:p@h/", "://h/", "1http://h/", "http://@/",
		"http://u:p@/",
	};
	char big[URL_TEXT_MAX + 20] = "http://h/";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (url_parse(&u, bad[i]) != -EINVAL)
			fail_msg("%s: %d", bad[i], url_parse(&u, bad[i]));
	assert_int_equal(url_parse(&u, "gopher://h/"), -EPROTONOSUPPORT);
	assert_string_equal(u.scheme, "gopher");
	assert_int_equal(url_parse(&u, "Nonsense://h/"), -EPROTONOSUPPORT);
	assert_string_equal(u.scheme, "nonsense");
	assert_int_equal(url_parse(&u, "a234567890123456789012345678901://h/"), -EPROTONOSUPPORT);
	assert_string_equal(u.scheme, "a234567890123456789012345678901");
	assert_int_equal(url_parse(&u, "a2345678901234567890123456789012://h/"), -EPROTONOSUPPORT);
	assert_string_equal(u.scheme, "a234567890123456789012345678...");
	memset(big + 9, 'a', sizeof(big) - 10);
	assert_int_equal(url_parse(&u, big), -ENAMETOOLONG);
	memset(big + 7, 'a', sizeof(big) - 8);
	assert_int_equal(url_parse(&u, big), -ENAMETOOLONG);
}

/* RFC 3986, 5.4, as far as it concerns schemes that we take. */
static void test_resolve_rfc(void **state)
{
	static const struct {
		const char *ref, *want;
	} t[] = {
		{ "g", "http://a/b/c/g" }, { "./g", "http://a/b/c/g" }, { "g/", "http://a/b/c/g/" },
		{ "/g", "http://a/g" },
		{ "//g", "http://g/" }, { "?y", "http://a/b/c/d;p?y" }, { "g?y", "http://a/b/c/g?y" },
		{ "#s", "http://a/b/c/d;p?q" }, { "g#s", "http://a/b/c/g" }, { "g?y#s", "http://a/b/c/g?y" },
		{ ";x", "http://a/b/c/;x" }, { "g;x", "http://a/b/c/g;x" }, { "", "http://a/b/c/d;p?q" },
		{ ".", "http://a/b/c/" },
		{ "./", "http://a/b/c/" }, { "..", "http://a/b/" }, { "../", "http://a/b/" },
		{ "../g", "http://a/b/g" },
		{ "../..", "http://a/" }, { "../../", "http://a/" }, { "../../g", "http://a/g" },
		{ "../../../g", "http://a/g" }, { "../../../../g", "http://a/g" }, { "/./g", "http://a/g" },
		{ "/../g", "http://a/g" }, { "g.", "http://a/b/c/g." }, { ".g", "http://a/b/c/.g" },
		{ "g..", "http://a/b/c/g.." },
		{ "..g", "http://a/b/c/..g" }, { "./../g", "http://a/b/g" }, { "./g/.", "http://a/b/c/g/" },
		{ "g/./h", "http://a/b/c/g/h" }, { "g/../h", "http://a/b/c/h" },
		{ "g;x=1/./y", "http://a/b/c/g;x=1/y" },
		{ "g;x=1/../y", "http://a/b/c/y" }, { "g?y/./x", "http://a/b/c/g?y/./x" },
		{ "g?y/../x", "http://a/b/c/g?y/../x" },
		{ "g#s/../x", "http://a/b/c/g" }, { "http://z/k", "http://z/k" }, { "tftp://z/k", "tftp://z/k" },
	};

	(void)state;
	assert_int_equal(url_parse(&u, "http://a/b/c/d;p?q"), 0);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(url_resolve(&v, &u, t[i].ref), 0);
		if (strcmp(shown(&v), t[i].want) != 0)
			fail_msg("%s: %s, not %s", t[i].ref, text, t[i].want);
	}
	assert_int_equal(url_resolve(&v, &u, "g:h"), -EPROTONOSUPPORT);
	assert_int_equal(url_resolve(&v, &u, "//"), -EINVAL);
}

static void test_resolve_user(void **state)
{
	(void)state;
	url_parse(&u, "http://me:secret@a:81/x/y");
	assert_int_equal(url_resolve(&v, &u, "z"), 0);
	assert_true(v.has_user);
	assert_int_equal(v.port, 81);
	assert_int_equal(url_resolve(&v, &u, "//b/z"), 0);	/* another server learns nothing */
	assert_false(v.has_user);
	assert_string_equal(v.password, "");
	assert_int_equal(v.port, 80);
	assert_int_equal(url_resolve(&v, &u, "http://a:81/z"), 0);
	assert_false(v.has_user);
}

static void test_resolve_long(void **state)
{
	char ref[URL_TEXT_MAX];

	(void)state;
	url_parse(&u, "http://a/some/dir/file");
	memset(ref, 'r', sizeof(ref));
	for (size_t n = URL_TEXT_MAX - 20; n < URL_TEXT_MAX; n++) {
		ref[n] = 0;
		int err = url_resolve(&v, &u, ref);
		assert_int_equal(err, n + 10 < URL_TEXT_MAX ? 0 : -ENAMETOOLONG);
		ref[n] = 'r';
	}
}

/* As the scheme tftp takes its file names. */
static int file_name(const struct url *x, char *name, size_t cap)
{
	return url_decode(x->target + 1, strlen(x->target + 1), name, cap);
}

static void test_boot_file(void **state)
{
	char name[64];

	(void)state;
	assert_int_equal(url_from_boot_file(&u, "10.0.2.2", "dir/un dine?.0%#"), 0);
	assert_string_equal(shown(&u), "tftp://10.0.2.2/dir/un%20dine%3F.0%25%23");
	assert_true(file_name(&u, name, sizeof(name)) > 0);
	assert_string_equal(name, "dir/un dine?.0%#");
	assert_int_equal(url_from_boot_file(&u, "10.0.2.2", "/abs/x"), 0);
	file_name(&u, name, sizeof(name));
	assert_string_equal(name, "/abs/x");
	assert_int_equal(url_resolve(&v, &u, "autoexec.ipxe"), 0);
	file_name(&v, name, sizeof(name));
	assert_string_equal(name, "/abs/autoexec.ipxe");
	assert_int_equal(url_from_boot_file(&u, "10.0.2.2", "boot\\x86\\wdsnbp.com"), 0);
	file_name(&u, name, sizeof(name));
	assert_string_equal(name, "boot\\x86\\wdsnbp.com");
	static const struct {
		const char *ref, *name;
	} among[] = {
		{ "autoexec.ipxe", "boot\\x86\\autoexec.ipxe" }, { "a/b.cfg#x", "boot\\x86\\a\\b.cfg" },
		{ "../x64/k", "boot\\x64\\k" }, { "../../k", "k" }, { "c\\d", "boot\\x86\\c\\d" },
		{ "..\\k", "boot\\k" }, { "/k/l", "k/l" }, { "", "boot\\x86\\wdsnbp.com" },
	};
	for (size_t i = 0; i < sizeof(among) / sizeof(among[0]); i++) {
		assert_int_equal(url_resolve(&v, &u, among[i].ref), 0);
		file_name(&v, name, sizeof(name));
		assert_string_equal(name, among[i].name);
	}
	assert_int_equal(url_from_boot_file(&u, "10.0.2.2", "\\boot\\x"), 0);
	assert_int_equal(url_resolve(&v, &u, "y"), 0);
	file_name(&v, name, sizeof(name));
	assert_string_equal(name, "\\boot\\y");
	/* elsewhere it is a letter like any other */
	assert_int_equal(url_from_boot_file(&u, "10.0.2.2", "boot/a\\b"), 0);
	assert_int_equal(url_resolve(&v, &u, "y"), 0);
	assert_string_equal(v.target, "/boot/y");
	assert_int_equal(url_parse(&u, "http://h/a%5Cb"), 0);
	assert_int_equal(url_resolve(&v, &u, "y"), 0);
	assert_string_equal(v.target, "/y");
	assert_int_equal(url_folder_len("tftp://h/boot%5Cx64%5Cundine.0"), sizeof("tftp://h/boot%5Cx64%5C") - 1);
	assert_int_equal(url_folder_len("http://h/boot%5Cx64%5Cundine.0"), sizeof("http://h/") - 1);
	assert_int_equal(url_folder_len("tftp://h/boot/x%5Cundine.0"), sizeof("tftp://h/boot/") - 1);
	assert_int_equal(url_folder_len("tftp://h/x"), sizeof("tftp://h/") - 1);
	assert_int_equal(url_bare_folder_len("boot\\x64\\undine.0"), sizeof("boot\\x64\\") - 1);
	assert_int_equal(url_bare_folder_len("boot/x64\\undine.0"), sizeof("boot/") - 1);
	assert_int_equal(url_bare_folder_len("undine.0"), 0);
	/* a name that has no room for what each `\` is in a URL */
	static char ref[URL_TEXT_MAX];
	memset(ref, '/', 4000);
	ref[0] = 'a';
	assert_int_equal(url_from_boot_file(&u, "10.0.2.2", "a\\b"), 0);
	assert_int_equal(url_resolve(&v, &u, ref), -ENAMETOOLONG);
	assert_int_equal(url_from_boot_file(&u, "", "http://h/s.ipxe"), 0);
	assert_string_equal(u.scheme, "http");
	assert_int_equal(url_from_boot_file(&u, "", "x"), -EDESTADDRREQ);
	assert_int_equal(url_from_boot_file(&u, "0.0.0.1", ""), -EINVAL);
	assert_int_equal(url_from_boot_file(&u, "0.0.0.1", "nfs://h/x"), -EPROTONOSUPPORT);
	assert_int_equal(url_parse(&u, "tftp://h/%00"), 0);
	assert_int_equal(file_name(&u, name, sizeof(name)), -EINVAL);
	assert_int_equal(url_parse(&u, "tftp://h/abc"), 0);
	assert_int_equal(file_name(&u, name, 3), -ENAMETOOLONG);
}

/* The table is all that is known of schemes. */
static void test_schemes(void **state)
{
	static const struct scheme nfs = { .name = "nfs", .port = 2049 },
		ftp = { .name = "ftp", .port = 21, .can = SCHEME_BARE };
	static const struct scheme *const table[] = { &nfs, &ftp, &nfs, NULL }, *const no_bare[] = { &nfs, NULL };
	char names[32];

	(void)state;
	scheme_names(names, sizeof(names));
	assert_string_equal(names, "http or tftp");
	scheme_set_table(table);
	scheme_names(names, sizeof(names));
	assert_string_equal(names, "nfs, ftp or nfs");
	scheme_names(names, 6);
	assert_string_equal(names, "nfs, ");
	assert_ptr_equal(scheme_find("nfs"), &nfs);
	assert_int_equal(url_parse(&u, "NFS://h/x"), 0);
	assert_int_equal(u.port, 2049);
	assert_int_equal(url_parse(&u, "nfs://h:2049/x"), 0);
	assert_string_equal(shown(&u), "nfs://h/x");
	assert_int_equal(url_parse(&u, "http://h/x"), -EPROTONOSUPPORT);
	assert_int_equal(url_from_boot_file(&u, "10.0.2.2", "x"), 0);
	assert_string_equal(shown(&u), "ftp://10.0.2.2/x");
	scheme_set_table(no_bare);
	assert_int_equal(url_from_boot_file(&u, "10.0.2.2", "x"), -EPROTONOSUPPORT);
	schemes_of_the_loader();
}

/* What it writes is read again as the same. */
static void test_whole_text(void **state)
{
	static const char odd[] = "http://me%40home:p%2Fa%3A%C3%BC%20@h:81/d/f?q";
	(void)state;
	assert_int_equal(url_parse(&u, odd), 0);
	assert_int_equal(url_format_whole(&u, text, sizeof(text)), sizeof(odd) - 1);
	assert_string_equal(text, odd);
	for (size_t cap = 0; cap < sizeof(odd); cap++)
		assert_int_equal(url_format_whole(&u, text, cap), -ENAMETOOLONG);
	assert_int_equal(url_parse(&u, "http://h/d"), 0);
	assert_int_equal(url_format_whole(&u, text, sizeof(text)), 10);
	assert_string_equal(text, "http://h/d");
	u.has_user = true;
	memset(u.user, 0xff, sizeof(u.user) - 1);	/* the longest, each byte of it encoded */
	memset(u.password, '@', sizeof(u.password) - 1);
	assert_int_equal(url_format_whole(&u, text, sizeof(text)), 7 + 6 * 1023 + 2 + 3);
	assert_int_equal(url_parse(&v, text), 0);
	assert_memory_equal(&v, &u, sizeof(u));
}

static void test_redirects(void **state)
{
	(void)state;
	url_parse(&u, "http://me:secret@h/a/b");
	assert_int_equal(url_redirect(&v, &u, "../c"), 0);
	assert_string_equal(shown(&v), "http://h/c");
	assert_true(v.has_user);
	assert_int_equal(url_redirect(&v, &u, "http://h/d"), 0);
	assert_string_equal(v.password, "secret");
	assert_int_equal(url_redirect(&v, &u, "http://h:81/d"), 0);
	assert_false(v.has_user);
	assert_int_equal(url_redirect(&v, &u, "http://other/d"), 0);
	assert_false(v.has_user);
	assert_int_equal(url_redirect(&v, &u, "//other/d"), 0);
	assert_false(v.has_user);
	assert_int_equal(url_redirect(&v, &u, "https://h/d"), -EPROTONOSUPPORT);
}

static void test_redact(void **state)
{
	(void)state;
	url_redact("http://me:secret@h/x@y", text, sizeof(text));
	assert_string_equal(text, "http://...@h/x@y");
	url_redact("https://s:e@c@h", text, sizeof(text));
	assert_string_equal(text, "https://...@h");
	url_redact("http://h/u:p@x", text, sizeof(text));
	assert_string_equal(text, "http://h/u:p@x");
	url_redact("http://TOKEN@h/", text, sizeof(text));
	assert_string_equal(text, "http://...@h/");
	url_redact("//u:p@h/a", text, sizeof(text));
	assert_string_equal(text, "//...@h/a");
	url_redact("http://u:pa/ss@h/a", text, sizeof(text));
	assert_string_equal(text, "http://...@h/a");
	url_redact("http://[::1]:80/a@b", text, sizeof(text));
	assert_string_equal(text, "http://[::1]:80/a@b");
	url_redact("file", text, sizeof(text));
	assert_string_equal(text, "file");
	assert_int_equal(url_redact("http://h/abcdef", text, 8), 15);
	assert_string_equal(text, "http...");	/* what is cut says so */
	assert_int_equal(url_redact("http://h/abcdef", text, 16), 15);
	assert_string_equal(text, "http://h/abcdef");
}

/* What was parsed is written and parsed again to the same; no dot segments stay; nothing unsafe stays. */
static void test_random(void **state)
{
	static const char alphabet[] = "htp:/@.?#%2eAa0 ~;\\\"\x80[]-_:..//";
	char s[80];
	unsigned good = 0;

	(void)state;
	srand(24);
	for (unsigned i = 0; i < 200000; i++) {
		size_t n = (size_t)rand() % 40, at = i % 2 ? 7 : 0;
		memcpy(s, "http://", 7);
		for (size_t k = 0; k < n; k++)
			s[at + k] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		s[at + n] = 0;
		if (url_parse(&u, s) < 0)
			continue;
		good++;
		assert_int_equal(u.target[0], '/');
		for (const char *p = u.target; *p; p++)
			assert_true(*p > ' ' && *p < 0x7f);
		size_t path = strcspn(u.target, "?");
		assert_false(path >= 3 && !strncmp(u.target + path - 3, "/..", 3));
		const char *dots = strstr(u.target, "/../");
		assert_true(!dots || (size_t)(dots - u.target) >= path);
		assert_int_equal(url_parse(&v, shown(&u)), 0);
		assert_string_equal(v.host, u.host);
		assert_string_equal(v.target, u.target);
		assert_int_equal(v.port, u.port);
	}
	assert_true(good > 1000);
}

static void test_folder(void **state)
{
	static const char *const rows[][2] = {
		{ "http://h/a/b.ipxe", "http://h/a/" }, { "http://h/a/", "http://h/a/" },
		{ "http://h/b?x=/y", "http://h/" }, { "http://h", "http://h" }, { "http://h?a/b", "http://h" },
		{ "tftp://h//b#/c", "tftp://h//" }, { "", "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(url_folder_len(rows[i][0]), strlen(rows[i][1]));
	}
}

int main(void)
{
	schemes_of_the_loader();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folder),
		cmocka_unit_test(test_parse), cmocka_unit_test(test_encoding), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_resolve_rfc), cmocka_unit_test(test_resolve_user),
		cmocka_unit_test(test_resolve_long),
		cmocka_unit_test(test_boot_file), cmocka_unit_test(test_schemes), cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_whole_text),
		cmocka_unit_test(test_redact), cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
