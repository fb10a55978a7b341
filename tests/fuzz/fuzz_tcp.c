/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP's state machine against a peer that the fuzzer plays.  Each step is four
 * bytes: what (bits 0..3), how (bits 4..7) and two arguments.  The peer's
 * numbers are taken relative to what the stack last said, so most segments
 * are near its windows; the byte at stream offset o is always pattern(o).
 * Checked after every step: what the reader or a sink got is the pattern; no
 * ACK passes the first byte that was never sent; the lists are in order; the
 * window never passes memory; memory comes back.
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
#define STREAM 0x10000u
#define SINK 3000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct net n;
static struct netdev dev;
static uint64_t now;
static int s;				/* the socket */
static uint16_t port;			/* the stack's */
static uint32_t iss;			/* the peer's */
static uint32_t seen_seq, seen_ack;	/* last of the stack's segments: its next number, what it expects */
static uint32_t ts_echo;
static bool ts, in_transmit;
static uint8_t sent[STREAM];		/* 1: the peer has sent this byte of its stream */
static bool fin_sent;
static uint32_t contiguous, read_to;	/* stream offsets */
static uint8_t *sink;
static size_t sink_len;
static uint32_t sink_from;
static bool taken_away;			/* a sink went before it was full: its room had been promised */

static uint8_t pattern(uint32_t at)
{
	return (uint8_t)(at * 2654435761u >> 23);
}

static int transmit(struct netdev *d, const void *frame, size_t len)
{
	const uint8_t *f = frame, *t = f + 34;
	uint32_t total = get_be16(f + 16), hl;

	assert(!in_transmit && d == &dev && len <= NETDEV_FRAME_MAX);
	if (get_be16(f + 12) != 0x800 || f[23] != IP_PROTO_TCP)
		return 0;
	hl = (uint32_t)(t[12] >> 4) * 4;
	assert(total >= 40 && hl >= 20 && hl <= total - 20);
	if (t[13] & TCP_RST)
		return 0;
	if (get_be16(t) != port)
		return 0;
	seen_seq = get_be32(t + 4) + total - 20 - hl + !!(t[13] & (TCP_SYN | TCP_FIN));
	if (t[13] & TCP_ACK) {
		uint32_t ack = get_be32(t + 8) - iss - 1;
		assert(ack <= contiguous + fin_sent);		/* never past a hole */
		seen_ack = get_be32(t + 8);
	}
	for (uint32_t i = 20; i + 10 <= hl; i++)
		if (t[i] == 8 && t[i + 1] == 10) {
			ts_echo = get_be32(t + i + 2);
			break;
		}
	return 0;
}

static const struct netdev_ops dev_ops = { .transmit = transmit };

static void segment(uint32_t seq, uint32_t ack, uint8_t flags, uint16_t wnd, const uint8_t *opt,
		    size_t opt_len, uint32_t len)
{
	uint8_t f[1600] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45 }, *ip = f + 14, *t = f + 34;
	size_t all = 20 + opt_len + len;

	put_be16(ip + 2, (uint16_t)(20 + all));
	ip[8] = 64;
	ip[9] = IP_PROTO_TCP;
	put_be32(ip + 12, PEER);
	put_be32(ip + 16, ME);
	csum_put(ip + 10, csum_finish(csum_add(0, ip, 20)));
	put_be16(t, 80);
	put_be16(t + 2, port);
	put_be32(t + 4, seq);
	put_be32(t + 8, ack);
	t[12] = (uint8_t)((20 + opt_len) / 4 << 4);
	t[13] = flags;
	put_be16(t + 14, wnd);
	memcpy(t + 20, opt, opt_len);
	for (uint32_t i = 0; i < len; i++) {
		uint32_t at = seq + i - iss - 1;
		t[20 + opt_len + i] = pattern(at);
		if (at < STREAM)
			sent[at] = 1;
	}
	while (contiguous < STREAM && sent[contiguous])
		contiguous++;
	if (flags & TCP_FIN)
		fin_sent = true;
	csum_put(t + 16, csum_finish(csum_add(csum_pseudo(V4(PEER), V4(ME), IP_PROTO_TCP, all), t, all)));
	uint8_t *exact = malloc(34 + all);
	memcpy(exact, f, 34 + all);
	net_input(&n, &dev, exact, 34 + all, now);
	free(exact);
}

static size_t options(uint8_t *o, uint8_t flags, uint8_t how, uint8_t a, uint8_t b)
{
	size_t len = 0;

	if (flags & TCP_SYN) {
		memcpy(o, "\2\4\5\264\1\3\3\4\1\1\4\2", 12);
		len = 12;
	}
	if (ts) {
		memcpy(o + len, "\1\1\10\12", 4);
		put_be32(o + len + 4, (uint32_t)(now / 1000) - (how & 8 ? a * 3u : 0));
		put_be32(o + len + 8, ts_echo);
		len += 12;
	}
	if (how & 4) {					/* a SACK block near what is in flight, or garbage */
		o[len] = 1;
		o[len + 1] = 1;
		o[len + 2] = b & 128 ? b & 15 : 5;
		o[len + 3] = b & 64 ? a : 10;
		put_be32(o + len + 4, seen_seq - a * 16u);
		put_be32(o + len + 8, seen_seq - a * 16u + b * 8u);
		len += 12;
	}
	return len;
}

static void check_read(const uint8_t *p, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		assert(p[i] == pattern(read_to + i));
	read_to += len;
	assert(read_to <= contiguous);
}

static void check_sink(void)
{
	size_t done = sock_sink_done(&n, s);

	if (!sink)
		return;
	assert(done <= sink_len && sink_from + done <= contiguous);
	for (size_t i = 0; i < done; i++)
		assert(sink[i] == pattern(sink_from + (uint32_t)i));
}

static void check_lists(void)
{
	for (const struct tcp_conn *c = n.tcp.conns; c; c = c->next) {
		size_t room = c->sink_len - c->sink_done + c->ring_len - c->ring_used;
		for (uint32_t i = 0; i < c->held.count; i++) {
			assert(seq_lt(c->rcv_nxt, c->held.r[i].lo) && seq_lt(c->held.r[i].lo, c->held.r[i].hi));
			assert(!i || seq_lt(c->held.r[i - 1].hi, c->held.r[i].lo));
			assert(c->held.r[i].hi - c->rcv_nxt <= room);
		}
		for (uint32_t i = 0; i < c->sacked.count; i++)
			assert(seq_le(c->snd_una, c->sacked.r[i].lo) && seq_le(c->sacked.r[i].hi, c->snd_max));
		assert(c->ring_used <= c->ring_len && c->snd_len <= TCP_SEND_RING && c->sink_done <= c->sink_len);
		assert(seq_le(c->snd_una, c->snd_nxt) && seq_le(c->snd_nxt, c->snd_max));
		assert(c->snd_max - c->snd_una <= TCP_SEND_RING + 2);
		if (c->ring && !taken_away && seq_lt(c->rcv_nxt, c->rcv_adv))
			assert(c->rcv_adv - c->rcv_nxt <= room);
	}
}

static void drop_sink(void)
{
	if (!sink)
		return;
	check_sink();
	read_to = sink_from + (uint32_t)sock_sink_done(&n, s);
	taken_away = taken_away || sock_sink_done(&n, s) < sink_len;
	sock_sink(&n, s, NULL, 0);
	free(sink);
	sink = NULL;
}

static void user(uint8_t what, uint8_t a, uint8_t b)
{
	uint8_t buf[4400];
	int r;

	switch (what) {
	case 0:
		r = sock_recv(&n, s, buf, (size_t)(a * 16u + b));
		if (r > 0 && sink) {			/* a full sink has given way to the ring */
			read_to = sink_from + (uint32_t)sink_len;
			free(sink);
			sink = NULL;
		}
		if (r > 0)
			check_read(buf, (uint32_t)r);
		break;
	case 1:
		memset(buf, a, sizeof buf);
		sock_send(&n, s, buf, (size_t)(a * 16u + b));
		break;
	case 2:
		drop_sink();
		sink_len = (size_t)(a * 11u + b + 1);
		sink = malloc(sink_len);
		sink_from = read_to;
		if (sock_sink(&n, s, sink, sink_len) < 0) {
			free(sink);
			sink = NULL;
		}
		break;
	case 3:
		drop_sink();
		break;
	case 4:
		sock_shutdown(&n, s);
		break;
	case 5:
		if (!(a & 3)) {
			check_sink();
			a & 4 ? sock_abort(&n, s) : sock_close(&n, s);
			free(sink);
			sink = NULL;
			s = -1;
		}
		break;
	default:
		now += (uint64_t)a * b * 100 + 1000;
		net_poll(&n, now);
	}
}

static void step(const uint8_t d[4])
{
	uint8_t what = d[0] & 15, how = d[0] >> 4, a = d[1], b = d[2], o[40];
	uint32_t seq = seen_ack, ack = seen_seq, len = 0;
	uint8_t flags = TCP_ACK;
	uint16_t wnd = d[3] & 1 ? 0xffff : (uint16_t)(d[3] * 4u);

	if (what >= 8) {
		user(what - 8, a, b);
		return;
	}
	if (what == 0)
		len = a * 5u + (b & 15);
	else if (what == 1) {				/* ahead of a hole, or behind what is had */
		len = a * 4u;
		seq += (uint32_t)((int)b - 32) * 97u;
	} else if (what == 2)
		ack -= a * 8u;
	else if (what == 3) {
		flags |= TCP_FIN;
		len = a;
		seq += b;
	} else if (what == 4) {
		flags = TCP_RST | (a & 1 ? TCP_ACK : 0);
		seq += (uint32_t)((int)b - 2);
	} else if (what == 5)
		flags = b;
	else if (what == 6)
		ack += a - 128u;
	else
		seq = get_be32((const uint8_t[]){ a, b, a, b });
	if (fin_sent && (flags & TCP_FIN))
		flags &= (uint8_t)~TCP_FIN;		/* one end only: what is past it is pattern still */
	if (fin_sent || (flags & TCP_SYN))
		len = 0;
	if ((flags & TCP_SYN) && n.tcp.conns && n.tcp.conns->state == TCP_SYN_SENT)
		seq = iss;				/* the stream has one beginning */
	if (seq - iss - 1 + len > STREAM)
		len = 0;
	segment(seq, ack, flags, wnd, o, options(o, flags, how, a, b), len);
	if (how & 1)
		net_poll(&n, now);
	if (how & 2)
		now += 30000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	static const uint8_t arp[42] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1,
		2, 0, 0, 0, 0, 2, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1 };
	uint8_t o[40];

	if (size < 4)
		return 0;
	now = 1000000;
	memset(sent, 0, sizeof sent);
	fin_sent = taken_away = false;
	contiguous = read_to = 0;
	ts = data[0] & 1;
	iss = data[0] & 2 ? 0xffffff00u : 0x1000;
	seen_ack = iss + 1;
	dev = (struct netdev){ .name = "net0", .link_up = true, .ops = &dev_ops };
	memcpy(dev.mac, mac, 6);
	net_init(&n, &net_stub_ops);
	link_add(&n, &dev);
	link_configure(&n, link_get(&n, 0), V4(ME), 24);
	net_input(&n, &dev, arp, sizeof arp, now);
	s = sock_open(&n, SOCK_TCP);
	port = 1024;
	sock_bind(&n, s, NULL, port);
	sock_set(&n, s, SOCK_OPT_RCVBUF, data[0] & 4 ? 4096 : 65536);
	sock_set(&n, s, SOCK_OPT_KEEPALIVE, data[0] & 8 ? 5 : 0);
	sock_connect(&n, s, V4(PEER), 80);
	if (!(data[0] & 16))
		segment(iss, seen_seq, TCP_SYN | TCP_ACK, 0xffff, o, options(o, TCP_SYN, 0, 0, 0), 0);
	for (data += 4, size -= 4; size >= 4; data += 4, size -= 4) {
		step(data);
		check_sink();
		check_lists();
	}
	net_poll(&n, now + 200000000);
	check_lists();
	net_destroy(&n);
	free(sink);
	sink = NULL;
	assert(held == 0);
	return 0;
}
