/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Disks to boot from: finding a partition in an MBR, its chain of extended
 * partitions, or a GUID partition table (UEFI 2.10, chapter 5).  Pure: sectors
 * come through a callback.  Leaves out the GPT's backup copy and the checksum
 * of its entries.
 *
 * Called by disk_bios.c.
 */
#ifndef SERVICES_BOOT_DISK_H
#define SERVICES_BOOT_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "services/boot/why.h"

#define DISK_SECTOR 512u
#define DISK_ENTRY_LEN 16u		/* an MBR's entry */
#define DISK_GPT_ENTRY_LEN 128u
#define DISK_TYPE_GPT 0xed		/* the type of the MBR entry that stands for a GPT's */

/* What a partition's boot sector is told by DS:SI: the MBR's entry, and for GPT what follows it (EDD-4, "!GPT"). */
struct disk_handover {
	uint8_t entry[DISK_ENTRY_LEN];
	uint32_t gpt_len;		/* DISK_GPT_ENTRY_LEN */
	uint8_t gpt_entry[DISK_GPT_ENTRY_LEN];
} __attribute__((packed));

/* A boot sector's origin. */
struct boot_disk {
	uint8_t drive;			/* INT 13h's number */
	/* 0: the whole disk; MBR: 1 to 4, logical ones from 5; GPT: the entry's number from 1 */
	unsigned partition;
	bool gpt;
	uint64_t first, count;		/* sectors; 0 for the whole disk */
	struct disk_handover handover;
	uint8_t sector[DISK_SECTOR];	/* the boot sector */
};

/* Reads one sector: 0, or -E with the reason in why. */
typedef int disk_read_fn(void *ctx, uint64_t lba, uint8_t *sector, struct boot_why *why);

/* True if it ends in 55 AA. */
bool disk_signed(const uint8_t *sector);
/*
 * Fills d (but for drive) for d->partition, boot sector included:
 * 0; -ENOENT (no such partition, no partition table), -ENOEXEC (no boot
 * signature), -EINVAL (a damaged table), or read's error.
 */
int disk_find(struct boot_disk *d, disk_read_fn *read, void *ctx, struct boot_why *why);

/* From the BIOS (disk_bios.c): everything about d->drive, d->partition, or -E with the reason.  Target only. */
int disk_load(struct boot_disk *d, struct boot_why *why);

#endif
