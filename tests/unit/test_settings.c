/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings of the script language: types, the store, ${...}. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "services/script/settings.h"

/* What the network would know. */
static int lookup(void *ctx, const char *name, struct setting_value *v)
{
	static const uint8_t mac[] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
	static const uint8_t option[] = { 5 };
	(void)ctx;
	if (!strcmp(name, "net0/mac") || !strcmp(name, "mac")) {
		*v = (struct setting_value){ .type = VALUE_HEX, .raw = mac, .len = 6 };
		return 0;
	}
	if (!strcmp(name, "filename")) {
		*v = (struct setting_value){ .type = VALUE_STRING, .raw = (const uint8_t *)"a b/c.0\0x", .len = 9 };
		return 0;
	}
	if (!strcmp(name, "net0/175.1")) {
		*v = (struct setting_value){ .type = VALUE_HEX, .raw = option, .len = 1 };
		return 0;
	}
	if (!strcmp(name, "loop")) {
		*v = (struct setting_value){ .raw = (const uint8_t *)"x${loop}", .len = 8 };
		return 0;
	}
	return -ENOENT;
}

static struct settings *fresh(void)
{
	static struct settings s;
	settings_free(&s);
	settings_init(&s, lookup, NULL);
	return &s;
}

static const char *expand(const struct settings *s, const char *word)
{
	static char out[512];
	int n = settings_expand(s, word, strlen(word), out, sizeof(out));
	if (n < 0)
		snprintf(out, sizeof(out), "error %d", n);
	else
		assert_int_equal(n, strlen(out));
	return out;
}

static void test_types(void **state)
{
	static const struct { const char *name, *text, *written; } rows[] = {
		{ "a", "plain text", "plain text" },
		{ "a:string", "x", "x" },
		{ "a:uristring", "a%20b", "a%20b" },
		{ "a:ipv4", "192.168.0.255", "192.168.0.255" },
		{ "a:int8", "-1", "-1" },
		{ "a:int8", "127", "127" },
		{ "a:int8", "-128", "-128" },
		{ "a:uint8", "255", "0xff" },
		{ "a:uint8", "0", "0x0" },
		{ "a:uint8", "010", "0x8" },
		{ "a:int16", "-017", "-15" },
		{ "a:int8", "300", "44" }, { "a:int8", "-129", "127" }, { "a:uint16", "65537", "0x1" },
		{ "a:uint32", "4294967298", "0x2" }, { "a:int32", "-4294967297", "-1" }, { "a:int8", "+5", "5" },
		{ "a:int8", "0", "0" },
		{ "a:uint16", "0x1F2e", "0x1f2e" },
		{ "a:int32", "-2147483648", "-2147483648" },
		{ "a:uint32", "4294967295", "0xffffffff" },
		{ "a:hex", "52:54:00:1F", "52:54:00:1f" },
		{ "a:hexhyp", "52-54-00", "52-54-00" },
		{ "a:hexraw", "525400fF", "525400ff" },
		{ "a:base64", "aGVsbG8=", "aGVsbG8=" },
		{ "a:base64", "aGVsbA==", "aGVsbA==" },
		{ "a:uuid", "00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddeeff" },
		{ "a:guid", "00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddeeff" },
		{ "a:ipv6", "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "a:ipv6", "::", "::" }, { "a:ipv6", "::1", "::1" }, { "a:ipv6", "fe80::", "fe80::" },
		{ "a:ipv6", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" }, { "a:ipv6", "1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8" },
		{ "a:ipv6", "0:0:3:4:5:0:0:0", "0:0:3:4:5::" },
		{ "a:dnssl", "lab.test a.b.c.", "lab.test a.b.c" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct settings *s = fresh();
		assert_int_equal(settings_set(s, rows[i].name, rows[i].text), 0);
		assert_string_equal(expand(s, "${a}"), rows[i].written);
		settings_free(s);
	}
}

static void test_bad_values(void **state)
{
	static const struct { const char *name, *text; int err; } rows[] = {
		{ "a:int32", "", 0 }, { "a:int32", "-", -EINVAL }, { "a:int32", "0x", -EINVAL },
		{ "a:int32", "12a", -EINVAL }, { "a:int32", "08", -EINVAL },
		{ "a:ipv6", "1:2:3", -EINVAL }, { "a:ipv6", "1::2::3", -EINVAL }, { "a:ipv6", "12345::", -EINVAL },
		{ "a:ipv6", "1:2:3:4:5:6:7:8:9", -EINVAL }, { "a:ipv6", "1:2:3:4:5:6:7::8", -EINVAL },
		{ "a:ipv6", ":1::", -EINVAL }, { "a:dnssl", "a..b", -EINVAL }, { "a:busdevfn", "0", -ENOTSUP },
		{ "a:dnssl", "a1234567890123456789012345678901234567890123456789012345678901234.b", -EINVAL },
		{ "a:ipv4", "1.2.3", -EINVAL }, { "a:ipv4", "1.2.3.256", -EINVAL }, { "a:ipv4", "1.2.3.4.5", -EINVAL },
		{ "a:ipv4", "1..2.3", -EINVAL }, { "a:ipv4", "00001.2.3.4", -EINVAL }, { "ip", "nonsense", -EINVAL },
		{ "a:hex", "5:", -EINVAL }, { "a:hex", ":5", -EINVAL }, { "a:hex", "525", -EINVAL },
		{ "a:hex", "g", -EINVAL }, { "a:hex", "a", -EINVAL },
		{ "a:hex", "5:55", -EINVAL }, { "a:hexhyp", "55-5", -EINVAL },
		{ "a:hexraw", "5", -EINVAL }, { "a:uuid", "00112233", -EINVAL }, { "a:base64", "a!", -EINVAL },
		{ "a:base64", "aa=a", -EINVAL },
		{ "a:nosuchtype", "1", -EINVAL }, { "", "x", -EINVAL }, { ":string", "x", -EINVAL },
		{ "net0/", "x", -EINVAL },
		{ "/a", "x", -EINVAL }, { "a b", "x", -EINVAL }, { "a{", "x", -EINVAL },
		{ "a123456789012345678901234567890123456789012345678901234567890123", "x", -EINVAL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct settings *s = fresh();
		assert_int_equal(settings_set(s, rows[i].name, rows[i].text), rows[i].err);
		assert_int_equal(s->count, 0);
	}
}

/* One value, written as other types. */
static void test_recast(void **state)
{
	struct settings *s = fresh();
	(void)state;
	assert_string_equal(expand(s, "${net0/mac}"), "52:54:00:12:34:56");
	assert_string_equal(expand(s, "${mac:hexhyp}"), "52-54-00-12-34-56");
	assert_string_equal(expand(s, "${netX/mac:hexraw}"), "525400123456");
	assert_string_equal(expand(s, "${filename}"), "a b/c.0");	/* up to the server's NUL */
	assert_string_equal(expand(s, "${filename:uristring}"), "a%20b%2Fc.0%00x");
	assert_string_equal(expand(s, "${net0/175.1:uint8}"), "0x5");
	assert_string_equal(expand(s, "${net0/175.1:int8}"), "5");
	settings_set(s, "n:hex", "ff");
	assert_string_equal(expand(s, "${n:int8}"), "-1");
	assert_string_equal(expand(s, "${n:uint8}"), "0xff");
	assert_string_equal(expand(s, "${n:ipv4}"), "");		/* too short to be one */
	settings_set(s, "n:hex", "00:00:00:00:01:00");
	assert_string_equal(expand(s, "${n:int32}"), "256");
	settings_set(s, "n:hex", "01:00:00:00:00");
	assert_string_equal(expand(s, "${n:int32}"), "");
	settings_set(s, "n:hex", "ff:00:00:00:00");
	assert_string_equal(expand(s, "${n:int32}"), "");
	settings_set(s, "n:hex", "00:ff:ff:ff:ff");
	assert_string_equal(expand(s, "${n:int32}"), "");
	assert_string_equal(expand(s, "${n:uint32}"), "0xffffffff");
	settings_free(s);
}

static void test_expand(void **state)
{
	struct settings *s = fresh();
	(void)state;
	settings_set(s, "a", "one");
	settings_set(s, "b", "a");
	settings_set(s, "one-a", "deep");
	settings_set(s, "brace", "{a}");
	assert_string_equal(expand(s, "x${a}y${b}z"), "xoneyaz");
	assert_string_equal(expand(s, "${${b}}"), "one");
	assert_string_equal(expand(s, "${${${b}}-${b}}"), "deep");
	assert_string_equal(expand(s, "$${brace}"), "one");	/* what a value brings is expanded */
	assert_string_equal(expand(s, "${nothing}"), "");
	assert_string_equal(expand(s, "${}"), "");
	assert_string_equal(expand(s, "${a:nosuchtype}"), "");
	assert_string_equal(expand(s, "${a"), "${a");
	assert_string_equal(expand(s, "}$}{${"), "}$}{${");
	assert_string_equal(expand(s, "\"${a} 'b"), "\"one 'b");
	assert_string_equal(expand(s, "${loop}"), "error -40");	/* ELOOP: does not go on for ever */
	settings_free(s);
}

static void test_expand_bounds(void **state)
{
	struct settings *s = fresh();
	char out[8];
	(void)state;
	settings_set(s, "a", "12345");
	assert_int_equal(settings_expand(s, "x${a}y", 6, out, 8), 7);
	assert_string_equal(out, "x12345y");
	assert_int_equal(settings_expand(s, "x${a}yz", 7, out, 8), -E2BIG);
	assert_int_equal(settings_expand(s, "12345678", 8, out, 8), -E2BIG);
	assert_int_equal(settings_expand(s, "", 0, out, 1), 0);
	settings_free(s);
}

static void test_scopes(void **state)
{
	struct settings *s = fresh();
	struct setting_value v;
	(void)state;
	settings_set(s, "netX/ip", "10.1.2.3");
	assert_string_equal(expand(s, "${net0/ip}"), "10.1.2.3");
	assert_string_equal(expand(s, "${ip}"), "10.1.2.3");
	assert_int_equal(settings_fetch(s, "ip", &v), 0);
	assert_int_equal(v.type, VALUE_IPV4);
	strcpy(s->netx, "net1-5");				/* another link was opened */
	assert_string_equal(expand(s, "${ip}"), "");
	settings_set(s, "netX/ip", "10.1.2.4");
	assert_string_equal(expand(s, "${ip} ${net1-5/ip} ${net0/ip}"), "10.1.2.4 10.1.2.4 10.1.2.3");
	assert_int_equal(settings_clear(s, "net1-5/ip"), 0);
	strcpy(s->netx, "net0");
	settings_set(s, "ip", "10.9.9.9");
	assert_string_equal(expand(s, "${ip} ${net0/ip}"), "10.9.9.9 10.1.2.3");
	settings_set(s, "mac:hex", "01");			/* what was set hides what the network says */
	assert_string_equal(expand(s, "${mac}"), "01");
	assert_int_equal(settings_clear(s, "mac"), 0);
	assert_int_equal(settings_clear(s, "mac"), -ENOENT);
	assert_string_equal(expand(s, "${mac:hexraw}"), "525400123456");
	settings_set(s, "ip", "");				/* an empty text clears */
	assert_string_equal(expand(s, "${ip}"), "10.1.2.3");
	settings_free(s);
}

/* A name and its option's number are one setting, with a type of its own. */
static void test_names_and_numbers(void **state)
{
	struct settings *s = fresh();
	struct setting_value v;
	(void)state;
	assert_int_equal(settings_set(s, "175.1:uint8", "7"), 0);
	assert_string_equal(expand(s, "${priority} ${175.1:int8} ${net0/priority}"), "0x7 7 ");
	assert_int_equal(settings_set(s, "priority", "5"), 0);
	assert_int_equal(s->count, 1);
	assert_int_equal(settings_fetch(s, "175.1", &v), 0);
	assert_int_equal(v.type, VALUE_INT8);
	assert_int_equal(settings_set(s, "priority", "urgent"), -EINVAL);
	assert_int_equal(settings_clear(s, "175.1"), 0);
	assert_int_equal(s->count, 0);
	assert_int_equal(settings_set(s, "net0/67", "x"), 0);
	assert_string_equal(expand(s, "${net0/filename} ${67}"), "x x");
	assert_int_equal(settings_set(s, "209:string", "menu.cfg"), 0);
	assert_string_equal(expand(s, "${209} ${209:hex}"), "menu.cfg 6d:65:6e:75:2e:63:66:67");
	settings_free(s);
	s->marks = SETTING_FINAL;
	assert_int_equal(settings_set(s, "filename", "final"), 0);
	s->marks = 0;
	assert_int_equal(settings_set(s, "67:string", "other"), -EROFS);	/* nor by its number */
	assert_int_equal(settings_set(s, "net0/67", "other"), -EROFS);
	settings_free(s);
}

static void test_numbers(void **state)
{
	struct settings *s = fresh();
	int32_t n;
	(void)state;
	settings_set(s, "n", "41");
	assert_int_equal(settings_number(s, "n", &n), 0);
	assert_int_equal(n, 41);
	settings_set(s, "n", "0x10");
	assert_int_equal(settings_number(s, "n", &n), 0);
	assert_int_equal(n, 16);
	settings_set(s, "n", "ten");
	assert_int_equal(settings_number(s, "n", &n), -EINVAL);
	assert_int_equal(settings_number(s, "m", &n), -ENOENT);
	assert_int_equal(settings_set_number(s, "n", VALUE_INT32, -7), 0);
	assert_string_equal(expand(s, "${n}"), "-7");
	assert_int_equal(settings_set_number(s, "n", VALUE_UINT32, -1), 0);
	assert_string_equal(expand(s, "${n}"), "0xffffffff");
	assert_int_equal(settings_set_number(s, "n", VALUE_UINT8, 256), 0);	/* past the end it begins anew */
	assert_string_equal(expand(s, "${n}"), "0x0");
	settings_free(s);
}

static void test_raw(void **state)
{
	struct settings *s = fresh();
	static uint8_t big[SETTING_LEN_MAX + 1];
	(void)state;
	assert_int_equal(settings_set_raw(s, "a", "ab\0c", 4), 0);
	assert_string_equal(expand(s, "${a:hexraw}"), "61620063");
	assert_int_equal(settings_set_raw(s, "m:hexhyp", "\x52\x54", 2), 0);
	assert_string_equal(expand(s, "${m}"), "52-54");
	assert_int_equal(settings_set_raw(s, "m", "", 0), 0);
	assert_string_equal(expand(s, "${m}"), "");
	assert_int_equal(settings_set_raw(s, "m", "", 0), 0);
	assert_int_equal(settings_set_raw(s, "m:what", "a", 1), -EINVAL);
	assert_int_equal(settings_set_raw(s, "m", big, sizeof(big)), -E2BIG);
	assert_int_equal(settings_set_raw(s, "m", big, sizeof(big) - 1), 0);
	settings_free(s);
}

static void test_limits(void **state)
{
	struct settings *s = fresh();
	char name[16];
	static char big[SETTING_LEN_MAX + 2];
	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	assert_int_equal(settings_set(s, "a", big), -E2BIG);
	big[SETTING_LEN_MAX] = '\0';
	int r = 0;
	unsigned i;
	for (i = 0; i < 100 && r == 0; i++) {
		snprintf(name, sizeof(name), "big%u", i);
		r = settings_set(s, name, big);
	}
	assert_int_equal(r, -ENOSPC);
	assert_int_equal(s->bytes, SETTINGS_LEN_MAX);
	assert_int_equal(settings_set(s, "big0", "small"), 0);	/* smaller than before: always fits */
	settings_free(s);
	assert_int_equal(s->bytes, 0);
	for (i = 0, r = 0; r == 0; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		r = settings_set(s, name, "1");
	}
	assert_int_equal(r, -ENOSPC);
	assert_int_equal(s->count, SETTINGS_MAX);
	settings_free(s);
}

/* Raw bytes as they come from servers and registers. */
static void types_are_written(void **state)
{
	static const struct { enum value_type type; const char *raw; size_t len; const char *text; } rows[] = {
		{ VALUE_GUID, "\x33\x22\x11\0\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16,
		  "00112233-4455-6677-8899-aabbccddeeff" },
		{ VALUE_BUSDEVFN, "\x1f\xfa", 2, "0000:1f:1f.2" },
		{ VALUE_BUSDEVFN, "\0\x2\0\x18", 4, "0002:00:03.0" },
		{ VALUE_DNSSL, "\3lab\4test\0\1a\xc0\0\xc0\4", 16, "lab.test a.lab.test test" },
		{ VALUE_DNSSL, "", 0, "" },
		{ VALUE_DNSSL, "\xc0\0", 2, NULL }, { VALUE_DNSSL, "\3lab", 4, NULL },
		{ VALUE_DNSSL, "\1a\xc0", 3, NULL },
		{ VALUE_DNSSL, "\x40" "a", 2, NULL }, { VALUE_IPV6, "short", 5, NULL },
		{ VALUE_GUID, "short", 5, NULL },
	};
	char text[64];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int n = value_format(rows[i].type, (const uint8_t *)rows[i].raw, rows[i].len, text, sizeof(text));
		assert_int_equal(n, rows[i].text ? (int)strlen(rows[i].text) : -ERANGE);
		assert_string_equal(text, rows[i].text ? rows[i].text : "");
	}
}

/* Whatever bytes: written and read back as hex, base64, they are the same. */
static void test_round_trips(void **state)
{
	static const enum value_type types[] = { VALUE_HEX, VALUE_HEXHYP, VALUE_HEXRAW, VALUE_BASE64 };
	uint8_t raw[64], back[64];
	char text[256];
	(void)state;
	srand(4711);
	print_message("seed 4711\n");
	for (unsigned round = 0; round < 2000; round++) {
		size_t len = (size_t)rand() % (sizeof(raw) + 1);
		for (size_t i = 0; i < len; i++)
			raw[i] = (uint8_t)rand();
		enum value_type type = types[round % 4];
		int n = value_format(type, raw, len, text, sizeof(text));
		assert_int_equal(n, strlen(text));
		assert_int_equal(value_parse(type, text, back, sizeof(back)), len);
		assert_memory_equal(raw, back, len);
		if (len)
			assert_int_equal(value_parse(type, text, back, len - 1), -E2BIG);
		char cut[9];
		assert_int_equal(value_format(type, raw, len, cut, sizeof(cut)), n);
		assert_memory_equal(cut, text, strlen(cut));
		assert_int_equal(strlen(cut), n < 8 ? n : 8);
	}
}

static int only_a(const struct settings *set, const char *name, const void *data, size_t len)
{
	(void)set;
	if (strcmp(name, "a"))
		return -EACCES;
	assert_true(data ? len == strlen("1") : !len);
	return 0;
}

static void a_gate_is_asked_before_each_change(void **state)
{
	char text[8];
	struct settings *s = fresh();
	(void)state;
	assert_int_equal(settings_set(s, "b", "1"), 0);
	s->gate = only_a;
	assert_int_equal(settings_set(s, "a", "1"), 0);
	assert_int_equal(settings_set(s, "b", "2"), -EACCES);
	assert_int_equal(settings_set(s, "b:hex", "02"), -EACCES);
	assert_int_equal(settings_set(s, "b", ""), -EACCES);
	assert_int_equal(settings_set_number(s, "b", VALUE_INT32, 2), -EACCES);
	assert_int_equal(settings_clear(s, "b"), -EACCES);
	assert_int_equal(settings_format(s, "b", text, sizeof(text)), 1);
	assert_string_equal(text, "1");
	assert_int_equal(settings_clear(s, "a"), 0);
	s->gate = NULL;
}

/* Knows one name, as DHCP may. */
static int domain_is_known(void *ctx, const char *name, struct setting_value *v)
{
	(void)ctx;
	return strcmp(name, "domain") ? -ENOENT : setting_value_text(v, "lease.test");
}

static void set_marked(struct settings *s, unsigned marks, const char *name, const char *text)
{
	s->marks = marks;
	assert_int_equal(settings_set(s, name, text), 0);
	s->marks = 0;
}

static void test_defaults_give_way(void **state)
{
	struct settings store, *s = &store;
	char text[64];
	(void)state;
	settings_init(s, domain_is_known, NULL);
	set_marked(s, SETTING_DEFAULT, "a", "1");
	set_marked(s, SETTING_DEFAULT, "domain", "file.test");
	set_marked(s, SETTING_DEFAULT, "colour", "blue");
	assert_int_equal(settings_marks(s, "a"), SETTING_DEFAULT);
	settings_format(s, "a", text, sizeof(text));
	assert_string_equal(text, "1");
	/* to what is known */
	settings_format(s, "domain", text, sizeof(text));
	assert_string_equal(text, "lease.test");
	assert_int_equal(settings_marks(s, "domain"), 0);
	assert_int_equal(settings_set_unless(s, "domain", "dhcp.test"), 0);
	assert_int_equal(settings_clear(s, "domain"), 0);
	/* to what is set, for the link too */
	assert_int_equal(settings_set(s, "netX/colour", "red"), 0);
	settings_format(s, "colour", text, sizeof(text));
	assert_string_equal(text, "red");
	assert_int_equal(settings_set(s, "a", "2"), 0);
	settings_format(s, "a", text, sizeof(text));
	assert_string_equal(text, "2");
	assert_int_equal(settings_marks(s, "a"), 0);
	assert_int_equal(settings_set_unless(s, "a", "3"), 0);
	settings_format(s, "a", text, sizeof(text));
	assert_string_equal(text, "2");
	set_marked(s, SETTING_DEFAULT, "b", "1");
	assert_int_equal(settings_set_unless(s, "b", "2"), 0);
	settings_format(s, "b", text, sizeof(text));
	assert_string_equal(text, "2");
	assert_int_equal(settings_set_unless(s, "none", "4"), 0);
	settings_format(s, "none", text, sizeof(text));
	assert_string_equal(text, "4");
	settings_free(s);
}

static void test_final(void **state)
{
	struct settings store, *s = &store;
	char text[64];
	(void)state;
	settings_init(s, domain_is_known, NULL);
	set_marked(s, SETTING_FINAL, "domain", "file.test");
	set_marked(s, SETTING_FINAL, "net0/ip", "10.0.0.7");
	assert_int_equal(settings_marks(s, "domain"), SETTING_FINAL);
	assert_int_equal(settings_set_unless(s, "domain", "x"), -EROFS);
	settings_format(s, "domain", text, sizeof(text));
	assert_string_equal(text, "file.test");
	static const char *const same[] = {
		"domain", "domain:hex", "net0/domain", "net7/domain", "netX/domain", "net0/ip", "netX/ip",
	};
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_int_equal(settings_set(s, same[i], strstr(same[i], "hex") ? "01" : "10.0.0.8"), -EROFS);
		assert_int_equal(settings_set_number(s, same[i], VALUE_INT32, 1), -EROFS);
	}
	assert_int_equal(settings_clear(s, "domain"), -EROFS);
	assert_int_equal(settings_set(s, "domain", ""), -EROFS);
	/* others are free */
	assert_int_equal(settings_set(s, "net1/ip", "10.0.0.8"), 0);
	assert_int_equal(settings_set(s, "domain2", "x"), 0);
	settings_format(s, "net0/ip", text, sizeof(text));
	assert_string_equal(text, "10.0.0.7");
	settings_free(s);
	assert_int_equal(settings_set(s, "domain", "x"), 0);
	settings_free(s);
}

static void assert_all_is(struct settings *s, const char *expected)
{
	char all[200] = "", text[32];
	unsigned count = 0;
	size_t bytes = 0;
	for (const struct setting *e = s->first; e; e = e->next, count++) {
		value_format(e->type, e->raw, e->len, text, sizeof(text));
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s=%s ", e->name, text);
		bytes += e->len;
	}
	assert_string_equal(all, expected);
	assert_int_equal(s->count, count);
	assert_int_equal(s->bytes, bytes);
}

/* The last change only, in its old place, and once. */
static void a_change_can_be_undone(void **state)
{
	struct settings *s = fresh();
	(void)state;
	settings_undo(s);
	settings_set(s, "a", "1");
	settings_set(s, "b:int16", "2");
	settings_set(s, "c", "3");
	settings_set(s, "b", "two");
	assert_all_is(s, "a=1 b=two c=3 ");
	settings_undo(s);
	settings_undo(s);
	assert_all_is(s, "a=1 b=2 c=3 ");
	settings_set(s, "d", "4");
	settings_undo(s);
	assert_all_is(s, "a=1 b=2 c=3 ");
	assert_int_equal(settings_clear(s, "a"), 0);
	settings_undo(s);
	assert_all_is(s, "a=1 b=2 c=3 ");
	settings_set(s, "c", "");
	settings_undo(s);
	settings_set_number(s, "b", VALUE_INT16, 3);
	settings_undo(s);
	assert_all_is(s, "a=1 b=2 c=3 ");
	/* what changed nothing leaves nothing to be undone, not even what was before it */
	settings_set(s, "a", "one");
	assert_int_equal(settings_clear(s, "x"), -ENOENT);
	settings_undo(s);
	assert_int_equal(settings_set(s, "b:int8", "no"), -EINVAL);
	settings_undo(s);
	assert_int_equal(settings_set(s, "b:nothing", "2"), -EINVAL);
	settings_undo(s);
	assert_all_is(s, "a=one b=2 c=3 ");
	settings_set(s, "a", "1");	/* what could be undone goes with the rest */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types), cmocka_unit_test(test_bad_values), cmocka_unit_test(test_recast),
		cmocka_unit_test(test_expand), cmocka_unit_test(test_expand_bounds), cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_names_and_numbers),
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_raw), cmocka_unit_test(test_limits),
		cmocka_unit_test(a_gate_is_asked_before_each_change), cmocka_unit_test(a_change_can_be_undone),
		cmocka_unit_test(types_are_written), cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_defaults_give_way),
		cmocka_unit_test(test_final),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
