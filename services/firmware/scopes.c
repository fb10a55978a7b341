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
#define CPUID_SUBLEAF 0x400000u		/* iPXE's mark: there is one in the bits above */
#define CPUID_MODEL 0x80000002u		/* to ...4 */
#define MAP_LENGTHS 1u
#define MAP_BEGINNINGS 2u
#define MAP_MISSING 4u

static uint8_t value[SMBIOS_TEXT];	/* until the next is asked for; no length is more than a byte can say */

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
	if (!len) {
		if (smbios_text(p, end, at, (char *)value) < 0)
			return -ENOENT;
		return give(v, VALUE_STRING, strlen((char *)value));
	}
	if (at + len > p[1])
		return -ENOENT;
	memcpy(value, p + at, len);
	if (type != SMBIOS_SYSTEM || at != SYSTEM_UUID_AT || len != UUID_LEN)
		return give(v, VALUE_HEXRAW, len);
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

static void put_register(uint8_t *out, uint32_t reg)
{
	for (unsigned i = 0; i < 4; i++)
		out[i] = (uint8_t)(reg >> 8 * i);
}

static int from_cpuid(const struct scopes *s, uint64_t tag, struct setting_value *v)
{
	uint32_t regs[4], sub = tag & CPUID_SUBLEAF ? (uint32_t)(tag >> 24) & 0x7f : 0;
	if (!s->cpuid((uint32_t)tag & (CPUID_EXTENDED | 0xff), sub, regs))
		return -ENOENT;
	put_register(value, regs[byte_of(tag, 1) & 3]);
	return give(v, VALUE_HEXRAW, 4);
}

static int give_vendor(const struct scopes *s, struct setting_value *v)
{
	uint32_t regs[4];
	if (!s->cpuid(0, 0, regs))
		return -ENOENT;
	put_register(value, regs[1]);
	put_register(value + 4, regs[3]);
	put_register(value + 8, regs[2]);
	return give(v, VALUE_STRING, 12);
}

static int give_model(const struct scopes *s, struct setting_value *v)
{
	uint32_t regs[4];
	for (unsigned i = 0; i < 3; i++) {
		if (!s->cpuid(CPUID_MODEL + i, 0, regs))
			return -ENOENT;
		for (unsigned reg = 0; reg < 4; reg++)
			put_register(value + 16 * i + 4 * reg, regs[reg]);
	}
	return give(v, VALUE_STRING, strnlen((char *)value, 48));
}

static int from_acpi(const struct scopes *s, uint64_t tag, struct setting_value *v)
{
	char signature[5] = { 0 };
	unsigned at = byte_of(tag, 1), len = byte_of(tag, 0);
	uint32_t table_len;
	for (unsigned i = 0; i < 4; i++)
		signature[i] = (char)byte_of(tag, 6 - i);
	const uint8_t *table = acpi_find_nth(&s->memory, s->acpi_root, signature, byte_of(tag, 2), &table_len);
	if (!table || at >= table_len || at + len > table_len)
		return -ENOENT;
	if (len)
		return setting_value_raw(v, VALUE_HEXRAW, table + at, len);
	return setting_value_raw(v, VALUE_STRING, table + at, table_len - at);
}

static int from_memmap(const struct scopes *s, uint64_t tag, struct setting_value *v)
{
	unsigned first = byte_of(tag, 3), flags = byte_of(tag, 2), count = byte_of(tag, 1), seen = 0;
	uint64_t sum = 0;
	for (unsigned i = 0; i < s->map->count; i++) {
		const struct e820_entry *e = &s->map->e[i];
		if (e->type != MEM_USABLE || seen++ < first)
			continue;
		if (seen > first + count)
			break;
		sum += (flags & MAP_BEGINNINGS ? e->base : 0) + (flags & MAP_LENGTHS ? e->len : 0);
	}
	if (seen < first + count && !(flags & MAP_MISSING))
		return -ENOENT;
	sum >>= byte_of(tag, 0) & 63;
	return setting_value_u32(v, VALUE_UINT32, sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum);
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
		return give_vendor(s, v);
	if (!strcmp(name, "cpuid/cpumodel"))
		return give_model(s, v);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].scope);
		if (!strncmp(name, rows[i].scope, len))
			return parse_tag(name + len, &tag) < 0 ? -ENOENT : rows[i].give(s, tag, v);
	}
	return -ENOENT;
}
