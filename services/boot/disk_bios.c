/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks through INT 13h: by block number (EDD 3.0, AH=42h), else by cylinder, head and sector.  See disk.h. */
#include <errno.h>
#include <string.h>

#include "kernel/gate.h"
#include "kernel/paging.h"
#include "kernel/task.h"
#include "services/boot/disk.h"
#include "services/command/run.h"

#define TRIES 4
#define BDA_DISKS 0x75			/* how many hard disks the BIOS has */
#define FIRST_HARD_DISK 0x80u
#define PACKET_AT (R_BUFFER + DISK_SECTOR)	/* in the resident segment: the sector, then the address packet */
#define PARAMETERS_LEN 0x1a

struct drive {
	uint8_t number;
	bool packets;			/* AH=42h works */
	uint32_t heads, sectors;	/* else */
};

struct packet {				/* EDD 3.0, 8.3 */
	uint8_t len, zero;
	uint16_t count;
	struct segoff buffer;
	uint64_t lba;
} __attribute__((packed));

static int int13(const struct drive *d, struct bios_regs *r)
{
	r->intno = 0x13;
	r->edx |= d->number;
	r->ds = gate_seg();
	gate_bios(r);
	return r->flags & EFLAGS_CF ? -EIO : 0;
}

static int no_drive(struct boot_why *why)
{
	return boot_why(why, -ENODEV, "the BIOS has no such drive; it counts %u hard disk%s, from 80h",
			paging_bda_u16(BDA_DISKS) & 0xff, (paging_bda_u16(BDA_DISKS) & 0xff) == 1 ? "" : "s");
}

/* AH=48h: the sector size, where the BIOS tells it. */
static int check_sector_size(const struct drive *d, struct boot_why *why)
{
	uint16_t len = PARAMETERS_LEN, size = 0;
	struct bios_regs r = { .eax = 0x4800, .esi = R_BUFFER };
	memset(gate_ptr(R_BUFFER), 0, PARAMETERS_LEN);
	memcpy(gate_ptr(R_BUFFER), &len, sizeof len);
	if (int13(d, &r) == 0)
		memcpy(&size, gate_ptr(R_BUFFER + 0x18), sizeof size);
	if (size && size != DISK_SECTOR)
		return boot_why(why, -ENOTSUP, "its sectors have %u bytes; only 512 will do", size);
	return 0;
}

static int open_drive(struct drive *d, struct boot_why *why)
{
	struct bios_regs r = { .eax = 0x4100, .ebx = 0x55aa };
	if (d->number >= FIRST_HARD_DISK && int13(d, &r) == 0 && (uint16_t)r.ebx == 0xaa55 && (r.ecx & 1)) {
		d->packets = true;
		return check_sector_size(d, why);
	}
	r = (struct bios_regs){ .eax = 0x0800 };
	if (int13(d, &r) < 0)
		return no_drive(why);
	d->heads = (r.edx >> 8 & 0xff) + 1;
	d->sectors = r.ecx & 0x3f;
	return d->sectors ? 0 : no_drive(why);
}

static int read_packet(const struct drive *d, uint64_t lba, struct bios_regs *r)
{
	struct packet p = { .len = sizeof p, .count = 1, .buffer = { R_BUFFER, gate_seg() }, .lba = lba };
	memcpy(gate_ptr(PACKET_AT), &p, sizeof p);
	*r = (struct bios_regs){ .eax = 0x4200, .esi = PACKET_AT };
	return int13(d, r);
}

static int read_chs(const struct drive *d, uint32_t lba, struct bios_regs *r)
{
	uint32_t track = lba / d->sectors, cylinder = track / d->heads;
	*r = (struct bios_regs){
		.eax = 0x0201, .ebx = R_BUFFER, .es = gate_seg(), .edx = track % d->heads << 8,
		.ecx = (cylinder & 0xff) << 8 | (cylinder >> 8 & 3) << 6 | (lba % d->sectors + 1),
	};
	return int13(d, r);
}

static int read_sector(void *ctx, uint64_t lba, uint8_t *sector, struct boot_why *why)
{
	const struct drive *d = ctx;
	struct bios_regs r = { 0 };
	if (!d->packets && lba >= (uint64_t)1024 * d->heads * d->sectors)
		return boot_why(why, -ERANGE, "sector %llu lies where this BIOS cannot read", (unsigned long long)lba);
	for (unsigned i = 0; i < TRIES; i++) {
		if ((d->packets ? read_packet(d, lba, &r) : read_chs(d, (uint32_t)lba, &r)) == 0) {
			memcpy(sector, gate_ptr(R_BUFFER), DISK_SECTOR);
			return 0;
		}
		struct bios_regs reset = { .eax = 0 };
		int13(d, &reset);
	}
	return boot_why(why, -EIO, "sector %llu cannot be read (INT 13h status %02xh)", (unsigned long long)lba,
			(unsigned)(r.eax >> 8 & 0xff));
}

/* One of the many of a search, which is the shell's: others run, and Ctrl-C ends it. */
static int read_next(void *ctx, uint64_t lba, uint8_t *sector, struct boot_why *why)
{
	task_yield();
	return command_interrupted() ? -EINTR : read_sector(ctx, lba, sector, why);
}

/* AH=08h, which a drive that takes block numbers need not know. */
static void ask_geometry(struct boot_disk *disk)
{
	struct drive d = { .number = disk->drive };
	struct bios_regs r = { .eax = 0x0800 };
	disk->heads = disk->track = 0;
	if (int13(&d, &r) == 0 && r.ecx & 0x3f) {
		disk->heads = (r.edx >> 8 & 0xff) + 1;
		disk->track = r.ecx & 0x3f;
	}
}

int disk_load(struct boot_disk *disk, struct boot_why *why)
{
	struct drive d = { .number = disk->drive };
	int rc = open_drive(&d, why);
	if (rc == 0)
		rc = disk_find(disk, read_sector, &d, why);
	if (rc == 0)
		ask_geometry(disk);
	return rc;
}

int disk_search(struct boot_disk *disk, const struct disk_wanted *w, struct boot_why *why)
{
	unsigned disks = paging_bda_u16(BDA_DISKS) & 0xff;
	disk->drive = w->drive;
	disk->partition = w->partition;
	for (unsigned i = 0; w->by != DISK_BY_NUMBER && i < disks && i < FIRST_HARD_DISK; i++) {
		struct drive d = { .number = (uint8_t)(FIRST_HARD_DISK + i) };
		disk->drive = d.number;
		int rc = open_drive(&d, why);
		if (rc == 0)
			rc = disk_match(disk, w, read_next, &d, why);
		if (rc == 0 || rc == -EINTR)
			return rc;
	}
	return w->by == DISK_BY_NUMBER ? 0 : boot_why(why, -ENOENT, "none of the BIOS's %u hard disks has that", disks);
}
