/* SPDX-License-Identifier: BSD-2-Clause */
/* How many answers may still go out in the present second; net_rate_take() in net.h draws on it.  All zero is full. */
#ifndef NET_RATE_H
#define NET_RATE_H

#include <stdint.h>

struct net_rate {
	uint64_t last_us;	/* when the second began */
	uint32_t tokens;
};

#endif
