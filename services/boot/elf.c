/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF32 and ELF64 kernels; see elf.h. */
#include "services/boot/elf.h"

#include <errno.h>
#include <string.h>

#include "kernel/checked.h"
#include "net/cursor.h"

enum {
	EI_CLASS = 4, EI_DATA = 5, EI_NIDENT = 16,
	ELFCLASS32 = 1, ELFCLASS64 = 2, ELFDATA2LSB = 1,
	ET_REL = 1, ET_EXEC = 2, ET_DYN = 3, EM_386 = 3, EM_X86_64 = 62,
	SHT_NULL = 0,
	PHDR32_LEN = 32, PHDR64_LEN = 56, SHDR32_LEN = 40, SHDR64_LEN = 64,
};

/* A field that is 4 bytes in ELF32 and 8 in ELF64. */
static uint64_t read_word(const struct elf *e, struct cursor *c)
{
	return e->is64 ? cur_le64(c) : cur_le32(c);
}

struct elf_phdr elf_read_phdr(const struct elf *e, uint32_t i)
{
	struct cursor c = cur_make(e->data + e->phoff + (size_t)i * e->phentsize, e->phentsize);
	struct elf_phdr p;
	p.type = cur_le32(&c);
	if (e->is64)
		cur_skip(&c, 4);	/* p_flags stands here in ELF64 */
	p.offset = read_word(e, &c);
	p.vaddr = read_word(e, &c);
	p.paddr = read_word(e, &c);
	p.filesz = read_word(e, &c);
	p.memsz = read_word(e, &c);
	return p;
}

struct elf_shdr elf_read_shdr(const struct elf *e, uint32_t i)
{
	struct cursor c = cur_make(e->data + e->shoff + (size_t)i * e->shentsize, e->shentsize);
	struct elf_shdr s;
	s.name = cur_le32(&c);
	s.type = cur_le32(&c);
	s.flags = read_word(e, &c);
	(void)read_word(e, &c);		/* sh_addr */
	s.offset = read_word(e, &c);
	s.size = read_word(e, &c);
	s.link = cur_le32(&c);
	s.info = cur_le32(&c);
	s.align = read_word(e, &c);
	return s;
}

bool elf_probe(const uint8_t *data, size_t len)
{
	return len >= EI_NIDENT && !memcmp(data, "\177ELF", 4);
}

bool elf_holds(const struct elf *e, uint64_t offset, uint64_t len)
{
	return checked_within(offset, len, e->len);
}

static int check_tables(struct elf *e, uint64_t phoff, uint64_t shoff, struct boot_why *why)
{
	if (e->phnum && e->phentsize < (e->is64 ? PHDR64_LEN : PHDR32_LEN))
		return boot_why(why, -ENOEXEC, "ELF program headers of %u bytes each", (unsigned)e->phentsize);
	uint32_t len;
	if (!checked_product(e->phnum, e->phentsize, &len) || !elf_holds(e, phoff, len))
		return boot_why(why, -ENOEXEC, "the ELF program headers lie behind the end of the file");
	e->phoff = (uint32_t)phoff;
	if (!shoff)
		e->shnum = 0;
	if (!e->shnum)
		return 0;
	if (e->shentsize < (e->is64 ? SHDR64_LEN : SHDR32_LEN))
		return boot_why(why, -ENOEXEC, "ELF section headers of %u bytes each", (unsigned)e->shentsize);
	if (e->shnum > ELF_SECTIONS_MAX)
		return boot_why(why, -ENOEXEC, "%u ELF sections, at most %u are understood", (unsigned)e->shnum,
				ELF_SECTIONS_MAX);
	if (!checked_product(e->shnum, e->shentsize, &len) || !elf_holds(e, shoff, len))
		return boot_why(why, -ENOEXEC,
				"the ELF section headers lie behind the end of the file: is it cut short?");
	e->shoff = (uint32_t)shoff;
	return 0;
}

static int open_type(struct elf *e, const uint8_t *data, size_t len, bool object, struct boot_why *why)
{
	*e = (struct elf){ .data = data, .len = len };
	if (!elf_probe(data, len))
		return boot_why(why, -ENOEXEC, "not an ELF file");
	if (len > UINT32_MAX)
		return boot_why(why, -ENOEXEC, "bigger than 4 GiB");
	e->is64 = data[EI_CLASS] == ELFCLASS64;
	if ((!e->is64 && data[EI_CLASS] != ELFCLASS32) || data[EI_DATA] != ELFDATA2LSB)
		return boot_why(why, -ENOEXEC, "an ELF file of class %u, byte order %u: not for a PC", data[EI_CLASS],
				data[EI_DATA]);

	struct cursor c = cur_make(data, len);
	cur_skip(&c, EI_NIDENT);
	uint16_t type = cur_le16(&c), machine = cur_le16(&c);
	cur_skip(&c, 4);		/* e_version */
	e->entry = read_word(e, &c);
	uint64_t phoff = read_word(e, &c), shoff = read_word(e, &c);
	cur_skip(&c, 6);		/* e_flags, e_ehsize */
	e->phentsize = cur_le16(&c);
	e->phnum = cur_le16(&c);
	e->shentsize = cur_le16(&c);
	e->shnum = cur_le16(&c);
	e->shstrndx = cur_le16(&c);
	if (c.bad)
		return boot_why(why, -ENOEXEC, "the file ends inside the ELF header");
	if (machine != (e->is64 ? EM_X86_64 : EM_386))
		return boot_why(why, -ENOEXEC, "ELF%d file for machine %u, not for a PC", e->is64 ? 64 : 32, machine);
	if (object ? type != ET_REL : type != ET_EXEC && type != ET_DYN)
		return boot_why(why, -ENOEXEC, "ELF file of type %u, not an %s", type,
				object ? "object file" : "executable");
	if (!object && !e->phnum)
		return boot_why(why, -ENOEXEC, "ELF file without program headers");
	return check_tables(e, phoff, shoff, why);
}

int elf_open(struct elf *e, const uint8_t *data, size_t len, struct boot_why *why)
{
	return open_type(e, data, len, false, why);
}

int elf_open_object(struct elf *e, const uint8_t *data, size_t len, struct boot_why *why)
{
	return open_type(e, data, len, true, why);
}

static int check_phdr(const struct elf *e, const struct elf_phdr *p, struct boot_why *why)
{
	if (p->filesz > p->memsz)
		return boot_why(why, -ENOEXEC, "a segment has more bytes in the file (0x%llx) than in memory (0x%llx)",
				(unsigned long long)p->filesz, (unsigned long long)p->memsz);
	if (p->filesz && !elf_holds(e, p->offset, p->filesz))
		return boot_why(why, -ENOEXEC,
				"the segment for 0x%llx lies behind the end of the file: is it cut short?",
				(unsigned long long)p->paddr);
	uint32_t end;
	if (!checked_sum(p->paddr, p->memsz, &end))
		return boot_why(why, -ENOEXEC, "a segment of 0x%llx bytes at 0x%llx reaches past 4 GiB",
				(unsigned long long)p->memsz, (unsigned long long)p->paddr);
	return 0;
}

int elf_segments(const struct elf *e, struct segment *seg, unsigned max, struct boot_why *why)
{
	unsigned n = 0;
	for (uint32_t i = 0; i < e->phnum; i++) {
		struct elf_phdr p = elf_read_phdr(e, i);
		if (p.type != ELF_PT_LOAD || !(p.memsz | p.filesz))
			continue;
		int rc = check_phdr(e, &p, why);
		if (rc)
			return rc;
		if (n == max)
			return boot_why(why, -ENOEXEC, "more than %u loadable ELF segments", max);
		seg[n++] = (struct segment){
			.addr = (uint32_t)p.paddr, .mem = (uint32_t)p.memsz,
			.offset = p.filesz ? (uint32_t)p.offset : 0, .len = (uint32_t)p.filesz,
		};
	}
	if (!n)
		return boot_why(why, -ENOEXEC, "ELF file with nothing to load");
	return (int)n;
}

int elf_entry(const struct elf *e, uint32_t *entry, struct boot_why *why)
{
	for (int physical = 0; physical <= 1; physical++)
		for (uint32_t i = 0; i < e->phnum; i++) {
			struct elf_phdr p = elf_read_phdr(e, i);
			uint64_t start = physical ? p.paddr : p.vaddr;
			if (p.type != ELF_PT_LOAD || !p.memsz || e->entry < start || e->entry - start >= p.filesz)
				continue;
			*entry = (uint32_t)(e->entry - start + p.paddr);
			return 0;
		}
	return boot_why(why, -ENOEXEC, "the entry point 0x%llx is in none of the loaded segments",
			(unsigned long long)e->entry);
}

/* True for a section with contents that are in the file only. */
static bool unloaded(const struct elf_shdr *s)
{
	return s->type != SHT_NULL && s->type != ELF_SHT_NOBITS && s->size && !(s->flags & ELF_SHF_ALLOC);
}

int elf_section_span(const struct elf *e, uint32_t *lo, uint32_t *hi, struct boot_why *why)
{
	uint64_t from = UINT64_MAX, to = 0;
	for (uint32_t i = 0; i < e->shnum; i++) {
		struct elf_shdr s = elf_read_shdr(e, i);
		if (!unloaded(&s))
			continue;
		if (!elf_holds(e, s.offset, s.size))
			return boot_why(why, -ENOEXEC,
					"ELF section %u lies behind the end of the file: is it cut short?",
					(unsigned)i);
		from = s.offset < from ? s.offset : from;
		to = s.offset + s.size > to ? s.offset + s.size : to;
	}
	*lo = to ? (uint32_t)from & ~4095u : 0;
	*hi = (uint32_t)to;
	return 0;
}

void elf_set_section_addr(const struct elf *e, uint8_t *headers, uint32_t i, uint64_t addr)
{
	/* sh_addr follows name, type (4 bytes each) and flags (a word) */
	memcpy(headers + (size_t)i * e->shentsize + (e->is64 ? 16 : 12), &addr, e->is64 ? 8 : 4);
}

void elf_copy_sections(const struct elf *e, uint32_t lo, uint32_t base, uint8_t *out)
{
	memcpy(out, e->data + e->shoff, (size_t)e->shnum * e->shentsize);
	for (uint32_t i = 0; i < e->shnum; i++) {
		struct elf_shdr s = elf_read_shdr(e, i);
		if (unloaded(&s))
			elf_set_section_addr(e, out, i, base + (s.offset - lo));
	}
}
