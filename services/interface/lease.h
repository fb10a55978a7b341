/* SPDX-License-Identifier: BSD-2-Clause */
/* What settings say of leases, and what of them is shown.  Called by main.c and interface_commands.c. */
#ifndef SERVICES_INTERFACE_LEASE_H
#define SERVICES_INTERFACE_LEASE_H

#include <stdbool.h>

struct link;
struct setting;

/* Is that setting 1 or yes? */
bool lease_setting(const char *name);
/* What was set as l's user class; NULL: nothing. */
const struct setting *lease_class(const struct link *l);
/* A line of answers that were not taken on l, where there were any. */
void lease_show_untaken(const struct link *l);
/* Before the machine is left for good, not for another NBP: leases are given back where dhcp.release says so; waits. */
void lease_leave(void);

#endif
