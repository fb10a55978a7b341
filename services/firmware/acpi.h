/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI's tables in memory (ACPI 6.5, 5.2.6 to 5.2.8): found by signature from
 * the root table.  Lengths are checked; sums are not, for firmware in the
 * field gets them wrong.  Pure.
 */
#ifndef SERVICES_FIRMWARE_ACPI_H
#define SERVICES_FIRMWARE_ACPI_H

#include <stdint.h>

#define ACPI_HEADER_LEN 36u

/* Physical memory as seen: [lowest, len) can be read at base + address. */
struct acpi_memory {
	const uint8_t *base;
	uint32_t lowest, len;
};

/* The whole table at that address: its bytes and *len, or NULL when it is another, or damaged. */
const uint8_t *acpi_table(const struct acpi_memory *mem, uint64_t at, const char *signature, uint32_t *len);
/* The first table of that signature that the root (RSDT or XSDT) at that address lists, or NULL. */
const uint8_t *acpi_find(const struct acpi_memory *mem, uint64_t root, const char *signature, uint32_t *len);
/* The same for the (n + 1)th of them. */
const uint8_t *acpi_find_nth(const struct acpi_memory *mem, uint64_t root, const char *signature, unsigned n,
			     uint32_t *len);
/*
 * The root table's address as the RSDP of len bytes has it: the RSDT's, or the
 * XSDT's where there is only that; 0: neither.
 */
uint64_t acpi_root(const uint8_t *rsdp, uint32_t len);

#endif
