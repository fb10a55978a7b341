/* SPDX-License-Identifier: BSD-2-Clause */
/* The remote console's commands, telnetd who kick logout, and its settings telnetd.*, which turn it on. */
#ifndef SERVICES_TELNET_TELNETD_COMMANDS_H
#define SERVICES_TELNET_TELNETD_COMMANDS_H

#include <stdbool.h>

#include "services/command/command.h"

struct settings;

extern const struct command telnetd_commands[];

/* For struct setting_owner: telnetd.password is kept as its hash only; the server starts when the settings say so. */
int telnetd_store_setting(struct settings *s, const char *name, const char *text, bool keep);
int telnetd_apply_settings(void);

#endif
