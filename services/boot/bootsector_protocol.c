/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A boot sector as a boot protocol: 512 bytes at 0:7C00, DL = drive.  A
 * partition's also gets its table entry: at 0:7BE, where an MBR that has moved
 * to 0:600 has it, with DS:SI and DS:BP pointing there; for GPT EAX = "!GPT",
 * and the GPT's entry behind it (EDD-4).  The PXE ROM is gone by then, and
 * 40:13 says so.
 */
#include <errno.h>
#include <string.h>

#include "kernel/gate.h"
#include "services/boot/disk.h"
#include "services/boot/nbp.h"
#include "services/boot/protocol.h"

#define ENTRY_AT 0x7beu
#define GPT_MAGIC 0x54504721u		/* "!GPT" */
#define DRIVE_DEFAULT 0x80

/* A fetched boot sector is told that it is drive 80h's. */
static const struct boot_disk fetched = { .drive = DRIVE_DEFAULT };

static const struct boot_disk *disk_of(const struct boot *b)
{
	return b->piece[0].img->disk ? b->piece[0].img->disk : &fetched;
}

static int bootsector_open(struct boot *b, struct boot_why *why)
{
	const struct boot_piece *p = &b->piece[0];
	const struct boot_disk *d = disk_of(b);
	if (p->len < DISK_SECTOR || p->len > NBP_LEN_MAX || !disk_signed(p->data))
		return boot_why(why, -ENOEXEC, "it has no boot signature (55 AA at its bytes 510 and 511)");
	int rc = boot_add(b, &(struct handover_item){
		.what = p->img->name, .src = (uint32_t)(uintptr_t)p->data, .len = p->len,
		.dst = NBP_BASE, .fixed = true,
	}, why);
	if (rc >= 0 && d->partition)
		rc = boot_add(b, &(struct handover_item){
			.what = "the partition's entry", .src = (uint32_t)(uintptr_t)&d->handover,
			.len = d->gpt ? sizeof(d->handover) : DISK_ENTRY_LEN, .dst = ENTRY_AT, .fixed = true,
		}, why);
	return rc < 0 ? rc : boot_add_real(b, why);
}

static void bootsector_placed(struct boot *b)
{
	const struct boot_disk *d = disk_of(b);
	uint32_t entry = d->partition ? ENTRY_AT : 0;
	boot_enter_real(b, &(struct real_regs){
		.eax = d->gpt ? GPT_MAGIC : 0, .ebx = d->drive, .edx = d->drive, .esi = entry, .ebp = entry,
		.ip = NBP_BASE, .sp = NBP_BASE, .flags = EFLAGS_IF,
	});
	boot_say_kernel(b, "boot sector", NBP_BASE, NBP_BASE + b->piece[0].len, NBP_BASE);
}

const struct boot_protocol bootsector_protocol = {
	.type = IMAGE_BOOTSECTOR, .real_mode = true, .state_len = 1, .gzip_modules = true,
	.open = bootsector_open, .placed = bootsector_placed, .finish = boot_tell_base_memory,
};
