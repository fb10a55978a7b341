/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio's entropy device.  See virtio_rng.h; section numbers are virtio 1.2's. */
#include "drivers/virtio/virtio_rng.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "drivers/virtio/virtio_pci.h"
#include "kernel/clock.h"
#include "kernel/pages.h"

#define DEVICE 0x1005			/* transitional (4.1.2.1): it has the legacy interface, or may have */
#define DEVICE_MODERN 0x1044

#define PCI_COMMAND 0x04		/* its upper half is the status */
#define COMMAND_DECODE 0x03		/* ports and memory */
#define COMMAND_MASTER 0x04
#define STATUS_CAPABILITIES (1u << 20)
#define PCI_BAR 0x10			/* the first of BARS */
#define BARS 6
#define BAR_PORTS 1u
#define BAR_WIDTH 6u
#define BAR_64 4u
#define PCI_CAPABILITIES 0x34
#define CAPABILITY_VENDOR 9
#define CAPABILITIES_MAX 48		/* more have no room */

/* A capability of virtio's (4.1.4): its fields' places, and what it is for. */
#define CAPABILITY_BAR 4
#define CAPABILITY_OFFSET 8
#define CAPABILITY_LENGTH 12
#define NOTIFY_MULTIPLIER 16
#define FOR_COMMON 1
#define FOR_NOTIFY 2

/* Legacy registers (4.1.4.8). */
#define LEGACY_FEATURES 0x04		/* 32 bits, the driver's */
#define LEGACY_QUEUE_PAGE 0x08		/* 32 bits */
#define LEGACY_QUEUE_LEN 0x0c
#define LEGACY_QUEUE_SELECT 0x0e
#define LEGACY_QUEUE_NOTIFY 0x10
#define LEGACY_STATUS 0x12
#define LEGACY_LEN 0x14

/* The common registers of others (4.1.4.3). */
#define FEATURE_SELECT 0x00		/* 32 bits, as are the next three */
#define FEATURE 0x04
#define DRIVER_FEATURE_SELECT 0x08
#define DRIVER_FEATURE 0x0c
#define MODERN_STATUS 0x14		/* 8 bits */
#define QUEUE_SELECT 0x16
#define QUEUE_LEN 0x18
#define QUEUE_ENABLE 0x1c
#define QUEUE_NOTIFY_OFF 0x1e
#define QUEUE_DESC 0x20			/* 64 bits, as are the next two */
#define QUEUE_AVAIL 0x28
#define QUEUE_USED 0x30
#define COMMON_LEN 0x38
#define VERSION_1 1u			/* of features 32 to 63 */

#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER 2
#define STATUS_DRIVER_OK 4
#define STATUS_FEATURES_OK 8

#define QUEUE_MAX 1024u
#define DESC_WRITE 2			/* by the device */
#define AVAIL_NO_INTERRUPT 1
#define WAIT_US 500000u

/* The descriptor that is used, and where the rings lie (2.7). */
struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};
struct ring {
	uint16_t flags, index, entry[];		/* the one of used buffers has 8 bytes an entry */
};

struct device {
	uint32_t function;		/* PCI's */
	uint32_t regs;			/* the legacy ones, or the common ones */
	uint32_t status, notify;	/* where those are */
	uint32_t notify_multiplier, notify_len;
	bool modern;
};

/* Where a base address register leads: 0: nowhere that can be reached. */
static uint32_t bar_base(uint32_t function, unsigned bar)
{
	uint32_t low, high = 0;
	unsigned at = PCI_BAR + 4 * bar;
	if (bar >= BARS || !virtio_pci_read(function, at, &low))
		return 0;
	if (low & BAR_PORTS)
		return low < VIRTIO_PORTS_END ? low & ~3u : 0;
	if ((low & BAR_WIDTH) == BAR_64 && (bar + 1 == BARS || !virtio_pci_read(function, at + 4, &high)))
		return 0;
	return !high && low >= VIRTIO_PORTS_END ? low & ~15u : 0;
}

static bool find_legacy(struct device *d)
{
	d->regs = bar_base(d->function, 0);
	d->status = d->regs + LEGACY_STATUS;
	d->notify = d->regs + LEGACY_QUEUE_NOTIFY;
	return d->regs && d->regs + LEGACY_LEN <= VIRTIO_PORTS_END;
}

/* The capability at `at` says where registers are, and how many bytes: their address, or 0. */
static uint32_t capability_base(const struct device *d, unsigned at, uint32_t *len)
{
	uint32_t bar, offset;
	if (!virtio_pci_read(d->function, at + CAPABILITY_BAR, &bar) ||
	    !virtio_pci_read(d->function, at + CAPABILITY_OFFSET, &offset) ||
	    !virtio_pci_read(d->function, at + CAPABILITY_LENGTH, len))
		return 0;
	uint32_t base = bar_base(d->function, bar & 0xff);
	uint32_t end = base < VIRTIO_PORTS_END ? VIRTIO_PORTS_END : UINT32_MAX;
	return base && (uint64_t)base + offset + *len <= end ? base + offset : 0;
}

/* The first of each kind that can be reached counts (4.1.4). */
static bool find_modern(struct device *d)
{
	uint32_t v, at, common_len = 0;
	*d = (struct device){ .function = d->function, .modern = true };
	if (!virtio_pci_read(d->function, PCI_COMMAND, &v) || !(v & STATUS_CAPABILITIES) ||
	    !virtio_pci_read(d->function, PCI_CAPABILITIES, &at))
		return false;
	for (unsigned n = 0; n < CAPABILITIES_MAX && (at &= 0xfc); n++, at = v >> 8) {
		if (!virtio_pci_read(d->function, at, &v))
			return false;
		if ((v & 0xff) != CAPABILITY_VENDOR)
			continue;
		if (v >> 24 == FOR_COMMON && !d->regs)
			d->regs = capability_base(d, at, &common_len);
		if (v >> 24 == FOR_NOTIFY && !d->notify &&
		    virtio_pci_read(d->function, at + NOTIFY_MULTIPLIER, &d->notify_multiplier))
			d->notify = capability_base(d, at, &d->notify_len);
	}
	d->status = d->regs + MODERN_STATUS;
	return d->regs && common_len >= COMMON_LEN && d->notify;
}

/* Switched on: 0 or -E. */
static int find(struct device *d)
{
	uint32_t command;
	if (!virtio_pci_find(DEVICE, &d->function) && !virtio_pci_find(DEVICE_MODERN, &d->function))
		return -ENODEV;
	if (!find_legacy(d) && !find_modern(d))
		return -ENOTSUP;
	if (!virtio_pci_read(d->function, PCI_COMMAND, &command))
		return -ENOTSUP;
	command |= COMMAND_DECODE | COMMAND_MASTER;
	return virtio_pci_write(d->function, PCI_COMMAND, (uint16_t)command) ? 0 : -ENOTSUP;
}

/* Where the ring of available buffers begins; that of used ones: on the page behind it (2.7.2). */
static size_t avail_at(unsigned queue)
{
	return queue * sizeof(struct desc);
}

static size_t used_at(unsigned queue)
{
	return (avail_at(queue) + 6 + 2 * queue + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
}

static void set_status(const struct device *d, uint8_t status)
{
	virtio_out(d->status, 1, status);
}

/* After it the device does nothing until it is set up; a modern one says when (4.1.4.3.2).  False: it never did. */
static bool reset(const struct device *d)
{
	uint64_t until = clock_us() + WAIT_US;
	set_status(d, 0);
	while (virtio_in(d->status, 1))
		if (clock_us() > until)
			return false;
	return true;
}

/* We want nothing that could be had; of a modern device, that it is one (6.1): whether that is well. */
static bool agree(const struct device *d)
{
	if (!d->modern) {
		virtio_out(d->regs + LEGACY_FEATURES, 4, 0);
		return true;
	}
	virtio_out(d->regs + FEATURE_SELECT, 4, 1);
	if (!(virtio_in(d->regs + FEATURE, 4) & VERSION_1))
		return false;
	for (unsigned half = 0; half < 2; half++) {
		virtio_out(d->regs + DRIVER_FEATURE_SELECT, 4, half);
		virtio_out(d->regs + DRIVER_FEATURE, 4, half ? VERSION_1 : 0);
	}
	set_status(d, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
	return virtio_in(d->status, 1) & STATUS_FEATURES_OK;
}

/* The first queue's length; 0: it has none that will do. */
static unsigned select_queue(struct device *d)
{
	virtio_out(d->regs + (d->modern ? QUEUE_SELECT : LEGACY_QUEUE_SELECT), 2, 0);
	unsigned queue = virtio_in(d->regs + (d->modern ? QUEUE_LEN : LEGACY_QUEUE_LEN), 2);
	if (d->modern) {
		uint64_t off = (uint64_t)d->notify_multiplier * virtio_in(d->regs + QUEUE_NOTIFY_OFF, 2);
		if (off + 2 > d->notify_len)
			return 0;
		d->notify += (uint32_t)off;
	}
	return queue <= QUEUE_MAX && !(queue & (queue - 1)) ? queue : 0;
}

static void out64(uint32_t at, uint64_t value)
{
	virtio_out(at, 4, (uint32_t)value);
	virtio_out(at + 4, 4, (uint32_t)(value >> 32));
}

static void give_queue(const struct device *d, const uint8_t *rings, unsigned queue)
{
	uint64_t at = (uintptr_t)rings;
	if (!d->modern) {
		virtio_out(d->regs + LEGACY_QUEUE_PAGE, 4, (uint32_t)(at / PAGE_LEN));
		set_status(d, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK);
		return;
	}
	out64(d->regs + QUEUE_DESC, at);
	out64(d->regs + QUEUE_AVAIL, at + avail_at(queue));
	out64(d->regs + QUEUE_USED, at + used_at(queue));
	virtio_out(d->regs + QUEUE_ENABLE, 2, 1);
	set_status(d, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK);
}

/* Hands the device a buffer behind the rings again and again, until buf is full or the time is over. */
static int ask(const struct device *dev, uint8_t *rings, unsigned queue, void *buf, size_t len)
{
	struct desc *d = (struct desc *)rings;
	struct ring *avail = (struct ring *)(rings + avail_at(queue));
	volatile struct ring *used = (volatile struct ring *)(rings + used_at(queue));
	uint8_t *in = rings + used_at(queue) + 6 + 8 * queue;
	uint64_t until = clock_us() + WAIT_US;
	size_t have = 0;
	avail->flags = AVAIL_NO_INTERRUPT;
	while (have < len) {
		uint16_t before = used->index;
		*d = (struct desc){ .addr = (uintptr_t)in, .len = (uint32_t)(len - have), .flags = DESC_WRITE };
		avail->entry[avail->index % queue] = 0;
		__asm__ volatile("" : : : "memory");
		avail->index++;
		__asm__ volatile("" : : : "memory");
		virtio_out(dev->notify, 2, 0);
		while (used->index == before)
			if (clock_us() > until)
				return (int)have;
		/* its length: the second half of the entry */
		uint32_t got = *(volatile uint32_t *)((volatile uint8_t *)used + 4 + 8 * (before % queue) + 4);
		if (!got || got > len - have)
			return (int)have;
		memcpy((uint8_t *)buf + have, in, got);
		have += got;
	}
	return (int)have;
}

static int run(struct device *d, void *buf, size_t len)
{
	set_status(d, STATUS_ACKNOWLEDGE);
	set_status(d, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	unsigned queue = agree(d) ? select_queue(d) : 0;
	if (!queue)
		return -ENOTSUP;
	size_t need = used_at(queue) + 6 + 8 * queue + len;
	uint8_t *rings = pages_alloc(need);
	if (!rings)
		return -ENOMEM;
	memset(rings, 0, need);
	give_queue(d, rings, queue);
	int got = ask(d, rings, queue, buf, len);
	if (reset(d))			/* else it may still write there, so that the pages stay its own */
		pages_free(rings, need);
	return got;
}

int virtio_rng_read(void *buf, size_t len)
{
	struct device d = { 0 };
	int err = find(&d);
	if (err < 0)
		return err;
	if (!reset(&d))
		return -EIO;
	int got = run(&d, buf, len);
	if (got < 0)
		reset(&d);
	return got;
}
