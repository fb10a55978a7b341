/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio's network device against a device that the test plays, by the registers and rings of virtio 1.2: what it may
 * do, and lies.  Every buffer that the driver hands over lies in pages under ASan.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/pci/pci.h"
#include "drivers/virtio/virtio_net.h"
#include "kernel/clock.h"
#include "kernel/pages.h"
#include "tests/unit/fake_pages.h"

#define FUNCTION 0x18u
#define MEMORY 0xfe000000u
#define PORTS 0xc000u
#define COMMON MEMORY
#define NOTIFY (MEMORY + 0x1000)
#define CONFIG (MEMORY + 0x2000)
#define LEN 32u				/* of either queue */

#define CSUM_OK 0x2u
#define NEEDS_CSUM 0x1u

struct ring {
	uint8_t *desc, *avail, *used;
	uint16_t taken, given;
	unsigned len, notices;
};

static struct {
	bool legacy;
	uint64_t offers, features, offers_next;		/* offers_next: after the next reset, if it is not 0 */
	uint8_t status, mac[6], link;
	uint16_t mtu;
	uint32_t bar_high, select, driver_select, queue;
	struct ring q[2];
	uint16_t csum_start, csum_offset;	/* in the headers of frames that arrive */
	uint8_t generation, restless;		/* restless: so often its registers change while they are read */
	bool takes_features_back, gone;
	uint16_t command;
} d;

static uint64_t now_us;
static struct netdev dev;
static struct nic *nic;
static uint8_t got[70000];
static size_t got_len;
static unsigned got_frames;
static bool got_checked;

uint64_t clock_us(void)
{
	return now_us += 1000;
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
		[0x40 / 4] = 0x01105009, 4, 0x0000, 0x38, [0x50 / 4] = 0x02146409, 4, 0x1000, 0x100, 4,
		[0x64 / 4] = 0x04100009, 4, 0x2000, 12,
	};
	assert_int_equal(function, FUNCTION);
	*value = 0;
	if (at >= 0x40 && at / 4 < sizeof caps / sizeof caps[0])
		*value = caps[at / 4];
	if (at == PCI_COMMAND)
		*value = d.command | (d.legacy ? 0 : 1u << 20);
	if (at == 0x10 && d.legacy)
		*value = PORTS | 1;
	if (at == 0x20)
		*value = MEMORY | 4;
	if (at == 0x24)
		*value = d.bar_high;
	if (at == 0x34)
		*value = 0x40;
	return true;
}

bool pci_set_reg(uint32_t function, unsigned at, uint16_t value)
{
	assert_true(function == FUNCTION && at == PCI_COMMAND);
	d.command = value;
	return true;
}

static uint32_t config_byte(unsigned at)
{
	if (at < 6)
		return d.mac[at];
	if (at == 6)
		return d.link;
	return at == 10 ? d.mtu & 0xff : at == 11 ? d.mtu >> 8 : 0;
}

static uint32_t read_status(void)
{
	return d.gone ? 0xff : d.status;
}

static uint32_t legacy_in(uint32_t at)
{
	switch (at) {
	case 0x00:
		return (uint32_t)d.offers;
	case 0x0c:
		return d.q[d.queue].len;
	case 0x12:
		return read_status();
	}
	assert_in_range(at, 0x14, 0x1f);
	return config_byte(at - 0x14);
}

uint32_t pci_in(uint32_t at, unsigned len)
{
	(void)len;
	if (at < PCI_PORTS_END)
		return legacy_in(at - PORTS);
	if (at >= CONFIG)
		return config_byte(at - CONFIG);
	switch (at - COMMON) {
	case 0x04:
		return d.select < 2 ? (uint32_t)(d.offers >> 32 * d.select) : 0;
	case 0x14:
		return read_status();
	case 0x15:
		d.generation = (uint8_t)(d.generation + (d.restless ? 1 : 0));
		d.restless = (uint8_t)(d.restless - (d.restless ? 1 : 0));
		return d.generation;
	case 0x18:
		return d.q[d.queue].len;
	case 0x1e:
		return d.queue;
	}
	fail_msg("register 0x%x is read", at);
	return 0;
}

static void reset_device(void)
{
	for (unsigned i = 0; i < 2; i++)
		d.q[i] = (struct ring){ .len = d.q[i].len };
	d.features = 0;
	d.offers = d.offers_next && d.status ? d.offers_next : d.offers;
}

static void write_status(uint32_t v)
{
	if (!v)
		reset_device();
	if (v & 8 && d.takes_features_back)
		v &= ~8u;
	d.status = (uint8_t)v;
}

static void set_half(uint8_t **p, unsigned shift, uint32_t value)
{
	uint64_t v = (uintptr_t)*p;
	v = (v & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value << shift;
	*p = (uint8_t *)(uintptr_t)v;
}

/* Receiving and sending are all that is asked for; a control queue would be the third. */
static uint32_t which_queue(uint32_t value)
{
	assert_true(value < 2);
	return value;
}

/* The upper half of host addresses is lost where a number of a page has 32 bits: all pages have the same. */
static uint8_t *page_at(uint32_t number)
{
	uint8_t *any = pages_alloc(1);
	uintptr_t high = (uintptr_t)any & ~(((uintptr_t)1 << 44) - 1);
	pages_free(any, 1);
	return (uint8_t *)(high | (uintptr_t)number * PAGE_LEN);
}

static void legacy_out(uint32_t at, uint32_t value)
{
	struct ring *q = &d.q[d.queue];
	if (at == 0x04)
		d.features = value;
	else if (at == 0x08) {
		q->desc = page_at(value);
		q->avail = q->desc + 16 * q->len;
		q->used = q->desc + PAGE_LEN;
	} else if (at == 0x0e)
		d.queue = which_queue(value);
	else if (at == 0x10)
		d.q[which_queue(value)].notices++;
	else if (at == 0x12)
		write_status(value);
	else
		fail_msg("port 0x%x is written", at);
}

void pci_out(uint32_t at, unsigned len, uint32_t value)
{
	(void)len;
	if (at < PCI_PORTS_END) {
		legacy_out(at - PORTS, value);
		return;
	}
	struct ring *q = &d.q[d.queue];
	uint8_t **rings[] = { &q->desc, &q->avail, &q->used };
	uint32_t place = at - COMMON;
	if (at >= NOTIFY)
		d.q[which_queue(value)].notices++;
	else if (place >= 0x20 && place < 0x38)
		set_half(rings[(place - 0x20) / 8], place & 4 ? 32 : 0, value);
	else if (place == 0x00)
		d.select = value;
	else if (place == 0x08)
		d.driver_select = value;
	else if (place == 0x0c)
		d.features |= (uint64_t)value << 32 * (d.driver_select & 1);
	else if (place == 0x14)
		write_status(value);
	else if (place == 0x16)
		d.queue = which_queue(value);
	else if (place != 0x1c)
		fail_msg("register 0x%x is written", at);
}

/* --- the device's side of a queue */

static uint16_t get16(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, 2);
	return v;
}

static void put16(uint8_t *p, uint16_t v)
{
	memcpy(p, &v, 2);
}

static int next_head(struct ring *q)
{
	if (q->taken == get16(q->avail + 2))
		return -1;
	return get16(q->avail + 4 + 2 * (q->taken++ % q->len));
}

/* Copies into or out of a chain of descriptors; how many bytes it has in all. */
static size_t chain_copy(struct ring *q, unsigned head, uint8_t *buf, size_t len, bool in)
{
	size_t at = 0;
	for (;;) {
		const uint8_t *desc = q->desc + 16 * head;
		uint64_t addr;
		uint32_t room;
		memcpy(&addr, desc, 8);
		memcpy(&room, desc + 8, 4);
		assert_int_equal(!!(get16(desc + 12) & 2), in);
		size_t part = at < len ? (len - at < room ? len - at : room) : 0;
		if (in && part)
			memcpy((uint8_t *)(uintptr_t)addr, buf + at, part);
		else if (part)
			memcpy(buf + at, (uint8_t *)(uintptr_t)addr, part);
		at += room;
		if (!(get16(desc + 12) & 1))
			return at;
		head = get16(desc + 14);
	}
}

static void use(struct ring *q, uint32_t id, uint32_t len)
{
	uint8_t *entry = q->used + 4 + 8 * (q->given++ % q->len);
	memcpy(entry, &id, 4);
	memcpy(entry + 4, &len, 4);
}

static void publish(struct ring *q)
{
	put16(q->used + 2, q->given);
}

static bool has(unsigned bit)
{
	return d.features >> bit & 1;
}

static size_t header_len(void)
{
	return d.legacy && !has(15) ? 10 : 12;
}

/* A frame, in as many buffers as it needs. */
static void arrives(const uint8_t *frame, size_t len, uint8_t flags, uint8_t gso)
{
	static uint8_t all[70000];
	struct ring *q = &d.q[0];
	size_t header = header_len(), at = 0;
	uint32_t ids[64], lens[64];
	unsigned n = 0;
	memset(all, 0, header);
	all[0] = flags;
	all[1] = gso;
	put16(all + 6, d.csum_start);
	put16(all + 8, d.csum_offset);
	memcpy(all + header, frame, len);
	len += header;
	do {
		int head = next_head(q);
		assert_true(head >= 0 && n < 64);
		uint8_t unused[1];
		size_t room = chain_copy(q, (unsigned)head, unused, 0, true);
		ids[n] = (uint32_t)head;
		lens[n] = (uint32_t)(len - at < room ? len - at : room);
		at += lens[n++];
	} while (at < len);
	if (header == 12)
		put16(all + 10, (uint16_t)n);
	at = 0;
	for (unsigned i = 0; i < n; i++) {
		chain_copy(q, ids[i], all + at, lens[i], true);
		use(q, ids[i], lens[i]);
		at += lens[i];
	}
	publish(q);
}

/* --- the driver's side */

static void deliver(void *ctx, struct netdev *from, const void *frame, size_t len)
{
	(void)ctx;
	memcpy(got, frame, len);
	got_len = len;
	got_frames++;
	got_checked = from->rx_checked;
}

static int poll_it(const char **why)
{
	*why = NULL;
	return virtio_net_driver.poll(nic, &dev, deliver, NULL, why);
}

static int polls(void)
{
	const char *why;
	int frames = poll_it(&why);
	assert_true(frames >= 0);
	return frames;
}

/* It must be said to be broken, in these words, and stay so; nothing was handed over. */
static void is_broken(const char *text)
{
	const char *why;
	got_frames = 0;
	assert_int_equal(poll_it(&why), -EIO);
	assert_string_equal(why, text);
	assert_int_equal(poll_it(&why), -EIO);
	assert_int_equal(got_frames, 0);
}

static const char *starts(void)
{
	const char *why = NULL;
	nic = virtio_net_driver.start(FUNCTION, &dev, &why);
	return why;
}

static int set_up(void **state)
{
	(void)state;
	memset(&d, 0, sizeof d);
	dev = (struct netdev){ .name = "net0" };
	d.offers = UINT64_C(1) << 32 | 1u << 5 | 1u << 16 | 1u << 15 | 1u << 1 | 1u << 7;
	memcpy(d.mac, "\x52\x54\0\1\2\3", 6);
	d.link = 1;
	d.q[0].len = d.q[1].len = LEN;
	got_frames = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (nic)
		assert_true(virtio_net_driver.stop(nic));
	nic = NULL;
	assert_int_equal(fake_pages_held, 0);
	return 0;
}

static const uint8_t *pattern(size_t len)
{
	static uint8_t bytes[70000];
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 251);
	return bytes;
}

static void receives(size_t len)
{
	arrives(pattern(len), len, 0, 0);
	assert_int_equal(polls(), 1);
	assert_int_equal(got_len, len);
	assert_memory_equal(got, pattern(len), len);
	assert_false(got_checked);
}

static void sends(size_t len)
{
	uint8_t buf[2100] = { 1 };
	size_t header = header_len();
	assert_int_equal(virtio_net_driver.transmit(nic, &dev, pattern(len), len), 0);
	int head = next_head(&d.q[1]);
	assert_true(head >= 0);
	assert_int_equal(chain_copy(&d.q[1], (unsigned)head, buf, sizeof buf, false), header + len);
	for (size_t i = 0; i < header; i++)
		assert_int_equal(buf[i], 0);
	assert_memory_equal(buf + header, pattern(len), len);
	use(&d.q[1], (uint32_t)head, 0);
	publish(&d.q[1]);
}

/* More frames each way than the rings are long. */
static void works(void)
{
	assert_null(starts());
	assert_non_null(nic);
	assert_true(dev.link_up && dev.mtu == 1500);
	assert_memory_equal(dev.mac, d.mac, 6);
	assert_true(d.status & 4 && d.q[0].notices == 1 && d.command & PCI_COMMAND_MASTER);
	for (unsigned i = 0; i < 5 * LEN; i++) {
		receives(60 + 9 * i);
		sends(60 + 9 * i);
	}
	assert_int_equal(dev.rx_errors, 0);
}

static void test_modern(void **state)
{
	(void)state;
	char text[NIC_TOLD_LEN];
	works();
	virtio_net_driver.tell(nic, text);
	assert_string_equal(text, "virtio 1, checksums, 64 KiB at once");
}

static void test_legacy(void **state)
{
	for (unsigned any_layout = 0; any_layout < 2; any_layout++)
		for (unsigned mergeable = 0; mergeable < 2; mergeable++) {
			set_up(state);
			d.legacy = true;
			d.offers = 1u << 5 | any_layout << 27 | mergeable << 15;
			works();
			tear_down(state);
		}
}

/* Up to 64 KiB, wherever in the ring it begins; and checksums that need no look. */
static void test_large(void **state)
{
	(void)state;
	assert_null(starts());
	for (unsigned i = 0; i < 40; i++) {
		size_t len = 20000 + 1001 * i;
		arrives(pattern(len), len, i & 1 ? NEEDS_CSUM : CSUM_OK, 1);
		assert_int_equal(polls(), 1);
		assert_true(got_checked && got_len == len);
		assert_memory_equal(got, pattern(len), len);
		receives(64);
	}
	assert_false(dev.rx_checked);
}

/* All that can be offered is: what is understood is taken, and no more. */
static void test_only_what_is_understood(void **state)
{
	const uint64_t understood = 1u << 0 | 1u << 1 | 1u << 3 | 1u << 5 | 1u << 7 | 1u << 15 | 1u << 16 | 1u << 27;
	d.mtu = 1500;
	d.offers = UINT64_MAX;
	assert_null(starts());
	assert_true(d.features == (understood | UINT64_C(3) << 32));
	receives(1514);
	tear_down(state);
	set_up(state);
	d.mtu = 1500;
	d.legacy = true;
	d.offers = UINT32_MAX;
	assert_null(starts());
	assert_true(d.features == understood);
	receives(1514);
}

/* What is offered is another thing each time that it is asked: that counts which was agreed upon last. */
static void test_features_that_change(void **state)
{
	uint64_t all = d.offers;
	d.offers = all & ~(UINT64_C(1) << 15);		/* so that it is asked again, and then has no GUEST_CSUM */
	d.offers_next = all & ~(UINT64_C(1) << 1);
	assert_null(starts());
	assert_true(d.features == (d.offers_next & ~(UINT64_C(1) << 7)));
	arrives(pattern(9000), 9000, CSUM_OK, 0);
	assert_int_equal(polls(), 1);
	assert_memory_equal(got, pattern(9000), 9000);
	assert_false(got_checked);
	tear_down(state);
	set_up(state);
	d.offers = all & ~(UINT64_C(1) << 15);
	d.offers_next = all & UINT32_MAX;
	assert_string_equal(starts(), "it offers the interface of virtio 1, but not its feature");
	set_up(state);
	d.restless = 1;					/* the address is read once more */
	assert_null(starts());
	assert_memory_equal(dev.mac, d.mac, 6);
	tear_down(state);
	set_up(state);
	d.restless = 200;
	assert_string_equal(starts(), "its address is none that a card can have");
	set_up(state);
	assert_null(starts());
	memcpy(d.mac, "\1\1\1\1\1\1", 6);
	d.offers = d.features = 0;
	receives(100);
}

/* Without what it needs, 64 KiB at once are not asked for. */
static void test_features(void **state)
{
	assert_null(starts());
	assert_true(has(7) && has(15) && has(1));
	tear_down(state);
	set_up(state);
	d.offers &= ~(UINT64_C(1) << 15);
	assert_null(starts());
	assert_true(!has(7) && has(1));
	receives(1514);
	tear_down(state);
	set_up(state);
	d.offers |= 1u << 3;
	d.mtu = 1400;
	assert_null(starts());
	assert_int_equal(dev.mtu, 1400);
	tear_down(state);
	d.mtu = 9000;
	assert_null(starts());
	assert_int_equal(dev.mtu, 1500);
}

/* What it is told of a frame that it is to send: 0, or where TCP begins. */
static unsigned summed_at(const uint8_t *frame, size_t len)
{
	uint8_t buf[2100];
	assert_int_equal(virtio_net_driver.transmit(nic, &dev, frame, len), 0);
	int head = next_head(&d.q[1]);
	assert_int_equal(chain_copy(&d.q[1], (unsigned)head, buf, sizeof buf, false), 12 + len);
	assert_memory_equal(buf + 12, frame, len);
	use(&d.q[1], (uint32_t)head, 0);
	publish(&d.q[1]);
	unsigned at = buf[6] | buf[7] << 8;
	assert_int_equal(buf[0], at ? 1 : 0);
	assert_int_equal(buf[8], at ? 16 : 0);
	return at;
}

/* The sum of what is sent: TCP's alone, where it can. */
static void test_sums(void **state)
{
	static const struct { char head[17]; size_t len; unsigned at; } frames[] = {
		{ "\x08\0\x45\0\0\0\0\0\0\0\x40\6", 60, 34 }, { "\x81\0\0\5\x08\0\x45\0\0\0\0\0\0\0\x40\6", 64, 38 },
		{ "\x08\0\x45\0\0\0\0\0\0\0\x40\x11", 60, 0 }, { "\x08\6\x45\0\0\0\0\0\0\0\x40\6", 60, 0 },
		{ "\x08\0\x46\0\0\0\0\0\0\0\x40\6", 60, 0 }, { "\x81\0\0\5\x08\0\x45\0\0\0\0\0\0\0\x40\6", 57, 0 },
		{ "\x08\0\x45\0\0\0\0\0\0\0\x40\6", 1514, 34 },
	};
	(void)state;
	for (unsigned able = 0; able < 2; able++) {
		d.offers |= able;
		assert_null(starts());
		assert_int_equal(dev.tx_sums_tcp, able);
		for (unsigned i = 0; i < sizeof frames / sizeof frames[0]; i++) {
			uint8_t frame[1514] = { 0 };
			memcpy(frame + 12, frames[i].head, 16);
			assert_int_equal(summed_at(frame, frames[i].len), able ? frames[i].at : 0);
		}
		tear_down(NULL);
		set_up(NULL);
	}
}

static void refused(const char *text)
{
	assert_string_equal(starts(), text);
	assert_null(nic);
	assert_int_equal(fake_pages_held, 0);
	set_up(NULL);
}

static void test_refused(void **state)
{
	(void)state;
	d.bar_high = 1;
	refused("its registers lie above 4 GiB");
	d.offers &= UINT32_MAX;
	refused("it offers the interface of virtio 1, but not its feature");
	d.takes_features_back = true;
	refused("it takes back the features that it offered");
	d.mac[0] = 1;
	refused("its address is none that a card can have");
	d.offers &= ~(UINT64_C(1) << 5);
	refused("it has no address");
	d.q[1].len = 0;
	refused("it lacks a queue");
	d.q[0].len = 24;
	refused("a queue's length cannot be");
	d.q[0].len = 1;
	refused("a queue is too short");
	d.gone = true;
	refused("it never ends its reset");
	fake_pages_limit = 0;
	refused("there is no memory for its rings");
	fake_pages_limit = SIZE_MAX;
}

/* By each of the ways that a queue can be laid out. */
enum { MODERN, LEGACY, LEGACY_ONE_DESCRIPTOR, LAYOUTS };

static void starts_as(unsigned layout)
{
	set_up(NULL);
	d.legacy = layout != MODERN;
	if (layout == LEGACY)
		d.offers = 1u << 5 | 1u << 16 | 1u << 15;
	if (layout == LEGACY_ONE_DESCRIPTOR)
		d.offers = 1u << 5 | 1u << 16 | 1u << 27;
	assert_null(starts());
}

static void test_lies(void **state)
{
	static const struct { const char *says; uint32_t id, len, ahead; } lies[] = {
		{ "its index of used buffers jumps", 0, 100, LEN + 1 },
		{ "its index of used buffers jumps", 0, 100, 0xffff },
		{ "it returns a buffer that does not exist", LEN, 100, 1 },
		{ "it returns a buffer that does not exist", UINT32_MAX, 100, 1 },
		{ "it says that it has written beyond a buffer's end", 0, 4097, 1 },
		{ "it says that it has written beyond a buffer's end", 0, UINT32_MAX, 1 },
		{ "it returns a frame without a header", 0, 9, 1 },
		{ "it returns a frame without a header", 0, 0, 1 },
	};
	for (unsigned layout = 0; layout < LAYOUTS; layout++) {
		for (unsigned i = 0; i < sizeof lies / sizeof lies[0]; i++) {
			starts_as(layout);
			use(&d.q[0], lies[i].id, lies[i].len);
			d.q[0].given = (uint16_t)(d.q[0].given + lies[i].ahead - 1);
			publish(&d.q[0]);
			is_broken(lies[i].says);
			tear_down(state);
		}
		for (unsigned i = 0; i < 4; i++) {	/* the same of what was sent, whose length does not matter */
			starts_as(layout);
			use(&d.q[1], lies[i].id, UINT32_MAX);
			d.q[1].given = (uint16_t)(d.q[1].given + lies[i].ahead - 1);
			publish(&d.q[1]);
			assert_int_equal(virtio_net_driver.transmit(nic, &dev, pattern(60), 60), -EIO);
			is_broken(lies[i].says);
			tear_down(state);
		}
	}
	starts_as(LEGACY);
	use(&d.q[0], 1, 100);				/* the second descriptor of a slot's two */
	publish(&d.q[0]);
	is_broken("it returns a buffer that does not exist");
}

/* Of how many buffers a frame is. */
static void test_buffers(void **state)
{
	static const struct { uint16_t says; unsigned returned; } lies[] = {
		{ 0, 1 }, { 2, 1 }, { 3, 2 }, { 0xffff, 1 }, { 0xffff, LEN }, { 18, LEN },
	};
	for (unsigned layout = MODERN; layout <= LEGACY; layout++)
		for (unsigned i = 0; i < sizeof lies / sizeof lies[0]; i++) {
			starts_as(layout);
			for (unsigned n = 0; n < lies[i].returned && n < d.q[0].len / (1 + layout); n++) {
				uint8_t header[12] = { [10] = lies[i].says & 0xff, [11] = lies[i].says >> 8 };
				int head = next_head(&d.q[0]);
				chain_copy(&d.q[0], (unsigned)head, header, sizeof header, true);
				use(&d.q[0], (uint32_t)head, 100);
			}
			publish(&d.q[0]);
			is_broken("it says that a frame is in more buffers than it has returned");
			tear_down(state);
		}
	/* as many as can be, all full: longer than any frame, in a row and over the ring's end */
	starts_as(MODERN);
	for (unsigned i = 1; i <= 4; i++) {
		arrives(pattern(17 * 4096 - 12), 17 * 4096 - 12, 0, 1);
		assert_int_equal(polls(), 0);
		assert_int_equal(dev.rx_errors, i);
	}
	receives(60);
}

/* Twice the same; and what it was never given to read. */
static void test_used_twice(void **state)
{
	(void)state;
	assert_null(starts());
	arrives(pattern(5000), 5000, 0, 0);
	uint32_t first = 0;
	memcpy(d.q[0].used + 4 + 8, &first, 4);		/* the second half is where the first is */
	is_broken("it returns a buffer that it has not got");
	tear_down(state);
	set_up(state);
	assert_null(starts());
	use(&d.q[1], 3, 0);
	publish(&d.q[1]);
	assert_int_equal(virtio_net_driver.transmit(nic, &dev, pattern(60), 60), -EIO);
	is_broken("it returns a buffer that it has not got");
}

/* Frames that make no sense are counted and dropped; the device goes on. */
static void test_bad_frames(void **state)
{
	(void)state;
	uint8_t frame[100] = { 0 };
	assert_null(starts());
	arrives(frame, 13, 0, 0);
	arrives(frame, 60, 0, 3);	/* UDP in pieces was not agreed upon */
	d.csum_start = 50;
	d.csum_offset = 9;
	arrives(frame, 60, NEEDS_CSUM, 0);	/* the sum would be behind its end */
	d.csum_start = d.csum_offset = 0xffff;
	arrives(frame, 60, NEEDS_CSUM, 0);
	assert_int_equal(polls(), 0);
	assert_int_equal(dev.rx_errors, 4);
	receives(60);
	d.csum_start = 42;
	d.csum_offset = 16;
	arrives(frame, 60, NEEDS_CSUM, 0);
	assert_int_equal(polls(), 1);
	assert_true(got_checked);
	d.csum_start = d.csum_offset = 0;
	assert_int_equal(virtio_net_driver.transmit(nic, &dev, frame, 13), -EINVAL);
	assert_int_equal(virtio_net_driver.transmit(nic, &dev, frame, 2048), -EINVAL);
}

/* It sends nothing for two seconds, with a link: the ring fills, and that is loss; then it is broken. */
static void test_never_sends(void **state)
{
	(void)state;
	const char *why;
	assert_null(starts());
	for (unsigned i = 0; i < LEN; i++)
		assert_int_equal(virtio_net_driver.transmit(nic, &dev, pattern(60), 60), 0);
	assert_int_equal(virtio_net_driver.transmit(nic, &dev, pattern(60), 60), -ENOBUFS);
	assert_int_equal(polls(), 0);
	int head = next_head(&d.q[1]);
	use(&d.q[1], (uint32_t)head, 0);
	publish(&d.q[1]);
	assert_int_equal(virtio_net_driver.transmit(nic, &dev, pattern(60), 60), 0);
	d.link = 0;
	for (unsigned i = 0; i < 30; i++, now_us += 200000)	/* without a cable nothing can go out */
		assert_int_equal(polls(), 0);
	d.link = 1;
	for (unsigned i = 0; i < 9; i++, now_us += 200000)
		assert_int_equal(polls(), 0);
	head = next_head(&d.q[1]);
	use(&d.q[1], (uint32_t)head, 0);
	publish(&d.q[1]);
	for (unsigned i = 0; i < 20; i++, now_us += 200000)	/* not full */
		assert_int_equal(polls(), 0);
	assert_int_equal(virtio_net_driver.transmit(nic, &dev, pattern(60), 60), 0);
	for (unsigned i = 0; i < 9; i++, now_us += 200000)
		assert_int_equal(polls(), 0);
	now_us += 1000000;
	assert_int_equal(poll_it(&why), -EIO);
	assert_string_equal(why, "it sends nothing any more");
	uint64_t before = now_us;
	assert_true(virtio_net_driver.stop(nic));
	assert_in_range(now_us - before, 20000, 60000);		/* the last frames had their time */
	nic = NULL;
}

/* Looks come every tenth of a second. */
static void breaks_later(const char *text)
{
	const char *why;
	now_us += 200000;
	assert_int_equal(poll_it(&why), -EIO);
	assert_string_equal(why, text);
}

static void test_link(void **state)
{
	for (unsigned layout = 0; layout < LAYOUTS; layout++) {
		starts_as(layout);
		assert_true(dev.link_up);
		assert_true(virtio_net_driver.stop(nic));
		d.link = 0;
		assert_null(starts());
		assert_false(dev.link_up);
		d.link = 1;
		now_us += 200000;
		polls();
		assert_true(dev.link_up);
		d.link = 0;
		now_us += 200000;
		polls();
		assert_false(dev.link_up);
		d.status |= 0x40;
		breaks_later("it says that it needs a reset");
		tear_down(state);
	}
}

static void test_gone(void **state)
{
	(void)state;
	for (unsigned layout = 0; layout < LAYOUTS; layout++) {
		starts_as(layout);
		d.status = 0;
		breaks_later("it has reset itself");
		d.gone = true;
		breaks_later("it does not answer any more");
		uint64_t before = now_us;
		assert_false(virtio_net_driver.stop(nic));	/* and keeps its memory */
		assert_in_range(now_us - before, 500000, 600000);
		assert_true(fake_pages_held > 0);
		fake_pages_held = 0;
		nic = NULL;
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_modern), TEST(test_legacy), TEST(test_large), TEST(test_features), TEST(test_sums),
		TEST(test_only_what_is_understood), TEST(test_features_that_change), TEST(test_buffers),
		TEST(test_refused), TEST(test_lies), TEST(test_used_twice), TEST(test_bad_frames),
		TEST(test_never_sends), TEST(test_link), TEST(test_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
