/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of the script language: set clear show inc read echo isset iseq goto prompt sleep shell exit. */
#ifndef SERVICES_SCRIPT_SCRIPT_COMMANDS_H
#define SERVICES_SCRIPT_SCRIPT_COMMANDS_H

#include "services/command/command.h"

extern const struct command script_commands[];

#endif
