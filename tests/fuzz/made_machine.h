/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine for kernels to be told about, as the input's last byte says which
 * parts it has: bit 0 APM, 1 VBE, 2 a text screen, 3 drives, 4 ACPI, 5 SMBIOS
 * and a DHCP packet, 6 a long memory map, 7 a graphics mode.
 */
#ifndef TESTS_FUZZ_MADE_MACHINE_H
#define TESTS_FUZZ_MADE_MACHINE_H

#include "kernel/memmap.h"
#include "services/boot/boot_info.h"
#include "services/firmware/boot_machine.h"

struct made_machine {
	struct boot_machine m;
	struct memmap map;
	struct boot_module module[3];
};

static inline void make_machine(struct made_machine *made, const uint8_t *data, size_t size)
{
	static const struct boot_apm apm;
	static const struct boot_vbe vbe;
	uint8_t parts = size ? data[size - 1] : 0;
	*made = (struct made_machine){ .m.map = &made->map };
	struct boot_machine *m = &made->m;
	m->apm = parts & 1 ? &apm : NULL;
	m->vbe = parts & 2 ? &vbe : NULL;
	if (parts & 4)
		m->text = (struct boot_text){ 0xb8000, 80, 25 };
	if (parts & 8) {
		m->drives = BOOT_DRIVES_MAX;
		m->config_table = 0xfe000;
	}
	/* as long as rsdp.c says: 20 bytes or what the pointer itself says from 36 on */
	if (parts & 16 && size >= 36)
		m->rsdp = (struct boot_bytes){ data, parts & 1 ? 36 : 20 };
	if (parts & 32)
		m->smbios = m->dhcp_ack[0] = m->dhcp_ack[BOOT_INTERFACES_MAX - 1] =
			(struct boot_bytes){ data, (uint32_t)size };
	for (unsigned i = 0; i < (parts & 64 ? MEMMAP_MAX : 2); i++)
		made->map.e[made->map.count++] = (struct e820_entry){ i * 0x200000ull, 0x9f000, MEM_USABLE, 1 };
	for (unsigned i = 0; i < 3; i++)
		made->module[i] = (struct boot_module){ 0x400000, 0x500000, i ? "m" : "", i > 1 ? "" : "args", i == 1 };
}

#endif
