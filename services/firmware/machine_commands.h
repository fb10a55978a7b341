/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands about the loader and the machine: log tasks memmap crash reboot poweroff. */
#ifndef SERVICES_FIRMWARE_MACHINE_COMMANDS_H
#define SERVICES_FIRMWARE_MACHINE_COMMANDS_H

#include "services/command/command.h"

extern const struct command machine_commands[];

#endif
