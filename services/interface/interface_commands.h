/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands about interfaces: dhcp ifconf ifopen ifstat route arp sockets. */
#ifndef SERVICES_INTERFACE_INTERFACE_COMMANDS_H
#define SERVICES_INTERFACE_INTERFACE_COMMANDS_H

#include "services/command/command.h"

extern const struct command interface_commands[];

/* Gets a lease, or sets the address that the settings name: 0 or -E, said. */
int interface_configure(void);

#endif
