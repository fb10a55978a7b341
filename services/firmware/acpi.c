/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI's tables in memory: see acpi.h. */
#include "services/firmware/acpi.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "net/cursor.h"

#define TABLE_MAX 0x400000u	/* a longer one is damaged */
#define RSDP_RSDT_AT 16u
#define RSDP_XSDT_AT 24u

const uint8_t *acpi_table(const struct acpi_memory *mem, uint64_t at, const char *signature, uint32_t *len)
{
	if (at < mem->lowest || at > mem->len || mem->len - at < ACPI_HEADER_LEN)
		return NULL;
	struct cursor c = cur_make(mem->base + at, ACPI_HEADER_LEN);
	if (memcmp(cur_bytes(&c, 4), signature, 4))
		return NULL;
	*len = cur_le32(&c);
	return *len >= ACPI_HEADER_LEN && *len <= TABLE_MAX && *len <= mem->len - at ? mem->base + at : NULL;
}

const uint8_t *acpi_find(const struct acpi_memory *mem, uint64_t root, const char *signature, uint32_t *len)
{
	return acpi_find_nth(mem, root, signature, 0, len);
}

const uint8_t *acpi_find_nth(const struct acpi_memory *mem, uint64_t root, const char *signature, unsigned n,
			     uint32_t *len)
{
	uint32_t root_len;
	const uint8_t *list = acpi_table(mem, root, "RSDT", &root_len), *found;
	bool wide = !list;
	if (wide)
		list = acpi_table(mem, root, "XSDT", &root_len);
	if (!list)
		return NULL;
	struct cursor c = cur_make(list, root_len);
	cur_skip(&c, ACPI_HEADER_LEN);
	while (cur_left(&c) >= (wide ? 8 : 4)) {
		found = acpi_table(mem, wide ? cur_le64(&c) : cur_le32(&c), signature, len);
		if (found && !n--)
			return found;
	}
	return NULL;
}

uint64_t acpi_root(const uint8_t *rsdp, uint32_t len)
{
	struct cursor c = cur_make(rsdp, len);
	cur_skip(&c, RSDP_RSDT_AT);
	uint32_t rsdt = cur_le32(&c);
	cur_skip(&c, RSDP_XSDT_AT - RSDP_RSDT_AT - 4);
	uint64_t xsdt = cur_left(&c) >= 8 ? cur_le64(&c) : 0;
	return rsdt ? rsdt : xsdt;
}
