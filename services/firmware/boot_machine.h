/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine as kernels are told about it: one description for all boot
 * protocols, filled by machine.c just before a boot.  Pointers stay
 * good until the machine is left; what a machine does not have is NULL or 0.
 */
#ifndef SERVICES_FIRMWARE_BOOT_MACHINE_H
#define SERVICES_FIRMWARE_BOOT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/firmware/vbe.h"

#define BOOT_INTERFACES_MAX 4
#define BOOT_DRIVES_MAX 8

struct boot_pxe;
struct memmap;

struct boot_bytes {
	const uint8_t *data;		/* NULL: there is none */
	uint32_t len;
};

/*
 * APM's 32-bit interface (APM 1.2, 4.6.2 to 4.6.5), connected: in the
 * layout of Multiboot's apm_table and of Multiboot2's tag 10.
 */
struct boot_apm {
	uint16_t version, cseg;
	uint32_t offset;
	uint16_t cseg_16, dseg, flags, cseg_len, cseg_16_len, dseg_len;
};

/* VBE as it stands: the mode that is set, and the BIOS's own blocks. */
struct boot_vbe {
	uint16_t mode;
	uint16_t interface_seg, interface_off, interface_len;	/* protected-mode interface (4F0Ah) */
	uint8_t control[VBE_CONTROL_LEN];
	uint8_t mode_info[VBE_MODE_INFO_LEN];
};

/* The text screen. */
struct boot_text {
	uint32_t addr;			/* physical; 0: there is none */
	uint8_t columns, rows;
};

/* A disk that the BIOS knows (INT 13h). */
struct boot_drive {
	uint8_t number;			/* 80h.. */
	bool lba;			/* it takes block numbers */
	uint16_t cylinders;
	uint8_t heads, sectors;
};

struct boot_machine {
	const struct memmap *map;	/* E820 as it stands now, before the network card is given up */
	uint32_t resident, resident_len;	/* our 16-bit segment's physical address */
	struct boot_bytes rsdp;		/* ACPI's root pointer as rsdp_find gave it */
	struct boot_bytes smbios;	/* the structure table, to its end */
	uint8_t smbios_major, smbios_minor;
	/* each interface's whole DHCP ACK (BOOTP header, options) */
	struct boot_bytes dhcp_ack[BOOT_INTERFACES_MAX];
	const struct boot_vbe *vbe;
	struct boot_text text;
	const struct boot_apm *apm;
	struct boot_drive drive[BOOT_DRIVES_MAX];
	unsigned drives;
	uint32_t config_table;		/* physical address of the BIOS's configuration table (INT 15h AH=C0h) */
	/* Connects to APM's 32-bit interface and gives what goes to apm; boot_prepare calls it where it is wanted. */
	const struct boot_apm *(*connect_apm)(void);
	/* The graphics mode nearest to the wish: 0 or -ENOENT. */
	int (*find_mode)(const struct vbe_wish *wish, struct vbe_mode *mode);
	/* Sets a mode that find_mode gave, or VBE_TEXT; *vbe follows.  0 or -EIO. */
	int (*set_mode)(uint16_t number);
	const struct boot_pxe *pxe;	/* what the ROM offers to another NBP; NULL: no stack */
	/*
	 * Gives up firmware and hardware, and reads E820 once more into *final:
	 * UNDI is closed, shut down and unloaded, or, with keep_pxe, left as the
	 * ROM gave it to us.  Interrupt vectors and
	 * controllers are as the BIOS set them up.  A negative result means
	 * "nothing was touched, do not boot".
	 */
	int (*leave_firmware)(struct memmap *final, bool keep_pxe);
};

#endif
