/* SPDX-License-Identifier: BSD-2-Clause */
/* Partition tables: MBR, chains of logical partitions, GPT, and damage to each of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>

#include "services/boot/disk.h"

#define SECTORS 64u

static uint8_t disk[SECTORS][DISK_SECTOR];
static uint64_t broken;		/* a sector that cannot be read; 0: none */
static unsigned reads;
static struct boot_disk d;
static struct boot_why why;

static int read_sector(void *ctx, uint64_t lba, uint8_t *sector, struct boot_why *w)
{
	assert_null(ctx);
	reads++;
	if (lba >= SECTORS || (broken && lba == broken))
		return boot_why(w, -EIO, "sector %llu", (unsigned long long)lba);
	memcpy(sector, disk[lba], DISK_SECTOR);
	return 0;
}

static void put(uint8_t *at, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static void sign(unsigned lba)
{
	put(disk[lba] + 510, 0xaa55, 2);
}

static void entry(unsigned lba, unsigned index, uint8_t type, uint32_t first, uint32_t count)
{
	uint8_t *e = disk[lba] + 446 + 16 * index;
	sign(lba);
	e[4] = type;
	put(e + 8, first, 4);
	put(e + 12, count, 4);
}

static int find(unsigned partition)
{
	d = (struct boot_disk){ .drive = 0x80, .partition = partition };
	why.text[0] = '\0';
	reads = 0;
	int rc = disk_find(&d, read_sector, NULL, &why);
	assert_true(rc == 0 || why.text[0]);
	return rc;
}

/* 1: at 10, 2: extended at 20 with 5 at 21, 6 at 31, 7 at 41; 3 is empty, 4 is unsigned. */
static int mbr(void **state)
{
	(void)state;
	memset(disk, 0, sizeof(disk));
	broken = 0;
	entry(0, 0, 0x83, 10, 5);
	entry(0, 1, 0x0f, 20, 40);
	entry(0, 3, 0x07, 60, 1);
	for (unsigned i = 0; i < 3; i++) {
		entry(20 + 10 * i, 0, 0x83, 1, 9);
		if (i < 2)
			entry(20 + 10 * i, 1, 0x05, 10 * (i + 1), 10);
		sign(21 + 10 * i);
		disk[21 + 10 * i][0] = (uint8_t)(5 + i);
	}
	sign(10);
	disk[10][0] = 1;
	return 0;
}

static void whole_disk(void **state)
{
	(void)state;
	assert_int_equal(find(0), 0);
	assert_memory_equal(d.sector, disk[0], DISK_SECTOR);
	assert_int_equal(d.drive, 0x80);
}

static void primaries(void **state)
{
	(void)state;
	assert_int_equal(find(1), 0);
	assert_int_equal(d.first, 10);
	assert_int_equal(d.count, 5);
	assert_int_equal(d.sector[0], 1);
	assert_int_equal(d.handover.entry[0], 0x80);
	assert_int_equal(d.handover.entry[8], 10);
	assert_int_equal(find(3), -ENOENT);
	assert_int_equal(find(4), -ENOEXEC);
}

static void logicals(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(find(5 + i), 0);
		assert_int_equal(d.first, 21 + 10 * i);
		assert_int_equal(d.handover.entry[8], 21 + 10 * i);
		assert_int_equal(d.sector[0], 5 + i);
	}
	assert_int_equal(find(8), -ENOENT);
	assert_int_equal(find(4096), -ENOENT);
}

static void damaged_chains(void **state)
{
	(void)state;
	disk[30][510] = 0;
	assert_int_equal(find(6), -EINVAL);
	sign(30);
	entry(30, 1, 0x05, 0x1000, 10);			/* past the end */
	assert_int_equal(find(7), -EIO);
	entry(30, 1, 0x05, 10, 10);			/* a ring */
	assert_int_equal(find(4096), -ENOENT);
	assert_true(reads < 200);
	entry(30, 0, 0x83, 0xfffffff0, 9);
	assert_int_equal(find(6), -EINVAL);
	entry(0, 0, 0x83, 0, 9);
	assert_int_equal(find(1), -EINVAL);
}

static void unreadable(void **state)
{
	(void)state;
	broken = 10;
	assert_int_equal(find(1), -EIO);
	broken = 20;
	assert_int_equal(find(5), -EIO);
	disk[0][511] = 0;
	assert_int_equal(find(0), -ENOEXEC);
	assert_int_equal(find(1), -ENOEXEC);
}

static uint8_t *gpt_entry(unsigned number, uint32_t entry_len)
{
	return disk[2] + (number - 1) * entry_len;
}

static void seal(void)
{
	put(disk[1] + 16, 0, 4);
	put(disk[1] + 16, crc32(0, disk[1], 92), 4);
}

/* 6 partitions of entry_len bytes each; the second, 5th and 6th are in use: at 40, 41; the last is damaged. */
static void gpt(uint32_t entry_len)
{
	memset(disk, 0, sizeof(disk));
	broken = 0;
	entry(0, 0, 0xee, 1, 63);
	memcpy(disk[1], "EFI PART\0\0\1\0", 12);
	put(disk[1] + 12, 92, 4);
	put(disk[1] + 24, 1, 8);
	put(disk[1] + 72, 2, 8);
	put(disk[1] + 80, 6, 4);
	put(disk[1] + 84, entry_len, 4);
	seal();
	for (unsigned n = 2; n <= 6; n += n == 2 ? 3 : 1) {
		uint8_t *e = gpt_entry(n, entry_len);
		memset(e, (int)n, 32);
		put(e + 32, n == 2 ? 40 : 41, 8);
		put(e + 40, n == 6 ? 40 : 50, 8);
	}
	sign(40);
	sign(41);
}

static void gpt_partitions(void **state)
{
	(void)state;
	for (uint32_t len = 128; len <= 512; len *= 2) {
		gpt(len);
		assert_int_equal(find(2), 0);
		assert_int_equal(d.first, 40);
		assert_int_equal(d.count, 11);
		assert_true(d.gpt);
		assert_int_equal(d.handover.entry[4], DISK_TYPE_GPT);
		assert_int_equal(d.handover.entry[8], 40);
		assert_int_equal(d.handover.gpt_len, 128);
		assert_memory_equal(d.handover.gpt_entry, gpt_entry(2, len), 128);
		assert_int_equal(find(5), 0);
		assert_int_equal(d.first, 41);
		assert_int_equal(find(1), -ENOENT);
		assert_int_equal(find(7), -ENOENT);
		assert_int_equal(find(6), -EINVAL);
		assert_int_equal(find(0), 0);
	}
}

static void gpt_damage(void **state)
{
	(void)state;
	/* what no header may say, each with a good checksum */
	static const struct { uint16_t at; uint8_t bytes; uint64_t value; } bad[] = {
		{ 0, 1, 'e' }, { 12, 4, 91 }, { 12, 4, 513 }, { 24, 8, 2 }, { 72, 8, 1 }, { 80, 4, 5000 },
		{ 84, 4, 64 },
		{ 84, 4, 129 }, { 84, 4, 1024 }, { 84, 4, 0 },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		gpt(128);
		put(disk[1] + bad[i].at, bad[i].value, bad[i].bytes);
		seal();
		assert_int_equal(find(2), -EINVAL);
	}
	gpt(128);
	disk[1][60]++;
	assert_int_equal(find(2), -EINVAL);
	gpt(128);
	put(gpt_entry(2, 128) + 32, UINT64_MAX, 8);
	put(gpt_entry(2, 128) + 40, UINT64_MAX, 8);
	assert_int_equal(find(2), -EINVAL);
	put(gpt_entry(2, 128) + 32, 1ull << 40, 8);
	put(gpt_entry(2, 128) + 40, 1ull << 41, 8);
	assert_int_equal(find(2), -EIO);
	assert_memory_equal(d.handover.entry + 8, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	put(disk[1] + 72, UINT64_MAX - 5000, 8);
	seal();
	assert_int_equal(find(5), -EIO);
	put(disk[1] + 72, UINT64_MAX, 8);
	seal();
	assert_int_equal(find(5), -EINVAL);
}

static int match(struct disk_wanted w)
{
	d = (struct boot_disk){ .drive = 0x80, .partition = w.partition };
	return disk_match(&d, &w, read_sector, NULL, &why);
}

static void by_what_it_is_called(void **state)
{
	(void)mbr(state);
	put(disk[0] + 440, 0x12345678, 4);
	assert_int_equal(match((struct disk_wanted){ .by = DISK_BY_MBR, .mbr = 0x12345678, .partition = 5 }), 0);
	assert_int_equal(d.partition, 5);
	assert_int_equal(match((struct disk_wanted){ .by = DISK_BY_MBR, .mbr = 0x12345679 }), -ENOENT);
	assert_int_equal(match((struct disk_wanted){ .by = DISK_BY_LABEL, .label = "x" }), -ENOENT);
	for (uint32_t len = 128; len <= 512; len *= 2) {
		gpt(len);
		struct disk_wanted w = { .by = DISK_BY_GUID, .partition = 2 };
		memset(w.guid, 0x77, 16);
		assert_int_equal(match(w), -ENOENT);
		memset(disk[1] + 56, 0x77, 16);		/* the disk itself */
		seal();
		assert_int_equal(match(w), 0);
		assert_int_equal(d.partition, 2);
		memset(w.guid, 5, 16);
		assert_int_equal(match(w), 0);
		assert_int_equal(d.partition, 5);
		const char *name = "Data";
		for (unsigned i = 0; i < 4; i++)
			put(gpt_entry(6, len) + 56 + 2 * i, (uint8_t)name[i], 2);
		w = (struct disk_wanted){ .by = DISK_BY_LABEL, .label = "Data" };
		assert_int_equal(match(w), 0);
		assert_int_equal(d.partition, 6);
		strcpy(w.label, "Dat");
		reads = 0;
		assert_int_equal(match(w), -ENOENT);
		assert_int_equal(reads, 2 + (6 * len + DISK_SECTOR - 1) / DISK_SECTOR);	/* no sector twice */
		disk[1][60]++;
		assert_int_equal(match(w), -EINVAL);
	}
}

static void parameter_blocks(void **state)
{
	(void)state;
	static const struct { const char *name; unsigned fats_len, drive_at, end; } kinds[] = {
		{ "FAT", 9, 36, 62 }, { "FAT32", 0, 64, 90 }, { "NTFS    ", 0, 36, 84 },
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint8_t s[DISK_SECTOR] = { 0xeb, 0x58, 0x90 }, other[DISK_SECTOR], plain[DISK_SECTOR];
		struct boot_disk of = { .first = 0x12345678, .heads = 255, .track = 63 };
		memcpy(s + 3, kinds[i].name, strlen(kinds[i].name));
		put(s + 11, 512, 2);
		put(s + 22, kinds[i].fats_len, 2);
		memcpy(other, s, sizeof(other));
		memset(plain, 0x11, sizeof(plain));
		disk_set_bpb(&of, 0x81, s);
		assert_memory_equal(s + 24, "\x3f\x00\xff\x00\x78\x56\x34\x12", 8);
		assert_int_equal(s[kinds[i].drive_at], 0x81);
		of.heads = 0;			/* the BIOS does not tell */
		disk_set_bpb(&of, 0x80, s);
		assert_int_equal(s[26], 255);
		memset(s + kinds[i].end, 0x22, 2);
		memset(s + kinds[i].end - 1, 0x33, 1);
		disk_copy_bpb(s, other);
		assert_memory_equal(s + 11, other + 11, kinds[i].end - 11);
		assert_int_equal(other[kinds[i].end], 0);
		disk_copy_bpb(plain, other);	/* that is no BPB */
		assert_int_equal(other[kinds[i].drive_at], 0x80);
		memcpy(other, plain, sizeof(other));
		disk_copy_bpb(s, other);
		disk_set_bpb(&of, 0x80, other);
		assert_memory_equal(other, plain, sizeof(other));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(whole_disk, mbr), cmocka_unit_test_setup(primaries, mbr),
		cmocka_unit_test_setup(logicals, mbr),
		cmocka_unit_test_setup(damaged_chains, mbr), cmocka_unit_test_setup(unreadable, mbr),
		cmocka_unit_test(gpt_partitions), cmocka_unit_test(gpt_damage),
		cmocka_unit_test(by_what_it_is_called), cmocka_unit_test(parameter_blocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
