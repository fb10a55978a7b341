/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF kernels, 32 and 64 bit: good ones, cut ones, and each field wrong in turn. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <cmocka.h>

#include "services/boot/elf.h"

/* Text and data linked high, loaded low; a symbol table that no segment loads. */
struct file32 {
	Elf32_Ehdr eh;
	Elf32_Phdr ph[3];
	uint8_t text[64], data[32], strings[24];
	Elf32_Shdr sh[4];
};

struct file64 {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[3];
	uint8_t text[64], data[32], strings[24];
	Elf64_Shdr sh[4];
};

#define HIGH32 0xc0000000u
#define HIGH64 0xffffffff80000000ull

#define MAKE(bits, high)									\
static struct file##bits make##bits(void)							\
{												\
	struct file##bits f;									\
	memset(&f, 0, sizeof(f));								\
	memcpy(f.eh.e_ident, ELFMAG, SELFMAG);							\
	f.eh.e_ident[EI_CLASS] = ELFCLASS##bits;						\
	f.eh.e_ident[EI_DATA] = ELFDATA2LSB;							\
	f.eh.e_type = ET_EXEC;									\
	f.eh.e_machine = bits == 32 ? EM_386 : EM_X86_64;					\
	f.eh.e_entry = high + 0x100010u;							\
	f.eh.e_phoff = offsetof(struct file##bits, ph);						\
	f.eh.e_phentsize = sizeof(f.ph[0]);							\
	f.eh.e_phnum = 3;									\
	f.eh.e_shoff = offsetof(struct file##bits, sh);						\
	f.eh.e_shentsize = sizeof(f.sh[0]);							\
	f.eh.e_shnum = 4;									\
	f.eh.e_shstrndx = 3;									\
	f.ph[0].p_type = PT_NOTE;								\
	f.ph[1].p_type = f.ph[2].p_type = PT_LOAD;						\
	f.ph[1].p_offset = offsetof(struct file##bits, text);					\
	f.ph[1].p_vaddr = high + 0x100000u;							\
	f.ph[1].p_paddr = 0x100000;								\
	f.ph[1].p_filesz = f.ph[1].p_memsz = 64;						\
	f.ph[2].p_offset = offsetof(struct file##bits, data);					\
	f.ph[2].p_vaddr = high + 0x200000u;							\
	f.ph[2].p_paddr = 0x200000;								\
	f.ph[2].p_filesz = 32;									\
	f.ph[2].p_memsz = 4096;									\
	f.sh[1].sh_type = SHT_PROGBITS;								\
	f.sh[1].sh_flags = SHF_ALLOC;								\
	f.sh[1].sh_addr = high + 0x100000u;							\
	f.sh[1].sh_offset = f.ph[1].p_offset;							\
	f.sh[1].sh_size = 64;									\
	f.sh[2].sh_type = SHT_NOBITS;								\
	f.sh[2].sh_flags = 0;									\
	f.sh[2].sh_offset = 0x7fffffff;								\
	f.sh[2].sh_size = 0x7fffffff;								\
	f.sh[3].sh_type = SHT_STRTAB;								\
	f.sh[3].sh_offset = offsetof(struct file##bits, strings);				\
	f.sh[3].sh_size = 24;									\
	return f;										\
}

MAKE(32, HIGH32)
MAKE(64, HIGH64)

static struct boot_why why;

/* All that a loader does with a file, from a block of exactly its length: 0 or the error. */
static int load(const void *file, size_t len, struct segment seg[4], uint32_t *entry)
{
	uint8_t *copy = malloc(len ? len : 1);
	memcpy(copy, file, len);
	struct elf e;
	uint32_t lo, hi;
	int rc = elf_open(&e, copy, len, &why);
	if (rc == 0)
		rc = elf_segments(&e, seg, 4, &why);
	if (rc > 0)
		rc = elf_section_span(&e, &lo, &hi, &why);
	if (rc == 0)
		rc = elf_entry(&e, entry, &why);
	if (rc == 0 && e.shnum) {
		uint8_t *out = malloc((size_t)e.shnum * e.shentsize);
		elf_copy_sections(&e, lo, 0x5000, out);
		free(out);
	}
	free(copy);
	return rc;
}

static void check_good(const void *file, size_t len, uint32_t text_at)
{
	struct segment seg[4];
	uint32_t entry = 0;
	assert_int_equal(load(file, len, seg, &entry), 0);
	assert_int_equal(entry, 0x100010);
	assert_int_equal(seg[0].addr, 0x100000);
	assert_int_equal(seg[0].offset, text_at);
	assert_int_equal(seg[0].len, 64);
	assert_int_equal(seg[0].mem, 64);
	assert_int_equal(seg[1].addr, 0x200000);
	assert_int_equal(seg[1].len, 32);
	assert_int_equal(seg[1].mem, 4096);
}

static void good_ones(void **state)
{
	(void)state;
	struct file32 a = make32();
	struct file64 b = make64();
	check_good(&a, sizeof(a), offsetof(struct file32, text));
	check_good(&b, sizeof(b), offsetof(struct file64, text));
	/* an entry point given as a physical address */
	a.eh.e_entry = b.eh.e_entry = 0x100010;
	check_good(&a, sizeof(a), offsetof(struct file32, text));
	check_good(&b, sizeof(b), offsetof(struct file64, text));
	/* no section headers at all */
	a.eh.e_shnum = a.eh.e_shentsize = 0;
	check_good(&a, offsetof(struct file32, sh), offsetof(struct file32, text));
	b.eh.e_shoff = 0;
	check_good(&b, offsetof(struct file64, sh), offsetof(struct file64, text));
}

static void sections(void **state)
{
	(void)state;
	struct file64 f = make64();
	struct elf e;
	uint32_t lo, hi;
	Elf64_Shdr out[4];
	assert_int_equal(elf_open(&e, (uint8_t *)&f, sizeof(f), &why), 0);
	assert_int_equal(elf_section_span(&e, &lo, &hi, &why), 0);
	assert_int_equal(lo, 0);	/* page aligned */
	assert_int_equal(hi, f.sh[3].sh_offset + 24);
	elf_copy_sections(&e, lo, 0xfedc0000u, (uint8_t *)out);
	assert_int_equal(out[1].sh_addr, HIGH64 + 0x100000);
	assert_int_equal(out[2].sh_addr, 0);
	assert_int_equal(out[3].sh_addr, 0xfedc0000u + f.sh[3].sh_offset);
	out[3].sh_addr = 0;
	assert_memory_equal(out, f.sh, sizeof(out));
}

static void cut_short(void **state)
{
	(void)state;
	struct file32 a = make32();
	struct file64 b = make64();
	struct segment seg[4];
	uint32_t entry;
	for (size_t len = 0; len < sizeof(a); len++)
		assert_int_equal(load(&a, len, seg, &entry), -ENOEXEC);
	for (size_t len = 0; len < sizeof(b); len++)
		assert_int_equal(load(&b, len, seg, &entry), -ENOEXEC);
}

#define REFUSED(bits, change, message) do {							\
	struct file##bits f = make##bits();							\
	struct segment seg[4];									\
	uint32_t entry;										\
	change;											\
	assert_int_equal(load(&f, sizeof(f), seg, &entry), -ENOEXEC);				\
	assert_string_equal(why.text, message);							\
} while (0)

static void each_field_wrong(void **state)
{
	(void)state;
	REFUSED(32, f.eh.e_ident[1] = 'e', "not an ELF file");
	REFUSED(32, f.eh.e_ident[EI_CLASS] = 3, "an ELF file of class 3, byte order 1: not for a PC");
	REFUSED(32, f.eh.e_ident[EI_DATA] = 2, "an ELF file of class 1, byte order 2: not for a PC");
	REFUSED(32, f.eh.e_machine = EM_ARM, "ELF32 file for machine 40, not for a PC");
	REFUSED(64, f.eh.e_machine = EM_386, "ELF64 file for machine 3, not for a PC");
	REFUSED(32, f.eh.e_type = ET_REL, "ELF file of type 1, not an executable");
	REFUSED(32, f.eh.e_phnum = 0, "ELF file without program headers");
	REFUSED(32, f.eh.e_phentsize = 31, "ELF program headers of 31 bytes each");
	REFUSED(32, f.eh.e_phoff = 0xfffffff0, "the ELF program headers lie behind the end of the file");
	REFUSED(64, f.eh.e_phoff = UINT64_MAX - 15, "the ELF program headers lie behind the end of the file");
	REFUSED(32, f.eh.e_phnum = 0xffff, "the ELF program headers lie behind the end of the file");
	REFUSED(32, f.eh.e_shentsize = 1, "ELF section headers of 1 bytes each");
	REFUSED(32, f.eh.e_shoff++, "the ELF section headers lie behind the end of the file: is it cut short?");
	REFUSED(32, f.eh.e_shnum = 5000, "5000 ELF sections, at most 4096 are understood");
	REFUSED(32, f.sh[3].sh_size = 0xfffffff0, "ELF section 3 lies behind the end of the file: is it cut short?");
	REFUSED(64, f.sh[3].sh_offset = UINT64_MAX, "ELF section 3 lies behind the end of the file: is it cut short?");
	REFUSED(32, f.ph[2].p_filesz = 4097, "a segment has more bytes in the file (0x1001) than in memory (0x1000)");
	REFUSED(32, f.ph[1].p_offset = sizeof(f) - 63,
		"the segment for 0x100000 lies behind the end of the file: is it cut short?");
	REFUSED(32, f.ph[1].p_offset = 0xffffffe0,
		"the segment for 0x100000 lies behind the end of the file: is it cut short?");
	REFUSED(32, f.ph[2].p_paddr = 0xfffff000, "a segment of 0x1000 bytes at 0xfffff000 reaches past 4 GiB");
	REFUSED(64, f.ph[2].p_paddr = HIGH64, "a segment of 0x1000 bytes at 0xffffffff80000000 reaches past 4 GiB");
	REFUSED(64, f.ph[2].p_memsz = UINT64_MAX - 0x1fffff,
		"a segment of 0xffffffffffe00000 bytes at 0x200000 reaches past 4 GiB");
	REFUSED(32, f.ph[1].p_type = f.ph[2].p_type = PT_NOTE, "ELF file with nothing to load");
	REFUSED(32, f.ph[2].p_memsz = 0, "a segment has more bytes in the file (0x20) than in memory (0x0)");
	REFUSED(32, f.ph[1].p_memsz = f.ph[2].p_memsz = f.ph[1].p_filesz = f.ph[2].p_filesz = 0,
		"ELF file with nothing to load");
	REFUSED(32, f.eh.e_entry = HIGH32 + 0x100040, "the entry point 0xc0100040 is in none of the loaded segments");
	REFUSED(32, f.eh.e_entry = HIGH32 + 0x200020, "the entry point 0xc0200020 is in none of the loaded segments");
	REFUSED(64, f.eh.e_entry = 0, "the entry point 0x0 is in none of the loaded segments");
}

static void many_segments(void **state)
{
	(void)state;
	struct file32 f = make32();
	struct segment seg[4];
	struct elf e;
	assert_int_equal(elf_open(&e, (uint8_t *)&f, sizeof(f), &why), 0);
	assert_int_equal(elf_segments(&e, seg, 2, &why), 2);
	assert_int_equal(elf_segments(&e, seg, 1, &why), -ENOEXEC);
	assert_string_equal(why.text, "more than 1 loadable ELF segments");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones), cmocka_unit_test(sections), cmocka_unit_test(cut_short),
		cmocka_unit_test(each_field_wrong), cmocka_unit_test(many_segments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
