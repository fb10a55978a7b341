/* SPDX-License-Identifier: BSD-2-Clause */
/* The UNDI device against a ROM that follows a script: receiving, sending, and what ROMs are known to do there. */
#include "tests/unit/undi_script.h"

/* --- receiving */

static void frames_until_done(void **state)
{
	(void)state;
	whole(60, 1);
	says(ISR_OUT_TRANSMIT, 0, 0, 0);
	whole(1514, 2);
	says(ISR_OUT_DONE, 0, 0, 0);
	whole(61, 3);
	assert_int_equal(poll_it(), 2);
	assert_int_equal(R.got_len[0], 60);
	assert_int_equal(R.got_len[1], 1514);
	assert_int_equal(poll_it(), 1);
	assert_int_equal(R.flag[0], ISR_IN_PROCESS);
	assert_int_equal(R.flag[1], ISR_IN_PROCESS);
	assert_int_equal(DEV->rx_errors, 0);
}

/* A full ring of ours: the ROM goes on where it was. */
static void more_frames_than_slots(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++)
		whole((uint16_t)(60 + i), (uint8_t)i);
	assert_int_equal(poll_it(), 40);
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(R.got_len[i], 60 + i);
		assert_int_equal(R.got_first[i], i);
	}
	assert_int_equal(R.stays, 3);
	assert_int_equal(R.flag[1], ISR_IN_GET_NEXT);
	assert_int_equal(R.flag[2], ISR_IN_GET_NEXT);
}

static void endless_frames_are_bounded(void **state)
{
	(void)state;
	whole(60, 1);
	R.endless = true;
	assert_int_equal(poll_it(), DRAIN_STAYS_MAX * R_SLOTS);
}

static void endless_transmits_are_bounded(void **state)
{
	(void)state;
	says(ISR_OUT_TRANSMIT, 0, 0, 0);
	R.endless = true;
	assert_int_equal(poll_it(), 0);
	assert_int_equal(R.calls, DRAIN_CALLS_MAX);
	R.endless = false;
	R.answers = R.next = 0;
	poll_it();
	assert_int_equal(R.flag[R.stays - 1], ISR_IN_GET_NEXT);
	poll_it();
	assert_int_equal(R.flag[R.stays - 1], ISR_IN_PROCESS);
}

/* In pieces, across the slots' end, with a completion in between. */
static void fragments_across_stays(void **state)
{
	(void)state;
	for (unsigned i = 0; i < R_SLOTS - 1; i++)
		whole(60, 0);
	says(ISR_OUT_RECEIVE, 500, 1514, 'a');
	says(ISR_OUT_TRANSMIT, 0, 0, 0);
	says(ISR_OUT_RECEIVE, 500, 1514, 'b');
	says(ISR_OUT_RECEIVE, 514, 1514, 'c');
	assert_int_equal(poll_it(), R_SLOTS);
	assert_int_equal(R.got_len[R_SLOTS - 1], 1514);
	assert_int_equal(R.got_first[R_SLOTS - 1], 'a');
	assert_int_equal(R.got_last[R_SLOTS - 1], 'c');
}

/* VMware: lengths of 0 and too small, and a FuncFlag that nobody knows. */
static void odd_answers(void **state)
{
	(void)state;
	says(ISR_OUT_RECEIVE, 60, 0, 9);
	whole(60, 1);
	says(ISR_OUT_RECEIVE, 60, 20, 9);
	says(ISR_OUT_RECEIVE, 5000, 5000, 9);
	whole(60, 2);
	says(0x42, 0, 0, 0);
	whole(60, 3);
	assert_int_equal(poll_it(), 2);
	assert_int_equal(R.got_first[0], 1);
	assert_int_equal(R.got_first[1], 2);
	assert_int_equal(DEV->rx_errors, 3);
	assert_int_equal(R.stays, 1);		/* 42h: as DONE */
	assert_int_equal(poll_it(), 1);
}

static void failing_isr(void **state)
{
	(void)state;
	whole(60, 1);
	R.answer[R.answers++] = (struct answer){ .status = 1 };
	whole(60, 2);
	assert_int_equal(poll_it(), 1);
	assert_int_equal(DEV->rx_errors, 1);
	assert_int_equal(poll_it(), 1);
	assert_int_equal(R.flag[1], ISR_IN_PROCESS);
}

/* --- sending */

static void make_frame(uint8_t *f, uint8_t type_high, uint8_t type_low, uint8_t fill)
{
	memset(f, fill, 60);
	memcpy(f + 6, own_mac, 6);
	f[12] = type_high;
	f[13] = type_low;
}

/* On the wire all look the same, whether the ROM made the header or not. */
static void frames_of_each_type(void **state)
{
	(void)state;
	static const uint8_t types[][2] = { { 8, 0 }, { 8, 6 }, { 0x86, 0xdd } };
	uint8_t f[60];
	for (unsigned i = 0; i < 3; i++) {
		make_frame(f, types[i][0], types[i][1], (uint8_t)i);
		assert_int_equal(send(f, sizeof f), 0);
		assert_int_equal(R.wire_len[i], 60);
		assert_memory_equal(R.wire[i], f, 60);
	}
	assert_int_equal(send(f, 13), -EINVAL);
	assert_int_equal(send(f, RX_FRAME_MAX + 1), -EINVAL);
}

/* No room: frames wait, in order, and go out behind the next drain. */
static void out_of_resources(void **state)
{
	(void)state;
	uint8_t f[60];
	make_frame(f, 8, 0, 0);
	assert_int_equal(send(f, sizeof f), 0);
	R.tx_status = PXE_OUT_OF_RESOURCES;
	for (uint8_t i = 1; i <= UNDI_TX_WAITING; i++) {
		make_frame(f, 8, 0, i);
		assert_int_equal(send(f, sizeof f), 0);
	}
	assert_int_equal(send(f, sizeof f), -ENOBUFS);
	poll_it();
	assert_int_equal(R.sent, 1);
	R.tx_status = 0;
	poll_it();
	assert_int_equal(R.sent, 1 + UNDI_TX_WAITING);
	for (unsigned i = 1; i <= UNDI_TX_WAITING; i++)
		assert_int_equal(R.wire[i][20], i);
	assert_int_equal(R.closes, 0);
}

/* For good: the card is opened anew, once it has had its time. */
static void transmitter_that_is_stuck(void **state)
{
	(void)state;
	uint8_t f[60];
	make_frame(f, 8, 0, 0);
	assert_int_equal(send(f, sizeof f), 0);
	R.tx_status = 3;
	assert_int_equal(send(f, sizeof f), 0);
	R.now_us += TX_STUCK_US - 1;
	poll_it();
	assert_int_equal(R.closes, 0);
	R.now_us += 2;
	poll_it();
	assert_int_equal(R.closes, 1);
	assert_int_equal(R.opens, 1);			/* one call that may take its time is enough for a turn */
	poll_it();
	assert_int_equal(R.opens, 2);
	R.tx_status = 0;
	assert_int_equal(send(f, sizeof f), 0);
	assert_int_equal(R.sent, 2);
}

/* A receiver that has worked and falls silent, with growing patience; silence alone is no reason. */
static void receiver_that_is_deaf(void **state)
{
	(void)state;
	uint8_t f[60];
	make_frame(f, 8, 0, 0);
	whole(60, 1);
	poll_it();
	R.now_us += 3 * HEARING_US;
	poll_it();
	assert_int_equal(R.closes, 0);
	for (unsigned i = 0; i < HEARING_FRAMES; i++)
		send(f, sizeof f);
	poll_it();
	assert_int_equal(R.closes, 0);		/* nobody could have answered yet */
	R.now_us += HEARING_US;
	poll_it();
	assert_int_equal(R.closes, 1);
	poll_it();
	for (unsigned i = 0; i < HEARING_FRAMES; i++)
		send(f, sizeof f);
	R.now_us += HEARING_US + 1;
	poll_it();
	assert_int_equal(R.closes, 1);
	R.now_us += HEARING_US;
	poll_it();
	assert_int_equal(R.closes, 2);
}

/* A restart in which the ROM does not come up at once: no call waits, and the time between the tries is others'. */
static void a_restart_that_takes_time(void **state)
{
	(void)state;
	uint8_t f[60];
	make_frame(f, 8, 0, 0);
	assert_int_equal(send(f, sizeof f), 0);
	R.tx_status = 3;
	assert_int_equal(send(f, sizeof f), 0);
	R.open_needs_init = true;
	R.init_fails = 5;
	R.now_us += TX_STUCK_US + 1;
	poll_it();
	assert_int_equal(R.closes, 1);
	assert_false(DEV->link_up);
	unsigned steps = 0;
	for (; !DEV->link_up; steps++) {
		unsigned calls = R.opens + R.inits;
		assert_true(steps < 200);
		R.now_us += 10000;
		assert_int_equal(send(f, sizeof f), -EINVAL);
		poll_it();
		assert_true(R.opens + R.inits - calls <= 1);
	}
	assert_in_range(steps, 100, 110);
	assert_int_equal(R.waited_us, 0);
	R.tx_status = 0;
	assert_int_equal(send(f, sizeof f), 0);
}

/* Its ROM was left in the middle: nothing is asked of it any more, and its memory stays its own. */
static void a_card_that_is_lost(void **state)
{
	(void)state;
	cards[0].transport.lost = true;
	whole(60, 1);
	assert_int_equal(poll_it(), 0);
	assert_false(DEV->link_up);
	assert_int_equal(DEV->ops->open(DEV), -EADDRNOTAVAIL);
	assert_non_null(strstr(log_text(), "as its ROM hangs"));
	assert_int_equal(DEV->ops->leave(DEV, NETDEV_UNLOAD), -EBUSY);
	assert_int_equal(R.stays + R.stops + R.closes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		O(frames_until_done), O(more_frames_than_slots), O(endless_frames_are_bounded),
		O(endless_transmits_are_bounded), O(fragments_across_stays), O(odd_answers), O(failing_isr),
		O(frames_of_each_type), O(out_of_resources), O(transmitter_that_is_stuck), O(receiver_that_is_deaf),
		O(a_restart_that_takes_time), O(a_card_that_is_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
