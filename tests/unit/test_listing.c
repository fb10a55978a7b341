/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in a folder, as servers say it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/fetch/listing.h"

/* "name 12|folder/|rough ~1228": the text is a block of exactly its length. */
static const char *all(const char *text, const char *path)
{
	static char out[2000];
	struct listing_entry e;
	struct listing l;
	size_t len = strlen(text), n = 0;
	char *copy = malloc(len ? len : 1);

	memcpy(copy, text, len);
	out[0] = '\0';
	listing_begin(&l, copy, len, path);
	while (listing_next(&l, &e)) {
		n += (size_t)sprintf(out + n, "%s%s%s", n ? "|" : "", e.name, e.kind == LISTING_FOLDER ? "/" : "");
		if (e.size != LISTING_SIZE_UNKNOWN)
			n += (size_t)sprintf(out + n, " %s%llu", e.rough ? "~" : "", (unsigned long long)e.size);
	}
	assert_false(listing_next(&l, &e));
	free(copy);
	return out;
}

static void of_nginx(void **state)
{
	(void)state;
	assert_string_equal(all("<html>\r\n<head><title>Index of /pub/</title></head>\r\n<body>\r\n"
				"<h1>Index of /pub/</h1><hr><pre><a href=\"../\">../</a>\r\n"
				"<a href=\"boot/\">boot/</a>           28-Nov-2026 10:00                   -\r\n"
				"<a href=\"a%20b%26c.txt\">a b&amp;c.txt</a>  28-Nov-2026 10:00               11\r\n"
				"<a href=\"big.iso\">big.iso</a>        28-Nov-2026 10:00             700M\r\n"
				"</pre><hr></body>\r\n</html>\r\n", "/pub/"),
			    "boot/|a b&c.txt 11|big.iso ~734003200");
	assert_string_equal(all("[\r\n{ \"name\":\"boot\", \"type\":\"directory\", \"mtime\":\"Sat\" },\r\n"
				"{ \"name\":\"k\\\"\\u00e4\", \"type\":\"file\", \"mtime\":\"x\", \"size\":11 }\r\n]",
				"/"), "boot/|k\"\xc3\xa4 11");
}

static void of_apache(void **state)
{
	(void)state;
	assert_string_equal(all("<pre><img src=\"/icons/blank.gif\" alt=\"Icon \"> <a href=\"?C=N;O=D\">Name</a>  "
				"<a href=\"?C=M;O=A\">Last modified</a>  <a href=\"?C=S;O=A\">Size</a><hr>"
				"<img src=\"/icons/back.gif\"> <a href=\"/\">Parent Directory</a>             -   \n"
				"<img src=\"/icons/folder.gif\" alt=\"[DIR]\"> <a href=\"boot/\">boot/</a>  "
				"2026-11-28 10:00    -   \n"
				"<img alt=x> <a href=\"vm&amp;linuz\">vm..&gt;</a> 2026-11-28 10:00  1.2K  kernel"
				" 9\n<hr></pre>", "/pub/"), "boot/|vm&linuz 9");
	/* a table, as IndexOptions HTMLTable has it; and a plain list */
	assert_string_equal(all("<tr><td><a href=\"/pub/\">Up</a></td></tr>\n<tr><td><a href=\"a\">a</a></td>"
				"<td align=\"right\">2026-11-28 10:00  </td><td align=\"right\"> 12 </td>"
				"<td></td></tr><tr><td><a href='b'>b</a></td><td>1.0M</td></tr>",
				"/pub/x/"),
			    "a 12|b ~1048576");
	assert_string_equal(all("<ul><li><a href=\"/\"> Parent</a></li>\n<li><a href=\"one\"> one</a></li>\n</ul>",
				"/x/"), "one");
}

static void of_others(void **state)
{
	(void)state;
	/* lighttpd */
	assert_string_equal(all("<tr class=\"d\"><td class=\"n\"><a href=\"../\">..</a>/</td><td>&nbsp;</td>"
				"<td class=\"s\">- &nbsp;</td><td class=\"t\">Directory</td></tr>\n"
				"<tr><td class=\"n\"><a href=\"kernel\">kernel</a></td><td>2026-Nov-28 10:00"
				"</td><td class=\"s\">1.5K</td><td class=\"t\">application/octet-stream</td></tr>\n",
				"/"), "kernel ~1536");
	/* Python's http.server */
	assert_string_equal(all("<ul>\n<li><a href=\"boot/\">boot/</a></li>\n"
				"<li><a href=\"it%27s\">it&#x27;s</a></li>\n"
				"<li><a href=\"link\">link@</a></li>\n</ul>", "/x%20y/"), "boot/|it's|link");
	/* caddy */
	assert_string_equal(all("<a href=\"./boot/\">boot</a> <a href=\"./k.gz\">k</a><td class=\"size\">11 B</td>",
				"/pub/"), "boot/|k.gz 11");
	assert_string_equal(all("[{\"name\":\"boot/\",\"size\":4096,\"url\":\"./boot/\",\"mode\":2147484141,"
				"\"is_dir\":true,\"is_symlink\":false,\"x\":[1,{\"y\":\"]\"}]},{\"name\":\"k\","
				"\"size\":11,\"is_dir\":false}]\n", "/"), "boot/|k 11");
	/* absolute links */
	assert_string_equal(all("<A class=x HREF=/pub/a>a</A>\n<a href=/pub/sub/b>b</a><a href=/other>o</a>"
				"<a data-href=\"z\" href=\"/pub/c/?x\">c</a>", "/pub/?sort"), "a|c/");
}

static void what_is_none(void **state)
{
	(void)state;
	assert_string_equal(all("", "/"), "");
	assert_string_equal(all("not a page", "/"), "");
	assert_string_equal(all("<a href=\"..\">x</a><a href=\".\">x</a><a href=\"./\">x</a><a href=\"\">x</a>"
				"<a href=\"a/b\">x</a><a href=\"http://h/x\">x</a><a href=\"mailto:x\">x</a>"
				"<a href=\"a%2Fb\">x</a><a href=\"a%00b\">x</a><a href=\"a%0ab\">x</a>"
				"<a name=\"x\">x</a>"
				"<abbr href=\"x\">x</abbr><a href=\"open", "/"), "");
	assert_string_equal(all("[{\"name\":\"..\"},{\"name\":\"a/b\"},{\"name\":\"\\u0000\"},{\"name\":\"\\ud800\"},"
				"{\"size\":1},{},{\"name\":\"a\\tb\"},{\"name\":\"good\",\"size\":1e3}, "
				"{\"name\":\"cut", "/"),
			    "good");
	assert_string_equal(all("[{\"name\":\"a\",\"size\":}", "/"), "");
	assert_string_equal(all("<a href=\"x\">x</a> 1 99999999999999999999999\n<a href=\"y\">y</a> 9T", "/"),
			    "x 1|y ~9895604649984");
}

/* One line of an FTP server's is this entry, or "": none. */
static void of_ftp(void **state)
{
	static const char *const rows[][2] = {
		{ "type=file;size=123;modify=20260101000000; a b", "a b 123" },
		{ "Type=dir;modify=2026; boot", "boot/" },
		{ "type=cdir; .", "" }, { "type=pdir;perm=el; ..", "" }, { "size=1; x", "" }, { "; x", "" },
		{ "type=OS.unix=slink:/a;size=4; l", "l 4" }, { "type=file;size=x; y", "y" },
		{ "type=file;size=99999999999999999999; y", "y" }, { "type=file;", "" }, { "type=file; a/b", "" },
		{ "type=file;size; y", "y" }, { "type=file y", "" }, { "type=file; .", "" },
		{ "total 12", "" }, { "", "" }, { "  ", "" }, { "ls: no such file", "" },
		{ "-rw-r--r--    1 0        0               5 Nov 30 10:56 x", "x 5" },
		{ "-rw-r--r--+ 1 me Domain Users 5 Nov 30  2025  a  b ", " a  b  5" },
		{ "-rw-r--r--   1 me 4711 Nov 30 10:56 no group", "no group 4711" },
		{ "-rw-r--r-- 1 me me 5 30 nov 10:56 late", "late 5" },
		{ "drwxr-xr-x    2 0        0            4096 Jan  1 00:00 boot", "boot/" },
		{ "lrwxrwxrwx    1 0        0               4 Jan  1 00:00 l -> x -> y", "l" },
		{ "-rw-r--r-- 1 0 0 5 Nox 30 10:56 x", "" }, { "-rw-r--r-- 1 0 0 5 Nov 30 10:56", "" },
		{ "-rw-r--r-- Nov 30 10:56 x", "" }, { "-rw-r--r-- 1 0 0 8, 1 Nov 30 10:56 dev", "dev 1" },
		{ "brw-r--r-- 1 0 0 8, 1 Nov 30 10:56 dev", "" },
		{ "11-30-26  10:56AM       <DIR>          Program Files", "Program Files/" },
		{ "11-30-2026  10:56AM             1234 a b.iso", "a b.iso 1234" },
		{ "11-30-26  10:56AM <JUNCTION> x", "" },
		{ "11-30-26", "" }, { "11-30-26 10:56AM 12", "" },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), LISTING_FTP_HEAD "%s\r\ntype=dir; last\n", rows[i][0]);
		const char *got = all(text, "/");
		size_t len = strlen(rows[i][1]);

		if (strncmp(got, rows[i][1], len) || strcmp(got + len, len ? "|last/" : "last/"))
			fail_msg("%s: %s", rows[i][0], got);
	}
	assert_string_equal(all("#ftp\ntype=dir; a", "/"), "a/");
}

static void lines(void **state)
{
	struct listing_entry e = { .name = "a b", .kind = LISTING_FILE, .size = 5 };
	char text[3 * LISTING_LINE_MAX] = LISTING_HEAD;

	(void)state;
	size_t n = strlen(text);
	n += listing_put(text + n, &e);
	e = (struct listing_entry){ .name = "sub", .kind = LISTING_FOLDER, .size = LISTING_SIZE_UNKNOWN };
	n += listing_put(text + n, &e);
	assert_string_equal(text, LISTING_HEAD "f 5 a b\nd - sub\n");
	strcpy(text + n, "\nx 1 y\nf 1\nf 1 \nf x y\nf 18446744073709551615 ..\nf - last");
	assert_string_equal(all(text, "/"), "a b 5|sub/|last");
	strcpy(e.name, "a\nb");
	assert_int_equal(listing_put(text, &e), 0);
	memset(e.name, 'x', sizeof(e.name) - 1);
	e.name[sizeof(e.name) - 1] = '\0';
	e.size = UINT64_MAX - 1;
	assert_int_equal(listing_put(text, &e), 2 + 20 + 1 + 255 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_nginx), cmocka_unit_test(of_apache), cmocka_unit_test(of_others),
		cmocka_unit_test(what_is_none), cmocka_unit_test(lines), cmocka_unit_test(of_ftp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
