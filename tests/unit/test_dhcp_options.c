/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every option that means something to us, a row for each value: good, odd, too short, empty.  Each row is told in
 * every way that RFC 2132 and RFC 3396 know - whole, in the fields that option 52 gives up, cut into pieces, without
 * an end, cut off by what is broken - and the lease must have the same of it each time.
 */
#include "tests/unit/dhcp_server.h"


static char text[4096];

static void add(const char *what)
{
	assert_true(strlen(text) + strlen(what) + 2 < sizeof(text));
	strcat(text, text[0] ? " " : "");
	strcat(text, what);
}

static void add_addrs(const struct net_addr *a, unsigned count)
{
	char ip[NET_ADDR_TEXT];

	for (unsigned i = 0; i < count; i++)
		if (a[i].family)
			add(net_addr_format(&a[i], ip));
}

static void add_number(uint32_t n)
{
	char digits[12];

	snprintf(digits, sizeof(digits), "%u", (unsigned)n);
	add(n == DHCP_FOREVER ? "ever" : digits);
}

static void add_routes(const struct dhcp_lease *l)
{
	char a[NET_ADDR_TEXT], b[NET_ADDR_TEXT], one[64];

	for (unsigned i = 0; i < l->route_count; i++) {
		const struct dhcp_route *r = &l->routes[i];
		snprintf(one, sizeof(one), "%s/%u>%s", net_addr_format(&r->to.addr, a), r->to.len,
			 r->gateway.family ? net_addr_format(&r->gateway, b) : "link");
		add(one);
	}
}

/* As scripts read it: ${net0/28:hex}. */
static void add_bytes(const struct dhcp_lease *l, unsigned number)
{
	uint8_t b[DHCP_MAX_LEN];
	char digits[3];
	int n = dhcp_option(l->raw, l->raw_len, number, 0, b, sizeof(b));

	for (int i = 0; i < n; i++) {
		snprintf(digits, sizeof(digits), "%02x", b[i]);
		strcat(text, digits);
	}
}

/* What the lease has of that option, as text. */
static const char *had(unsigned number)
{
	const struct dhcp_lease *l = &c.lease;

	text[0] = '\0';
	switch (number) {
	case DHCP_OPT_MASK: add_number(l->len); break;
	case DHCP_OPT_ROUTERS: add_addrs(l->gateways, l->gateway_count); break;
	case DHCP_OPT_DNS: add_addrs(l->dns, l->dns_count); break;
	case DHCP_OPT_LOG: add_addrs(&l->log, 1); break;
	case DHCP_OPT_NTP: add_addrs(&l->ntp, 1); break;
	case DHCP_OPT_HOSTNAME: add(l->hostname); break;
	case DHCP_OPT_DOMAIN: add(l->domain); break;
	case DHCP_OPT_ROOT_PATH: add(l->root_path); break;
	case DHCP_OPT_MTU: add_number(l->mtu); break;
	case DHCP_OPT_STATIC_ROUTES:
	case DHCP_OPT_CLASSLESS_ROUTES:
	case DHCP_OPT_CLASSLESS_MS: add_routes(l); break;
	case DHCP_OPT_LEASE: add_number(l->lease_s); break;
	case DHCP_OPT_T1: add_number(l->t1_s); break;
	case DHCP_OPT_T2: add_number(l->t2_s); break;
	case DHCP_OPT_SERVER_ID: add_addrs(&l->server_id, 1); break;
	case DHCP_OPT_SERVER_NAME: {
		char ip[NET_ADDR_TEXT];
		add(l->server_name);
		add("at");
		add(dhcp_boot_host(l, ip));
		break;
	}
	case DHCP_OPT_BOOT_FILE: add(l->boot_file); break;
	case DHCP_OPT_SEARCH: add(l->search); break;
	case DHCP_OPT_TFTP_SERVERS: add_addrs(&l->next_server, 1); break;
	case DHCP_OPT_IPXE: add(c.no_proxy ? "no proxy" : ""); break;
	default: add_bytes(l, number);
	}
	return text;
}

struct value {
	unsigned number;
	const char *bytes;
	size_t len;
	const char *had;
};

#define V(number, bytes, had) { number, bytes, sizeof(bytes) - 1, had }

/* What stands beside it in each answer: a server (10.0.2.2), a lease of 3600 s, a name server. */
static const struct value rows[] = {
	V(1, "\377\377\374\0", "22"), V(1, "\377\377\377\377", "32"), V(1, "\377\0\377\0", "8"), V(1, "\0\0\0\0", "8"),
	V(1, "\377\377", "8"), V(1, "", "8"), V(1, "\377\377\377\0\377", "24"),
	V(3, "\12\0\2\1", "10.0.2.1"), V(3, "\12\0\2\1\12\0\2\3", "10.0.2.1 10.0.2.3"), V(3, "\12\0\2", ""),
	V(3, "\0\0\0\0\12\0\2\3", "10.0.2.3"), V(3, "\340\0\0\1", ""), V(3, "\12\0\2\1\12\0", "10.0.2.1"), V(3, "", ""),
	V(3, "\12\0\2\1\12\0\2\2\12\0\2\3\12\0\2\4\12\0\2\5", "10.0.2.1 10.0.2.2 10.0.2.3 10.0.2.4"),
	V(6, "\12\0\2\11\300\0\2\1", "10.0.2.9 192.0.2.1"), V(6, "\377\377\377\377", ""), V(6, "", ""),
	V(7, "\12\0\2\7\12\0\2\10", "10.0.2.7"), V(7, "\12\0\2", ""), V(7, "\0\0\0\0", ""),
	V(12, "node7", "node7"), V(12, "node7\0", "node7"), V(12, "\0node7", ""), V(12, "", ""), V(12, "a b", "a b"),
	V(12, "n\303\266de", "n\303\266de"),
	V(15, "lab.test", "lab.test"), V(15, "lab.test\0\0\0", "lab.test"), V(15, "", ""),
	V(17, "nfs:10.0.2.2:/srv/a b,%41", "nfs:10.0.2.2:/srv/a b,%41"), V(17, "", ""),
	V(26, "\5\170", "1400"), V(26, "\5", "0"), V(26, "\0\0\5\170", "0"), V(26, "\0\104", "0"), V(26, "", "0"),
	V(28, "\12\0\2\377", "0a0002ff"), V(28, "", ""),
	V(33, "\12\11\0\1\12\0\2\1", "10.9.0.1/32>10.0.2.1"), V(33, "\254\20\0\0\12\0\2\1", "172.16.0.0/16>10.0.2.1"),
	V(33, "\12\11\0\1\12\0\2", ""), V(33, "\0\0\0\0\12\0\2\1", ""), V(33, "", ""),
	V(42, "\12\0\2\4", "10.0.2.4"), V(42, "\12", ""),
	V(43, "\6\1\10\377", "060108ff"), V(43, "", ""),
	V(51, "\0\0\2\130", "600"), V(51, "\0\0\0\5", "20"), V(51, "\0\0\0\0", "20"), V(51, "\377\377\377\377", "ever"),
	V(51, "\0\0\2", "ever"), V(51, "", "ever"), V(51, "\0\0\2\130\1", "600"),
	V(58, "\0\0\0\144", "1800"), V(58, "\377\377\377\377", "1800"), V(58, "", "1800"),	/* alone it is none */
	V(59, "\0\0\0\144", "3150"), V(59, "\377", "3150"),
	V(60, "PXEClient", "505845436c69656e74"), V(60, "", ""),
	V(61, "\1\122\124\0\22\64\126", "01525400123456"),
	V(66, "10.0.2.33", "10.0.2.33 at 10.0.2.33"), V(66, "boot.lab.test", "boot.lab.test at boot.lab.test"),
	V(66, "boot.lab.test\0", "boot.lab.test at boot.lab.test"), V(66, "\12\0\2\41", "\12 at 10.0.2.33"),
	V(66, "", "at 10.0.2.2"), V(66, "two words", "two words at 10.0.2.2"), V(66, "%62oot", "%62oot at 10.0.2.2"),
	V(67, "pxe/a b.0", "pxe/a b.0"), V(67, "boot\0\0", "boot"), V(67, "", ""), V(67, "\0", ""),
	V(67, "b\303\266ot%20x", "b\303\266ot%20x"), V(67, "dir\\undine.0", "dir\\undine.0"),
	V(67, "http://[fe80::1%25net0]/x?a=%00&b", "http://[fe80::1%25net0]/x?a=%00&b"),
	V(77, "iPXE", "69505845"), V(93, "\0\7", "0007"), V(94, "\1\2\1", "010201"), V(97, "\0\1\2", "000102"),
	V(119, "\3lab\4test\0\1x\300\0", "lab.test x.lab.test"), V(119, "\3lab\4tes", ""), V(119, "", ""),
	V(119, "\300\0", ""), V(119, "\3lab\0\300\77", "lab"),
	V(121, "\30\12\1\2\12\0\2\1", "10.1.2.0/24>10.0.2.1"), V(121, "\0\12\0\2\1", "0.0.0.0/0>10.0.2.1"),
	V(121, "\40\12\1\2\3\0\0\0\0", "10.1.2.3/32>link"), V(121, "\41\12\1\2\3\4\12\0\2\1", ""),
	V(121, "\30\12\1\2\12\0\2\1\30\12", "10.1.2.0/24>10.0.2.1"),
	V(121, "\15\12\17\12\0\2\1", "10.8.0.0/13>10.0.2.1"),
	V(121, "", ""), V(249, "\20\12\7\12\0\2\1", "10.7.0.0/16>10.0.2.1"), V(249, "\20\12", ""),
	V(150, "\12\0\2\62\12\0\2\63", "10.0.2.50"), V(150, "\12\0", "10.0.2.2"), V(150, "", "10.0.2.2"),
	V(175, "\260\1\1", "no proxy"), V(175, "\260\1\0", ""),
	V(175, "\260\5\1", ""), V(175, "\260", ""), V(175, "", ""),
	V(209, "pxelinux.cfg/x", "7078656c696e75782e6366672f78"), V(210, "/tftp/", "2f746674702f"),
	V(211, "\0\0\0\74", "0000003c"), V(224, "telnet=1 a=\303\266", "74656c6e65743d3120613dc3b6"),
};

/* ---- the ways to tell it ---- */

enum way { WHOLE, PADDED, IN_FILE, IN_SNAME, PIECES, EACH_BYTE, ACROSS, NO_END, BROKEN_BEHIND, EMPTY_BESIDE, WAYS };
#define END 255
#define SNAME_AT 44
#define FILE_AT 108

static void put(const struct value *v, size_t from, size_t to)
{
	dhcp_write_option(&w, v->number, v->bytes + from, to - from);
}

/* Into a field of the fixed part, and an end behind it. */
static void into(size_t at, size_t room, const struct value *v, size_t from)
{
	size_t n = v->len - from;

	assert_true(n + 3 <= room);
	memset(pkt + at, 0, room);
	pkt[at] = (uint8_t)v->number;
	pkt[at + 1] = (uint8_t)n;
	memcpy(pkt + at + 2, v->bytes + from, n);
	pkt[at + 2 + n] = END;
}

static size_t answer(const struct value *v, uint8_t type, enum way way)
{
	const bool own_id = v->number == DHCP_OPT_SERVER_ID, own_time = v->number == DHCP_OPT_LEASE;
	const uint8_t given_up = way == IN_FILE || way == ACROSS ? 1 : 2;
	size_t half = v->len / 2;

	reply(&c, type, ADDR, 0, NULL);
	if (!own_id)
		dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, SRV);
	if (!own_time)
		dhcp_write_u32(&w, DHCP_OPT_LEASE, 3600);
	if (v->number != DHCP_OPT_DNS)
		dhcp_write_u32(&w, DHCP_OPT_DNS, SRV);
	if (way == IN_FILE || way == IN_SNAME || way == ACROSS)
		dhcp_write_option(&w, DHCP_OPT_OVERLOAD, &given_up, 1);
	if (way == PADDED)
		memset(w.p + w.len, 0, 5), w.len += 5;
	if (way == IN_FILE)
		into(FILE_AT, 128, v, 0);
	else if (way == IN_SNAME)
		into(SNAME_AT, 64, v, 0);
	else if (way == ACROSS)
		put(v, 0, half), into(FILE_AT, 128, v, half);
	else if (way == PIECES)
		put(v, 0, half), dhcp_write_u32(&w, 200, 7), put(v, half, v->len);
	else if (way == EACH_BYTE && v->len)
		for (size_t i = 0; i < v->len; i++)
			put(v, i, i + 1);
	else
		put(v, 0, v->len);
	if (way == EMPTY_BESIDE)
		put(v, 0, 0), dhcp_write_option(&w, 201, NULL, 0);
	if (way == NO_END)
		return w.len;
	if (way == BROKEN_BEHIND) {
		memcpy(w.p + w.len, "\312\310\1\2", 4);		/* 200 bytes, it says */
		return w.len + 4;
	}
	return done();
}

static void every_option_in_every_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (enum way way = 0; way < WAYS; way++) {
			const struct value *v = &rows[i];
			begin();
			assert_int_equal(dhcp_input(&c, pkt, answer(v, DHCP_OFFER, way), V4(SRV), 0), DHCP_EV_OFFER);
			while (c.state == DHCP_SELECTING)
				dhcp_poll(&c, dhcp_deadline(&c), 0, &out);
			assert_int_equal(dhcp_input(&c, pkt, answer(v, DHCP_ACK, way), V4(SRV), 0), DHCP_EV_BOUND);
			if (strcmp(had(v->number), v->had) != 0)
				fail_msg("option %u, row %zu, way %d: '%s', not '%s'", v->number, i, way, text, v->had);
		}
}

/* 58 and 59 hold together only. */
static void times_of_the_server(void **state)
{
	(void)state;
	begin();
	dhcp_input(&c, pkt, plain(&c, DHCP_OFFER, ADDR, SRV, "x"), V4(SRV), 0);
	dhcp_poll(&c, dhcp_deadline(&c), 0, &out);
	reply(&c, DHCP_ACK, ADDR, SRV, "x");
	dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, SRV);
	dhcp_write_u32(&w, DHCP_OPT_LEASE, 3600);
	dhcp_write_u32(&w, DHCP_OPT_T1, 100);
	dhcp_write_u32(&w, DHCP_OPT_T2, 200);
	assert_int_equal(dhcp_input(&c, pkt, done(), V4(SRV), 0), DHCP_EV_BOUND);
	assert_string_equal(had(DHCP_OPT_T1), "100");
	assert_string_equal(had(DHCP_OPT_T2), "200");
}

/* What is asked for, and who asks: the list of option 55, and 57, 60, 61, 77, 93, 94, 97, 175. */
static void the_question(void **state)
{
	static const uint8_t all[] = { 1, 3, 6, 7, 12, 15, 17, 26, 28, 33, 42, 43, 51, 54, 58, 59, 60, 66, 67, 119, 121,
				       249, 150, 175, 209, 210, 211, 224 };
	static const struct value told[] = {
		V(60, "PXEClient:Arch:00000:UNDI:002001", ""), V(61, "\1\122\124\0\22\64\126", ""),
		V(77, "Undine", ""), V(93, "\0\0", ""), V(94, "\1\2\1", ""),
		V(97, "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20", ""), V(57, "\5\300", ""),
	};
	uint8_t b[256];

	(void)state;
	begin();
	int n = dhcp_option(out.data, out.len, DHCP_OPT_PARAMETERS, 0, b, sizeof(b));
	assert_in_range(n, 1, sizeof(b));
	for (size_t i = 0; i < sizeof(all); i++)
		if (!memchr(b, all[i], (size_t)n))
			fail_msg("option %u is not asked for", all[i]);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		n = dhcp_option(out.data, out.len, told[i].number, 0, b, sizeof(b));
		if (n != (int)told[i].len || memcmp(b, told[i].bytes, told[i].len) != 0)
			fail_msg("option %u: %d bytes, first %02x %02x", told[i].number, n, b[0], b[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_in_every_way),
		cmocka_unit_test(times_of_the_server),
		cmocka_unit_test(the_question),
	};
	return cmocka_run_group_tests_name("dhcp options", tests, NULL, NULL);
}
