/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receive window finds what the card's ring and the path bear: downloads
 * from a modelled sender in simulated time.  What is measured is printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/unit/tcp_sender.h"

#define LAN .wire_us = 12, .delay_us = 20
#define ROM .take_us = 30, .send_us = 60	/* UNDI calls under TCG, about */

static int setup(void **state)
{
	(void)state;
	peer_init(11);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return peer_done() ? 0 : -1;
}

#define DEV (&P.w.host[0].dev)
#define MB11 11000u			/* segments: 16 MB */

/* A download on a new connection: its time in microseconds. */
static uint64_t run(const char *what, struct path p, unsigned segs)
{
	uint64_t us = sender_download(p, segs);

	print_message("%-22s %6llu ms, %5.2f MB/s; sent %u, again %4.1f %%, "
		      "overruns %u, time-outs %u, window %u to %u, at last %u\n", what,
		      (unsigned long long)us / 1000, (double)segs * SENDER_MSS / (double)us, S.sent,
		      100.0 * S.resent / S.sent,
		      S.overruns, S.timeouts, S.wnd_min, S.cwnd_max * SENDER_MSS, NET->tcp.conns->wnd_max);
	sock_abort(NET, P.s);
	peer_forget();
	return us;
}

/* A sender that never slows down and a ring that cannot hold what it sends: the window is what fits. */
static void small_rings(void **state)
{
	(void)state;
	for (unsigned ring = 6; ring <= 32; ring += ring < 16 ? 2 : 8) {
		char name[40];
		DEV->wnd_learnt = 0;
		snprintf(name, sizeof name, "ring of %u", ring);
		run(name, (struct path){ LAN, ROM, .ring = ring, .stubborn = 60 }, MB11);
		assert_true(S.resent * 100 < S.sent * 16);
		assert_in_range(S.wnd_min, TCP_WND_MIN_SEGS * SENDER_MSS, 3 * ring * SENDER_MSS);
		run("    next connection", (struct path){ LAN, ROM, .ring = ring, .stubborn = 60 }, MB11);
		assert_true(S.resent * 100 < S.sent * 9);	/* it starts from what was learnt */
		assert_int_equal(S.timeouts, 0);
	}
}

/* One that does slow down finds the size itself. */
static void small_rings_and_reno(void **state)
{
	(void)state;
	for (unsigned ring = 8; ring <= 256; ring *= 2) {
		char name[40];
		snprintf(name, sizeof name, "ring of %u, Reno", ring);
		run(name, (struct path){ LAN, ROM, .ring = ring }, MB11);
		assert_true(S.resent * 100 < S.sent * 5);
	}
}

/*
 * A card that bears two frames at once never has more under way, also after loss, and nobody waits for a delayed ACK.
 */
static void frames_in_flight(void **state)
{
	(void)state;
	DEV->rx_flight = 2;
	for (unsigned loss = 0; loss <= 100; loss += 100) {
		uint64_t us = run("2 frames at once", (struct path){ LAN, ROM, .loss = loss }, 2000);
		assert_in_range(S.wnd_told, 2 * TCP_FLIGHT_SEG - (1 << TCP_WND_SCALE), 2 * TCP_FLIGHT_SEG);
		assert_true(loss || us < 2000 * 500);
	}
}

/* 50 and 100 ms of round trip: the window is soon no limit any more. */
static void long_paths(void **state)
{
	(void)state;
	run("25 ms each way", (struct path){ .wire_us = 12, .delay_us = 25000, ROM }, MB11);
	assert_int_equal(S.wnd_min, TCP_WND_START);
	assert_int_equal(S.resent, 0);
	assert_true(run("50 ms each way", (struct path){ .wire_us = 12, .delay_us = 50000, ROM }, MB11) < 1800000);
	assert_int_equal(S.wnd_min, TCP_WND_START);
}

/* More than TCP_WND_NEAR only where it takes that to fill the path. */
static void as_large_as_the_path(void **state)
{
	(void)state;
	run("near", (struct path){ LAN, ROM }, 2 * MB11);
	assert_in_range(S.wnd_told, TCP_WND_NEAR / 2, TCP_WND_NEAR);
	run("near, and the server thinks", (struct path){ LAN, ROM, .late_us = 40000 }, 2 * MB11);
	assert_in_range(S.wnd_told, TCP_WND_NEAR / 2, TCP_WND_NEAR);
	run("4 ms each way", (struct path){ .wire_us = 12, .delay_us = 4000, ROM }, 2 * MB11);	/* 0.3 MB on the way */
	assert_in_range(S.wnd_told, TCP_WND_NEAR / 2, TCP_WND_NEAR);
	run("50 ms each way", (struct path){ .wire_us = 12, .delay_us = 50000, ROM }, 2 * MB11);	/* 3 MB */
	assert_in_range(S.wnd_told, 2 * TCP_WND_NEAR, TCP_WND_LIMIT);
	run("50 ms each way, and the sender knows no more than 350 kB",
	    (struct path){ .wire_us = 12, .delay_us = 50000, ROM, .stubborn = 240 }, 2 * MB11);
	assert_in_range(S.wnd_told, TCP_WND_NEAR / 2, TCP_WND_NEAR);
}

/* Loss that does not come from bursts never shrinks the window. */
static void random_loss(void **state)
{
	static const unsigned loss[] = { 10, 100, 500 };
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		char name[40];
		for (unsigned stubborn = 0; stubborn <= 300; stubborn += 300) {
			snprintf(name, sizeof name, "%u.%u %% lost%s", loss[i] / 100, loss[i] / 10 % 10,
			stubborn ? ", BBR" : "");
			run(name, (struct path){ .wire_us = 12, .delay_us = 20000, ROM, .loss = loss[i],
				.stubborn = stubborn },
			    i < 2 || stubborn ? MB11 : 3000);
			assert_int_equal(S.wnd_min, TCP_WND_START);
		}
	}
	run("reordered", (struct path){ .wire_us = 12, .delay_us = 20000, ROM, .reorder = 500 }, MB11);
	assert_int_equal(S.wnd_min, TCP_WND_START);
}

static void one_outage(void **state)
{
	(void)state;
	run("150 segments lost once", (struct path){ .wire_us = 12, .delay_us = 5000, ROM, .outage_from = 3000,
		.outage_to = 3150 }, MB11);
	assert_int_equal(S.wnd_min, TCP_WND_START);
}

/* The trouble is over: it grows back. */
static void grows_again(void **state)
{
	(void)state;
	run("ring of 8", (struct path){ LAN, ROM, .ring = 8, .stubborn = 60 }, MB11);
	assert_true(DEV->wnd_learnt);
	for (int i = 0; i < 8 && DEV->wnd_learnt; i++)
		run("no ring any more", (struct path){ LAN, ROM }, MB11);
	assert_int_equal(DEV->wnd_learnt, 0);
}

/* ---- two cards, each with a window of its own ---- */

static int lose(struct netdev *dev, const void *frame, size_t len)
{
	(void)dev, (void)frame, (void)len;
	return 0;
}

static const struct netdev_ops deaf_ops = { .transmit = lose };
static struct netdev deaf;		/* a second card */

/* Its link, 10.9.0.1/24. */
static struct link *add_deaf(unsigned rx_flight)
{
	struct link *l;

	deaf = (struct netdev){ .ops = &deaf_ops, .name = "c", .mac = { 2, 0, 0, 0, 0, 9 }, .link_up = true,
				.rx_flight = (uint8_t)rx_flight };
	l = link_add(NET, &deaf);
	assert_non_null(l);
	assert_int_equal(link_configure(NET, l, V4(0x0a090001), 24), 0);
	return l;
}

/* The window that a new connection to that address starts from. */
static uint32_t first_window(uint32_t to)
{
	int s = sock_open(NET, SOCK_TCP);
	uint32_t wnd;

	assert_int_equal(sock_connect(NET, s, V4(to), PEER_PORT), -EINPROGRESS);
	wnd = NET->tcp.conns->wnd_max;
	sock_abort(NET, s);
	peer_answer_arp();
	peer_forget();
	return wnd;
}

#define FOUR_FRAMES (4 * TCP_FLIGHT_SEG >> TCP_WND_SCALE << TCP_WND_SCALE)

static void a_burst_is_one_cards(void **state)
{
	struct link *l = add_deaf(4), *vlan;
	int err;

	(void)state;
	assert_int_equal(first_window(0x0a090002), FOUR_FRAMES);
	assert_int_equal(first_window(HOST_IP(1)), TCP_WND_START);
	/* a VLAN's frames come through its trunk's ring */
	vlan = link_add_vlan(NET, l, 5, 0, &err);
	assert_non_null(vlan);
	assert_int_equal(link_configure(NET, vlan, V4(0x0a0a0001), 24), 0);
	assert_int_equal(first_window(0x0a0a0002), FOUR_FRAMES);
	/* nor does it hold back what grows on the other */
	run("beside 4 frames at once", (struct path){ LAN, ROM }, MB11);
	assert_in_range(S.wnd_told, TCP_WND_START, TCP_WND_NEAR);
}

/* Who calls us gets the window of the card that the answer leaves by. */
static void a_burst_is_one_cards_listening(void **state)
{
	int s = sock_open(NET, SOCK_TCP);

	(void)state;
	add_deaf(4);
	assert_int_equal(sock_bind(NET, s, NULL, 23), 0);
	assert_int_equal(sock_listen(NET, s, 4), 0);
	peer_segment(PEER_PORT, 23, P.iss, 0, TCP_SYN, P.wnd, NULL, 0, NULL, 0);
	assert_non_null(NET->tcp.conns);
	assert_int_equal(NET->tcp.conns->wnd_max, TCP_WND_START);
	DEV->rx_flight = 4;
	deaf.rx_flight = 0;
	peer_segment(PEER_PORT + 1, 23, P.iss, 0, TCP_SYN, P.wnd, NULL, 0, NULL, 0);
	assert_int_equal(NET->tcp.conns->wnd_max, FOUR_FRAMES);
	sock_abort(NET, s);
	peer_forget();
}

static void what_one_card_teaches(void **state)
{
	(void)state;
	add_deaf(0);
	run("ring of 8", (struct path){ LAN, ROM, .ring = 8, .stubborn = 60 }, MB11);
	assert_true(DEV->wnd_learnt);
	assert_int_equal(first_window(HOST_IP(1)), DEV->wnd_learnt);
	assert_int_equal(deaf.wnd_learnt, 0);
	assert_int_equal(first_window(0x0a090002), TCP_WND_START);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(small_rings), T(small_rings_and_reno), T(frames_in_flight), T(long_paths), T(as_large_as_the_path),
		T(random_loss), T(one_outage), T(grows_again),
		T(a_burst_is_one_cards), T(a_burst_is_one_cards_listening), T(what_one_card_teaches),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
