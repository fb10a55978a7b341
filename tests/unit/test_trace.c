/* SPDX-License-Identifier: BSD-2-Clause */
/* The trace of ROM calls: what stands in the log, and how much of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/undi/pxe.h"
#include "drivers/undi/trace.h"
#include "kernel/log.h"

#define SECOND 1000000u

static uint64_t now, pos;
static char said[LOG_RING_LEN];
static unsigned flushed;

static void nothing(void)
{
}

static void before(size_t len)
{
	(void)len;
}

static void flush(void)
{
	flushed++;
}

static const struct log_follower follower = { before, nothing, flush };

static void says(const char *want)
{
	size_t n = log_read(&pos, said, sizeof(said) - 1);
	said[n] = '\0';
	assert_string_equal(said, want);
}

static int setup(void **state)
{
	(void)state;
	trace_set(true);
	now += 10 * SECOND;
	pos = log_end();
	log_follow(&follower);
	flushed = 0;
	return 0;
}

static void call(unsigned op, const void *in, const void *out, size_t len, unsigned status)
{
	uint8_t block[256];
	memcpy(block, in, len);
	trace_called("", op, block, len, now);
	memcpy(block, out, len);
	now += 1234;
	trace_answered(status, block, NULL, now);
}

static void off_says_nothing(void **state)
{
	(void)state;
	trace_set(false);
	call(PXE_UNDI_OPEN, "\0\0\1\2", "\0\0\1\2", 4, 0);
	trace_drained("", 5, 0, now + 2 * SECOND);
	says("");
}

static void a_call_is_on_the_consoles_before_it_is_made(void **state)
{
	(void)state;
	uint8_t in[136] = { 0, 0, 0, 0, 3 }, out[136] = { 0x61, 0, 0, 0, 3, 0, 0xcd, 0xab };
	trace_called(" for net1", PXE_UNDI_OPEN, in, sizeof(in), now);
	says("undi: trace: OPEN (06h) for net1: 0000 0000 0003\n");
	assert_int_equal(flushed, 1);
	trace_answered(0x61, out, NULL, now + 5000);
	says("undi: trace: OPEN (06h) for net1: status 61h after 5000 us: 0061 0000 0003 abcd\n");
	/* nothing but zeros; a number without a name; an end that is no whole word; no answer at all */
	call(PXE_UNDI_CLOSE, "\0\0", "\0\0", 2, 0);
	says("undi: trace: CLOSE (07h): zeros\nundi: trace: CLOSE (07h): status 00h after 1234 us: zeros\n");
	call(0x42, "\1\0\5", "\0\0\5", 3, 0);
	says("undi: trace: call (42h): 0001\nundi: trace: call (42h): status 00h after 1234 us: zeros\n");
	trace_called("", PXE_UNDI_INITIALIZE, "\0", 1, now);
	trace_answered(0, "\0", "it faults", now + 7);
	says("undi: trace: INITIALIZE (03h): zeros\nundi: trace: INITIALIZE (03h): no answer after 7 us: it faults\n");
}

static void long_blocks_are_cut(void **state)
{
	(void)state;
	uint8_t block[2 * TRACE_WORDS + 2];
	char want[TRACE_WORDS * 5 + 64] = "undi: trace: TRANSMIT (08h): status 00h after 1234 us:";
	memset(block, 0x11, sizeof(block));
	for (unsigned i = 0; i < TRACE_WORDS; i++)
		strcat(want, " 1111");
	strcat(want, " ...\n");
	call(PXE_UNDI_TRANSMIT, block, block, sizeof(block), 0);
	says(want);
}

static void equal_calls_are_counted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 100; i++)
		call(PXE_UNDI_TRANSMIT, "\0\0\1", "\0\0\1", 4, 0);
	assert_int_equal(flushed, 0);			/* that would cost more than the calls */
	call(PXE_UNDI_TRANSMIT, "\0\0\1", "\6\0\1", 4, 6);
	says("undi: trace: TRANSMIT (08h): status 00h after 1234 us: 0000 0001\n"
	     "undi: trace: 99 more like it\n"
	     "undi: trace: TRANSMIT (08h): status 06h after 1234 us: 0006 0001\n");
	/* for a second at the most */
	for (unsigned i = 0; i < 3; i++)
		call(PXE_UNDI_TRANSMIT, "\0\0\1", "\6\0\1", 4, 6);
	now += SECOND;
	call(PXE_UNDI_TRANSMIT, "\0\0\1", "\6\0\1", 4, 6);
	says("undi: trace: 4 more like it\n");
	/* what comes seldom is said each time */
	call(PXE_UNDI_CLOSE, "\0", "\0", 1, 0);
	call(PXE_UNDI_CLOSE, "\0", "\0", 1, 0);
	says("undi: trace: CLOSE (07h): zeros\nundi: trace: CLOSE (07h): status 00h after 1234 us: zeros\n"
	     "undi: trace: CLOSE (07h): zeros\nundi: trace: CLOSE (07h): status 00h after 1234 us: zeros\n");
}

static void there_is_a_most_in_a_second(void **state)
{
	(void)state;
	unsigned lines = 0;
	for (unsigned i = 0; i < 500; i++) {
		uint8_t block[2] = { (uint8_t)i, (uint8_t)(i >> 8) };
		trace_called("", PXE_UNDI_TRANSMIT, block, 2, now);
		trace_answered(0, block, NULL, now);
	}
	size_t n = log_read(&pos, said, sizeof(said));
	for (size_t i = 0; i < n; i++)
		lines += said[i] == '\n';
	assert_int_equal(lines, TRACE_LINES);
	now += SECOND;
	trace_called("", PXE_UNDI_TRANSMIT, "\0", 2, now);
	trace_answered(0, "\0", NULL, now);
	says("undi: trace: 480 more, which 20 lines a second had no room for\n"
	     "undi: trace: TRANSMIT (08h): status 00h after 0 us: zeros\n");
}

static void drains_are_summed_up(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 5000; i++)
		trace_drained("", i % 100 == 0, 0, now += 100);
	says("");
	trace_drained("", 2, 0, now += SECOND);
	says("undi: trace: ISR (14h): 5001 times, 52 frames\n");
	/* nothing to say of silence */
	trace_drained("", 0, 0, now);
	trace_drained("", 0, 0, now += SECOND);
	says("");
	trace_drained("", 0, 0x6a, now);
	trace_drained("", 1, 0, now += SECOND);
	says("undi: trace: ISR (14h): 2 times, 1 frames; 1 times no good, the last with status 6ah\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(off_says_nothing, setup),
		cmocka_unit_test_setup(a_call_is_on_the_consoles_before_it_is_made, setup),
		cmocka_unit_test_setup(long_blocks_are_cut, setup),
		cmocka_unit_test_setup(equal_calls_are_counted, setup),
		cmocka_unit_test_setup(there_is_a_most_in_a_second, setup),
		cmocka_unit_test_setup(drains_are_summed_up, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
