/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking a BIOS for its memory, by all three calls: well-behaved ones, and ones that err, forget to end or know less.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/e820.h"
#include "kernel/gate.h"

#define SMAP 0x534d4150u
#define MIB 0x100000ull

/* What the BIOS answers. */
static struct bios {
	struct e820_entry e[8];
	unsigned count;
	uint32_t len;			/* bytes of each that it says it wrote */
	bool no_signature, endless, fails_at_end;
	bool e801, e801_in_cx, ah88;
	uint16_t int12_kib, low_kib, blocks;
	unsigned calls;
} bios;
static uint8_t segment[R_BUFFER + R_BUFFER_LEN] __attribute__((aligned(16)));

void *gate_ptr(unsigned off)
{
	return segment + off;
}

uint16_t gate_seg(void)
{
	return 0x9000;
}

static void answer_e820(struct bios_regs *r)
{
	assert_int_equal(r->edx, SMAP);
	assert_int_equal(r->es, 0x9000);
	assert_int_equal(r->edi, R_BUFFER);
	assert_true(r->ecx >= 20);
	assert_int_equal(r->flags & EFLAGS_CF, 0);
	unsigned i = r->ebx;
	assert_true(bios.endless || i < bios.count + bios.fails_at_end);
	if (bios.fails_at_end && i == bios.count) {
		r->flags = EFLAGS_CF;
		return;
	}
	memcpy(segment + R_BUFFER, &bios.e[i % bios.count], bios.len);
	r->eax = bios.no_signature ? 0x8600 : SMAP;
	r->ecx = bios.len;
	r->ebx = i + 1 < bios.count + bios.fails_at_end ? i + 1 : 0;
	if (bios.endless)
		r->ebx = 1;
}

void gate_bios(struct bios_regs *r)
{
	bios.calls++;
	if (r->intno == 0x12) {
		r->eax = 0xabcd0000u | bios.int12_kib;
		return;
	}
	assert_int_equal(r->intno, 0x15);
	bool known = true;
	if (r->eax == 0xe820 && bios.count) {
		answer_e820(r);
	} else if (r->eax == 0xe801 && bios.e801) {
		r->eax = r->ebx = r->ecx = r->edx = 0xffff0000u;
		*(bios.e801_in_cx ? &r->ecx : &r->eax) |= bios.low_kib;
		*(bios.e801_in_cx ? &r->edx : &r->ebx) |= bios.blocks;
	} else if (r->eax == 0x8800 && bios.ah88) {
		r->eax = 0xffff0000u | bios.low_kib;
	} else {
		known = false;
		r->flags |= EFLAGS_CF;
	}
	if (known && r->eax != SMAP && !bios.count)
		r->flags &= (uint16_t)~EFLAGS_CF;
}

static const struct bios usual = {
	.e = { { 0, 0x9fc00, MEM_USABLE, 1 }, { 0xf0000, 0x10000, MEM_RESERVED, 1 },
		{ MIB, 127 * MIB, MEM_USABLE, 1 } },
	.count = 3, .len = 24,
};

static void expect(const struct memmap *m, unsigned i, uint64_t base, uint64_t len, uint32_t type)
{
	assert_true(i < m->count);
	assert_int_equal(m->e[i].base, base);
	assert_int_equal(m->e[i].len, len);
	assert_int_equal(m->e[i].type, type);
}

static void expect_usual(const struct memmap *m)
{
	assert_int_equal(m->count, 3);
	expect(m, 0, 0, 0x9fc00, MEM_USABLE);
	expect(m, 1, 0xf0000, 0x10000, MEM_RESERVED);
	expect(m, 2, MIB, 127 * MIB, MEM_USABLE);
	assert_int_equal(m->lost, 0);
}

static struct memmap map;

static void well_behaved(void **state)
{
	(void)state;
	bios = usual;
	map.count = map.lost = 99;
	assert_int_equal(e820_read(&map), 0);
	expect_usual(&map);
	assert_int_equal(bios.calls, 3);
}

/* The end is told by an error instead of a continuation of 0. */
static void end_by_error(void **state)
{
	(void)state;
	bios = usual;
	bios.fails_at_end = true;
	assert_int_equal(e820_read(&map), 0);
	expect_usual(&map);
	assert_int_equal(bios.calls, 4);
}

/* 20 bytes, as before ACPI 3, leave the attributes as they were: the entry counts; bit 0 clear hides one of 24. */
static void short_and_hidden_entries(void **state)
{
	(void)state;
	bios = usual;
	bios.len = 20;
	bios.e[1].attr = 0;
	assert_int_equal(e820_read(&map), 0);
	expect_usual(&map);
	bios = usual;
	bios.e[1].attr = 0;
	assert_int_equal(e820_read(&map), 0);
	assert_int_equal(map.count, 2);
	expect(&map, 1, MIB, 127 * MIB, MEM_USABLE);
}

/* A BIOS that never ends is asked a bounded number of times, and what it said counts. */
static void endless(void **state)
{
	(void)state;
	bios = usual;
	bios.endless = true;
	assert_int_equal(e820_read(&map), 0);
	assert_int_equal(map.count, 2);
	assert_true(bios.calls > 100 && bios.calls < 10000);
}

/* What is no answer of E820h: no signature, or under 20 bytes. */
static void no_answers(void **state)
{
	(void)state;
	bios = usual;
	bios.no_signature = true;
	bios.ah88 = true;
	bios.low_kib = 1024;
	assert_int_equal(e820_read(&map), 0);
	expect(&map, map.count - 1, MIB, MIB, MEM_USABLE);
	bios = usual;
	bios.len = 19;
	assert_int_equal(e820_read(&map), -ENODEV);
	assert_int_equal(map.count, 0);
}

static void older(void **state)
{
	(void)state;
	for (int in_cx = 0; in_cx < 2; in_cx++) {
		bios = (struct bios){ .int12_kib = 639, .e801 = true, .e801_in_cx = in_cx, .low_kib = 15 * 1024,
		.blocks = 32 };
		assert_int_equal(e820_read(&map), 0);
		expect(&map, 0, 0, 639 * 1024, MEM_USABLE);
		expect(&map, 1, MIB, 15 * MIB + 32 * 65536, MEM_USABLE);	/* they touch at 16 MiB */
		assert_int_equal(map.count, 2);
	}
	bios = (struct bios){ .int12_kib = 640, .ah88 = true, .low_kib = 63 * 1024 };
	assert_int_equal(e820_read(&map), 0);
	expect(&map, 0, 0, 640 * 1024, MEM_USABLE);
	expect(&map, 1, MIB, 63 * MIB, MEM_USABLE);
	assert_int_equal(map.count, 2);
}

/* 640 KiB alone are of no use. */
static void none(void **state)
{
	(void)state;
	bios = (struct bios){ .int12_kib = 640 };
	assert_int_equal(e820_read(&map), -ENODEV);
	assert_int_equal(map.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_behaved), cmocka_unit_test(end_by_error),
		cmocka_unit_test(short_and_hidden_entries),
		cmocka_unit_test(endless), cmocka_unit_test(no_answers), cmocka_unit_test(older),
		cmocka_unit_test(none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
