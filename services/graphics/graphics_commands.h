/* SPDX-License-Identifier: BSD-2-Clause */
/* The command that shows the console over a picture: console. */
#ifndef SERVICES_GRAPHICS_GRAPHICS_COMMANDS_H
#define SERVICES_GRAPHICS_GRAPHICS_COMMANDS_H

#include "services/command/command.h"

extern const struct command graphics_commands[];

/* For the task that runs commands, when it begins: what one that crashed has left, and text mode. */
void graphics_forget(void);

#endif
