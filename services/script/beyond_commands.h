/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands that iPXE has not: kept apart, so that nobody takes them for its
 * language.  A script that is to run there, too, asks first:
 *
 *	iseq ${product-name} Undine && retry 5 dhcp || dhcp
 */
#ifndef SERVICES_SCRIPT_BEYOND_COMMANDS_H
#define SERVICES_SCRIPT_BEYOND_COMMANDS_H

#include "services/command/command.h"

extern const struct command beyond_commands[];

#endif
