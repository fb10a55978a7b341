/* SPDX-License-Identifier: BSD-2-Clause */
/* What the BIOS says of the machine, for kernels.  Called by machine.c before each boot. */
#ifndef SERVICES_FIRMWARE_BIOS_H
#define SERVICES_FIRMWARE_BIOS_H

struct boot_machine;

/* Fills in vbe, text, drive, config_table, connect_apm, find_mode and set_mode. */
void firmware_facts(struct boot_machine *m);

#endif
