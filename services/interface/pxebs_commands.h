/* SPDX-License-Identifier: BSD-2-Clause */
/* The command pxebs, and what is asked of PXE servers on port 4011 behind a lease (services/dhcp/pxebs.h). */
#ifndef SERVICES_INTERFACE_PXEBS_COMMANDS_H
#define SERVICES_INTERFACE_PXEBS_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "services/command/command.h"

struct link;

extern const struct command pxebs_commands[];

/*
 * Where l's lease names no boot file, and a PXE server stands behind it: asks that for one on port 4011, or the boot
 * server that its menu names first, and the lease has it then.  Says what comes of it.  Waits.  0, or -EINTR.
 */
int pxebs_complete_lease(const struct link *l);
/* What the boot server that pxebs found last has said; NULL: none has.  Stays until the next. */
const uint8_t *pxebs_answer(size_t *len, struct net_addr *from);

#endif
