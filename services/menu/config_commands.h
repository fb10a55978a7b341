/* SPDX-License-Identifier: BSD-2-Clause */
/* The command config. */
#ifndef SERVICES_MENU_CONFIG_COMMANDS_H
#define SERVICES_MENU_CONFIG_COMMANDS_H

#include "services/command/command.h"

extern const struct command config_commands[];

#endif
