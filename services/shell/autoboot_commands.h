/* SPDX-License-Identifier: BSD-2-Clause */
/* The command autoboot: what DHCP's server names is booted. */
#ifndef SERVICES_SHELL_AUTOBOOT_COMMANDS_H
#define SERVICES_SHELL_AUTOBOOT_COMMANDS_H

#include "services/command/command.h"

extern const struct command autoboot_commands[];

#endif
