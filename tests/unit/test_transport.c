/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several cards whose ROMs are called in several ways through the one resident
 * segment: each call finds its own entry point, selectors and mode.  What the
 * gate and user16.c do is played here; transport.c, the machine's, is included.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <cmocka.h>

#pragma GCC diagnostic ignored "-Wint-to-pointer-cast"	/* addresses have 32 bits there, and here by MAP_32BIT */
#include "drivers/undi/transport.c"

#define SEG 0x8e00
#define CARDS 3

static struct {
	uint8_t seg[R_LEN];
	bool deprived;			/* user16_use() */
	uint32_t base[32];		/* of the descriptors */
	unsigned uses;
	/* the last call */
	struct pxe_ptr entry;
	uint16_t dseg, in_protected, op;
	int mode;			/* enum user16_mode, or -1: real */
	unsigned calls;
	bool hangs, fails;
	uint64_t takes_us;
} R;

static struct undi_stack stacks[CARDS];
static struct transport cards[CARDS];
static uint8_t *bangs;			/* 256 bytes for each card's !PXE */

static uint64_t now_us, called_us;

uint64_t clock_us(void)
{
	return now_us;
}

void task_called_firmware(uint64_t us)
{
	called_us += us;
}

void *gate_ptr(unsigned off)
{
	return R.seg + off;
}

uint16_t gate_seg(void)
{
	return SEG;
}

uint16_t gate_offset(unsigned table_off)
{
	return (uint16_t)(0x100 + table_off);
}

static uint16_t get16(unsigned off)
{
	uint16_t v;
	memcpy(&v, R.seg + R_DATA + off, sizeof v);
	return v;
}

/* A ROM answers: every call succeeds, and the block tells which entry was called. */
static void rom(int mode)
{
	memcpy(&R.entry, R.seg + R_DATA + D_PXE_ENTRY, sizeof R.entry);
	R.dseg = get16(D_DSEG);
	R.in_protected = get16(D_PROTECTED);
	R.op = get16(D_PXE_OP);
	R.mode = mode;
	R.calls++;
	now_us += R.takes_us;
	put16(D_PXE_AX, 0);
	put16(D_HUNG, R.hangs);
	memset(R.seg + R_PARAM, 0, 2);
}

void gate_call(unsigned table_off)
{
	(void)table_off;
	assert_false(R.deprived && get16(D_PROTECTED));
	rom(-1);
}

enum user16_result user16_call(enum user16_mode mode, unsigned table_off, uint32_t limit_ms)
{
	(void)table_off;
	(void)limit_ms;
	assert_true(R.deprived);
	rom(mode);
	return R.fails ? USER16_FAULT : USER16_DONE;
}

const char *user16_why(void)
{
	return "script";
}

void user16_use(bool on)
{
	assert_int_equal(R.deprived, !on);
	R.deprived = on;
	R.uses++;
}

int user16_descriptor(uint16_t sel, uint32_t base, uint16_t limit, bool code)
{
	(void)limit;
	(void)code;
	R.base[sel / 8] = base;
	return 0;
}

static jmp_buf reset;

_Noreturn void restart(const char *fmt, ...)
{
	(void)fmt;
	longjmp(reset, 1);
}

static int setup(void **state)
{
	(void)state;
	memset(&R, 0, sizeof R);
	present = NULL;
	deprived = false;
	if (!bangs)
		bangs = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	assert_ptr_not_equal(bangs, MAP_FAILED);
	memset(bangs, 0, 256 * CARDS);
	for (unsigned i = 0; i < CARDS; i++) {
		struct undi_stack *s = &stacks[i];
		*s = (struct undi_stack){
			.bang = true, .bang_at = (uint32_t)(uintptr_t)bangs + 256 * i,
			.entry = { 0x10 + i, 0x9000 + i },
			.entry_esp = { 0x20 + i, 0x9000 + i }, .segments = UNDI_SEGMENTS, .first_selector = 0x80,
		};
		for (unsigned k = 0; k < UNDI_SEGMENTS; k++)
			s->segment[k] = (struct undi_segment){ .seg = 0x9000, .size = 0x100,
				.base = 0x90000 + 0x1000 * i };
		bangs[256 * i + 4] = 0x58;
		transport_open(&cards[i], s, i ? "net1" : "net0");
	}
	return 0;
}

static void ask(unsigned i)
{
	struct pxe_status_only s = { 0 };
	assert_int_equal(transport_call(&cards[i], PXE_UNDI_OPEN, &s, sizeof s), 0);
}

static void real_of(unsigned i)
{
	ask(i);
	assert_int_equal(R.mode, -1);
	assert_int_equal(R.entry.off, 0x10 + i);
	assert_int_equal(R.dseg, SEG);
	assert_false(R.in_protected || R.deprived);
}

static void v86_of(unsigned i)
{
	ask(i);
	assert_int_equal(R.mode, USER16_V86);
	assert_int_equal(R.entry.off, 0x10 + i);
	assert_int_equal(R.dseg, SEG);
	assert_false(R.in_protected);
}

static void pm_of(unsigned i)
{
	ask(i);
	assert_int_equal(R.mode, USER16_PM);
	assert_int_equal(R.entry.off, 0x20 + i);
	assert_int_equal(R.dseg, USER16_SEL_DATA);
	assert_true(R.in_protected);
	assert_int_equal(R.base[0x80 / 8 + SEG_UNDI_CODE], 0x90000 + 0x1000 * i);
}

static void each_in_its_way(void **state)
{
	(void)state;
	assert_int_equal(transport_choose(&cards[1], "v86"), 0);
	assert_int_equal(transport_choose(&cards[2], "pm"), 0);
	for (unsigned turn = 0; turn < 3; turn++) {
		real_of(0);
		pm_of(2);
		v86_of(1);
		pm_of(2);
		real_of(0);
		v86_of(1);
	}
	transport_drain(&cards[2]);
	assert_int_equal(R.entry.off, 0x22);
	assert_int_equal(R.op, PXE_UNDI_ISR);
	transport_drain(&cards[0]);
	assert_int_equal(R.entry.off, 0x10);
	assert_int_equal(R.mode, -1);
}

/* Nothing is set up anew for a card that is asked again. */
static void one_card_costs_nothing(void **state)
{
	(void)state;
	transport_choose(&cards[0], "v86");
	v86_of(0);
	unsigned uses = R.uses;
	v86_of(0);
	transport_drain(&cards[0]);
	assert_int_equal(R.uses, uses);
}

/* Both ROMs want the same selectors. */
static void two_in_protected_mode(void **state)
{
	(void)state;
	transport_choose(&cards[1], "pm");
	transport_choose(&cards[2], "pm");
	pm_of(1);
	pm_of(2);
	pm_of(1);
	transport_close(&cards[2]);
	real_of(2);
	pm_of(1);
}

/* One ROM fails at work: it alone is called in another way, and finds its !PXE as it was. */
static void a_fall_back_is_one_cards(void **state)
{
	(void)state;
	struct pxe_status_only s = { 0 };
	uint8_t before[32];
	memcpy(before, bangs + 512, sizeof before);
	transport_choose(&cards[1], "v86");
	transport_choose(&cards[2], "pm");
	assert_memory_not_equal(before, bangs + 512, sizeof before);
	v86_of(1);
	R.fails = true;
	assert_int_equal(transport_call(&cards[2], PXE_UNDI_OPEN, &s, sizeof s), 0xffff);
	R.fails = false;
	assert_memory_equal(before, bangs + 512, sizeof before);
	real_of(2);
	v86_of(1);
	real_of(2);
}

/* A loader runs in real mode; who was called before is called as before. */
static void a_loader_in_between(void **state)
{
	(void)state;
	transport_choose(&cards[1], "pm");
	pm_of(1);
	assert_int_equal(transport_loader((struct pxe_ptr){ 0x77, 0xc000 }), 0);
	assert_int_equal(R.entry.off, 0x77);
	assert_int_equal(R.dseg, SEG);
	assert_false(R.in_protected || R.deprived);
	pm_of(1);
}

/* A ROM that hangs costs its card, and is not called again; net0's costs all. */
static void what_hangs(void **state)
{
	(void)state;
	struct pxe_status_only s = { 0 };
	R.hangs = true;
	assert_int_equal(transport_loader((struct pxe_ptr){ 0x77, 0xc000 }), -ETIMEDOUT);
	R.hangs = false;
	real_of(0);
	real_of(1);
	R.hangs = true;
	transport_drain(&cards[1]);
	R.hangs = false;
	unsigned calls = R.calls;
	assert_int_equal(transport_call(&cards[1], PXE_UNDI_OPEN, &s, sizeof s), 0xffff);
	assert_int_equal(R.calls, calls);
	real_of(0);
	R.hangs = true;
	if (!setjmp(reset)) {
		transport_call(&cards[0], PXE_UNDI_OPEN, &s, sizeof s);
		fail();
	}
}

/* In ticks, 182 in ten seconds; what is no time that a word can count changes nothing. */
static void how_long_a_rom_may_take(void **state)
{
	(void)state;
	assert_int_equal(transport_set_patience(10), 0);
	assert_int_equal(get16(D_PATIENCE), 182);
	assert_int_equal(transport_set_patience(0), -EINVAL);
	assert_int_equal(transport_set_patience(3601), -EINVAL);
	assert_int_equal(get16(D_PATIENCE), 182);
	assert_int_equal(transport_patience(), 10);
	assert_int_equal(transport_set_patience(3600), 0);
	assert_int_equal(get16(D_PATIENCE), 65520);
}

/* A single call is what nobody can split; how much a drain asks for is up to us. */
static void calls_are_timed(void **state)
{
	(void)state;
	transport_choose(&cards[1], "v86");
	R.takes_us = 70000;
	called_us = 0;
	ask(0);
	assert_int_equal(called_us, 70000);
	v86_of(1);
	assert_int_equal(called_us, 140000);
	transport_drain(&cards[0]);
	assert_int_equal(called_us, 140000);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(each_in_its_way), T(one_card_costs_nothing), T(two_in_protected_mode), T(a_fall_back_is_one_cards),
		T(a_loader_in_between), T(what_hangs), T(how_long_a_rom_may_take), T(calls_are_timed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
