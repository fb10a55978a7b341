/* SPDX-License-Identifier: BSD-2-Clause */
/* What scripts can ask of the machine and the loader.  See machine_settings.h. */
#include "services/firmware/machine_settings.h"

#include <errno.h>
#include <string.h>

#include "kernel/version.h"
#include "services/command/run.h"
#include "services/firmware/machine.h"

int machine_lookup(void *ctx, const char *name, struct setting_value *v)
{
	(void)ctx;
	const struct machine_facts *m = machine_facts();
	const struct { const char *name, *text; } texts[] = {
		{ "version", UNDINE_VERSION }, { "platform", "pcbios" },
		{ "buildarch", "i386" }, { "product-name", "Undine" },
		{ "manufacturer", m->manufacturer }, { "product", m->product },
		{ "serial", m->serial }, { "asset", m->asset },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(name, texts[i].name))
			return setting_value_text(v, texts[i].text);
	if (!strcmp(name, "uuid"))
		return m->uuid ? setting_value_raw(v, VALUE_UUID, m->uuid, 16) : -ENOENT;
	if (!strcmp(name, "memsize"))
		return setting_value_u32(v, VALUE_INT32, m->memory_mib);
	return -ENOENT;
}

int machine_apply_trace(void)
{
	int32_t on = 0;
	int err = settings_number(command_settings(), "undi.trace", &on);
	if (err < 0 && err != -ENOENT)
		return command_fail(-EINVAL, "undi.trace is to be 1 or 0");
	machine_set_trace(on != 0);
	return 0;
}
