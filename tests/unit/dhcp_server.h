/* SPDX-License-Identifier: BSD-2-Clause */
/* A DHCP server made of a few lines, and the client that the tests of DHCP talk to it with. */
#ifndef TESTS_UNIT_DHCP_SERVER_H
#define TESTS_UNIT_DHCP_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>

#include <cmocka.h>

#include "services/dhcp/dhcp.h"
#include "tests/unit/v4.h"

#define S 1000000ull
#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static const struct dhcp_identity me = {
	.mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 }, .has_uuid = true,
	.uuid = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
};

/* ---- a server's packet ---- */

static uint8_t pkt[DHCP_MAX_LEN];
static struct dhcp_writer w;

static inline void reply(const struct dhcp_client *c, uint8_t type, uint32_t yiaddr, uint32_t siaddr, const char *file)
{
	struct dhcp_header h = { .op = 2, .htype = 1, .hlen = 6, .xid = c->xid, .yiaddr = yiaddr, .siaddr = siaddr };

	memcpy(h.chaddr, me.mac, 6);
	if (file)
		memcpy(h.file, file, strlen(file));
	w = (struct dhcp_writer){ .p = pkt, .cap = sizeof(pkt) };
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, DHCP_OPT_TYPE, &type, 1);
}

static inline size_t done(void)
{
	dhcp_write_end(&w);
	assert_int_equal(w.full, 0);
	return w.len;
}

static inline size_t plain(const struct dhcp_client *c, uint8_t type, uint32_t addr, uint32_t server, const char *file)
{
	reply(c, type, addr, server, file);
	dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, server);
	dhcp_write_u32(&w, DHCP_OPT_MASK, 0xffffff00);
	dhcp_write_u32(&w, DHCP_OPT_LEASE, 3600);
	return done();
}

static struct dhcp_client c;
static struct dhcp_output out;

static inline void begin(void)
{
	dhcp_init(&c, &me);
	dhcp_start(&c, 0, 0x1a2b3c4d);
	assert_int_equal(dhcp_poll(&c, 0, 0, &out), DHCP_EV_NONE);
	assert_int_equal(out.type, DHCP_DISCOVER);
}

#define SRV IP(10, 0, 2, 2)
#define ADDR IP(10, 0, 2, 15)

/* Takes c from DISCOVER to BOUND at time 0. */
static inline void bind_now(void)
{
	size_t n;

	begin();
	n = plain(&c, DHCP_OFFER, ADDR, SRV, "x");
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 0), DHCP_EV_OFFER);
	dhcp_poll(&c, 0, 0, &out);
	assert_int_equal(out.type, DHCP_REQUEST);
	n = plain(&c, DHCP_ACK, ADDR, SRV, "x");
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 0), DHCP_EV_BOUND);
}

#endif
