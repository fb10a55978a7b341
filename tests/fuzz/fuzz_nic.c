/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network cards that do what the input says - virtio's, by either interface and
 * with any features, and Intel's: rings, registers and lengths that lie, at any
 * time.  All memory that a driver has given its card is one block of ASan's;
 * what it hands over can be read, and is as long as a frame can be.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/e1000/e1000.h"
#include "drivers/pci/pci.h"
#include "drivers/virtio/virtio_net.h"
#include "kernel/clock.h"
#include "kernel/pages.h"
#include "net/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PORTS 0xc000u
#define MEMORY 0xfe000000u
#define NOTIFY 0x1000u			/* from MEMORY */
#define CONFIG 0x2000u
#define REGS 0x5800u			/* bytes of Intel's registers */
#define FRAME_MOST 65553u
#define OPS_MOST 4000u

struct ring {
	uint8_t *desc, *avail, *used;
	uint16_t len, taken, given;
};

static struct {
	enum { MODERN, LEGACY, INTEL, KINDS } kind;
	uint64_t offers;
	uint8_t status, forced, config[12], generation;		/* forced: bits that are always set in the status */
	uint32_t select, queue;
	struct ring q[2];
	uint32_t regs[REGS / 4];
	bool never_resets;
	uint16_t command;
} d;

static uint8_t *memory;			/* that the driver has; NULL: none */
static size_t memory_len;
static uint64_t now_us;

void *pages_alloc(size_t len)
{
	memory_len = (len + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1);
	assert(!memory);
	memory = aligned_alloc(PAGE_LEN, memory_len);
	assert(memory);
	return memory;
}

void pages_free(void *p, size_t len)
{
	assert(p == memory && len <= memory_len);
	free(memory);
	memory = NULL;
}

uint64_t clock_us(void)
{
	return now_us += 1000;
}

void clock_busy_us(uint32_t us)
{
	now_us += us;
}

bool pci_find(uint16_t vendor, uint16_t device, unsigned nth, uint32_t *function)
{
	(void)vendor;
	(void)device;
	(void)nth;
	(void)function;
	return false;
}

bool pci_reg(uint32_t function, unsigned at, uint32_t *value)
{
	static const uint32_t caps[] = {
		[0x40 / 4] = 0x01105009, 0, 0x0000, 0x38, [0x50 / 4] = 0x02146409, 0, NOTIFY, 0x100, 4,
		[0x64 / 4] = 0x04100009, 0, CONFIG, 12,
	};
	(void)function;
	*value = at >= 0x40 && at / 4 < sizeof caps / sizeof caps[0] ? caps[at / 4] : 0;
	if (at == PCI_COMMAND)
		*value = d.command | (d.kind == MODERN ? 1u << 20 : 0);
	if (at == 0x10)
		*value = d.kind == LEGACY ? PORTS | 1 : MEMORY;
	if (at == 0x34)
		*value = 0x40;
	return true;
}

bool pci_set_reg(uint32_t function, unsigned at, uint16_t value)
{
	(void)function;
	(void)at;
	d.command = value;
	return true;
}

/* What is at that address of the card's, if all of it is the driver's memory; else NULL: it may reach nothing else. */
static uint8_t *reach(uint64_t at, size_t len)
{
	uint64_t from = (uintptr_t)memory;
	bool can = memory && len <= memory_len && at >= from && at - from <= memory_len - len;
	return can ? (uint8_t *)(uintptr_t)at : NULL;
}

static uint32_t virtio_in(uint32_t at)
{
	switch (at) {
	case 0x00:
		return (uint32_t)d.offers;
	case 0x04:
		return d.select < 2 ? (uint32_t)(d.offers >> 32 * d.select) : 0;
	case 0x14:
		return d.status | d.forced;
	case 0x15:
		return d.generation;
	case 0x18:
		return d.q[d.queue].len;
	case 0x1e:
		return d.queue;
	}
	assert(false);
	return 0;
}

/* The legacy registers, by the others' places. */
static uint32_t place_of(uint32_t at)
{
	static const uint8_t place[] = { [0x00] = 0x00, [0x04] = 0x0c, [0x08] = 0x70, [0x0c] = 0x18, [0x0e] = 0x16,
					 [0x10] = 0x71, [0x12] = 0x14 };
	assert(at < sizeof place);
	return place[at];
}

uint32_t pci_in(uint32_t at, unsigned len)
{
	(void)len;
	if (d.kind == INTEL) {
		assert(at - MEMORY < REGS && at % 4 == 0);
		return d.regs[(at - MEMORY) / 4];
	}
	uint32_t config = d.kind == LEGACY ? PORTS + 0x14 : MEMORY + CONFIG;
	if (at >= config) {
		assert(at - config < sizeof d.config);
		return d.config[at - config];
	}
	return virtio_in(d.kind == LEGACY ? place_of(at - PORTS) : at - MEMORY);
}

static void write_status(uint8_t v)
{
	if (!v)
		for (unsigned i = 0; i < 2; i++)
			d.q[i] = (struct ring){ .len = d.q[i].len };
	d.status = v;
}

static void set_half(uint8_t **p, unsigned shift, uint32_t value)
{
	uint64_t v = (uintptr_t)*p;
	v = (v & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value << shift;
	*p = (uint8_t *)(uintptr_t)v;
}

static void virtio_out(uint32_t place, uint32_t value)
{
	struct ring *q = &d.q[d.queue];
	uint8_t **rings[] = { &q->desc, &q->avail, &q->used };
	if (place == 0x14)
		write_status((uint8_t)value);
	else if (place == 0x16)
		d.queue = value & 1;
	else if (place == 0x00)
		d.select = value;
	else if (place >= 0x20 && place < 0x38)
		set_half(rings[(place - 0x20) / 8], place & 4 ? 32 : 0, value);
	else if (place == 0x70) {	/* a page's number; above its 44 bits all addresses here are alike */
		uint64_t high = (uintptr_t)memory & ~(((uint64_t)1 << 44) - 1);
		q->desc = (uint8_t *)(uintptr_t)(high | (uint64_t)value << 12);
		q->avail = q->desc + 16 * q->len;
		q->used = q->desc + ((18u * q->len + 6 + PAGE_LEN - 1) & ~(size_t)(PAGE_LEN - 1));
	}
}

void pci_out(uint32_t at, unsigned len, uint32_t value)
{
	(void)len;
	if (d.kind == INTEL) {
		assert(at - MEMORY < REGS && at % 4 == 0);
		d.regs[(at - MEMORY) / 4] = at == MEMORY && !d.never_resets ? value & ~(1u << 26) : value;
	} else if (d.kind == LEGACY) {
		virtio_out(place_of(at - PORTS), value);
	} else if (at - MEMORY < NOTIFY) {
		virtio_out(at - MEMORY, value);
	} else {
		assert(at - MEMORY < NOTIFY + 0x100);
	}
}

/* --- what a card does */

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void use(struct ring *q, uint32_t id, uint32_t len, int16_t jump)
{
	uint8_t *used = q->len ? reach((uintptr_t)q->used, 6u + 8u * q->len) : NULL;
	if (!used)
		return;
	uint8_t *entry = used + 4 + 8 * (q->given % q->len);
	memcpy(entry, &id, 4);
	memcpy(entry + 4, &len, 4);
	q->given = (uint16_t)(q->given + 1 + jump);
	put16(used + 2, q->given);
}

/* The next buffer that it was given, with these bytes of the input at its beginning: as it should be, but for them. */
static void use_next(struct ring *q, uint32_t len, const uint8_t *head, size_t head_len)
{
	uint8_t *avail = q->len ? reach((uintptr_t)q->avail, 4u + 2u * q->len) : NULL, *desc, *at;
	uint64_t addr;
	if (!avail || q->taken == get16(avail + 2))
		return;
	uint16_t id = get16(avail + 4 + 2 * (q->taken++ % q->len));
	desc = reach((uintptr_t)q->desc + 16u * id, 16);
	assert(id < q->len && desc);
	memcpy(&addr, desc, sizeof addr);
	at = reach(addr, 12);
	assert(at);			/* a driver gives its card none but its own memory */
	if (get16(desc + 12) & 2)
		memcpy(at, head, head_len);
	use(q, id, len, 0);
}

static uint8_t *intel_desc(unsigned base, unsigned at)
{
	return reach(((uint64_t)d.regs[(base + 4) / 4] << 32 | d.regs[base / 4]) + 16 * at, 16);
}

static void act(struct cursor *c)
{
	unsigned op = cur_u8(c) % 8, which = cur_u8(c);
	uint32_t a = cur_le16(c), b = cur_le16(c);
	const uint8_t *head = cur_bytes(c, 12);
	if (!head)
		return;
	if (op == 7)
		d.config[a % sizeof d.config] = (uint8_t)b;
	if (op == 6)
		d.forced = which & 4 ? (uint8_t)a : 0;
	d.never_resets = op == 6 && which & 8;
	if (d.kind == INTEL) {
		uint8_t *desc = intel_desc(which & 1 ? 0x3800 : 0x2800, a % (which & 1 ? 64 : 256));
		if (op < 5 && desc) {
			put16(desc + 8, (uint16_t)b);
			desc[12] = head[0];
			desc[13] = head[1];
		} else if (op == 5) {
			d.regs[a % (REGS / 4)] = cur_le32(c);
		}
		return;
	}
	struct ring *q = &d.q[which & 1];
	if (op < 3)
		use_next(q, b, head, 12);
	else if (op == 3)
		use(q, which & 2 ? a << 16 | b : a, b, 0);
	else if (op == 4)
		use(q, a, b, (int16_t)get16(head));
	else if (op == 5)
		d.generation = (uint8_t)a;
}

/* --- what a driver makes of it */

static void deliver(void *ctx, struct netdev *from, const void *frame, size_t len)
{
	static uint8_t copy[FRAME_MOST];
	(void)ctx;
	(void)from;
	assert(len >= 14 && len <= sizeof copy);
	memcpy(copy, frame, len);
}

static void play(const struct nic_driver *driver, struct cursor *c)
{
	static const uint8_t frame[1514] = { [12] = 8, [14] = 0x45, [23] = 6 };
	struct netdev dev = { .name = "net0" };
	char told[NIC_TOLD_LEN];
	const char *why = NULL;
	struct nic *nic = driver->start(0x18, &dev, &why);
	assert(nic ? memory != NULL && netdev_mac_valid(dev.mac) && dev.mtu >= 576 && dev.mtu <= 1500 : why != NULL);
	if (!nic)
		return;
	driver->tell(nic, told);
	int frames = 0;
	for (unsigned ops = 0; cur_left(c) && ops < OPS_MOST && frames >= 0; ops++) {
		uint8_t what = cur_u8(c);
		if (what & 1)
			act(c);
		if (what & 2)
			driver->transmit(nic, &dev, frame, 14 + what % 4 * 500u);
		if (what & 4)
			now_us += 200000;
		if (what & 8)
			frames = driver->poll(nic, &dev, deliver, NULL, &why);
	}
	assert(frames >= 0 || (frames == -EIO && why));
	assert(driver->stop(nic) == !memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cur_make(data, size);
	memset(&d, 0, sizeof d);
	d.kind = cur_u8(&c) % KINDS;
	d.offers = cur_le64(&c);
	d.q[0].len = cur_le16(&c);
	d.q[1].len = cur_le16(&c);
	for (unsigned i = 0; i < sizeof d.config; i++)
		d.config[i] = cur_u8(&c);
	d.regs[0x0008 / 4] = 0x83;
	memcpy(&d.regs[0x5400 / 4], d.config, 6);
	for (unsigned lives = 0; lives < 2 && cur_left(&c); lives++) {
		play(d.kind == INTEL ? &e1000_driver : &virtio_net_driver, &c);
		free(memory);		/* of one that never ended its reset */
		memory = NULL;
	}
	return 0;
}
