/* SPDX-License-Identifier: BSD-2-Clause */
/* The command lotest: frames from one card to another. */
#ifndef SERVICES_INTERFACE_LOTEST_COMMANDS_H
#define SERVICES_INTERFACE_LOTEST_COMMANDS_H

#include "services/command/command.h"

extern const struct command lotest_commands[];

#endif
