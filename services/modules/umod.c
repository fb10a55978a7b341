/* SPDX-License-Identifier: BSD-2-Clause */
/* A module's file: see umod.h. */
#include "services/modules/umod.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "kernel/space.h"
#include "sdk/include/undine_abi.h"

#define PAGE 4096u
#define HEADER_LEN 52u
#define PROGRAM_LEN 32u
#define SECTION_LEN 40u
#define SYMBOL_LEN 16u
#define PROGRAMS_MAX 32u
#define SECTIONS_MAX 256u

enum { ET_EXEC = 2, ET_DYN = 3, EM_386 = 3 };
enum { PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3, PT_NOTE = 4, PT_TLS = 7 };
enum { PF_X = 1, PF_W = 2 };
enum { SHT_SYMTAB = 2, STT_FUNC = 2 };

static uint32_t get_le16(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get_le32(const uint8_t *p)
{
	return get_le16(p) | get_le16(p + 2) << 16;
}

static bool fits(size_t len, uint32_t off, uint64_t want)
{
	return off <= len && want <= len - off;
}

/* Is it one at all, and of what kind? */
static const char *wrong_kind(const uint8_t *d, size_t len)
{
	if (len < 20 || memcmp(d, "\177ELF", 4))
		return "it is no module: not an ELF file";
	if (d[4] != 1)
		return d[4] == 2 ? "it is a 64-bit program; undine-cc makes 32-bit ones" : "its ELF class is not known";
	if (d[5] != 1 || get_le16(d + 18) != EM_386)
		return "it is a program for another processor";
	if (get_le16(d + 16) == ET_DYN)
		return "it is to be relocated (position independent, or a library); undine-cc links for a fixed place";
	if (get_le16(d + 16) != ET_EXEC)
		return "it is not linked (an object file); undine-cc links it";
	if (len < HEADER_LEN || get_le16(d + 42) != PROGRAM_LEN)
		return "its ELF header is damaged or cut";
	return NULL;
}

static const char *take_segment(struct umod *u, const uint8_t *p, size_t len)
{
	struct umod_segment s = {
		.off = get_le32(p + 4), .at = get_le32(p + 8), .file_len = get_le32(p + 16), .len = get_le32(p + 20),
	};
	uint32_t flags = get_le32(p + 24);
	if (s.file_len > s.len || !fits(len, s.off, s.file_len))
		return "a segment goes beyond the file: it is damaged or cut";
	if (!s.len)
		return NULL;
	if (s.at < SPACE_LO || s.at >= UMOD_HIGH || s.len > UMOD_HIGH - s.at)
		return "a segment lies where modules have no memory; undine-cc links for the right place";
	if ((flags & (PF_W | PF_X)) == (PF_W | PF_X))
		return "a segment could be both written to and executed, which is not allowed";
	if (u->count == UMOD_SEGMENTS)
		return "it has too many segments";
	uint32_t from = s.at & ~(PAGE - 1), end = (s.at + s.len + PAGE - 1) & ~(PAGE - 1);
	for (unsigned i = 0; i < u->count; i++) {
		const struct umod_segment *o = &u->segment[i];
		if (from < ((o->at + o->len + PAGE - 1) & ~(PAGE - 1)) && (o->at & ~(PAGE - 1)) < end)
			return "two of its segments share a page, or overlap";
	}
	s.rights = flags & PF_W ? SPACE_WRITE : flags & PF_X ? SPACE_EXECUTE : SPACE_READ;
	u->segment[u->count++] = s;
	if (end > u->end)
		u->end = end;
	return NULL;
}

/* The version that a piece of notes tells of: true if there is one. */
static bool find_version(const uint8_t *d, uint32_t len, uint32_t version[2])
{
	while (len >= 12) {
		uint32_t name_len = get_le32(d), desc_len = get_le32(d + 4);
		uint64_t name_room = ((uint64_t)name_len + 3) & ~3ull, desc_room = ((uint64_t)desc_len + 3) & ~3ull;
		if (12 + name_room + desc_room > len)
			return false;
		const uint8_t *desc = d + 12 + name_room;
		if (get_le32(d + 8) == UNDINE_NOTE_VERSION && name_len == sizeof UNDINE_NOTE_NAME && desc_len >= 8 &&
		    !memcmp(d + 12, UNDINE_NOTE_NAME, sizeof UNDINE_NOTE_NAME)) {
			version[0] = get_le32(desc);
			version[1] = get_le32(desc + 4);
			return true;
		}
		d += 12 + name_room + desc_room;
		len -= 12 + (uint32_t)(name_room + desc_room);
	}
	return false;
}

/* version[0]: 0 while none has been found. */
static const char *take_program(struct umod *u, const uint8_t *p, const uint8_t *d, size_t len, uint32_t version[2])
{
	uint32_t type = get_le32(p), off = get_le32(p + 4), file_len = get_le32(p + 16);
	if (type == PT_LOAD)
		return take_segment(u, p, len);
	if (type == PT_DYNAMIC || type == PT_INTERP)
		return "it is linked dynamically; undine-cc links statically";
	if (type == PT_TLS)
		return "it has thread-local variables, which modules do not have";
	if (type == PT_NOTE && !version[0]) {
		if (!fits(len, off, file_len))
			return "its notes go beyond the file: it is damaged or cut";
		find_version(d + off, file_len, version);
	}
	return NULL;
}

static const char *wrong_version(const uint32_t version[2])
{
	if (!version[0])
		return "it does not say for which version it was made, as what undine-cc makes does";
	if (version[0] < UNDINE_ABI_MAJOR)
		return "it was made for an older version of the interface; build it anew with this version's undine-cc";
	if (version[0] > UNDINE_ABI_MAJOR || version[1] > UNDINE_ABI_MINOR)
		return "it was made for a newer version of the interface: this Undine is too old for it";
	return NULL;
}

static bool is_code(const struct umod *u, uint32_t addr)
{
	for (unsigned i = 0; i < u->count; i++)
		if (u->segment[i].rights == SPACE_EXECUTE && addr - u->segment[i].at < u->segment[i].file_len)
			return true;
	return false;
}

/* What objcopy --only-keep-debug leaves: all segments, and nothing in them. */
static bool is_only_names(const struct umod *u)
{
	for (unsigned i = 0; i < u->count; i++)
		if (u->segment[i].file_len)
			return false;
	return u->count;
}

/* The tables of names, if they are there and whole; what is not does no harm. */
static void find_symbols(struct umod *u, const uint8_t *d, size_t len)
{
	uint32_t off = get_le32(d + 32), count = get_le16(d + 48);
	if (!off || get_le16(d + 46) != SECTION_LEN || count > SECTIONS_MAX ||
	    !fits(len, off, (uint64_t)count * SECTION_LEN))
		return;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *s = d + off + i * SECTION_LEN;
		uint32_t link = get_le32(s + 24);
		if (get_le32(s + 4) != SHT_SYMTAB || link >= count)
			continue;
		const uint8_t *names = d + off + link * SECTION_LEN;
		uint32_t at = get_le32(s + 16), size = get_le32(s + 20);
		uint32_t names_at = get_le32(names + 16), names_len = get_le32(names + 20);
		if (!fits(len, at, size) || !fits(len, names_at, names_len) || !names_len ||
		    d[names_at + names_len - 1])
			continue;
		u->symbols = size / SYMBOL_LEN;
		u->symbols_off = at;
		u->names_off = names_at;
		u->names_len = names_len;
	}
}

static const char *parse(const uint8_t *d, size_t len, struct umod *u)
{
	uint32_t version[2] = { 0, 0 };
	const char *why = wrong_kind(d, len);
	if (why)
		return why;
	uint32_t off = get_le32(d + 28), count = get_le16(d + 44);
	if (count > PROGRAMS_MAX || !fits(len, off, (uint64_t)count * PROGRAM_LEN))
		return "its table of segments is damaged or cut";
	for (uint32_t i = 0; i < count; i++) {
		why = take_program(u, d + off + i * PROGRAM_LEN, d, len, version);
		if (why)
			return why;
	}
	u->entry = get_le32(d + 24);
	why = wrong_version(version);
	if (!why && !is_code(u, u->entry))
		why = is_only_names(u) ? "it has no code, but what debuggers want to know of the module beside it" :
		      "it does not begin in its code";
	if (!why)
		find_symbols(u, d, len);
	return why;
}

int umod_parse(const uint8_t *data, size_t len, struct umod *u, const char **why)
{
	*u = (struct umod){ .count = 0 };
	*why = parse(data, len, u);
	return *why ? -ENOEXEC : 0;
}

const char *umod_function(const struct umod *u, const uint8_t *data, uint32_t addr, uint32_t *off)
{
	const char *found = NULL;
	uint32_t best = UINT32_MAX;
	for (uint32_t i = 0; i < u->symbols; i++) {
		const uint8_t *s = data + u->symbols_off + i * SYMBOL_LEN;
		uint32_t name = get_le32(s), value = get_le32(s + 4);
		if ((s[12] & 15) != STT_FUNC || name >= u->names_len || value > addr || addr - value >= best)
			continue;
		best = addr - value;
		found = (const char *)data + u->names_off + name;
	}
	*off = best;
	return found;
}
