/* SPDX-License-Identifier: BSD-2-Clause */
/* Partition tables: see disk.h. */
#include "services/boot/disk.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "net/cursor.h"

#define SIGNATURE_AT 510
#define TABLE_AT 446
#define PRIMARIES 4u
#define TYPE_AT 4			/* in an entry: flag, CHS, type, CHS, first, count */
#define ACTIVE 0x80
#define PROTECTIVE 0xee
#define LOGICALS_MAX 128u		/* a chain that does not end is damaged */
#define GPT_HEADER_MIN 92u
#define GPT_ENTRIES_MAX 4096u
#define GUID_LEN 16u
#define GPT_NAME_AT 56u			/* in an entry: the kind's and its own GUID, first, last, attributes, name */
#define GPT_NAME_MAX 36u		/* of UTF-16 */
#define MBR_SIGNATURE_AT 440u
#define CHS_BEYOND "\xfe\xff\xff"	/* "past what CHS can say" */

struct walk {
	disk_read_fn *read;
	void *ctx;
	struct boot_why *why;
	uint64_t entries_at;		/* of a GPT, the sector of entries that is in `sector`; 0: none is */
	uint8_t sector[DISK_SECTOR];
};

struct entry {
	uint8_t type;
	uint32_t first, count;
};

bool disk_signed(const uint8_t *sector)
{
	return sector[SIGNATURE_AT] == 0x55 && sector[SIGNATURE_AT + 1] == 0xaa;
}

static struct entry entry_read(const uint8_t *sector, unsigned index)
{
	struct cursor c = cur_make(sector + TABLE_AT + DISK_ENTRY_LEN * index, DISK_ENTRY_LEN);
	cur_skip(&c, TYPE_AT);
	struct entry e = { .type = cur_u8(&c) };
	cur_skip(&c, 3);
	e.first = cur_le32(&c);
	e.count = cur_le32(&c);
	return e;
}

static bool extended(uint8_t type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

static void put32(uint8_t *at, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static int no_partition(const struct boot_disk *d, struct boot_why *why)
{
	return boot_why(why, -ENOENT, "there is no partition %u", d->partition);
}

/* Takes over the entry that was found in `sector`, absolute now, and active. */
static int take_entry(struct boot_disk *d, const uint8_t *sector, unsigned index, uint64_t base, struct boot_why *why)
{
	struct entry e = entry_read(sector, index);
	if (!e.type || !e.count)
		return no_partition(d, why);
	if (!e.first || base + e.first > UINT32_MAX)
		return boot_why(why, -EINVAL, "partition %u begins nowhere: its table is damaged", d->partition);
	memcpy(d->handover.entry, sector + TABLE_AT + DISK_ENTRY_LEN * index, DISK_ENTRY_LEN);
	d->first = base + e.first;
	d->count = e.count;
	d->handover.entry[0] = ACTIVE;
	put32(d->handover.entry + 8, (uint32_t)d->first);
	return 0;
}

/*
 * Logical partitions: a chain of tables, each with one partition and
 * a link that counts from the extended partition's start.
 */
static int find_logical(struct boot_disk *d, struct walk *w)
{
	uint64_t base = 0, at;
	for (unsigned i = 0; i < PRIMARIES && !base; i++)
		if (extended(entry_read(w->sector, i).type))
			base = entry_read(w->sector, i).first;
	at = base;
	for (unsigned n = PRIMARIES + 1; at && n <= PRIMARIES + LOGICALS_MAX; n++) {
		int rc = w->read(w->ctx, at, w->sector, w->why);
		if (rc < 0)
			return rc;
		if (!disk_signed(w->sector))
			return boot_why(w->why, -EINVAL, "the table of partition %u, in sector %lu, is damaged", n,
					(unsigned long)at);
		if (n == d->partition)
			return take_entry(d, w->sector, 0, at, w->why);
		struct entry link = entry_read(w->sector, 1);
		at = extended(link.type) && link.first ? base + link.first : 0;
	}
	return no_partition(d, w->why);
}

struct gpt {
	uint8_t guid[GUID_LEN];		/* the disk's */
	uint64_t table;
	uint32_t entries, entry_len;
};

static int gpt_header(struct walk *w, struct gpt *g)
{
	int rc = w->read(w->ctx, 1, w->sector, w->why);
	if (rc < 0)
		return rc;
	struct cursor c = cur_make(w->sector, DISK_SECTOR);
	bool good = !memcmp(cur_bytes(&c, 8), "EFI PART", 8);
	cur_skip(&c, 4);
	uint32_t len = cur_le32(&c), sum = cur_le32(&c);
	cur_skip(&c, 4);
	uint64_t here = cur_le64(&c);
	cur_skip(&c, 24);		/* backup, first and last usable sector */
	memcpy(g->guid, cur_bytes(&c, GUID_LEN), GUID_LEN);
	g->table = cur_le64(&c);
	g->entries = cur_le32(&c);
	g->entry_len = cur_le32(&c);
	good = good && len >= GPT_HEADER_MIN && len <= DISK_SECTOR && here == 1;
	if (good) {
		put32(w->sector + 16, 0);
		good = crc32(0, w->sector, len) == sum;
	}
	/* entry lengths are 128 times a power of two; more than a sector is nowhere in use */
	good = good && g->entry_len >= DISK_GPT_ENTRY_LEN && g->entry_len <= DISK_SECTOR &&
	       !(g->entry_len & (g->entry_len - 1)) && g->entries <= GPT_ENTRIES_MAX && g->table > 1 &&
	       g->table < UINT64_MAX - GPT_ENTRIES_MAX;
	return good ? 0 : boot_why(w->why, -EINVAL, "its GUID partition table is damaged");
}

/* Entry n, from 1, in w->sector: 0, and 128 bytes or more in *entry. */
static int gpt_entry(struct walk *w, const struct gpt *g, unsigned n, const uint8_t **entry)
{
	uint32_t at = (n - 1) * g->entry_len;
	uint64_t lba = g->table + at / DISK_SECTOR;
	int rc = lba == w->entries_at ? 0 : w->read(w->ctx, lba, w->sector, w->why);
	w->entries_at = rc == 0 ? lba : 0;
	*entry = w->sector + at % DISK_SECTOR;
	return rc;
}

static int find_gpt(struct boot_disk *d, struct walk *w)
{
	static const uint8_t unused[16];
	const uint8_t *entry;
	struct gpt g;
	int rc = gpt_header(w, &g);
	if (rc < 0)
		return rc;
	if (d->partition > g.entries)
		return no_partition(d, w->why);
	rc = gpt_entry(w, &g, d->partition, &entry);
	if (rc < 0)
		return rc;
	struct cursor c = cur_make(entry, DISK_GPT_ENTRY_LEN);
	if (!memcmp(cur_bytes(&c, 16), unused, 16))
		return no_partition(d, w->why);
	cur_skip(&c, 16);
	d->first = cur_le64(&c);
	uint64_t last = cur_le64(&c);
	if (d->first < 2 || last < d->first || last == UINT64_MAX)
		return boot_why(w->why, -EINVAL, "partition %u begins nowhere: its table is damaged", d->partition);
	d->count = last - d->first + 1;
	d->gpt = true;
	struct disk_handover *h = &d->handover;
	h->entry[0] = ACTIVE;
	memcpy(h->entry + 1, CHS_BEYOND, 3);
	h->entry[TYPE_AT] = DISK_TYPE_GPT;
	memcpy(h->entry + 5, CHS_BEYOND, 3);
	put32(h->entry + 8, d->first > UINT32_MAX ? UINT32_MAX : (uint32_t)d->first);
	put32(h->entry + 12, d->count > UINT32_MAX ? UINT32_MAX : (uint32_t)d->count);
	h->gpt_len = DISK_GPT_ENTRY_LEN;
	memcpy(h->gpt_entry, entry, DISK_GPT_ENTRY_LEN);
	return 0;
}

static bool is_gpt(const uint8_t *sector)
{
	for (unsigned i = 0; i < PRIMARIES; i++)
		if (entry_read(sector, i).type == PROTECTIVE)
			return true;
	return false;
}

static int find_partition(struct boot_disk *d, struct walk *w)
{
	if (is_gpt(w->sector))
		return find_gpt(d, w);
	if (d->partition > PRIMARIES)
		return find_logical(d, w);
	return take_entry(d, w->sector, d->partition - 1, 0, w->why);
}

int disk_find(struct boot_disk *d, disk_read_fn *read, void *ctx, struct boot_why *why)
{
	struct walk w = { .read = read, .ctx = ctx, .why = why };
	d->gpt = false;
	d->first = d->count = 0;
	memset(&d->handover, 0, sizeof(d->handover));
	int rc = read(ctx, 0, w.sector, why);
	if (rc < 0)
		return rc;
	if (!disk_signed(w.sector))
		return boot_why(why, -ENOEXEC, "its first sector has no boot signature (55 AA)");
	if (d->partition)
		rc = find_partition(d, &w);
	if (rc == 0)
		rc = read(ctx, d->first, d->sector, why);
	if (rc == 0 && !disk_signed(d->sector))
		return boot_why(why, -ENOEXEC, "partition %u's first sector has no boot signature (55 AA)",
				d->partition);
	return rc;
}

/* ---- by what it is called ---- */

static bool has_name(const uint8_t *entry, const char *label)
{
	size_t len = strlen(label);
	for (size_t i = 0; i < GPT_NAME_MAX; i++) {
		unsigned c = entry[GPT_NAME_AT + 2 * i] | entry[GPT_NAME_AT + 2 * i + 1] << 8;
		if (c != (i < len ? (unsigned char)label[i] : 0))
			return false;
		if (!c)
			break;
	}
	return true;
}

/* The disk itself, or the first of its partitions, that is called so. */
static int match_gpt(struct boot_disk *d, const struct disk_wanted *w, struct walk *walk)
{
	struct gpt g;
	int rc = gpt_header(walk, &g);
	if (rc == 0 && w->by == DISK_BY_GUID && !memcmp(g.guid, w->guid, GUID_LEN))
		return 0;
	for (unsigned n = 1; rc == 0 && n <= g.entries; n++) {
		const uint8_t *entry;
		rc = gpt_entry(walk, &g, n, &entry);
		if (rc == 0 && (w->by == DISK_BY_GUID ? !memcmp(entry + GUID_LEN, w->guid, GUID_LEN) :
				has_name(entry, w->label))) {
			d->partition = n;
			return 0;
		}
	}
	return rc < 0 ? rc : -ENOENT;
}

int disk_match(struct boot_disk *d, const struct disk_wanted *w, disk_read_fn *read, void *ctx, struct boot_why *why)
{
	struct walk walk = { .read = read, .ctx = ctx, .why = why };
	int rc = read(ctx, 0, walk.sector, why);
	if (rc < 0)
		return rc;
	d->partition = w->partition;
	if (w->by == DISK_BY_MBR) {
		struct cursor c = cur_make(walk.sector + MBR_SIGNATURE_AT, 4);
		return disk_signed(walk.sector) && cur_le32(&c) == w->mbr ? 0 : -ENOENT;
	}
	return is_gpt(walk.sector) ? match_gpt(d, w, &walk) : -ENOENT;
}
