/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands params and param: what goes along with a request (params.h). */
#ifndef SERVICES_FETCH_PARAMS_COMMANDS_H
#define SERVICES_FETCH_PARAMS_COMMANDS_H

#include "services/command/command.h"

extern const struct command params_commands[];

#endif
