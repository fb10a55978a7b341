/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What scripts have set of DHCP's answer, for the next NBP: iPXE shows it so,
 * and pxelinux takes its configuration file from option 209.  Pure.
 */
#ifndef SERVICES_BOOT_NBP_SETTINGS_H
#define SERVICES_BOOT_NBP_SETTINGS_H

#include <stddef.h>

#include "services/script/settings.h"

/*
 * Lines for nbp_changes_parse(), each of which may be left out: filename,
 * next-server and options (209, or by name: root-path) that are set without a
 * scope or for netX, the link opened last.  Their length; what does not fit
 * is missing and counted in *left_out.
 */
size_t nbp_settings_lines(const struct settings *s, char *out, size_t cap, unsigned *left_out);

#endif
