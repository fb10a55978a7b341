/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the script comes from: the arguments (script=URL, or commands), the
 * initrd that a loader of Linux has given us, the DHCP boot file,
 * the loader's own file (script=URL, tools/options.py; before all others where
 * that is final), autoexec.ipxe beside the loader, pxelinux's configuration
 * there; the first that has one wins.
 */
#ifndef SERVICES_SHELL_SOURCE_H
#define SERVICES_SHELL_SOURCE_H

#include <stdbool.h>

enum { SOURCE_NONE, SOURCE_TAKEN };

/* True if the setting script is but a default: it is not yet its turn. */
bool source_waits(void);
/* The setting boot-type has been set: 0, or -EINVAL, said. */
int source_apply_settings(void);
/* True if the script has come with us, so that no network is needed to have it. */
bool source_is_here(void);
/*
 * Asks all of them, and says of each what it had: SOURCE_TAKEN (a script
 * stands ready; a kernel would have been booted), SOURCE_NONE (none has one),
 * or -E: the one that has a script failed, which has been said; -ECANCELED: it
 * asks for the prompt.
 */
int source_take(void);
/* The same of what the lease in force names only; SOURCE_NONE: source_reason() says why. */
int source_take_boot_file(void);
const char *source_reason(void);

#endif
