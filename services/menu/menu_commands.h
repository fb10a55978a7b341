/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of menus and forms: menu form item choose present login colour cpair. */
#ifndef SERVICES_MENU_MENU_COMMANDS_H
#define SERVICES_MENU_MENU_COMMANDS_H

#include "services/command/command.h"

extern const struct command menu_commands[];

#endif
