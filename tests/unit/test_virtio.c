/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio's entropy device, by both of its interfaces: a device as the
 * specification (virtio 1.2) describes it, which checks what it is told, and
 * some that are broken.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/pci/pci.h"
#include "drivers/virtio/virtio_rng.h"
#include "kernel/clock.h"
#include "kernel/pages.h"
#include "tests/unit/fake_pages.h"

#define FUNCTION 0x18u
#define PORTS 0xc040u
#define MEMORY 0xfe000000u		/* the fourth BAR's */
#define COMMON_OFFSET 0x100u
#define NOTIFY_OFFSET 0x3000u
#define NOTIFY_OFF 3u
#define MULTIPLIER 4u
#define QUEUE 8u

static struct {
	bool legacy, modern;
	uint32_t high;			/* of the 64-bit BAR */
	uint32_t ports;			/* a BAR of ports in its place; 0: it is one of memory */
	uint32_t legacy_ports;
	uint32_t device_features;	/* 32 to 63 */
	bool refuses_features, endless_capabilities, slow_reset, zeros, longer;
	enum { RESETS, STUCK, STUCK_LATER } stuck;	/* no reset ever ends; none after it was set up */
	uint32_t common_len, notify_len, notify_off;
	unsigned queue;
	unsigned gives;			/* bytes at a time; 0: it does not answer */
} is;

static struct {
	uint8_t status;
	bool bad;			/* something was done that may not be */
	uint16_t command;
	uint32_t feature_select, driver_select, features[2];
	uint8_t *desc, *avail, *used;
	bool enabled;
	uint16_t taken;			/* of the available ring */
	uint8_t next;			/* byte that it gives */
	unsigned resetting;
} dev;

static uint64_t now_us;

uint64_t clock_us(void)
{
	return now_us += 100;
}

bool pci_find(uint16_t vendor, uint16_t device, unsigned nth, uint32_t *function)
{
	assert_int_equal(vendor, 0x1af4);
	*function = FUNCTION;
	return !nth && (device == 0x1005 ? is.legacy : device == 0x1044 && is.modern && !is.legacy);
}

/* A capability of another's, the common one, then the notifications'. */
static const uint32_t *config(void)
{
	static uint32_t c[64];
	memset(c, 0, sizeof(c));
	c[0x04 / 4] = dev.command | (is.modern ? 0x100000 : 0);
	c[0x10 / 4] = is.legacy ? is.legacy_ports | 1 : 0;
	c[0x20 / 4] = is.ports ? is.ports | 1 : is.modern ? MEMORY | 0xc : 0;
	c[0x24 / 4] = is.high;
	c[0x34 / 4] = 0x40;
	c[0x40 / 4] = 0x00005011;
	c[0x50 / 4] = 0x01106009;
	c[0x54 / 4] = 4;
	c[0x58 / 4] = COMMON_OFFSET;
	c[0x5c / 4] = is.common_len;
	c[0x60 / 4] = is.endless_capabilities ? 0x03106009 : 0x02140009;
	c[0x64 / 4] = 4;
	c[0x68 / 4] = NOTIFY_OFFSET;
	c[0x6c / 4] = is.notify_len;
	c[0x70 / 4] = MULTIPLIER;
	return c;
}

bool pci_reg(uint32_t function, unsigned at, uint32_t *value)
{
	assert_int_equal(function, FUNCTION);
	assert_true(at < 256 && at % 4 == 0);
	*value = config()[at / 4];
	return true;
}

bool pci_set_reg(uint32_t function, unsigned at, uint16_t value)
{
	assert_int_equal(function, FUNCTION);
	assert_int_equal(at, 4);
	dev.command = value;
	return true;
}

static uint16_t get16(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

/* It fills the buffers that are new in the available ring. */
static void answer(void)
{
	for (; is.gives && dev.taken != get16(dev.avail + 2); dev.taken++) {
		uint16_t n = get16(dev.avail + 4 + 2 * (dev.taken % is.queue)), used = get16(dev.used + 2);
		const uint8_t *d = dev.desc + 16 * n;
		uint64_t at;
		uint32_t len, got, id = n;
		memcpy(&at, d, sizeof(at));
		memcpy(&len, d + 8, sizeof(len));
		assert_int_equal(get16(d + 12), 2);	/* for it to write, and the only one */
		got = len < is.gives ? len : is.gives;
		for (uint32_t i = 0; i < got; i++)
			((uint8_t *)(uintptr_t)at)[i] = dev.next++;
		got = is.zeros ? 0 : is.longer ? len + 1 : got;
		memcpy(dev.used + 4 + 8 * (used % is.queue), &id, 4);
		memcpy(dev.used + 4 + 8 * (used % is.queue) + 4, &got, 4);
		used++;
		memcpy(dev.used + 2, &used, 2);
	}
}

static void notify(void)
{
	dev.bad = dev.bad || !(dev.status & 4) || !(dev.command & 4);
	if (!dev.bad)
		answer();
}

static void write_status(uint8_t v)
{
	uint16_t command = dev.command;
	bool stuck = is.stuck == STUCK || (is.stuck == STUCK_LATER && dev.status & 4);
	if (!v) {
		memset(&dev, 0, sizeof(dev));
		dev.command = command;
		dev.resetting = stuck ? UINT_MAX : is.slow_reset ? 5 : 0;
		return;
	}
	if (v & 8 && (is.refuses_features || dev.features[1] != 1 || dev.features[0]))
		v &= (uint8_t)~8u;
	dev.bad = dev.bad || dev.resetting || (v & dev.status) != dev.status || (v & 4 && !dev.used) ||
		  (v & 4 && !is.legacy && (!dev.enabled || !(v & 8)));
	dev.status = v;
}

static uint8_t read_status(void)
{
	if (!dev.resetting)
		return dev.status;
	dev.resetting--;
	return 0xff;
}

/* Both interfaces' registers have one number each: where the modern one has them. */
static uint32_t modern_place(uint32_t at)
{
	static const uint8_t place[] = {
		[0x00] = 0x90, [0x04] = 0x0c, [0x08] = 0x80, [0x0c] = 0x18, [0x0e] = 0x16, [0x12] = 0x14,
	};
	if (at >= MEMORY)
		return at - MEMORY - COMMON_OFFSET;
	at -= PORTS;
	return at < sizeof(place) ? place[at] : 0;
}

uint32_t pci_in(uint32_t at, unsigned len)
{
	assert_true(dev.command & (at < PCI_PORTS_END ? 1 : 2));
	switch (modern_place(at)) {
	case 0x90:
	case 0x04:
		assert_int_equal(len, 4);
		return dev.feature_select == 1 ? is.device_features : 0;
	case 0x14:
		assert_int_equal(len, 1);
		return read_status();
	case 0x18:
		assert_int_equal(len, 2);
		return is.queue;
	case 0x1e:
		assert_int_equal(len, 2);
		return is.notify_off;
	}
	fail_msg("register 0x%x is read", at);
	return 0;
}

/* The upper half of host addresses is lost where a number of a page has 32 bits: all pages have the same. */
static uint8_t *page_at(uint32_t number)
{
	uint8_t *any = pages_alloc(1);
	uintptr_t high = (uintptr_t)any & ~(((uintptr_t)1 << 44) - 1);
	pages_free(any, 1);
	return (uint8_t *)(high | (uintptr_t)number * PAGE_LEN);
}

static void set_half(uint8_t **p, unsigned shift, uint32_t value)
{
	uint64_t v = (uintptr_t)*p;
	v = (v & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value << shift;
	*p = (uint8_t *)(uintptr_t)v;
}

void pci_out(uint32_t at, unsigned len, uint32_t value)
{
	assert_true(dev.command & (at < PCI_PORTS_END ? 1 : 2));
	if (at == PORTS + 0x10 || at == MEMORY + NOTIFY_OFFSET + NOTIFY_OFF * MULTIPLIER) {
		assert_true(len == 2 && !value);
		notify();
		return;
	}
	uint32_t place = modern_place(at);
	assert_int_equal(len, place == 0x14 ? 1 : place == 0x16 || place == 0x1c ? 2 : 4);
	uint8_t **rings[] = { &dev.desc, &dev.avail, &dev.used };
	if (place >= 0x20 && place < 0x38)
		set_half(rings[(place - 0x20) / 8], place & 4 ? 32 : 0, value);
	else if (place == 0x80) {
		dev.desc = page_at(value);
		dev.avail = dev.desc + 16 * is.queue;
		dev.used = dev.desc + PAGE_LEN;
	} else if (place == 0x00)
		dev.feature_select = value;
	else if (place == 0x08)
		dev.driver_select = value;
	else if (place == 0x0c)
		dev.features[dev.driver_select & 1] = value;
	else if (place == 0x14)
		write_status((uint8_t)value);
	else if (place == 0x16)
		assert_int_equal(value, 0);
	else if (place == 0x1c)
		dev.enabled = value == 1;
	else
		fail_msg("register 0x%x is written", at);
}

static int set_up(void **state)
{
	(void)state;
	memset(&is, 0, sizeof(is));
	memset(&dev, 0, sizeof(dev));
	is.legacy_ports = PORTS;
	is.device_features = 1;
	is.common_len = 0x38;
	is.notify_len = 0x1000;
	is.notify_off = NOTIFY_OFF;
	is.queue = QUEUE;
	is.gives = 1000;
	return 0;
}

/* What it gives back; nothing of it may be left. */
static int reads(uint8_t *buf, size_t len)
{
	memset(buf, 0xee, len);
	int got = virtio_rng_read(buf, len);
	assert_false(dev.bad);
	assert_int_equal(dev.status, 0);
	assert_int_equal(fake_pages_held, 0);
	return got;
}

static void gives_all(void)
{
	uint8_t buf[100];
	assert_int_equal(reads(buf, sizeof(buf)), sizeof(buf));
	for (unsigned i = 0; i < sizeof(buf); i++)
		assert_int_equal(buf[i], i);
}

static void test_legacy(void **state)
{
	(void)state;
	is.legacy = true;
	gives_all();
	assert_int_equal(dev.command, 7);
	is.gives = 3;			/* more answers than its rings have entries */
	gives_all();
}

static void test_modern(void **state)
{
	(void)state;
	is.modern = true;
	gives_all();
	assert_int_equal(dev.command, 7);
	is.gives = 3;
	gives_all();
	is.slow_reset = true;
	gives_all();
}

static void test_none(void **state)
{
	uint8_t buf[8];
	(void)state;
	assert_int_equal(reads(buf, sizeof(buf)), -ENODEV);
}

static void refuses(void)
{
	uint8_t buf[8];
	assert_int_equal(reads(buf, sizeof(buf)), -ENOTSUP);
	set_up(NULL);
	is.modern = true;
}

static void test_refused(void **state)
{
	(void)state;
	set_up(NULL);
	is.modern = true;
	is.high = 1;			/* above 4 GiB */
	refuses();
	is.device_features = 0;
	refuses();
	is.refuses_features = true;
	refuses();
	is.endless_capabilities = true;
	refuses();
	is.common_len = 0x37;
	refuses();
	is.common_len = 0xffffff00;	/* beyond the end of all addresses */
	refuses();
	is.ports = 0xff00;		/* beyond that of all ports */
	refuses();
	is.notify_len = NOTIFY_OFF * MULTIPLIER + 1;
	refuses();
	is.notify_off = 0x1000 / MULTIPLIER;
	refuses();
	is.queue = 0;
	refuses();
	is.queue = 6;
	refuses();
	is.queue = 8192;
	refuses();
	set_up(NULL);
	is.legacy = true;
	is.queue = 6;
	refuses();
	set_up(NULL);
	is.legacy = true;
	is.legacy_ports = 0xfff0;
	refuses();
}

static void test_broken(void **state)
{
	uint8_t buf[8];
	for (unsigned legacy = 0; legacy < 2; legacy++) {
		set_up(state);
		is.legacy = legacy;
		is.modern = !legacy;
		is.gives = 0;
		uint64_t begun = now_us;
		assert_int_equal(reads(buf, sizeof(buf)), 0);
		assert_in_range(now_us - begun, 500000, 600000);
		is.gives = 4;
		is.zeros = true;
		assert_int_equal(reads(buf, sizeof(buf)), 0);
		is.zeros = false;
		is.longer = true;
		assert_int_equal(reads(buf, sizeof(buf)), 0);
		is.longer = false;
		fake_pages_limit = 0;
		assert_int_equal(reads(buf, sizeof(buf)), -ENOMEM);
		fake_pages_limit = SIZE_MAX;
	}
}

/* Pages that it may still write into are its own. */
static void test_no_end_of_reset(void **state)
{
	uint8_t buf[8];
	for (unsigned legacy = 0; legacy < 2; legacy++) {
		set_up(state);
		is.legacy = legacy;
		is.modern = !legacy;
		is.stuck = STUCK;
		assert_int_equal(reads(buf, sizeof(buf)), -EIO);
		is.stuck = STUCK_LATER;
		dev.resetting = 0;
		assert_int_equal(virtio_rng_read(buf, sizeof(buf)), sizeof(buf));
		assert_false(dev.bad);
		assert_int_equal(fake_pages_held, 2 * PAGE_LEN);
		fake_pages_held = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_legacy, set_up), cmocka_unit_test_setup(test_modern, set_up),
		cmocka_unit_test_setup(test_none, set_up), cmocka_unit_test_setup(test_refused, set_up),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_no_end_of_reset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
