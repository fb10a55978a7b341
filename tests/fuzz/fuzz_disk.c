/* SPDX-License-Identifier: BSD-2-Clause */
/* Partition tables: the first byte is the partition, then pairs of a sector number's byte and that sector. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "services/boot/disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
	unsigned reads;
};

static int read_sector(void *ctx, uint64_t lba, uint8_t *sector, struct boot_why *why)
{
	struct input *in = ctx;
	assert(++in->reads < 300);
	memset(sector, 0, DISK_SECTOR);
	for (size_t at = 0; at < in->size; at += 1 + DISK_SECTOR) {
		size_t left = in->size - at - 1;
		if (in->data[at] != (uint8_t)lba)
			continue;
		memcpy(sector, in->data + at + 1, left < DISK_SECTOR ? left : DISK_SECTOR);
		return 0;
	}
	return boot_why(why, -EIO, "none");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct boot_disk d = { .drive = 0x80 };
	struct boot_why why = { "" };
	if (!size)
		return 0;
	struct input in = { .data = data + 1, .size = size - 1 };
	d.partition = data[0];
	int rc = disk_find(&d, read_sector, &in, &why);
	if (rc < 0) {
		assert(why.text[0]);
		return 0;
	}
	assert(disk_signed(d.sector));
	assert(!d.partition || (d.first && d.count && d.handover.entry[0] == 0x80));
	assert(!d.gpt || (d.handover.gpt_len == DISK_GPT_ENTRY_LEN && d.first + d.count > d.first));
	return 0;
}
