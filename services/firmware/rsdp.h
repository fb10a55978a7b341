/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI's root pointer (ACPI 6.5, 5.2.5): how a kernel finds the ACPI tables.
 * Pure: the caller says which memory to look through.
 */
#ifndef SERVICES_FIRMWARE_RSDP_H
#define SERVICES_FIRMWARE_RSDP_H

#include <stddef.h>
#include <stdint.h>

#define RSDP_V1_LEN 20u

/*
 * The first sound RSDP on a 16-byte boundary of area (the first KiB of the
 * EBDA, then E0000h-FFFFFh), or NULL.  *len is 20 for ACPI 1.0, else the
 * structure's own length (36 or more).
 */
const uint8_t *rsdp_find(const uint8_t *area, size_t area_len, uint32_t *len);

#endif
