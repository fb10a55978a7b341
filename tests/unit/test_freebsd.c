/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD: kernels good and bad, flags, environment, metadata, stacks, page tables. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "kernel/memmap.h"
#include "services/boot/freebsd.h"
#include "services/firmware/boot_machine.h"

#define BASE64 0xffffffff80000000ull
#define FILE_LEN 2048u

static struct file64 {
	Elf64_Ehdr e;
	Elf64_Phdr p[2];
	Elf64_Shdr s[3];
	uint8_t rest[FILE_LEN - sizeof(Elf64_Ehdr) - 2 * sizeof(Elf64_Phdr) - 3 * sizeof(Elf64_Shdr)];
} f64;
static struct file32 {
	Elf32_Ehdr e;
	Elf32_Phdr p[1];
	uint8_t rest[FILE_LEN - sizeof(Elf32_Ehdr) - sizeof(Elf32_Phdr)];
} f32;
static struct freebsd_kernel k;
static struct boot_why why;

static int reset(void **state)
{
	(void)state;
	memset(&f64, 0, sizeof(f64));
	f64.e = (Elf64_Ehdr){ .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1, ELFOSABI_FREEBSD },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64, .e_version = 1, .e_entry = BASE64 + 0x1380000,
		.e_phoff = offsetof(struct file64, p),
		.e_shoff = offsetof(struct file64, s), .e_ehsize = sizeof(f64.e), .e_phentsize = sizeof(f64.p[0]),
		.e_phnum = 2,
		.e_shentsize = sizeof(f64.s[0]), .e_shnum = 3 };
	/* the second one begins beyond 16 MiB, as since 13.2 */
	f64.p[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_vaddr = BASE64 + 0x200000, .p_paddr = 0x200000, .p_offset = 0,
		.p_filesz = 512,
		.p_memsz = 512 };
	f64.p[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_vaddr = BASE64 + 0x1380000, .p_offset = 512, .p_filesz = 256,
		.p_memsz = 0x3001 };
	f64.s[1] = (Elf64_Shdr){ .sh_type = SHT_SYMTAB, .sh_offset = 1024, .sh_size = 48, .sh_link = 2 };
	f64.s[2] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_offset = 1100, .sh_size = 11 };
	memset(&f32, 0, sizeof(f32));
	f32.e = (Elf32_Ehdr){ .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, 1, ELFOSABI_FREEBSD },
		.e_type = ET_EXEC,
		.e_machine = EM_386, .e_version = 1, .e_entry = 0xc0400010, .e_phoff = offsetof(struct file32, p),
		.e_ehsize = sizeof(f32.e), .e_phentsize = sizeof(f32.p[0]), .e_phnum = 1 };
	f32.p[0] = (Elf32_Phdr){ .p_type = PT_LOAD, .p_vaddr = 0xc0400000, .p_filesz = 1024, .p_memsz = 4096 };
	return 0;
}

static uint8_t *copy;

static int open_bytes(const void *file, size_t len)
{
	free(copy);
	copy = malloc(len ? len : 1);
	memcpy(copy, file, len);
	return freebsd_open(&k, copy, len, &why);
}

static void kernels(void **state)
{
	(void)state;
	assert_int_equal(open_bytes(&f64, sizeof(f64)), 0);
	assert_int_equal(k.segments, 2);
	assert_int_equal(k.seg[1].addr, 0x1380000);
	assert_int_equal(k.lo, 0x200000);
	assert_int_equal(k.hi, 0x1383001);
	assert_true(k.entry == BASE64 + 0x1380000);
	assert_int_equal(k.syms.symtab_len, 48);
	assert_int_equal(k.syms.strtab, 1100);
	assert_int_equal(k.syms.strtab_len, 11);
	f64.s[2].sh_size = 4096;	/* symbols that are not whole are left out */
	assert_int_equal(open_bytes(&f64, sizeof(f64)), 0);
	assert_int_equal(k.syms.symtab_len, 0);
	assert_int_equal(open_bytes(&f32, sizeof(f32)), 0);
	assert_int_equal(k.lo, 0x400000);
	assert_true(k.entry == 0x400010);
}

static void bad_kernels(void **state)
{
	(void)state;
	for (size_t len = 0; len < 768; len++)
		assert_int_equal(open_bytes(&f64, len), -ENOEXEC);
	f64.e.e_entry = BASE64;
	assert_int_equal(open_bytes(&f64, sizeof(f64)), -ENOEXEC);
	assert_string_equal(why.text, "the entry point 0xffffffff80000000 is in none of the loaded segments");
	reset(state);
	f64.p[1].p_memsz = 0x40000000 - 0x1380000 + 1;
	assert_int_equal(open_bytes(&f64, sizeof(f64)), -ENOEXEC);
	reset(state);
	f64.p[1].p_vaddr = 0x1000;	/* not in the first one's window */
	assert_int_equal(open_bytes(&f64, sizeof(f64)), -ENOEXEC);
	reset(state);
	f64.p[1].p_filesz = UINT64_MAX;
	assert_int_equal(open_bytes(&f64, sizeof(f64)), -ENOEXEC);
	reset(state);
	f64.p[1].p_memsz = 0;		/* but bytes in the file */
	assert_int_equal(open_bytes(&f64, sizeof(f64)), -ENOEXEC);
	assert_non_null(strstr(why.text, "segment 1, 0x0 bytes"));
}

static void boot_flags(void **state)
{
	(void)state;
	uint32_t howto;
	assert_int_equal(freebsd_flags("-s x=-y  -vh", &howto, &why), 0);
	assert_int_equal(howto, 0x1802);
	assert_int_equal(freebsd_flags("a=b -", &howto, &why), 0);
	assert_int_equal(howto, 0);
	assert_int_equal(freebsd_flags("-sq", &howto, &why), -EINVAL);
	assert_string_equal(why.text, "-q is no boot flag of FreeBSD's");
}

/* An object file: contents, BSS, relocations for the contents and for what is not loaded, symbols, names. */
static struct object {
	Elf64_Ehdr e;
	uint8_t text[30], data[20], rela[48], symtab[48], strtab[8], shstrtab[9];
	Elf64_Shdr s[10];
} obj;

static void make_object(void)
{
	memset(&obj, 0, sizeof(obj));
	obj.e = (Elf64_Ehdr){ .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 }, .e_type = ET_REL,
		.e_machine = EM_X86_64,
		.e_version = 1, .e_shoff = offsetof(struct object, s), .e_ehsize = sizeof(obj.e),
		.e_shentsize = sizeof(obj.s[0]),
		.e_shnum = 10, .e_shstrndx = 9 };
	memset(obj.text, 't', sizeof(obj.text));
	memset(obj.data, 'd', sizeof(obj.data));
	memset(obj.rela, 'r', sizeof(obj.rela));
	memset(obj.symtab, 's', sizeof(obj.symtab));
#define AT(field) .sh_offset = offsetof(struct object, field), .sh_size = sizeof(obj.field)
	obj.s[1] = (Elf64_Shdr){ .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC, AT(text), .sh_addralign = 16 };
	obj.s[2] = (Elf64_Shdr){ .sh_type = SHT_RELA, AT(rela), .sh_info = 1, .sh_addralign = 8 };
	obj.s[3] = (Elf64_Shdr){ .sh_type = SHT_NOBITS, .sh_flags = SHF_ALLOC, .sh_size = 100, .sh_offset = 1u << 30,
		.sh_addralign = 64 };
	obj.s[4] = (Elf64_Shdr){ .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC, AT(data) };
	obj.s[5] = (Elf64_Shdr){ .sh_type = SHT_PROGBITS, AT(data), .sh_addr = 7 };	/* as .comment is */
	obj.s[6] = (Elf64_Shdr){ .sh_type = SHT_RELA, AT(rela), .sh_info = 5 };
	obj.s[7] = (Elf64_Shdr){ .sh_type = SHT_SYMTAB, AT(symtab), .sh_link = 8, .sh_addralign = 8 };
	obj.s[8] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, AT(strtab), .sh_addralign = 1 };
	obj.s[9] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, AT(shstrtab), .sh_addralign = 1 };
}

static struct freebsd_ko ko;

static int open_ko(bool is64, const void *file, size_t len)
{
	free(copy);
	copy = malloc(len + 1);
	memcpy(copy, file, len);
	why.text[0] = '\0';
	return freebsd_ko_open(&ko, is64, copy, len, &why);
}

static void object_modules(void **state)
{
	(void)state;
	static const uint32_t at[10] = { [3] = 64, [4] = 164, [7] = 184, [8] = 232, [9] = 240, [2] = 256 };
	uint8_t out[304], wanted[304] = { 0 };
	Elf64_Shdr s[10];
	make_object();
	assert_int_equal(open_ko(true, &obj, sizeof(obj)), 0);
	assert_int_equal(ko.align, 4096);
	assert_int_equal(ko.len, sizeof(out));
	memset(out, 0, sizeof(out));
	freebsd_ko_lay_out(&ko, 0x800000, out, (uint8_t *)s);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(s[i].sh_addr, i == 1 || at[i] ? 0x800000 + at[i] : 0);
		assert_int_equal(s[i].sh_size, obj.s[i].sh_size);
		if (s[i].sh_addr && s[i].sh_type != SHT_NOBITS)
			memcpy(wanted + at[i], (uint8_t *)&obj + obj.s[i].sh_offset, obj.s[i].sh_size);
	}
	assert_memory_equal(out, wanted, sizeof(out));
	obj.s[4].sh_addralign = 8192;	/* more than a page: the whole module is aligned so */
	assert_int_equal(open_ko(true, &obj, sizeof(obj)), 0);
	assert_int_equal(ko.align, 8192);
}

static void bad_objects(void **state)
{
	(void)state;
	make_object();
	for (size_t len = 0; len < sizeof(obj); len++)
		assert_int_equal(open_ko(true, &obj, len), -ENOEXEC);
	assert_int_equal(open_ko(true, &f64, sizeof(f64)), -ENOEXEC);
	assert_string_equal(why.text, "ELF file of type 2, not an object file");
	assert_int_equal(open_ko(false, &obj, sizeof(obj)), -ENOEXEC);
	const struct { Elf64_Xword *field, value; } bad[] = {
		{ &obj.s[1].sh_offset, sizeof(obj) }, { &obj.s[1].sh_size, sizeof(obj) },
		{ &obj.s[3].sh_size, 0x40000001 },
		{ &obj.s[3].sh_size, UINT64_MAX }, { &obj.s[4].sh_addralign, 3 },
		{ &obj.s[4].sh_addralign, 1ull << 32 },
		{ &obj.s[4].sh_addralign, FREEBSD_END_MAX },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		Elf64_Xword was = *bad[i].field;
		*bad[i].field = bad[i].value;
		assert_int_equal(open_ko(true, &obj, sizeof(obj)), -ENOEXEC);
		*bad[i].field = was;
	}
	obj.s[8].sh_type = SHT_SYMTAB;	/* two of them, and no names */
	assert_int_equal(open_ko(true, &obj, sizeof(obj)), -ENOEXEC);
	assert_string_equal(why.text, "it has no symbol table, or no names for its sections");
	make_object();
	obj.e.e_shnum = 0;
	assert_int_equal(open_ko(true, &obj, sizeof(obj)), -ENOEXEC);
}

static void shared_modules(void **state)
{
	(void)state;
	uint8_t out[0x1200];
	reset(NULL);
	assert_int_equal(open_ko(false, &f32, sizeof(f32)), -ENOEXEC);	/* it would have to lie at C0400000h */
	f32.e.e_type = ET_DYN;
	f32.p[0] = (Elf32_Phdr){ .p_type = PT_LOAD, .p_vaddr = 0x100, .p_filesz = 1024, .p_memsz = 0x1000 };
	assert_int_equal(open_ko(false, &f32, sizeof(f32)), -ENOEXEC);
	assert_string_equal(why.text, "it is no shared object: nothing in it is dynamic");
	f32.e.e_phnum = 2;
	Elf32_Phdr dynamic = { .p_type = PT_DYNAMIC, .p_vaddr = 0x200 };
	memcpy(f32.rest, &dynamic, sizeof(dynamic));
	assert_int_equal(open_ko(false, &f32, sizeof(f32)), 0);
	assert_int_equal(ko.len, 0x1100);
	assert_int_equal(ko.dynamic, 0x200);
	assert_int_equal(ko.ssym, ko.esym);
	memset(out, 0, sizeof(out));
	freebsd_ko_lay_out(&ko, 0x600000, out, out);	/* no section headers */
	assert_memory_equal(out + 0x100, &f32, 1024);
	assert_int_equal(out[0x500], 0);
	f32.p[0].p_filesz = sizeof(f32) + 1;
	f32.p[0].p_memsz = 2 * sizeof(f32);
	assert_int_equal(open_ko(false, &f32, sizeof(f32)), -ENOEXEC);
}

/* Tables that lie over each other in a file of 1.6 GiB: what they take together passes 4 GiB. */
static void lengths_that_wrap(void **state)
{
	(void)state;
	const uint32_t len = 0x66000000;
	uint8_t *file = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(file, MAP_FAILED);
	Elf32_Ehdr e = f32.e;
	e.e_type = ET_DYN;
	e.e_phnum = 2;
	e.e_shoff = 512;
	e.e_shnum = 2;
	e.e_shentsize = sizeof(Elf32_Shdr);
	Elf32_Phdr p[] = { { .p_type = PT_LOAD, .p_memsz = 0x3ffffff0 }, { .p_type = PT_DYNAMIC, .p_vaddr = 0x200 } };
	Elf32_Shdr s[] = { { .sh_type = SHT_SYMTAB, .sh_size = len, .sh_link = 1 },
		{ .sh_type = SHT_STRTAB, .sh_size = len } };
	for (uint32_t more = 0; more < 0x1000; more += 0x80) {	/* 4 GiB and a little is met on the way */
		s[1].sh_size = UINT32_MAX - 0x3ffffff0 - len - 0x800 + more;
		memcpy(file, &e, sizeof(e));
		memcpy(file + e.e_phoff, p, sizeof(p));
		memcpy(file + e.e_shoff, s, sizeof(s));
		assert_int_equal(freebsd_ko_open(&ko, false, file, len, &why), -ENOEXEC);
		assert_string_equal(why.text, "its symbols are too big");
	}
	munmap(file, len);
}

static uint8_t dhcp[300];

#define LETTERS_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LETTERS_256 LETTERS_64 LETTERS_64 LETTERS_64 LETTERS_64

static void environment(void **state)
{
	(void)state;
	static const char text[] = "# x=y\n a=\"b c\" # d\r\nhint.uart.0.at=\"isa\"\nno\n=bad\nlast=1";
	static const char rsdp[36] = "RSD PTR \0BOCHS \2\x34\x12\0\0\x24\0\0\0\x78\x56\x34\x12";
	static const uint8_t smbios[] =
		"\0\6\0\0\1\2Maker\0Version 2\0\0"
		"\1\33\0\0\1\0\0\2\x33\x22\x11\0\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff\0\1\1Us\0S\0\0"
		"\21\16\0\0\0\0\0\0\0\0\0\0\0\2\0\0" "\21\16\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0"
		"\21\16\0\0\0\0\0\0\0\0\0\0\0\x90\0\0" "\177\4\0\0\0";
	struct boot_machine m = { .dhcp_ack[0] = { dhcp, sizeof(dhcp) },
		.rsdp = { (const uint8_t *)rsdp, sizeof(rsdp) } };
	uint8_t buf[2048];
	struct writer w = { buf, sizeof(buf), 0 };
	memcpy(dhcp + 16, "\x0a\x4d\0\x33", 4);
	memcpy(dhcp + 28, "\x52\x54\0\x12\x34\x56", 6);
	memcpy(dhcp + 20, "\x0a\x4d\0\1", 4);
	memcpy(dhcp + 240, "\0\1\4\xff\xff\xff\0\3\4\x0a\x4d\0\1\21\5/a/bc\xff", 21);
	freebsd_put_args(&w, "-s x=1 word y=\"2\"");
	freebsd_put_env(&w, text, sizeof(text) - 1);
	freebsd_put_facts(&w, "kernel", true, &m);
	static const char *const wanted[] = {
		"x=1", "y=2", "a=b c", "hint.uart.0.at=isa", "last=1", "kernelname=kernel",
		"vfs.root.mountfrom=ufs:/dev/md0",
		"boot.netif.ip=10.77.0.51", "boot.netif.netmask=255.255.255.0",
		"boot.netif.gateway=10.77.0.1", "boot.netif.hwaddr=52:54:00:12:34:56",
		"boot.nfsroot.server=10.77.0.1", "boot.nfsroot.path=/a/bc", "hint.acpi.0.oem=BOCHS ",
		"hint.acpi.0.revision=2",
	};
	const char *p = (const char *)buf;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++, p += strlen(p) + 1)
		assert_string_equal(p, wanted[i]);
	assert_memory_equal(p, "hint.acpi.0.rsdp=0x", 19);
	p += strlen(p) + 1;
	assert_string_equal(p, "hint.acpi.0.rsdt=0x00001234");
	p += strlen(p) + 1;
	assert_string_equal(p, "hint.acpi.0.xsdt=0x12345678");
	static const char *const known[] = {
		"k", "smbios.bios.vendor=Maker", "smbios.bios.version=Version 2", "smbios.system.maker=Us",
		"smbios.system.serial=S",
		"smbios.system.sku=Us", "smbios.system.family=Us", "smbios.memory.enabled=528384",
		"smbios.system.uuid=00112233-4455-6677-8899-aabbccddeeff", "",
	};
	m = (struct boot_machine){ .smbios = { smbios, sizeof(smbios) }, .smbios_major = 2, .smbios_minor = 8 };
	memset(buf, 0, sizeof(buf));
	w = (struct writer){ buf, sizeof(buf), 0 };
	assert_null(freebsd_put_facts(&w, "k", false, &m));
	p = (const char *)buf + sizeof("kernelname=") - 1;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++, p += strlen(p) + 1)
		assert_string_equal(p, known[i]);
	/* a text that is too long is left out, and named */
	static uint8_t long_texts[] = "\2\11\0\0\1\0\0\2\1Us\0" LETTERS_256 "\0\0" "\177\4\0\0\0";
	m = (struct boot_machine){ .smbios = { long_texts, sizeof(long_texts) } };
	w = (struct writer){ buf, sizeof(buf), 0 };
	assert_string_equal(freebsd_put_facts(&w, "k", false, &m), "planar.serial");
	assert_int_equal(w.len, sizeof("kernelname=k smbios.planar.maker=Us smbios.planar.tag=Us"));
	memmove(long_texts + 12, long_texts + 13, sizeof(long_texts) - 13);
	w = (struct writer){ buf, sizeof(buf), 0 };
	assert_null(freebsd_put_facts(&w, "k", false, &m));
	/* server:/path; and what is no path */
	static const char *const roots[][2] = {
		{ "srv:/x", "boot.nfsroot.server=srv" }, { "iscsi:a", "" }, { "a/b", "" }, { "", "" },
	};
	for (unsigned i = 0; i < 4; i++) {
		size_t len = strlen(roots[i][0]);
		dhcp[240] = 17;
		dhcp[241] = (uint8_t)len;
		memcpy(dhcp + 242, roots[i][0], len);
		dhcp[242 + len] = 0xff;
		m = (struct boot_machine){ .dhcp_ack[0] = { dhcp, sizeof(dhcp) } };
		memset(buf, 0, sizeof(buf));
		w = (struct writer){ buf, sizeof(buf), 0 };
		freebsd_put_facts(&w, "k", false, &m);
		for (p = (const char *)buf; strncmp(p, "boot.netif.hwaddr", 17); p += strlen(p) + 1)
			assert_true(*p);
		assert_string_equal(p + strlen(p) + 1, roots[i][1]);
	}
	for (size_t n = 0; n < sizeof(dhcp); n++) {	/* options cut anywhere */
		uint8_t *cut = malloc(n + 1);
		memset(cut, 3, n + 1);
		m.dhcp_ack[0] = (struct boot_bytes){ cut, (uint32_t)n };
		w = (struct writer){ buf, sizeof(buf), 0 };
		freebsd_put_facts(&w, "k", false, &m);
		free(cut);
	}
}

static void metadata(void **state)
{
	(void)state;
	static const struct memmap map = { .count = 1, .e = { { 0x100000, 0x7000000, MEM_USABLE, 1 } } };
	struct freebsd_module m = { .name = "root", .type = "mfs_root", .args = "", .addr = 0x2000000, .len = 12345 };
	struct freebsd_given g = { .kernel = &k, .name = "kernel", .args = "-s", .module = &m, .modules = 1, .howto = 2,
		.ssym = 1,
		.esym = 2, .env = 3, .modinfo = 4, .end = 0x2100000, .map = &map };
	for (unsigned wide = 0; wide < 2; wide++) {
		assert_int_equal(wide ? open_bytes(&f64, sizeof(f64)) : open_bytes(&f32, sizeof(f32)), 0);
		size_t len = freebsd_build_modinfo(&g, NULL, 0), at = 0;
		uint8_t *buf = malloc(len);
		assert_int_equal(freebsd_build_modinfo(&g, buf, len), len);
		static const uint32_t types[2][16] = {
			{ 1, 2, 6, 3, 4, 0x8002, 0x8007, 0x8006, 0x8008, 0x9001, 1, 2, 3, 4, 0 },
			{ 1, 2, 6, 3, 4, 0x8002, 0x8007, 0x8006, 0x8008, 0x9006, 0x8003, 0x8004, 0x9001, 1, 2, 3 },
		};
		for (unsigned i = 0; i < 14; i++) {
			uint32_t head[2];
			memcpy(head, buf + at, 8);
			assert_int_equal(head[0], types[wide][i]);
			if (head[0] == 3)
				assert_int_equal(head[1], wide ? 8 : 4);
			if (head[0] == 0x8002)
				assert_memory_equal(buf + at + 8, copy, wide ? 64 : 52);
			if (head[0] == 0x9001)
				assert_memory_equal(buf + at + 8, &map.e[0], 20);
			at += 8 + ((head[1] + (wide ? 7 : 3)) & (wide ? ~7u : ~3u));
		}
		assert_memory_equal(buf + len - 8, "\0\0\0\0\0\0\0\0", 8);
		free(buf);
	}
	uint8_t stack[FREEBSD_STACK_LEN];
	uint32_t words[FREEBSD_STACK_LEN / 4];
	freebsd_build_stack(&g, 0x9000, stack);
	assert_memory_equal(stack, "\0\0\0\0\4\0\0\0\0\0\x10\2", 12);
	assert_int_equal(open_bytes(&f32, sizeof(f32)), 0);
	freebsd_build_stack(&g, 0x9000, stack);
	memcpy(words, stack, sizeof(words));
	assert_int_equal(words[1], 0x80000002);
	assert_int_equal(words[6], 0x9028);
	assert_int_equal(words[7], 4);
	assert_int_equal(words[8], 0x2100000);
	assert_int_equal(words[10], 1);
	assert_int_equal(words[22], 84);
	assert_int_equal(words[30], 4);
}

static void page_tables(void **state)
{
	(void)state;
	uint64_t *t = malloc(FREEBSD64_TABLES_LEN);
	freebsd64_build_tables(0x8000, (uint8_t *)t);
	for (unsigned i = 0; i < 512; i++) {
		assert_true(t[i] == 0x9003);
		assert_true(t[512 + i] == 0xa003);
		assert_true(t[1024 + i] == (i * 0x200000ull | 0x83));
	}
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(kernels, reset), cmocka_unit_test_setup(bad_kernels, reset),
		cmocka_unit_test(boot_flags),
		cmocka_unit_test_setup(object_modules, reset), cmocka_unit_test_setup(bad_objects, reset),
		cmocka_unit_test_setup(shared_modules, reset), cmocka_unit_test_setup(lengths_that_wrap, reset),
		cmocka_unit_test(environment), cmocka_unit_test_setup(metadata, reset), cmocka_unit_test(page_tables),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(copy);
	return failed;
}
