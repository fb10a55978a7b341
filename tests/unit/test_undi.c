/* SPDX-License-Identifier: BSD-2-Clause */
/* Discovery of the PXE stack in a made-up first MiB, and frames out of a ROM's answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/undi/find.h"
#include "drivers/undi/hearing.h"
#include "drivers/undi/rx.h"

#define MIB 0x100000u
#define BANG_AT 0x9cba0u
#define PXENV_AT 0x9cc00u

static uint8_t *ram;
static struct undi_memory mem;
static struct undi_hints hints;
static struct undi_stack st;
static char why[200];

static void put16(uint32_t at, uint16_t v)
{
	ram[at] = (uint8_t)v;
	ram[at + 1] = (uint8_t)(v >> 8);
}

static void put_ptr(uint32_t at, uint32_t linear)
{
	put16(at, (uint16_t)(linear & 15));
	put16(at + 2, (uint16_t)(linear >> 4));
}

static struct pxe_ptr ptr(uint32_t linear)
{
	return (struct pxe_ptr){ .off = (uint16_t)(linear & 15), .seg = (uint16_t)(linear >> 4) };
}

static void fix_sum(uint32_t at, uint32_t len, uint32_t field)
{
	uint8_t sum = 0;
	ram[at + field] = 0;
	for (uint32_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + ram[at + i]);
	ram[at + field] = (uint8_t)-sum;
}

static void put_bang(uint32_t at)
{
	memcpy(ram + at, "!PXE", 4);
	ram[at + 4] = 0x58;
	put_ptr(at + 16, 0x9c5e0);
	put_ptr(at + 20, 0x9c600);
	put16(at + 24, 0xffff);
	put16(at + 26, 0xffff);
	ram[at + 29] = 7;
	put16(at + 40, 0x9ccc);
	put16(at + 42, 0xccc0);
	put16(at + 44, 9);
	put16(at + 46, 12048);
	fix_sum(at, 0x58, 5);
}

static void put_pxenv(uint32_t at, uint16_t version, uint8_t len, uint32_t bang)
{
	memcpy(ram + at, "PXENV+", 6);
	put16(at + 6, version);
	ram[at + 8] = len;
	put_ptr(at + 10, 0x9c5f0);
	if (len >= 0x2c)
		put_ptr(at + 0x28, bang);
	fix_sum(at, len, 9);
}

static int setup(void **state)
{
	(void)state;
	ram = calloc(1, MIB + 0x100);	/* a structure may be laid across the end */
	mem = (struct undi_memory){ .base = ram, .lowest = 0x1000, .len = MIB };
	hints = (struct undi_hints){ .base_top = 0x9c400 };
	return ram ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(ram);
	return 0;
}

static int find(void)
{
	return undi_find(&mem, &hints, &st, why, sizeof why);
}

static void entry_stack_comes_first(void **state)
{
	(void)state;
	put_bang(BANG_AT);
	put_pxenv(PXENV_AT, 0x0201, 0x2c, BANG_AT);
	hints.stack_arg = ptr(BANG_AT);
	hints.es_bx = ptr(PXENV_AT);
	assert_int_equal(find(), 0);
	assert_string_equal(st.how, "entry stack");
	assert_true(st.bang);
	assert_int_equal(st.bang_at, BANG_AT);
	assert_int_equal(st.pxenv_at, PXENV_AT);
	assert_int_equal((st.entry.seg << 4) + st.entry.off, 0x9c5e0);
	assert_int_equal(st.segments, 7);
	assert_true(undi_is_ipxe(&st));
	assert_int_equal(st.segment[1].base, 0x9ccc0);
	assert_int_equal(st.segment[1].size, 12048);
}

static void pxenv_leads_to_bang(void **state)
{
	(void)state;
	put_bang(BANG_AT);
	put_pxenv(PXENV_AT, 0x0201, 0x2c, BANG_AT);
	hints.es_bx = ptr(PXENV_AT);
	assert_int_equal(find(), 0);
	assert_string_equal(st.how, "ES:BX");
	assert_true(st.bang);
	assert_int_equal((st.entry.seg << 4) + st.entry.off, 0x9c5e0);
}

static void old_pxenv_serves_alone(void **state)
{
	(void)state;
	put_pxenv(PXENV_AT, 0x0200, 0x28, 0);
	hints.es_bx = ptr(PXENV_AT);
	assert_int_equal(find(), 0);
	assert_false(st.bang);
	assert_int_equal((st.entry.seg << 4) + st.entry.off, 0x9c5f0);
}

static void damaged_bang_falls_back_to_pxenv(void **state)
{
	(void)state;
	put_bang(BANG_AT);
	ram[BANG_AT + 40] ^= 1;
	put_pxenv(PXENV_AT, 0x0201, 0x2c, BANG_AT);
	hints.stack_arg = ptr(BANG_AT);
	hints.es_bx = ptr(PXENV_AT);
	assert_int_equal(find(), 0);
	assert_false(st.bang);
	assert_string_equal(st.how, "ES:BX");
	assert_non_null(strstr(st.refused, "checksum"));
}

/* PXENV+ that names no !PXE serves; the one that was pushed, and is damaged, is named all the same. */
static void damaged_bang_beside_old_pxenv(void **state)
{
	(void)state;
	put_bang(BANG_AT);
	ram[BANG_AT + 40] ^= 1;
	put_pxenv(PXENV_AT, 0x0200, 0x28, 0);
	hints.stack_arg = ptr(BANG_AT);
	hints.es_bx = ptr(PXENV_AT);
	assert_int_equal(find(), 0);
	assert_false(st.bang);
	assert_non_null(strstr(st.refused, "checksum"));
}

static bool answer_1a(void *ctx, struct pxe_ptr *pxenv)
{
	*pxenv = ptr(*(uint32_t *)ctx);
	return true;
}

static void int1a_is_asked_third(void **state)
{
	(void)state;
	uint32_t at = PXENV_AT;
	put_pxenv(PXENV_AT, 0x0201, 0x2c, 0x9ff00);
	hints.int1a = answer_1a;
	hints.ctx = &at;
	assert_int_equal(find(), 0);
	assert_string_equal(st.how, "INT 1Ah");
	assert_false(st.bang);
}

static void scan_finds_bang_then_pxenv(void **state)
{
	(void)state;
	put_pxenv(PXENV_AT, 0x0201, 0x2c, 0);
	assert_int_equal(find(), 0);
	assert_string_equal(st.how, "memory scan");
	assert_false(st.bang);
	put_bang(BANG_AT);
	assert_int_equal(find(), 0);
	assert_true(st.bang);
}

static void refusals_name_their_cause(void **state)
{
	(void)state;
	const char *cause;
	assert_int_not_equal(find(), 0);
	assert_non_null(strstr(why, "scan 9c400h-a0000h: nothing"));
	put_bang(BANG_AT);
	ram[BANG_AT + 5]++;
	assert_int_not_equal(find(), 0);
	assert_non_null(strstr(why, "scan 9c400h-a0000h: !PXE's checksum is wrong"));
	assert_int_not_equal(undi_check_bang(&mem, BANG_AT, &st, &cause), 0);
	assert_non_null(strstr(cause, "checksum"));
	put_bang(BANG_AT);
	ram[BANG_AT + 4] = 0x10;
	assert_int_not_equal(undi_check_bang(&mem, BANG_AT, &st, &cause), 0);
	assert_non_null(strstr(cause, "too short"));
	put_bang(MIB - 0x30);
	assert_int_not_equal(undi_check_bang(&mem, MIB - 0x30, &st, &cause), 0);
	assert_non_null(strstr(cause, "outside memory"));
	assert_int_not_equal(undi_check_bang(&mem, 0x400, &st, &cause), 0);
	assert_non_null(strstr(cause, "outside memory"));
	put_bang(BANG_AT);
	put_ptr(BANG_AT + 16, 0);
	fix_sum(BANG_AT, 0x58, 5);
	assert_int_not_equal(undi_check_bang(&mem, BANG_AT, &st, &cause), 0);
	assert_non_null(strstr(cause, "entry point"));
}

/* The same for PXENV+: what is wrong is named, and nothing is believed. */
static void pxenv_is_judged_alike(void **state)
{
	(void)state;
	struct pxe_ptr bang;
	const char *cause;
	put_pxenv(PXENV_AT, 0x0201, 0x2c, 0);
	ram[PXENV_AT + 9]++;
	assert_int_not_equal(undi_check_pxenv(&mem, PXENV_AT, &st, &bang, &cause), 0);
	assert_non_null(strstr(cause, "checksum"));
	put_pxenv(PXENV_AT, 0x0201, 0x27, 0);
	assert_int_not_equal(undi_check_pxenv(&mem, PXENV_AT, &st, &bang, &cause), 0);
	assert_non_null(strstr(cause, "too short"));
	put_pxenv(MIB - 0x2c, 0x0201, 0x2c, 0);
	ram[MIB - 0x2c + 8] = 0x30;
	assert_int_not_equal(undi_check_pxenv(&mem, MIB - 0x2c, &st, &bang, &cause), 0);
	assert_non_null(strstr(cause, "reaches outside memory"));
	assert_int_not_equal(undi_check_pxenv(&mem, MIB - 8, &st, &bang, &cause), 0);
	assert_non_null(strstr(cause, "lies outside memory"));
	put_pxenv(PXENV_AT, 0x0201, 0x2c, 0);
	put_ptr(PXENV_AT + 10, 0);
	fix_sum(PXENV_AT, 0x2c, 9);
	assert_int_not_equal(undi_check_pxenv(&mem, PXENV_AT, &st, &bang, &cause), 0);
	assert_non_null(strstr(cause, "entry point"));
	assert_int_equal(st.pxenv_at, 0);
}

static void ipxe_is_known_by_its_marks(void **state)
{
	(void)state;
	put_bang(BANG_AT);
	ram[BANG_AT + 30] = 0x80;	/* FirstSelector */
	fix_sum(BANG_AT, 0x58, 5);
	hints.stack_arg = ptr(BANG_AT);
	assert_int_equal(find(), 0);
	assert_false(undi_is_ipxe(&st));
	put_bang(BANG_AT);
	put_ptr(BANG_AT + 24, 0x9c000);	/* StatusCallout */
	fix_sum(BANG_AT, 0x58, 5);
	assert_int_equal(find(), 0);
	assert_false(undi_is_ipxe(&st));
}

/* Real mode does not need the descriptors; protected mode must not be given them. */
static void segments_outside_are_noticed(void **state)
{
	(void)state;
	static const struct { uint32_t base; bool outside; } cases[] = {
		{ 0x9c600, false }, { 0x10fff0, false }, { 0x110000, true }, { 0x7fff0000, true }, { 0xfffffff0, true },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		put_bang(BANG_AT);
		uint32_t at = BANG_AT + 32 + 8 * 2 + 2;
		put16(at, (uint16_t)cases[i].base);
		put16(at + 2, (uint16_t)(cases[i].base >> 16));
		put16(at + 4, 0x10);
		fix_sum(BANG_AT, 0x58, 5);
		hints.stack_arg = ptr(BANG_AT);
		assert_int_equal(find(), 0);
		assert_int_equal(undi_segments_outside(&st), cases[i].outside);
	}
}

static void whole_frames_pass_in_place(void **state)
{
	(void)state;
	struct rx rx = { 0 };
	uint8_t data[2048] = { 1, 2, 3 };
	size_t len = 0;
	assert_ptr_equal(rx_take(&rx, data, sizeof data, 60, 60, &len), data);
	assert_int_equal(len, 60);
	assert_int_equal(rx.bad, 0);
}

static void fragments_are_put_together(void **state)
{
	(void)state;
	struct rx rx = { 0 };
	uint8_t a[2048], b[2048];
	size_t len = 0;
	memset(a, 'a', sizeof a);
	memset(b, 'b', sizeof b);
	assert_null(rx_take(&rx, a, sizeof a, 100, 1514, &len));
	assert_null(rx_take(&rx, b, sizeof b, 1000, 1514, &len));
	const uint8_t *f = rx_take(&rx, a, sizeof a, 414, 1514, &len);
	assert_non_null(f);
	assert_int_equal(len, 1514);
	assert_int_equal(f[99], 'a');
	assert_int_equal(f[100], 'b');
	assert_int_equal(f[1099], 'b');
	assert_int_equal(f[1513], 'a');
}

static void nonsense_is_dropped_and_counted(void **state)
{
	(void)state;
	static const uint16_t cases[][2] = { { 60, 0 }, { 100, 60 }, { 0, 60 }, { 4000, 4000 }, { 2049, 2049 },
		{ 10, 10 } };
	struct rx rx = { 0 };
	uint8_t data[2048] = { 0 };
	size_t len;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_null(rx_take(&rx, data, sizeof data, cases[i][0], cases[i][1], &len));
	assert_int_equal(rx.bad, 6);
	/* a fragment too many ends the frame; the next whole one is fine */
	assert_null(rx_take(&rx, data, sizeof data, 100, 200, &len));
	assert_null(rx_take(&rx, data, sizeof data, 101, 200, &len));
	assert_int_equal(rx.bad, 7);
	assert_non_null(rx_take(&rx, data, sizeof data, 64, 64, &len));
}

/* An hour without a word, then a burst: the answers may take their time all the same. */
static void the_idle_are_not_deaf(void **state)
{
	(void)state;
	struct hearing h = { 0 };
	uint64_t now = 1000000;
	hearing_heard(&h);
	now += 3600ull * 1000000;
	for (unsigned i = 0; i < 100; i++)
		hearing_sent(&h, now);
	assert_int_equal(hearing_deaf_s(&h, now), 0);
	assert_int_equal(hearing_deaf_s(&h, now + HEARING_US - 1), 0);
	hearing_heard(&h);
	assert_int_equal(hearing_deaf_s(&h, now + HEARING_US), 0);
}

/* Four frames and four seconds; then twice that, until something is heard. */
static void the_deaf_are_started_anew(void **state)
{
	(void)state;
	struct hearing h = { 0 };
	uint64_t now = 5;
	for (unsigned i = 0; i < 9; i++)
		hearing_sent(&h, now);
	assert_int_equal(hearing_deaf_s(&h, now + 900000000), 0);	/* it has never heard anything */
	hearing_heard(&h);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < HEARING_FRAMES; i++, now += 1000) {
			assert_int_equal(hearing_deaf_s(&h, now + 900000000), 0);
			hearing_sent(&h, now);
		}
		now += ((uint64_t)HEARING_US << round) - HEARING_FRAMES * 1000;
		assert_int_equal(hearing_deaf_s(&h, now - 1), 0);
		assert_int_equal(hearing_deaf_s(&h, now), 4u << round);
		now += 7000000;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(entry_stack_comes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(pxenv_leads_to_bang, setup, teardown),
		cmocka_unit_test_setup_teardown(old_pxenv_serves_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_bang_falls_back_to_pxenv, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_bang_beside_old_pxenv, setup, teardown),
		cmocka_unit_test_setup_teardown(int1a_is_asked_third, setup, teardown),
		cmocka_unit_test_setup_teardown(scan_finds_bang_then_pxenv, setup, teardown),
		cmocka_unit_test_setup_teardown(refusals_name_their_cause, setup, teardown),
		cmocka_unit_test_setup_teardown(pxenv_is_judged_alike, setup, teardown),
		cmocka_unit_test_setup_teardown(ipxe_is_known_by_its_marks, setup, teardown),
		cmocka_unit_test_setup_teardown(segments_outside_are_noticed, setup, teardown),
		cmocka_unit_test(whole_frames_pass_in_place), cmocka_unit_test(fragments_are_put_together),
		cmocka_unit_test(nonsense_is_dropped_and_counted),
		cmocka_unit_test(the_idle_are_not_deaf), cmocka_unit_test(the_deaf_are_started_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
