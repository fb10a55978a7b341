/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A boot sector as a boot protocol: 512 bytes at 0:7C00, DL = drive.  A
 * partition's also gets its table entry: at 0:7BE, where an MBR that has moved
 * to 0:600 has it, with DS:SI and DS:BP pointing there; for GPT EAX = "!GPT",
 * and the GPT's entry behind it (EDD-4).  The PXE ROM is gone by then, and
 * 40:13 says so.  In its place a file may be started that is told of the
 * disk, at other addresses (chain.c32's options, disk.h).
 */
#include <errno.h>
#include <string.h>

#include "kernel/gate.h"
#include "services/boot/disk.h"
#include "services/boot/nbp.h"
#include "services/boot/protocol.h"
#include "services/boot/swap.h"

#define ENTRY_AT 0x7beu
#define GPT_MAGIC 0x54504721u		/* "!GPT" */
#define DRIVE_DEFAULT 0x80
#define KIB 1024u

/* A fetched boot sector is told that it is drive 80h's. */
static const struct boot_disk fetched = { .drive = DRIVE_DEFAULT };

static const struct boot_disk *disk_of(const struct boot *b)
{
	return b->piece[0].img->disk ? b->piece[0].img->disk : &fetched;
}

/* What chain.c32's options make of it: places, and what is in memory besides. */
struct sector {
	const struct disk_places *places;	/* NULL: the usual ones */
	struct boot_disk *disk;			/* a copy, whose sector has been changed */
	uint8_t *file;				/* what is started in the file's place, or NULL */
	uint8_t *swap;				/* or NULL */
	int swap_item;
	uint8_t drive;				/* as it is told */
};

static const struct disk_places usual = { .file = { 0, NBP_BASE, NBP_BASE }, .hand = true };

static uint32_t linear(const struct disk_place *p)
{
	return (uint32_t)p->seg * 16 + p->off;
}

static bool overlap(uint32_t a, uint32_t a_len, uint32_t b, uint32_t b_len)
{
	return a < b + b_len && b < a + a_len;
}

static int add_swap(struct boot *b, const struct boot_disk *d, struct boot_why *why)
{
	struct sector *s = b->state;
	uint8_t first = d->drive & 0x80;
	if (!s->places->swap || d->drive == first)
		return 0;
	s->drive = first;
	s->swap = boot_buffer(b, "the drives' swap", SWAP_CODE_LEN, why);
	if (!s->swap)
		return -ENOMEM;
	memcpy(s->swap, swap_code, SWAP_CODE_LEN);
	s->swap[SWAP_DRIVES_AT] = d->drive;
	s->swap[SWAP_DRIVES_AT + 1] = first;
	return s->swap_item = boot_add(b, &(struct handover_item){
		.what = "the drives' swap", .src = (uint32_t)(uintptr_t)s->swap, .len = SWAP_CODE_LEN,
	}, why);
}

/* The swap lies at the top, where base memory can end before it. */
static int bootsector_place(struct boot *b, struct boot_why *why)
{
	const struct sector *s = b->state;
	struct handover_item *swap = &b->plan.item[s->swap_item];
	if (!s->swap)
		return 0;
	if (handover_find(&b->plan, KIB, KIB, BOOT_LOW, BOOT_LOW_END, true, &swap->dst) < 0)
		return boot_why(why, -ENOMEM, "base memory has no room for the drives' swap");
	swap->fixed = true;
	return 0;
}

/* The sector as it is to be, and where it lies if somebody wants it. */
static int add_sector(struct boot *b, struct boot_why *why)
{
	struct sector *s = b->state;
	const struct disk_places *p = s->places;
	const struct boot_piece *file = &b->piece[0];
	bool alone = file->data == disk_of(b)->sector;	/* there is no file: it is the sector itself that is started */
	s->disk = boot_buffer(b, "the boot sector", sizeof(*s->disk), why);
	if (!s->disk)
		return -ENOMEM;
	*s->disk = *disk_of(b);
	if (p->set_bpb || (alone && p->file_bpb))
		disk_set_bpb(s->disk, s->drive, s->disk->sector);
	if (p->patch)
		memcpy(s->disk->sector + 3, p->patch, strlen(p->patch) + 1);
	if (alone) {
		s->file = s->disk->sector;
	} else if ((p->file_bpb || p->copy_bpb) && file->len >= DISK_SECTOR) {
		s->file = boot_buffer(b, "the file", file->len, why);
		if (!s->file)
			return -ENOMEM;
		memcpy(s->file, file->data, file->len);
		if (p->copy_bpb)
			disk_copy_bpb(s->disk->sector, s->file);
		if (p->file_bpb)
			disk_set_bpb(s->disk, s->drive, s->file);
	}
	if (!p->with_sector)
		return 0;
	if (overlap(linear(&p->sector), DISK_SECTOR, linear(&p->file), file->len))
		return boot_why(why, -EINVAL, "the file and the boot sector would lie in one place");
	return boot_add(b, &(struct handover_item){
		.what = "the boot sector", .src = (uint32_t)(uintptr_t)s->disk->sector, .len = DISK_SECTOR,
		.dst = linear(&p->sector), .fixed = true,
	}, why);
}

/* Where the partition's entry lies is free. */
static bool has_entry(const struct boot *b)
{
	const struct sector *s = b->state;
	const struct disk_places *p = s->places;
	return p->hand && disk_of(b)->partition &&
	       !overlap(ENTRY_AT, sizeof(struct disk_handover), linear(&p->file), b->piece[0].len) &&
	       !(p->with_sector && overlap(ENTRY_AT, sizeof(struct disk_handover), linear(&p->sector), DISK_SECTOR));
}

static int bootsector_open(struct boot *b, struct boot_why *why)
{
	const struct boot_piece *p = &b->piece[0];
	const struct boot_disk *d = disk_of(b);
	struct sector *s = b->state;
	s->places = d->places ? d->places : &usual;
	s->drive = d->drive;
	bool sector = linear(&s->places->file) == NBP_BASE;
	if (sector && (p->len < DISK_SECTOR || !disk_signed(p->data)))
		return boot_why(why, -ENOEXEC, "it has no boot signature (55 AA at its bytes 510 and 511)");
	if (!p->len || p->len > NBP_LEN_MAX)
		return boot_why(why, -EFBIG, "it has %lu bytes; base memory holds %lu at the most",
				(unsigned long)p->len, (unsigned long)NBP_LEN_MAX);
	int rc = add_swap(b, d, why);
	if (rc >= 0 && d->places)
		rc = add_sector(b, why);
	if (rc >= 0)
		rc = boot_add(b, &(struct handover_item){
			.what = p->img->name, .src = (uint32_t)(uintptr_t)(s->file ? s->file : p->data), .len = p->len,
			.dst = linear(&s->places->file), .fixed = true,
		}, why);
	if (rc >= 0 && has_entry(b))
		rc = boot_add(b, &(struct handover_item){
			.what = "the partition's entry", .src = (uint32_t)(uintptr_t)&d->handover,
			.len = d->gpt ? sizeof(d->handover) : DISK_ENTRY_LEN, .dst = ENTRY_AT, .fixed = true,
		}, why);
	return rc < 0 ? rc : boot_add_real(b, why);
}

static void put_next(uint8_t *at, const struct real_regs *regs)
{
	memcpy(at, &regs->ip, sizeof(regs->ip));
	memcpy(at + sizeof(regs->ip), &regs->cs, sizeof(regs->cs));
}

static void bootsector_placed(struct boot *b)
{
	const struct boot_disk *d = disk_of(b);
	const struct sector *s = b->state;
	const struct disk_places *p = s->places;
	bool entry = has_entry(b);
	uint32_t at = entry ? ENTRY_AT : 0, file = linear(&p->file);
	struct real_regs regs = {
		.eax = d->gpt && entry ? GPT_MAGIC : 0, .ebx = s->drive, .edx = s->drive, .esi = at, .ebp = at,
		.cs = p->file.seg, .ip = p->file.ip, .sp = NBP_BASE, .flags = EFLAGS_IF,
	};
	if (p->with_sector && !p->hptr) {
		regs.ds = p->sector.seg;
		regs.esi = regs.ebp = p->sector.off;
	}
	if (s->swap) {
		put_next(s->swap + SWAP_NEXT_AT, &regs);
		regs.cs = (uint16_t)(b->plan.item[s->swap_item].dst >> 4);
		regs.ip = 0;
	}
	boot_enter_real(b, &regs);
	boot_say_kernel(b, "boot sector", file, file + b->piece[0].len, (uint32_t)p->file.seg * 16 + p->file.ip);
}

const struct boot_protocol bootsector_protocol = {
	.type = IMAGE_BOOTSECTOR, .real_mode = true, .state_len = sizeof(struct sector), .gzip_modules = true,
	.open = bootsector_open, .place = bootsector_place, .placed = bootsector_placed,
	.finish = boot_tell_base_memory,
};
