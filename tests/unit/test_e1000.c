/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intel's cards against one that the test plays, by the manual's registers and descriptors: what it may do, and lies.
 * Every buffer that the driver hands over lies in pages under ASan.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/e1000/e1000.h"
#include "drivers/pci/pci.h"
#include "kernel/clock.h"
#include "kernel/pages.h"
#include "tests/unit/fake_pages.h"

#define FUNCTION 0x20u
#define MEMORY 0xfeb80000u
#define RX 256u
#define TX 64u

static uint64_t now_us;
static struct {
	uint64_t late_address;		/* when the EEPROM has been read; 0: at once */
	bool deaf;			/* a reset has just begun */
	uint32_t regs[0x5800 / 4];
	bool never_resets, gone;
	uint32_t bar_high, bar;		/* bar: in its place; 0: the usual one */
	uint16_t command;
	unsigned rx_at, tx_at, tells;
} d;

static struct netdev dev;
static struct nic *nic;
static uint8_t got[2048];
static size_t got_len;
static bool got_checked, endless;	/* endless: while a frame is looked at, the whole ring fills anew */

uint64_t clock_us(void)
{
	if (d.late_address && now_us > d.late_address)
		d.regs[0x5400 / 4] = 0x00005452;
	return now_us += 1000;
}

void clock_busy_us(uint32_t us)
{
	d.deaf = false;
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
	assert_int_equal(function, FUNCTION);
	*value = at == PCI_COMMAND ? d.command : at == 0x14 ? d.bar_high : 0;
	if (at == 0x10)
		*value = d.bar ? d.bar : MEMORY | (d.bar_high ? 4 : 0);
	return true;
}

bool pci_set_reg(uint32_t function, unsigned at, uint16_t value)
{
	assert_true(function == FUNCTION && at == PCI_COMMAND);
	d.command = value;
	return true;
}

static uint32_t *reg(uint32_t at)
{
	assert_true(at - MEMORY < sizeof d.regs && at % 4 == 0);
	return &d.regs[(at - MEMORY) / 4];
}

#define REG(at) (*reg(MEMORY + (at)))

uint32_t pci_in(uint32_t at, unsigned len)
{
	assert_int_equal(len, 4);
	assert_false(d.deaf);
	return d.gone ? UINT32_MAX : *reg(at);
}

void pci_out(uint32_t at, unsigned len, uint32_t value)
{
	assert_int_equal(len, 4);
	assert_false(d.deaf);
	*reg(at) = value;
	d.deaf = at == MEMORY && value & 1u << 26;
	if (at == MEMORY && !d.never_resets)
		*reg(at) &= ~(1u << 26);
	if (at == MEMORY + 0x2810)
		d.rx_at = value;
	if (at == MEMORY + 0x3810)
		d.tx_at = value;
	d.tells += at == MEMORY + 0x2818;
}

/* --- the card's side */

static uint8_t *descriptor(unsigned base, unsigned at)
{
	return (uint8_t *)(uintptr_t)((uint64_t)REG(base + 4) << 32 | REG(base)) + 16 * at;
}

/* A frame, if there is a slot for it; said to be `len` bytes long. */
static bool arrives(const uint8_t *frame, size_t len, uint8_t status, uint8_t errors, uint16_t said)
{
	uint64_t addr;
	if (d.rx_at == REG(0x2818) || !(REG(0x0100) & 2))
		return false;
	uint8_t *desc = descriptor(0x2800, d.rx_at);
	memcpy(&addr, desc, 8);
	memcpy((uint8_t *)(uintptr_t)addr, frame, len);
	memcpy(desc + 8, &said, 2);
	desc[13] = errors;
	desc[12] = status | 1;
	d.rx_at = (d.rx_at + 1) % RX;
	return true;
}

/* The next frame that it is to send: its length; 0 if there is none. */
static size_t fetches(uint8_t *buf, bool done)
{
	uint64_t addr;
	uint16_t len;
	if (d.tx_at == REG(0x3818))
		return 0;
	uint8_t *desc = descriptor(0x3800, d.tx_at);
	memcpy(&addr, desc, 8);
	memcpy(&len, desc + 8, 2);
	assert_int_equal(desc[11], 0x0b);
	memcpy(buf, (uint8_t *)(uintptr_t)addr, len);
	desc[12] = done;
	d.tx_at = (d.tx_at + 1) % TX;
	return len;
}

static void fill_all(void)
{
	for (unsigned i = 0; i < RX; i++) {
		uint8_t *desc = descriptor(0x2800, i);
		memset(desc + 8, 0xff, 8);
		memcpy(desc + 8, "\x3c\0", 2);
		desc[12] = 3;
		desc[13] = 0;
	}
}

/* --- the driver's side */

static void deliver(void *ctx, struct netdev *from, const void *frame, size_t len)
{
	(void)ctx;
	if (endless)
		fill_all();
	memcpy(got, frame, len);
	got_len = len;
	got_checked = from->rx_checked;
}

static int polls(const char **why)
{
	return e1000_driver.poll(nic, &dev, deliver, NULL, why);
}

static const char *starts(void)
{
	const char *why = NULL;
	nic = e1000_driver.start(FUNCTION, &dev, &why);
	return nic ? NULL : why;
}

static int set_up(void **state)
{
	(void)state;
	memset(&d, 0, sizeof d);
	dev = (struct netdev){ .name = "net0" };
	REG(0x0008) = 0x83;
	REG(0x5400) = 0x00005452;
	REG(0x5404) = 0x80000201;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (nic) {
		assert_true(e1000_driver.stop(nic));
		assert_int_equal(REG(0x0100) & 2, 0);
		assert_int_equal(REG(0x0400) & 2, 0);
	}
	nic = NULL;
	assert_int_equal(fake_pages_held, 0);
	return 0;
}

static const uint8_t *pattern(size_t len)
{
	static uint8_t bytes[2048];
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i * 7 + len);
	return bytes;
}

static void receives(size_t len, uint8_t status, uint8_t errors, bool checked)
{
	const char *why;
	assert_true(arrives(pattern(len), len, status, errors, (uint16_t)len));
	assert_int_equal(polls(&why), 1);
	assert_int_equal(got_len, len);
	assert_memory_equal(got, pattern(len), len);
	assert_int_equal(got_checked, checked);
}

static void drops(size_t len, uint8_t status, uint8_t errors)
{
	const char *why;
	uint32_t before = dev.rx_errors;
	assert_true(arrives(pattern(len), len, status, errors, (uint16_t)len));
	assert_int_equal(polls(&why), 0);
	assert_int_equal(dev.rx_errors, before + 1);
}

/* More frames each way than the rings are long. */
static void test_works(void **state)
{
	(void)state;
	uint8_t buf[2048];
	char text[NIC_TOLD_LEN];
	assert_null(starts());
	e1000_driver.tell(nic, text);
	assert_string_equal(text, "1000 Mb/s, full duplex");
	assert_true(dev.link_up && dev.mtu == 1500 && d.command & PCI_COMMAND_MASTER);
	assert_memory_equal(dev.mac, "\x52\x54\0\0\1\2", 6);
	for (unsigned i = 0; i < 3 * RX; i++) {
		size_t len = 60 + i;
		receives(len, 2, 0, false);
		assert_int_equal(e1000_driver.transmit(nic, &dev, pattern(len), len), 0);
		assert_int_equal(fetches(buf, true), len);
		assert_memory_equal(buf, pattern(len), len);
	}
	assert_int_equal(fetches(buf, true), 0);
}

/* As many as it has slots for, in one poll; it hears of free ones not for each. */
static void test_burst(void **state)
{
	(void)state;
	const char *why;
	unsigned n = 0;
	assert_null(starts());
	for (unsigned turn = 0; turn < 5; turn++) {
		for (n = 0; arrives(pattern(1514), 1514, 2, 0, 1514); n++)
			;
		assert_int_equal(n, RX - 1);
		d.tells = 0;
		assert_int_equal(polls(&why), n);
		assert_in_range(d.tells, 8, 10);
	}
}

static void test_checksums(void **state)
{
	(void)state;
	assert_null(starts());
	receives(100, 2 | 0x20, 0, true);
	receives(100, 2 | 0x20 | 4, 0, false);	/* "ignore" */
	receives(100, 2 | 0x20, 0x20, false);	/* wrong: the stack shall see and count it */
	receives(100, 2 | 0x20, 0x40, false);
	receives(100, 2, 0, false);
	drops(100, 2, 1);		/* the CRC */
	drops(13, 2, 0);
	drops(1000, 0, 0);		/* one that goes on, and its rest */
	drops(100, 2, 0);
	receives(100, 2, 0, false);
}

static void test_never_sends(void **state)
{
	(void)state;
	const char *why;
	uint8_t buf[2048];
	assert_null(starts());
	for (unsigned i = 0; i < TX - 1; i++)
		assert_int_equal(e1000_driver.transmit(nic, &dev, pattern(60), 60), 0);
	assert_int_equal(e1000_driver.transmit(nic, &dev, pattern(60), 60), -ENOBUFS);
	assert_int_equal(fetches(buf, false), 60);
	assert_int_equal(e1000_driver.transmit(nic, &dev, pattern(60), 60), -ENOBUFS);
	*(descriptor(0x3800, 0) + 12) = 1;
	assert_int_equal(e1000_driver.transmit(nic, &dev, pattern(60), 60), 0);
	REG(0x0008) = 0x81;
	for (unsigned i = 0; i < 30; i++, now_us += 200000)	/* without a cable nothing can go out */
		assert_int_equal(polls(&why), 0);
	REG(0x0008) = 0x83;
	for (unsigned i = 0; i < 9; i++, now_us += 200000)
		assert_int_equal(polls(&why), 0);
	*(descriptor(0x3800, 1) + 12) = 1;
	for (unsigned i = 0; i < 20; i++, now_us += 200000)	/* not full */
		assert_int_equal(polls(&why), 0);
	assert_int_equal(e1000_driver.transmit(nic, &dev, pattern(60), 60), 0);
	for (unsigned i = 0; i < 9; i++, now_us += 200000)
		assert_int_equal(polls(&why), 0);
	now_us += 1000000;
	assert_int_equal(polls(&why), -EIO);
	assert_string_equal(why, "it sends nothing any more");
	uint64_t before = now_us;
	assert_true(e1000_driver.stop(nic));
	assert_in_range(now_us - before, 20000, 60000);		/* the last frames had their time */
	d.late_address = now_us + 12000;
	REG(0x5400) = REG(0x5404) = 0;
	REG(0x5404) = 0x201;
	REG(0x5400) = 0x00000001;	/* a group's, as long as the EEPROM is read */
	assert_null(starts());
	assert_memory_equal(dev.mac, "\x52\x54\0\0\1\2", 6);
	assert_int_equal(e1000_driver.transmit(nic, &dev, pattern(60), 2049), -EINVAL);
	assert_int_equal(e1000_driver.transmit(nic, &dev, pattern(60), 13), -EINVAL);
}

static void breaks(const char *text)
{
	const char *why = NULL;
	assert_int_equal(polls(&why), -EIO);
	assert_string_equal(why, text);
}

static void test_lies(void **state)
{
	(void)state;
	assert_null(starts());
	assert_true(arrives(pattern(60), 60, 2, 0, 2049));
	breaks("it says that it has written beyond a buffer's end");
	tear_down(state);
	assert_null(starts());
	assert_true(arrives(pattern(60), 60, 2, 0, 0xffff));
	breaks("it says that it has written beyond a buffer's end");
}

/* Every descriptor is done, also those that it never had, time and again; its own indexes are nonsense. */
static void test_all_is_done(void **state)
{
	(void)state;
	const char *why;
	uint8_t buf[2048];
	assert_null(starts());
	REG(0x2810) = REG(0x3810) = UINT32_MAX;
	for (unsigned turn = 0; turn < 3; turn++) {
		fill_all();
		for (unsigned i = 0; i < TX; i++)
			memset(descriptor(0x3800, i) + 12, 0xff, 1);
		endless = turn == 1;
		assert_int_equal(polls(&why), RX);
		endless = false;
		assert_int_equal(got_len, 60);
		assert_true(REG(0x2818) < RX);
	}
	/* what it has not been given to send was not sent; what it has was */
	for (unsigned i = 0; i < 3 * TX; i++) {
		assert_int_equal(e1000_driver.transmit(nic, &dev, pattern(60), 60), 0);
		assert_int_equal(fetches(buf, true), 60);
	}
	for (unsigned i = 0; i < TX - 1; i++)
		assert_int_equal(e1000_driver.transmit(nic, &dev, pattern(60), 60), 0);
	assert_int_equal(e1000_driver.transmit(nic, &dev, pattern(60), 60), -ENOBUFS);
	while (fetches(buf, true))
		;
	d.rx_at = 0;
	drops(0, 2, 0);
	drops(0xff, 2, 0xff);
}

static void test_never_resets_again(void **state)
{
	(void)state;
	assert_null(starts());
	d.never_resets = true;
	uint64_t before = now_us;
	assert_false(e1000_driver.stop(nic));		/* it may write for ever: its memory stays its own */
	assert_in_range(now_us - before, 500000, 600000);
	assert_true(fake_pages_held > 0);
	fake_pages_held = 0;
	nic = NULL;
}

static void test_link_and_end(void **state)
{
	(void)state;
	const char *why;
	REG(0x0008) = 0;
	assert_null(starts());
	assert_false(dev.link_up);
	REG(0x0008) = 2;
	now_us += 200000;
	assert_int_equal(polls(&why), 0);
	assert_true(dev.link_up);
	REG(0x0100) = 0;
	now_us += 200000;
	breaks("it has reset itself");
	d.gone = true;
	now_us += 200000;
	breaks("it does not answer any more");
	assert_false(e1000_driver.stop(nic));	/* and keeps its memory */
	assert_true(fake_pages_held > 0);
	fake_pages_held = 0;
	nic = NULL;
}

static void refused(const char *text)
{
	assert_string_equal(starts(), text);
	assert_int_equal(fake_pages_held, 0);
	set_up(NULL);
}

static void test_refused(void **state)
{
	(void)state;
	d.bar_high = 1;
	refused("its registers lie above 4 GiB");
	d.bar = 8;
	refused("its registers have no address");
	d.bar = 1;
	refused("its ports have no address");
	d.gone = true;
	refused("it does not answer");
	d.never_resets = true;
	refused("it never ends its reset");
	REG(0x5400) |= 1;
	refused("its address is none that a card can have");
	fake_pages_limit = 0;
	refused("there is no memory for its rings");
	fake_pages_limit = SIZE_MAX;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_works), TEST(test_burst), TEST(test_checksums), TEST(test_never_sends), TEST(test_lies),
		TEST(test_all_is_done), TEST(test_never_resets_again),
		TEST(test_link_and_end), TEST(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
