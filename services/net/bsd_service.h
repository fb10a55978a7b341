/* SPDX-License-Identifier: BSD-2-Clause */
/* POSIX-like sockets (services/net/bsd.h) on the loader's stack, for tasks that may wait. */
#ifndef SERVICES_NET_BSD_SERVICE_H
#define SERVICES_NET_BSD_SERVICE_H

#include "services/net/bsd.h"

/* owner: as bsd_init().  The calls wait, as net_wait() and dns_lookup() do. */
void bsd_service_init(struct bsd *b, uintptr_t owner);

#endif
