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
#include <cmocka.h>

#include "kernel/memmap.h"
#include "services/boot/boot_machine.h"
#include "services/boot/freebsd.h"

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
	f64.e = (Elf64_Ehdr){ .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1, ELFOSABI_FREEBSD }, .e_type = ET_EXEC,
		.e_machine = EM_X86_64, .e_version = 1, .e_entry = BASE64 + 0x1380000, .e_phoff = offsetof(struct file64, p),
		.e_shoff = offsetof(struct file64, s), .e_ehsize = sizeof(f64.e), .e_phentsize = sizeof(f64.p[0]), .e_phnum = 2,
		.e_shentsize = sizeof(f64.s[0]), .e_shnum = 3 };
	/* the second one begins beyond 16 MiB, as since 13.2 */
	f64.p[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_vaddr = BASE64 + 0x200000, .p_paddr = 0x200000, .p_offset = 0, .p_filesz = 512,
		.p_memsz = 512 };
	f64.p[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_vaddr = BASE64 + 0x1380000, .p_offset = 512, .p_filesz = 256, .p_memsz = 0x3001 };
	f64.s[1] = (Elf64_Shdr){ .sh_type = SHT_SYMTAB, .sh_offset = 1024, .sh_size = 48, .sh_link = 2 };
	f64.s[2] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_offset = 1100, .sh_size = 11 };
	memset(&f32, 0, sizeof(f32));
	f32.e = (Elf32_Ehdr){ .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, 1, ELFOSABI_FREEBSD }, .e_type = ET_EXEC,
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
	assert_int_equal(k.symtab_len, 48);
	assert_int_equal(k.strtab, 1100);
	assert_int_equal(k.strtab_len, 11);
	f64.s[2].sh_size = 4096;	/* symbols that are not whole are left out */
	assert_int_equal(open_bytes(&f64, sizeof(f64)), 0);
	assert_int_equal(k.symtab_len, 0);
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

static uint8_t dhcp[300];

static void environment(void **state)
{
	(void)state;
	static const char text[] = "# x=y\n a=\"b c\" # d\r\nhint.uart.0.at=\"isa\"\nno\n=bad\nlast=1";
	static const char rsdp[36] = "RSD PTR \0BOCHS \2\x34\x12\0\0\x24\0\0\0\x78\x56\x34\x12";
	struct boot_machine m = { .dhcp_ack[0] = { dhcp, sizeof(dhcp) }, .rsdp = { (const uint8_t *)rsdp, sizeof(rsdp) } };
	uint8_t buf[1024];
	struct writer w = { buf, sizeof(buf), 0 };
	memcpy(dhcp + 16, "\x0a\x4d\0\x33", 4);
	memcpy(dhcp + 28, "\x52\x54\0\x12\x34\x56", 6);
	memcpy(dhcp + 240, "\0\1\4\xff\xff\xff\0\3\4\x0a\x4d\0\1\xff", 14);
	freebsd_put_args(&w, "-s x=1 word y=\"2\"");
	freebsd_put_env(&w, text, sizeof(text) - 1);
	freebsd_put_facts(&w, "kernel", true, &m);
	static const char *const wanted[] = {
		"x=1", "y=2", "a=b c", "hint.uart.0.at=isa", "last=1", "kernelname=kernel", "vfs.root.mountfrom=ufs:/dev/md0",
		"boot.netif.ip=10.77.0.51", "boot.netif.netmask=255.255.255.0",
		"boot.netif.gateway=10.77.0.1", "boot.netif.hwaddr=52:54:00:12:34:56", "hint.acpi.0.oem=BOCHS ", "hint.acpi.0.revision=2",
	};
	const char *p = (const char *)buf;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++, p += strlen(p) + 1)
		assert_string_equal(p, wanted[i]);
	assert_memory_equal(p, "hint.acpi.0.rsdp=0x", 19);
	p += strlen(p) + 1;
	assert_string_equal(p, "hint.acpi.0.rsdt=0x00001234");
	p += strlen(p) + 1;
	assert_string_equal(p, "hint.acpi.0.xsdt=0x12345678");
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
	struct freebsd_module m = { "root", "mfs_root", "", 0x2000000, 12345 };
	struct freebsd_given g = { .kernel = &k, .name = "kernel", .args = "-s", .module = &m, .modules = 1, .howto = 2, .ssym = 1,
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
		cmocka_unit_test_setup(kernels, reset), cmocka_unit_test_setup(bad_kernels, reset), cmocka_unit_test(boot_flags),
		cmocka_unit_test(environment), cmocka_unit_test_setup(metadata, reset), cmocka_unit_test(page_tables),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(copy);
	return failed;
}
