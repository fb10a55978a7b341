/* SPDX-License-Identifier: BSD-2-Clause */
/* See early.h. */
#include "kernel/early.h"

#include <stdbool.h>
#include <string.h>

#include "kernel/patch.h"

const char *early_setting(const struct boot_params *params, const char *name)
{
	bool final = false;
	const char *own = patch_get(params->options, name, &final), *at = params->args;
	for (size_t len = strlen(name); !final && (at = strstr(at, name)); at += len)
		if (at[len] == '=' && (at == params->args || at[-1] == ' '))
			return at + len + 1;
	return own;
}
