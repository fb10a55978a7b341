/* SPDX-License-Identifier: BSD-2-Clause */
/* DHCP as it is in the wild: plain BOOTP servers, options in their odd forms, answers that are not taken. */
#include "tests/unit/dhcp_server.h"

/* A BOOTP server's answer; with a vendor field of RFC 1497 or without. */
static size_t bootp(bool vendor)
{
	struct dhcp_header h = { .op = 2, .htype = 1, .hlen = 6, .xid = c.xid, .yiaddr = ADDR, .siaddr = SRV };

	memcpy(h.chaddr, me.mac, 6);
	memcpy(h.file, "boot/undine", 11);
	w = (struct dhcp_writer){ .p = pkt, .cap = sizeof(pkt) };
	dhcp_write_header(&w, &h);
	if (vendor) {
		dhcp_write_u32(&w, DHCP_OPT_MASK, 0xffffff00);
		dhcp_write_u32(&w, DHCP_OPT_ROUTERS, IP(10, 0, 2, 1));
		dhcp_write_u32(&w, DHCP_OPT_LEASE, 60);		/* means nothing here */
	}
	done();
	if (!vendor)
		memset(pkt + DHCP_FIXED_LEN, 0x37, DHCP_MIN_LEN - DHCP_FIXED_LEN);
	return DHCP_MIN_LEN;
}

static void bootp_is_taken_if_no_dhcp_server_answers(void **state)
{
	(void)state;
	for (unsigned vendor = 0; vendor < 2; vendor++) {
		uint64_t t;
		begin();
		assert_int_equal(dhcp_input(&c, pkt, bootp(vendor), V4(SRV), 1000), DHCP_EV_OFFER);
		assert_true(c.offer_seen.bootp);
		assert_int_equal(dhcp_input(&c, pkt, bootp(vendor), V4(SRV + 1), 1000), DHCP_EV_NONE);
		t = dhcp_deadline(&c);
		assert_int_equal(dhcp_poll(&c, t, 0, &out), DHCP_EV_NONE);
		assert_int_equal(out.type, DHCP_DISCOVER);		/* DHCP's servers have another chance */
		t = dhcp_deadline(&c);
		assert_true(t > S && t < 5 * S);
		assert_int_equal(dhcp_poll(&c, t, 0, &out), DHCP_EV_BOUND);
		assert_int_equal(out.len, 0);
		assert_int_equal(c.lease.addr.v4, ADDR);
		assert_int_equal(c.lease.len, vendor ? 24 : 8);		/* 10/8 by its class */
		assert_int_equal(c.lease.gateway_count, vendor);
		assert_int_equal(c.lease.next_server.v4, SRV);
		assert_string_equal(c.lease.boot_file, "boot/undine");
		assert_int_equal(c.lease.lease_s, DHCP_FOREVER);
		assert_int_equal(dhcp_deadline(&c), UINT64_MAX);
		/* a later life of the loader has it, too */
		static uint8_t kept[DHCP_REMEMBERED_MAX];
		size_t n = dhcp_remember(&c, t, kept, sizeof(kept));
		static struct dhcp_client later;
		dhcp_init(&later, &me);
		assert_int_equal(dhcp_resume(&later, 0, kept, n), 0);
		assert_true(later.lease.bootp);
		assert_int_equal(later.lease.lease_s, DHCP_FOREVER);
		/* such a server knows no DECLINE and no RELEASE */
		dhcp_decline(&c, t, 1, &out);
		assert_int_equal(out.len, 0);
		dhcp_release(&later, t, 1, &out);
		assert_int_equal(out.len, 0);
	}
}

static void dhcp_comes_before_bootp(void **state)
{
	(void)state;
	begin();
	dhcp_input(&c, pkt, bootp(true), V4(SRV), 0);
	dhcp_poll(&c, dhcp_deadline(&c), 0, &out);
	dhcp_input(&c, pkt, plain(&c, DHCP_OFFER, ADDR + 1, SRV + 1, "dhcps"), V4(SRV + 1), 2 * S);
	dhcp_poll(&c, dhcp_deadline(&c), 0, &out);
	assert_int_equal(out.type, DHCP_REQUEST);
	assert_int_equal(dhcp_input(&c, pkt, bootp(true), V4(SRV), 2 * S), DHCP_EV_NONE);
	assert_int_equal(dhcp_input(&c, pkt, plain(&c, DHCP_ACK, ADDR + 1, SRV + 1, "dhcps"), V4(SRV + 1), 3 * S),
			 DHCP_EV_BOUND);
	assert_int_equal(c.lease.addr.v4, ADDR + 1);
	assert_false(c.lease.bootp);
	/* and without an address, or for another machine, it is none */
	begin();
	size_t n = bootp(true);
	memset(pkt + 16, 0, 4);
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 0), DHCP_EV_NONE);
	n = bootp(true);
	pkt[28] ^= 1;
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 0), DHCP_EV_NONE);
	n = bootp(true);
	pkt[4] ^= 1;
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 0), DHCP_EV_NONE);
	/* nor are DHCP's options that are cut off */
	bootp(true);
	pkt[DHCP_FIXED_LEN + 4] = DHCP_OPT_TYPE;	/* behind the cookie */
	assert_int_equal(dhcp_input(&c, pkt, DHCP_FIXED_LEN + 5, V4(SRV), 0), DHCP_EV_NONE);
	n = bootp(false);
	assert_int_equal(dhcp_input(&c, pkt, DHCP_FIXED_LEN - 1, V4(SRV), 0), DHCP_EV_NONE);
	assert_int_equal(c.bootp_len, 0);
	assert_int_equal(dhcp_input(&c, pkt, DHCP_FIXED_LEN, V4(SRV), 0), DHCP_EV_OFFER);
}

struct option {
	unsigned number;
	const char *value;
	size_t len;
};

/* A lease with these options, and sname. */
static const struct dhcp_lease *lease_of(const struct option *o, const char *sname, uint32_t dns)
{
	struct dhcp_header h = { .op = 2, .htype = 1, .hlen = 6, .yiaddr = ADDR };
	size_t n;

	begin();
	dhcp_input(&c, pkt, plain(&c, DHCP_OFFER, ADDR, SRV, "x"), V4(SRV), 0);
	dhcp_poll(&c, 0, 0, &out);
	h.xid = c.xid;
	memcpy(h.chaddr, me.mac, 6);
	memcpy(h.file, "x", 2);
	memcpy(h.sname, sname, strlen(sname));
	w = (struct dhcp_writer){ .p = pkt, .cap = sizeof(pkt) };
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, DHCP_OPT_TYPE, (uint8_t[]){ DHCP_ACK }, 1);
	dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, SRV);
	if (dns)
		dhcp_write_u32(&w, DHCP_OPT_DNS, dns);
	for (; o && o->number; o++)
		dhcp_write_option(&w, o->number, o->value, o->len);
	n = done();
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 0), DHCP_EV_BOUND);
	return &c.lease;
}

static const char *host_by(const struct option *o, const char *sname, uint32_t dns)
{
	static char ip[NET_ADDR_TEXT];

	return dhcp_boot_host(lease_of(o, sname, dns), ip);
}

static void the_boot_server_in_many_forms(void **state)
{
	static const struct {
		struct option o[3];
		const char *sname;
		uint32_t dns;
		const char *host;
	} rows[] = {
		{ { { 66, "192.0.2.7", 9 } }, "", SRV, "192.0.2.7" },
		{ { { 66, "192.0.2.7\0", 10 } }, "", SRV, "192.0.2.7" },
		{ { { 66, "\300\0\2\7", 4 } }, "", SRV, "192.0.2.7" },
		{ { { 66, "\12MMA", 4 } }, "", SRV, "10.77.77.65" },
		{ { { 66, "A\12MA", 4 } }, "", SRV, "65.10.77.65" },
		{ { { 66, "AM\12A", 4 } }, "", SRV, "65.77.10.65" },
		{ { { 66, "AMM\12", 4 } }, "", SRV, "65.77.77.10" },
		{ { { 66, "boot", 4 } }, "", SRV, "boot" },
		{ { { 66, "boot.example.com", 16 } }, "other", SRV, "boot.example.com" },
		{ { { 66, "boot.example.com", 16 } }, "", 0, "10.0.2.2" },	/* nobody to ask for the name */
		{ { { 66, "boot.example.com", 16 }, { 150, "\300\0\2\10", 4 } }, "", SRV, "192.0.2.8" },
		{ { { 0, NULL, 0 } }, "boot.example.com", SRV, "boot.example.com" },
		{ { { 0, NULL, 0 } }, "boot.example.com", 0, "10.0.2.2" },
		{ { { 0, NULL, 0 } }, "the server's name", SRV, "10.0.2.2" },	/* that is none */
		{ { { 0, NULL, 0 } }, "", SRV, "10.0.2.2" },
		{ { { 66, "b\303\266ot", 5 } }, "", SRV, "10.0.2.2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(host_by(rows[i].o, rows[i].sname, rows[i].dns), rows[i].host);
}

static void the_links_mtu(void **state)
{
	static const struct {
		struct option o[2];
		uint16_t mtu;
	} rows[] = {
		{ { { 26, "\5\170", 2 } }, 1400 }, { { { 26, "\2\100", 2 } }, 576 }, { { { 26, "\2\77", 2 } }, 0 },
		{ { { 26, "\0\0", 2 } }, 0 }, { { { 26, "\5", 1 } }, 0 }, { { { 26, "\0\0\5\170", 4 } }, 0 },
		{ { { 0, NULL, 0 } }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(lease_of(rows[i].o, "", 0)->mtu, rows[i].mtu);
}

/* Microsoft's number for option 121; where both are there, 121. */
static void routes_by_249(void **state)
{
	static const char ms[] = "\30\12\1\2\12\0\2\376" "\0\12\0\2\375", std[] = "\20\12\7\12\0\2\374";
	const struct option only[] = { { 3, "\12\0\2\1", 4 }, { 33, "\12\11\0\1\12\0\2\1", 8 },
				       { 249, ms, sizeof(ms) - 1 }, { 0, NULL, 0 } };
	const struct option both[] = { { 249, ms, sizeof(ms) - 1 }, { 121, std, sizeof(std) - 1 }, { 0, NULL, 0 } };
	const struct dhcp_lease *l = lease_of(only, "", 0);

	(void)state;
	assert_int_equal(l->route_count, 2);
	assert_int_equal(l->routes[0].to.addr.v4, IP(10, 1, 2, 0));
	assert_int_equal(l->routes[0].to.len, 24);
	assert_int_equal(l->gateway_count, 1);
	assert_int_equal(l->gateways[0].v4, IP(10, 0, 2, 253));
	l = lease_of(both, "", 0);
	assert_int_equal(l->route_count, 1);
	assert_int_equal(l->routes[0].to.addr.v4, IP(10, 7, 0, 0));
	assert_int_equal(l->routes[0].gateway.v4, IP(10, 0, 2, 252));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bootp_is_taken_if_no_dhcp_server_answers),
		cmocka_unit_test(dhcp_comes_before_bootp),
		cmocka_unit_test(the_boot_server_in_many_forms),
		cmocka_unit_test(the_links_mtu),
		cmocka_unit_test(routes_by_249),
	};
	return cmocka_run_group_tests_name("dhcp wild", tests, NULL, NULL);
}
