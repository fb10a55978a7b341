/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the machine's own tables and registers say, as settings: NAME is up to
 * four numbers, the way iPXE writes them, which make one: a.b.c is a << 16 |
 * b << 8 | c; the numbers left out are 0.
 *
 *	smbios/[instance.]type.offset.length	length 0: the byte there is a text's number
 *	pci/busdevfn.offset.length		the most significant byte first, so that :uint16 means something
 *	cpuid/register.leaf			0 EAX to 3 EDX, its bytes as in memory
 *	cpuid/subleaf.0x40.register.leaf
 *	acpi/signature.index.offset.length	0x4d53444d is MSDM; length 0: to the table's end, as text
 *	memmap/region.flags.count.shift		sums: flags 1 lengths, 2 beginnings, 4 missing ones are 0
 *
 * Pure but for what the callbacks do.  Called by machine_settings.c.
 */
#ifndef SERVICES_FIRMWARE_SCOPES_H
#define SERVICES_FIRMWARE_SCOPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/firmware/acpi.h"
#include "services/script/settings.h"

struct memmap;

struct scopes {
	const uint8_t *smbios;		/* the table of structures, or NULL */
	size_t smbios_len;
	struct acpi_memory memory;
	uint64_t acpi_root;		/* 0: none */
	const struct memmap *map;
	bool (*pci_read)(uint32_t function, unsigned at, uint32_t *value);
	/* EAX, EBX, ECX, EDX; false: the processor has no such leaf */
	bool (*cpuid)(uint32_t leaf, uint32_t subleaf, uint32_t regs[4]);
};

/* settings_lookup_fn for names with one of these scopes; also cpuid/cpuvendor and cpuid/cpumodel. */
int scopes_lookup(const struct scopes *s, const char *name, struct setting_value *v);

#endif
