/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux: setup headers good and bad, the command line's words, the zero page, the 16-bit setup area, files in the
 * initrd.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <setjmp.h>
#include <cmocka.h>

#include "kernel/memmap.h"
#include "services/boot/initrd.h"
#include "services/boot/linux.h"
#include "services/boot/writer.h"
#include "services/firmware/boot_machine.h"

#define SETUP_LEN (5 * 512u)
#define KERNEL_LEN 0x8000u
#define FILE_LEN (SETUP_LEN + KERNEL_LEN)

static uint8_t file[FILE_LEN];
static struct linux_kernel k;
static struct linux_words words;
static struct boot_why why;
static struct memmap map;
static struct boot_machine machine;
static struct linux_given given;

static void set(size_t at, uint64_t v, size_t len)
{
	memcpy(file + at, &v, len);
}

static uint64_t get(const uint8_t *p, size_t at, size_t len)
{
	uint64_t v = 0;
	memcpy(&v, p + at, len);
	return v;
}

/* A bzImage of that protocol, with the fields that it has. */
static void make(uint16_t version)
{
	memset(file, 0, sizeof(file));
	for (size_t i = SETUP_LEN; i < FILE_LEN; i++)
		file[i] = (uint8_t)i;
	file[0x1f1] = 4;
	set(0x1fe, 0xaa55, 2);
	set(0x1f4, KERNEL_LEN / 16, version < 0x204 ? 2 : 4);
	if (!version)
		return;
	file[0x201] = version >= 0x20a ? 0x62 : version >= 0x208 ? 0x4e : version >= 0x206 ? 0x3a :
		version >= 0x205 ? 0x36 : version >= 0x203 ? 0x2e : 0x26;
	memcpy(file + 0x202, "HdrS", 4);
	set(0x206, version, 2);
	file[0x211] = 1;
	set(0x214, 0x100000, 4);
	set(0x20e, 0x100, 2);
	strcpy((char *)file + 0x300, "6.1.0-test (somebody@somewhere) #1");
	set(0x22c, version >= 0x203 ? 0x7fffffff : 0, 4);
	if (version >= 0x205) {
		set(0x230, 0x200000, 4);
		file[0x234] = 1;
	}
	if (version >= 0x206)
		set(0x238, 2047, 4);
	if (version >= 0x208)
		set(0x24c, KERNEL_LEN - 64, 4);
	if (version >= 0x20a) {
		set(0x258, 0x1000000, 8);
		set(0x260, 0x123000, 4);
	}
}

static uint8_t *copy;

/* The parser sees a block of exactly len bytes. */
static int open_file(size_t len)
{
	free(copy);
	copy = malloc(len ? len : 1);
	memcpy(copy, file, len);
	return linux_open(&k, copy, len, &why);
}

static void newest(void **state)
{
	(void)state;
	make(0x20f);
	assert_int_equal(open_file(FILE_LEN), 0);
	assert_string_equal(k.release, "6.1.0-test");
	assert_int_equal(k.setup_len, SETUP_LEN);
	assert_int_equal(k.kernel_len, KERNEL_LEN);
	assert_true(k.high && k.entry32 && k.relocatable && !k.setup_only);
	assert_int_equal(k.load, 0x1000000);
	assert_int_equal(k.align, 0x200000);
	assert_int_equal(k.memory, 0x123000);
	assert_int_equal(k.entry, 0);
	assert_int_equal(k.args_max, 2047);
	assert_int_equal(k.initrd_last, 0x7fffffff);
}

static void older(void **state)
{
	(void)state;
	static const struct {
		uint16_t version;
		bool entry32, setup_only, relocatable;
		uint32_t load, args, initrd, memory;
	} cases[] = {
		{ 0x208, true, false, true, 0x100000, 2047, 0x7fffffff, 3 * KERNEL_LEN },
		{ 0x207, true, true, true, 0x100000, 2047, 0x7fffffff, 3 * KERNEL_LEN },
		{ 0x205, true, true, true, 0x100000, 255, 0x7fffffff, 3 * KERNEL_LEN },
		{ 0x204, true, true, false, 0x100000, 255, 0x7fffffff, 3 * KERNEL_LEN },
		{ 0x203, true, true, false, 0x100000, 255, 0x7fffffff, 3 * KERNEL_LEN },
		{ 0x202, false, true, false, 0x100000, 255, 0x37ffffff, 3 * KERNEL_LEN },
		{ 0x200, false, true, false, 0x100000, 255, 0x37ffffff, 3 * KERNEL_LEN },
		{ 0, false, true, false, 0x10000, 255, 0, KERNEL_LEN },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(cases[i].version);
		assert_int_equal(open_file(FILE_LEN), 0);
		assert_int_equal(k.entry32, cases[i].entry32);
		assert_int_equal(k.setup_only, cases[i].setup_only);
		assert_int_equal(k.relocatable, cases[i].relocatable);
		assert_int_equal(k.load, cases[i].load);
		assert_int_equal(k.args_max, cases[i].args);
		assert_int_equal(k.initrd_last, cases[i].initrd);
		assert_int_equal(k.memory, cases[i].memory);
	}
	make(0x204);			/* a zImage */
	file[0x211] = 0;
	assert_int_equal(open_file(FILE_LEN), 0);
	assert_false(k.high || k.entry32);
	assert_int_equal(k.load, 0x10000);
}

/* memdisk, ipxe.lkrn, memtest86+ as their headers are: no kernel packed in them, whatever the version. */
static void kernels_in_name_only(void **state)
{
	(void)state;
	make(0x20c);
	set(0x24c, 0, 4);
	assert_int_equal(open_file(FILE_LEN), 0);
	assert_true(k.setup_only && k.entry32);
	make(0x207);
	set(0x214, 0, 4);		/* nor is there an entry point past the setup code */
	assert_int_equal(open_file(FILE_LEN), 0);
	assert_true(k.setup_only && !k.entry32);
	make(0x207);
	file[0x201] = 0x65;		/* text is where later protocols have their fields */
	memset(file + 0x244, 0x35, 0x267 - 0x244);
	assert_int_equal(open_file(FILE_LEN), 0);
	assert_true(k.setup_only && k.load == 0x100000);
	assert_int_equal(k.memory, 3 * KERNEL_LEN);
	make(0x20c);
	file[0x201] = 0x4c - 2;		/* the header ends inside the field: as if it were not there */
	assert_int_equal(open_file(FILE_LEN), 0);
	assert_true(k.setup_only);
}

static void refused(uint16_t version, size_t at, uint64_t v, size_t len, const char *text)
{
	make(version);
	set(at, v, len);
	assert_int_equal(open_file(FILE_LEN), -ENOEXEC);
	if (!strstr(why.text, text))
		fail_msg("\"%s\" does not say \"%s\"", why.text, text);
}

static void bad_headers(void **state)
{
	(void)state;
	refused(0x20f, 0x1fe, 0, 2, "no boot sector");
	refused(0x20f, 0x201, 4, 1, "damaged");
	refused(0x20f, 0x206, 0x123, 2, "damaged");
	refused(0x20f, 0x1f1, 127, 1, "cut short");
	refused(0x20f, 0x1f4, 0xffffffff, 4, "cut short");
	refused(0x20f, 0x230, 0, 4, "no power of two");
	refused(0x20f, 0x230, 0x300000, 4, "no power of two");
	refused(0x20f, 0x258, 0x100000000, 8, "above 4 GiB");
	refused(0x20f, 0x258, 0xffff0000, 8, "past 4 GiB");
	refused(0x20f, 0x260, 0xffff0000, 4, "past 4 GiB");
	refused(0x20f, 0x214, 0x100000 + KERNEL_LEN, 4, "outside");
	refused(0x20f, 0x214, 0xfffff, 4, "outside");
	for (size_t len = 0; len < SETUP_LEN + KERNEL_LEN - 15; len += len < 1100 ? 1 : 997) {
		make(0x20f);
		assert_int_equal(open_file(len), -ENOEXEC);
		assert_true(why.text[0]);
	}
	make(0x20f);
	assert_int_equal(open_file(FILE_LEN - 15), 0);	/* syssize is in units of 16 */
	for (unsigned n = 0; n < 256; n++) {	/* any length of the header */
		make(0x20f);
		file[0x201] = (uint8_t)n;
		open_file(FILE_LEN);
	}
}

static int read_words(const char *args)
{
	make(0x20f);
	open_file(FILE_LEN);
	return linux_read_words(&k, args, &words, &why);
}

static void command_line(void **state)
{
	(void)state;
	assert_int_equal(read_words("quiet initrd=a xvga=1 root=/dev/sda"), 0);
	assert_false(words.has_vga);
	assert_true(words.mem == UINT64_MAX);
	static const struct { const char *word; unsigned mode; } vga[] = {
		{ "vga=791", 791 }, { "vga=0x317", 0x317 }, { "vga=ask", 0xfffd }, { "a vga=ext b", 0xfffe },
		{ "vga=normal", 0xffff },
	};
	for (size_t i = 0; i < sizeof(vga) / sizeof(vga[0]); i++) {
		assert_int_equal(read_words(vga[i].word), 0);
		assert_true(words.has_vga);
		assert_int_equal(words.vga, vga[i].mode);
	}
	static const char *const bad[] = { "vga=", "vga=x", "vga=normally", "vga=65536", "vga=12z", "vga= 5" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(read_words(bad[i]), -EINVAL);
	static const struct { const char *word; uint64_t bytes; } mem[] = {
		{ "mem=512M", 512ull << 20 }, { "mem=0x10000k", 64ull << 20 }, { "a mem=3G b", 3ull << 30 },
		{ "mem=4096", 4096 },
		{ "mem=nopentium", UINT64_MAX }, { "mem=99999999999999999999G", UINT64_MAX }, { "mem=", UINT64_MAX },
	};
	for (size_t i = 0; i < sizeof(mem) / sizeof(mem[0]); i++) {
		assert_int_equal(read_words(mem[i].word), 0);
		assert_true(words.mem == mem[i].bytes);
	}
	char line[2050];
	memset(line, 'a', sizeof(line));
	line[2047] = '\0';
	assert_int_equal(read_words(line), 0);
	line[2047] = 'a';
	line[2048] = '\0';
	assert_int_equal(read_words(line), -EINVAL);
	assert_string_equal(why.text,
		"its command line is 2048 characters long, and this kernel takes 2047 at the most");
}

static void prepare(uint16_t version, const char *args, unsigned regions)
{
	make(version);
	assert_int_equal(open_file(FILE_LEN), 0);
	linux_read_words(&k, args, &words, &why);
	map.count = regions;
	for (unsigned i = 0; i < regions; i++)
		map.e[i] = (struct e820_entry){ i * 0x100000ull, 0x1000 * (i + 1), 1 + i % 5, 1 };
	machine = (struct boot_machine){ .map = &map, .text = { 0xb8000, 80, 25 } };
	given = (struct linux_given){ .kernel = &k, .words = &words, .args = args, .machine = &machine, .map = &map,
		.at = 0x5000,
		.load = 0x1000000, .initrd = 0x7000000, .initrd_len = 0x123456, .cursor_row = 24, .cursor_column = 3 };
}

/* Built into a block of exactly the length promised. */
static uint8_t *out;

static size_t build(uint16_t *sp)
{
	size_t len = sp ? linux_build_setup(&given, NULL, 0, sp) : linux_build_params(&given, NULL, 0);
	free(out);
	out = malloc(len);
	memset(out, 0xee, len);
	assert_int_equal(sp ? linux_build_setup(&given, out, len, sp) : linux_build_params(&given, out, len), len);
	return len;
}

static void zero_page(void **state)
{
	(void)state;
	static const struct boot_apm apm = { .version = 0x102, .dseg_len = 0x1234 };
	prepare(0x20f, "a b=c", 3);
	machine.apm = &apm;
	machine.rsdp.data = (const uint8_t *)0xf5a30;
	assert_int_equal(build(NULL), 4096 + 6);
	assert_memory_equal(out + 0x1f1, file + 0x1f1, 0x210 - 0x1f1);
	assert_int_equal(out[0x210], 0xff);
	assert_int_equal(get(out, 0x214, 4), 0x1000000);
	assert_int_equal(get(out, 0x218, 4), 0x7000000);
	assert_int_equal(get(out, 0x21c, 4), 0x123456);
	assert_int_equal(get(out, 0x228, 4), 0x5000 + 4096);
	assert_string_equal(out + 4096, "a b=c");
	assert_memory_equal(out + 0x22c, file + 0x22c, 0x264 - 0x22c);
	for (size_t i = 0x264; i < 0x2d0; i++)
		assert_int_equal(out[i], 0);
	assert_int_equal(get(out, 0x70, 8), 0xf5a30);
	assert_memory_equal(out + 0x40, &apm, sizeof(apm));
	assert_memory_equal(out, "\x03\x18", 2);
	assert_memory_equal(out + 6, "\x03\x50\0\0\x03\0\0\0\x19\x01\x10\0", 12);
	assert_int_equal(out[0x1e8], 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(get(out, 0x2d0 + i * 20, 8) == map.e[i].base);
		assert_true(get(out, 0x2d8 + i * 20, 8) == map.e[i].len);
		assert_int_equal(get(out, 0x2e0 + i * 20, 4), map.e[i].type);
	}
}

static void long_memory_map(void **state)
{
	(void)state;
	prepare(0x20f, "x", MEMMAP_MAX);
	set(0x250, 0x1234567890, 8);	/* somebody's setup_data: kept behind ours */
	open_file(FILE_LEN);
	unsigned more = MEMMAP_MAX - 128;
	size_t len = build(NULL);
	assert_int_equal(len, 4096 + 16 + more * 20 + 2);
	assert_int_equal(out[0x1e8], 128);
	assert_int_equal(get(out, 0x250, 8), 0x5000 + 4096);
	assert_true(get(out, 4096, 8) == 0x1234567890);
	assert_int_equal(get(out, 4104, 4), 1);
	assert_int_equal(get(out, 4108, 4), more * 20);
	assert_true(get(out, 4112, 8) == map.e[128].base);
	assert_true(get(out, len - 2 - 20, 8) == map.e[MEMMAP_MAX - 1].base);
	assert_int_equal(get(out, 0x228, 4), 0x5000 + len - 2);
	assert_string_equal(out + len - 2, "x");
}

static void setup_code(void **state)
{
	(void)state;
	uint16_t sp;
	prepare(0x20f, "vga=791 b", 1);
	given.at = 0x10000;
	assert_int_equal(build(&sp), 0xe000 + 10);
	assert_int_equal(sp, 0xe000);
	assert_memory_equal(out, file, 0x1f1);
	assert_int_equal(get(out, 0x1fa, 2), 791);
	assert_int_equal(out[0x210], 0xff);
	assert_int_equal(out[0x211], 0x81);
	assert_int_equal(get(out, 0x224, 2), 0xde00);
	assert_int_equal(get(out, 0x228, 4), 0x1e000);
	assert_string_equal(out + 0xe000, "vga=791 b");
	assert_int_equal(get(out, 0x218, 4), 0x7000000);

	prepare(0x201, "old", 1);
	assert_int_equal(build(&sp), 0x9800 + 4);
	assert_int_equal(get(out, 0x20, 2), 0xa33f);
	assert_int_equal(get(out, 0x22, 2), 0x9800);
	assert_int_equal(get(out, 0x212, 2), 0x9804);
	assert_int_equal(get(out, 0x224, 2), 0x9600);
	assert_string_equal(out + 0x9800, "old");

	prepare(0, "older", 1);
	build(&sp);
	assert_int_equal(get(out, 0x20, 2), 0xa33f);
	assert_memory_equal(out + 0x200, file + 0x200, SETUP_LEN - 0x200);
	for (size_t cap = 0; cap < 0x9900; cap += 0x333) {
		uint8_t *buf = malloc(cap ? cap : 1);
		linux_build_setup(&given, buf, cap, &sp);
		free(buf);
	}
}

static bool is_file(const char *name, const char *args, const char *wanted)
{
	const char *path;
	return initrd_is_file(name, args, &path) && !strncmp(path, wanted, strlen(wanted));
}

static void names(void **state)
{
	(void)state;
	const char *path;
	assert_false(initrd_is_file("initrd.gz", "", &path));
	assert_false(initrd_is_file("initrd.gz", "  ", &path));
	assert_true(is_file("/etc/x", "", "/etc/x"));
	assert_true(is_file("x", "/etc/y mode=755", "/etc/y "));
	assert_true(is_file("/x", "preseed.cfg", "preseed.cfg"));
}

/* One header: its fields, and what follows it. */
static const char *check_entry(const char *at, unsigned mode, unsigned len, const char *name)
{
	char text[9] = "";
	assert_memory_equal(at, "070701", 6);
	memcpy(text, at + 14, 8);
	assert_int_equal(strtoul(text, NULL, 16), mode);
	memcpy(text, at + 6 + 6 * 8, 8);
	assert_int_equal(strtoul(text, NULL, 16), len);
	memcpy(text, at + 6 + 11 * 8, 8);
	assert_int_equal(strtoul(text, NULL, 16), strlen(name) + 1);
	assert_string_equal(at + 110, name);
	return at + ((110 + strlen(name) + 1 + 3) & ~3ul);
}

static void headers(void **state)
{
	(void)state;
	uint8_t buf[2048];
	struct writer w = { buf, sizeof(buf), 0 };
	initrd_put_header(&w, "/a/bc/d mode=4711 mkdir=-1", "/a/bc/d mode=4711 mkdir=-1", 0x12345);
	initrd_put_header(&w, "a/b/c mkdir=1", "a/b/c mkdir=1", 5);
	initrd_put_header(&w, "/x", "", 7);
	initrd_put_trailer(&w);
	const char *p = (const char *)buf;
	p = check_entry(p, 040755, 0, "/a");
	p = check_entry(p, 040755, 0, "/a/bc");
	p = check_entry(p, 0104711, 0x12345, "/a/bc/d");
	p = check_entry(p, 040755, 0, "a/b");
	p = check_entry(p, 0100644, 5, "a/b/c");
	p = check_entry(p, 0100644, 7, "/x");
	p = check_entry(p, 0, 0, "TRAILER!!!");
	assert_ptr_equal(p, buf + w.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newest), cmocka_unit_test(older), cmocka_unit_test(kernels_in_name_only),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(command_line),
		cmocka_unit_test(zero_page), cmocka_unit_test(long_memory_map), cmocka_unit_test(setup_code),
		cmocka_unit_test(names),
		cmocka_unit_test(headers),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(copy);
	free(out);
	return failed;
}
