/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands of iPXE's that do nothing here.  See absent_commands.h. */
#include "services/shell/absent_commands.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "services/command/run.h"

#define CHECKSUMS "set sha256sums URL, or imgverify --sha256 HEX NAME, vouch for what is booted"
#define SAN "memdisk boots a disk image as a kernel, and kernel with initrd what is on it; "

/* Why, and what works instead. */
static const struct {
	const char *name, *text;
} absent[] = {
	{ "imgdecrypt", "no encrypted images are read yet; have the server send them in the clear, and " CHECKSUMS },
	{ "sanhook", "there are no SAN drives yet; " SAN "sanboot --drive 0x80 boots a disk of this machine" },
	{ "fcstat", "there is no Fibre Channel here" },
	{ "fcels", "there is no Fibre Channel here" },
	{ "ibstat", "there is no InfiniBand here" },
	{ "iwstat", "there are no wireless cards here" },
	{ "iwlist", "there are no wireless cards here" },
	{ "fdt", "a PC with a BIOS has no flattened device tree" },
	{ "gdbstub", "no debugger can be attached from afar; tasks, log and status look inside" },
};

static int cmd_absent(struct call *c)
{
	size_t i = 0;
	while (strcmp(absent[i].name, c->cmd->name))
		i++;
	return command_fail(-ENOTSUP, "%s: %s", absent[i].name, absent[i].text);
}

/* Of the kind that it lists there is nothing here: an empty list, but nothing of any name. */
static int cmd_lists_none(struct call *c)
{
	return c->argc ? cmd_absent(c) : 0;
}

/* A UEFI loader's, or done already. */
static int cmd_nothing(struct call *c)
{
	uint32_t number;
	return c->cmd->options ? command_number(c->opt[0], "what stands behind the option", &number) : 0;
}

#define SAN_OPTIONS "d/drive= n/no-describe k/keep f/filename= e/extra= l/label= u/uuid="

const struct command absent_commands[] = {
	{ .name = "shim", .options = "t/timeout= /require-loader /allow-pxe /allow-sbat", .max = ANY_ARGS,
	  .run = cmd_nothing, .usage = "[file]", .help = "succeeds: it is for UEFI's secure boot" },
	{ .name = "imgdecrypt", .options = "n/name= k/keep t/timeout=", .max = ANY_ARGS, .run = cmd_absent,
	  .help = "not yet: encrypted images" },
	{ .name = "sanhook", .options = SAN_OPTIONS, .max = ANY_ARGS, .run = cmd_absent,
	  .help = "not yet: drives on other machines" },
	{ .name = "sanunhook", .options = SAN_OPTIONS, .max = ANY_ARGS, .run = cmd_nothing },
	{ .name = "fcstat", .max = ANY_ARGS, .run = cmd_absent, .help = "not here: Fibre Channel" },
	{ .name = "fcels", .options = "i/id= p/port=", .max = ANY_ARGS, .run = cmd_absent },
	{ .name = "ibstat", .max = ANY_ARGS, .run = cmd_lists_none,
	  .help = "lists nothing: InfiniBand" },
	{ .name = "iwstat", .max = ANY_ARGS, .run = cmd_lists_none,
	  .help = "lists nothing: wireless cards" },
	{ .name = "iwlist", .max = ANY_ARGS, .run = cmd_lists_none },
	{ .name = "fdt", .max = ANY_ARGS, .run = cmd_absent, .help = "not here: device trees" },
	{ .name = "gdbstub", .max = ANY_ARGS, .run = cmd_absent, .help = "not here: a debugger from afar" },
	{ 0 },
};
