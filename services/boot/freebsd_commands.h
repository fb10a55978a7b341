/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command that fetches what FreeBSD's own loader would load from a disk:
 * freebsd.  The folder that is named stands for /boot there, whatever scheme
 * has it.
 */
#ifndef SERVICES_BOOT_FREEBSD_COMMANDS_H
#define SERVICES_BOOT_FREEBSD_COMMANDS_H

#include "services/command/command.h"

extern const struct command freebsd_commands[];

#endif
