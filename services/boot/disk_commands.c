/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands that leave for the machine's disks: sanboot localboot. */
#include "services/boot/disk_commands.h"

#include <errno.h>
#include <stdio.h>

#include "kernel/log.h"
#include "services/boot/boot.h"
#include "services/boot/boot_commands.h"
#include "services/boot/disk.h"
#include "services/command/number.h"
#include "services/command/run.h"
#include "services/firmware/machine.h"
#include "services/image/image.h"
#include "services/trust/trust_check.h"
#include "services/verify/verify_commands.h"

#define DRIVE_DEFAULT 0x80
#define PARTITION_MAX 4096u

enum { OPT_DRIVE, OPT_PARTITION };	/* the others are for drives on other machines, and for UEFI */
enum { OPT_INT18 };

int disk_start(struct boot_disk *d, const struct image *file, const char *who)
{
	char name[40], none[] = "", type[] = "bootsector";
	struct boot_machine m;
	struct boot *b;
	struct boot_why why = { "" };
	snprintf(name, sizeof(name), "drive %02xh", d->drive);
	if (d->partition)
		snprintf(name + 9, sizeof(name) - 9, " partition %u", d->partition);
	int err = disk_load(d, &why);
	if (err < 0)
		return command_fail(err, "%s: %s: %s", who, name, why.text);
	if (!file || d->places->with_sector)
		err = trust_check(&(struct trust_subject){ TRUST_KERNEL, name, "", d->sector, sizeof(d->sector),
							  NULL });
	if (err == 0 && file)
		err = image_may_run(file);
	if (err < 0)
		return err;
	struct image img = {
		.name = name, .args = none, .url = none, .type = type, .reply = none, .disk = d,
		.data = d->sector, .len = sizeof(d->sector), .role = IMAGE_KERNEL, .no_unzip = true,
	};
	if (file) {
		img = *file;
		img.type = type;
		img.disk = d;
		img.no_unzip = true;
	}
	boot_describe_machine(&m);
	err = boot_prepare_image(&m, &img, &b);
	return err < 0 ? err : boot_go(b);
}

static int cmd_sanboot(struct call *c)
{
	static struct boot_disk d;	/* the handover reads it when the stack is gone */
	uint32_t drive = DRIVE_DEFAULT, partition = 0;
	if (c->argc && c->argv[0][0])
		return command_fail(-ENOTSUP, "sanboot: %.80s: there are no SAN drives yet; memdisk boots a disk image "
				    "as a kernel, and sanboot --drive 0x80 without a URL a disk of this machine",
				    c->argv[0]);
	if (command_number(c->opt[OPT_DRIVE], "the drive", &drive) < 0 ||
	    command_number(c->opt[OPT_PARTITION], "the partition", &partition) < 0)
		return -EINVAL;
	if (drive > 0xff || partition > PARTITION_MAX)
		return command_fail(-EINVAL, "sanboot: drives are 0x00 to 0xff, partitions 1 to %u", PARTITION_MAX);
	d.drive = (uint8_t)drive;
	d.partition = partition;
	d.places = NULL;
	return disk_start(&d, NULL, "sanboot");
}

/* As pxelinux has it: -1 is INT 18h, other numbers go to the ROM in AX. */
static int cmd_localboot(struct call *c)
{
	int32_t type = 0;
	if (c->argc && (number_parse(c->argv[0], &type) < 0 || type < 0 || type > 0xffff))
		return command_fail(-EINVAL, "localboot: the type is -1 (INT 18h), or what the ROM is to get in AX");
	if (c->opt[OPT_INT18])
		machine_next_device();
	machine_exit_to_rom(type);
}

const struct command disk_commands[] = {
	{ .name = "sanboot", .max = 8, .run = cmd_sanboot,
	  .options = "d/drive= p/partition= n/no-describe k/keep f/filename= e/extra= l/label= u/uuid=",
	  .usage = "[--drive 0x80] [--partition n]", .help = "boot a disk, or one of its partitions" },
	{ .name = "localboot", .options = "1/int18", .max = 1, .run = cmd_localboot,
	  .usage = "[type | -1]", .help = "back to the ROM with this number; -1: the BIOS's next device" },
	{ 0 },
};
