/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio's entropy device.  See virtio_rng.h; section numbers are virtio 1.2's. */
#include "drivers/virtio/virtio_rng.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "drivers/pci/pci.h"
#include "drivers/virtio/virtio.h"
#include "kernel/clock.h"
#include "kernel/pages.h"

#define DEVICE 0x1005			/* transitional (4.1.2.1): it has the legacy interface, or may have */
#define DEVICE_MODERN 0x1044
#define WAIT_US 500000u

/* Hands the device a buffer behind the rings again and again, until buf is full or the time is over. */
static int ask(const struct virtio *v, struct virtq *q, uint8_t *in, void *buf, size_t len)
{
	uint64_t until = clock_us() + WAIT_US;
	size_t have = 0;
	virtq_place(q, 0, in, (uint32_t)len, 0, true);
	while (have < len) {
		uint32_t got;
		int ready;
		virtq_post(q, 0, (uint32_t)(len - have));
		if (virtq_wants_notice(q))
			virtio_notify(v, 0);
		while (!(ready = virtq_ready(q)))
			if (clock_us() > until)
				return (int)have;
		if (ready < 0 || virtq_take(q, &got) < 0 || !got)
			return (int)have;
		memcpy((uint8_t *)buf + have, in, got);
		have += got;
	}
	return (int)have;
}

static int run(struct virtio *v, void *buf, size_t len)
{
	unsigned queue = virtio_agree(v, 0) == 0 ? virtio_queue_len(v, 0) : 0;
	struct virtq q;
	if (!queue)
		return -ENOTSUP;
	size_t need = virtq_memory(queue) + len;
	uint8_t *rings = pages_alloc(need);
	if (!rings)
		return -ENOMEM;
	memset(rings, 0, need);
	virtq_init(&q, rings, queue, 1);
	virtio_queue_give(v, 0, &q);
	virtio_go(v);
	int got = ask(v, &q, rings + virtq_memory(queue), buf, len);
	if (virtio_reset(v))		/* else it may still write there, so that the pages stay its own */
		pages_free(rings, need);
	return got;
}

int virtio_rng_read(void *buf, size_t len)
{
	struct virtio v = { 0 };
	uint32_t function;
	if (!pci_find(VIRTIO_VENDOR, DEVICE, 0, &function) && !pci_find(VIRTIO_VENDOR, DEVICE_MODERN, 0, &function))
		return -ENODEV;
	int err = virtio_find(&v, function);
	if (err < 0)
		return err;
	if (!virtio_reset(&v))
		return -EIO;
	int got = run(&v, buf, len);
	if (got < 0)
		virtio_reset(&v);
	return got;
}
