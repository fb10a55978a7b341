/* SPDX-License-Identifier: BSD-2-Clause */
/* What scripts can ask of the machine and the loader: ${serial}, ${uuid}, ${version}, ...  Names are iPXE's. */
#ifndef SERVICES_FIRMWARE_MACHINE_SETTINGS_H
#define SERVICES_FIRMWARE_MACHINE_SETTINGS_H

#include "services/script/settings.h"

/* settings_lookup_fn. */
int machine_lookup(void *ctx, const char *name, struct setting_value *v);
/* The setting undi.trace takes effect: a number, 0 is off: 0. */
int machine_apply_trace(void);

#endif
