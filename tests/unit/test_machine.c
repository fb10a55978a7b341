/* SPDX-License-Identifier: BSD-2-Clause */
/* SMBIOS strings and UUID, and the way to ACPI's S5, from made-up tables. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "services/firmware/acpi_off.h"
#include "services/firmware/smbios.h"
#include "services/firmware/spcr.h"

static const uint8_t system_table[] =
	"\x00\x04\x00\x00" "vendor\0\0"
	"\x01\x1b\x01\x00\x01\x02\x00\x03"
	"\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff" "\x06\x00\x00"
	"Maker \0Prod\x01uct\0SN 42\0\0"
	"\x03\x09\x03\x00\x00\x00\x00\x00\x01" "tag7\0\0"
	"\x7f\x04\x7f\x00\0";

static void smbios_strings_and_uuid(void **state)
{
	(void)state;
	static const uint8_t uuid[16] = { 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc,
		0xdd, 0xee, 0xff };
	struct smbios_info info;
	smbios_read(system_table, sizeof system_table - 1, SMBIOS_TURNED, &info);
	assert_string_equal(info.manufacturer, "Maker");
	assert_string_equal(info.product, "Product");
	assert_string_equal(info.serial, "SN 42");
	assert_string_equal(info.asset, "tag7");
	assert_true(info.has_uuid);
	assert_memory_equal(info.uuid, uuid, 16);
	smbios_read(system_table, sizeof system_table - 1, 0x205, &info);	/* VirtualBox's, say */
	assert_memory_equal(info.uuid, system_table + 12 + 8, 16);
}

static void smbios_truncated_anywhere_is_safe(void **state)
{
	(void)state;
	struct smbios_info info;
	for (size_t len = 0; len < sizeof system_table; len++) {
		uint8_t copy[sizeof system_table];
		memcpy(copy, system_table, len);
		smbios_read(copy, len, SMBIOS_TURNED, &info);
		assert_true(strlen(info.serial) < SMBIOS_TEXT);
	}
	smbios_read(system_table, 12, SMBIOS_TURNED, &info);
	assert_false(info.has_uuid);
}

/* A text of 255 characters is whole; a longer one is missing, and said to be. */
static void smbios_cuts_nothing(void **state)
{
	(void)state;
	static uint8_t table[8 + 600 + 4] = { 1, 8, 0, 0, 1, 2, 0, 3 };
	struct smbios_info info;
	for (size_t len = 250; len < 260; len++) {
		uint8_t *p = table + 8;
		memset(p, 0, sizeof(table) - 8);
		memcpy(p, "Maker\0P", 7);
		p += 8;				/* the third text; its second character is no printable one */
		memset(p, 'S', len);
		memset(p + len, ' ', 9);		/* of no account */
		p[1] = '\x01';
		p[len + 11] = 127;
		smbios_read(table, (size_t)(p + len + 15 - table), SMBIOS_TURNED, &info);
		assert_string_equal(info.manufacturer, "Maker");
		assert_string_equal(info.product, "P");
		assert_int_equal(strlen(info.serial), len - 1 > 255 ? 0 : len - 1);
		if (len - 1 > 255)
			assert_string_equal(info.too_long, "serial number");
		else
			assert_null(info.too_long);
	}
}

static void smbios_unset_uuid_is_none(void **state)
{
	(void)state;
	uint8_t copy[sizeof system_table];
	struct smbios_info info;
	memcpy(copy, system_table, sizeof copy);
	memset(copy + 12 + 8, 0xff, 16);
	smbios_read(copy, sizeof copy - 1, SMBIOS_TURNED, &info);
	assert_false(info.has_uuid);
}

static void smbios_entry_points(void **state)
{
	(void)state;
	uint8_t area[256] = { 0 };
	struct smbios_table t;
	assert_int_not_equal(smbios_find(area, sizeof area, &t), 0);
	memcpy(area + 32, "_SM_", 4);
	area[37] = 0x1f;
	area[38] = 2;
	area[39] = 8;
	area[32 + 0x16] = 0x34;
	area[32 + 0x17] = 0x12;
	area[32 + 0x1a] = 0x0e;
	uint8_t sum = 0;
	for (int i = 0; i < 0x1f; i++)
		sum = (uint8_t)(sum + area[32 + i]);
	area[36] = (uint8_t)-sum;
	assert_int_equal(smbios_find(area, sizeof area, &t), 0);
	assert_int_equal(t.len, 0x1234);
	assert_int_equal(t.addr, 0x0e0000);
	assert_int_equal(t.major * 100 + t.minor, 208);
	area[36]++;
	assert_int_not_equal(smbios_find(area, sizeof area, &t), 0);

	/* SMBIOS 3: 64-bit address, 32-bit length */
	static const uint8_t v3[24] = { '_', 'S', 'M', '3', '_', 0, 24, 3, 2, 0, 1, 0, 0x78, 0x56, 0x34, 0x12, 0, 0, 0,
		0x80, 1 };
	memcpy(area + 64, v3, sizeof v3);
	for (unsigned i = 0; i < sizeof v3; i++)
		area[69] = (uint8_t)(area[69] - v3[i]);
	assert_int_equal(smbios_find(area, sizeof area, &t), 0);
	assert_int_equal(t.len, 0x12345678);
	assert_true(t.addr == 0x180000000ull);
	assert_int_equal(t.major * 100 + t.minor, 302);
}

/* RSDT at 1000h, FADT at 1100h, DSDT at 1200h */
static uint8_t memory[0x2000];

static void put32(uint32_t at, uint32_t v)
{
	memcpy(memory + at, &v, 4);
}

static struct acpi_memory acpi(const char *s5, size_t s5_len)
{
	memset(memory, 0, sizeof memory);
	memcpy(memory + 0x1000, "RSDT", 4);
	put32(0x1004, 44);
	put32(0x1000 + 36, 0x50000000);		/* a table that is not in memory */
	put32(0x1000 + 40, 0x1100);
	memcpy(memory + 0x1100, "FACP", 4);
	put32(0x1104, 116);
	put32(0x1100 + 40, 0x1200);
	put32(0x1100 + 48, 0xb2);
	memory[0x1100 + 52] = 0xf1;
	put32(0x1100 + 64, 0x604);
	memcpy(memory + 0x1200, "DSDT", 4);
	put32(0x1204, 36 + 16 + (uint32_t)s5_len);
	memcpy(memory + 0x1200 + 44, s5, s5_len);
	return (struct acpi_memory){ .base = memory, .lowest = 0x1000, .len = sizeof memory };
}

static void acpi_s5_is_found(void **state)
{
	(void)state;
	static const char s5[] = "\x08_S5_\x12\x07\x04\x0a\x05\x01\x00\x00";
	struct acpi_memory mem = acpi(s5, sizeof s5 - 1);
	struct acpi_off off;
	assert_int_equal(acpi_off_find(&mem, 0x1000, &off), 0);
	assert_int_equal(off.pm1a_cnt, 0x604);
	assert_int_equal(off.pm1b_cnt, 0);
	assert_int_equal(off.slp_typ_a, 5);
	assert_int_equal(off.slp_typ_b, 1);
	assert_int_equal(off.smi_cmd, 0xb2);
	assert_int_equal(off.acpi_enable, 0xf1);
}

static void acpi_damage_is_refused(void **state)
{
	(void)state;
	static const char none[] = "\x08_S4_\x12\x07\x04\x0a\x05\x01\x00\x00",
		name[] = "\x08_S5_\x0d\x07\x04\x0a\x05\x01";
	struct acpi_off off;
	struct acpi_memory mem = acpi(none, sizeof none - 1);
	assert_int_not_equal(acpi_off_find(&mem, 0x1000, &off), 0);
	mem = acpi(name, sizeof name - 1);
	assert_int_not_equal(acpi_off_find(&mem, 0x1000, &off), 0);
	assert_int_not_equal(acpi_off_find(&mem, 0x1ff0, &off), 0);
	assert_int_not_equal(acpi_off_find(&mem, 0, &off), 0);
	put32(0x1204, 0x7fffffff);
	assert_int_not_equal(acpi_off_find(&mem, 0x1000, &off), 0);
}

/* An SPCR behind the FADT: COM2 at 57600, ANSI; behind an XSDT where `wide`. */
static struct acpi_memory spcr_memory(bool wide)
{
	struct acpi_memory mem = acpi("", 0);
	if (wide) {
		memcpy(memory + 0x1000, "XSDT", 4);
		put32(0x1004, 36 + 16);
		memset(memory + 0x1000 + 36, 0, 16);
		put32(0x1000 + 36 + 4, 1);	/* a table above 4 GiB */
		put32(0x1000 + 36 + 8, 0x1800);
	} else {
		put32(0x1000 + 36, 0x1800);
	}
	memcpy(memory + 0x1800, "SPCR", 4);
	put32(0x1804, 84);
	memory[0x1808] = 2;
	memory[0x1800 + 40] = 1;
	put32(0x1800 + 44, 0x2f8);
	memory[0x1800 + 58] = 6;
	memory[0x1800 + 62] = 3;
	return mem;
}

static void spcr_is_found(void **state)
{
	struct spcr s;
	(void)state;
	for (unsigned wide = 0; wide < 2; wide++) {
		struct acpi_memory mem = spcr_memory(wide);
		assert_int_equal(spcr_find(&mem, 0x1000, &s), 0);
		assert_int_equal(s.io, 0x2f8);
		assert_int_equal(s.rate, 57600);
		assert_int_equal(s.terminal, SPCR_ANSI);
	}
	struct acpi_memory mem = spcr_memory(false);
	memory[0x1800 + 58] = 0;
	put32(0x1800 + 80, 38400);
	assert_int_equal(spcr_find(&mem, 0x1000, &s), 0);
	assert_int_equal(s.rate, 0);
	memory[0x1808] = 4;			/* a precise rate, since then */
	assert_int_equal(spcr_find(&mem, 0x1000, &s), 0);
	assert_int_equal(s.rate, 38400);
	put32(0x1800 + 80, 921600);
	assert_int_equal(spcr_find(&mem, 0x1000, &s), 0);
	assert_int_equal(s.rate, 0);
}

static void spcr_that_is_none(void **state)
{
	struct spcr s;
	struct acpi_memory mem = spcr_memory(false);
	(void)state;
	memory[0x1800 + 40] = 0;		/* in memory */
	assert_int_equal(spcr_find(&mem, 0x1000, &s), -ENOTSUP);
	mem = spcr_memory(false);
	memory[0x1800 + 36] = 3;		/* an ARM's UART */
	assert_int_equal(spcr_find(&mem, 0x1000, &s), -ENOTSUP);
	mem = spcr_memory(false);
	put32(0x1800 + 44, 0x20);
	assert_int_equal(spcr_find(&mem, 0x1000, &s), -ENOTSUP);
	put32(0x1800 + 44, 0);			/* redirection is off */
	assert_int_equal(spcr_find(&mem, 0x1000, &s), -ENOENT);
	mem = spcr_memory(false);
	put32(0x1804, 62);			/* cut */
	assert_int_equal(spcr_find(&mem, 0x1000, &s), -ENOENT);
	mem = spcr_memory(true);
	put32(0x1004, 36 + 15);			/* half an entry */
	assert_int_equal(spcr_find(&mem, 0x1000, &s), -ENOENT);
	assert_int_equal(spcr_find(&mem, 0, &s), -ENOENT);
	assert_int_equal(spcr_find(&mem, 0x100000000ull, &s), -ENOENT);
}

static void acpi_root_table(void **state)
{
	uint8_t rsdp[36] = { 0 };
	(void)state;
	rsdp[17] = 0x10;
	rsdp[25] = 0x20;
	assert_int_equal(acpi_root(rsdp, 20), 0x1000);
	assert_int_equal(acpi_root(rsdp, 36), 0x1000);
	rsdp[17] = 0;
	assert_int_equal(acpi_root(rsdp, 36), 0x2000);
	assert_int_equal(acpi_root(rsdp, 20), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smbios_strings_and_uuid), cmocka_unit_test(smbios_truncated_anywhere_is_safe),
		cmocka_unit_test(smbios_unset_uuid_is_none), cmocka_unit_test(smbios_cuts_nothing),
		cmocka_unit_test(smbios_entry_points),
		cmocka_unit_test(acpi_s5_is_found), cmocka_unit_test(acpi_damage_is_refused),
		cmocka_unit_test(spcr_is_found), cmocka_unit_test(spcr_that_is_none), cmocka_unit_test(acpi_root_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
