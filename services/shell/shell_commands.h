/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands about commands: help time. */
#ifndef SERVICES_SHELL_SHELL_COMMANDS_H
#define SERVICES_SHELL_SHELL_COMMANDS_H

#include "services/command/command.h"

extern const struct command shell_commands[];

#endif
