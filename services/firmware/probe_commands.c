/* SPDX-License-Identifier: BSD-2-Clause */
/* What scripts ask of processor and buses.  See probe_commands.h. */
#include "services/firmware/probe_commands.h"

#include <cpuid.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kernel/err.h"
#include "kernel/task.h"
#include "services/command/run.h"
#include "services/firmware/pci.h"
#include "services/firmware/pci_scan.h"
#include "services/script/setting_owner.h"

#define FEATURES 1u			/* CPUID's leaf; the other vendor's begin at 80000000h */
#define EXTENDED 0x80000000u

enum { OPT_EXT, OPT_AMD, OPT_ECX };

/* Is a feature there? As iPXE's: a bit of EDX, or of ECX, of the first leaf, or of the extended one. */
static int cmd_cpuid(struct call *c)
{
	uint32_t bit = 0, a, b, cx, d;
	bool extended = c->opt[OPT_EXT] || c->opt[OPT_AMD];
	uint32_t leaf = FEATURES | (extended ? EXTENDED : 0);
	if (command_number(c->argv[0], "the bit", &bit) < 0)
		return -EINVAL;
	if (bit > 31)
		return command_fail(-ERANGE, "cpuid: bits go from 0 to 31");
	__cpuid(leaf & EXTENDED, a, b, cx, d);
	if (a < leaf || (extended && !(a & EXTENDED)))
		return command_why(-ENOTSUP, "this processor has no CPUID leaf %08lxh", (unsigned long)leaf);
	__cpuid(leaf, a, b, cx, d);
	(void)b;
	uint32_t word = c->opt[OPT_ECX] ? cx : d;
	return word >> bit & 1 ? 0 : command_why(-ENOENT, "bit %lu is 0 in %s of CPUID leaf %08lxh", (unsigned long)bit,
						c->opt[OPT_ECX] ? "ECX" : "EDX", (unsigned long)leaf);
}

/* The function behind the one that the setting holds goes into it, or the first one. */
static int cmd_pciscan(struct call *c)
{
	const char *name = c->argv[0];
	char typed[SETTING_NAME_MAX + 8];
	int32_t last = -1;
	int err = settings_number(command_settings(), name, &last);
	if (err < 0 && err != -ENOENT)
		return command_fail(err, "pciscan %s: not a setting that holds a PCI address", name);
	uint32_t end = pci_functions(), from = last < 0 ? 0 : (uint32_t)last + 1;
	uint32_t found = from > end ? end : pci_next(from, end, pci_read, task_yield);
	if (found == end)
		return command_why(-ENODEV, end ? "there are no more PCI devices" : "this machine has no PCI BIOS");
	snprintf(typed, sizeof(typed), "%s%s", name, strchr(name, ':') ? "" : ":uint16");
	err = settings_set_number(command_settings(), typed, VALUE_UINT16, (int32_t)found);
	return err < 0 ? command_fail(err, "pciscan: setting %s: %s", name, err_text(err)) :
	       setting_owner_apply(command_settings(), name);
}

static int cmd_usbscan(struct call *c)
{
	return command_fail(-ENODEV, "usbscan: Undine drives no USB controllers, so %s stays as it is; the firmware's "
			    "USB keyboards and disks work through the BIOS", c->argv[0]);
}

const struct command probe_commands[] = {
	{ .name = "cpuid", .options = "e/ext a/amd c/ecx", .min = 1, .max = 1, .run = cmd_cpuid,
	  .usage = "[--ext] [--ecx] BIT", .help = "succeed if the processor has a feature, as 29 with --ext: 64 bit" },
	{ .name = "pciscan", .min = 1, .max = 1, .run = cmd_pciscan,
	  .usage = "SETTING", .help = "the address of the next PCI device into a setting; fails behind the last" },
	{ .name = "usbscan", .min = 1, .max = 1, .run = cmd_usbscan,
	  .usage = "SETTING", .help = "fails: there are no USB devices here" },
	{ 0 },
};
