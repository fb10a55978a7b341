/* SPDX-License-Identifier: BSD-2-Clause */
/* See tftp_window.h.  Called by tftp_source.c. */
#include "services/tftp/tftp_window.h"

#include "services/tftp/tftp.h"

#define GOOD_WINDOWS	8u	/* in a row, without a hole: a transfer that went well */
#define LOSSES_MAX	5u	/* 32 of them before it grows again */
#define NEAR_US		2000u	/* there and back: nearer, 64 blocks take longer than their ACK */

static int row_of(const struct tftp_windows *w, const struct net_addr *server)
{
	for (int i = 0; i < TFTP_SERVERS; i++)
		if (w->rows[i].window && net_addr_equal(&w->rows[i].addr, server))
			return i;
	return -1;
}

static int oldest(const struct tftp_windows *w)
{
	int at = 0;

	for (int i = 1; i < TFTP_SERVERS; i++)
		if (w->clock - w->rows[i].used > w->clock - w->rows[at].used)
			at = i;
	return at;
}

uint16_t tftp_window(const struct tftp_windows *w, const struct net_addr *server, unsigned flight)
{
	int at = row_of(w, server);
	uint16_t window = at < 0 ? TFTP_WINDOW : w->rows[at].window;

	return flight && flight < window ? (uint16_t)flight : window;
}

void tftp_window_learn(struct tftp_windows *w, const struct net_addr *server, const struct tftp *t)
{
	int at = row_of(w, server);

	if (at < 0) {
		at = oldest(w);
		w->rows[at].addr = *server;
		w->rows[at].window = t->asked;
		w->rows[at].losses = w->rows[at].good = 0;
	}
	w->rows[at].used = ++w->clock;
	if (t->advice) {
		w->rows[at].window = t->advice;
		w->rows[at].good = 0;
		w->rows[at].losses += w->rows[at].losses < LOSSES_MAX;
		return;
	}
	/* of another window than this one, for the card's sake or by one at the same time, it says nothing */
	if (t->windows < GOOD_WINDOWS || t->window != w->rows[at].window || t->rtt_us < NEAR_US)
		return;
	if (++w->rows[at].good < 1u << w->rows[at].losses)
		return;
	w->rows[at].good = 0;
	w->rows[at].window = t->window < TFTP_WINDOW_MAX / 2 ? t->window * 2 : TFTP_WINDOW_MAX;
}
