/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Firmware's tables: SMBIOS, VBE's mode information, the ACPI tables on the way
 * to S5 and to the serial console, and what scripts ask of them, read from
 * hostile memory.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "kernel/memmap.h"
#include "services/firmware/acpi_off.h"
#include "services/firmware/scopes.h"
#include "services/firmware/smbios.h"
#include "services/firmware/spcr.h"
#include "services/firmware/vbe.h"

static bool read_pci(uint32_t function, unsigned at, uint32_t *value)
{
	assert(function < 0x10000 && at < 0x100 && !(at & 3));
	*value = function + at;
	return at != 0x80;
}

static bool read_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t regs[4])
{
	for (unsigned i = 0; i < 4; i++)
		regs[i] = leaf + subleaf + i;
	return leaf & 1;
}

/* The beginning asks for something of the rest: its text, or a number that it is. */
static void ask(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "smbios/", "pci/", "cpuid/", "acpi/", "memmap/" };
	static const struct memmap map = { .count = 1, .e = { { 0x1000, UINT64_MAX - 0x2000, MEM_USABLE, 1 } } };
	char name[64], out[64];
	struct setting_value v;
	if (size < 24 || size > UINT32_MAX)
		return;
	const struct scopes s = {
		.smbios = data + 24, .smbios_len = size - 24, .memory = { data + 24, 0, (uint32_t)size - 24 },
		.map = &map, .pci_read = read_pci, .cpuid = read_cpuid,
	};
	const char *scope = names[data[0] % 5];
	if (data[1] & 1)
		snprintf(name, sizeof(name), "%s%.22s", scope, (const char *)data + 2);
	else
		snprintf(name, sizeof(name), "%s0x%02x%02x%02x%02x.%u.%u.%u.%u", scope, data[2], data[3], data[4],
			 data[5], data[6], data[7], data[8], data[9]);
	v.asked = data[1] & 2 ? VALUE_UINT32 : VALUE_NONE;
	if (scopes_lookup(&s, name, &v) == 0) {
		assert(v.len);
		(void)value_format(v.type, v.raw, v.len, out, sizeof(out));
		(void)value_format(VALUE_HEX, v.raw, v.len, out, sizeof(out));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smbios_info info;
	struct acpi_off off;
	struct smbios_table table;
	ask(data, size);
	smbios_find(data, size, &table);
	assert(smbios_read(data, size, SMBIOS_TURNED, &info) <= size);
	assert(memchr(info.serial, 0, sizeof info.serial) && memchr(info.asset, 0, sizeof info.asset));
	struct vbe_mode mode;
	if (size >= VBE_MODE_INFO_LEN && vbe_mode_read(data, size & 1 ? 0x300 : 0x200, &mode))
		assert(mode.base && mode.width && mode.height && mode.pitch >= mode.width * ((mode.bpp + 7u) / 8));
	if (size > UINT32_MAX)
		return 0;
	struct acpi_memory mem = { .base = data, .lowest = 0, .len = (uint32_t)size };
	if (acpi_off_find(&mem, 0, &off) == 0)
		assert(off.pm1a_cnt && off.slp_typ_a <= 7 && off.slp_typ_b <= 7);
	struct spcr spcr;
	if (spcr_find(&mem, 0, &spcr) == 0)
		assert(spcr.io >= 0x100 && spcr.io <= 0xfff8 && spcr.rate <= 115200);
	(void)acpi_root(data, (uint32_t)size);
	return 0;
}
