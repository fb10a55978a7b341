/* SPDX-License-Identifier: BSD-2-Clause */
/* NTP's question and answer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/ntp/ntp.h"

#define COOKIE 0x0123456789abcdefull

static uint8_t answer[NTP_LEN];
static int64_t unix_s;
static char kiss[5];

/* A server's, of stratum 2, with that second since 1900. */
static void make(uint32_t seconds)
{
	memset(answer, 0, sizeof(answer));
	answer[0] = 4 << 3 | 4;
	answer[1] = 2;
	for (int i = 0; i < 8; i++)
		answer[24 + i] = (uint8_t)(COOKIE >> (56 - 8 * i));
	for (int i = 0; i < 4; i++)
		answer[40 + i] = (uint8_t)(seconds >> (24 - 8 * i));
	answer[44] = 0x80;
}

static int read_answer(void)
{
	return ntp_answer(answer, sizeof(answer), COOKIE, &unix_s, kiss);
}

static void test_question(void **state)
{
	uint8_t q[NTP_LEN];
	(void)state;
	memset(q, 0xff, sizeof(q));
	ntp_ask(q, COOKIE);
	assert_int_equal(q[0], 0x23);
	for (unsigned i = 1; i < 40; i++)
		assert_int_equal(q[i], 0);
	assert_memory_equal(q + 40, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
}

static void test_times(void **state)
{
	static const struct { uint32_t ntp; int64_t s; } rows[] = {
		{ 2208988800u, 0 }, { 3944678400u, 1735689600 }, { 0xffffffffu, 2085978495 }, { 1, 2085978497 },
		{ 0x80000000u, -61505152 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make(rows[i].ntp);
		assert_int_equal(read_answer(), 0);
		assert_true(unix_s == rows[i].s);
	}
}

static void test_refused(void **state)
{
	(void)state;
	make(3944678400u);
	assert_int_equal(ntp_answer(answer, NTP_LEN - 1, COOKIE, &unix_s, kiss), -ENOMSG);
	assert_int_equal(ntp_answer(answer, NTP_LEN, COOKIE + 1, &unix_s, kiss), -ENOMSG);
	answer[0] = 4 << 3 | 3;			/* a client's */
	assert_int_equal(read_answer(), -ENOMSG);
	answer[0] = 0xc0 | 4 << 3 | 4;		/* not synchronised */
	assert_int_equal(read_answer(), -EAGAIN);
	make(3944678400u);
	answer[1] = 16;
	assert_int_equal(read_answer(), -EAGAIN);
	make(0);
	assert_int_equal(read_answer(), -EAGAIN);
	make(3944678400u);
	answer[1] = 0;
	memcpy(answer + 12, "RA\x1b" "E", 4);
	assert_int_equal(read_answer(), -EACCES);
	assert_string_equal(kiss, "RA?E");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_question), cmocka_unit_test(test_times), cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
