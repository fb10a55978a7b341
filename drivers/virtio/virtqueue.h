/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A split virtqueue (virtio 1.2, 2.7), the driver's side: buffers of one place
 * each, a slot, that are handed to the device and come back.  A slot is one
 * descriptor, or two in a row where a legacy device wants a header apart
 * (5.1.6.1); its memory stays the same for all its life.  Pure.  What a
 * device writes is believed in nothing: an index, a number or a length that
 * cannot be ends in -EIO and q->broken, and the queue is not to be used again.
 *
 * The memory is the caller's: VIRTQ_MEMORY(len) bytes on a page boundary, zeroed.
 */
#ifndef DRIVERS_VIRTIO_VIRTQUEUE_H
#define DRIVERS_VIRTIO_VIRTQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIRTQ_LEN_MAX 4096u
#define VIRTQ_SLOTS 256u		/* that are used at the most, however long the queue is */

struct virtq {
	uint8_t *rings;
	uint16_t len;			/* descriptors; a power of two */
	uint16_t slots, chain;		/* slots in use, and descriptors of each: 1 or 2 */
	uint16_t posted;		/* of the ring of available buffers: its index */
	uint16_t seen;			/* of that of used ones */
	uint16_t notified;		/* `posted` when the device was last told */
	uint32_t room[VIRTQ_SLOTS];	/* bytes that it may write there; VIRTQ_OURS: it has not got that slot */
	const char *broken;		/* what it has done that cannot be */
};

#define VIRTQ_OURS UINT32_MAX

/* Where the rings of available and of used buffers begin, from the descriptors; and how long all is (2.7.2). */
size_t virtq_avail_at(unsigned len);
size_t virtq_used_at(unsigned len);
size_t virtq_memory(unsigned len);

/* A new queue, as long as the device says; no slot is handed over.  chain: descriptors of each slot. */
void virtq_init(struct virtq *q, void *rings, unsigned len, unsigned chain);
/* Where a slot is.  For the device to write, or to read; header: bytes of the first descriptor, where there are two. */
void virtq_place(struct virtq *q, unsigned slot, const void *at, uint32_t len, uint32_t header, bool device_writes);
/* Hands a slot over: to be written up to its length, or `len` bytes to be read.  It is the device's. */
void virtq_post(struct virtq *q, unsigned slot, uint32_t len);
/* True if the device wants to be told of what was posted since it was last told. */
bool virtq_wants_notice(struct virtq *q);
/* How many slots have come back and were not taken: or -EIO. */
int virtq_ready(struct virtq *q);
/* The next of those, of which there is one: its slot, and *len, the bytes written; or -EIO. */
int virtq_take(struct virtq *q, uint32_t *len);
/* A slot that the device has not got, or -1. */
int virtq_free_slot(const struct virtq *q);

#endif
