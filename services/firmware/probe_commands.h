/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands by which scripts look at the machine: cpuid pciscan usbscan. */
#ifndef SERVICES_FIRMWARE_PROBE_COMMANDS_H
#define SERVICES_FIRMWARE_PROBE_COMMANDS_H

#include "services/command/command.h"

extern const struct command probe_commands[];

#endif
