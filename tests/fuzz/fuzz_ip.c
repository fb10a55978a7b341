/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP options, fragments, ICMP and IGMP from a peer that the fuzzer plays.  A
 * step is four bytes (what, a, b, c) and, for some, as many more as it says.
 * The byte at offset o of datagram i's payload is always pattern(i, o), so
 * whatever a socket gets out of fragments in any order, twice, overlapping or
 * with lies about the end, must be pattern.  An echo reply must be the
 * request.  All memory comes back.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/bytes.h"
#include "net/checksum.h"
#include "net/net.h"
#define HELD_MAX (4u << 20)
#include "tests/fuzz/net_stub.h"
#include "tests/unit/v4.h"

#define ME 0x0a000001u
#define PEER 0x0a000002u
#define PORT 4000u
#define UDP_LEN 8u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct net n;
static struct netdev dev;
static uint64_t now;
static int udp, tcp;
static uint8_t echo[2048];			/* the last echo request's data, if it came whole */
static size_t echo_len;
static unsigned echo_answers;

static uint8_t pattern(unsigned datagram, size_t at)
{
	return (uint8_t)((at * 2654435761u >> 13) + datagram * 77);
}

static int transmit(struct netdev *d, const void *frame, size_t len)
{
	const uint8_t *ip = (const uint8_t *)frame + 14;
	size_t hl = (ip[0] & 15u) * 4, total = get_be16(ip + 2);

	assert(d == &dev && len >= 60 && len <= NETDEV_FRAME_MAX);
	if (get_be16(ip - 2) != 0x800)
		return 0;
	assert(hl >= 20 && total >= hl && total + 14 <= len && !csum_finish(csum_add(0, ip, hl)));
	assert(hl == 20 || ip[9] == IP_PROTO_IGMP);
	if (ip[9] == IP_PROTO_ICMP && !(get_be16(ip + 6) & 0x3fff)) {
		const uint8_t *m = ip + hl;
		assert(total - hl >= 8 && !csum_finish(csum_add(0, m, total - hl)));
		if (m[0] == 0 && echo_len) {
			assert(total - hl - 8 == echo_len && !memcmp(m + 8, echo, echo_len));
			echo_answers++;
		}
	}
	return 0;
}

static const struct netdev_ops dev_ops = { .transmit = transmit };

/* frag: flags and offset as on the wire. */
static void packet(uint8_t proto, uint16_t id, uint16_t frag, uint32_t dst, const uint8_t *opt, size_t opt_len,
		   const uint8_t *p, size_t len)
{
	size_t hl = 20 + opt_len, all = 14 + hl + len;
	uint8_t *f = calloc(1, all), *ip = f + 14;

	memcpy(f, "\2\0\0\0\0\1\2\0\0\0\0\2\10\0", 14);
	if (dst >> 28 == 0xe)
		ip_group_mac(dst, f);
	ip[0] = (uint8_t)(0x40 | hl / 4);
	put_be16(ip + 2, (uint16_t)(hl + len));
	put_be16(ip + 4, id);
	put_be16(ip + 6, frag);
	ip[8] = 64;
	ip[9] = proto;
	put_be32(ip + 12, PEER);
	put_be32(ip + 16, dst);
	if (opt_len)
		memcpy(ip + 20, opt, opt_len);
	csum_put(ip + 10, csum_finish(csum_add(0, ip, hl)));
	if (len)
		memcpy(ip + hl, p, len);
	net_input(&n, &dev, f, all, now);
	free(f);
}

/* Part [from, to) of UDP datagram i: header without checksum, then the pattern. */
static void fragment(unsigned i, size_t from, size_t to, bool more)
{
	static const size_t lens[] = { 40, 1500, 6000, FRAG_LEN_MAX - UDP_LEN };
	uint8_t part[1480], head[UDP_LEN];

	put_be16(head, 1000);
	put_be16(head + 2, PORT);
	put_be16(head + 4, (uint16_t)(UDP_LEN + lens[i]));
	put_be16(head + 6, 0);
	for (size_t at = from; at < to; at++)
		part[at - from] = at < UDP_LEN ? head[at] : pattern(i, at - UDP_LEN);
	packet(IP_PROTO_UDP, (uint16_t)i, (uint16_t)(from / 8 | (more ? 0x2000 : 0)), ME, NULL, 0, part, to - from);
}

static void read_all(void)
{
	static uint8_t buf[FRAG_LEN_MAX + 100];
	struct net_addr from;
	int r;

	while ((r = sock_recvfrom(&n, udp, buf, sizeof buf, &from, NULL)) >= 0) {
		unsigned i = 0;
		assert(from.v4 == PEER);
		/* pattern(0, 0) differs between the datagrams */
		while (r && i < 3 && buf[0] != pattern(i, 0))
			i++;
		for (int at = 0; at < r; at++)
			assert(buf[at] == pattern(i, (size_t)at));
	}
}

static void icmp(uint8_t type, uint8_t code, uint32_t rest, const uint8_t *p, size_t len, const uint8_t *opt,
		 size_t opt_len, bool good)
{
	uint8_t m[8 + 1600];

	m[0] = type;
	m[1] = code;
	put_be16(m + 2, 0);
	put_be32(m + 4, rest);
	memcpy(m + 8, p, len);
	csum_put(m + 2, (uint16_t)(csum_finish(csum_add(0, m, 8 + len)) ^ !good));
	echo_len = 0;
	if (type == 8 && !code && good && len <= 1472) {
		memcpy(echo, p, len);
		echo_len = len;
	}
	packet(IP_PROTO_ICMP, 9, 0, ME, opt, opt_len, m, 8 + len);
	echo_len = 0;
}

/* An error about a packet of ours: its header and ports, with `len` bytes of the fuzzer's over it from `at` on. */
static void icmp_error(uint8_t what, uint8_t code, uint16_t mtu, size_t at, const uint8_t *p, size_t len)
{
	uint8_t q[20 + 8 + 64] = { 0x45 };
	const struct tcp_conn *c = n.tcp.conns;

	put_be16(q + 2, 100);
	q[9] = what & 1 ? IP_PROTO_UDP : what & 2 ? IP_PROTO_TCP : IP_PROTO_ICMP;
	put_be32(q + 12, ME);
	put_be32(q + 16, PEER);
	if (what & 1) {
		put_be16(q + 20, PORT);
		put_be16(q + 22, 1000);
	} else if (what & 2) {
		put_be16(q + 20, 1024);
		put_be16(q + 22, 80);
		put_be32(q + 24, c ? c->snd_una : 0);
	} else {
		q[20] = 8;
		put_be16(q + 24, 1);
		put_be16(q + 26, 1);
	}
	at %= sizeof q;
	memcpy(q + at, p, len < sizeof q - at ? len : sizeof q - at);
	icmp(what & 4 ? 11 : 3, code, mtu, q, what & 8 ? sizeof q : 28, NULL, 0, true);
}

static void step(const uint8_t s[4], const uint8_t *p, size_t len)
{
	uint8_t what = s[0] & 7, a = s[1], b = s[2], c = s[3];
	size_t from = (size_t)(s[0] >> 5) * 2048 + b * 8u, to = from + c * 8u + (a & 4 ? 0 : a >> 3 & 7);
	uint8_t igmp[64] = { 0x11, a };
	struct ping_reply r;

	switch (what) {
	case 0: case 1:			/* fragments */
		if (to > from && to - from <= 1480)
			fragment(a & 3, from, to, a & 4);
		break;
	case 2:				/* an echo request with options */
		len = len / 4 * 4;
		if (len > 40)
			len = 40;
		icmp(8, 0, (uint32_t)(a << 16 | b), echo, (size_t)(c * 6u), p, len, true);
		break;
	case 3:				/* any ICMP */
		icmp(a, b, (uint32_t)c * 0x01010101u, p, len, NULL, 0, s[0] & 8);
		break;
	case 4:
		icmp_error(s[0] >> 3, a & 15, (uint16_t)(b * 8), c, p, len);
		break;
	case 5:				/* IGMP, to a group or to all */
		memcpy(igmp + 4, p, len < 60 ? len : 60);
		if (s[0] & 8)
			put_be32(igmp + 4, 0xe0000105u);
		csum_put(igmp + 2, csum_finish(csum_add(0, igmp, b % 64)));
		packet(IP_PROTO_IGMP, 0, 0, s[0] & 16 ? 0xe0000105u : 0xe0000001u, NULL, 0, igmp, b % 64);
		break;
	case 6:				/* our users */
		icmp_ping(&n, V4(PEER), 1, 1, (size_t)(a * 40u), b);
		while (!icmp_ping_read(&n, 1, &r))
			assert(r.id == 1);
		sock_set(&n, udp, c & 1 ? SOCK_OPT_JOIN : SOCK_OPT_LEAVE, GROUP_OF(0xe0000105u));
		sock_send(&n, udp, "x", 1);
		sock_send(&n, tcp, "x", 1);
		break;
	default:
		now += (uint64_t)a * b * 1000;
		net_poll(&n, now);
	}
	read_all();
	(void)sock_error(&n, udp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t arp[42] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1,
		2, 0, 0, 0, 0, 2, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1 };

	now = 1000000;
	dev = (struct netdev){ .name = "net0", .mac = { 2, 0, 0, 0, 0, 1 }, .link_up = true, .ops = &dev_ops };
	net_init(&n, &net_stub_ops);
	link_add(&n, &dev);
	link_configure(&n, link_get(&n, 0), V4(ME), 24);
	net_input(&n, &dev, arp, sizeof arp, now);
	udp = sock_open(&n, SOCK_UDP);
	sock_bind(&n, udp, NULL, PORT);
	sock_connect(&n, udp, V4(PEER), 1000);
	tcp = sock_open(&n, SOCK_TCP);
	sock_bind(&n, tcp, NULL, 1024);
	sock_connect(&n, tcp, V4(PEER), 80);
	for (size_t i = 0; i < sizeof echo; i++)
		echo[i] = (uint8_t)i;
	while (size >= 4) {
		size_t more = (data[0] & 7) >= 2 && (data[0] & 7) <= 5 ? data[0] >> 3 : 0;
		const uint8_t *s = data;
		data += 4;
		size -= 4;
		if (more > size)
			more = size;
		step(s, data, more);
		data += more;
		size -= more;
	}
	net_poll(&n, now + 100000000);
	for (struct frag *f = n.ip.frags; f < n.ip.frags + FRAG_DATAGRAMS; f++)
		assert(!f->buf);			/* their time is over */
	net_destroy(&n);
	assert(held == 0);
	return 0;
}
