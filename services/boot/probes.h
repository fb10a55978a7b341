/* SPDX-License-Identifier: BSD-2-Clause */
/* How the image store knows what can be booted.  Pure. */
#ifndef SERVICES_BOOT_PROBES_H
#define SERVICES_BOOT_PROBES_H

#include "services/image/image.h"

extern const struct image_probe boot_probes[];

#endif
