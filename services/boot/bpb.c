/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The BIOS parameter block of FAT's and NTFS' boot sectors (Microsoft's FAT specification 1.03), as far as it tells of
 * the disk: see disk.h.
 */
#include <string.h>

#include "services/boot/disk.h"

#define BYTES_AT 11			/* of a sector */
#define FATS_LEN_AT 22			/* sectors of a FAT; 0: FAT32, or NTFS */
#define TRACK_AT 24
#define HEADS_AT 26
#define HIDDEN_AT 28
#define DRIVE_AT 36			/* FAT12, FAT16, NTFS */
#define DRIVE_32_AT 64
#define END_AT 62
#define END_32_AT 90
#define NTFS_END_AT 84

static bool has_bpb(const uint8_t *s)
{
	unsigned bytes = s[BYTES_AT] | s[BYTES_AT + 1] << 8;
	bool jump = s[0] == 0xe9 || (s[0] == 0xeb && s[2] == 0x90);
	return jump && bytes >= 128 && bytes <= 4096 && !(bytes & (bytes - 1));
}

static bool is_ntfs(const uint8_t *s)
{
	return !memcmp(s + 3, "NTFS    ", 8);
}

static bool is_fat32(const uint8_t *s)
{
	return !is_ntfs(s) && !s[FATS_LEN_AT] && !s[FATS_LEN_AT + 1];
}

static void put16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)v;
	at[1] = (uint8_t)(v >> 8);
}

void disk_set_bpb(const struct boot_disk *d, uint8_t drive, uint8_t *s)
{
	if (!has_bpb(s))
		return;
	put16(s + HIDDEN_AT, (uint32_t)d->first);
	put16(s + HIDDEN_AT + 2, (uint32_t)d->first >> 16);
	if (d->heads && d->track) {
		put16(s + TRACK_AT, d->track);
		put16(s + HEADS_AT, d->heads);
	}
	s[is_fat32(s) ? DRIVE_32_AT : DRIVE_AT] = drive;
}

void disk_copy_bpb(const uint8_t *from, uint8_t *to)
{
	if (!has_bpb(from) || !has_bpb(to) || is_ntfs(from) != is_ntfs(to) || is_fat32(from) != is_fat32(to))
		return;
	unsigned end = is_ntfs(from) ? NTFS_END_AT : is_fat32(from) ? END_32_AT : END_AT;
	memcpy(to + BYTES_AT, from + BYTES_AT, end - BYTES_AT);
}
