/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets up what services/shell/machine.h offers.  Called by main.c, once, after the card is open. */
#ifndef SERVICES_MACHINE_MACHINE_SERVICE_H
#define SERVICES_MACHINE_MACHINE_SERVICE_H

#include "kernel/boot_params.h"

/* bp must stay. */
void machine_setup(const struct boot_params *bp);

#endif
