/* SPDX-License-Identifier: BSD-2-Clause */
/* The command status: which machine, what it does, and what of it fails. */
#ifndef SERVICES_SHELL_STATUS_COMMANDS_H
#define SERVICES_SHELL_STATUS_COMMANDS_H

#include "services/command/command.h"

extern const struct command status_commands[];

#endif
