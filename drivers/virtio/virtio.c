/* SPDX-License-Identifier: BSD-2-Clause */
/* See virtio.h. */
#include "drivers/virtio/virtio.h"

#include <errno.h>
#include <string.h>

#include "drivers/pci/bar.h"
#include "drivers/pci/pci.h"
#include "kernel/clock.h"
#include "kernel/pages.h"

#define CAPABILITY_VENDOR 9

/* A capability of virtio's (4.1.4): its fields' places, and what it is for. */
#define CAPABILITY_BAR 4
#define CAPABILITY_OFFSET 8
#define CAPABILITY_LENGTH 12
#define NOTIFY_MULTIPLIER 16
#define FOR_COMMON 1
#define FOR_NOTIFY 2
#define FOR_DEVICE 4

/* Legacy registers (4.1.4.8). */
#define LEGACY_DEVICE_FEATURES 0x00	/* 32 bits */
#define LEGACY_FEATURES 0x04		/* 32 bits, the driver's */
#define LEGACY_QUEUE_PAGE 0x08		/* 32 bits */
#define LEGACY_QUEUE_LEN 0x0c
#define LEGACY_QUEUE_SELECT 0x0e
#define LEGACY_QUEUE_NOTIFY 0x10
#define LEGACY_STATUS 0x12
#define LEGACY_LEN 0x14			/* behind it the device's own, while MSI-X is off */
#define LEGACY_CONFIG_LEN 12

/* The common registers of others (4.1.4.3). */
#define FEATURE_SELECT 0x00		/* 32 bits, as are the next three */
#define FEATURE 0x04
#define DRIVER_FEATURE_SELECT 0x08
#define DRIVER_FEATURE 0x0c
#define MODERN_STATUS 0x14		/* 8 bits, as is the next */
#define CONFIG_GENERATION 0x15
#define QUEUE_SELECT 0x16
#define QUEUE_LEN 0x18
#define QUEUE_ENABLE 0x1c
#define QUEUE_NOTIFY_OFF 0x1e
#define QUEUE_DESC 0x20			/* 64 bits, as are the next two */
#define QUEUE_AVAIL 0x28
#define QUEUE_USED 0x30
#define COMMON_LEN 0x38

#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER 2u
#define STATUS_DRIVER_OK 4u
#define STATUS_FEATURES_OK 8u

#define WAIT_US 500000u
#define CONFIG_TRIES 5			/* at registers that change while they are read */

static int refuse(struct virtio *v, const char *why)
{
	v->why = why;
	return -ENOTSUP;
}

static bool find_legacy(struct virtio *v)
{
	const char *why = v->why;
	*v = (struct virtio){ .function = v->function };
	v->regs = pci_bar(v->function, 0, &v->why);
	v->why = why ? why : v->why;	/* what is wrong with the better interface says more */
	v->status = v->regs + LEGACY_STATUS;
	v->config = v->regs + LEGACY_LEN;
	v->config_len = LEGACY_CONFIG_LEN;
	return v->regs && v->config + v->config_len <= PCI_PORTS_END;
}

/* The capability at `at` says where registers are, and how many bytes: their address, or 0. */
static uint32_t capability_base(struct virtio *v, unsigned at, uint32_t *len)
{
	uint32_t bar, offset;
	if (!pci_reg(v->function, at + CAPABILITY_BAR, &bar) ||
	    !pci_reg(v->function, at + CAPABILITY_OFFSET, &offset) ||
	    !pci_reg(v->function, at + CAPABILITY_LENGTH, len))
		return 0;
	uint32_t base = pci_bar(v->function, bar & 0xff, &v->why);
	uint32_t end = base < PCI_PORTS_END ? PCI_PORTS_END : UINT32_MAX;
	return base && (uint64_t)base + offset + *len <= end ? base + offset : 0;
}

/* The first of each kind that can be reached counts (4.1.4). */
static bool find_modern(struct virtio *v)
{
	uint32_t at, head, common_len = 0;
	*v = (struct virtio){ .function = v->function, .modern = true };
	for (unsigned n = 0; pci_capability(v->function, CAPABILITY_VENDOR, n, &at, &head); n++) {
		unsigned what = head >> 24;
		if (what == FOR_COMMON && !v->regs)
			v->regs = capability_base(v, at, &common_len);
		if (what == FOR_NOTIFY && !v->notify_base &&
		    pci_reg(v->function, at + NOTIFY_MULTIPLIER, &v->notify_multiplier))
			v->notify_base = capability_base(v, at, &v->notify_len);
		if (what == FOR_DEVICE && !v->config)
			v->config = capability_base(v, at, &v->config_len);
	}
	v->status = v->regs + MODERN_STATUS;
	return v->regs && common_len >= COMMON_LEN && v->notify_base;
}

int virtio_find(struct virtio *v, uint32_t function)
{
	v->function = function;
	if (!find_modern(v) && !find_legacy(v))
		return refuse(v, v->why ? v->why : "its registers are not where they should be");
	if (!pci_command(function, PCI_COMMAND_DECODE | PCI_COMMAND_MASTER, 0))
		return refuse(v, "the PCI BIOS does not switch it on");
	return 0;
}

static void set_status(const struct virtio *v, unsigned status)
{
	pci_out(v->status, 1, status);
}

uint8_t virtio_status(const struct virtio *v)
{
	return (uint8_t)pci_in(v->status, 1);
}

/* A modern one says when it is done (4.1.4.3.2). */
bool virtio_reset(struct virtio *v)
{
	uint64_t until = clock_us() + WAIT_US;
	set_status(v, 0);
	while (virtio_status(v))
		if (clock_us() > until) {
			v->why = "it never ends its reset";
			return false;
		}
	return true;
}

static unsigned features_ok(const struct virtio *v)
{
	return v->modern ? STATUS_FEATURES_OK : 0;
}

static uint64_t offered(const struct virtio *v)
{
	uint64_t all = 0;
	if (!v->modern)
		return pci_in(v->regs + LEGACY_DEVICE_FEATURES, 4);
	for (unsigned half = 0; half < 2; half++) {
		pci_out(v->regs + FEATURE_SELECT, 4, half);
		all |= (uint64_t)pci_in(v->regs + FEATURE, 4) << 32 * half;
	}
	return all;
}

int virtio_agree(struct virtio *v, uint64_t wanted)
{
	set_status(v, STATUS_ACKNOWLEDGE);
	set_status(v, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	v->features = offered(v) & (wanted | (v->modern ? VIRTIO_VERSION_1 | VIRTIO_ACCESS_PLATFORM : 0));
	if (!v->modern) {
		pci_out(v->regs + LEGACY_FEATURES, 4, (uint32_t)v->features);
		return 0;
	}
	if (!(v->features & VIRTIO_VERSION_1))
		return refuse(v, "it offers the interface of virtio 1, but not its feature");
	for (unsigned half = 0; half < 2; half++) {
		pci_out(v->regs + DRIVER_FEATURE_SELECT, 4, half);
		pci_out(v->regs + DRIVER_FEATURE, 4, (uint32_t)(v->features >> 32 * half));
	}
	set_status(v, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
	if (!(virtio_status(v) & STATUS_FEATURES_OK))
		return refuse(v, "it takes back the features that it offered");
	return 0;
}

unsigned virtio_queue_len(struct virtio *v, unsigned queue)
{
	pci_out(v->regs + (v->modern ? QUEUE_SELECT : LEGACY_QUEUE_SELECT), 2, queue);
	unsigned len = pci_in(v->regs + (v->modern ? QUEUE_LEN : LEGACY_QUEUE_LEN), 2);
	v->notify[queue] = v->regs + LEGACY_QUEUE_NOTIFY;
	if (v->modern) {
		uint64_t off = (uint64_t)v->notify_multiplier * pci_in(v->regs + QUEUE_NOTIFY_OFF, 2);
		if (off + 2 > v->notify_len) {
			v->why = "a queue's notifications would go beyond its registers";
			return 0;
		}
		v->notify[queue] = v->notify_base + (uint32_t)off;
	}
	if (len && len <= VIRTQ_LEN_MAX && !(len & (len - 1)))
		return len;
	v->why = len ? "a queue's length cannot be" : "it lacks a queue";
	return 0;
}

static void out64(uint32_t at, uint64_t value)
{
	pci_out(at, 4, (uint32_t)value);
	pci_out(at + 4, 4, (uint32_t)(value >> 32));
}

void virtio_queue_give(struct virtio *v, unsigned queue, const struct virtq *q)
{
	uint64_t at = (uintptr_t)q->rings;
	pci_out(v->regs + (v->modern ? QUEUE_SELECT : LEGACY_QUEUE_SELECT), 2, queue);
	if (!v->modern) {
		pci_out(v->regs + LEGACY_QUEUE_PAGE, 4, (uint32_t)(at / PAGE_LEN));
		return;
	}
	out64(v->regs + QUEUE_DESC, at);
	out64(v->regs + QUEUE_AVAIL, at + virtq_avail_at(q->len));
	out64(v->regs + QUEUE_USED, at + virtq_used_at(q->len));
	pci_out(v->regs + QUEUE_ENABLE, 2, 1);
}

void virtio_go(struct virtio *v)
{
	set_status(v, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK | features_ok(v));
}

void virtio_notify(const struct virtio *v, unsigned queue)
{
	pci_out(v->notify[queue], 2, queue);
}

bool virtio_config(const struct virtio *v, unsigned at, uint8_t *buf, unsigned len)
{
	uint8_t generation;
	if (!v->config || at + len > v->config_len)
		return false;
	for (unsigned tries = 0; tries < CONFIG_TRIES; tries++) {
		generation = v->modern ? (uint8_t)pci_in(v->regs + CONFIG_GENERATION, 1) : 0;
		for (unsigned i = 0; i < len; i++)
			buf[i] = (uint8_t)pci_in(v->config + at + i, 1);
		if (!v->modern || pci_in(v->regs + CONFIG_GENERATION, 1) == generation)
			return true;
	}
	return false;
}
