/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands that look at what servers have: ls and cat. */
#ifndef SERVICES_FETCH_LISTING_COMMANDS_H
#define SERVICES_FETCH_LISTING_COMMANDS_H

#include "services/command/command.h"

extern const struct command listing_commands[];

#endif
