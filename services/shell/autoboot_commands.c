/* SPDX-License-Identifier: BSD-2-Clause */
/* The command autoboot.  See autoboot_commands.h. */
#include "services/shell/autoboot_commands.h"

#include <errno.h>
#include <string.h>

#include "kernel/log.h"
#include "net/net.h"
#include "services/command/run.h"
#include "services/dhcp/dhcp_service.h"
#include "services/interface/interface_commands.h"
#include "services/script/settings.h"
#include "services/shell/source.h"
#include "services/stack/stack.h"

/* A lease, and what its server names: 0, it runs; or -E, said. */
static int boot_by(const char *name)
{
	char *argv[] = { (char *)"dhcp", (char *)name, NULL };
	int err = command_run(2, argv);
	if (err < 0)
		return err;
	err = source_take_boot_file();
	if (err == SOURCE_TAKEN)
		return 0;
	if (err < 0)
		return err == -EINTR ? err : command_fail(err, "autoboot: what %s's server names does not boot", name);
	const struct dhcp_lease *lease = dhcp_service_lease();
	if (lease && lease->root_path[0] && !lease->boot_file[0])
		return command_fail(-ENOTSUP, "autoboot: %s's server names no boot file but a root path, and there are "
				    "no SAN drives yet", name);
	return command_fail(-ENOENT, "autoboot: nothing to boot on %s: %s", name, source_reason());
}

static int cmd_autoboot(struct call *c)
{
	int err = 0;
	if (!c->argc && !link_get(net_stack(), 0))
		return command_fail(-ENODEV, "autoboot: there is no network card that we can drive");
	for (unsigned i = 0; c->argc ? i < (unsigned)c->argc : link_get(net_stack(), i) != NULL; i++) {
		const char *name = c->argc ? c->argv[i] : link_get(net_stack(), i)->name;
		if (!strcmp(name, "netX"))
			name = command_settings()->netx;
		struct link *const l = link_find(net_stack(), name);
		int result = l ? boot_by(l->name) : command_fail(-ENODEV, "autoboot: there is no interface %s; ifstat "
								 "shows those there are", name);
		if (result == 0 || result == -EINTR)
			return result;
		err = result;
		if (l)
			net_close_link(l);	/* by ifclose it would be that command's end, and forget our cause */
	}
	return err;
}

const struct command autoboot_commands[] = {
	{ .name = "autoboot", .max = NET_LINKS, .run = cmd_autoboot, .words = interface_words,
	  .usage = "[net0]...", .help = "boot what the DHCP server names, by the first interface where that works" },
	{ 0 },
};
