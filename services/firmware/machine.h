/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine below the services: what it is, how the loader was started, and
 * the ways to leave it.  Set up by main.c.
 */
#ifndef SERVICES_FIRMWARE_MACHINE_H
#define SERVICES_FIRMWARE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"

struct boot_machine;
struct boot_params;
struct memmap;
struct scopes;
struct spcr;

struct machine_facts {
	/*
	 * The arguments we were started with, words without our own name;
	 * NULL or "" when there were none.
	 */
	const char *args;
	bool args_cut;			/* there were more of them than reach us */
	/* commands, and a script, that a loader of Linux has given us (kernel_line.h): "" and length 0 without */
	const char *commands;
	const uint8_t *initrd;
	uint32_t initrd_len;
	/* the settings in the loader's own file: the block of kernel/patch.h */
	const void *options;
	/*
	 * The boot file by which the ROM loaded us, as its server named it ("boot/undine.0"), or NULL when not known.
	 */
	const char *nbp_name;
	struct net_addr nbp_server;	/* the TFTP server we came from; none: not known */
	/* of its own DHCP the ROM keeps: the ACK (its packet 2), what a PXE server has said (3); len 0: none */
	struct machine_packet { const uint8_t *data; uint16_t len; } rom_ack, rom_reply;
	const uint8_t *uuid;		/* SMBIOS type 1, 16 bytes in the order they are written, or NULL */
	/* SMBIOS strings, NULL when the table has none. */
	const char *manufacturer, *product, *serial, *asset;
	uint32_t memory_mib;		/* usable memory */
};

/* Called by main.c, once, after the card is open; bp must stay. */
void machine_setup(const struct boot_params *bp);
/* What the loader does before it leaves the machine to somebody else, in this order; the last row has no function. */
struct machine_leaving {
	void (*leave)(void);		/* may wait */
	bool for_good;			/* not done for machine_poweroff(), which may fail */
	bool not_for_nbp;		/* nor for another NBP, which goes on with the ROM's own address */
	void (*stay)(void);		/* undoes it when that failed, or NULL */
};
void machine_set_leaving(const struct machine_leaving *rows);

/* Everything stays where it is as long as the loader runs. */
const struct machine_facts *machine_facts(void);
/* The memory map as it was at the start, normalised. */
const struct memmap *machine_memmap(void);
/* Tables and registers, for settings. */
const struct scopes *machine_scopes(void);
/* Does the processor say that a hypervisor or an emulator runs us (CPUID 1, ECX bit 31)? */
bool machine_is_virtual(void);
/* Fills *m for boot_prepare(), but for dhcp_ack. */
void machine_boot_facts(struct boot_machine *m);

/*
 * The serial port that the firmware uses as its console: as spcr_find().
 * Needs nothing but memory, so it can come first of all.
 */
int machine_serial_console(struct spcr *out);

/* Seconds since 1970 by the machine's clock, which is taken for UTC, or RTC_NO_TIME (rtc.h). */
int64_t machine_wall_clock(void);
/* From now on it is that, until the next start; the clock chip stays as it is. */
void machine_set_wall_clock(int64_t now_s);

/*
 * The setting undi.transport ("" when it is not set): changes how
 * the card's ROM is called, if it is another than before.
 */
void machine_set_transport(const char *want);

struct netdev;
/* The setting driver or net0/driver of that card ("" when it is not set): its ROM's UNDI, or ours. */
void machine_set_driver(struct netdev *dev, const char *want);

/* The setting undi.trace: each call of a card's ROM in the log. */
void machine_set_trace(bool on);

/* Leaves and gives the machine back to whoever started us (AX = status); INT 18h where nobody did. */
_Noreturn void machine_exit_to_rom(int status);
/* Leaves and asks the BIOS for its next boot device: INT 18h. */
_Noreturn void machine_next_device(void);
/* warm: the BIOS is asked not to test the memory. */
_Noreturn void machine_reboot(bool warm);
/* Comes back when the machine cannot be switched off by us: -ENOTSUP. */
int machine_poweroff(void);

#endif
