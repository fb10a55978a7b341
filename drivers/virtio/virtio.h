/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtio device on PCI, by the interface of virtio 1.x or, where it has only
 * that, the legacy one of 0.9.5: finding its registers, reset, features, and
 * handing it queues (virtqueue.h).  Section numbers are virtio 1.2's.  Pure:
 * the machine is pci.h.  Called by virtio_rng.c and virtio_net.c.
 *
 *	virtio_find(&v, function); virtio_reset(&v);
 *	virtio_agree(&v, wanted); virtio_queue_len(&v, 0); virtio_queue_give(&v, 0, &q);
 *	virtio_go(&v); virtio_notify(&v, 0);
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_H
#define DRIVERS_VIRTIO_VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/virtio/virtqueue.h"

#define VIRTIO_VENDOR 0x1af4
#define VIRTIO_ANY_LAYOUT (UINT64_C(1) << 27)		/* legacy devices: headers need no descriptor of their own */
#define VIRTIO_VERSION_1 (UINT64_C(1) << 32)
#define VIRTIO_ACCESS_PLATFORM (UINT64_C(1) << 33)	/* who is asked for it must take it (6.1) */
#define VIRTIO_QUEUES 2u
#define VIRTIO_GONE 0xffu		/* as status: nobody answers there any more */
#define VIRTIO_NEEDS_RESET 0x40u

struct virtio {
	uint32_t function;		/* PCI's */
	bool modern;
	uint32_t regs;			/* the legacy ones, or the common ones */
	uint32_t status, notify[VIRTIO_QUEUES];		/* where those are */
	uint32_t notify_base, notify_multiplier, notify_len;
	uint32_t config, config_len;	/* the device's own registers; 0: none */
	uint64_t features;		/* agreed upon */
	const char *why;		/* after a failure: what is wrong with it */
};

/* Finds its registers, and switches it on: 0, or -ENOTSUP and v->why. */
int virtio_find(struct virtio *v, uint32_t function);
/* After it the device does nothing until it is set up.  False: it never answered, and may still do what it did. */
bool virtio_reset(struct virtio *v);
/* After reset, and first: of `wanted` what it has becomes v->features.  0, or -ENOTSUP and v->why. */
int virtio_agree(struct virtio *v, uint64_t wanted);
/* How long that queue is: its length, or 0 and v->why where it cannot be used. */
unsigned virtio_queue_len(struct virtio *v, unsigned queue);
/* Tells it where that queue is. */
void virtio_queue_give(struct virtio *v, unsigned queue, const struct virtq *q);
/* All queues are given: it may begin. */
void virtio_go(struct virtio *v);
void virtio_notify(const struct virtio *v, unsigned queue);
/* What it says of itself: VIRTIO_GONE, or the bits of 2.1. */
uint8_t virtio_status(const struct virtio *v);
/* `len` bytes, at the most 8, of its own registers, from `at`: false where it has none there. */
bool virtio_config(const struct virtio *v, unsigned at, uint8_t *buf, unsigned len);

#endif
