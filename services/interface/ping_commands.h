/* SPDX-License-Identifier: BSD-2-Clause */
/* The command ping. */
#ifndef SERVICES_INTERFACE_PING_COMMANDS_H
#define SERVICES_INTERFACE_PING_COMMANDS_H

#include "services/command/command.h"

extern const struct command ping_commands[];

#endif
