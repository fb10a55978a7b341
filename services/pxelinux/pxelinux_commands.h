/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pxelinux's trees as they are: the machine's configuration is looked for, or
 * named, and its menus, boot: line and labels do what they do under pxelinux;
 * its c32 modules are not needed.  docs/pxelinux.md.
 */
#ifndef SERVICES_PXELINUX_PXELINUX_COMMANDS_H
#define SERVICES_PXELINUX_PXELINUX_COMMANDS_H

#include <stddef.h>

#include "services/command/command.h"

extern const struct command pxelinux_commands[];

/*
 * Looks for this machine's configuration and keeps it for the command `pxelinux`, which is to be run next: 0, or
 * -ENOENT or another -E with why in reason, or -EINTR.
 */
int pxelinux_find(char *reason, size_t cap);
/* Nothing is kept; its memory went with the task that had it. */
void pxelinux_forget(void);

#endif
