/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot2 headers: the search, each tag, damage of every kind; and kernels loaded by address tag. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <setjmp.h>
#include <cmocka.h>

#include "services/boot/multiboot2.h"

static uint8_t file[MB2_SEARCH_LEN + 4096];
static size_t header_at, at, file_len;
static struct mb2_header h;
static struct kernel_file k;
static struct boot_why why;

static void put32(size_t where, uint32_t v)
{
	memcpy(file + where, &v, 4);
}

/* A header begins at offset where; tags follow, end_header() closes it. */
static void begin_header(size_t where)
{
	memset(file, 0xcc, sizeof(file));
	header_at = where;
	at = where + 16;
	put32(where, MB2_HEADER_MAGIC);
	put32(where + 4, 0);
}

static void tag(unsigned type, unsigned flags, unsigned words, ...)
{
	va_list ap;
	put32(at, type | flags << 16);
	put32(at + 4, 8 + 4 * words);
	va_start(ap, words);
	for (unsigned i = 0; i < words; i++)
		put32(at + 8 + 4 * i, va_arg(ap, unsigned));
	va_end(ap);
	at += (8 + 4 * words + 7) / 8 * 8;
}

static void close_header(uint32_t len)
{
	put32(header_at + 8, len);
	put32(header_at + 12, 0u - MB2_HEADER_MAGIC - len);
	file_len = at;
}

static void end_header(void)
{
	tag(0, 0, 0);
	close_header((uint32_t)(at - header_at));
}

/* The parser sees a block of exactly len bytes. */
static int find(size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	memcpy(copy, file, len);
	int rc = mb2_header_find(copy, len, &h, &why);
	free(copy);
	return rc;
}

static int open_kernel(size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	memcpy(copy, file, len);
	int rc = mb2_open(&h, &k, copy, len, &why);
	free(copy);
	return rc;
}

static void search(void **state)
{
	(void)state;
	static const size_t good[] = { 0, 8, 4096, MB2_SEARCH_LEN - 24 };
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		begin_header(good[i]);
		end_header();
		assert_int_equal(find(file_len), 0);
		assert_int_equal(find(sizeof(file)), 0);
		assert_int_equal(h.flat.offset, good[i]);
		assert_int_equal(h.len, 24);
		assert_int_equal(h.align, 1);
	}
	begin_header(4);			/* 4-aligned is not enough */
	end_header();
	assert_int_equal(find(sizeof(file)), -ENOENT);
	assert_string_equal(why.text, "no Multiboot2 header in its first 32768 bytes");
	begin_header(MB2_SEARCH_LEN);		/* too far */
	end_header();
	assert_int_equal(find(sizeof(file)), -ENOENT);
	begin_header(MB2_SEARCH_LEN - 16);	/* half in, half out */
	end_header();
	assert_int_equal(find(sizeof(file)), -ENOEXEC);
	begin_header(64);			/* the checksum decides: magic alone may be code */
	end_header();
	put32(64 + 12, 1);
	assert_int_equal(find(sizeof(file)), -ENOENT);
	put32(128, MB2_HEADER_MAGIC);
	put32(128 + 4, 0);
	put32(128 + 8, 24);
	put32(128 + 12, 0u - MB2_HEADER_MAGIC - 24);
	put32(128 + 16, 0);
	put32(128 + 20, 8);
	assert_int_equal(find(sizeof(file)), 0);
	assert_int_equal(h.flat.offset, 128);
	assert_int_equal(find(0), -ENOENT);
}

static void other_architecture(void **state)
{
	(void)state;
	begin_header(0);
	end_header();
	put32(4, 4);
	put32(12, 0u - MB2_HEADER_MAGIC - 4 - 24);
	assert_int_equal(find(file_len), -ENOTSUP);
	assert_string_equal(why.text, "its Multiboot2 header is for architecture 4, not for a PC");
}

static void all_tags(void **state)
{
	(void)state;
	begin_header(8);
	tag(1, 0, 10, 1, 2, 3, 4, 6, 9, 14, 15, 16, 21);
	tag(1, 0, 11, 5, 7, 8, 10, 11, 12, 13, 17, 18, 19, 20);	/* some of it no BIOS machine, or no net boot, has */
	tag(1, 1, 3, 7, 8, 4711);			/* optional */
	tag(2, 0, 4, 0x100008, 0x100000, 0, 0x123456);
	tag(3, 0, 1, 0x100040);
	tag(4, 0, 1, 3);
	tag(5, 1, 3, 1024, 768, 32);
	tag(6, 0, 0);
	tag(7, 0, 0);
	tag(8, 0, 1, 0x100);
	tag(9, 0, 1, 0x100);
	tag(10, 0, 4, 0x200000, 0xfffffff, 0x200000, 2);
	tag(300, 1, 5, 1, 2, 3, 4, 5);
	end_header();
	assert_int_equal(find(file_len), 0);
	assert_true(h.has_address && h.has_entry && h.relocatable);
	assert_int_equal(h.flat.header_addr, 0x100008);
	assert_int_equal(h.flat.load_addr, 0x100000);
	assert_int_equal(h.flat.load_end, 0);
	assert_int_equal(h.flat.bss_end, 0x123456);
	assert_int_equal(h.entry, 0x100040);
	assert_int_equal(h.min_addr, 0x200000);
	assert_int_equal(h.max_addr, 0xfffffff);
	assert_int_equal(h.align, 0x200000);
	assert_int_equal(h.preference, MB2_PREFER_HIGH);
	assert_true(h.console.graphics && h.console.text && h.console.required);
	assert_int_equal(h.console.mode.width, 1024);
	assert_int_equal(h.console.mode.height, 768);
	assert_int_equal(h.console.mode.depth, 32);
	for (size_t len = 0; len < file_len; len++)
		assert_true(find(len) < 0);
}

/* One tag alone; `words` of contents, all of them `v`. */
static int with_tag(unsigned type, unsigned flags, unsigned words, unsigned v)
{
	begin_header(0);
	tag(type, flags, words, v, v, v, v);
	end_header();
	return find(file_len);
}

static void required_and_optional(void **state)
{
	(void)state;
	static const unsigned unknown[] = { 22, 32, 99, 0xffffffff };
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_int_equal(with_tag(1, 0, 1, unknown[i]), -ENOTSUP);
		assert_int_equal(with_tag(1, 1, 1, unknown[i]), 0);
	}
	for (unsigned known = 0; known < 22; known++)	/* also what a BIOS machine never has */
		assert_int_equal(with_tag(1, 0, 1, known), 0);
	assert_int_equal(with_tag(1, 0, 1, 22), -ENOTSUP);
	assert_string_equal(why.text, "it requires boot information of type 22, which there is not");
	assert_int_equal(with_tag(11, 0, 1, 0), -ENOTSUP);
	assert_string_equal(why.text, "it requires header tag 11, which is unknown");
	assert_int_equal(with_tag(11, 1, 1, 0), 0);
}

static void check_console(bool graphics, bool text, bool required)
{
	assert_int_equal(find(file_len), 0);
	assert_int_equal(h.console.graphics, graphics);
	assert_int_equal(h.console.text, text);
	assert_int_equal(h.console.required, required);
}

static void console(void **state)
{
	(void)state;
	assert_int_equal(with_tag(6, 0, 0, 0), 0);	/* nothing said: text */
	check_console(false, true, false);
	assert_int_equal(with_tag(5, 0, 3, 0), 0);	/* no preference: as GRUB does */
	check_console(true, true, false);
	assert_int_equal(with_tag(4, 0, 1, 1), 0);
	check_console(false, false, true);
	assert_int_equal(with_tag(4, 0, 1, 2), 0);
	check_console(false, true, false);
	begin_header(0);
	tag(5, 1, 3, 80, 25, 0);			/* characters */
	end_header();
	check_console(false, true, false);
	begin_header(0);
	tag(5, 1, 3, 80, 25, 0);
	tag(4, 0, 1, 1);				/* but no text screen */
	end_header();
	check_console(true, false, true);
	begin_header(0);
	tag(5, 1, 3, 640, 480, 0);
	end_header();
	check_console(true, true, false);
}

static void short_tags(void **state)
{
	(void)state;
	static const struct { unsigned type, words; } least[] = { { 2, 4 }, { 3, 1 }, { 4, 1 }, { 5, 3 }, { 10, 4 } };
	for (size_t i = 0; i < sizeof(least) / sizeof(least[0]); i++) {
		assert_int_equal(with_tag(least[i].type, 0, least[i].words, 0), 0);
		for (unsigned words = 0; words < least[i].words; words++)
			assert_int_equal(with_tag(least[i].type, 0, words, 0), -ENOEXEC);
	}
}

static void relocation(void **state)
{
	(void)state;
	begin_header(0);
	tag(10, 0, 4, 0, 0xffffffff, 0, 7);
	end_header();
	assert_int_equal(find(file_len), 0);
	assert_int_equal(h.align, 1);
	assert_int_equal(h.preference, MB2_PREFER_NONE);
	put32(16 + 16, 0x3000);
	assert_int_equal(find(file_len), -ENOEXEC);
	assert_string_equal(why.text, "it asks for alignment to 0x3000, which is no power of two");
	put32(16 + 16, 0x80000000);
	assert_int_equal(find(file_len), 0);
}

static void bad_walks(void **state)
{
	(void)state;
	static const uint32_t sizes[] = { 0, 7, 0x7fffffff, 0xfffffff0, 0xffffffff };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		begin_header(0);
		tag(6, 0, 0);
		end_header();
		put32(16 + 4, sizes[i]);
		assert_int_equal(find(file_len), -ENOEXEC);
	}
	/* no end tag */
	begin_header(0);
	tag(6, 0, 0);
	close_header((uint32_t)at);
	assert_int_equal(find(file_len), -ENOEXEC);
	/* length too small for anything, too big for the file, huge */
	static const uint32_t lens[] = { 0, 16, 23, 25, MB2_SEARCH_LEN + 1, 0xffffffff };
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		begin_header(0);
		tag(0, 0, 0);
		close_header(lens[i]);
		assert_int_equal(find(file_len), -ENOEXEC);
	}
	/* a last tag whose padding passes the header's end */
	begin_header(0);
	tag(3, 1, 1, 5);
	close_header(16 + 12);
	assert_int_equal(find(file_len), -ENOEXEC);
}

/* A flat kernel of len bytes with its header at 64, entry tag pointing to 0x100000 + entry. */
static int flat(size_t len, uint32_t header, uint32_t load, uint32_t end, uint32_t bss, uint32_t entry)
{
	begin_header(64);
	tag(2, 0, 4, header, load, end, bss);
	tag(3, 0, 1, entry);
	end_header();
	return open_kernel(len);
}

static void flat_kernels(void **state)
{
	(void)state;
	assert_int_equal(flat(1000, 0x100040, 0x100000, 0, 0, 0x100100), 0);
	assert_false(k.is_elf);
	assert_int_equal(k.segments, 1);
	assert_int_equal(k.seg[0].addr, 0x100000);
	assert_int_equal(k.seg[0].offset, 0);
	assert_int_equal(k.seg[0].len, 1000);
	assert_int_equal(k.seg[0].mem, 1000);
	assert_int_equal(k.entry, 0x100100);

	assert_int_equal(flat(1000, 0x100040, 0x100030, 0x100200, 0x103000, 0x100100), 0);
	assert_int_equal(k.seg[0].addr, 0x100030);
	assert_int_equal(k.seg[0].offset, 0x30);
	assert_int_equal(k.seg[0].len, 0x1d0);
	assert_int_equal(k.seg[0].mem, 0x2fd0);
	assert_int_equal(k.lo, 0x100030);
	assert_int_equal(k.hi, 0x103000);

	assert_int_equal(flat(1000, 0x100040, 0xffffffff, 0, 0, 0x100100), 0);
	assert_int_equal(k.seg[0].addr, 0x100000);
	assert_int_equal(k.seg[0].offset, 0);
}

static void bad_flat_kernels(void **state)
{
	(void)state;
	static const struct { uint32_t header, load, end, bss, entry; } bad[] = {
		{ 0x100040, 0x100041, 0, 0, 0x100100 },			/* loads from behind its header */
		{ 0x100040, 0x0fffff, 0, 0, 0x100100 },			/* from before the file */
		{ 0x100040, 0, 0, 0, 0x100100 },
		{ 0x20, 0xffffffff, 0, 0, 0x10 },			/* the file would begin below address 0 */
		{ 0x100040, 0x100000, 0x100000, 0, 0x100100 },		/* ends where it starts */
		{ 0x100040, 0x100000, 0xfffff, 0, 0x100100 },
		{ 0x100040, 0x100000, 0x1003e9, 0, 0x100100 },		/* one byte more than there is */
		{ 0x100040, 0x100000, 0xffffffff, 0, 0x100100 },
		{ 0x100040, 0x100000, 0, 0x1003e7, 0x100100 },		/* BSS ends inside */
		{ 0x100040, 0x100000, 0, 0, 0x1003e8 },			/* entry right behind */
		{ 0x100040, 0x100000, 0, 0, 0xfffff },
		{ 0xfffffe40, 0xfffffe00, 0, 0, 0xfffffe00 },		/* past 4 GiB */
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(flat(1000, bad[i].header, bad[i].load, bad[i].end, bad[i].bss, bad[i].entry),
			-ENOEXEC);
	begin_header(64);
	tag(2, 0, 4, 0x100040, 0x100000, 0, 0);
	end_header();
	assert_int_equal(open_kernel(1000), -ENOEXEC);
	assert_string_equal(why.text, "it has an address tag, but no entry tag");
	begin_header(64);
	end_header();
	assert_int_equal(open_kernel(1000), -ENOEXEC);
	assert_string_equal(why.text, "it is not ELF and its Multiboot2 header has no address tag");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(search), cmocka_unit_test(other_architecture), cmocka_unit_test(all_tags),
		cmocka_unit_test(required_and_optional), cmocka_unit_test(console), cmocka_unit_test(short_tags),
		cmocka_unit_test(relocation),
		cmocka_unit_test(bad_walks), cmocka_unit_test(flat_kernels), cmocka_unit_test(bad_flat_kernels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
