/* SPDX-License-Identifier: BSD-2-Clause */
/* What scripts can ask of the machine and the loader.  See machine_settings.h. */
#include "services/firmware/machine_settings.h"

#include <errno.h>
#include <string.h>

#include "kernel/version.h"
#include "services/command/run.h"
#include "services/firmware/machine.h"
#include "services/firmware/rtc.h"
#include "services/firmware/scopes.h"

/* Both as numbers of 32 bits, as iPXE has them. */
static int give_time(struct setting_value *v)
{
	int64_t now = machine_wall_clock();
	return now == RTC_NO_TIME ? -ENOENT : setting_value_u32(v, VALUE_UINT32, (uint32_t)now);
}

static int from_machine(const char *name, struct setting_value *v)
{
	const struct machine_facts *m = machine_facts();
	const struct { const char *name, *text; } texts[] = {
		{ "version", UNDINE_VERSION }, { "platform", "pcbios" },
		{ "buildarch", "i386" }, { "product-name", "Undine" },
		{ "manufacturer", m->manufacturer }, { "product", m->product },
		{ "serial", m->serial }, { "asset", m->asset },
	};
	/* what stands in a table */
	static const struct { const char *name, *where; } tables[] = {
		{ "board-serial", "smbios/2.7.0" },
		{ "cpuvendor", "cpuid/cpuvendor" }, { "cpumodel", "cpuid/cpumodel" },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(name, texts[i].name))
			return setting_value_text(v, texts[i].text);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strcmp(name, tables[i].name))
			return scopes_lookup(machine_scopes(), tables[i].where, v);
	if (!strcmp(name, "uuid"))
		return m->uuid ? setting_value_raw(v, VALUE_UUID, m->uuid, 16) : -ENOENT;
	if (!strcmp(name, "memsize"))
		return setting_value_u32(v, VALUE_INT32, m->memory_mib);
	if (!strcmp(name, "unixtime"))
		return give_time(v);
	if (!strcmp(name, "errno"))
		return setting_value_u32(v, VALUE_UINT32, command_errno());
	return -ENOENT;
}

int machine_lookup(void *ctx, const char *name, struct setting_value *v)
{
	static const char *const own[] = { "builtin/", "smbios/", "cpuid/", "memmap/" };
	(void)ctx;
	if (!strchr(name, '/'))
		return from_machine(name, v);
	if (scopes_lookup(machine_scopes(), name, v) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strncmp(name, own[i], strlen(own[i])))
			return from_machine(name + strlen(own[i]), v);
	return -ENOENT;
}

int machine_apply_trace(void)
{
	int32_t on = 0;
	(void)settings_number(command_settings(), "undi.trace", &on);
	machine_set_trace(on != 0);
	return 0;
}
