/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands that leave for the machine's disks: sanboot localboot. */
#ifndef SERVICES_BOOT_DISK_COMMANDS_H
#define SERVICES_BOOT_DISK_COMMANDS_H

#include "services/command/command.h"

extern const struct command disk_commands[];

#endif
