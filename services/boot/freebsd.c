/* SPDX-License-Identifier: BSD-2-Clause */
/* See freebsd.h. */
#include "services/boot/freebsd.h"

#include <errno.h>
#include <string.h>

#include "kernel/checked.h"
#include "kernel/memmap.h"
#include "services/firmware/boot_machine.h"

enum {
	EHDR32_LEN = 52, EHDR64_LEN = 64,
	MOD_END = 0, MOD_NAME = 1, MOD_TYPE = 2, MOD_ADDR = 3, MOD_SIZE = 4, MOD_ARGS = 6,
	MD_ELFHDR = 0x8002, MD_SSYM = 0x8003, MD_ESYM = 0x8004, MD_DYNAMIC = 0x8005, MD_ENVP = 0x8006,
	MD_HOWTO = 0x8007,
	MD_KERNEND = 0x8008, MD_SHDR = 0x8009, MD_SMAP = 0x9001, MD_MODULEP = 0x9006,
	SMAP_LEN = 20,
	BOOTINFO_AT = 40, BOOTINFO_LEN = 84, BOOTINFO_VERSION = 1,
};

#define WINDOW64 0xffffffffc0000000ull	/* what a virtual address has more than a physical one */
#define WINDOW32 0xff000000ull
#define HOWTO_BOOTINFO 0x80000000u

/* the letter and its bit's number */
static const char flags[][2] = {
	{ 'a', 0 }, { 's', 1 }, { 'r', 5 }, { 'd', 6 }, { 'c', 10 }, { 'v', 11 }, { 'h', 12 }, { 'C', 13 }, { 'g', 15 },
	{ 'm', 16 },
	{ 'p', 20 }, { 'D', 29 },
};

static int read_segments(struct freebsd_kernel *k, struct boot_why *why)
{
	const struct elf *e = &k->elf;
	uint64_t window = 0;
	bool entered = false;
	k->lo = UINT32_MAX;
	for (uint32_t i = 0; i < e->phnum; i++) {
		struct elf_phdr p = elf_read_phdr(e, i);
		if (p.type != ELF_PT_LOAD || !(p.memsz | p.filesz))
			continue;
		if (!k->segments)
			window = p.vaddr & (e->is64 ? WINDOW64 : WINDOW32);
		uint64_t addr = p.vaddr - window;
		if (p.filesz > p.memsz || !elf_holds(e, p.offset, p.filesz) ||
		    !checked_within(addr, p.memsz, FREEBSD_END_MAX) || k->segments == FREEBSD_SEGMENTS_MAX)
			return boot_why(why, -ENOEXEC,
					"segment %u, 0x%llx bytes for 0x%llx, is cut short, or not within 1 GiB",
					(unsigned)i, (unsigned long long)p.memsz, (unsigned long long)p.vaddr);
		struct segment s = { (uint32_t)addr, (uint32_t)p.memsz, p.filesz ? (uint32_t)p.offset : 0,
			(uint32_t)p.filesz };
		k->seg[k->segments++] = s;
		k->lo = s.addr < k->lo ? s.addr : k->lo;
		k->hi = s.addr + s.mem > k->hi ? s.addr + s.mem : k->hi;
		entered |= e->entry >= p.vaddr && e->entry - p.vaddr < p.filesz;
	}
	if (!entered)
		return boot_why(why, -ENOEXEC, "the entry point 0x%llx is in none of the loaded segments",
				(unsigned long long)e->entry);
	k->entry = e->is64 ? e->entry : e->entry - window;
	return 0;
}

/* The symbols, if they are whole; kernels and modules can do without. */
void freebsd_read_symbols(const struct elf *e, struct freebsd_symbols *s)
{
	for (uint32_t i = 0; i < e->shnum; i++) {
		struct elf_shdr sym = elf_read_shdr(e, i);
		if (sym.type != ELF_SHT_SYMTAB || sym.link >= e->shnum)
			continue;
		struct elf_shdr str = elf_read_shdr(e, sym.link);
		if (str.type != ELF_SHT_STRTAB || !elf_holds(e, sym.offset, sym.size) ||
		    !elf_holds(e, str.offset, str.size) || !sym.size || !str.size)
			continue;
		*s = (struct freebsd_symbols){ (uint32_t)sym.offset, (uint32_t)sym.size, (uint32_t)str.offset,
			(uint32_t)str.size };
		return;
	}
}

int freebsd_open(struct freebsd_kernel *k, const uint8_t *data, size_t len, struct boot_why *why)
{
	*k = (struct freebsd_kernel){ 0 };
	int rc = elf_open(&k->elf, data, len, why);
	if (rc == 0)
		rc = read_segments(k, why);
	if (rc == 0)
		freebsd_read_symbols(&k->elf, &k->syms);
	return rc;
}

/* One letter's bit, or 0. */
static uint32_t flag(char letter)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i][0] == letter)
			return 1u << flags[i][1];
	return 0;
}

int freebsd_flags(const char *args, uint32_t *howto, struct boot_why *why)
{
	*howto = 0;
	for (const char *p = args; *p; p += strcspn(p, " ")) {
		p += strspn(p, " ");
		if (*p != '-')
			continue;
		for (p++; *p && *p != ' '; p++) {
			if (!flag(*p))
				return boot_why(why, -EINVAL, "-%c is no boot flag of FreeBSD's", *p);
			*howto |= flag(*p);
		}
	}
	return 0;
}

/* A record: the data is padded to the kernel's word. */
static void put_record(struct writer *w, bool is64, uint32_t type, const void *data, size_t len)
{
	put_u32(w, type);
	put_u32(w, (uint32_t)len);
	put(w, data, len);
	put_align(w, is64 ? 8 : 4);
}

/* A record with one of the kernel's words. */
static void put_word(struct writer *w, bool is64, uint32_t type, uint64_t v)
{
	put_record(w, is64, type, &v, is64 ? 8 : 4);
}

static void put_file(struct writer *w, bool is64, const char *name, const char *type, const char *args, uint32_t addr,
		     uint32_t len)
{
	put_record(w, is64, MOD_NAME, name, strlen(name) + 1);
	put_record(w, is64, MOD_TYPE, type, strlen(type) + 1);
	if (*args)
		put_record(w, is64, MOD_ARGS, args, strlen(args) + 1);
	put_word(w, is64, MOD_ADDR, addr);
	put_word(w, is64, MOD_SIZE, len);
}

static void put_elfhdr(struct writer *w, const struct elf *e)
{
	put_record(w, e->is64, MD_ELFHDR, e->data, e->is64 ? EHDR64_LEN : EHDR32_LEN);
}

static void put_ko(struct writer *w, const struct freebsd_module *m)
{
	const struct freebsd_ko *ko = &m->ko;
	bool is64 = ko->elf.is64;
	put_elfhdr(w, &ko->elf);
	put_record(w, is64, MD_SHDR, m->headers, ko->elf.shnum * ko->elf.shentsize);
	if (!is64)
		put_word(w, is64, MD_DYNAMIC, ko->dynamic);
	if (ko->ssym != ko->esym) {
		put_word(w, is64, MD_SSYM, ko->ssym);
		put_word(w, is64, MD_ESYM, ko->esym);
	}
}

size_t freebsd_build_modinfo(const struct freebsd_given *g, uint8_t *buf, size_t cap)
{
	struct writer w = { .buf = buf, .cap = cap };
	const struct freebsd_kernel *k = g->kernel;
	const struct memmap *map = g->map;
	bool is64 = k->elf.is64;
	put_file(&w, is64, g->name, "elf kernel", g->args, k->lo, k->hi - k->lo);
	put_elfhdr(&w, &k->elf);
	put_record(&w, is64, MD_HOWTO, &g->howto, 4);
	put_word(&w, is64, MD_ENVP, g->env);
	put_word(&w, is64, MD_KERNEND, g->end);
	if (is64)
		put_word(&w, is64, MD_MODULEP, g->modinfo);
	if (k->syms.symtab_len) {
		put_word(&w, is64, MD_SSYM, g->ssym);
		put_word(&w, is64, MD_ESYM, g->esym);
	}
	put_u32(&w, MD_SMAP);
	put_u32(&w, map->count * SMAP_LEN);
	for (uint32_t i = 0; i < map->count; i++)
		put(&w, &map->e[i], SMAP_LEN);
	put_align(&w, is64 ? 8 : 4);
	for (unsigned i = 0; i < g->modules; i++) {
		const struct freebsd_module *m = &g->module[i];
		put_file(&w, is64, m->name, m->type, m->args, m->addr, m->len);
		if (m->ko.elf.data)
			put_ko(&w, m);
	}
	put_u64(&w, MOD_END);
	return w.len;
}

void freebsd_build_stack(const struct freebsd_given *g, uint32_t at, uint8_t *buf)
{
	struct writer w = { .buf = buf, .cap = FREEBSD_STACK_LEN };
	put_u32(&w, 0);			/* where a return would lead */
	if (g->kernel->elf.is64) {
		put_u32(&w, g->modinfo);
		put_u32(&w, g->end);
		return;
	}
	put_u32(&w, g->howto | HOWTO_BOOTINFO);
	for (unsigned i = 0; i < 4; i++)
		put_u32(&w, 0);		/* device, and three that are no longer used */
	put_u32(&w, at + BOOTINFO_AT);
	put_u32(&w, g->modinfo);
	put_u32(&w, g->end);
	put_align(&w, 8);
	uint32_t info[BOOTINFO_LEN / 4] = {
		[0] = BOOTINFO_VERSION, [12] = BOOTINFO_LEN, [14] = memmap_lower_kib(g->map),
		[15] = memmap_upper_kib(g->map), [16] = g->ssym, [17] = g->esym, [18] = g->end, [19] = g->env,
		[20] = g->modinfo,
	};
	for (unsigned i = 0; i < BOOTINFO_LEN / 4; i++)
		put_u32(&w, info[i]);
}

void freebsd64_build_tables(uint32_t at, uint8_t *buf)
{
	struct writer w = { .buf = buf, .cap = FREEBSD64_TABLES_LEN };
	for (unsigned i = 0; i < 3 * 512; i++)
		put_u64(&w, i < 512 ? (at + FREEBSD_PAGE) | 3 :
			    i < 1024 ? (at + 2 * FREEBSD_PAGE) | 3 : (uint64_t)(i - 1024) << 21 | 0x83);
}
