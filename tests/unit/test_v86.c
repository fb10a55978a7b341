/* SPDX-License-Identifier: BSD-2-Clause */
/* The v86 monitor: what it does with each instruction that traps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/v86.h"

#define LEN 0x110000u
#define CODE 0x20000u
#define STACK 0x30000u
#define IF 0x200u

static struct v86_memory mem;
static struct v86_state s;

static int setup(void **state)
{
	(void)state;
	mem = (struct v86_memory){ .base = calloc(1, LEN), .len = LEN };
	s = (struct v86_state){ .cs = CODE >> 4, .ip = 0x100, .ss = STACK >> 4, .sp = 0x1000, .eflags = 0x20202,
		.vif = true };
	return mem.base ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(mem.base);
	return 0;
}

static enum v86_action run(const char *code, size_t len)
{
	memcpy(mem.base + ((uint32_t)s.cs << 4) + s.ip, code, len);
	return v86_trap(&s, &mem);
}

#define RUN(code) run(code, sizeof code - 1)

static uint16_t stacked(unsigned i)
{
	uint16_t v;
	memcpy(&v, mem.base + STACK + s.sp + 2 * i, 2);
	return v;
}

static void cli_sti_are_virtual(void **state)
{
	(void)state;
	assert_int_equal(RUN("\xfa"), V86_EMULATED);
	assert_false(s.vif);
	assert_int_equal(s.ip, 0x101);
	assert_int_equal(v86_flags(&s) & IF, 0);
	assert_int_equal(RUN("\xfb"), V86_EMULATED);
	assert_true(s.vif);
	assert_int_equal(v86_flags(&s) & IF, IF);
}

static void pushf_popf_carry_the_virtual_flag(void **state)
{
	(void)state;
	s.vif = false;
	s.eflags |= 1;
	assert_int_equal(RUN("\x9c"), V86_EMULATED);
	assert_int_equal(s.sp, 0xffe);
	assert_int_equal(stacked(0), 0x0003);
	uint16_t v = IF | 0x3000 | 0x40;
	memcpy(mem.base + STACK + s.sp, &v, 2);
	assert_int_equal(RUN("\x9d"), V86_EMULATED);
	assert_true(s.vif);
	assert_int_equal(s.sp, 0x1000);
	assert_int_equal(s.eflags & 0x3000, 0);		/* IOPL is not the code's */
	assert_int_equal(s.eflags & 0x41, 0x40);
	assert_int_equal(s.eflags & 0x20000, 0x20000);	/* nor is VM */
}

static void pushfd_is_four_bytes(void **state)
{
	(void)state;
	assert_int_equal(RUN("\x66\x9c"), V86_EMULATED);
	assert_int_equal(s.sp, 0xffc);
	assert_int_equal(stacked(1), 0);
	assert_int_equal(s.ip, 0x102);
}

static void int_goes_through_the_vector_and_iret_comes_back(void **state)
{
	(void)state;
	uint16_t vector[2] = { 0x1234, 0xf000 };
	memcpy(mem.base + 4 * 0x1a, vector, 4);
	assert_int_equal(RUN("\xcd\x1a"), V86_EMULATED);
	assert_int_equal(s.cs, 0xf000);
	assert_int_equal(s.ip, 0x1234);
	assert_false(s.vif);
	assert_int_equal(stacked(0), 0x102);
	assert_int_equal(stacked(1), CODE >> 4);
	assert_int_equal(stacked(2) & IF, IF);
	assert_int_equal(RUN("\xcf"), V86_EMULATED);
	assert_int_equal(s.cs, CODE >> 4);
	assert_int_equal(s.ip, 0x102);
	assert_int_equal(s.sp, 0x1000);
	assert_true(s.vif);
}

static void mode_switches_stay_at_the_instruction(void **state)
{
	(void)state;
	static const char *const codes[] = { "\x0f\x01\x16\x00\x10", "\x66\x2e\x0f\x01\x1e\x10\x20", "\x0f\x22\xc0\x90",
		"\x0f\x06\x90" };
	for (size_t i = 0; i < 4; i++) {
		struct v86_state before = s;
		assert_int_equal(run(codes[i], 4), V86_TO_REAL);
		assert_memory_equal(&s, &before, sizeof s);
	}
}

static void halt_and_nonsense(void **state)
{
	(void)state;
	assert_int_equal(RUN("\xf4"), V86_HALT);
	assert_int_equal(s.ip, 0x101);
	struct v86_state before = s;
	assert_int_equal(RUN("\x90"), V86_FAULT);
	assert_memory_equal(&s, &before, sizeof s);
	memset(mem.base + CODE + 0x101, 0x66, 64);
	assert_int_equal(v86_trap(&s, &mem), V86_FAULT);
}

static void stack_outside_memory_is_a_fault(void **state)
{
	(void)state;
	s.ss = 0xffff;
	s.sp = 0xffff;
	mem.len = 0x100000;
	assert_int_equal(RUN("\x9d"), V86_FAULT);
	s.sp = 1;
	assert_int_equal(RUN("\x9c"), V86_FAULT);	/* would wrap below the segment's start */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(cli_sti_are_virtual, setup, teardown),
		cmocka_unit_test_setup_teardown(pushf_popf_carry_the_virtual_flag, setup, teardown),
		cmocka_unit_test_setup_teardown(pushfd_is_four_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(int_goes_through_the_vector_and_iret_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(mode_switches_stay_at_the_instruction, setup, teardown),
		cmocka_unit_test_setup_teardown(halt_and_nonsense, setup, teardown),
		cmocka_unit_test_setup_teardown(stack_outside_memory_is_a_fault, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
