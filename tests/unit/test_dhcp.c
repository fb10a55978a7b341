/* SPDX-License-Identifier: BSD-2-Clause */
/* DHCP: options read and written, and the client's whole life against a server made of a few lines. */
#include "tests/unit/dhcp_server.h"

/* ---- packets ---- */

static void test_discover_identity(void **state)
{
	struct dhcp_header h;
	uint8_t b[64];

	(void)state;
	begin();
	assert_true(out.len >= DHCP_MIN_LEN);
	assert_int_equal(out.src.v4, 0);
	assert_int_equal(out.dst.v4, 0xffffffff);
	assert_int_equal(dhcp_parse(out.data, out.len, &h), 0);
	assert_int_equal(h.op, 1);
	assert_int_equal(h.xid, 0x1a2b3c4d);
	assert_int_equal(h.flags, 0x8000);
	assert_int_equal(h.htype, 1);
	assert_int_equal(h.hlen, 6);
	assert_memory_equal(h.chaddr, me.mac, 6);
	assert_int_equal(dhcp_option(out.data, out.len, 60, 0, b, sizeof(b)), 32);
	assert_memory_equal(b, "PXEClient:Arch:00000:UNDI:002001", 32);
	assert_int_equal(dhcp_option(out.data, out.len, 77, 0, b, sizeof(b)), 6);
	assert_memory_equal(b, "Undine", 6);
	assert_int_equal(dhcp_option(out.data, out.len, 93, 0, b, sizeof(b)), 2);
	assert_memory_equal(b, "\0\0", 2);
	assert_int_equal(dhcp_option(out.data, out.len, 94, 0, b, sizeof(b)), 3);
	assert_memory_equal(b, "\1\2\1", 3);
	assert_int_equal(dhcp_option(out.data, out.len, 97, 0, b, sizeof(b)), 17);
	assert_int_equal(b[0], 0);
	assert_memory_equal(b + 1, me.uuid, 16);
	static const uint8_t asked[] = { 121, 249, 1, 3, 33, 6, 7, 12, 15, 17, 26, 28, 42, 43, 51, 54, 58, 59, 60,
		66, 67, 119, 128, 129, 130, 131, 132, 133, 134, 135, 150, 175, 203, 209, 210, 211, 224 };
	assert_int_equal(dhcp_option(out.data, out.len, 55, 0, b, sizeof(b)), sizeof(asked));
	assert_memory_equal(b, asked, sizeof(asked));
	assert_int_equal(dhcp_option(out.data, out.len, 12, 0, b, sizeof(b)), -ENOENT);
	assert_int_equal(dhcp_option(out.data, out.len, 57, 0, b, sizeof(b)), 2);
	assert_memory_equal(b, "\5\xc0", 2);
	c.id.max_len = 1468;				/* a VLAN's */
	dhcp_start(&c, 0, 7);
	dhcp_poll(&c, 0, 0, &out);
	assert_int_equal(dhcp_option(out.data, out.len, 57, 0, b, sizeof(b)), 2);
	assert_memory_equal(b, "\5\xbc", 2);
	strcpy(c.id.hostname, "box");
	c.id.has_uuid = false;
	dhcp_start(&c, 0, 0);
	dhcp_poll(&c, 0, 0, &out);
	assert_int_equal(dhcp_option(out.data, out.len, 12, 0, b, sizeof(b)), 3);
	assert_memory_equal(b, "box", 3);
	assert_int_equal(dhcp_option(out.data, out.len, 97, 0, b, sizeof(b)), -ENOENT);
	assert_int_equal(dhcp_parse(out.data, out.len, &h), 0);
	assert_int_equal(h.xid, 1);			/* 0 is no transaction */
}

/* A field that is full has no NUL, and ends where it ends. */
static void test_full_fields(void **state)
{
	struct dhcp_header h = { .op = 2 };
	char b[200];

	(void)state;
	memset(h.sname, 's', sizeof(h.sname));
	memset(h.file, 'f', sizeof(h.file));
	w = (struct dhcp_writer){ .p = pkt, .cap = sizeof(pkt) };
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, 43, "", 0);
	dhcp_write_end(&w);
	assert_int_equal(dhcp_sname_string(pkt, w.len, b, sizeof(b)), 64);
	assert_int_equal(strspn(b, "s"), 64);
	assert_int_equal(dhcp_file_string(pkt, w.len, b, sizeof(b)), 128);
	assert_int_equal(strspn(b, "f"), 128);
	assert_int_equal(dhcp_option(pkt, w.len, 43, 0, b, sizeof(b)), 0);
	assert_int_equal(dhcp_option(pkt, w.len, 43, 1, b, sizeof(b)), -ENOENT);
}

/* As many addresses and routes as there are places for, and not one more. */
static void test_full_lists(void **state)
{
	uint8_t list[8 * (DHCP_MAX_ROUTES + 2)];
	unsigned n;

	(void)state;
	for (unsigned i = 0; i < DHCP_MAX_ROUTES + 2; i++)
		memcpy(list + 8 * i, (uint8_t[]){ 192, 168, (uint8_t)(i + 1), 0, 10, 0, 2, (uint8_t)(i + 1) }, 8);
	for (n = 1; n <= DHCP_MAX_ROUTES + 2; n++) {
		begin();
		dhcp_input(&c, pkt, plain(&c, DHCP_OFFER, ADDR, SRV, "x"), V4(SRV), 0);
		dhcp_poll(&c, 2000000, 0, &out);
		reply(&c, DHCP_ACK, ADDR, SRV, "x");
		dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, SRV);
		dhcp_write_option(&w, DHCP_OPT_STATIC_ROUTES, list, 8 * n);
		dhcp_write_option(&w, DHCP_OPT_DNS, list, 8 * n);	/* twice as many addresses */
		assert_int_equal(dhcp_input(&c, pkt, done(), V4(SRV), 2000000), DHCP_EV_BOUND);
		assert_int_equal(c.lease.route_count, n < DHCP_MAX_ROUTES ? n : DHCP_MAX_ROUTES);
		for (unsigned i = 0; i < c.lease.route_count; i++) {
			assert_int_equal(c.lease.routes[i].to.addr.v4, IP(192, 168, i + 1, 0));
			assert_int_equal(c.lease.routes[i].to.len, 24);
			assert_int_equal(c.lease.routes[i].gateway.v4, IP(10, 0, 2, i + 1));
		}
		assert_int_equal(c.lease.dns_count, 2 * n < DHCP_MAX_ADDRS ? 2 * n : DHCP_MAX_ADDRS);
		for (unsigned i = 0; i < c.lease.dns_count; i++)
			assert_int_equal(c.lease.dns[i].v4,
					 i % 2 ? IP(10, 0, 2, i / 2 + 1) : IP(192, 168, i / 2 + 1, 0));
	}
}

static void test_option_joined_and_overloaded(void **state)
{
	struct dhcp_header h = { .op = 2 };
	uint8_t overload = 3, b[600];
	static const uint8_t sub[] = { 1, 1, 7, 2, 2, 8, 9 };

	(void)state;
	/* file and sname hold options: parts of 43 in all three places, in RFC 3396's order */
	memcpy(h.file, "\x2b\x02" "cd" "\x43\x03" "abc\xff", 10);
	memcpy(h.sname, "\x2b\x02" "ef", 4);	/* not terminated but by the field's end */
	w = (struct dhcp_writer){ .p = pkt, .cap = sizeof(pkt) };
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, 52, &overload, 1);
	dhcp_write_option(&w, 43, "ab", 2);
	dhcp_write_option(&w, 175, sub, 4);
	dhcp_write_option(&w, 175, sub + 4, 3);
	dhcp_write_end(&w);
	assert_int_equal(dhcp_option(pkt, w.len, 43, 0, b, sizeof(b)), 6);
	assert_memory_equal(b, "abcdef", 6);
	memcpy(b + 3, "!!!", 3);
	assert_int_equal(dhcp_option(pkt, w.len, 43, 0, b, 3), 6);
	assert_memory_equal(b, "abc!!!", 6);		/* of a part only what there is room for, of the next nothing */
	assert_int_equal(dhcp_option_string(pkt, w.len, 67, (char *)b, sizeof(b)), 3);
	assert_string_equal((char *)b, "abc");
	assert_int_equal(dhcp_option_string(pkt, w.len, 67, (char *)b, 4), 3);
	assert_int_equal(dhcp_option_string(pkt, w.len, 67, (char *)b, 3), -ENAMETOOLONG);	/* never cut */
	assert_string_equal((char *)b, "");
	dhcp_file_string(pkt, w.len, (char *)b, sizeof(b));
	assert_string_equal((char *)b, "");
	dhcp_sname_string(pkt, w.len, (char *)b, sizeof(b));
	assert_string_equal((char *)b, "");
	assert_int_equal(dhcp_option(pkt, w.len, 175, 1, b, 8), 1);
	assert_int_equal(b[0], 7);
	assert_int_equal(dhcp_option(pkt, w.len, 175, 2, b, 8), 2);
	assert_int_equal(b[1], 9);
	assert_int_equal(dhcp_option(pkt, w.len, 175, 3, b, 8), -ENOENT);
	assert_int_equal(dhcp_option(pkt, w.len, 176, 1, b, 8), -ENOENT);
}

/* Padding, however much of it, is no option and has no length. */
static void test_option_padding(void **state)
{
	static const uint8_t options[] = { 0, 12, 3, 'a', 'b', 'c', 0, 0, 0, 15, 1, 'd', 255, 12, 1, 'e' };
	struct dhcp_header h = { .op = 2 };
	char b[8];
	(void)state;
	w = (struct dhcp_writer){ .p = pkt, .cap = sizeof(pkt) };
	dhcp_write_header(&w, &h);
	memcpy(pkt + w.len, options, sizeof(options));
	w.len += sizeof(options);
	assert_int_equal(dhcp_option_string(pkt, w.len, DHCP_OPT_HOSTNAME, b, sizeof(b)), 3);
	assert_string_equal(b, "abc");		/* what stands behind the end does not count */
	assert_int_equal(dhcp_option_string(pkt, w.len, DHCP_OPT_DOMAIN, b, sizeof(b)), 1);
	assert_int_equal(dhcp_option_string(pkt, w.len, 0, b, sizeof(b)), -ENOENT);
}

static void test_option_cut(void **state)
{
	uint8_t b[8];
	size_t n;

	(void)state;
	begin();
	n = plain(&c, DHCP_OFFER, ADDR, SRV, NULL);
	/* any cut: no read past the end, and what is whole is still found (run under ASan on exact copies) */
	for (size_t cut = 0; cut <= n; cut++) {
		uint8_t *copy = malloc(cut + !cut);
		memcpy(copy, pkt, cut);
		int got = dhcp_option(copy, cut, DHCP_OPT_SERVER_ID, 0, b, sizeof(b));
		assert_int_equal(got, cut >= 240 + 3 + 6 ? 4 : -ENOENT);
		free(copy);
	}
}

static void test_search_list(void **state)
{
	static const uint8_t list[] = "\3eng\5apple\3com\0\11marketing\xc0\4";	/* RFC 3397's example */
	static const uint8_t loop[] = "\1a\xc0\0";
	char text[64], small[16];

	(void)state;
	assert_true(dhcp_search_string(list, sizeof(list) - 1, text, sizeof(text)) > 0);
	assert_string_equal(text, "eng.apple.com marketing.apple.com");
	assert_int_equal(dhcp_search_string(list, sizeof(list) - 1, small, sizeof(small)), -ENAMETOOLONG);
	assert_string_equal(small, "eng.apple.com");	/* whole names only */
	assert_int_equal(dhcp_search_string(loop, sizeof(loop) - 1, text, sizeof(text)), -EPROTO);
	assert_int_equal(dhcp_search_string("", 0, text, sizeof(text)), -EPROTO);
	assert_int_equal(dhcp_search_string("\1a\0\1b\0\1c", 8, text, sizeof(text)), 3);
	assert_string_equal(text, "a b");
	/* the root is no suffix, and ends it */
	assert_int_equal(dhcp_search_string("\1a\0\0\1b", 7, text, sizeof(text)), 1);
	assert_string_equal(text, "a");
}

/* ---- the client ---- */

static void test_handshake(void **state)
{
	struct dhcp_header h;
	uint8_t b[4];
	size_t n;

	(void)state;
	begin();
	n = plain(&c, DHCP_OFFER, ADDR, SRV, "undine.ipxe");
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 1000), DHCP_EV_OFFER);
	assert_int_equal(c.offer_seen.addr.v4, ADDR);
	assert_int_equal(dhcp_deadline(&c), 1000);	/* it has a boot file: taken at once */
	assert_int_equal(dhcp_poll(&c, 1000, 0, &out), DHCP_EV_NONE);
	assert_int_equal(out.type, DHCP_REQUEST);
	assert_int_equal(dhcp_parse(out.data, out.len, &h), 0);
	assert_int_equal(h.ciaddr, 0);
	assert_int_equal(dhcp_option_u32(out.data, out.len, DHCP_OPT_REQUESTED_ADDR, 0), ADDR);
	assert_int_equal(dhcp_option_u32(out.data, out.len, DHCP_OPT_SERVER_ID, 0), SRV);

	reply(&c, DHCP_ACK, ADDR, IP(10, 0, 2, 4), "undine.ipxe");
	dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, SRV);
	dhcp_write_u32(&w, DHCP_OPT_MASK, 0xffffff00);
	dhcp_write_u32(&w, DHCP_OPT_ROUTERS, SRV);
	/* a 0.0.0.0, a group and a stray byte among them */
	dhcp_write_option(&w, DHCP_OPT_DNS, "\x0a\0\2\3\0\0\0\0\xe0\0\0\5\x08\x08\x08\x08\1", 17);
	dhcp_write_u32(&w, DHCP_OPT_LEASE, 86400);
	dhcp_write_option(&w, DHCP_OPT_DOMAIN, "lab.example", 11);
	dhcp_write_option(&w, DHCP_OPT_ROOT_PATH, "iscsi:x\n", 8);
	dhcp_write_option(&w, DHCP_OPT_HOSTNAME, "box\0junk", 8);
	dhcp_write_u32(&w, DHCP_OPT_NTP, IP(1, 2, 3, 4));
	n = done();
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 2000), DHCP_EV_BOUND);
	assert_int_equal(c.lease.addr.v4, ADDR);
	assert_int_equal(c.lease.len, 24);
	assert_int_equal(c.lease.gateway_count, 1);
	assert_int_equal(c.lease.dns_count, 2);
	assert_int_equal(c.lease.dns[1].v4, IP(8, 8, 8, 8));
	assert_int_equal(c.lease.next_server.v4, IP(10, 0, 2, 4));
	assert_string_equal(c.lease.boot_file, "undine.ipxe");
	assert_string_equal(c.lease.search, "lab.example");
	assert_string_equal(c.lease.root_path, "iscsi:x\n");
	assert_string_equal(c.lease.hostname, "box");
	assert_int_equal(c.lease.ntp.v4, IP(1, 2, 3, 4));
	assert_int_equal(c.lease.lease_s, 86400);
	assert_int_equal(c.lease.t1_s, 43200);
	assert_int_equal(c.lease.t2_s, 75600);
	assert_int_equal(c.lease.raw_len, n);
	assert_memory_equal(c.lease.raw, pkt, n);
	assert_int_equal(dhcp_option(c.lease.raw, c.lease.raw_len, DHCP_OPT_NTP, 0, b, 4), 4);
	assert_int_equal(dhcp_deadline(&c), 1000 + 43200 * S);
}

/* Whatever length a packet can carry arrives whole, byte for byte (RFC 3396 joins what is longer than 255). */
static void test_long_strings(void **state)
{
	static const struct {
		uint8_t option;
		size_t at;
	} strings[] = {
		{ DHCP_OPT_HOSTNAME, offsetof(struct dhcp_lease, hostname) },
		{ DHCP_OPT_DOMAIN, offsetof(struct dhcp_lease, domain) },
		{ DHCP_OPT_SERVER_NAME, offsetof(struct dhcp_lease, server_name) },
		{ DHCP_OPT_BOOT_FILE, offsetof(struct dhcp_lease, boot_file) },
		{ DHCP_OPT_ROOT_PATH, offsetof(struct dhcp_lease, root_path) },
		{ DHCP_OPT_DOMAIN, offsetof(struct dhcp_lease, search) },
	};
	static const size_t lengths[] = { 1, 63, 64, 127, 128, 254, 255, 256, 257, 510, 511, 1100 };

	(void)state;
	for (unsigned i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		for (unsigned k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++) {
			uint8_t text[1101];
			size_t len = lengths[k], n;

			for (size_t at = 0; at < len; at++)
				text[at] = (uint8_t)(at % 255 + 1);
			text[len] = '\0';
			begin();
			n = plain(&c, DHCP_OFFER, ADDR, SRV, "f");
			dhcp_input(&c, pkt, n, V4(SRV), 1000);
			dhcp_poll(&c, 1000, 0, &out);
			reply(&c, DHCP_ACK, ADDR, SRV, NULL);
			dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, SRV);
			for (size_t at = 0; at < len; at += 255)
				dhcp_write_option(&w, strings[i].option, text + at, len - at < 255 ? len - at : 255);
			n = done();
			assert_false(w.full);
			assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 2000), DHCP_EV_BOUND);
			assert_string_equal((const char *)&c.lease + strings[i].at, (const char *)text);
			assert_false(c.lease.search_cut);
		}
	}
}

/* Pointers make a list longer than its packet: what finds no room is told of. */
static void test_search_list_that_grows(void **state)
{
	static const char suffix[] = "\x3f" "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg\x3f"
		"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg";
	size_t n;

	(void)state;
	for (unsigned names = 1; names <= 20; names++) {
		uint8_t list[255];
		size_t len = sizeof(suffix);

		memcpy(list, suffix, len);
		for (unsigned i = 1; i < names; i++, len += 2)
			memcpy(list + len, "\xc0\0", 2);
		begin();
		n = plain(&c, DHCP_OFFER, ADDR, SRV, "f");
		dhcp_input(&c, pkt, n, V4(SRV), 1000);
		dhcp_poll(&c, 1000, 0, &out);
		reply(&c, DHCP_ACK, ADDR, SRV, NULL);
		dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, SRV);
		dhcp_write_option(&w, DHCP_OPT_SEARCH, list, len);
		n = done();
		assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 2000), DHCP_EV_BOUND);
		/* 127 and a blank each */
		size_t whole = names * 128 - 1, most = sizeof(c.lease.search) / 128 * 128 - 1;
		assert_int_equal(strlen(c.lease.search), whole < sizeof(c.lease.search) ? whole : most);
		assert_int_equal(c.lease.search_cut, whole >= sizeof(c.lease.search));
	}
}

static void test_what_people_see(void **state)
{
	char buf[8];

	(void)state;
	assert_string_equal(dhcp_show("1234567", buf, sizeof(buf)), "1234567");
	assert_string_equal(dhcp_show("12345678", buf, sizeof(buf)), "1234...");
	assert_string_equal(dhcp_show("a\033[b\n\xff", buf, sizeof(buf)), "a?[b??");
}

static void test_waits_for_a_boot_file(void **state)
{
	size_t n;

	(void)state;
	begin();
	n = plain(&c, DHCP_OFFER, ADDR, SRV, NULL);
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 100000), DHCP_EV_OFFER);
	assert_int_equal(dhcp_deadline(&c), S);
	dhcp_poll(&c, 500000, 0, &out);
	assert_int_equal(out.len, 0);
	/* the same server again is not a second offer */
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 500000), DHCP_EV_NONE);
	n = plain(&c, DHCP_OFFER, IP(10, 0, 2, 77), IP(10, 0, 2, 3), "nbp");
	assert_int_equal(dhcp_input(&c, pkt, n, V4(IP(10, 0, 2, 3)), 600000), DHCP_EV_OFFER);
	dhcp_poll(&c, 600000, 0, &out);
	assert_int_equal(out.type, DHCP_REQUEST);
	assert_int_equal(c.chosen.addr.v4, IP(10, 0, 2, 77));
}

static void test_proxy_merged(void **state)
{
	size_t n;

	(void)state;
	begin();
	n = plain(&c, DHCP_OFFER, ADDR, SRV, NULL);
	dhcp_input(&c, pkt, n, V4(SRV), 1000);
	reply(&c, DHCP_OFFER, 0, IP(10, 0, 2, 9), "proxied");
	dhcp_write_option(&w, DHCP_OPT_CLASS, "PXEClient", 9);
	dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, IP(10, 0, 2, 9));
	n = done();
	assert_int_equal(dhcp_input(&c, pkt, n, V4(IP(10, 0, 2, 9)), 2000), DHCP_EV_PROXY);
	dhcp_poll(&c, 2000, 0, &out);		/* now nothing is missing */
	assert_int_equal(out.type, DHCP_REQUEST);
	n = plain(&c, DHCP_ACK, ADDR, SRV, NULL);
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 3000), DHCP_EV_BOUND);
	assert_string_equal(c.lease.boot_file, "proxied");
	assert_true(c.lease.boot_file_from_proxy);
	assert_int_equal(c.lease.next_server.v4, IP(10, 0, 2, 9));
	assert_int_equal(c.lease.server_id.v4, SRV);
}

/* What the server itself says of a boot file comes first, and without either's word there is none. */
static void test_whose_boot_file(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		bool own = i & 1, proxied = i & 2;
		size_t n;

		begin();
		n = plain(&c, DHCP_OFFER, ADDR, SRV, NULL);
		dhcp_input(&c, pkt, n, V4(SRV), 1000);
		if (proxied) {
			reply(&c, DHCP_OFFER, 0, IP(10, 0, 2, 9), "proxied");
			dhcp_write_option(&w, DHCP_OPT_CLASS, "PXEClient", 9);
			dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, IP(10, 0, 2, 9));
			n = done();
			assert_int_equal(dhcp_input(&c, pkt, n, V4(IP(10, 0, 2, 9)), 2000), DHCP_EV_PROXY);
		}
		dhcp_poll(&c, 3 * S, 0, &out);
		assert_int_equal(out.type, DHCP_REQUEST);
		n = plain(&c, DHCP_ACK, ADDR, SRV, own ? "own" : NULL);
		assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 3 * S), DHCP_EV_BOUND);
		assert_string_equal(c.lease.boot_file, own ? "own" : proxied ? "proxied" : "");
		assert_int_equal(c.lease.boot_file_from_proxy, proxied && !own);
		assert_int_equal(c.lease.next_server.v4, proxied && !own ? IP(10, 0, 2, 9) : SRV);
	}
}

static void test_next_server_from_options(void **state)
{
	static const char octets[4][5] = { "\xc0!,7", "!\xc0,7", "!,\xc0" "7", "!,7\xc0" };
	static const char names[4][5] = { " abc", "a bc", "ab c", "abc " };
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {	/* one octet that no name has */
		const uint8_t *o = (const uint8_t *)octets[i];
		begin();
		reply(&c, DHCP_OFFER, ADDR, 0, NULL);
		dhcp_write_option(&w, DHCP_OPT_SERVER_NAME, o, 4);
		n = done();
		dhcp_input(&c, pkt, n, V4(SRV), 0);
		assert_int_equal(c.offer_seen.next_server.v4, IP(o[0], o[1], o[2], o[3]));
		begin();
		reply(&c, DHCP_OFFER, ADDR, 0, NULL);
		dhcp_write_option(&w, DHCP_OPT_SERVER_NAME, names[i], 4);
		n = done();
		dhcp_input(&c, pkt, n, V4(SRV), 0);
		assert_int_equal(c.offer_seen.next_server.v4, SRV);
	}
	begin();
	reply(&c, DHCP_OFFER, ADDR, 0, NULL);
	dhcp_write_option(&w, DHCP_OPT_SERVER_NAME, "192.0.2.7", 9);
	dhcp_write_option(&w, DHCP_OPT_BOOT_FILE, "f\0", 2);
	n = done();
	dhcp_input(&c, pkt, n, V4(SRV), 0);
	assert_int_equal(c.offer_seen.next_server.v4, IP(192, 0, 2, 7));
	assert_int_equal(c.offer_seen.server_id.v4, SRV);	/* no option 54: the sender */
	assert_string_equal(c.file_seen, "f");
}

static void test_silence(void **state)
{
	enum dhcp_event ev = DHCP_EV_NONE;
	uint64_t t = 0, last = 0;
	unsigned sent = 1;

	(void)state;
	begin();
	srand(1);
	while (ev == DHCP_EV_NONE) {
		t = dhcp_deadline(&c);
		ev = dhcp_poll(&c, t, (uint32_t)rand(), &out);
		if (out.len) {
			sent++;
			assert_true(t - last <= 10 * S);
			last = t;
		}
	}
	assert_int_equal(ev, DHCP_EV_FAILED);
	assert_int_equal(c.error, -ETIMEDOUT);
	assert_int_equal(sent, c.sent);
	assert_true(t > 28 * S && t < 50 * S);
	assert_non_null(strstr(c.error_text, "no server answered 7 DISCOVERs"));
	assert_int_equal(dhcp_deadline(&c), UINT64_MAX);
}

static void test_nonsense(void **state)
{
	enum dhcp_event ev = DHCP_EV_NONE;
	uint8_t junk[300];
	size_t n;

	(void)state;
	begin();
	srand(2);
	while (ev == DHCP_EV_NONE) {
		uint64_t t = dhcp_deadline(&c);
		ev = dhcp_poll(&c, t, (uint32_t)rand(), &out);
		for (size_t i = 0; i < sizeof(junk); i++)
			junk[i] = (uint8_t)rand();
		assert_int_equal(dhcp_input(&c, junk, sizeof(junk), V4(SRV), t), DHCP_EV_NONE);
		n = plain(&c, DHCP_OFFER, IP(127, 0, 0, 1), SRV, "x");	/* an address nobody can have */
		assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), t), DHCP_EV_NONE);
		n = plain(&c, DHCP_ACK, ADDR, SRV, "x");	/* an ACK to nothing */
		assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), t), DHCP_EV_NONE);
	}
	assert_int_equal(c.error, -EPROTO);
	assert_non_null(strstr(c.error_text, "none of them usable"));
}

static void test_other_machines_ignored(void **state)
{
	size_t n;

	(void)state;
	begin();
	n = plain(&c, DHCP_OFFER, ADDR, SRV, "x");
	pkt[28] ^= 1;		/* chaddr */
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 0), DHCP_EV_NONE);
	assert_int_equal(c.nonsense, 0);
	pkt[28] ^= 1;
	pkt[4] ^= 1;		/* xid */
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 0), DHCP_EV_NONE);
	pkt[4] ^= 1;
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 0), DHCP_EV_OFFER);
}

static void test_nak_then_failure(void **state)
{
	enum dhcp_event ev = DHCP_EV_NONE;
	uint64_t t = 0;
	unsigned naks = 0;
	size_t n;

	(void)state;
	begin();
	while (ev != DHCP_EV_FAILED) {
		t = dhcp_deadline(&c);
		ev = dhcp_poll(&c, t, 5, &out);
		if (out.len && out.type == DHCP_DISCOVER) {
			n = plain(&c, DHCP_OFFER, ADDR, SRV, "x");
			dhcp_input(&c, pkt, n, V4(SRV), t);
		} else if (out.len) {
			reply(&c, DHCP_NAK, 0, 0, NULL);
			dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, SRV);
			dhcp_write_option(&w, DHCP_OPT_MESSAGE, "not you", 7);
			n = done();
			assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), t), DHCP_EV_NAK);
			naks++;
		}
		assert_true(naks < 20);
	}
	assert_int_equal(c.error, -EACCES);
	assert_non_null(strstr(c.error_text, "10.0.2.2 refused the request: not you"));
}

static void test_offer_never_confirmed(void **state)
{
	enum dhcp_event ev = DHCP_EV_NONE;
	uint64_t t = 0;
	size_t n;

	(void)state;
	begin();
	while (ev != DHCP_EV_FAILED) {
		t = dhcp_deadline(&c);
		assert_true(t < 50 * S);
		ev = dhcp_poll(&c, t, 5, &out);
		n = plain(&c, DHCP_OFFER, ADDR, SRV, "x");
		if (out.len && out.type == DHCP_DISCOVER)
			dhcp_input(&c, pkt, n, V4(SRV), t);
	}
	assert_int_equal(c.error, -ETIMEDOUT);
	assert_non_null(strstr(c.error_text, "did not confirm"));
}

static void test_renewal(void **state)
{
	struct dhcp_header h;
	size_t n;

	(void)state;
	bind_now();
	assert_int_equal(dhcp_deadline(&c), 1800 * S);
	assert_int_equal(dhcp_poll(&c, 1800 * S, 7, &out), DHCP_EV_NONE);
	assert_int_equal(c.state, DHCP_RENEWING);
	assert_int_equal(dhcp_deadline(&c), 1800 * S + 675 * S);	/* half of the time to T2 */
	assert_int_equal(out.dst.v4, SRV);
	assert_int_equal(out.src.v4, ADDR);
	dhcp_parse(out.data, out.len, &h);
	assert_int_equal(h.ciaddr, ADDR);
	assert_int_equal(h.flags, 0);
	assert_int_equal(dhcp_option_u32(out.data, out.len, DHCP_OPT_REQUESTED_ADDR, 0), 0);
	assert_int_equal(dhcp_option_u32(out.data, out.len, DHCP_OPT_SERVER_ID, 0), 0);
	n = plain(&c, DHCP_ACK, ADDR, SRV, "x");
	assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 1801 * S), DHCP_EV_RENEWED);
	assert_int_equal(dhcp_deadline(&c), 3600 * S);	/* counted from the request */
}

static void test_rebind_and_expiry(void **state)
{
	enum dhcp_event ev = DHCP_EV_NONE;
	unsigned renews = 0, rebinds = 0;
	uint64_t t = 0;

	(void)state;
	bind_now();
	while (ev == DHCP_EV_NONE) {
		t = dhcp_deadline(&c);
		ev = dhcp_poll(&c, t, 9, &out);
		if (out.len && ev == DHCP_EV_NONE) {
			assert_true(dhcp_deadline(&c) > t);
			renews += out.dst.v4 == SRV;
			rebinds += out.dst.v4 == 0xffffffff;
		}
	}
	assert_int_equal(ev, DHCP_EV_EXPIRED);
	assert_int_equal(t, 3600 * S);
	assert_true(renews >= 3 && renews < 20);
	assert_true(rebinds >= 3 && rebinds < 20);
	assert_int_equal(c.state, DHCP_SELECTING);
	assert_int_equal(c.lease.addr.v4, 0);
}

static void test_rebound_by_another_server(void **state)
{
	size_t n;

	(void)state;
	bind_now();
	dhcp_poll(&c, 3200 * S, 3, &out);
	assert_int_equal(c.state, DHCP_REBINDING);
	assert_int_equal(out.src.v4, ADDR);
	assert_int_equal(dhcp_option_u32(out.data, out.len, DHCP_OPT_SERVER_ID, 0), 0);
	n = plain(&c, DHCP_ACK, ADDR, IP(10, 0, 2, 3), "x");
	assert_int_equal(dhcp_input(&c, pkt, n, V4(IP(10, 0, 2, 3)), 3200 * S), DHCP_EV_RENEWED);
	assert_int_equal(c.lease.server_id.v4, IP(10, 0, 2, 3));
}

static void test_times_made_sane(void **state)
{
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		begin();
		n = plain(&c, DHCP_OFFER, ADDR, SRV, "x");
		dhcp_input(&c, pkt, n, V4(SRV), 0);
		dhcp_poll(&c, 0, 0, &out);
		reply(&c, DHCP_ACK, ADDR, SRV, "x");
		dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, SRV);
		dhcp_write_u32(&w, DHCP_OPT_MASK, 0xff00ff00);	/* no mask */
		if (i != 2)
			dhcp_write_u32(&w, DHCP_OPT_LEASE, i == 1 ? 1 : 1000);
		dhcp_write_u32(&w, DHCP_OPT_T1, 900);
		/* with T1, at the end, or before T1 */
		dhcp_write_u32(&w, DHCP_OPT_T2, i == 3 ? 900 : i == 4 ? 1000 : 100);
		n = done();
		assert_int_equal(dhcp_input(&c, pkt, n, V4(SRV), 0), DHCP_EV_BOUND);
		assert_int_equal(c.lease.len, 8);
		assert_int_equal(c.lease.t1_s, i == 1 ? 10 : i == 2 ? DHCP_FOREVER : 500);
		assert_int_equal(c.lease.t2_s, i == 1 ? 18 : i == 2 ? DHCP_FOREVER : 875);
		assert_int_equal(dhcp_deadline(&c), i == 2 ? UINT64_MAX : c.lease.t1_s * S);
	}
}

static void test_release(void **state)
{
	(void)state;
	bind_now();
	dhcp_release(&c, 5 * S, 1, &out);
	assert_int_equal(out.type, DHCP_RELEASE);
	assert_int_equal(out.dst.v4, SRV);
	assert_int_equal(out.src.v4, ADDR);
	assert_int_equal(c.lease.addr.v4, ADDR);	/* the client is as it was */
	begin();
	dhcp_release(&c, 5 * S, 1, &out);
	assert_int_equal(out.len, 0);
}

/* Little may be in it (RFC 2131, table 5), and the next DISCOVER is 3 s away. */
static void test_decline(void **state)
{
	struct dhcp_header h;
	uint8_t b[8];
	(void)state;
	bind_now();
	c.id.has_uuid = true;
	dhcp_decline(&c, 5 * S, 77, &out);
	assert_int_equal(out.type, DHCP_DECLINE);
	assert_int_equal(out.src.v4, 0);
	assert_int_equal(out.dst.v4, 0xffffffff);
	assert_int_equal(dhcp_parse(out.data, out.len, &h), 0);
	assert_int_equal(h.op, 1);
	assert_int_equal(h.htype, 1);
	assert_int_equal(h.hlen, 6);
	assert_int_equal(h.xid, 77);
	assert_int_equal(h.ciaddr, 0);
	assert_memory_equal(h.chaddr, c.id.mac, 6);
	assert_int_equal(h.chaddr[6], 0);
	assert_int_equal(dhcp_option(out.data, out.len, DHCP_OPT_TYPE, 0, b, 1), 1);
	assert_int_equal(b[0], DHCP_DECLINE);
	assert_int_equal(dhcp_option_addr(out.data, out.len, DHCP_OPT_REQUESTED_ADDR).v4, ADDR);
	assert_int_equal(dhcp_option_addr(out.data, out.len, DHCP_OPT_SERVER_ID).v4, SRV);
	assert_int_equal(dhcp_option(out.data, out.len, DHCP_OPT_CLIENT_ID, 0, b, 7), 7);
	assert_true(dhcp_option(out.data, out.len, DHCP_OPT_PARAMETERS, 0, b, 8) < 0);
	assert_true(dhcp_option(out.data, out.len, DHCP_OPT_MAX_SIZE, 0, b, 8) < 0);
	assert_false(c.lease.addr.family);
	assert_int_equal(dhcp_deadline(&c), 15 * S);
	dhcp_poll(&c, 15 * S, 5, &out);
	assert_int_equal(out.type, DHCP_DISCOVER);
	bind_now();
	dhcp_decline(&c, 5 * S, 0, &out);		/* chance gives 0, which is no number of an exchange */
	assert_int_equal(dhcp_parse(out.data, out.len, &h), 0);
	assert_int_equal(h.xid, 1);
}

/* Whatever comes, the client's invariants hold and it never waits for ever without a lease. */
static void test_random_packets(void **state)
{
	(void)state;
	srand(20);
	for (unsigned run = 0; run < 300; run++) {
		uint64_t t = 0;
		begin();
		for (unsigned i = 0; i < 60; i++) {
			size_t n = plain(&c, (uint8_t)(rand() % 9), rand() % 3 ? ADDR : (uint32_t)rand(), SRV,
			rand() % 2 ? "f" : NULL);
			for (int flips = rand() % 4; flips; flips--)
				pkt[(size_t)rand() % n] ^= (uint8_t)(1 << rand() % 8);
			dhcp_input(&c, pkt, (size_t)rand() % 3 ? n : (size_t)rand() % n, V4(SRV), t);
			if (rand() % 2 && dhcp_deadline(&c) != UINT64_MAX)
				t = dhcp_deadline(&c);
			dhcp_poll(&c, t, (uint32_t)rand(), &out);
			assert_true(out.len == 0 || out.len >= DHCP_MIN_LEN);
			if (c.state == DHCP_BOUND)
				assert_true(c.lease.addr.family && c.lease.t1_s <= c.lease.t2_s &&
					    c.lease.raw_len >= 240);
			if (c.state != DHCP_BOUND && c.state != DHCP_FAILED)
				assert_true(dhcp_deadline(&c) != UINT64_MAX);
		}
	}
}

/* A lease with these options behind server and mask. */
static void lease_with(const uint8_t *o33, size_t len33, const uint8_t *o121, size_t len121, uint32_t router)
{
	begin();
	dhcp_input(&c, pkt, plain(&c, DHCP_OFFER, ADDR, SRV, "x"), V4(SRV), 0);
	dhcp_poll(&c, 2000000, 0, &out);
	reply(&c, DHCP_ACK, ADDR, SRV, "x");
	dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, SRV);
	dhcp_write_u32(&w, DHCP_OPT_ROUTERS, router);
	if (len33)
		dhcp_write_option(&w, DHCP_OPT_STATIC_ROUTES, o33, len33);
	if (len121)
		dhcp_write_option(&w, DHCP_OPT_CLASSLESS_ROUTES, o121, len121);
	assert_int_equal(dhcp_input(&c, pkt, done(), V4(SRV), 2000000), DHCP_EV_BOUND);
}

static void expect_route(unsigned i, uint32_t to, unsigned len, uint32_t gateway)
{
	assert_true(i < c.lease.route_count);
	assert_int_equal(c.lease.routes[i].to.addr.v4, to);
	assert_int_equal(c.lease.routes[i].to.len, len);
	assert_int_equal(c.lease.routes[i].gateway.v4, gateway);
}

/* Option 3 alone; with 33; and 121, which has the word alone (RFC 3442). */
static void test_routes(void **state)
{
	static const uint8_t o33[] = { 192, 168, 7, 0, 10, 0, 2, 5, 172, 16, 1, 1, 10, 0, 2, 6, 0, 0, 0, 0, 10, 0, 2, 7,
				       9 };
	static const uint8_t o121[] = { 17, 10, 17, 128, 10, 0, 2, 8, 32, 169, 254, 169, 254, 0, 0, 0, 0, 0, 10, 0, 2,
					9 };
	static const uint8_t wild[] = { 20, 10, 17, 255, 10, 0, 2, 8, 33, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	static const uint8_t cut[] = { 24, 10, 1, 2, 10, 0 };
	uint8_t many[5 * (DHCP_MAX_ROUTES + 4)];

	(void)state;
	lease_with(NULL, 0, NULL, 0, IP(10, 0, 2, 1));
	assert_int_equal(c.lease.route_count, 1);
	expect_route(0, 0, 0, IP(10, 0, 2, 1));
	lease_with(o33, sizeof(o33), NULL, 0, IP(10, 0, 2, 1));
	assert_int_equal(c.lease.route_count, 3);
	expect_route(0, 0, 0, IP(10, 0, 2, 1));
	expect_route(1, IP(192, 168, 7, 0), 24, IP(10, 0, 2, 5));
	expect_route(2, IP(172, 16, 1, 1), 32, IP(10, 0, 2, 6));
	lease_with(o33, sizeof(o33), o121, sizeof(o121), IP(10, 0, 2, 1));
	assert_int_equal(c.lease.route_count, 3);
	expect_route(0, IP(10, 17, 128, 0), 17, IP(10, 0, 2, 8));
	expect_route(1, IP(169, 254, 169, 254), 32, 0);
	expect_route(2, 0, 0, IP(10, 0, 2, 9));
	assert_int_equal(c.lease.gateway_count, 1);
	assert_int_equal(c.lease.gateways[0].v4, IP(10, 0, 2, 9));
	lease_with(NULL, 0, wild, sizeof(wild), IP(10, 0, 2, 1));	/* host bits go; what is wrong ends it */
	assert_int_equal(c.lease.route_count, 1);
	expect_route(0, IP(10, 17, 240, 0), 20, IP(10, 0, 2, 8));
	lease_with(o33, sizeof(o33), cut, sizeof(cut), IP(10, 0, 2, 1));
	assert_int_equal(c.lease.route_count, 0);
	for (unsigned i = 0; i < sizeof(many) / 5; i++)
		memcpy(many + 5 * i, "\0\12\0\2\1", 5);
	lease_with(NULL, 0, many, sizeof(many), IP(10, 0, 2, 1));
	assert_int_equal(c.lease.route_count, DHCP_MAX_ROUTES);
}

/* A packet that has no room is never written past its end, and says that something is missing. */
static void test_writer_bounds(void **state)
{
	static const struct dhcp_header h = { .op = 1, .htype = 1, .hlen = 6, .xid = 7 };
	static const uint8_t text[255];
	uint8_t room[600];
	(void)state;
	for (size_t cap = 0; cap < 560; cap++) {
		struct dhcp_writer x = { .p = room, .cap = cap };
		memset(room, 0xaa, sizeof(room));
		dhcp_write_header(&x, &h);
		assert_int_equal(x.full, cap < 240);
		dhcp_write_option(&x, DHCP_OPT_TYPE, text, 1);
		dhcp_write_option(&x, DHCP_OPT_HOSTNAME, text, 255);
		dhcp_write_option(&x, DHCP_OPT_DOMAIN, text, 20);
		assert_int_equal(x.full, cap < 240 + 3 + 257 + 22);
		dhcp_write_end(&x);
		assert_int_equal(x.full, cap < 240 + 3 + 257 + 22 + 1);
		assert_true(x.len <= cap);
		assert_true(x.full || x.len == 523);
		for (size_t i = cap; i < sizeof(room); i++)
			assert_int_equal(room[i], 0xaa);
	}
	struct dhcp_writer x = { .p = room, .cap = sizeof(room) };
	dhcp_write_option(&x, DHCP_OPT_HOSTNAME, room, 256);	/* no option is that long */
	assert_int_equal(x.full, 1);
	assert_int_equal(x.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writer_bounds), cmocka_unit_test(test_option_padding),
		cmocka_unit_test(test_routes), cmocka_unit_test(test_full_fields),
		cmocka_unit_test(test_whose_boot_file),
		cmocka_unit_test(test_full_lists),
		cmocka_unit_test(test_discover_identity), cmocka_unit_test(test_option_joined_and_overloaded),
		cmocka_unit_test(test_option_cut), cmocka_unit_test(test_long_strings),
		cmocka_unit_test(test_search_list_that_grows), cmocka_unit_test(test_what_people_see),
		cmocka_unit_test(test_search_list), cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_waits_for_a_boot_file), cmocka_unit_test(test_proxy_merged),
		cmocka_unit_test(test_next_server_from_options), cmocka_unit_test(test_silence),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_other_machines_ignored), cmocka_unit_test(test_nak_then_failure),
		cmocka_unit_test(test_offer_never_confirmed), cmocka_unit_test(test_renewal),
		cmocka_unit_test(test_rebind_and_expiry), cmocka_unit_test(test_rebound_by_another_server),
		cmocka_unit_test(test_times_made_sane), cmocka_unit_test(test_release),
		cmocka_unit_test(test_decline),
		cmocka_unit_test(test_random_packets),
	};
	return cmocka_run_group_tests_name("dhcp", tests, NULL, NULL);
}
