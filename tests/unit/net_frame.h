/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of ARP, IP, ICMP and UDP: one stack (host 0 of a wire) whose
 * frames out are kept, and makers of frames in.
 */
#ifndef TESTS_UNIT_NET_FRAME_H
#define TESTS_UNIT_NET_FRAME_H

#include "net/bytes.h"
#include "net/checksum.h"
#include "tests/unit/net_wire.h"

#define OUT_MAX 64

static struct wire W;
static struct {
	uint8_t frame[1514];
	size_t len;
} out[OUT_MAX];
static unsigned out_count;

#define NET (&W.host[0].net)
#define DEV (&W.host[0].dev)
#define LINK (link_get(NET, 0))
#define ME HOST_IP(0)
#define PEER HOST_IP(1)

static bool keep_tap(struct wire *w, unsigned from, const uint8_t *f, size_t len)
{
	(void)w;
	if (from == 0 && out_count < OUT_MAX) {
		memcpy(out[out_count].frame, f, len);
		out[out_count++].len = len;
	}
	return false;
}

static inline void frame_in(const void *f, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);		/* so that ASan sees a read past the end */
	memcpy(exact, f, len);
	net_input(NET, DEV, exact, len, W.now_us);
	free(exact);
}

static inline void poll_at(uint64_t us)
{
	W.now_us = us;
	net_poll(NET, us);
}

/* ARP from the station with MAC 02:..:last. */
static inline void arp_in(uint16_t op, uint8_t last, uint32_t sip, uint32_t tip)
{
	uint8_t f[60] = { 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, last, 8, 6, 0, 1, 8, 0, 6, 4, 0, (uint8_t)op,
		2, 0, 0, 0, 0, last };

	put_be32(f + 28, sip);
	put_be32(f + 38, tip);
	frame_in(f, sizeof f);
}

struct ip_opts {
	uint32_t src, dst;
	uint8_t proto, ttl;
	uint16_t id, frag;		/* frag: flags and offset as on the wire */
	const uint8_t *options;
	size_t options_len;
	bool eth_broadcast;
	bool bad_checksum;
};

/* An IP packet with these bytes behind its header. */
static inline void ip_in(struct ip_opts o, const void *data, size_t len)
{
	uint8_t f[20000] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };
	uint8_t *h = f + 14;
	size_t hl = 20 + o.options_len;

	if (o.dst >> 28 == 0xe)
		ip_group_mac(o.dst, f);
	if (o.eth_broadcast)
		memset(f, 255, 6);
	h[0] = (uint8_t)(0x40 | hl / 4);
	put_be16(h + 2, (uint16_t)(hl + len));
	put_be16(h + 4, o.id);
	put_be16(h + 6, o.frag);
	h[8] = o.ttl ? o.ttl : 64;
	h[9] = o.proto;
	put_be32(h + 12, o.src ? o.src : PEER);
	put_be32(h + 16, o.dst ? o.dst : ME);
	if (o.options_len)
		memcpy(h + 20, o.options, o.options_len);
	csum_put(h + 10, csum_finish(csum_add(0, h, hl)));
	h[10] ^= o.bad_checksum;
	if (len)
		memcpy(h + hl, data, len);
	frame_in(f, 14 + hl + len);
}

/* A UDP header and data in buf: their length. */
static inline size_t udp_make(uint8_t *buf, uint32_t src, uint32_t dst, uint16_t sport, uint16_t dport,
	const void *data, size_t len)
{
	uint16_t sum;

	put_be16(buf, sport);
	put_be16(buf + 2, dport);
	put_be16(buf + 4, (uint16_t)(8 + len));
	put_be16(buf + 6, 0);
	if (len)
		memmove(buf + 8, data, len);
	sum = csum_finish(csum_add(csum_pseudo(V4(src), V4(dst), 17, 8 + len), buf, 8 + len));
	csum_put(buf + 6, sum ? sum : 0xffff);
	return 8 + len;
}

/* ICMP in buf: its length. */
static inline size_t icmp_make(uint8_t *buf, uint8_t type, uint8_t code, uint32_t rest, const void *data, size_t len)
{
	buf[0] = type;
	buf[1] = code;
	put_be16(buf + 2, 0);
	put_be32(buf + 4, rest);
	if (len)
		memmove(buf + 8, data, len);
	csum_put(buf + 2, csum_finish(csum_add(0, buf, 8 + len)));
	return 8 + len;
}

static inline void frame_init(uint64_t seed)
{
	wire_init(&W, seed);
	wire_drop_all(&W);
	W.tap = keep_tap;
	out_count = 0;
	link_configure(&W.host[1].net, link_get(&W.host[1].net, 0), NULL, 0);
}

/* As frame_init, and the stack knows the peer's MAC. */
static inline void frame_init_known(uint64_t seed)
{
	frame_init(seed);
	arp_in(1, 2, PEER, ME);
	out_count = 0;
}

#endif
