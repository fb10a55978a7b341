/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings that count before there are tasks: among the arguments, or in our own file.  Pure. */
#ifndef KERNEL_EARLY_H
#define KERNEL_EARLY_H

#include "kernel/boot_params.h"

/*
 * What stands behind name= among the arguments, up to a blank, or is set in the file, where a final setting comes
 * first: its text, which goes on behind the blank; or NULL.
 */
const char *early_setting(const struct boot_params *params, const char *name);

#endif
