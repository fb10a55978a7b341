/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables and registers as settings.  See scopes.h. */
#include "services/firmware/scopes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/memmap.h"
#include "services/firmware/smbios.h"

#define SMBIOS_END 127u
#define SMBIOS_SYSTEM 1u
#define SYSTEM_UUID_AT 8u
#define UUID_LEN 16u
#define CPUID_EXTENDED 0x80000000u
#define CPUID_SUBLEAF 0x400000u		/* iPXE's mark: there is one in the bits above, else a count of leaves */
#define CPUID_AS_STORED 0x800000u
#define CPUID_VENDOR 0x822d00u		/* leaf 0: EBX, EDX, ECX */
#define CPUID_MODEL 0x8283e402u		/* 80000002h to ...4: EAX to EDX */
#define MAP_BEGINNINGS 0x100u
#define MAP_LENGTHS 0x200u
#define MAP_MISSING 0x400u

/* Until the next is asked for; the most are 128 leaves of four registers. */
static uint8_t value[128 * 16];

/* "1.4.0": 0 and the number of them all, or -ENOENT. */
static int parse_tag(const char *text, uint64_t *tag)
{
	*tag = 0;
	for (;;) {
		char *end;
		if (*text < '0' || *text > '9')
			return -ENOENT;
		unsigned long n = strtoul(text, &end, 0);
		*tag = *tag << 8 | n;
		if (!*end)
			return 0;
		if (*end != '.')
			return -ENOENT;
		text = end + 1;
	}
}

static uint8_t byte_of(uint64_t tag, unsigned i)
{
	return (uint8_t)(tag >> 8 * i);
}

static int give(struct setting_value *v, enum value_type type, size_t len)
{
	return setting_value_raw(v, type, value, len);
}

/* The fields in the order in which a UUID is written (DSP0134 7.2.1). */
static void turn_uuid(uint8_t *p)
{
	static const uint8_t order[] = { 3, 2, 1, 0, 5, 4, 7, 6 };
	uint8_t turned[sizeof(order)];
	for (size_t i = 0; i < sizeof(order); i++)
		turned[i] = p[order[i]];
	memcpy(p, turned, sizeof(turned));
}

static bool is_number(enum value_type type)
{
	return type >= VALUE_INT8 && type <= VALUE_UINT32;
}

static int from_smbios(const struct scopes *s, uint64_t tag, struct setting_value *v)
{
	const uint8_t *p = s->smbios, *end = p + s->smbios_len;
	unsigned instance = byte_of(tag, 3);
	uint8_t type = byte_of(tag, 2), at = byte_of(tag, 1), len = byte_of(tag, 0);
	if (!p)
		return -ENOENT;
	for (; smbios_whole(p, end) && (p[0] != type || instance--); p = smbios_next(p, end))
		if (p[0] == SMBIOS_END)
			return -ENOENT;
	if (!smbios_whole(p, end))
		return -ENOENT;
	if (!at || !len) {
		int err = at ? smbios_text(p, end, at, (char *)value) : smbios_text_nth(p, end, len, (char *)value);
		if (err < 0)
			return -ENOENT;
		return give(v, VALUE_STRING, strlen((char *)value));
	}
	if (at + len > p[1])
		return -ENOENT;
	memcpy(value, p + at, len);
	if (type != SMBIOS_SYSTEM || at != SYSTEM_UUID_AT || len != UUID_LEN)
		return give(v, VALUE_HEX, len);
	if (s->smbios_version >= SMBIOS_TURNED)
		turn_uuid(value);
	return give(v, VALUE_UUID, len);
}

static int from_pci(const struct scopes *s, uint64_t tag, struct setting_value *v)
{
	unsigned at = byte_of(tag, 1), len = byte_of(tag, 0);
	uint32_t word;
	for (unsigned i = 0; i < len; i++) {
		if (at + i > 0xff || !s->pci_read((uint32_t)(tag >> 16) & 0xffff, (at + i) & ~3u, &word))
			return -ENOENT;
		value[len - 1 - i] = (uint8_t)(word >> 8 * ((at + i) & 3));
	}
	return give(v, VALUE_HEXRAW, len);
}

static int from_cpuid(const struct scopes *s, uint64_t tag, struct setting_value *v)
{
	uint32_t leaf = (uint32_t)tag & (CPUID_EXTENDED | 0xff), sub = (uint32_t)(tag >> 24) & 0x7f, regs[4];
	unsigned leaves = 1, len = 0;
	if (!(tag & CPUID_SUBLEAF)) {
		leaves += sub;
		sub = 0;
	}
	for (; leaves--; leaf++) {
		if (!s->cpuid(leaf, sub, regs))
			return -ENOENT;
		for (unsigned i = 0; i <= (tag >> 16 & 3); i++)
			for (unsigned byte = 0; byte < 4; byte++)
				value[len++] = (uint8_t)(regs[tag >> (8 + 2 * i) & 3] >>
							 8 * (tag & CPUID_AS_STORED ? byte : 3 - byte));
	}
	return give(v, VALUE_HEXRAW, len);
}

/* A name of the processor: its letters, as they stand in registers. */
static int give_name(const struct scopes *s, uint32_t tag, struct setting_value *v)
{
	int err = from_cpuid(s, tag, v);
	return err < 0 ? err : give(v, VALUE_STRING, strnlen((char *)value, v->len));
}

/* What lies beyond the table's end is left out; numbers are little endian there. */
static int from_acpi(const struct scopes *s, uint64_t tag, struct setting_value *v)
{
	char signature[5] = { 0 };
	unsigned at = (uint32_t)tag >> 8 & 0xffff, len = byte_of(tag, 0);
	uint32_t table_len;
	for (unsigned i = 0; i < 4; i++)
		signature[i] = (char)byte_of(tag, 7 - i);
	const uint8_t *table = acpi_find_nth(&s->memory, s->acpi_root, signature, byte_of(tag, 3), &table_len);
	if (!table || at > table_len)
		return -ENOENT;
	table += at;
	table_len -= at;
	if (!len || len > table_len)
		len = table_len;
	if (!is_number(v->asked) || len > sizeof(value))
		return setting_value_raw(v, VALUE_HEXRAW, table, len);
	for (unsigned i = 0; i < len; i++)
		value[i] = table[len - 1 - i];
	return give(v, VALUE_HEXRAW, len);
}

static int from_memmap(const struct scopes *s, uint64_t tag, struct setting_value *v)
{
	unsigned count = byte_of(tag, 3) + 1, first = byte_of(tag, 2), seen = 0;
	uint64_t sum = 0;
	for (unsigned i = 0; i < s->map->count; i++) {
		const struct e820_entry *e = &s->map->e[i];
		if (e->type != MEM_USABLE || seen++ < first)
			continue;
		if (seen > first + count)
			break;
		sum += (tag & MAP_BEGINNINGS ? e->base : 0) + (tag & MAP_LENGTHS ? e->len : 0);
	}
	if (seen < first + count && !(tag & MAP_MISSING))
		return -ENOENT;
	sum >>= tag & 63;
	for (unsigned i = 0; i < 8; i++)
		value[i] = (uint8_t)(sum >> (56 - 8 * i));
	return give(v, VALUE_HEXRAW, 8);
}

static const struct {
	const char *scope;
	int (*give)(const struct scopes *s, uint64_t tag, struct setting_value *v);
} rows[] = {
	{ "smbios/", from_smbios }, { "pci/", from_pci }, { "cpuid/", from_cpuid }, { "acpi/", from_acpi },
	{ "memmap/", from_memmap },
};

int scopes_lookup(const struct scopes *s, const char *name, struct setting_value *v)
{
	uint64_t tag;
	if (!strcmp(name, "cpuid/cpuvendor"))
		return give_name(s, CPUID_VENDOR, v);
	if (!strcmp(name, "cpuid/cpumodel"))
		return give_name(s, CPUID_MODEL, v);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].scope);
		if (!strncmp(name, rows[i].scope, len))
			return parse_tag(name + len, &tag) < 0 ? -ENOENT : rows[i].give(s, tag, v);
	}
	return -ENOENT;
}
