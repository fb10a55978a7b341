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

#define MB11 11000u			/* segments: 16 MB */

/* A download on a new connection: its time in microseconds. */
static uint64_t run(const char *what, struct path p, unsigned segs)
{
	uint64_t us = sender_download(p, segs);

	print_message("%-22s %6llu ms, %5.2f MB/s; sent %u, again %4.1f %%, overruns %u, time-outs %u, window %u to %u, at last %u\n", what,
		      (unsigned long long)us / 1000, (double)segs * SENDER_MSS / (double)us, S.sent, 100.0 * S.resent / S.sent,
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
		NET->tcp.wnd_learnt = 0;
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

/* A card that bears two frames at once never has more under way, also after loss, and nobody waits for a delayed ACK. */
static void frames_in_flight(void **state)
{
	(void)state;
	NET->tcp.wnd_cap = 2 * TCP_FLIGHT_SEG;
	for (unsigned loss = 0; loss <= 100; loss += 100) {
		uint64_t us = run("2 frames at once", (struct path){ LAN, ROM, .loss = loss }, 2000);
		assert_in_range(S.wnd_told, 2 * TCP_FLIGHT_SEG - (1 << TCP_WND_SCALE), 2 * TCP_FLIGHT_SEG);
		assert_true(loss || us < 2000 * 500);
	}
	NET->tcp.wnd_cap = 0;
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
			snprintf(name, sizeof name, "%u.%u %% lost%s", loss[i] / 100, loss[i] / 10 % 10, stubborn ? ", BBR" : "");
			run(name, (struct path){ .wire_us = 12, .delay_us = 20000, ROM, .loss = loss[i], .stubborn = stubborn },
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
	run("150 segments lost once", (struct path){ .wire_us = 12, .delay_us = 5000, ROM, .outage_from = 3000, .outage_to = 3150 }, MB11);
	assert_int_equal(S.wnd_min, TCP_WND_START);
}

/* The trouble is over: it grows back. */
static void grows_again(void **state)
{
	(void)state;
	run("ring of 8", (struct path){ LAN, ROM, .ring = 8, .stubborn = 60 }, MB11);
	assert_true(NET->tcp.wnd_learnt);
	for (int i = 0; i < 8 && NET->tcp.wnd_learnt; i++)
		run("no ring any more", (struct path){ LAN, ROM }, MB11);
	assert_int_equal(NET->tcp.wnd_learnt, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(small_rings), T(small_rings_and_reno), T(frames_in_flight), T(long_paths), T(as_large_as_the_path), T(random_loss), T(one_outage), T(grows_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
