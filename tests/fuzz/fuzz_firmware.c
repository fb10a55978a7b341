/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Firmware's tables: SMBIOS, VBE's mode information, the ACPI tables on the way
 * to S5 and to the serial console, read from hostile memory.
 */
#include <assert.h>
#include <string.h>

#include "services/firmware/acpi_off.h"
#include "services/firmware/smbios.h"
#include "services/firmware/spcr.h"
#include "services/firmware/vbe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smbios_info info;
	struct acpi_off off;
	struct smbios_table table;
	smbios_find(data, size, &table);
	assert(smbios_read(data, size, &info) <= size);
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
