/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot2 boot information, read back by a walker of the test's own; and the search for ACPI's root pointer. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elf.h>
#include <setjmp.h>
#include <cmocka.h>

#include "kernel/memmap.h"
#include "services/boot/multiboot2.h"
#include "services/firmware/rsdp.h"

static struct memmap map;
static struct kernel_file kernel;
static struct boot_info in;
static struct boot_machine machine;
static struct boot_apm apm;
static struct boot_vbe vbe;
static uint8_t ack[548], rsdp[36];

static int reset(void **state)
{
	(void)state;
	struct e820_entry raw[] = {
		{ 0, 0x9fc00, MEM_USABLE, 1 }, { 0x9fc00, 0x400, MEM_RESERVED, 1 },
		{ 0x100000, 0x7ee0000, MEM_USABLE, 1 }, { 0x7fe0000, 0x20000, MEM_ACPI_RECLAIM, 1 },
		{ 0x100000000ull, 0x40000000, MEM_USABLE, 9 },
	};
	memmap_normalise(raw, 5, &map);
	memset(&kernel, 0, sizeof(kernel));
	memset(&machine, 0, sizeof(machine));
	in = (struct boot_info){
		.name = "xen.gz", .args = "console=com1 com1=115200,8n1", .loader = "Undine 1.0",
		.load_base = 0x200000, .map = &map, .kernel = &kernel, .machine = &machine,
	};
	for (size_t i = 0; i < sizeof(ack); i++)
		ack[i] = (uint8_t)(i * 7);
	return 0;
}

/* Built into a block of exactly the length promised; the caller frees it. */
static uint8_t *build(uint32_t *len)
{
	size_t need = mb2_info_build(&in, NULL, 0);
	uint8_t *buf = malloc(need);
	memset(buf, 0xee, need);
	assert_int_equal(mb2_info_build(&in, buf, need), need);
	memcpy(len, buf, 4);
	assert_int_equal(*len, need);
	return buf;
}

static uint32_t u32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return v;
}

/* The n-th tag of that type, or NULL; checks the walk on its way. */
static const uint8_t *find_tag(const uint8_t *buf, uint32_t type, unsigned n)
{
	uint32_t total = u32(buf), at = 8;
	const uint8_t *found = NULL;
	assert_int_equal(u32(buf + 4), 0);
	for (;;) {
		assert_true(at + 8 <= total);
		const uint8_t *t = buf + at;
		uint32_t size = u32(t + 4);
		assert_true(size >= 8 && size <= total - at);
		if (u32(t) == type && n-- == 0)
			found = t;
		if (u32(t) == 0) {
			assert_int_equal(size, 8);
			assert_int_equal(at + 8, total);
			return found;
		}
		for (uint32_t pad = at + size; pad < (at + size + 7) / 8 * 8; pad++)
			assert_int_equal(buf[pad], 0);
		at = (at + size + 7) / 8 * 8;
	}
}

static void order(void **state)
{
	(void)state;
	static const uint32_t wanted[] = { 21, 1, 2, 10, 3, 3, 6, 4, 16, 7, 8, 14, 15, 13, 0 };
	struct boot_module m[2] = { { 1, 2, "a", "", false }, { 3, 4, "b", "", false } };
	uint32_t len, at = 8;
	in.module = m;
	in.modules = 2;
	machine.dhcp_ack[0] = (struct boot_bytes){ ack, sizeof(ack) };
	machine.rsdp = (struct boot_bytes){ rsdp, 36 };
	machine.smbios = (struct boot_bytes){ ack, 33 };
	machine.apm = &apm;
	machine.vbe = &vbe;
	in.console = BOOT_CONSOLE_TEXT;
	uint8_t *buf = build(&len);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		assert_int_equal(u32(buf + at), wanted[i]);
		at += (u32(buf + at + 4) + 7) / 8 * 8;
	}
	assert_int_equal(at, len);
	free(buf);
}

static void firmware(void **state)
{
	(void)state;
	uint32_t len;
	apm = (struct boot_apm){ 0x102, 0xf000, 0x12345678, 0xf001, 0xf002, 3, 0xfff0, 0xfff1, 0xfff2 };
	vbe = (struct boot_vbe){ .mode = 0x4118, .interface_seg = 0xc000, .interface_off = 0x1234,
		.interface_len = 0x56 };
	memcpy(vbe.control, "VESA", 4);
	vbe.mode_info[0] = 0x9b;
	machine.apm = &apm;
	machine.vbe = &vbe;
	machine.smbios = (struct boot_bytes){ ack, 33 };
	machine.smbios_major = 2;
	machine.smbios_minor = 8;
	uint8_t *buf = build(&len);
	assert_memory_equal(find_tag(buf, 10, 0) + 8,
		"\x02\x01\x00\xf0\x78\x56\x34\x12\x01\xf0\x02\xf0\x03\0\xf0\xff\xf1\xff\xf2\xff", 20);
	assert_int_equal(u32(find_tag(buf, 10, 0) + 4), 28);
	const uint8_t *t = find_tag(buf, 7, 0);
	assert_int_equal(u32(t + 4), 784);
	assert_memory_equal(t + 8, "\x18\x41\x00\xc0\x34\x12\x56\x00VESA", 12);
	assert_int_equal(t[528], 0x9b);
	t = find_tag(buf, 13, 0);
	assert_int_equal(u32(t + 4), 16 + 33);
	assert_memory_equal(t + 8, "\2\x08\0\0\0\0\0\0", 8);
	assert_memory_equal(t + 16, ack, 33);
	free(buf);
}

static void framebuffer(void **state)
{
	(void)state;
	uint32_t len;
	uint8_t *buf = build(&len);
	assert_null(find_tag(buf, 8, 0));
	free(buf);
	in.console = BOOT_CONSOLE_TEXT;
	machine.text = (struct boot_text){ 0xb8000, 132, 43 };
	buf = build(&len);
	const uint8_t *t = find_tag(buf, 8, 0);
	assert_int_equal(u32(t + 4), 32);
	assert_int_equal(u32(t + 8), 0xb8000);
	assert_int_equal(u32(t + 16), 264);
	assert_int_equal(u32(t + 20), 132);
	assert_int_equal(u32(t + 24), 43);
	assert_int_equal(u32(t + 28), 16 | 2 << 8);
	free(buf);
	in.console = BOOT_CONSOLE_GRAPHICS;
	in.mode = (struct vbe_mode){ .number = 0x118, .width = 1024, .height = 768, .pitch = 4096, .base = 0xfd000000,
		.bpp = 32,
		.colour = { { 8, 16 }, { 7, 8 }, { 6, 1 } } };
	buf = build(&len);
	t = find_tag(buf, 8, 0);
	assert_int_equal(u32(t + 4), 38);
	assert_int_equal(u32(t + 8), 0xfd000000);
	assert_int_equal(u32(t + 16), 4096);
	assert_int_equal(u32(t + 20), 1024);
	assert_int_equal(u32(t + 24), 768);
	assert_int_equal(u32(t + 28), 32 | 1 << 8);
	assert_memory_equal(t + 32, "\x10\x08\x08\x07\x01\x06", 6);
	free(buf);
}

static void check_line(const char *name, const char *args, bool no_name, const char *wanted)
{
	uint32_t len;
	struct boot_module m = { 0x1000, 0x1003, name, args, no_name };
	in.name = name;
	in.args = args;
	in.no_name = no_name;
	in.module = &m;
	in.modules = 1;
	uint8_t *buf = build(&len);
	const uint8_t *t = find_tag(buf, 1, 0);
	assert_string_equal(t + 8, wanted);
	assert_int_equal(u32(t + 4), 8 + strlen(wanted) + 1);
	t = find_tag(buf, 3, 0);
	assert_int_equal(u32(t + 8), 0x1000);
	assert_int_equal(u32(t + 12), 0x1003);
	assert_string_equal(t + 16, wanted);
	assert_int_equal(u32(t + 4), 16 + strlen(wanted) + 1);
	free(buf);
}

static void command_lines(void **state)
{
	(void)state;
	check_line("xen.gz", "console=com1 \"a b\"", false, "xen.gz console=com1 \"a b\"");
	check_line("xen.gz", "console=com1", true, "console=com1");
	check_line("xen.gz", "", false, "xen.gz");
	check_line("xen.gz", "", true, "");
}

static void long_lines_and_many_modules(void **state)
{
	(void)state;
	uint32_t len;
	char *args = malloc(100001);
	struct boot_module *m = calloc(700, sizeof(*m));
	memset(args, 'a', 100000);
	args[100000] = '\0';
	for (unsigned i = 0; i < 700; i++)
		m[i] = (struct boot_module){ i * 0x1000, i * 0x1000 + i, "m", i % 2 ? "args" : "", i % 3 == 0 };
	in.args = args;
	in.module = m;
	in.modules = 700;
	uint8_t *buf = build(&len);
	assert_int_equal(u32(find_tag(buf, 1, 0) + 4), 8 + 6 + 1 + 100000 + 1);
	for (unsigned i = 0; i < 700; i += 33)
		assert_int_equal(u32(find_tag(buf, 3, i) + 12), i * 0x1000 + i);
	assert_null(find_tag(buf, 3, 700));
	free(buf);
	free(m);
	free(args);
}

static void memory(void **state)
{
	(void)state;
	uint32_t len;
	uint8_t *buf = build(&len);
	const uint8_t *t = find_tag(buf, 6, 0);
	assert_int_equal(u32(t + 4), 16 + 5 * 24);
	assert_int_equal(u32(t + 8), 24);
	assert_int_equal(u32(t + 12), 0);
	assert_int_equal(u32(t + 16 + 4 * 24 + 4), 1);		/* base 4 GiB, high half */
	assert_int_equal(u32(t + 16 + 4 * 24 + 8), 0x40000000);
	assert_int_equal(u32(t + 16 + 3 * 24 + 16), MEM_ACPI_RECLAIM);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(u32(t + 16 + i * 24 + 20), 0);
	t = find_tag(buf, 4, 0);
	assert_int_equal(u32(t + 8), 639);
	assert_int_equal(u32(t + 12), 0x7ee0000 / 1024);
	assert_int_equal(u32(find_tag(buf, 21, 0) + 8), 0x200000);
	assert_string_equal(find_tag(buf, 2, 0) + 8, "Undine 1.0");
	assert_null(find_tag(buf, 9, 0));
	assert_null(find_tag(buf, 16, 0));
	assert_null(find_tag(buf, 14, 0));
	free(buf);
	map.count = MEMMAP_MAX;
	in.console = BOOT_CONSOLE_GRAPHICS;
	assert_true(mb2_info_build(&in, NULL, 0) <= len + BOOT_INFO_SLACK);
}

static void network_and_acpi(void **state)
{
	(void)state;
	uint32_t len;
	machine.dhcp_ack[0] = (struct boot_bytes){ ack, sizeof(ack) };
	machine.dhcp_ack[1] = (struct boot_bytes){ ack + 1, 301 };
	machine.rsdp = (struct boot_bytes){ rsdp, 20 };
	memset(rsdp, 0x5a, sizeof(rsdp));
	uint8_t *buf = build(&len);
	const uint8_t *t = find_tag(buf, 16, 0);
	assert_int_equal(u32(t + 4), 8 + sizeof(ack));
	assert_memory_equal(t + 8, ack, sizeof(ack));
	t = find_tag(buf, 16, 1);
	assert_int_equal(u32(t + 4), 8 + 301);
	assert_memory_equal(t + 8, ack + 1, 301);
	assert_int_equal(u32(find_tag(buf, 14, 0) + 4), 28);
	assert_null(find_tag(buf, 15, 0));
	free(buf);
	machine.rsdp.len = 36;
	buf = build(&len);
	assert_int_equal(u32(find_tag(buf, 14, 0) + 4), 28);
	assert_int_equal(u32(find_tag(buf, 15, 0) + 4), 44);
	assert_memory_equal(find_tag(buf, 15, 0) + 8, rsdp, 36);
	free(buf);
}

static void sections(void **state)
{
	(void)state;
	uint32_t len;
	Elf32_Shdr sh[3] = {
		{ 0 }, { .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC, .sh_addr = 0xc0100000, .sh_offset = 64,
		.sh_size = 4 },
		{ .sh_type = SHT_STRTAB, .sh_offset = 0x2010, .sh_size = 99 },
	};
	kernel.is_elf = true;
	kernel.elf = (struct elf){ .data = (uint8_t *)sh, .len = sizeof(sh), .shnum = 3, .shentsize = sizeof(sh[0]),
		.shstrndx = 2 };
	kernel.syms_lo = 0x2000;
	in.syms_addr = 0x5000000;
	uint8_t *buf = build(&len);
	const uint8_t *t = find_tag(buf, 9, 0);
	assert_int_equal(u32(t + 4), 20 + sizeof(sh));
	assert_int_equal(u32(t + 8), 3);
	assert_int_equal(u32(t + 12), sizeof(sh[0]));
	assert_int_equal(u32(t + 16), 2);
	sh[2].sh_addr = 0x5000010;
	assert_memory_equal(t + 20, sh, sizeof(sh));
	free(buf);
}

/* A buffer that is too small is never written past its end, and the answer is the same. */
static void too_small(void **state)
{
	(void)state;
	uint32_t len;
	uint8_t *whole = build(&len);
	for (uint32_t cap = 0; cap < len; cap++) {
		uint8_t *buf = malloc(cap ? cap : 1);
		assert_int_equal(mb2_info_build(&in, buf, cap), len);
		free(buf);
	}
	free(whole);
}

static void make_rsdp(uint8_t *p, uint8_t revision, uint32_t len)
{
	uint8_t sum = 0;
	memset(p, 0, len);
	memcpy(p, "RSD PTR ", 8);
	memcpy(p + 9, "BOCHS ", 6);
	p[15] = revision;
	p[16] = 0x11;
	if (len > 20)
		memcpy(p + 20, &len, 4);
	for (unsigned i = 0; i < 20; i++)
		sum = (uint8_t)(sum + p[i]);
	p[8] = (uint8_t)-sum;
	sum = 0;
	for (unsigned i = 0; i < len; i++)
		sum = (uint8_t)(sum + p[i]);
	if (len > 32)
		p[32] = (uint8_t)-sum;
}

static void rsdp_search(void **state)
{
	(void)state;
	uint8_t area[1024] = { 0 };
	uint32_t len;
	assert_null(rsdp_find(area, sizeof(area), &len));
	assert_null(rsdp_find(area, 0, &len));
	make_rsdp(area + 160, 0, 20);
	assert_ptr_equal(rsdp_find(area, sizeof(area), &len), area + 160);
	assert_int_equal(len, 20);
	assert_null(rsdp_find(area, 179, &len));
	assert_ptr_equal(rsdp_find(area, 180, &len), area + 160);
	area[170] ^= 1;		/* checksum */
	assert_null(rsdp_find(area, sizeof(area), &len));
	make_rsdp(area + 168, 0, 20);	/* not on 16 bytes */
	assert_null(rsdp_find(area, sizeof(area), &len));

	make_rsdp(area + 512, 2, 36);
	assert_ptr_equal(rsdp_find(area, sizeof(area), &len), area + 512);
	assert_int_equal(len, 36);
	area[512 + 33] ^= 1;	/* the extended part is damaged: what ACPI 1.0 needs is still good */
	assert_ptr_equal(rsdp_find(area, sizeof(area), &len), area + 512);
	assert_int_equal(len, 20);
	make_rsdp(area + 512, 2, 36);
	assert_ptr_equal(rsdp_find(area, 512 + 35, &len), area + 512);
	assert_int_equal(len, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(order, reset), cmocka_unit_test_setup(firmware, reset),
		cmocka_unit_test_setup(framebuffer, reset), cmocka_unit_test_setup(command_lines, reset),
		cmocka_unit_test_setup(long_lines_and_many_modules, reset), cmocka_unit_test_setup(memory, reset),
		cmocka_unit_test_setup(network_and_acpi, reset), cmocka_unit_test_setup(sections, reset),
		cmocka_unit_test_setup(too_small, reset), cmocka_unit_test_setup(rsdp_search, reset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
