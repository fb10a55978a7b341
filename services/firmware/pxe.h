/* SPDX-License-Identifier: BSD-2-Clause */
/* What another NBP is to find: called by machine.c for struct boot_machine. */
#ifndef SERVICES_FIRMWARE_PXE_H
#define SERVICES_FIRMWARE_PXE_H

struct boot_params;
struct boot_pxe;

/* Good until the next call; NULL without a PXE stack. */
const struct boot_pxe *pxe_describe(const struct boot_params *params);

#endif
