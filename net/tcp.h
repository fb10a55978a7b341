/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP (RFC 9293) with window scaling, timestamps and PAWS (RFC 7323), SACK
 * (RFC 2018, 6675), NewReno (RFC 6582), RFC 6298 timers, RFC 5961 checks and
 * RFC 6528 sequence numbers.  No urgent data, no ECN.  Users see net/sock.h;
 * these are the insides that net/'s files share.
 */
#ifndef NET_TCP_H
#define NET_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/ranges.h"

#define TCP_TIME_WAITS 16u		/* remembered; then the oldest goes */

struct tcp_conn;

/* What is left of a connection in TIME-WAIT. */
struct tcp_time_wait {
	bool used;
	uint32_t local_ip, remote_ip;
	uint16_t local_port, remote_port;
	uint32_t snd_nxt, rcv_nxt;
	uint32_t ts_recent, ts_offset;
	bool ts_ok;
	uint64_t expires_us;
};

struct tcp_state {
	struct tcp_conn *conns;		/* the latest used first */
	struct tcp_time_wait time_wait[TCP_TIME_WAITS];
};

#endif
