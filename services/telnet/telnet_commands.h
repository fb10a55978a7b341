/* SPDX-License-Identifier: BSD-2-Clause */
/* The command telnet. */
#ifndef SERVICES_TELNET_TELNET_COMMANDS_H
#define SERVICES_TELNET_TELNET_COMMANDS_H

#include "services/command/command.h"

extern const struct command telnet_commands[];

#endif
