/* SPDX-License-Identifier: BSD-2-Clause */
/* NBPs by their content, and changes to the DHCP packets that a ROM keeps. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "services/boot/nbp.h"
#include "services/boot/nbp_settings.h"
#include "services/dhcp/dhcp_packet.h"

#define LEN 548u		/* a packet's buffer */
#define SEED 20260101u

static struct boot_why why;

static bool probe(const char *bytes, size_t n, size_t len)
{
	uint8_t *p = calloc(1, len);
	memcpy(p, bytes, n < len ? n : len);
	bool is = nbp_probe(p, len);
	free(p);
	return is;
}
#define PROBE(bytes, len) probe(bytes, sizeof(bytes) - 1, len)

static void known_by_content(void **state)
{
	(void)state;
	assert_true(PROBE("\xea\x24\x7c\x00\x00", 42430));		/* pxelinux */
	assert_true(PROBE("\xea\x05\x00\xc0\x07", 74213));		/* iPXE */
	assert_true(PROBE("\xb2\x7f\xea\x00\x82\x00\x00", 40000));	/* GRUB */
	assert_true(PROBE("\xeb\x0a\0\0\0\0\0\0UND0", 100000));		/* Undine */
}

static void what_is_none(void **state)
{
	(void)state;
	assert_false(PROBE("\xea\x24\x7c\x00\x00", 512));		/* a boot sector */
	assert_false(PROBE("\xea\x24\x7c\x00\x00", 3));
	assert_false(PROBE("\xea\x00\x7c\x00\x00", 4096));		/* jumps to itself */
	assert_false(PROBE("\xea\x04\x7c\x00\x00", 4096));		/* into the instruction */
	assert_false(PROBE("\xea\x00\x8c\x00\x00", 4096));		/* just past the end */
	assert_true(PROBE("\xea\xff\x8b\x00\x00", 4096));
	assert_false(PROBE("\xea\xf0\xff\x00\xf0", 65536));		/* into the BIOS */
	assert_false(PROBE("\xeb\x63\x90", 4096));
	assert_false(PROBE("\xea\x24\x7c\x00\x00", NBP_LEN_MAX + 1));
	assert_false(PROBE("", 0));
}

/* A packet with siaddr 10.0.0.1, file "old.0" and the options given, in a buffer of LEN bytes. */
static uint8_t *packet(const char *options, size_t n)
{
	static uint8_t p[LEN];
	memset(p, 0, sizeof(p));
	p[0] = 2;
	memcpy(p + 20, "\x0a\0\0\1", 4);
	memcpy(p + 108, "old.0", 5);
	memcpy(p + 236, "\x63\x82\x53\x63", 4);
	memcpy(p + 240, options, n);
	p[240 + n] = 255;
	return p;
}
#define PACKET(options) packet(options, sizeof(options) - 1)

static int change(uint8_t *p, size_t len, const char *text)
{
	static struct nbp_changes c;
	int rc = nbp_changes_parse(text, &c, &why);
	return rc < 0 ? rc : nbp_changes_apply(&c, p, len, &why);
}

static void assert_option(const uint8_t *p, unsigned number, const char *value, size_t len)
{
	uint8_t buf[LEN];
	assert_int_equal(dhcp_option(p, LEN, number, 0, buf, sizeof(buf)), len);
	assert_memory_equal(buf, value, len);
}

static void fields_and_options_change(void **state)
{
	(void)state;
	uint8_t *p = PACKET("\x35\1\5\x36\4\x0a\0\0\1\xd1\3abc");
	assert_int_equal(change(p, LEN,
		"next-server=10.9.8.7\nfilename=dir/new.0\n209=cfg\n150:ipv4=1.2.3.4\n210:hex=2f:00\n"), 0);
	assert_memory_equal(p + 20, "\x0a\x09\x08\x07", 4);
	assert_string_equal((char *)p + 108, "dir/new.0");
	assert_option(p, 53, "\5", 1);
	assert_option(p, 54, "\x0a\0\0\1", 4);
	assert_option(p, 209, "cfg", 3);
	assert_option(p, 150, "\1\2\3\4", 4);
	assert_option(p, 210, "/\0", 2);
	assert_int_equal(dhcp_option(p, LEN, 67, 0, NULL, 0), -ENOENT);
	assert_int_equal(dhcp_option(p, LEN, 66, 0, NULL, 0), -ENOENT);
}

static void options_that_name_the_server_follow(void **state)
{
	(void)state;
	uint8_t *p = PACKET("\x42\3old\x43\5old.0\x96\4\x0a\0\0\1");
	assert_int_equal(change(p, LEN, "next-server=192.168.100.200\nfilename=new.0\n"), 0);
	assert_option(p, 66, "192.168.100.200", 15);
	assert_option(p, 67, "new.0", 5);
	assert_int_equal(dhcp_option(p, LEN, 150, 0, NULL, 0), -ENOENT);
}

static void an_empty_value_removes(void **state)
{
	(void)state;
	uint8_t *p = PACKET("\xd1\3abc\x0c\2me");
	assert_int_equal(change(p, LEN, "209=\n"), 0);
	assert_int_equal(dhcp_option(p, LEN, 209, 0, NULL, 0), -ENOENT);
	assert_option(p, 12, "me", 2);
	assert_string_equal((char *)p + 108, "old.0");
}

static void long_values_and_names(void **state)
{
	(void)state;
	char text[512] = "210=", name[256];
	memset(text + 4, 'x', 310);
	uint8_t *p = PACKET("\x35\1\5");
	assert_int_equal(change(p, LEN, text), -ENOSPC);
	assert_option(p, 53, "\5", 1);		/* as it was */
	text[4 + 270] = '\0';
	assert_int_equal(change(p, LEN, text), 0);
	assert_option(p, 210, text + 4, 270);	/* in two parts */
	memset(name, 'n', 200);
	name[200] = '\0';
	snprintf(text, sizeof(text), "filename=%s\n", name);
	p = PACKET("\x35\1\5");
	assert_int_equal(change(p, LEN, text), 0);
	assert_int_equal(p[108], 0);		/* too long for the field */
	assert_option(p, 67, name, 200);
}

static void overloaded_fields_are_unpacked(void **state)
{
	(void)state;
	uint8_t *p = PACKET("\x34\1\3\x35\1\5");
	memset(p + 108, 0, 128);
	memcpy(p + 108, "\x43\5old.0\xff", 8);
	memcpy(p + 44, "\x0c\2me\xff", 5);
	assert_int_equal(change(p, LEN, "209=x"), 0);
	assert_int_equal(dhcp_option(p, LEN, 52, 0, NULL, 0), -ENOENT);
	assert_option(p, 67, "old.0", 5);
	assert_option(p, 12, "me", 2);
	assert_option(p, 209, "x", 1);
	assert_int_equal(p[108] | p[44], 0);
}

static void nonsense_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "x", "=x", "0=x", "255=x", "52=x", "300=x", "43:frob=x", "next-server=",
		"next-server=1.2.3",
					   "150:ipv4=x", "filename" };
	static struct nbp_changes c;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why.text[0] = '\0';
		if (nbp_changes_parse(bad[i], &c, &why) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_true(strlen(why.text) > 5);
	}
	uint8_t *p = PACKET("");
	p[236]++;
	assert_int_equal(change(p, LEN, "209=x"), -EPROTO);
	assert_int_equal(change(PACKET(""), 239, "209=x"), -EPROTO);
	assert_int_equal(change(PACKET(""), 240, "209=x"), -ENOSPC);
}

/* What scripts have set, as the next NBP is to find it. */
static void settings_become_lines(void **state)
{
	static struct nbp_changes c;
	struct settings s;
	char text[400];
	unsigned left_out;
	(void)state;
	settings_init(&s, NULL, NULL);
	assert_int_equal(settings_set(&s, "209:string", "my.cfg"), 0);
	assert_int_equal(settings_set(&s, "net0/root-path", "/srv"), 0);
	assert_int_equal(settings_set(&s, "net1/210:string", "no"), 0);		/* another link's */
	assert_int_equal(settings_set(&s, "filename", "a.0"), 0);
	assert_int_equal(settings_set(&s, "next-server", "10.0.0.9"), 0);
	assert_int_equal(settings_set(&s, "175.1:uint8", "7"), 0);		/* a part of an option */
	assert_int_equal(settings_set(&s, "53:uint8", "1"), 0);
	assert_int_equal(settings_set(&s, "255:uint8", "1"), 0);
	assert_int_equal(settings_set(&s, "fruit", "apple"), 0);
	assert_int_equal(settings_set(&s, "syslog", "log.test"), 0);		/* no address */
	size_t len = nbp_settings_lines(&s, text, sizeof(text), &left_out);
	assert_string_equal(text, "~209:hexraw=6d792e636667\n"
			    "~17:hexraw=2f737276\n~filename=a.0\n~next-server=10.0.0.9\n");
	assert_int_equal(len, strlen(text));
	assert_int_equal(left_out, 0);

	uint8_t *p = PACKET("\x35\1\5\xd1\3abc");
	assert_int_equal(change(p, LEN, text), 0);
	assert_option(p, 209, "my.cfg", 6);
	assert_option(p, 17, "/srv", 4);
	assert_string_equal((char *)p + 108, "a.0");
	assert_memory_equal(p + 20, "\x0a\0\0\x09", 4);
	assert_int_equal(nbp_changes_parse(text, &c, &why), 0);
	assert_false(c.asked);
	strcat(text, "209=other\n");				/* chain --option wins */
	assert_int_equal(nbp_changes_parse(text, &c, &why), 0);
	assert_true(c.asked);
	assert_int_equal(change(p, LEN, text), 0);
	assert_option(p, 209, "other", 5);

	nbp_settings_lines(&s, text, 30, &left_out);		/* no room */
	assert_string_equal(text, "~209:hexraw=6d792e636667\n");
	assert_int_equal(left_out, 3);
	for (unsigned i = 0; i < 9; i++) {
		char name[16];
		snprintf(name, sizeof(name), "%u:string", 220 + i);
		assert_int_equal(settings_set(&s, name, "x"), 0);
	}
	nbp_settings_lines(&s, text, sizeof(text), &left_out);
	assert_int_equal(left_out, 5);
	settings_free(&s);
}

static void unchanged_options_stay(void **state)
{
	(void)state;
	printf("seed %u\n", SEED);
	srand(SEED);
	for (int round = 0; round < 2000; round++) {
		char options[256];
		size_t n = 0;
		for (unsigned i = 0; i < 8; i++) {
			unsigned number = 1 + (unsigned)rand() % 254, len = (unsigned)rand() % 20;
			options[n++] = (char)(number == 52 ? 53 : number);
			options[n++] = (char)len;
			for (; len; len--)
				options[n++] = (char)rand();
		}
		uint8_t before[LEN], a[LEN], b[LEN], *p = packet(options, n);
		memcpy(before, p, LEN);
		assert_int_equal(change(p, LEN, "209=changed"), 0);
		for (unsigned number = 1; number < 255; number++) {
			int la = dhcp_option(before, LEN, number, 0, a, LEN),
			lb = dhcp_option(p, LEN, number, 0, b, LEN);
			if (number == 209)
				continue;
			assert_int_equal(la, lb);
			if (la > 0)
				assert_memory_equal(a, b, (size_t)la);
		}
		assert_option(p, 209, "changed", 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_by_content), cmocka_unit_test(what_is_none),
		cmocka_unit_test(fields_and_options_change),
		cmocka_unit_test(options_that_name_the_server_follow), cmocka_unit_test(an_empty_value_removes),
		cmocka_unit_test(long_values_and_names), cmocka_unit_test(overloaded_fields_are_unpacked),
		cmocka_unit_test(nonsense_is_refused), cmocka_unit_test(settings_become_lines),
		cmocka_unit_test(unchanged_options_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
