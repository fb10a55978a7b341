/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the machine's own tables and registers say, as settings: NAME is some
 * numbers, the way iPXE writes them, which make one: a.b.c is a << 16 |
 * b << 8 | c.  What bits mean is iPXE's (its core/acpi_settings.c,
 * core/memmap_settings.c, arch/x86/core/cpuid_settings.c and so on).
 *
 *	smbios/[instance.]type.offset.length	length 0: the byte there is a text's number; offset 0: length is
 *	pci/busdevfn.offset.length		the most significant byte first, so that :uint16 means something
 *	cpuid/[leaves - 1.0.]register.leaf	0 EAX to 3 EDX, likewise
 *	cpuid/subleaf.0x40.register.leaf	and 0x80 where 0x40 stands: bytes as in memory; + 1 to 3: so many more
 *						registers, their numbers in pairs of bits, the first one's the lowest
 *	acpi/signature.index.high.low.length	0x4d53444d is MSDM; high and low are the offset; length 0: to the
 *						table's end.  To be a number it is turned round
 *	memmap/count - 1.region.flags.shift	sums: flags 1 beginnings, 2 lengths, 4 missing ones are 0; 8 bytes
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
	unsigned smbios_version;
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
