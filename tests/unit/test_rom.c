/* SPDX-License-Identifier: BSD-2-Clause */
/* UNDI in option ROMs, in a made-up first MiB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/undi/rom.h"

#define MIB 0x100000u
#define AT 0xc9800u
#define LEN 4096u
#define PCIR 0x40
#define ID 0x60
#define DEVICES 0x80

static uint8_t *ram;
static struct undi_memory mem;
static struct undi_rom rom;
static const char *why;

static void put16(uint32_t at, uint16_t v)
{
	ram[at] = (uint8_t)v;
	ram[at + 1] = (uint8_t)(v >> 8);
}

static void fix_sum(uint32_t at, uint32_t len, uint32_t field)
{
	uint8_t sum = 0;
	ram[at + field] = 0;
	for (uint32_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + ram[at + i]);
	ram[at + field] = (uint8_t)-sum;
}

/* Both sums, the ROM ID's first. */
static void seal(void)
{
	fix_sum(AT + ID, 0x16, 5);
	fix_sum(AT, LEN, 6);
}

/* A good ROM at AT, for 8086:100e. */
static int setup(void **state)
{
	(void)state;
	static const uint8_t pcir[] = { 'P', 'C', 'I', 'R', 0x86, 0x80, 0x0e, 0x10, 0, 0, 0x1c, 0, 3, 0, 0, 2, 8, 0, 1,
		0, 0, 0x80 };
	static const uint8_t id[] = { 'U', 'N', 'D', 'I', 0x16, 0, 0, 0, 1, 2, 0x00, 0x01, 0, 8, 0x10, 0x20, 0x30, 0x0a,
		'P', 'C', 'I', 'R' };
	ram = calloc(1, MIB);
	if (!ram)
		return -1;
	mem = (struct undi_memory){ .base = ram, .lowest = 0x1000, .len = MIB };
	put16(AT, 0xaa55);
	ram[AT + 2] = LEN / 512;
	put16(AT + 0x16, ID);
	put16(AT + 0x18, PCIR);
	memcpy(ram + AT + PCIR, pcir, sizeof pcir);
	memcpy(ram + AT + ID, id, sizeof id);
	seal();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(ram);
	return 0;
}

static enum rom_kind check(void)
{
	why = NULL;
	return undi_rom_check(&mem, AT, &rom, &why);
}

static void a_good_rom_is_read(void **state)
{
	(void)state;
	assert_int_equal(check(), ROM_UNDI);
	assert_int_equal(rom.at, AT);
	assert_int_equal(rom.len, LEN);
	assert_int_equal(rom.loader, 0x100);
	assert_int_equal(rom.data_len, 0x2010);
	assert_int_equal(rom.code_len, 0x0a30);
	assert_int_equal(rom.major, 2);
	assert_int_equal(rom.minor, 1);
	assert_int_equal(rom.vendor, 0x8086);
	assert_int_equal(rom.device, 0x100e);
	assert_int_equal(rom.image_len, LEN);
	assert_int_equal(undi_rom_next(AT, ROM_UNDI, &rom), AT + LEN);
}

static void what_is_no_rom_is_passed_over(void **state)
{
	(void)state;
	assert_int_equal(undi_rom_check(&mem, AT - ROM_STEP, &rom, &why), ROM_NONE);
	assert_int_equal(undi_rom_next(AT - ROM_STEP, ROM_NONE, &rom), AT);
	ram[AT + 2] = 0;
	assert_int_equal(check(), ROM_NONE);
	ram[AT + 2] = 255;
	assert_int_equal(undi_rom_check(&mem, AT, &rom, &why), ROM_REFUSED);	/* 127 KiB from here: within the area */
	put16(ROM_AREA_END - ROM_STEP, 0xaa55);
	ram[ROM_AREA_END - ROM_STEP + 2] = 5;
	assert_int_equal(undi_rom_check(&mem, ROM_AREA_END - ROM_STEP, &rom, &why), ROM_NONE);
	assert_int_equal(undi_rom_check(&mem, MIB - 2, &rom, &why), ROM_NONE);
}

static void other_roms_are_other(void **state)
{
	(void)state;
	put16(AT + 0x16, 0);
	seal();
	assert_int_equal(check(), ROM_OTHER);
	put16(AT + 0x16, PCIR);
	seal();
	assert_int_equal(check(), ROM_OTHER);
	/* what does not even add up is not a ROM */
	ram[AT + LEN - 1]++;
	assert_int_equal(check(), ROM_NONE);
	assert_int_equal(undi_rom_next(AT, ROM_NONE, &rom), AT + ROM_STEP);
}

struct fault {
	const char *why;
	uint32_t at;
	uint16_t value;
	bool id_sum;		/* the ROM ID's sum is mended afterwards */
};

static void faults_are_refused_by_name(void **state)
{
	(void)state;
	static const struct fault faults[] = {
		{ "ID leads outside", 0x16, 0xfff0, false },
		{ "reaches outside", 0x16, LEN - 10, false },
		{ "too short", ID + 4, 0x0a, true },
		{ "ID's checksum", ID + 6, 0x0100, false },
		{ "loader lies outside", ID + 10, LEN, true },
		{ "loader lies outside", ID + 10, 0, true },
		{ "names no code", ID + 16, 0, true },
		{ "not for PCI", ID + 18, 0x4e50, true },
		{ "which PCI device", 0x18, 0, false },
		{ "which PCI device", 0x18, LEN - 8, false },
		{ "which PCI device", PCIR, 0x4351, false },
	};
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		const struct fault *f = &faults[i];
		teardown(NULL);
		assert_int_equal(setup(NULL), 0);
		if (!strcmp(f->why, "reaches outside"))
			memcpy(ram + AT + LEN - 10, "UNDI\x16", 5);
		put16(AT + f->at, f->value);
		if (f->id_sum)
			fix_sum(AT + ID, 0x16, 5);
		fix_sum(AT, LEN, 6);
		assert_int_equal(check(), ROM_REFUSED);
		if (!strstr(why, f->why))
			fail_msg("fault %zu: \"%s\" instead of \"%s\"", i, why, f->why);
		assert_int_equal(undi_rom_next(AT, ROM_REFUSED, &rom), AT + ROM_STEP);
	}
	teardown(NULL);
	assert_int_equal(setup(NULL), 0);
	ram[AT + LEN - 1]++;
	assert_int_equal(check(), ROM_REFUSED);
	assert_non_null(strstr(why, "its checksum"));
}

static void further_devices_come_from_the_list(void **state)
{
	(void)state;
	uint16_t device;
	assert_int_equal(check(), ROM_UNDI);
	assert_true(undi_rom_device(&mem, &rom, 0, &device));
	assert_int_equal(device, 0x100e);
	assert_false(undi_rom_device(&mem, &rom, 1, &device));
	put16(AT + PCIR + 8, DEVICES - PCIR);
	put16(AT + DEVICES, 0x100f);
	put16(AT + DEVICES + 2, 0x1004);
	seal();
	assert_int_equal(check(), ROM_UNDI);
	assert_true(undi_rom_device(&mem, &rom, 1, &device));
	assert_int_equal(device, 0x100f);
	assert_true(undi_rom_device(&mem, &rom, 2, &device));
	assert_int_equal(device, 0x1004);
	assert_false(undi_rom_device(&mem, &rom, 3, &device));
	/* revision 2 has vital product data there */
	ram[AT + PCIR + 12] = 2;
	seal();
	assert_int_equal(check(), ROM_UNDI);
	assert_false(undi_rom_device(&mem, &rom, 1, &device));
}

static void a_list_of_devices_ends_with_the_rom(void **state)
{
	(void)state;
	uint16_t device;
	unsigned i = 0;
	memset(ram + AT + 0x200, 0x5a, LEN - 0x200);
	put16(AT + PCIR + 8, LEN - 6 - PCIR);
	seal();
	assert_int_equal(check(), ROM_UNDI);
	while (undi_rom_device(&mem, &rom, i, &device))
		i++;
	assert_int_equal(i, 4);
	put16(AT + PCIR + 8, 0xffff);
	seal();
	assert_int_equal(check(), ROM_UNDI);
	assert_false(undi_rom_device(&mem, &rom, 1, &device));
}

/* An expansion ROM: the image in ram + AT, and behind it one more that is the last. */
static void images_of_a_card_are_gone_through(void **state)
{
	(void)state;
	static const uint8_t efi[] = { 'P', 'C', 'I', 'R', 0x86, 0x80, 0x0e, 0x10, 0, 0, 0x1c, 0, 3, 0, 0, 2, 2, 0, 1,
		0, 3, 0 };
	uint8_t card[LEN + 1024];
	memset(card, 0xff, sizeof card);
	memcpy(card, ram + AT, LEN);
	assert_true(undi_rom_image(card, sizeof card, &rom));
	assert_int_equal(rom.at, 0);
	assert_int_equal(rom.len, LEN);
	assert_int_equal(rom.image_len, 8 * 512);
	/* an image for other firmware comes first */
	memset(card, 0, 1024);
	memcpy(card, "\x55\xaa", 2);
	card[0x18] = 0x1c;
	memcpy(card + 0x1c, efi, sizeof efi);
	memcpy(card + 1024, ram + AT, LEN);
	assert_true(undi_rom_image(card, sizeof card, &rom));
	assert_int_equal(rom.at, 1024);
	/* it is the last; it has no length; the second is cut off; there is none */
	card[0x1c + 0x15] = 0x80;
	assert_false(undi_rom_image(card, sizeof card, &rom));
	card[0x1c + 0x15] = 0;
	card[0x1c + 0x10] = 0;
	assert_false(undi_rom_image(card, sizeof card, &rom));
	card[0x1c + 0x10] = 2;
	assert_false(undi_rom_image(card, sizeof card - 1, &rom));
	memset(card, 0xff, sizeof card);
	assert_false(undi_rom_image(card, sizeof card, &rom));
	assert_false(undi_rom_image(card, 0, &rom));
}

#define PNP 0xa0
#define WORDS 0xd0

static void has_words(const char *maker, const char *product)
{
	seal();
	assert_int_equal(check(), ROM_UNDI);
	assert_string_equal(rom.maker, maker);
	assert_string_equal(rom.product, product);
}

static void words_for_the_card_are_in_the_pnp_header(void **state)
{
	(void)state;
	char cut[UNDI_WORDS_MAX];
	has_words("", "");
	put16(AT + 0x1a, PNP);
	memcpy(ram + AT + PNP, "$PnP\x01\x02", 6);
	put16(AT + PNP + 0x0e, WORDS);
	put16(AT + PNP + 0x10, WORDS + 16);
	strcpy((char *)ram + AT + WORDS, "Some Maker");
	strcpy((char *)ram + AT + WORDS + 16, "  Boot Agent v1 ");
	has_words("Some Maker", "Boot Agent v1");
	/* one is not there, or leads outside; what no console can show ends the other */
	put16(AT + PNP + 0x0e, 0);
	ram[AT + WORDS + 16 + 6] = 0xa9;
	has_words("", "Boot");
	put16(AT + PNP + 0x0e, LEN);
	has_words("", "Boot");
	/* the ROM's end is theirs; and there is a limit */
	put16(AT + PNP + 0x0e, LEN - 3);
	memcpy(ram + AT + LEN - 3, "abc", 3);
	has_words("abc", "Boot");
	memset(ram + AT + WORDS + 16, 'x', 200);
	memset(cut, 'x', sizeof cut - 1);
	cut[sizeof cut - 1] = 0;
	has_words("abc", cut);
	/* no such header, or one that the ROM's end cuts */
	ram[AT + PNP] = '!';
	has_words("", "");
	ram[AT + PNP] = '$';
	put16(AT + 0x1a, LEN - 0x1f);
	memcpy(ram + AT + LEN - 0x1f, "$PnP", 4);
	has_words("", "");
}

static void the_rom_of_a_card_is_found(void **state)
{
	(void)state;
	assert_true(undi_rom_for(&mem, 0x8086, 0x100e, &rom));
	assert_int_equal(rom.at, AT);
	assert_false(undi_rom_for(&mem, 0x8086, 0x100f, &rom));
	assert_false(undi_rom_for(&mem, 0x8087, 0x100e, &rom));
	put16(AT + PCIR + 8, DEVICES - PCIR);
	put16(AT + DEVICES, 0x100f);
	seal();
	assert_true(undi_rom_for(&mem, 0x8086, 0x100f, &rom));
}

static void pnp_is_found_where_it_adds_up(void **state)
{
	(void)state;
	assert_int_equal(undi_find_pnp(&mem).seg, 0);
	memcpy(ram + 0xf1230, "$PnP\x10\x21", 6);
	assert_int_equal(undi_find_pnp(&mem).seg, 0);
	fix_sum(0xf1230, 0x21, 8);
	assert_int_equal(undi_find_pnp(&mem).seg, 0xf000);
	assert_int_equal(undi_find_pnp(&mem).off, 0x1230);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_good_rom_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_rom_is_passed_over, setup, teardown),
		cmocka_unit_test_setup_teardown(other_roms_are_other, setup, teardown),
		cmocka_unit_test_setup_teardown(faults_are_refused_by_name, setup, teardown),
		cmocka_unit_test_setup_teardown(further_devices_come_from_the_list, setup, teardown),
		cmocka_unit_test_setup_teardown(a_list_of_devices_ends_with_the_rom, setup, teardown),
		cmocka_unit_test_setup_teardown(images_of_a_card_are_gone_through, setup, teardown),
		cmocka_unit_test_setup_teardown(words_for_the_card_are_in_the_pnp_header, setup, teardown),
		cmocka_unit_test_setup_teardown(the_rom_of_a_card_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(pnp_is_found_where_it_adds_up, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
