/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands that leave for the machine's disks: sanboot localboot. */
#ifndef SERVICES_BOOT_DISK_COMMANDS_H
#define SERVICES_BOOT_DISK_COMMANDS_H

#include "services/command/command.h"

struct boot_disk;
struct image;

extern const struct command disk_commands[];

/*
 * Starts d->drive, or d->partition of it; with d->places the file there, too.  d and file stay until then.  Comes back
 * only when it failed, said, with `who` before it.
 */
int disk_start(struct boot_disk *d, const struct image *file, const char *who);

#endif
