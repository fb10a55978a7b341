/* SPDX-License-Identifier: BSD-2-Clause */
/* The UNDI device against a ROM that follows a script: how it is opened, rests, is closed and left. */
#include "tests/unit/undi_script.h"

/* The first of arguments and our own file, but where that is final. */
static void what_is_asked_for_at_the_start(void **state)
{
	static const char entries[] = "undi.cards=1\0!undi.transport=real";
	static uint8_t block[OPTIONS_LEN];
	uint32_t head[4] = { OPTIONS_MAGIC, 0, OPTIONS_LEN, sizeof entries };
	struct boot_params params = { .options = block };
	(void)state;
	memcpy(block + sizeof head, entries, sizeof entries);
	assert_int_equal(undi_cards_wanted(&params, 4), 4);	/* the block is not good yet */
	memcpy(block, head, sizeof head);
	head[1] = (uint32_t)crc32(0, block + 8, 8 + sizeof entries);
	memcpy(block, head, sizeof head);
	assert_int_equal(undi_cards_wanted(&params, 4), 1);
	strcpy(params.args, "undi.transport=v86 undi.cards=2 x=y");
	assert_int_equal(undi_cards_wanted(&params, 4), 2);
	assert_int_equal(undi_cards_wanted(&params, 1), 1);
	read_transport(&params);
	assert_string_equal(transport_wanted, "real");
	memset(block, 0, 4);		/* none */
	read_transport(&params);
	assert_string_equal(transport_wanted, "v86");
	transport_wanted[0] = '\0';
}

/* A minute, unless the arguments say otherwise in a way that can be. */
static void how_long_a_rom_may_take(void **state)
{
	(void)state;
	find_it();
	assert_int_equal(R.patience_s, 60);
	R.args = "colour=blue undi.patience=9 size=3";
	find_it();
	assert_int_equal(R.patience_s, 9);
	R.args = "undi.patience=soon size=3";
	find_it();
	assert_int_equal(R.patience_s, 60);
	assert_non_null(strstr(log_text(), "undi.patience=soon is not 1 to 3600 seconds; a ROM's call may take 60 s"));
}

static void irq_line_is_masked(void **state)
{
	(void)state;
	static const struct { uint16_t irq; uint8_t mask1, mask2; } cases[] = {
		{ 11, 0, 8 }, { 5, 0x20, 0 }, { 2, 0, 2 }, { 0, 0, 0 }, { 16, 0, 0 }, { 255, 0, 0 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		memset(io_port, 0, sizeof io_port);
		R.info.int_number = cases[i].irq;
		assert_int_equal(open_it(), 0);
		assert_int_equal(io_port[PIC1_MASK], cases[i].mask1);
		assert_int_equal(io_port[PIC2_MASK], cases[i].mask2);
	}
}

static void address_and_mtu_make_sense(void **state)
{
	(void)state;
	memset(R.info.current_address, 0xff, 6);
	memcpy(R.info.permanent_address, own_mac, 6);
	R.info.mtu = 65535;
	assert_int_equal(open_it(), 0);
	assert_memory_equal(DEV->mac, own_mac, 6);
	assert_int_equal(DEV->mtu, 1500);
}

static void unwritten_nic_type_is_pci(void **state)
{
	(void)state;
	assert_int_equal(open_it(), 0);
	assert_null(strstr(log_text(), "card PCI"));
	R.nic_type_unwritten = true;
	assert_int_equal(open_it(), 0);
	assert_non_null(strstr(log_text(), "card PCI"));
	assert_non_null(strstr(log_text(), "undi: net0 in its ROM's words: Boot Agent, Some Maker\n"));
	assert_string_equal(DEV->bus.words, "Boot Agent, Some Maker");
}

/* Nobody waits meanwhile: each try is a step of a poll, 200 ms after the one before. */
static void initialize_may_fail_nine_times(void **state)
{
	(void)state;
	R.open_needs_init = true;
	R.init_fails = 9;
	assert_int_equal(open_it(), -EIO);
	for (unsigned i = 1; i <= 9; i++) {
		assert_int_equal(R.inits, i);
		R.now_us += UNDI_INIT_PAUSE_US - 1;
		poll_it();
		assert_int_equal(R.inits, i);
		assert_false(DEV->link_up);
		R.now_us++;
		poll_it();
		poll_it();
		poll_it();
	}
	assert_int_equal(R.inits, 10);
	assert_true(DEV->link_up);
	assert_int_equal(R.waited_us, 0);
	assert_null(strstr(log_text(), "does not open"));
	whole(60, 1);
	assert_int_equal(poll_it(), 1);
}

/*
 * While a driver of ours has the card the ROM is closed, shut down and not asked for anything; back, it is started and
 * initialised, and called as was last asked for.
 */
static void resting(void **state)
{
	(void)state;
	unsigned chosen = R.chosen;
	R.states[0] = '\0';
	assert_int_equal(undi_rest(DEV), 0);
	asked("CLOSE SHUTDOWN");		/* no more: it stays in memory */
	assert_false(DEV->link_up);
	assert_int_equal(R.closes, 1);
	assert_int_equal(R.shutdowns, 1);
	undi_set_transport("v86");
	undi_set_transport("real");
	assert_int_equal(R.chosen, chosen);
	R.init_fails = R.inits + 9;
	assert_int_equal(undi_wake(DEV), 0);
	assert_int_equal(R.startups, 1);
	assert_int_equal(R.inits, 10);
	assert_int_equal(R.chosen, chosen + 1);
	assert_int_equal(undi_rest(DEV), 0);
	assert_int_equal(undi_wake(DEV), 0);
	assert_int_equal(R.chosen, chosen + 1);		/* that is settled */
	assert_int_equal(R.closes, 1);			/* it was not opened again */
	R.states[0] = '\0';
	assert_int_equal(undi_rest(DEV), 0);
	assert_int_equal(undi_wake(DEV), 0);
	assert_int_equal(DEV->ops->open(DEV), 0);
	asked("SHUTDOWN STARTUP INITIALIZE OPEN");
	assert_true(DEV->link_up);
	assert_int_equal(undi_rest(DEV), 0);
	R.init_fails = R.inits + 10;
	assert_int_equal(undi_wake(DEV), -EIO);
	assert_int_equal(DEV->ops->open(DEV), -EADDRNOTAVAIL);
}

/* One that is new in memory, and may not be asked anything before: it becomes known, and opens, in the polls' time. */
static void a_new_driver_may_fail_nine_times(void **state)
{
	(void)state;
	R.is_new = true;
	R.init_fails = 9;
	find_it();
	assert_false(netdev_known(DEV));
	for (unsigned i = 1; i <= 9; i++) {
		assert_int_equal(R.inits, i);
		undi_set_transport(i & 1 ? "real" : "auto");
		R.now_us += UNDI_INIT_PAUSE_US;
		assert_int_equal(R.asked + R.chosen + R.opens, 0);
		poll_it();
	}
	assert_memory_equal(DEV->mac, own_mac, 6);
	assert_int_equal(R.asked + R.chosen, 2);
	assert_int_equal(R.opens, 0);
	poll_it();
	assert_true(DEV->link_up);
	assert_int_equal(R.waited_us, 0);
}

/* And if it never does: said, and on after a rest. */
static void a_new_driver_that_never_takes_its_card(void **state)
{
	(void)state;
	R.is_new = true;
	R.init_fails = 100;
	find_it();
	for (unsigned ms = 0; ms < 40000; ms += 10) {
		R.now_us += 10000;
		poll_it();
	}
	assert_non_null(strstr(log_text(), "net0 does not open (INITIALIZE status 61h after 10 tries)"));
	assert_true(R.inits > 2 * UNDI_INIT_TRIES);
	assert_int_equal(R.asked + R.opens, 0);
	assert_int_equal(DEV->ops->open(DEV), 0);
	assert_false(DEV->link_up);
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_UNLOAD), 0);
}

/* Said once; it is tried on. */
static void a_card_that_never_opens(void **state)
{
	(void)state;
	R.never_opens = true;
	R.init_fails = 100;
	assert_int_equal(open_it(), -EIO);
	for (unsigned ms = 0; ms < 9000; ms += 10) {
		R.now_us += 10000;
		assert_int_equal(poll_it(), 0);
	}
	assert_int_equal(R.opens, UNDI_INIT_TRIES + 1);
	assert_int_equal(R.stays, 0);
	assert_int_equal(send("12345678901234", 14), -EINVAL);
	assert_non_null(strstr(log_text(), "net0 does not open (OPEN status 6ah after 10 tries)"));
	for (unsigned ms = 0; ms < 30000; ms += 10) {
		R.now_us += 10000;
		poll_it();
	}
	assert_true(R.opens > 2 * UNDI_INIT_TRIES);
	const char *said = strstr(log_text(), "net0 does not open");
	assert_null(strstr(said + sizeof "net0 does not open", "does not open"));
	R.never_opens = false;
	for (unsigned ms = 0; ms < 13000 && !DEV->link_up; ms += 10) {
		R.now_us += 10000;
		poll_it();
	}
	assert_true(DEV->link_up);
	assert_non_null(strstr(log_text(), "net0 open, receiving"));
}

/* No station has it: the card is left alone, whatever is asked. */
static void an_address_that_no_card_can_have(void **state)
{
	(void)state;
	static const uint8_t bad[][6] = {
		{ 0 }, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, { 0x01, 0, 0x5e, 0, 0, 1 }, { 0x53, 0x54, 0, 1, 2, 3 },
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		setup(NULL);
		memcpy(R.info.current_address, bad[i], 6);
		memcpy(R.info.permanent_address, bad[(i + 1) % 4], 6);
		find_it();
		assert_non_null(strstr(log_text(), "net0 is refused: its ROM gives it the address"));
		assert_int_equal(DEV->ops->open(DEV), -EADDRNOTAVAIL);
		assert_int_equal(send("12345678901234", 14), -EINVAL);
		R.now_us += 60000000;
		assert_int_equal(poll_it(), 0);
		assert_false(DEV->link_up);
		assert_int_equal(R.opens + R.inits + R.stays, 0);
	}
	setup(NULL);
	memcpy(R.info.current_address, bad[2], 6);
	memcpy(R.info.permanent_address, own_mac, 6);
	assert_int_equal(open_it(), 0);
	assert_memory_equal(DEV->mac, own_mac, 6);
}

static void closed_and_opened(void **state)
{
	(void)state;
	assert_int_equal(DEV->ops->open(DEV), 0);
	assert_int_equal(R.opens, 1);
	DEV->ops->close(DEV);
	assert_int_equal(R.closes, 1);
	assert_false(DEV->link_up);
	whole(60, 1);
	assert_int_equal(poll_it(), 0);
	DEV->ops->close(DEV);
	assert_int_equal(R.closes, 1);
	assert_int_equal(DEV->ops->open(DEV), 0);
	assert_true(DEV->link_up);
	assert_int_equal(poll_it(), 1);
}

/* Groups that the ROM does not take are heard by hearing everything. */
static void groups(void **state)
{
	(void)state;
	static const uint8_t group[1][6] = { { 1, 0, 0x5e, 0, 0, 1 } };
	DEV->ops->set_filter(DEV, group, 1);
	assert_int_equal(R.filter, 0);
	R.mcast_fails = true;
	DEV->ops->set_filter(DEV, group, 1);
	assert_int_equal(R.filter, FILTER_DIRECTED | FILTER_BROADCAST | FILTER_PROMISCUOUS);
	DEV->ops->close(DEV);
	DEV->ops->open(DEV);
	assert_int_equal(R.open.filter, R.filter);
	assert_int_equal(R.open.groups.count, 1);
	assert_memory_equal(R.open.groups.mac[0], group, 6);
	DEV->ops->set_filter(DEV, NULL, 0);
	assert_int_equal(R.filter, FILTER_DIRECTED | FILTER_BROADCAST);
}

/* Where a card is, by its ROM's word or as its driver was loaded for it; or nobody knows. */
static void where_a_card_is(void **state)
{
	(void)state;
	R.nic_type_unwritten = true;	/* 00:00.0, of no vendor */
	find_it();
	assert_int_equal(undi_at(DEV, 0x18), -ENOENT);
	DEV->bus.vendor = 0x8086;
	DEV->bus.location = 0x20;
	assert_int_equal(undi_at(DEV, 0x20), 1);
	assert_int_equal(undi_at(DEV, 0x18), 0);
	setup(state);
	find_it();			/* not PCI, it says */
	assert_int_equal(undi_at(DEV, 0), -ENOENT);
	setup(state);
	R.is_new = true;
	R.init_fails = 1;		/* it could not be asked yet */
	find_it();
	assert_null(DEV->bus.type);
	assert_int_equal(undi_at(DEV, 0x18), 1);
	assert_int_equal(undi_at(DEV, 0), 0);
}

/* Whoever comes after us finds the ROM in real mode. */
static void leaving(void **state)
{
	(void)state;
	R.states[0] = '\0';
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_RETURN), 0);
	assert_int_equal(R.transport_closes, 1);
	asked("CLOSE");
	assert_int_equal(DEV->ops->open(DEV), 0);
	asked("OPEN");
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_KEEP), 0);
	asked("");			/* another NBP finds it open */
}

/* From rest, too: only on the way to a kernel is it cleaned up, stopped and taken out of memory. */
static void unloading_from_rest(void **state)
{
	(void)state;
	assert_int_equal(undi_rest(DEV), 0);
	R.states[0] = '\0';
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_UNLOAD), 0);
	asked("SHUTDOWN CLEANUP UNLOAD STOP");
}

/* For a kernel its stack goes, unless it says that it stays; then nothing of it is called any more. */
static void unloading(void **state)
{
	(void)state;
	R.stop_status = PXE_KEEP_UNDI;
	R.states[0] = '\0';
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_UNLOAD), -EBUSY);
	asked("CLOSE SHUTDOWN CLEANUP UNLOAD STOP");
	assert_int_equal(R.closes, 1);
	assert_int_equal(R.stops, 1);
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_UNLOAD), 0);
	assert_int_equal(poll_it(), 0);
	DEV->ops->open(DEV);
	assert_int_equal(R.stops + R.opens, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_asked_for_at_the_start), T(where_a_card_is), T(how_long_a_rom_may_take),
		T(irq_line_is_masked), T(address_and_mtu_make_sense), T(unwritten_nic_type_is_pci),
		T(initialize_may_fail_nine_times), T(a_new_driver_may_fail_nine_times),
		T(a_new_driver_that_never_takes_its_card), T(a_card_that_never_opens),
		T(an_address_that_no_card_can_have), O(closed_and_opened), O(groups), O(resting), O(leaving),
		O(unloading), O(unloading_from_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
