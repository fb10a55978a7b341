/* SPDX-License-Identifier: BSD-2-Clause */
/* The modules that FreeBSD's files have and want.  See freebsd_kld.h. */
#include "services/boot/freebsd_kld.h"

#include <errno.h>
#include <string.h>

#include "net/cursor.h"

enum { SHT_RELA = 4, R_X86_64_64 = 1, RELA_LEN = 24, SYM64_LEN = 24, MDT_DEPEND = 1, MDT_VERSION = 3 };

static const char set_name[] = "set_modmetadata_set";

/* A place in the file; of object files also the section that it is in. */
struct place {
	uint32_t at, section;
};

static bool is_set(const struct elf *e, const struct elf_shdr *s)
{
	if (e->shstrndx >= e->shnum)
		return false;
	struct elf_shdr names = elf_read_shdr(e, e->shstrndx);

	return s->name < names.size && names.size - s->name >= sizeof(set_name) &&
	       elf_holds(e, names.offset, names.size) &&
	       !memcmp(e->data + names.offset + s->name, set_name, sizeof(set_name));
}

int freebsd_kld_open(struct freebsd_kld *k, const uint8_t *data, size_t len, struct boot_why *why)
{
	*k = (struct freebsd_kld){ .object = true };
	int err = elf_open_object(&k->elf, data, len, why);

	if (err < 0) {
		k->object = false;
		err = elf_open(&k->elf, data, len, why);
	}
	for (uint32_t i = 0; err == 0 && i < k->elf.shnum; i++) {
		struct elf_shdr s = elf_read_shdr(&k->elf, i);

		if (!is_set(&k->elf, &s) || s.type == ELF_SHT_NOBITS || !elf_holds(&k->elf, s.offset, s.size))
			continue;
		k->section = i;
		k->at = (uint32_t)s.offset;
		k->end = (uint32_t)(s.offset + s.size);
		break;
	}
	return err;
}

/* Is len bytes' place in the file, and of an object file in its section? */
static bool holds(const struct freebsd_kld *k, const struct place *p, uint32_t len)
{
	if (!elf_holds(&k->elf, p->at, len))
		return false;
	if (!k->object)
		return true;
	struct elf_shdr s = elf_read_shdr(&k->elf, p->section);

	return s.type != ELF_SHT_NOBITS && elf_holds(&k->elf, s.offset, s.size) && p->at >= s.offset &&
	       p->at - s.offset <= s.size && len <= s.size - (p->at - s.offset);
}

static uint64_t word(const struct freebsd_kld *k, uint32_t at)
{
	struct cursor c = cur_make(k->elf.data + at, k->elf.is64 ? 8 : 4);

	return k->elf.is64 ? cur_le64(&c) : cur_le32(&c);
}

/* Where a symbol of that table, and so many bytes behind it, is. */
static bool find_symbol(const struct freebsd_kld *k, uint32_t table, uint64_t index, uint64_t addend,
			struct place *out)
{
	if (table >= k->elf.shnum)
		return false;
	struct elf_shdr t = elf_read_shdr(&k->elf, table), s;

	if (t.type != ELF_SHT_SYMTAB || !elf_holds(&k->elf, t.offset, t.size) || index >= t.size / SYM64_LEN)
		return false;
	struct cursor c = cur_make(k->elf.data + t.offset + index * SYM64_LEN, SYM64_LEN);

	cur_skip(&c, 6);
	out->section = cur_le16(&c);
	uint64_t at = cur_le64(&c) + addend;
	if (!out->section || out->section >= k->elf.shnum)
		return false;
	s = elf_read_shdr(&k->elf, out->section);
	if (at >= s.size || !elf_holds(&k->elf, s.offset, s.size))
		return false;
	out->at = (uint32_t)(s.offset + at);
	return true;
}

/* One more relocation or header is looked at: may it go on? */
static bool go_on(struct freebsd_kld *k)
{
	if (k->err < 0)
		return false;
	if (k->work++ == FREEBSD_KLD_WORK_MAX)
		k->err = -E2BIG;
	else if (k->work % FREEBSD_KLD_TURN == 0 && k->turn && !k->turn(k->ctx))
		k->err = -EINTR;
	return k->err == 0;
}

/* An object's pointer is what the relocation for its place says. */
static bool follow_relocation(struct freebsd_kld *k, const struct place *p, struct place *out)
{
	uint64_t offset = p->at - elf_read_shdr(&k->elf, p->section).offset;

	for (uint32_t i = 0; i < k->elf.shnum && go_on(k); i++) {
		struct elf_shdr s = elf_read_shdr(&k->elf, i);

		if (s.type != SHT_RELA || s.info != p->section || !elf_holds(&k->elf, s.offset, s.size))
			continue;
		struct cursor c = cur_make(k->elf.data + s.offset, s.size);
		while (cur_left(&c) >= RELA_LEN && go_on(k)) {
			uint64_t where = cur_le64(&c), info = cur_le64(&c), addend = cur_le64(&c);

			if (where == offset && (uint32_t)info == R_X86_64_64)
				return find_symbol(k, s.link, info >> 32, addend, out);
		}
	}
	return false;
}

/* Where the pointer at that place leads. */
static bool follow(struct freebsd_kld *k, const struct place *p, struct place *out)
{
	if (!holds(k, p, k->elf.is64 ? 8 : 4))
		return false;
	if (k->object)
		return follow_relocation(k, p, out);
	uint64_t addr = word(k, p->at);

	*out = (struct place){ 0 };
	for (uint32_t i = 0; i < k->elf.phnum && go_on(k); i++) {
		struct elf_phdr s = elf_read_phdr(&k->elf, i);

		if (s.type != ELF_PT_LOAD || addr < s.vaddr || addr - s.vaddr >= s.filesz ||
		    !elf_holds(&k->elf, s.offset, s.filesz))
			continue;
		out->at = (uint32_t)(s.offset + (addr - s.vaddr));
		return true;
	}
	return false;
}

static bool read_name(const struct freebsd_kld *k, const struct place *p, char out[FREEBSD_KLD_NAME_MAX])
{
	for (uint32_t i = 0; i < FREEBSD_KLD_NAME_MAX; i++) {
		const struct place at = { p->at + i, p->section };

		if (!holds(k, &at, 1))
			return false;
		out[i] = (char)k->elf.data[at.at];
		if (!out[i])
			return i;
	}
	return false;
}

/* struct mod_metadata: version and type, four bytes each, then pointers to what it says and to the module's name. */
static bool read_fact(struct freebsd_kld *k, const struct place *p, struct kld_fact *fact)
{
	uint32_t wide = k->elf.is64 ? 8 : 4;
	const struct place at_data = { p->at + 8, p->section }, at_name = { p->at + 8 + wide, p->section };
	struct place data, name;

	if (!holds(k, p, 8 + 2 * wide))
		return false;
	struct cursor c = cur_make(k->elf.data + p->at, 8);

	cur_skip(&c, 4);
	uint32_t type = cur_le32(&c), len = type == MDT_DEPEND ? 12 : 4;
	if ((type != MDT_DEPEND && type != MDT_VERSION) || !follow(k, &at_data, &data) ||
	    !follow(k, &at_name, &name) || !holds(k, &data, len) || !read_name(k, &name, fact->module))
		return false;
	c = cur_make(k->elf.data + data.at, len);
	fact->kind = type == MDT_DEPEND ? KLD_DEPENDS : KLD_PROVIDES;
	fact->version.min = fact->version.preferred = fact->version.max = (int32_t)cur_le32(&c);
	if (type == MDT_DEPEND) {
		fact->version.preferred = (int32_t)cur_le32(&c);
		fact->version.max = (int32_t)cur_le32(&c);
	}
	return true;
}

bool freebsd_kld_next(struct freebsd_kld *k, struct kld_fact *fact)
{
	uint32_t wide = k->elf.is64 ? 8 : 4;

	while (k->end - k->at >= wide && k->err == 0) {
		const struct place pointer = { k->at, k->section };
		struct place p;

		if (k->facts++ == FREEBSD_KLD_FACTS_MAX) {
			k->err = -E2BIG;
			break;
		}
		k->at += wide;
		if (follow(k, &pointer, &p) && read_fact(k, &p, fact))
			return true;
	}
	return false;
}
