/* SPDX-License-Identifier: BSD-2-Clause */
/* Portable anymaps of every kind, as people and programs write them, and what is wrong with others. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "services/graphics/picture.h"
#include "tests/unit/fake_pages.h"

static char why[PICTURE_WHY];
static unsigned turns;

static void count_turn(void)
{
	turns++;
}

static int read_it(struct picture *p, const void *file, size_t len)
{
	*p = (struct picture){ 0 };
	int err = picture_read(p, file, len, count_turn, why);
	assert_true((err == 0) == !*why && strlen(why) < PICTURE_WHY);
	if (err < 0) {
		assert_null(p->pixels);
		assert_int_equal(fake_pages_held, 0);
	}
	return err;
}

#define FILE_OF(text) text, sizeof(text) - 1

static const struct {
	const char *file;
	size_t len;
	uint32_t width, height, pixels[10];
} good[] = {
	{ FILE_OF("P1\n# by hand\n3 2\n0 1 0\n110"), 3, 2, { 0xffffff, 0, 0xffffff, 0, 0, 0xffffff } },
	{ FILE_OF("P1#\n3 1 # three\n0#\n1 0\n"), 3, 1, { 0xffffff, 0, 0xffffff } },
	{ FILE_OF("P2 2 2 15\n0 15\n7\t1"), 2, 2, { 0, 0xffffff, 0x777777, 0x111111 } },
	{ FILE_OF("P2 1 1 65535 32768"), 1, 1, { 0x808080 } },
	{ FILE_OF("P3\r\n2 1\r\n255\r\n1 2 3 255 0 128\r\n"), 2, 1, { 0x010203, 0xff0080 } },
	{ FILE_OF("P3 1 1 3 3 0#\n 1"), 1, 1, { 0xff0055 } },
	{ FILE_OF("P4 9 1\n\xa5\x80"), 9, 1, { 0, 0xffffff, 0, 0xffffff, 0xffffff, 0, 0xffffff, 0, 0 } },
	{ FILE_OF("P4\n1 2\n\x7f\x80more"), 1, 2, { 0xffffff, 0 } },
	{ FILE_OF("P5 3 1 255\n\n#\x80"), 3, 1, { 0x0a0a0a, 0x232323, 0x808080 } },	/* one blank, then bytes */
	{ FILE_OF("P5 1 1 1000\n\x01\xf4"), 1, 1, { 0x808080 } },
	{ FILE_OF("P6 1 1 255\n\x01\x02\xff" "P6 1 1 255\nabc"), 1, 1, { 0x0102ff } },
	{ FILE_OF("P6\n1 1 65535 \xff\xff\0\0\x80\x00"), 1, 1, { 0xff0080 } },
};

static void every_kind(void **state)
{
	struct picture p;
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (read_it(&p, good[i].file, good[i].len) < 0)
			fail_msg("%s: %s", good[i].file, why);
		assert_int_equal(p.width, good[i].width);
		assert_int_equal(p.height, good[i].height);
		assert_memory_equal(p.pixels, good[i].pixels, sizeof(uint32_t) * p.width * p.height);
		picture_free(&p);
	}
}

static const struct {
	const char *file;
	size_t len;
	int err;
	const char *why;
} bad[] = {
	{ FILE_OF("\xff\xd8\xff\xe0"), -ENOEXEC, "PNM, but a JPEG" }, { FILE_OF("\xff\xd8"), -ENOEXEC, "PNM" },
	{ FILE_OF("\x3d\xf3\x13\x14"), -ENOEXEC, "PNM, but an LSS16" },
	{ FILE_OF("P1"), -ENOEXEC, "neither PNG nor PNM" }, { FILE_OF("P7 1 1 1 1"), -ENOEXEC, "" },
	{ FILE_OF("P0 1 1 1"), -ENOEXEC, "" }, { FILE_OF("P61 1 1"), -ENOEXEC, "" },
	{ FILE_OF("P1 "), -EBADMSG, "ends too early, after 3 bytes" }, { FILE_OF("P2 1 1 #"), -EBADMSG, "too early" },
	{ FILE_OF("P1 2 1 0"), -EBADMSG, "too early" }, { FILE_OF("P1 2 1 02"), -EBADMSG, "damaged (before byte 9)" },
	{ FILE_OF("P2 1 -1 1 1"), -EBADMSG, "damaged" }, { FILE_OF("P2 1 1x 1 1"), -EBADMSG, "damaged" },
	{ FILE_OF("P2 1 1 3 4"), -EBADMSG, "damaged" }, { FILE_OF("P2 1 1 0 0"), -EBADMSG, "damaged" },
	{ FILE_OF("P2 1 1 65536 1"), -EBADMSG, "damaged" }, { FILE_OF("P5 1 1 9\n\x0a"), -EBADMSG, "damaged" },
	{ FILE_OF("P5 1 1 999\n\x03"), -EBADMSG, "too early" }, { FILE_OF("P6 1 1 9\n\1\2"), -EBADMSG, "too early" },
	{ FILE_OF("P4 9 2\n\1\2\3"), -EBADMSG, "too early" }, { FILE_OF("P6 0 1 9\n"), -EBADMSG, "damaged" },
	{ FILE_OF("P6 1 0 9\n"), -EBADMSG, "damaged" }, { FILE_OF("P4 4097 1\n"), -E2BIG, "4096 x 4096" },
	{ FILE_OF("P4 1 99999999999999999999\n"), -E2BIG, "4096 x 4096" },
};

static void what_is_wrong(void **state)
{
	struct picture p;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (read_it(&p, bad[i].file, bad[i].len) != bad[i].err || !strstr(why, bad[i].why))
			fail_msg("%s: %s", bad[i].file, why);
	fake_pages_limit = 1000;
	assert_int_equal(read_it(&p, FILE_OF("P4 100 100\n")), -ENOMEM);
	fake_pages_limit = SIZE_MAX;
}

/* A megabyte of blanks before a number, and a picture as big as any: others have their turns. */
static void big_ones(void **state)
{
	static char file[(1u << 20) + 20];
	static const char head[] = "P4 4096 4096\n";
	size_t rows = 4096 * 4096 / 8;
	uint8_t *big = calloc(1, sizeof(head) + rows);
	struct picture p;
	(void)state;
	assert_non_null(big);
	memset(file, ' ', sizeof(file));
	memcpy(file, "P2", 2);
	memcpy(file + (1u << 20), "1 1 1 0", 7);
	turns = 0;
	assert_int_equal(read_it(&p, file, sizeof(file)), 0);
	assert_true(turns >= 16);
	picture_free(&p);
	memcpy(big, head, sizeof(head) - 1);
	big[sizeof(head) - 1 + rows - 1] = 1;
	assert_int_equal(read_it(&p, big, sizeof(head) - 1 + rows), 0);
	assert_int_equal(p.pixels[4096 * 4096 - 1], 0);
	assert_int_equal(p.pixels[4096 * 4096 - 2], 0xffffff);
	picture_free(&p);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind), cmocka_unit_test(what_is_wrong), cmocka_unit_test(big_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
