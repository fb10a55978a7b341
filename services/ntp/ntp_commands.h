/* SPDX-License-Identifier: BSD-2-Clause */
/* The command ntp. */
#ifndef SERVICES_NTP_NTP_COMMANDS_H
#define SERVICES_NTP_NTP_COMMANDS_H

#include "services/command/command.h"

extern const struct command ntp_commands[];

#endif
