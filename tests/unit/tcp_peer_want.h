/* SPDX-License-Identifier: BSD-2-Clause */
/* What cmocka's tests say of the segments that tcp_peer.h catches.  Included after cmocka.h. */
#ifndef TESTS_UNIT_TCP_PEER_WANT_H
#define TESTS_UNIT_TCP_PEER_WANT_H

#include "tests/unit/tcp_peer.h"

/* The next segment; there has to be one. */
static inline struct caught want(void)
{
	struct caught c;
	memset(&c, 0, sizeof c);
	assert_true(peer_next(&c));
	return c;
}

static inline void nothing_sent(void)
{
	struct caught c;
	assert_false(peer_next(&c));
}

/* Each test's end: all memory is back, and no frame was malformed. */
static inline int peer_teardown(void **state)
{
	(void)state;
	return peer_done() ? 0 : -1;
}

#endif
