/* SPDX-License-Identifier: BSD-2-Clause */
/* What scripts can ask of the network: ${net0/mac}, ${filename}, ${175.1}, ...  Names are iPXE's. */
#ifndef SERVICES_INTERFACE_INTERFACE_SETTINGS_H
#define SERVICES_INTERFACE_INTERFACE_SETTINGS_H

#include "services/script/settings.h"

/*
 * settings_lookup_fn: names with the scope of a link, net0, net0.dhcp, net0-5;
 * with dhcp, proxydhcp or none, those of netX and of the lease asked for last.
 * ctx is the struct settings.
 */
int interface_lookup(void *ctx, const char *name, struct setting_value *v);

#endif
