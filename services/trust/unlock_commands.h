/* SPDX-License-Identifier: BSD-2-Clause */
/* The command that unlocks the prompt under the policy `signed`. */
#ifndef SERVICES_TRUST_UNLOCK_COMMANDS_H
#define SERVICES_TRUST_UNLOCK_COMMANDS_H

#include "services/command/command.h"

#define UNLOCK_SETTING "unlock-password-pbkdf2"	/* final, in the file */

extern const struct command unlock_commands[];

#endif
