/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many blocks a server is asked to send at once (RFC 7440), by what the
 * transfers before have seen: per server, since what bears a burst is the
 * line, its switches and our card's ring together.  Pure.
 *
 * It grows while nothing is lost, twofold from transfer to transfer, where the
 * way to the server is long enough for that to matter, and shrinks to the
 * longest run of blocks that came through where many windows had holes; after
 * that it grows later, the oftener it had to shrink.
 */
#ifndef SERVICES_TFTP_TFTP_WINDOW_H
#define SERVICES_TFTP_TFTP_WINDOW_H

#include <stdint.h>

#include "net/addr.h"

#define TFTP_SERVERS 8		/* that are remembered; the one asked longest ago goes */

struct tftp;

struct tftp_windows {
	struct {
		struct net_addr addr;
		uint16_t window;
		uint8_t losses;		/* times it had to shrink */
		uint8_t good;		/* transfers without loss since */
		uint32_t used;
	} rows[TFTP_SERVERS];
	uint32_t clock;
};

/* What to ask that server for; flight: netdev.h's rx_flight of the card, of which no window is larger. */
uint16_t tftp_window(const struct tftp_windows *w, const struct net_addr *server, unsigned flight);
/* What t has seen of it: at its end, however it ended. */
void tftp_window_learn(struct tftp_windows *w, const struct net_addr *server, const struct tftp *t);

#endif
