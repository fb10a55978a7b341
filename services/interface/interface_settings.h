/* SPDX-License-Identifier: BSD-2-Clause */
/* What scripts can ask of the network: ${net0/mac}, ${filename}, ${175.1}, ...  Names are iPXE's. */
#ifndef SERVICES_INTERFACE_INTERFACE_SETTINGS_H
#define SERVICES_INTERFACE_INTERFACE_SETTINGS_H

#include "services/script/settings.h"

/*
 * settings_lookup_fn: names with the scope of a link, net0, net0-5; what that
 * link's lease says, net0.dhcp; what the lease asked for last says, dhcp, or the
 * ProxyDHCP server beside it, proxydhcp; without a scope those of netX and of that lease.
 * ctx is the struct settings.
 */
int interface_lookup(void *ctx, const char *name, struct setting_value *v);

#endif
