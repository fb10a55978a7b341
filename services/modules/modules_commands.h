/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands run, kill, ps. */
#ifndef SERVICES_MODULES_MODULES_COMMANDS_H
#define SERVICES_MODULES_MODULES_COMMANDS_H

#include "services/command/command.h"

extern const struct command modules_commands[];

#endif
