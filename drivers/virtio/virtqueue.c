/* SPDX-License-Identifier: BSD-2-Clause */
/* See virtqueue.h. */
#include "drivers/virtio/virtqueue.h"

#include <errno.h>

#include "kernel/pages.h"

#define DESC_NEXT 1
#define DESC_WRITE 2			/* by the device */
#define AVAIL_NO_INTERRUPT 1
#define USED_NO_NOTIFY 1

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

struct avail {
	uint16_t flags, index, entry[];
};

struct used {
	uint16_t flags, index;
	struct {
		uint32_t id, len;
	} entry[];
};

size_t virtq_avail_at(unsigned len)
{
	return len * sizeof(struct desc);
}

size_t virtq_used_at(unsigned len)
{
	return (virtq_avail_at(len) + 6 + 2 * len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
}

size_t virtq_memory(unsigned len)
{
	return virtq_used_at(len) + 6 + 8 * len;
}

static struct desc *descs(const struct virtq *q)
{
	return (struct desc *)q->rings;
}

static volatile struct avail *avail(const struct virtq *q)
{
	return (volatile struct avail *)(q->rings + virtq_avail_at(q->len));
}

static const volatile struct used *used(const struct virtq *q)
{
	return (const volatile struct used *)(q->rings + virtq_used_at(q->len));
}

static void barrier(void)
{
	__sync_synchronize();
}

void virtq_init(struct virtq *q, void *rings, unsigned len, unsigned chain)
{
	unsigned slots = len / chain;
	*q = (struct virtq){ .rings = rings, .len = (uint16_t)len, .chain = (uint16_t)chain,
			     .slots = (uint16_t)(slots < VIRTQ_SLOTS ? slots : VIRTQ_SLOTS) };
	for (unsigned i = 0; i < VIRTQ_SLOTS; i++)
		q->room[i] = VIRTQ_OURS;
	avail(q)->flags = AVAIL_NO_INTERRUPT;
}

void virtq_place(struct virtq *q, unsigned slot, const void *at, uint32_t len, uint32_t header, bool device_writes)
{
	struct desc *d = descs(q) + slot * q->chain;
	uint16_t flags = device_writes ? DESC_WRITE : 0;
	uintptr_t addr = (uintptr_t)at;
	d[0] = (struct desc){ .addr = addr, .len = len, .flags = flags };
	if (q->chain == 1)
		return;
	d[1] = (struct desc){ .addr = addr + header, .len = len - header, .flags = flags };
	d[0].len = header;
	d[0].flags |= DESC_NEXT;
	d[0].next = (uint16_t)(slot * q->chain + 1);
}

void virtq_post(struct virtq *q, unsigned slot, uint32_t len)
{
	struct desc *d = descs(q) + slot * q->chain;
	bool writes = d->flags & DESC_WRITE;
	if (q->chain == 1)
		d->len = len;
	else
		d[1].len = len - d->len;
	q->room[slot] = writes ? len : 0;
	avail(q)->entry[q->posted % q->len] = (uint16_t)(slot * q->chain);
	barrier();
	avail(q)->index = ++q->posted;
}

bool virtq_wants_notice(struct virtq *q)
{
	if (q->notified == q->posted)
		return false;
	q->notified = q->posted;
	barrier();			/* what it has been given is to be seen before it is looked whether it sleeps */
	return !(used(q)->flags & USED_NO_NOTIFY);
}

static int broken(struct virtq *q, const char *what)
{
	q->broken = what;
	return -EIO;
}

int virtq_ready(struct virtq *q)
{
	if (q->broken)
		return -EIO;
	uint16_t ready = (uint16_t)(used(q)->index - q->seen);
	if (ready > q->slots)
		return broken(q, "its index of used buffers jumps");
	barrier();
	return ready;
}

int virtq_take(struct virtq *q, uint32_t *len)
{
	const volatile struct used *u = used(q);
	uint32_t id = u->entry[q->seen % q->len].id, slot = id / q->chain;
	*len = u->entry[q->seen % q->len].len;
	if (id % q->chain || slot >= q->slots)
		return broken(q, "it returns a buffer that does not exist");
	if (q->room[slot] == VIRTQ_OURS)
		return broken(q, "it returns a buffer that it has not got");
	/* of what it only reads, some say that they have written it all */
	if (descs(q)[slot * q->chain].flags & DESC_WRITE && *len > q->room[slot])
		return broken(q, "it says that it has written beyond a buffer's end");
	q->room[slot] = VIRTQ_OURS;
	q->seen++;
	return (int)slot;
}

int virtq_free_slot(const struct virtq *q)
{
	for (unsigned i = 0; i < q->slots; i++)
		if (q->room[(q->posted + i) % q->slots] == VIRTQ_OURS)
			return (int)((q->posted + i) % q->slots);
	return -1;
}
