/* SPDX-License-Identifier: BSD-2-Clause */
/* PXE boot servers: what option 43 says of them, and the question.  What servers do: tests/world/test_pxebs.c. */
#include "tests/unit/dhcp_server.h"

#include "net/ip.h"
#include "services/dhcp/pxebs.h"

/* A PXE server's packet with this option 43, into pkt. */
static size_t words(const void *option, size_t len, const char *class)
{
	dhcp_init(&c, &me);
	reply(&c, DHCP_ACK, 0, SRV, NULL);
	dhcp_write_option(&w, DHCP_OPT_CLASS, class, strlen(class));
	dhcp_write_option(&w, DHCP_OPT_VENDOR, option, len);
	return done();
}

static void test_where(void **state)
{
	static const uint8_t all[] = { 6, 1, 4, 7, 4, 239, 1, 2, 3, 8, 21, 0, 3, 1, 10, 0, 0, 1, 0, 4, 0,
				       0, 3, 1, 10, 0, 0, 2, 0, 3, 9, 10 };
	static const uint8_t odd_end[] = { 8, 8, 0, 3, 1, 10, 0, 0, 1, 0 };
	static const uint8_t none[] = { 6, 1, 3, 7, 4, 239, 1, 2, 3 }, no_group[] = { 7, 4, 10, 0, 0, 1 },
		 short_group[] = { 7, 3, 239, 1, 2 }, odd_hosts[] = { 8, 11, 0, 3, 2, 0, 0, 0, 0, 255, 255, 255, 255 };
	struct pxebs_where wh;
	uint8_t many[2 + 3 + 4 * 20] = { 8, 3 + 4 * 20, 0, 3, 20 };

	(void)state;
	pxebs_where(&wh, pkt, words(all, sizeof(all), "PXEClient"), 3);
	assert_true(wh.broadcast && wh.only_listed);
	assert_int_equal(wh.group.v4, IP(239, 1, 2, 3));
	assert_int_equal(wh.count, 2);		/* the piece that is cut off is none */
	assert_int_equal(wh.servers[0].v4, IP(10, 0, 0, 1));
	assert_int_equal(wh.servers[1].v4, IP(10, 0, 0, 2));
	pxebs_where(&wh, pkt, words(all, sizeof(all), "PXEClient"), 4);
	assert_int_equal(wh.count, 0);
	pxebs_where(&wh, pkt, words(odd_end, sizeof(odd_end), "PXEClient"), 3);
	assert_int_equal(wh.count, 1);
	pxebs_where(&wh, pkt, words(all, sizeof(all), "MSFT 5.0"), 3);	/* somebody else's option */
	assert_true(wh.broadcast && !wh.only_listed && !wh.count && !wh.group.family);
	pxebs_where(&wh, pkt, words(none, sizeof(none), "PXEClient:Arch"), 3);
	assert_true(!wh.broadcast && !wh.group.family);
	pxebs_where(&wh, pkt, words(no_group, sizeof(no_group), "PXEClient"), 3);
	assert_int_equal(wh.group.family, 0);
	pxebs_where(&wh, pkt, words(short_group, sizeof(short_group), "PXEClient"), 3);
	assert_int_equal(wh.group.family, 0);
	pxebs_where(&wh, pkt, words(odd_hosts, sizeof(odd_hosts), "PXEClient"), 3);
	assert_int_equal(wh.count, 0);
	for (unsigned i = 0; i < 20; i++)
		memcpy(many + 5 + 4 * i, (uint8_t[]){ 10, 0, 0, (uint8_t)(i + 1) }, 4);
	pxebs_where(&wh, pkt, words(many, sizeof(many), "PXEClient"), 3);
	assert_int_equal(wh.count, PXEBS_SERVERS_MAX);
	assert_int_equal(wh.servers[PXEBS_SERVERS_MAX - 1].v4, IP(10, 0, 0, PXEBS_SERVERS_MAX));
}

/* How a boot file comes by multicast: ports in Intel's byte order; all of them, or it does not. */
static void test_mtftp(void **state)
{
	static const uint8_t all[] = { 1, 4, 239, 1, 2, 3, 2, 2, 0xe0, 6, 3, 2, 0xdf, 6, 4, 1, 9, 5, 1, 7 };
	struct pxebs_mtftp m;

	(void)state;
	assert_true(pxebs_mtftp(&m, pkt, words(all, sizeof(all), "PXEClient")));
	assert_int_equal(m.group.v4, IP(239, 1, 2, 3));
	assert_int_equal(m.port, 1760);
	assert_int_equal(m.server_port, 1759);
	assert_int_equal(m.first_s, 9);
	assert_int_equal(m.again_s, 7);
	assert_false(pxebs_mtftp(&m, pkt, words(all, sizeof(all), "MSFT 5.0")));
	assert_true(pxebs_mtftp(&m, pkt, words(all, 14, "PXEClient")));
	assert_int_equal(m.first_s, 2);
	static const uint8_t odd[] = { 1, 4, 239, 1, 2, 3, 2, 2, 0xe0, 6, 3, 2, 0xdf, 6, 4, 1, 51, 5, 1, 0 };
	assert_true(pxebs_mtftp(&m, pkt, words(odd, sizeof(odd), "PXEClient")));
	assert_int_equal(m.first_s, 20);
	assert_int_equal(m.again_s, 1);
	for (unsigned cut = 0; cut < 14; cut++)
		assert_false(pxebs_mtftp(&m, pkt, words(all, cut, "PXEClient")));
	uint8_t one[14];
	memcpy(one, all, sizeof(one));
	one[2] = 10;				/* no group */
	assert_false(pxebs_mtftp(&m, pkt, words(one, sizeof(one), "PXEClient")));
}

static void test_menu(void **state)
{
	static const uint8_t menu[] = { 9, 11, 128, 1, 3, 'o', 'n', 'e', 0, 4, 2, 'i', 'i' },
		 cut[] = { 9, 4, 128, 1, 9, 'o' };
	unsigned type = 7;
	char text[256];

	(void)state;
	assert_int_equal(pxebs_menu_first(pkt, words(menu, sizeof(menu), "PXEClient"), &type, text), 0);
	assert_int_equal(type, 0x8001);
	assert_string_equal(text, "one");
	assert_int_equal(pxebs_menu_first(pkt, words(cut, sizeof(cut), "PXEClient"), &type, text), -ENOENT);
	assert_int_equal(pxebs_menu_first(pkt, words(menu, sizeof(menu), "Other"), &type, text), -ENOENT);
	assert_int_equal(pxebs_menu_first(pkt, words(menu, 0, "PXEClient"), &type, text), -ENOENT);
}

static struct pxebs p;

/* What is sent now: "10.0.0.1:4011 ...". */
static const char *sent(uint64_t at, int err)
{
	static char text[400];
	char ip[NET_ADDR_TEXT];
	uint16_t port = 0;
	int got;

	text[0] = '\0';
	while ((got = pxebs_poll(&p, at, &out, &port)) == 0 && out.len)
		sprintf(text + strlen(text), "%s:%u ", net_addr_format(&out.dst, ip), port);
	assert_int_equal(got, err);
	return text;
}

/* Who is asked, when, and with what. */
static void test_question(void **state)
{
	static const uint8_t item[] = { 71, 4, 0x80, 3, 0, 0, 255 };
	const struct net_addr own = net_addr_v4(ADDR);
	struct pxebs_where wh = { .broadcast = true, .group = net_addr_v4(IP(239, 1, 2, 3)), .count = 1,
				  .servers = { net_addr_v4(IP(10, 0, 0, 1)) } };
	uint8_t b[32], type;
	struct dhcp_header h;

	(void)state;
	pxebs_start(&p, &me, &own, &wh, 0x8003, 0, 5);
	assert_string_equal(sent(0, 0), "10.0.0.1:4011 239.1.2.3:4011 ");
	assert_int_equal(pxebs_deadline(&p), S);
	assert_string_equal(sent(S - 1, 0), "");
	assert_string_equal(sent(S, 0), "10.0.0.1:4011 239.1.2.3:4011 255.255.255.255:67 ");
	assert_int_equal(pxebs_deadline(&p), 3 * S);
	assert_string_equal(sent(3 * S, 0), "10.0.0.1:4011 239.1.2.3:4011 255.255.255.255:67 ");
	assert_string_equal(sent(5 * S - 1, 0), "");
	assert_string_equal(sent(5 * S, -ETIMEDOUT), "");

	wh.count = 0;
	wh.group.family = 0;
	pxebs_start(&p, &me, &own, &wh, 0x8003, 0, 0);
	uint16_t port;
	assert_int_equal(pxebs_poll(&p, 0, &out, &port), 0);
	assert_int_equal(dhcp_parse(out.data, out.len, &h), 0);
	assert_int_equal(h.ciaddr, ADDR);
	assert_int_equal(h.xid, 1);
	assert_memory_equal(h.chaddr, me.mac, 6);
	assert_int_equal(dhcp_option(out.data, out.len, 53, 0, &type, 1), 1);
	assert_int_equal(type, DHCP_REQUEST);
	assert_int_equal(dhcp_option(out.data, out.len, 43, 0, b, sizeof(b)), sizeof(item));
	assert_memory_equal(b, item, sizeof(item));
	assert_true(pxebs_is_pxe(out.data, out.len));
	assert_int_equal(dhcp_option(out.data, out.len, 97, 0, b, sizeof(b)), 17);

	pxebs_start(&p, &me, &own, &wh, PXEBS_NO_ITEM, 0, 0);
	assert_int_equal(pxebs_poll(&p, 0, &out, &port), 0);
	assert_int_equal(dhcp_option(out.data, out.len, 43, 0, b, sizeof(b)), -ENOENT);
	wh.broadcast = false;
	pxebs_start(&p, &me, &own, &wh, 3, 0, 0);
	assert_string_equal(sent(0, -ENOENT), "");
}

/* An answer to p: how it differs from a good one. */
static bool taken(uint8_t type, uint32_t xid, uint8_t op, const char *class, const uint8_t *item, uint8_t mac5)
{
	const struct net_addr from = net_addr_v4(IP(10, 0, 0, 1));
	struct dhcp_header h = { .op = op, .htype = 1, .hlen = 6, .xid = xid };

	memcpy(h.chaddr, me.mac, 6);
	h.chaddr[5] = mac5;
	w = (struct dhcp_writer){ .p = pkt, .cap = sizeof(pkt) };
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, DHCP_OPT_TYPE, &type, 1);
	dhcp_write_option(&w, DHCP_OPT_CLASS, class, strlen(class));
	if (item)
		dhcp_write_option(&w, DHCP_OPT_VENDOR, (const uint8_t[]){ 71, 4, item[0], item[1], 0, 0 }, 6);
	return pxebs_input(&p, pkt, done(), &from);
}

static void test_answers(void **state)
{
	static const uint8_t right[] = { 0, 3 }, wrong[] = { 0, 4 };
	const struct net_addr own = net_addr_v4(ADDR);
	struct pxebs_where wh = { .broadcast = true };

	(void)state;
	pxebs_start(&p, &me, &own, &wh, 3, 0, 9);
	assert_false(taken(DHCP_OFFER, 9, 2, "PXEClient", right, 0x56));
	assert_false(taken(DHCP_ACK, 8, 2, "PXEClient", right, 0x56));
	assert_false(taken(DHCP_ACK, 9, 1, "PXEClient", right, 0x56));
	assert_false(taken(DHCP_ACK, 9, 2, "PXEServer", right, 0x56));
	assert_false(taken(DHCP_ACK, 9, 2, "PXEClient", wrong, 0x56));
	assert_false(taken(DHCP_ACK, 9, 2, "PXEClient", right, 0x57));
	assert_false(pxebs_input(&p, pkt, 100, &own));
	assert_true(taken(DHCP_ACK, 9, 2, "PXEClient", right, 0x56));
	assert_int_equal(p.answer_len, w.len);
	assert_memory_equal(p.answer, pkt, w.len);
	assert_int_equal(p.from.v4, IP(10, 0, 0, 1));
	assert_false(taken(DHCP_ACK, 9, 2, "PXEClient", right, 0x56));	/* the first one counts */
	assert_string_equal(sent(0, 0), "");
	assert_int_equal(pxebs_deadline(&p), UINT64_MAX);

	pxebs_start(&p, &me, &own, &wh, 3, 0, 9);
	assert_true(taken(DHCP_ACK, 9, 2, "PXEClient", NULL, 0x56));	/* some servers do not say it */
	wh.only_listed = true;
	pxebs_start(&p, &me, &own, &wh, 3, 0, 9);
	assert_false(taken(DHCP_ACK, 9, 2, "PXEClient", right, 0x56));
	wh.servers[wh.count++] = net_addr_v4(IP(10, 0, 0, 1));
	pxebs_start(&p, &me, &own, &wh, 3, 0, 9);
	assert_true(taken(DHCP_ACK, 9, 2, "PXEClient", right, 0x56));
}

/* A proxy's words that come later stay with the lease, also when it is renewed and remembered. */
static void test_taken_proxy(void **state)
{
	static uint8_t kept[DHCP_REMEMBERED_MAX];
	static struct dhcp_client again;
	struct dhcp_lease *l = &c.lease;
	size_t n;

	(void)state;
	begin();
	reply(&c, DHCP_OFFER, 0, SRV, NULL);		/* it has a proxy without a file: that ends no wait */
	dhcp_write_option(&w, DHCP_OPT_CLASS, "PXEClient", 9);
	assert_int_equal(dhcp_input(&c, pkt, done(), V4(SRV + 1), 0), DHCP_EV_NONE);
	dhcp_input(&c, pkt, plain(&c, DHCP_OFFER, ADDR, SRV, NULL), V4(SRV), 0);
	assert_int_equal(dhcp_deadline(&c), S);
	dhcp_poll(&c, S, 0, &out);
	assert_int_equal(dhcp_input(&c, pkt, plain(&c, DHCP_ACK, ADDR, SRV, NULL), V4(SRV), 0), DHCP_EV_BOUND);
	assert_string_equal(l->boot_file, "");
	assert_false(l->boot_file_from_proxy);
	assert_int_not_equal(l->proxy_len, 0);
	n = plain(&c, DHCP_ACK, 0, SRV + 2, "late");
	dhcp_take_proxy(&c, pkt, n, V4(SRV + 2));
	assert_string_equal(l->boot_file, "late");
	assert_true(l->boot_file_from_proxy);
	assert_int_equal(l->proxy_from.v4, SRV + 2);
	n = dhcp_remember(&c, S, kept, sizeof(kept));
	dhcp_init(&again, &me);
	assert_int_equal(dhcp_resume(&again, 0, kept, n), 0);
	assert_string_equal(again.lease.boot_file, "late");
	dhcp_poll(&c, dhcp_deadline(&c), 3, &out);
	assert_int_equal(dhcp_input(&c, pkt, plain(&c, DHCP_ACK, ADDR, SRV, NULL), V4(SRV), 0), DHCP_EV_RENEWED);
	assert_string_equal(l->boot_file, "late");
}

/* A proxy without a file gives way to one with a file, and one that is no PXE server is none. */
static void test_better_proxy(void **state)
{
	(void)state;
	begin();
	reply(&c, DHCP_OFFER, 0, SRV, NULL);
	assert_int_equal(dhcp_input(&c, pkt, done(), V4(SRV + 1), 0), DHCP_EV_NONE);
	assert_int_equal(c.proxy_len, 0);
	reply(&c, DHCP_OFFER, 0, SRV, NULL);
	dhcp_write_option(&w, DHCP_OPT_CLASS, "PXEClient", 9);
	dhcp_input(&c, pkt, done(), V4(SRV + 1), 0);
	assert_int_not_equal(c.proxy_len, 0);
	assert_int_equal(dhcp_input(&c, pkt, plain(&c, DHCP_OFFER, 0, SRV + 2, "file"), V4(SRV + 2), 0), DHCP_EV_PROXY);
	assert_int_equal(c.proxy_from.v4, SRV + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where), cmocka_unit_test(test_mtftp), cmocka_unit_test(test_menu),
		cmocka_unit_test(test_question),
		cmocka_unit_test(test_answers), cmocka_unit_test(test_taken_proxy),
		cmocka_unit_test(test_better_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
