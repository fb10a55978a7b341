/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is booted instead when tries fail: the setting fallback, a list with
 * blanks or commas between its entries, each a URL, `disk` or `exit`.  Pure.
 */
#ifndef SERVICES_SHELL_FALLBACK_H
#define SERVICES_SHELL_FALLBACK_H

#include <stdbool.h>
#include <stddef.h>

#define FALLBACK_AFTER 3		/* tries that fail before its turn, where no setting says another number */
#define BOOT_TIMEOUT_S 21600		/* how long a try may take, likewise */

/* Entry n, from 0, of the list: its length, and *entry points to it in the list; 0: there is none. */
size_t fallback_entry(const char *list, unsigned n, const char **entry);
/*
 * Is it the list's turn?  failed: tries since it had it last; after < 0: as without a setting; late: the try took
 * too long.
 */
bool fallback_due(unsigned failed, int after, bool late);

#endif
