/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF executables for the PC (System V gABI, chapters 4 and 5): the loadable
 * segments at their physical addresses, the entry point, and the section
 * headers that some kernels want to see.  Pure: nothing is copied or moved.
 *
 * Leaves out: dynamic linking and relocations (kernels that ask to be
 * relocated do that themselves), extended numbering, big-endian files.
 * Called by kernel_file.c, freebsd.c and freebsd_module.c.
 */
#ifndef SERVICES_BOOT_ELF_H
#define SERVICES_BOOT_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/boot/segment.h"
#include "services/boot/why.h"

#define ELF_SECTIONS_MAX 4096u	/* far beyond any linked kernel's */

struct elf {
	const uint8_t *data;		/* the file, owned by the caller */
	size_t len;
	bool is64;
	uint64_t entry;			/* e_entry as it stands in the file */
	uint32_t phoff, phnum, phentsize;
	uint32_t shoff, shnum, shentsize;	/* shnum 0: no section headers */
	uint32_t shstrndx;
};

#define ELF_PT_LOAD 1u
#define ELF_PT_DYNAMIC 2u

#define ELF_SHT_SYMTAB 2u
#define ELF_SHT_STRTAB 3u
#define ELF_SHT_NOBITS 8u
#define ELF_SHF_ALLOC 2u

struct elf_phdr {
	uint32_t type;
	uint64_t offset, vaddr, paddr, filesz, memsz;
};

struct elf_shdr {
	uint32_t name;			/* where it is in the section with those of sections */
	uint32_t type;
	uint64_t flags, offset, size;
	uint32_t link, info;
	uint64_t align;
};

/*
 * Program header i < phnum, section header i < shnum, of a file
 * that elf_open found good.  Their fields are not checked.
 */
struct elf_phdr elf_read_phdr(const struct elf *e, uint32_t i);
struct elf_shdr elf_read_shdr(const struct elf *e, uint32_t i);

/* True if len bytes at that offset are in the file. */
bool elf_holds(const struct elf *e, uint64_t offset, uint64_t len);

/* True if data begins like an ELF file. */
bool elf_probe(const uint8_t *data, size_t len);

/*
 * Reads and checks the ELF header and the bounds of both header tables:
 * 0, or -ENOEXEC with *why set.
 */
int elf_open(struct elf *e, const uint8_t *data, size_t len, struct boot_why *why);
/* The same of a relocatable object file, which has sections and no program headers. */
int elf_open_object(struct elf *e, const uint8_t *data, size_t len, struct boot_why *why);

/*
 * The PT_LOAD segments with memory, at p_paddr: their number, or -ENOEXEC
 * with *why set when one reaches outside the file or past 4 GiB, or when
 * there are none or more than max.
 */
int elf_segments(const struct elf *e, struct segment *seg, unsigned max, struct boot_why *why);

/*
 * The physical address of e_entry, which must lie in the file's part of a
 * segment: 0 or -ENOEXEC.  e_entry is taken as virtual; kernels that are
 * linked high but give a physical entry point are understood too.
 */
int elf_entry(const struct elf *e, uint32_t *entry, struct boot_why *why);

/*
 * The part of the file that holds the sections which no segment loads (symbol
 * and string tables): [*lo, *hi), *lo page aligned; empty (0, 0) when there
 * are none.  0, or -ENOEXEC when a section reaches outside the file.
 */
int elf_section_span(const struct elf *e, uint32_t *lo, uint32_t *hi, struct boot_why *why);

/*
 * Copies the section headers (shnum * shentsize bytes) to out, with sh_addr
 * of the sections inside the span set to where they are once the span's first
 * byte (file offset lo) is at address base.
 */
void elf_copy_sections(const struct elf *e, uint32_t lo, uint32_t base, uint8_t *out);
/* Sets sh_addr of section i in a copy of the section headers. */
void elf_set_section_addr(const struct elf *e, uint8_t *headers, uint32_t i, uint64_t addr);

#endif
