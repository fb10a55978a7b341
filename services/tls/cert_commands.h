/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands about certificates: certstore certstat certfree; and the lists of those that were taken back. */
#ifndef SERVICES_TLS_CERT_COMMANDS_H
#define SERVICES_TLS_CERT_COMMANDS_H

#include "services/command/command.h"

extern const struct command cert_commands[];

/* The store is empty again, and the lists are fetched anew when they are needed. */
void cert_forget(void);
/* The setting crl has changed: 0. */
int cert_apply_lists(void);
/*
 * Before anybody is judged: the lists that crl names are here, or it is said that they are not, and then the policy
 * says what that means.  Waits; only the task that runs commands may call it.
 */
void cert_fetch_lists(void);

#endif
