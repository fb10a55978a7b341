/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot: headers good and bad, and the information read back by a reader of the test's own. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <cmocka.h>

#include "kernel/memmap.h"
#include "services/boot/multiboot1.h"

#define AT 0x5000u			/* where the information will be */

static uint8_t file[MB1_SEARCH_LEN + 4096];
static struct mb1_header h;
static struct kernel_file k;
static struct boot_why why;
static struct memmap map;
static struct boot_machine machine;
static struct boot_info in;

static void put32(size_t at, uint32_t v)
{
	memcpy(file + at, &v, 4);
}

static uint32_t u32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return v;
}

static void header(size_t at, uint32_t flags)
{
	memset(file, 0xcc, sizeof(file));
	put32(at, MB1_HEADER_MAGIC);
	put32(at + 4, flags);
	put32(at + 8, 0u - MB1_HEADER_MAGIC - flags);
}

/* The parser sees a block of exactly len bytes. */
static int open_file(size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	memcpy(copy, file, len);
	int rc = mb1_open(&h, &k, copy, len, &why);
	free(copy);
	return rc;
}

static void search(void **state)
{
	(void)state;
	static const size_t good[] = { 0, 4, 4096, MB1_SEARCH_LEN - 12 };
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		header(good[i], 3);
		assert_int_equal(mb1_header_find(file, sizeof(file), &h, &why), 0);
		assert_int_equal(h.flat.offset, good[i]);
		assert_true(h.console.text && !h.console.graphics && !h.has_address);
	}
	header(2, 0);
	assert_int_equal(mb1_header_find(file, sizeof(file), &h, &why), -ENOENT);
	header(MB1_SEARCH_LEN - 8, 0);
	assert_int_equal(mb1_header_find(file, sizeof(file), &h, &why), -ENOENT);
	assert_string_equal(why.text, "no Multiboot header in its first 8192 bytes");
	header(8, 0);
	put32(16, 1);			/* checksum */
	assert_int_equal(mb1_header_find(file, sizeof(file), &h, &why), -ENOENT);
	for (size_t len = 0; len < 12; len++) {
		header(0, 0);
		assert_int_equal(open_file(len), -ENOENT);
	}
}

static void flags(void **state)
{
	(void)state;
	header(0, 0xfffe0003u);		/* the upper half may be ignored */
	assert_int_equal(mb1_header_find(file, sizeof(file), &h, &why), 0);
	for (unsigned bit = 3; bit < 16; bit++) {
		header(0, 1u << bit);
		assert_int_equal(mb1_header_find(file, sizeof(file), &h, &why), -ENOTSUP);
	}
	header(0, 0x8000);
	mb1_header_find(file, sizeof(file), &h, &why);
	assert_string_equal(why.text, "its Multiboot header requires unknown features 0x8000");
	header(0, 4);
	put32(32, 0);
	put32(36, 1024);
	put32(40, 768);
	put32(44, 16);
	assert_int_equal(mb1_header_find(file, sizeof(file), &h, &why), 0);
	assert_true(h.console.graphics && h.console.text);
	assert_int_equal(h.console.mode.width, 1024);
	assert_int_equal(h.console.mode.height, 768);
	assert_int_equal(h.console.mode.depth, 16);
	for (size_t len = 12; len < 48; len++)
		assert_int_equal(open_file(len), -ENOEXEC);
	put32(32, 1);
	assert_int_equal(mb1_header_find(file, sizeof(file), &h, &why), 0);
	assert_false(h.console.graphics);
}

static void kludge(void **state)
{
	(void)state;
	header(64, 1u << 16);
	put32(76, 0x100040);
	put32(80, 0x100000);
	put32(84, 0x100200);
	put32(88, 0x103000);
	put32(92, 0x100100);
	assert_int_equal(open_file(1000), 0);
	assert_int_equal(k.segments, 1);
	assert_int_equal(k.seg[0].addr, 0x100000);
	assert_int_equal(k.seg[0].len, 0x200);
	assert_int_equal(k.seg[0].mem, 0x3000);
	assert_int_equal(k.entry, 0x100100);
	assert_false(k.is_elf);
	put32(92, 0x200000);
	assert_int_equal(open_file(1000), -ENOEXEC);
	put32(92, 0x100100);
	put32(84, 0x110000);
	assert_int_equal(open_file(1000), -ENOEXEC);
	header(0, 0);
	assert_int_equal(open_file(1000), -ENOEXEC);
	assert_string_equal(why.text, "it is not ELF and its Multiboot header has no addresses");
}

static int reset(void **state)
{
	(void)state;
	struct e820_entry raw[] = {
		{ 0, 0x9fc00, MEM_USABLE, 1 }, { 0x100000, 0x7ee0000, MEM_USABLE, 1 },
		{ 0x100000000ull, 0x40000000, MEM_RESERVED, 1 },
	};
	memmap_normalise(raw, 3, &map);
	memset(&k, 0, sizeof(k));
	memset(&machine, 0, sizeof(machine));
	in = (struct boot_info){ .name = "kernel", .args = "a b", .loader = "Undine 1.0", .at = AT, .map = &map,
		.kernel = &k,
		.machine = &machine };
	return 0;
}

/* Built into a block of exactly the length promised, then read with addresses. */
static uint8_t *info;
static size_t info_len;

static uint32_t build(void)
{
	free(info);
	info_len = mb1_info_build(&in, NULL, 0);
	info = malloc(info_len);
	memset(info, 0xee, info_len);
	assert_int_equal(mb1_info_build(&in, info, info_len), info_len);
	return u32(info);
}

static const uint8_t *at_field(size_t field, size_t len)
{
	uint32_t at = u32(info + field);
	assert_in_range(at, AT + 120, AT + info_len - len);
	return info + (at - AT);
}

static void fixed_part(void **state)
{
	(void)state;
	assert_int_equal(build(), 0x24d);
	assert_int_equal(u32(info + 4), 639);
	assert_int_equal(u32(info + 8), 0x7ee0000 / 1024);
	assert_string_equal(at_field(16, 11), "kernel a b");
	assert_int_equal(u32(info + 20), 0);
	assert_string_equal(at_field(64, 11), "Undine 1.0");
	assert_int_equal(u32(info + 44), 3 * 24);
	const uint8_t *e = at_field(48, 3 * 24) + 2 * 24;
	assert_int_equal(u32(e), 20);
	assert_int_equal(u32(e + 4), 0);
	assert_int_equal(u32(e + 8), 1);
	assert_int_equal(u32(e + 12), 0x40000000);
	assert_int_equal(u32(e + 20), MEM_RESERVED);
	for (size_t i = 88; i < 120; i++)
		assert_int_equal(info[i], 0);
	size_t before = info_len;
	map.count = MEMMAP_MAX;
	assert_true(mb1_info_build(&in, NULL, 0) <= before + BOOT_INFO_SLACK);
}

static void modules(void **state)
{
	(void)state;
	struct boot_module *m = calloc(700, sizeof(*m));
	char *args = malloc(100001);
	memset(args, 'a', 100000);
	args[100000] = '\0';
	for (unsigned i = 0; i < 700; i++)
		m[i] = (struct boot_module){ i * 0x1000, i * 0x1000 + i, "m", i == 699 ? args : "x", i % 2 };
	in.module = m;
	in.modules = 700;
	build();
	assert_int_equal(u32(info + 20), 700);
	const uint8_t *list = at_field(24, 700 * 16);
	for (unsigned i = 0; i < 700; i++, list += 16) {
		assert_int_equal(u32(list), i * 0x1000);
		assert_int_equal(u32(list + 4), i * 0x1000 + i);
		const char *line = (const char *)info + (u32(list + 8) - AT);
		assert_string_equal(line, i == 699 ? args : i % 2 ? "x" : "m x");
		assert_int_equal(u32(list + 12), 0);
	}
	free(m);
	free(args);
}

static void firmware(void **state)
{
	(void)state;
	static const struct boot_apm apm = { .version = 0x102, .dseg_len = 0x1234 };
	static struct boot_vbe vbe = { .mode = 0x4118, .interface_seg = 0xc000, .interface_off = 0x1234,
		.interface_len = 0x56 };
	memcpy(vbe.control, "VESA", 4);
	vbe.mode_info[255] = 7;
	machine.apm = &apm;
	machine.vbe = &vbe;
	machine.config_table = 0xfe6f5;
	machine.drive[0] = (struct boot_drive){ 0x80, true, 1024, 255, 63 };
	machine.drive[1] = (struct boot_drive){ 0x81, false, 20, 16, 17 };
	machine.drives = 2;
	assert_int_equal(build(), 0x24d | 0x80 | 0x100 | 0x400 | 0x800);
	assert_int_equal(u32(info + 60), 0xfe6f5);
	assert_memory_equal(at_field(68, 20), &apm, 20);
	assert_memory_equal(at_field(72, 512), "VESA", 4);
	assert_int_equal(at_field(76, 256)[255], 7);
	assert_memory_equal(info + 80, "\x18\x41\x00\xc0\x34\x12\x56\x00", 8);
	assert_int_equal(u32(info + 52), 24);
	assert_memory_equal(at_field(56, 24),
		"\x0c\0\0\0\x80\x01\x00\x04\xff\x3f\0\0\x0c\0\0\0\x81\x00\x14\x00\x10\x11\0\0", 24);
}

static void framebuffer(void **state)
{
	(void)state;
	in.console = BOOT_CONSOLE_TEXT;
	machine.text = (struct boot_text){ 0xb8000, 80, 25 };
	assert_int_equal(build(), 0x124d);
	assert_memory_equal(info + 88, "\0\x80\x0b\0\0\0\0\0\xa0\0\0\0\x50\0\0\0\x19\0\0\0\x10\x02\0\0\0\0\0\0\0\0\0",
		32);
	in.console = BOOT_CONSOLE_GRAPHICS;
	in.mode = (struct vbe_mode){ .width = 1024, .height = 768, .pitch = 4096, .base = 0xfd000000, .bpp = 32,
		.colour = { { 8, 16 }, { 7, 8 }, { 6, 1 } } };
	assert_int_equal(build(), 0x124d);
	assert_memory_equal(info + 88,
		"\0\0\0\xfd\0\0\0\0\0\x10\0\0\0\x04\0\0\0\x03\0\0\x20\x01\0\0\x10\x08\x08\x07\x01\x06\0\0", 32);
}

static void sections(void **state)
{
	(void)state;
	Elf32_Shdr sh[2] = { { 0 }, { .sh_type = SHT_STRTAB, .sh_offset = 0x2010, .sh_size = 99 } };
	k.is_elf = true;
	k.elf = (struct elf){ .data = (uint8_t *)sh, .len = sizeof(sh), .shnum = 2, .shentsize = sizeof(sh[0]),
		.shstrndx = 1 };
	k.syms_lo = 0x2000;
	in.syms_addr = 0x5000000;
	assert_int_equal(build(), 0x24d | 0x20);
	assert_int_equal(u32(info + 28), 2);
	assert_int_equal(u32(info + 32), sizeof(sh[0]));
	assert_int_equal(u32(info + 40), 1);
	sh[1].sh_addr = 0x5000010;
	assert_memory_equal(at_field(36, sizeof(sh)), sh, sizeof(sh));
}

/* A buffer that is too small is never written past its end, and the answer is the same. */
static void too_small(void **state)
{
	(void)state;
	build();
	for (size_t cap = 0; cap < info_len; cap++) {
		uint8_t *buf = malloc(cap ? cap : 1);
		assert_int_equal(mb1_info_build(&in, buf, cap), info_len);
		free(buf);
	}
	free(info);
	info = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(search), cmocka_unit_test(flags), cmocka_unit_test(kludge),
		cmocka_unit_test_setup(fixed_part, reset), cmocka_unit_test_setup(modules, reset),
		cmocka_unit_test_setup(firmware, reset), cmocka_unit_test_setup(framebuffer, reset),
		cmocka_unit_test_setup(sections, reset), cmocka_unit_test_setup(too_small, reset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
