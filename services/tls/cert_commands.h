/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands about certificates: certstore certstat certfree. */
#ifndef SERVICES_TLS_CERT_COMMANDS_H
#define SERVICES_TLS_CERT_COMMANDS_H

#include "services/command/command.h"

extern const struct command cert_commands[];

/* The store is empty again. */
void cert_forget(void);

#endif
