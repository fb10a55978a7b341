/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the shell needs of the machine below it, filled in by main.c, which
 * knows how the loader was started and how to leave it.
 */
#ifndef SERVICES_FIRMWARE_MACHINE_H
#define SERVICES_FIRMWARE_MACHINE_H

#include <stdint.h>

struct boot_machine;
struct boot_params;
struct memmap;

struct machine_facts {
	/*
	 * The arguments we were started with, words without our own name;
	 * NULL or "" when there were none.
	 */
	const char *args;
	/* The boot file by which the ROM loaded us, as its server named it ("boot/undine.0"), or NULL when not known. */
	const char *nbp_name;
	uint32_t nbp_server;		/* IPv4 of the TFTP server we came from, host order; 0 = not known */
	const uint8_t *uuid;		/* SMBIOS type 1, 16 bytes in the order they are written, or NULL */
	/* SMBIOS strings, NULL when the table has none. */
	const char *manufacturer, *product, *serial, *asset;
	uint32_t memory_mib;		/* usable memory */
};

/* Called by main.c, once, after the card is open; bp must stay. */
void machine_setup(const struct boot_params *bp);
/* Everything stays where it is as long as the loader runs. */
const struct machine_facts *machine_facts(void);
/* The memory map as it was at the start, normalised. */
const struct memmap *machine_memmap(void);
/* Fills *m for boot_prepare(), dhcp_ack included. */
void machine_boot_facts(struct boot_machine *m);

/* The setting undi.transport ("" when it is not set): changes how the card's ROM is called, if it is another than before. */
void machine_set_transport(const char *want);

/* Closes the network and gives the machine back to whoever started us (AX = status); INT 18h where nobody did. */
_Noreturn void machine_exit_to_rom(int status);
/* Closes the network and asks the BIOS for its next boot device: INT 18h. */
_Noreturn void machine_next_device(void);
_Noreturn void machine_reboot(void);
/* Comes back when the machine cannot be switched off by us: -ENOTSUP. */
int machine_poweroff(void);

#endif
