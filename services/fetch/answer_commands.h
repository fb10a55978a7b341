/* SPDX-License-Identifier: BSD-2-Clause */
/* The command that makes a server's answer a setting; iPXE has none such. */
#ifndef SERVICES_FETCH_ANSWER_COMMANDS_H
#define SERVICES_FETCH_ANSWER_COMMANDS_H

#include "services/command/command.h"

extern const struct command answer_commands[];

#endif
