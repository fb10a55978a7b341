/* SPDX-License-Identifier: BSD-2-Clause */
/* What settings say of leases, and what of them is shown.  See lease.h. */
#include "services/interface/lease.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/log.h"
#include "net/net.h"
#include "services/command/run.h"
#include "services/dhcp/dhcp_service.h"
#include "services/script/settings.h"
#include "services/stack/stack.h"

#define PART_WAIT_US 2000000u
#define ARP_US 100000u			/* for the server's MAC address, before the message can go out */

bool lease_setting(const char *name)
{
	char text[8];
	int n = settings_format(command_settings(), name, text, sizeof(text));
	return n > 0 && (!strcmp(text, "1") || !strcmp(text, "yes"));
}

const struct setting *lease_class(const struct link *l)
{
	char scoped[LINK_NAME_LEN + 16];
	const struct setting *found = NULL;
	snprintf(scoped, sizeof(scoped), "%s/user-class", l->name);
	for (const struct setting *e = command_settings()->first; e; e = e->next) {
		if (!strcmp(e->name, scoped))
			return e;
		if (!strcmp(e->name, "user-class"))
			found = e;
	}
	return found;
}

void lease_show_untaken(const struct link *l)
{
	char list[400];
	size_t n = 0;
	for (unsigned k = 0; k < DHCP_UNTAKEN_KINDS; k++) {
		uint32_t count = dhcp_link_untaken(l, k);
		if (count && n < sizeof(list))
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%lu %s", n ? ", " : "",
					      (unsigned long)count, dhcp_untaken_word(k));
	}
	if (n)
		log_line("  DHCP answers not taken: %s", list);
}

void lease_leave(void)
{
	if (!lease_setting("dhcp.release"))
		return;
	dhcp_part(clock_us() + PART_WAIT_US);
	for (uint64_t end = clock_us() + ARP_US; clock_us() < end;)
		net_wait_any(end);
}
