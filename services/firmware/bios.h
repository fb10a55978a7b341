/* SPDX-License-Identifier: BSD-2-Clause */
/* What the BIOS says of the machine, for kernels and for our own screen. */
#ifndef SERVICES_FIRMWARE_BIOS_H
#define SERVICES_FIRMWARE_BIOS_H

#include <stdint.h>

/* What real-mode pointers may point to and we can read. */
#define REAL_LO 0x1000u
#define REAL_HI 0x10fff0u

struct boot_machine;
struct vbe_mode;
struct vbe_wish;

/* The graphics mode nearest to the wish: 0 or -ENOENT. */
int bios_find_mode(const struct vbe_wish *wish, struct vbe_mode *mode);
/* Sets a mode that bios_find_mode gave, or VBE_TEXT: 0 or -EIO. */
int bios_set_mode(uint16_t number);
/* Before each boot: fills in vbe, text, drive, config_table, connect_apm, find_mode and set_mode. */
void firmware_facts(struct boot_machine *m);

#endif
