/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands of iPXE's that scripts may have and that do nothing here: those of
 * which there is nothing on a PC with a BIOS, and those that are not there yet,
 * which say what works instead; and those that succeed, for there is nothing to
 * be done.
 */
#ifndef SERVICES_SHELL_ABSENT_COMMANDS_H
#define SERVICES_SHELL_ABSENT_COMMANDS_H

#include "services/command/command.h"

extern const struct command absent_commands[];

#endif
