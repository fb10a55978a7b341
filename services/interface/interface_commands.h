/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands about links: dhcp ifconf ifopen ifclose iflinkwait ifstat vcreate vdestroy. */
#ifndef SERVICES_INTERFACE_INTERFACE_COMMANDS_H
#define SERVICES_INTERFACE_INTERFACE_COMMANDS_H

#include <stdbool.h>

#include "services/command/command.h"

extern const struct command interface_commands[];

/* A row's `words`: the links' names, for Tab. */
const char *interface_words(unsigned arg, unsigned i);
/* Gets a lease, or sets the address that the settings name, on the first link where that works: 0 or -E, said. */
int interface_configure(void);
/*
 * Asks for a lease once more where the last came from, as another user class; so do all that follow until
 * interface_configure().  0; -EALREADY, the class was set, or this was done already; or -E, said: the lease stays.
 */
int interface_ask_as(const char *class);
/* True if that can be done. */
bool interface_may_ask_as(void);
/* The settings begin anew, empty: links keep the addresses they have. */
void interface_forget_settings(void);
/* setting_owner.changed: a link that netN/ip, netmask, gateway or dns is set for has that from now on. */
int interface_apply_settings(void);

#endif
