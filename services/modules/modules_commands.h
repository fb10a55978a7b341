/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands run, kill, ps. */
#ifndef SERVICES_MODULES_MODULES_COMMANDS_H
#define SERVICES_MODULES_MODULES_COMMANDS_H

#include "services/command/command.h"

extern const struct command modules_commands[];

/*
 * `run --background` of what module.autoload says, unless that still runs.  By the task of the commands, when a script
 * has been looked for: what is relative is so to the script.  Waits.
 */
void modules_autoload(void);

#endif
