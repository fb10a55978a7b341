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

/* Where in real mode something is put, and where it is entered. */
struct disk_place {
	uint16_t seg, off, ip;
};

/* A file that is started in a boot sector's place (chain.c32's options), and what it is told. */
struct disk_places {
	struct disk_place file, sector;
	bool with_sector;		/* the sector goes to memory, too */
	bool hand;			/* the partition's entry as well, where nothing else lies */
	bool hptr;			/* DS:SI points to that, not to the sector */
	bool set_bpb, file_bpb, copy_bpb;	/* BPBs are to be right: the sector's, the file's, the file's from it */
	bool swap;			/* the drive and the first of its kind change places */
	const char *patch;		/* written behind the sector's jump, or NULL */
};

enum disk_by { DISK_BY_NUMBER, DISK_BY_MBR, DISK_BY_GUID, DISK_BY_LABEL };

/* Which disk and partition somebody means. */
struct disk_wanted {
	enum disk_by by;
	uint8_t drive;
	unsigned partition;		/* 0: the whole; by GUID and label as is found */
	uint32_t mbr;			/* the signature of its MBR */
	uint8_t guid[16];		/* the disk's or a partition's, as it stands on the disk */
	char label[37];			/* a GPT partition's name, in ASCII */
};

/* A boot sector's origin. */
struct boot_disk {
	uint8_t drive;			/* INT 13h's number */
	/* 0: the whole disk; MBR: 1 to 4, logical ones from 5; GPT: the entry's number from 1 */
	unsigned partition;
	bool gpt;
	uint64_t first, count;		/* sectors; 0 for the whole disk */
	struct disk_handover handover;
	uint8_t sector[DISK_SECTOR];	/* the boot sector */
	uint32_t heads, track;		/* as the BIOS tells: heads, and sectors of a track; 0: unknown */
	const struct disk_places *places;	/* NULL: it is the sector that is started, at 0:7C00 */
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

/* Sets d->partition if this disk is the one that is wanted: 0, -ENOENT or another -E. */
int disk_match(struct boot_disk *d, const struct disk_wanted *w, disk_read_fn *read, void *ctx, struct boot_why *why);
/*
 * What a sector or its image says of the disk is made to agree with it, where there is a BPB of FAT's or NTFS': hidden
 * sectors, geometry, the drive's number.
 */
void disk_set_bpb(const struct boot_disk *d, uint8_t drive, uint8_t *sector);
/* Another sector's BPB is written into this one, where both have one of the same kind. */
void disk_copy_bpb(const uint8_t *from, uint8_t *to);

/* From the BIOS: d->drive and d->partition are those that are wanted, or -E with the reason.  Target only. */
int disk_search(struct boot_disk *d, const struct disk_wanted *w, struct boot_why *why);
/* From the BIOS (disk_bios.c): everything about d->drive, d->partition, or -E with the reason.  Target only. */
int disk_load(struct boot_disk *d, struct boot_why *why);

#endif
