/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's tables and registers as settings; the numbers are as iPXE takes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/memmap.h"
#include "services/firmware/scopes.h"

#define UUID "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff"

static const char table[] =
	"\x00\x18\x00\x00" "\x01\x02\x00\xe8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x03"
	"SeaBIOS\0\0"
	"\x01\x1b\x00\x00" "\x01\x02\x00\x03" UUID "\x06\x00\x00" "ACME\0Box\0SN1\0\0"
	"\x02\x08\x00\x00" "\x00\x00\x00\x01" "BS9\0\0"
	"\x02\x08\x00\x00" "\x00\x00\x00\x01" "BS8\0\0"
	"\x7f\x04\x00\x00\0\0";

static uint8_t memory[256];

static void put(uint32_t at, const void *bytes, size_t len)
{
	memcpy(memory + at, bytes, len);
}

static bool pci_read(uint32_t function, unsigned at, uint32_t *v)
{
	assert_int_equal(at & 3, 0);
	*v = at == 0 ? 0x100e8086 : at == 4 ? 0x02300107 : 0x03020100 + 0x01010101 * at;
	return function == 0x18;
}

static bool cpuid(uint32_t leaf, uint32_t sub, uint32_t regs[4])
{
	static const char model[] = "A processor";
	memset(regs, 0, 16);
	if (leaf == 0)
		memcpy(regs + 1, "GenuntelineI", 12);
	else if (leaf == 0x80000002)
		memcpy(regs, model, sizeof(model));
	else if (leaf == 0x80000001)
		regs[2] = 0x12345678;
	else if (leaf == 0x0b)
		regs[0] = 0xa0 + sub;
	return leaf <= 0x0b || (leaf >= 0x80000000 && leaf <= 0x80000004);
}

static struct memmap map = { .count = 4, .e = {
	{ 0, 0x9f000, MEM_USABLE, 1 }, { 0x9f000, 0x1000, MEM_RESERVED, 1 }, { 0x100000, 0xff00000, MEM_USABLE, 1 },
	{ 0x100000000, 0x80000000, MEM_USABLE, 1 },
} };

static struct scopes scopes = {
	.smbios = (const uint8_t *)table, .smbios_len = sizeof(table), .smbios_version = 0x300,
	.memory = { memory, 16, sizeof(memory) },
	.acpi_root = 16, .map = &map, .pci_read = pci_read, .cpuid = cpuid,
};

static int lookup(void *ctx, const char *name, struct setting_value *v)
{
	return scopes_lookup(ctx, name, v);
}

static void test_values(void **state)
{
	struct settings settings;
	static const struct { const char *name, *text; } rows[] = {
		{ "smbios/1.4.0", "ACME" }, { "smbios/1.5.0", "Box" }, { "smbios/0.1.7.0", "SN1" },
		{ "smbios/1.4.1", "01" }, { "smbios/0.0x12.2", "00:00" }, { "smbios/0.22.2", "02:03" },
		{ "smbios/1.0.1", "ACME" }, { "smbios/1.0.3", "SN1" }, { "smbios/1.1.0.2", NULL },
		{ "smbios/1.0.9", NULL },
		{ "smbios/1.8.16", "00112233-4455-6677-8899-aabbccddeeff" },
		{ "smbios/2.7.0", "BS9" }, { "smbios/1.2.7.0", "BS8" }, { "smbios/2.2.7.0", NULL },
		{ "smbios/9.4.0", NULL }, { "smbios/1.26.2", NULL }, { "smbios/1.27.0", NULL }, { "smbios/x", NULL },
		{ "smbios/", NULL }, { "smbios/1.", NULL }, { "smbios/1.4.0x", NULL }, { "smbios/1.26.1", "00" },
		{ "pci/0x18.0.4", "100e8086" }, { "pci/0x18.0.2", "8086" }, { "pci/24.3.3", "010710" },
		{ "pci/0x19.0.2", NULL }, { "pci/0x18.0.0", NULL }, 
		{ "pci/0x18.0xff.1", "ff" }, { "pci/0x18.0xff.2", NULL },
		{ "cpuid/2.0x80000001", "12345678" }, { "cpuid/0.0x40.0.0x0b", "000000a0" },
		{ "cpuid/3.0x40.0.0x0b", "000000a3" }, { "cpuid/3.0", "49656e69" }, { "cpuid/0.0x0c", NULL },
		{ "cpuid/1.0.0.0x0a", "00000000000000a0" }, { "cpuid/2.0.0.0x0a", NULL },
		{ "cpuid/0x82.0x2d.0", "47656e75696e65496e74656c" }, { "cpuid/0x81.3.0", "696e654900000000" },
		{ "cpuid/cpuvendor", "GenuineIntel" }, { "cpuid/cpumodel", "A processor" },
		{ "acpi/0x4d53444d.0.0.36.4", "61626364" }, { "acpi/0x4d53444d.1.0.36.0", "4b455900" },
		{ "acpi/0x4d53444d.0.0.36.4:uint32", "0x64636261" }, { "acpi/0x4d53444d.0.0.36.4:string", "abcd" },
		{ "acpi/0x4d53444d.0.0.38.9:uint16", "0x6463" }, { "acpi/0x4d53444d.0.0.36.4:hex", "61:62:63:64" },
		{ "acpi/0x4d53444d.2.0.36.1", NULL }, { "acpi/0x4d53444d.0.36.4", NULL },
		{ "acpi/0x4d53444d.0.0.36.5", "61626364" }, { "acpi/0x46414350.0.0.0.4", NULL },
		{ "acpi/0x4d53444d.0.0.40.0", NULL }, { "acpi/0x4d53444d.0.0.41.0", NULL },
		{ "acpi/0x4d53444d.0.1.0.4", NULL }, { "acpi/0x4d53444d.0.0.0.4", "4d53444d" },
		{ "memmap/0.0.2.10", "000000000000027c" }, { "memmap/0.1.1.0", "0000000000100000" },
		{ "memmap/255.0.2.20", NULL }, { "memmap/255.0.6.20:int32", "2303" },
		{ "memmap/0.2.1.0", "0000000100000000" }, { "memmap/1.1.3.20:uint32", "0x1900" },
		{ "memmap/0.2.1.0:uint32", NULL }, { "memmap/1.2.2.20", NULL }, { "memmap/1.2.6.20:int32", "2048" },
		{ "usb/1.2", NULL }, { "smbiosx/1.4.0", NULL },
	};
	struct setting_value v;
	char text[300];
	(void)state;
	settings_init(&settings, lookup, &scopes);
	put(16, "RSDT\x2c\0\0\0", 8);
	put(16 + 36, "\x50\0\0\0\x90\0\0\0", 8);
	put(0x50, "MSDM\x28\0\0\0", 8);
	put(0x50 + 36, "abcd", 4);
	put(0x90, "MSDM\x28\0\0\0", 8);
	put(0x90 + 36, "KEY", 4);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int err = settings_fetch(&settings, rows[i].name, &v);
		if (err == 0 && value_format(v.type, v.raw, v.len, text, sizeof(text)) < 0)
			err = -ENOENT;
		if (!rows[i].text) {
			if (err >= 0)
				fail_msg("%s is something", rows[i].name);
			continue;
		}
		if (err < 0)
			fail_msg("%s is nothing", rows[i].name);
		value_format(v.type, v.raw, v.len, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
}

/* Before SMBIOS 2.6 nobody had said in which order. */
static void test_old_uuid(void **state)
{
	struct scopes old = scopes;
	struct setting_value v;
	(void)state;
	old.smbios_version = 0x205;
	assert_int_equal(scopes_lookup(&old, "smbios/1.8.16", &v), 0);
	assert_memory_equal(v.raw, UUID, 16);
}

static void test_machine_without(void **state)
{
	struct scopes bare = { .memory = { memory, 16, sizeof(memory) }, .map = &map };
	struct setting_value v;
	(void)state;
	assert_int_equal(scopes_lookup(&bare, "smbios/1.4.0", &v), -ENOENT);
	assert_int_equal(scopes_lookup(&bare, "acpi/0x4d53444d.0.36.4", &v), -ENOENT);
	/* a table that ends in the middle of a structure */
	for (size_t len = 0; len < sizeof(table); len++) {
		bare.smbios = (const uint8_t *)table;
		bare.smbios_len = len;
		(void)scopes_lookup(&bare, "smbios/2.7.0", &v);
		(void)scopes_lookup(&bare, "smbios/1.8.16", &v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values), cmocka_unit_test(test_old_uuid), cmocka_unit_test(test_machine_without),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
