/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames that are no IP.  See raw.h.  Called by services/interface; ethernet.c gives it what comes. */
#include "net/raw.h"

#include <errno.h>
#include <string.h>

#include "net/ethernet.h"
#include "net/net.h"

void net_raw_listen(struct net *n, net_raw_fn *fn, void *ctx)
{
	n->raw.fn = fn;
	n->raw.ctx = ctx;
}

void raw_input(struct net *n, const struct link *l, const void *data, size_t len)
{
	n->raw.fn(n->raw.ctx, l, data, len);
	net_wake(n, -1);
}

int net_raw_send(struct net *n, struct link *l, const uint8_t to[6], const void *data, size_t len)
{
	uint8_t *frame = n->tx + ETH_ROOM;

	if (len > NETDEV_MTU_MAX)
		return -EMSGSIZE;
	memcpy(frame + ETH_HEADER, data, len);
	return eth_send(l, to, RAW_TYPE, frame, ETH_HEADER + len);
}
