/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD's kernel modules, laid out as its own loader does it; the kernel
 * links them.  amd64's are object files: their sections one behind the other,
 * each with its new address in a copy of the section headers.  i386's are
 * shared objects, with their symbols behind them.  See freebsd.h.
 */
#include <errno.h>
#include <string.h>

#include "kernel/checked.h"
#include "services/boot/freebsd.h"

enum { SHT_PROGBITS = 1, SHT_RELA = 4, SHT_REL = 9, SHT_INIT_ARRAY = 14, SHT_FINI_ARRAY = 15,
	SHT_X86_64_UNWIND = 0x70000001 };

/* The order of an object file's sections in memory. */
enum { CONTENTS, SYMBOLS, STRINGS, NAMES, RELOCATIONS, TURNS };

static bool its_turn(const struct freebsd_ko *ko, uint32_t i, const struct elf_shdr *s, unsigned turn)
{
	if (turn == CONTENTS)
		return (s->flags & ELF_SHF_ALLOC) && s->size &&
		       (s->type == SHT_PROGBITS || s->type == ELF_SHT_NOBITS || s->type == SHT_INIT_ARRAY ||
			s->type == SHT_FINI_ARRAY || s->type == SHT_X86_64_UNWIND);
	if (turn == RELOCATIONS)
		return (s->type == SHT_REL || s->type == SHT_RELA) && s->info < ko->elf.shnum &&
		       (elf_read_shdr(&ko->elf, s->info).flags & ELF_SHF_ALLOC);
	return i == ko->table[turn - SYMBOLS];
}

/* From offset on; nothing is written without out. */
static int put_object(struct freebsd_ko *ko, uint32_t addr, uint8_t *out, uint8_t *headers, struct boot_why *why)
{
	const struct elf *e = &ko->elf;
	uint32_t at = 0;
	for (unsigned turn = CONTENTS; turn < TURNS; turn++)
		for (uint32_t i = 0; i < e->shnum; i++) {
			struct elf_shdr s = elf_read_shdr(e, i);
			if (!its_turn(ko, i, &s, turn))
				continue;
			bool in_file = s.type != ELF_SHT_NOBITS;
			uint32_t align = s.align ? (uint32_t)s.align : 1, size = (uint32_t)s.size;
			if (s.align > FREEBSD_END_MAX || (align & (align - 1)) || !checked_align(at, align, &at) ||
			    !checked_within(at, s.size, FREEBSD_END_MAX) || (in_file && !elf_holds(e, s.offset, size)))
				return boot_why(why, -ENOEXEC, "its section %u is cut short, too big or oddly aligned",
						(unsigned)i);
			if (align > ko->align)
				ko->align = align;
			if (out)
				elf_set_section_addr(e, headers, i, addr + at);
			if (out && in_file)
				memcpy(out + at, e->data + s.offset, size);
			at += size;
		}
	ko->len = at;
	return 0;
}

static int open_object(struct freebsd_ko *ko, struct boot_why *why)
{
	const struct elf *e = &ko->elf;
	unsigned tables = 0;
	for (uint32_t i = 0; i < e->shnum; i++) {
		struct elf_shdr s = elf_read_shdr(e, i);
		if (s.type != ELF_SHT_SYMTAB)
			continue;
		tables++;
		ko->table[0] = i;
		ko->table[1] = s.link;
	}
	ko->table[2] = e->shstrndx;
	for (unsigned i = 1; i <= 2; i++)
		if (ko->table[i] >= e->shnum || elf_read_shdr(e, ko->table[i]).type != ELF_SHT_STRTAB)
			tables = 0;
	return tables == 1 ? put_object(ko, 0, NULL, NULL, why) :
			     boot_why(why, -ENOEXEC, "it has no symbol table, or no names for its sections");
}

/* A table with its length before it. */
static void put_table(struct writer *w, const struct elf *e, uint32_t offset, uint32_t len)
{
	put_u32(w, len);
	put(w, e->data + offset, len);
	put_align(w, 4);
}

static int put_shared(struct freebsd_ko *ko, uint8_t *out, struct boot_why *why)
{
	const struct elf *e = &ko->elf;
	uint32_t hi = 0;
	for (uint32_t i = 0; i < e->phnum; i++) {
		struct elf_phdr p = elf_read_phdr(e, i);
		if (p.type == ELF_PT_DYNAMIC)
			ko->dynamic = (uint32_t)p.vaddr;
		if (p.type != ELF_PT_LOAD)
			continue;
		if (!checked_within(p.vaddr, p.memsz, FREEBSD_END_MAX) || p.filesz > p.memsz ||
		    !elf_holds(e, p.offset, p.filesz))
			return boot_why(why, -ENOEXEC, "its segment %u is cut short or too big", (unsigned)i);
		if (p.vaddr + p.memsz > hi)
			hi = (uint32_t)(p.vaddr + p.memsz);
		if (out)
			memcpy(out + p.vaddr, e->data + p.offset, (size_t)p.filesz);
	}
	struct writer w = { .buf = out, .cap = out ? ko->len : 0, .len = hi };
	put_align(&w, 4);
	ko->ssym = (uint32_t)w.len;
	if (ko->syms.symtab_len) {
		put_table(&w, e, ko->syms.symtab, ko->syms.symtab_len);
		put_table(&w, e, ko->syms.strtab, ko->syms.strtab_len);
	}
	if (w.len > FREEBSD_END_MAX)
		return boot_why(why, -ENOEXEC, "its symbols are too big");
	ko->esym = ko->len = (uint32_t)w.len;
	if (ko->dynamic && ko->dynamic < hi)
		return 0;
	return boot_why(why, -ENOEXEC, "it is no shared object: nothing in it is dynamic");
}

int freebsd_ko_open(struct freebsd_ko *ko, bool is64, const uint8_t *data, size_t len, struct boot_why *why)
{
	*ko = (struct freebsd_ko){ .align = FREEBSD_PAGE };
	int rc = is64 ? elf_open_object(&ko->elf, data, len, why) : elf_open(&ko->elf, data, len, why);
	if (rc)
		return rc;
	if (ko->elf.is64 != is64)
		return boot_why(why, -ENOEXEC, "it is for the other architecture than the kernel");
	if (is64)
		return open_object(ko, why);
	freebsd_read_symbols(&ko->elf, &ko->syms);
	return put_shared(ko, NULL, why);
}

void freebsd_ko_lay_out(struct freebsd_ko *ko, uint32_t addr, uint8_t *out, uint8_t *headers)
{
	const struct elf *e = &ko->elf;
	memcpy(headers, e->data + e->shoff, (size_t)e->shnum * e->shentsize);
	if (!e->is64) {
		put_shared(ko, out, NULL);
		ko->ssym += addr;
		ko->esym += addr;
		return;
	}
	for (uint32_t i = 0; i < e->shnum; i++)
		elf_set_section_addr(e, headers, i, 0);
	put_object(ko, addr, out, headers, NULL);
}
