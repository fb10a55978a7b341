/* SPDX-License-Identifier: BSD-2-Clause */
/* The command nslookup, and names for other commands. */
#ifndef SERVICES_DNS_DNS_COMMANDS_H
#define SERVICES_DNS_DNS_COMMANDS_H

#include <stdint.h>

#include "net/addr.h"
#include "services/command/command.h"

extern const struct command dns_commands[];

/* The addresses of a name, as dns_lookup() gives them: their count or -E, said; -EINTR on Ctrl-C. */
int dns_command_lookup(const char *name, struct net_addr *addrs, unsigned max);

#endif
