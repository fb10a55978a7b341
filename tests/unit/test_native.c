/* SPDX-License-Identifier: BSD-2-Clause */
/* Who has a card, its ROM's UNDI or a driver of our own; and what becomes of it when one fails, or we leave. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/native/native.h"
#include "drivers/pci/pci.h"
#include "drivers/undi/undi.h"
#include "kernel/clock.h"
#include "kernel/log.h"

#define FUNCTION 0x18u			/* of the first; each of the others is a slot further */
#define FOUND 0x0007u			/* the command register, as the ROM has left it */

struct nic {
	int unused;
};

static struct {
	bool starts, stops, link, card_answers, rom_tells, rom_refuses, silent_wire;
	unsigned there, silent;		/* cards; of them, a bit for each */
	const char *breaks;		/* in the next poll */
	uint16_t command, others[8];
	char done[200];			/* what was done, in order */
} d;

static uint64_t now_us;
static struct boot_params params;
static struct netdev rom_dev, *table[5];
static struct nic the_nic;
static uint64_t log_from;		/* where this machine's lines begin */

uint64_t clock_us(void)
{
	return now_us += 10;
}

static void note(const char *what)
{
	size_t at = strlen(d.done);
	snprintf(d.done + at, sizeof d.done - at, "%s%s", at ? " " : "", what);
}

static void did(const char *what)
{
	assert_string_equal(d.done, what);
	d.done[0] = '\0';
}

bool pci_find(uint16_t vendor, uint16_t device, unsigned nth, uint32_t *function)
{
	*function = FUNCTION + 8 * nth;
	return vendor == 0x1234 && device == 0x5678 && nth < d.there;
}

static uint16_t *command_of(uint32_t function)
{
	unsigned nth = (function - FUNCTION) / 8;
	assert_true(nth < d.there && !(function % 8));
	return nth ? &d.others[nth] : &d.command;
}

void pci_silence(uint32_t function)
{
	*command_of(function) &= (uint16_t)~PCI_COMMAND_MASTER;
	d.silent |= 1u << (function - FUNCTION) / 8;
}

bool pci_reg(uint32_t function, unsigned at, uint32_t *value)
{
	*value = !d.card_answers ? UINT32_MAX : at == PCI_COMMAND ? *command_of(function) : 0x56781234;
	return true;
}

bool pci_set_reg(uint32_t function, unsigned at, uint16_t value)
{
	assert_int_equal(at, PCI_COMMAND);
	*command_of(function) = value;
	return true;
}

uint32_t pci_in(uint32_t at, unsigned len)
{
	(void)at;
	(void)len;
	return 0;
}

void pci_out(uint32_t at, unsigned len, uint32_t value)
{
	(void)at;
	(void)len;
	(void)value;
}

int undi_at(const struct netdev *dev, uint16_t function)
{
	assert_ptr_equal(dev, &rom_dev);
	return d.rom_tells ? dev->bus.location == function : -ENOENT;
}

int undi_rest(struct netdev *dev)
{
	assert_ptr_equal(dev, &rom_dev);
	note("rest");
	dev->link_up = false;
	return 0;
}

int undi_wake(struct netdev *dev)
{
	assert_ptr_equal(dev, &rom_dev);
	assert_int_equal(d.command, FOUND);	/* else the ROM has no use of it */
	note("wake");
	return d.rom_refuses ? -EIO : 0;
}

/* --- the ROM's device */

static int rom_open(struct netdev *dev)
{
	note("rom-open");
	dev->link_up = true;
	return 0;
}

static void rom_close(struct netdev *dev)
{
	(void)dev;
	note("rom-close");
}

static unsigned rom_poll(struct netdev *dev, netdev_deliver *deliver, void *ctx)
{
	(void)dev;
	(void)deliver;
	(void)ctx;
	return 0;
}

static int rom_leave(struct netdev *dev, enum netdev_leave how)
{
	(void)dev;
	note(how == NETDEV_KEEP ? "rom-keep" : how == NETDEV_RETURN ? "rom-return" : "rom-unload");
	return 0;
}

static void rom_set_filter(struct netdev *dev, const uint8_t (*groups)[6], unsigned count)
{
	(void)dev;
	assert_int_equal(count, 2);
	assert_memory_equal(groups[1], "\1\0\x5e\0\0\2", 6);
	note("rom-groups");
}

static const struct netdev_ops rom_ops = {
	.open = rom_open, .close = rom_close, .poll = rom_poll, .set_filter = rom_set_filter, .leave = rom_leave,
};

/* --- our driver */

static struct nic *nic_start(uint32_t function, struct netdev *dev, const char **why)
{
	assert_true(*command_of(function) & PCI_COMMAND_NO_INTX);
	note("start");
	*why = "for a test";
	if (!d.starts)
		return NULL;
	memcpy(dev->mac, "\2\0\0\0\0\1", 6);
	dev->link_up = d.link;
	return &the_nic;
}

static bool nic_stop(struct nic *nic)
{
	assert_ptr_equal(nic, &the_nic);
	note("stop");
	return d.stops;
}

static int nic_poll(struct nic *nic, struct netdev *dev, netdev_deliver *deliver, void *ctx, const char **why)
{
	(void)nic;
	(void)deliver;
	(void)ctx;
	dev->link_up = d.link;
	*why = d.breaks;
	return d.breaks ? -EIO : d.silent_wire ? 0 : 3;
}

static int nic_transmit(struct nic *nic, struct netdev *dev, const void *frame, size_t len)
{
	(void)nic;
	(void)dev;
	(void)frame;
	(void)len;
	return 0;
}

static void nic_tell(const struct nic *nic, char text[NIC_TOLD_LEN])
{
	(void)nic;
	strcpy(text, "a test's");
}

static struct nic_driver driver = {
	.name = "test", .ids = (const struct nic_id[]){ { 0x1234, 0x5678 }, { 0 } },
	.start = nic_start, .stop = nic_stop, .poll = nic_poll, .transmit = nic_transmit, .tell = nic_tell,
};

/* --- */

static const char *log_text(void)
{
	static char text[4096];
	uint64_t at = log_from;
	text[log_read(&at, text, sizeof text - 1)] = 0;
	return text;
}

/* How often that has been said. */
static unsigned said(const char *what)
{
	unsigned count = 0;
	for (const char *at = log_text(); (at = strstr(at, what)); at++)
		count++;
	return count;
}

static bool is_virtual = true;

/* A machine with so many cards, of which a ROM has one or none: how many it uses, at most `room`. */
static unsigned machine_of(unsigned there, const char *args, bool rom, bool rom_tells, unsigned room)
{
	static const struct nic_driver *const drivers[] = { &driver, NULL };
	static const uint8_t no_options[OPTIONS_LEN];
	memset(&d, 0, sizeof d);
	d.starts = d.stops = d.link = d.card_answers = true;
	d.rom_tells = rom_tells;
	d.there = there;
	d.command = FOUND;
	log_from = log_end();
	params = (struct boot_params){ .options = no_options };
	strcpy(params.args, args);
	rom_dev = (struct netdev){
		.ops = &rom_ops, .priv = &d, .name = "net0", .link_up = true, .rx_flight = 2,
		.bus = { .type = "PCI", .location = FUNCTION },
	};
	table[0] = &rom_dev;
	native_set_drivers(drivers, is_virtual);
	return native_cards(&params, table, rom, room);
}

/* One card; with a ROM for it, or without. */
static unsigned machine(const char *args, bool rom)
{
	return machine_of(1, args, rom, true, 4);
}

static unsigned poll_it(void)
{
	return table[0]->ops->poll(table[0], NULL, NULL);
}

static void test_who_has_it(void **state)
{
	static const struct { const char *args, *did; bool rom; unsigned cards; } cases[] = {
		{ "", "rest start", true, 1 }, { "driver=undi", "", true, 1 },
		{ "driver=nonsense", "rest start", true, 1 },
		{ "driver=native", "rest start", true, 1 }, { "x=1 driver=auto y=2", "rest start", true, 1 },
		{ "net0/driver=native", "rest start", true, 1 }, { "driver=native net0/driver=undi", "", true, 1 },
		{ "net1/driver=undi", "rest start", true, 1 },
		{ "driver=undi net0/driver=auto", "rest start", true, 1 },
		{ "", "start", false, 1 }, { "driver=native", "start", false, 1 }, { "driver=undi", "", false, 0 },
	};
	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(machine(cases[i].args, cases[i].rom), cases[i].cards);
		bool ours = strstr(cases[i].did, "start");
		did(cases[i].did);
		if (cases[i].cards)
			assert_int_equal(table[0]->ops != &rom_ops, ours);
		if (ours)
			assert_string_equal(table[0]->driver, "test");
	}
}

/* One that does not come up is the ROM's as before; without a ROM there is none. */
static void test_does_not_start(void **state)
{
	(void)state;
	machine("driver=undi", true);
	d.starts = false;
	native_set_driver(&rom_dev, "");
	did("rest start wake rom-open");
	assert_int_equal(said("does not come up: for a test; its ROM's UNDI drives it"), 1);
	native_set_driver(&rom_dev, "");	/* it is not torn from its ROM time and again */
	did("");
	assert_ptr_equal(rom_dev.ops, &rom_ops);
	assert_int_equal(d.command, FOUND);
	assert_int_equal(rom_dev.rx_flight, 2);
}

/* While nobody knows which card the ROM drives, none is ours. */
static void test_unknown_place(void **state)
{
	(void)state;
	assert_int_equal(machine_of(2, "", true, false, 4), 1);
	did("");
	assert_int_equal(said("is left alone: net0's ROM does not say which card is its own"), 2);
	assert_int_equal(machine_of(2, "driver=native", true, false, 4), 1);
	did("");
	assert_int_equal(machine_of(2, "", true, true, 4), 2);
	did("rest start start");
	assert_string_equal(table[1]->name, "net1");
	assert_int_equal(table[1]->bus.location, FUNCTION + 8);
}

/* No more than are wanted, or than there is room for; and that is said. */
static void test_how_many(void **state)
{
	static const struct { unsigned there, room, used; bool rom; } cases[] = {
		{ 2, 1, 1, true }, { 2, 1, 1, false }, { 3, 2, 2, false }, { 4, 4, 4, false }, { 6, 4, 4, false },
		{ 6, 5, 4, true },
	};
	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(machine_of(cases[i].there, "", cases[i].rom, true, cases[i].room), cases[i].used);
		assert_int_equal(said("is left alone: there are as many cards as are used at the most (undi.cards)"),
				 cases[i].there - cases[i].used);
	}
}

/* A card that comes up later is asked for again; and a word that makes no sense is said to be so once. */
static void test_wishes(void **state)
{
	(void)state;
	machine_of(3, "net0/driver=undi", true, true, 4);
	did("start start");
	d.starts = false;
	native_set_driver(&rom_dev, "native");
	did("rest start wake rom-open");
	d.starts = true;
	native_set_driver(&rom_dev, "native");
	did("rest start");
	native_set_driver(&rom_dev, "native");
	did("");
	native_set_driver(&rom_dev, "natvie");
	did("");
	assert_int_equal(said("driver=natvie is none of undi, native, auto"), 1);
}

/* All cards are at rest before the first ROM is called; and where that cannot be, none reaches memory. */
static void test_restart(void **state)
{
	(void)state;
	machine_of(3, "driver=native", true, true, 4);
	did("rest start start start");
	native_silence();
	assert_int_equal(d.silent, 7);
	native_leave_for_restart();
	did("stop stop stop wake");
	d.silent = 0;
	native_silence();
	assert_int_equal(d.silent, 0);
}

static void test_there_and_back(void **state)
{
	(void)state;
	machine("driver=native", true);
	did("rest start");
	assert_int_equal(rom_dev.rx_flight, 0);
	assert_int_equal(poll_it(), 3);
	native_set_driver(&rom_dev, "native");
	did("");
	native_set_driver(&rom_dev, "undi");
	did("stop wake rom-open");
	assert_ptr_equal(rom_dev.ops, &rom_ops);
	assert_ptr_equal(rom_dev.priv, &d);
	assert_null(rom_dev.driver);
	assert_int_equal(rom_dev.rx_flight, 2);
	native_set_driver(&rom_dev, "auto");
	did("rest start");
	d.link = false;
	poll_it();
	assert_false(rom_dev.link_up);
	rom_dev.ops->close(&rom_dev);
	did("stop");
	assert_int_equal(rom_dev.ops->transmit(&rom_dev, "", 60), -ENETDOWN);
	assert_int_equal(rom_dev.ops->open(&rom_dev), 0);
	did("start");
	rom_dev.ops->close(&rom_dev);
	d.starts = false;
	assert_int_equal(rom_dev.ops->open(&rom_dev), 0);
	did("stop start wake rom-open");
}

/* Groups that were joined meanwhile are the ROM's, too; one that does not take its card back leaves it to us. */
static void test_back_again(void **state)
{
	static const uint8_t groups[2][6] = { "\1\0\x5e\0\0\1", "\1\0\x5e\0\0\2" };
	(void)state;
	machine("", true);
	did("rest start");
	rom_dev.ops->set_filter(&rom_dev, groups, 2);
	d.breaks = "it lies";
	d.rom_refuses = true;
	poll_it();
	did("stop rom-groups wake");
	d.breaks = NULL;
	native_set_driver(&rom_dev, "");
	did("rest start");
	d.breaks = "it lies";
	d.rom_refuses = false;
	poll_it();
	did("stop rom-groups wake rom-open");
	native_set_driver(&rom_dev, "");
	did("");
}

/* For the ROM's own TFTP; auto leaves it there then, and nothing is done twice. */
static void test_yields(void **state)
{
	(void)state;
	machine("", true);
	did("rest start");
	assert_true(native_yield());
	did("stop wake rom-open");
	assert_ptr_equal(rom_dev.ops, &rom_ops);
	assert_false(native_yield());
	native_set_driver(&rom_dev, "");
	did("");
	machine("", false);
	did("start");
	assert_false(native_yield());		/* no ROM */
	did("");
}

static void test_leaves(void **state)
{
	static const struct { enum netdev_leave how; const char *did; uint16_t command; } cases[] = {
		{ NETDEV_KEEP, "stop wake rom-open rom-keep", FOUND },
		{ NETDEV_RETURN, "stop wake rom-return", FOUND },
		{ NETDEV_UNLOAD, "stop rom-unload", FOUND & ~PCI_COMMAND_MASTER },
	};
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		machine("driver=native", true);
		did("rest start");
		assert_int_equal(rom_dev.ops->leave(&rom_dev, cases[i].how), 0);
		did(cases[i].did);
		assert_int_equal(d.command, cases[i].command);
	}
	machine("driver=native", true);
	did("rest start");
	native_leave_for_restart();
	did("stop wake");
	machine("", false);
	did("start");
	assert_int_equal(table[0]->ops->leave(table[0], NETDEV_UNLOAD), 0);
	did("stop");
	assert_int_equal(d.command & PCI_COMMAND_MASTER, 0);
}

static void test_breaks(void **state)
{
	(void)state;
	machine("driver=native", true);
	did("rest start");
	d.breaks = "it lies";
	assert_int_equal(poll_it(), 0);
	did("stop wake rom-open");
	assert_ptr_equal(rom_dev.ops, &rom_ops);
	native_set_driver(&rom_dev, "");	/* once is enough, unless somebody wants it */
	did("");
	native_set_driver(&rom_dev, "native");
	did("rest start");
	/* one that no reset ends may no longer reach memory */
	machine("", false);
	did("start");
	d.breaks = "it lies";
	d.stops = false;
	assert_int_equal(poll_it(), 0);
	did("stop");
	assert_int_equal(d.command & PCI_COMMAND_MASTER, 0);
	d.breaks = NULL;
	poll_it();
	did("");
	now_us += 10000000;
	poll_it();
	did("start");
	assert_int_equal(poll_it(), 3);
}

/* Its ROM is not asked for a card that is not there. */
static void test_gone(void **state)
{
	(void)state;
	machine("driver=native", true);
	did("rest start");
	d.breaks = "it does not answer any more";
	d.card_answers = false;
	assert_int_equal(poll_it(), 0);
	did("stop");
	d.breaks = NULL;
	now_us += 100000000;
	poll_it();
	native_set_driver(&rom_dev, "undi");
	did("");
	d.starts = false;
	assert_int_equal(rom_dev.ops->open(&rom_dev), -EIO);
	did("start");
	rom_dev.ops->leave(&rom_dev, NETDEV_KEEP);
	did("rom-keep");
	machine("driver=native", true);
	did("rest start");
	d.breaks = "it does not answer any more";
	d.card_answers = false;
	poll_it();
	did("stop");
	assert_int_equal(said("the card at 00:03.0 is gone; one that is plugged in again is set up by the BIOS only"),
			 1);
	native_leave_for_restart();
	did("");
	assert_ptr_equal(rom_dev.ops, &rom_ops);
	assert_ptr_equal(rom_dev.priv, &d);
}

static void send_frames(unsigned count)
{
	while (count--)
		assert_int_equal(rom_dev.ops->transmit(&rom_dev, "", 60), 0);
}

/* Sends and hears nothing: the ROM's, and it stays so where that hears something. */
static void test_deaf(void **state)
{
	(void)state;
	machine("", true);
	did("rest start");
	d.silent_wire = true;
	send_frames(3);
	now_us += 30000000;
	poll_it();
	did("");
	send_frames(1);
	poll_it();
	did("stop wake rom-open");
	assert_int_equal(said("has heard nothing since it sent its first frame, 30 s ago; its ROM's UNDI"), 1);
	native_set_driver(&rom_dev, "");	/* nor has the ROM */
	did("rest start");
	send_frames(4);
	now_us += 19900000;
	poll_it();
	did("");
	now_us += 200000;
	poll_it();
	did("stop wake rom-open");
	rom_dev.heard_us = now_us += 10;
	native_set_driver(&rom_dev, "auto");
	did("");
	native_set_driver(&rom_dev, "native");
	did("rest start");
	send_frames(4);
	now_us += 60000000;
	poll_it();
	did("");			/* it was asked for */
}

/* One that has heard something, whose cable was out, or that no ROM drives, is not deaf. */
static void test_not_deaf(void **state)
{
	(void)state;
	machine("", true);
	did("rest start");
	send_frames(4);
	assert_int_equal(poll_it(), 3);
	d.silent_wire = true;
	now_us += 60000000;
	poll_it();
	did("");
	machine("", true);
	did("rest start");
	d.silent_wire = true;
	send_frames(4);
	d.link = false;
	poll_it();
	now_us += 60000000;
	poll_it();
	d.link = true;
	poll_it();
	did("");
	send_frames(4);
	now_us += 10000000;
	poll_it();
	did("");
	machine("", false);
	d.silent_wire = true;
	rom_dev.ops = NULL;
	for (unsigned i = 0; i < 4; i++)
		table[0]->ops->transmit(table[0], "", 60);
	now_us += 60000000;
	poll_it();
	did("start");
}

/* A driver that has been tried in emulators only: elsewhere the ROM keeps its card, if there is one. */
static void test_real_machine(void **state)
{
	(void)state;
	driver.virtual_only = true;
	machine("", true);
	did("rest start");
	is_virtual = false;
	machine("", true);
	native_set_driver(&rom_dev, "auto");
	did("");
	assert_int_equal(said("stays with its ROM's UNDI: our driver of test at 00:03.0 has been tried in virtual"), 1);
	native_set_driver(&rom_dev, "native");
	did("rest start");
	native_set_driver(&rom_dev, "auto");
	did("stop wake rom-open");
	machine("", false);
	did("start");
	driver.virtual_only = false;
	machine("", true);
	did("rest start");
	is_virtual = true;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_has_it), cmocka_unit_test(test_does_not_start),
		cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_leaves), cmocka_unit_test(test_breaks),
		cmocka_unit_test(test_gone), cmocka_unit_test(test_unknown_place), cmocka_unit_test(test_how_many),
		cmocka_unit_test(test_wishes), cmocka_unit_test(test_restart), cmocka_unit_test(test_deaf),
		cmocka_unit_test(test_yields), cmocka_unit_test(test_back_again),
		cmocka_unit_test(test_not_deaf), cmocka_unit_test(test_real_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
