/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands about the stack's tables: route arp sockets. */
#ifndef SERVICES_INTERFACE_ROUTE_COMMANDS_H
#define SERVICES_INTERFACE_ROUTE_COMMANDS_H

#include "services/command/command.h"

extern const struct command route_commands[];

/* Routes are again as leases and settings have them. */
void route_forget(void);

#endif
