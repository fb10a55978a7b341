/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules of FreeBSD's for amd64, made on the spot: what they have and need; linker.hints, too. */
#ifndef TESTS_UNIT_KLD_FILE_H
#define TESTS_UNIT_KLD_FILE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KLD_SET "set_modmetadata_set"

struct kld_file {
	Elf64_Ehdr e;
	Elf64_Shdr s[7];		/* none, data, the set, their relocations, symbols, strings */
	struct {
		struct {
			uint32_t version, type;
			uint64_t data, name;
		} metadata[2];
		int32_t provides[1], needs[3];
		char provides_name[32], needs_name[32];
	} data;
	uint64_t set[2];
	Elf64_Rela of_data[4], of_set[2];
	Elf64_Sym symbols[2];
	char strings[32];
};

/* One that has a module of a version, and needs another, of versions from min to max (NULL: none). */
static inline struct kld_file kld_file(const char *provides, int32_t version, const char *needs, int32_t min,
				       int32_t max)
{
	const size_t data = offsetof(struct kld_file, data);
	struct kld_file f = {
		.e = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1, ELFOSABI_FREEBSD },
		       .e_type = ET_REL, .e_machine = EM_X86_64, .e_version = 1,
		       .e_shoff = offsetof(struct kld_file, s), .e_ehsize = sizeof(Elf64_Ehdr),
		       .e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 7, .e_shstrndx = 6 },
		.s = {
			[1] = { .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC | SHF_WRITE, .sh_offset = data,
				.sh_size = sizeof(f.data), .sh_addralign = 8 },
			[2] = { .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC, .sh_addralign = 8,
				.sh_offset = offsetof(struct kld_file, set), .sh_size = needs ? 16 : 8 },
			[3] = { .sh_type = SHT_RELA, .sh_link = 5, .sh_info = 1, .sh_size = sizeof(f.of_data),
				.sh_offset = offsetof(struct kld_file, of_data), .sh_entsize = 24 },
			[4] = { .sh_type = SHT_RELA, .sh_link = 5, .sh_info = 2, .sh_size = sizeof(f.of_set),
				.sh_offset = offsetof(struct kld_file, of_set), .sh_entsize = 24 },
			[5] = { .sh_type = SHT_SYMTAB, .sh_link = 6, .sh_offset = offsetof(struct kld_file, symbols),
				.sh_size = sizeof(f.symbols), .sh_entsize = sizeof(Elf64_Sym), .sh_addralign = 8 },
			[6] = { .sh_type = SHT_STRTAB, .sh_offset = offsetof(struct kld_file, strings),
				.sh_size = sizeof(f.strings) },
		},
		.symbols[1] = { .st_info = ELF64_ST_INFO(STB_LOCAL, STT_SECTION), .st_shndx = 1 },
		.strings = "\0" KLD_SET,
	};
	const size_t targets[4] = { offsetof(struct kld_file, data.provides),
		offsetof(struct kld_file, data.provides_name), offsetof(struct kld_file, data.needs),
		offsetof(struct kld_file, data.needs_name) };

	f.data.metadata[0].version = f.data.metadata[1].version = 1;
	f.data.metadata[0].type = 3;
	f.data.metadata[1].type = 1;
	f.data.provides[0] = version;
	f.data.needs[0] = f.data.needs[1] = min;
	f.data.needs[2] = max;
	strcpy(f.data.provides_name, provides);
	strcpy(f.data.needs_name, needs ? needs : "");
	for (size_t i = 0; i < 4; i++)
		f.of_data[i] = (Elf64_Rela){ 8 + 24 * (i / 2) + 8 * (i % 2), ELF64_R_INFO(1, R_X86_64_64),
			(int64_t)(targets[i] - data) };
	for (size_t i = 0; i < 2; i++)
		f.of_set[i] = (Elf64_Rela){ 8 * i, ELF64_R_INFO(1, R_X86_64_64), (int64_t)(24 * i) };
	return f;
}

/* A record that the module of that version is in the file: behind at, and the new length. */
static inline size_t kld_hint(uint8_t *hints, size_t at, const char *module, int32_t version, const char *file)
{
	const int32_t one = 1, type = 3;
	size_t begin;

	if (!at) {
		memcpy(hints, &one, 4);
		at = 4;
	}
	begin = at;
	memcpy(hints + at + 4, &type, 4);
	at += 8;
	hints[at] = (uint8_t)strlen(module);
	memcpy(hints + at + 1, module, strlen(module));
	at = (at + 1 + strlen(module) + 3) & ~(size_t)3;
	memcpy(hints + at, &version, 4);
	at += 4;
	hints[at] = (uint8_t)strlen(file);
	memcpy(hints + at + 1, file, strlen(file));
	at = (at + 1 + strlen(file) + 3) & ~(size_t)3;
	uint32_t len = (uint32_t)(at - begin - 4);
	memcpy(hints + begin, &len, 4);
	return at;
}

#endif
