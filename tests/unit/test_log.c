/* SPDX-License-Identifier: BSD-2-Clause */
/* The log: its ring, who follows it, and how it goes past all that in a panic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/log.h"

static unsigned before, after, flushed;
static char raw_text[1024], other_text[1024];

static void note_before(size_t len)
{
	before += (unsigned)len;
}

static void note_after(void)
{
	after++;
}

static void note_flush(void)
{
	flushed++;
}

static const struct log_follower follower = { note_before, note_after, note_flush };

static void write_raw(struct log_raw *r, const char *text, size_t len);
static struct log_raw raw = { .write = write_raw }, other = { .write = write_raw };

static void write_raw(struct log_raw *r, const char *text, size_t len)
{
	strncat(r == &raw ? raw_text : other_text, text, len);
}

static void reads(uint64_t pos, const char *want)
{
	char text[256];
	size_t n = log_read(&pos, text, sizeof(text) - 1);
	text[n] = '\0';
	assert_string_equal(text, want);
	assert_int_equal(pos, log_end());
}

static void test_lines(void **state)
{
	(void)state;
	log_line("nobody %s yet", "follows");
	log_follow(&follower);
	log_line("one\ntwo \033[31mred\007");
	assert_int_equal(before, 4 + 9);
	assert_int_equal(after, 2);
	reads(0, "nobody follows yet\none\ntwo red?\n");
	log_flush();
	assert_int_equal(flushed, 1);
}

static void test_unfinished(void **state)
{
	uint64_t pos = log_end();
	(void)state;
	log_partial("half ");
	assert_string_equal(log_unfinished(), "half ");
	reads(pos, "");
	before = 0;
	log_line("and whole");
	assert_int_equal(before, 15);
	assert_string_equal(log_unfinished(), "");
	reads(pos, "half and whole\n");
}

/* Readers see newlines; whoever asks is told how bad each line was. */
static void test_severity(void **state)
{
	uint64_t start = log_end(), at[4];
	(void)state;
	log_warn("one\ntwo");
	at[1] = log_end();
	log_error("three %d", 3);
	at[2] = log_end();
	log_line("four");
	at[3] = log_end();
	reads(start, "one\ntwo\nthree 3\nfour\n");
	assert_int_equal(log_severity(start + 4), LOG_WARNING);
	assert_int_equal(log_severity(at[1]), LOG_WARNING);
	assert_int_equal(log_severity(at[2]), LOG_ERROR);
	assert_int_equal(log_severity(at[3]), LOG_INFO);
	/* a line begins behind any of them */
	assert_int_equal(log_back(2), at[1]);
	assert_int_equal(log_back(3), start + 4);
	assert_int_equal(log_tail((size_t)(at[3] - start) - 5), at[1]);
	assert_int_equal(log_severity(0), LOG_INFO);
	assert_int_equal(log_severity(at[3] + 1), LOG_INFO);
}

/* Marks are no text to whoever reads the log, but for those who ask for them; other bytes are none. */
static void test_coloured(void **state)
{
	uint64_t pos = log_end();
	char text[64] = "";
	(void)state;
	log_coloured("a\x8e\x91z\033\xa0\x07 --password x");
	reads(pos, "az??? --password *\n");
	assert_int_equal(log_read_marked(&pos, text, sizeof(text)), 21);
	assert_memory_equal(text, "a\x8e\x91z", 4);
	log_line("\x8e");
	pos--;
	assert_int_equal(log_read_marked(&pos, text, sizeof(text)), 3);
	assert_memory_equal(text, "\n?\n", 3);
}

static void test_overwritten(void **state)
{
	char text[64];
	uint64_t pos = log_end();
	(void)state;
	log_line("this will be gone");
	for (unsigned i = 0; i < LOG_RING_LEN / 8; i++)
		(i & 1 ? log_line : log_warn)("line %u", i);
	assert_int_equal(log_severity(pos + 18), LOG_INFO);	/* nobody knows any more */
	size_t n = log_read(&pos, text, sizeof(text));
	assert_memory_equal(text, "line ", 5);		/* a whole one */
	assert_int_equal(n, sizeof(text));
	assert_true(log_end() - pos < LOG_RING_LEN);
}

/* The last: there is no way back.  What the next life is to know goes into the ring, too. */
static void test_panic(void **state)
{
	uint64_t pos = log_end();
	char kept[64] = "";
	(void)state;
	log_add_raw(&raw);
	log_add_raw(&other);
	log_line("not raw yet");
	assert_string_equal(raw_text, "");
	after = flushed = 0;
	log_panic();
	log_drop_raw(&other);
	log_line("panic: %d\nand more", 1);
	log_flush();
	assert_string_equal(raw_text, "\r\033[Kpanic: 1\r\n\r\033[Kand more\r\n");
	assert_string_equal(other_text, "");
	assert_int_equal(after + flushed, 0);
	assert_int_equal(log_read(&pos, kept, sizeof(kept)), 12 + 9 + 9);
	assert_string_equal(kept, "not raw yet\npanic: 1\nand more\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines), cmocka_unit_test(test_unfinished), cmocka_unit_test(test_severity),
		cmocka_unit_test(test_coloured), cmocka_unit_test(test_overwritten), cmocka_unit_test(test_panic),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
