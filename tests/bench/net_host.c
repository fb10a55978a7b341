/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_host [MIB [checked]]: how fast net/ alone takes a TCP download, on the host: full
 * segments through net_input() to their place in a sink, a net_poll() after
 * each 16, as the loader's poller does.  Called by tests/bench/net-host, with
 * and without callgrind, which counts inside net_input and net_poll only.
 * checked: as if the card had looked at the checksums.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/bytes.h"
#include "net/checksum.h"
#include "net/net.h"
#include "tests/unit/v4.h"

#define SEG 1448u
#define HEAD (14u + 20u + 32u)
#define BATCH 16u
#define SLOTS 64u
#define SINK (16u << 20)

static struct net n;
static uint32_t irs;			/* the stack's number, from its SYN */
static unsigned acks;

static uint32_t op_random(void *ctx)
{
	(void)ctx;
	return 12345;
}

static void *op_alloc(void *ctx, size_t len)
{
	(void)ctx;
	return malloc(len);
}

static void op_free(void *ctx, void *p, size_t len)
{
	(void)ctx;
	(void)len;
	free(p);
}

static void op_wake(void *ctx, int sock)
{
	(void)ctx;
	(void)sock;
}

static void op_event(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static int transmit(struct netdev *dev, const void *frame, size_t len)
{
	const uint8_t *f = frame;

	(void)dev;
	(void)len;
	if (f[12] == 8 && f[13] == 0 && f[23] == IP_PROTO_TCP) {
		if (f[47] & TCP_SYN)
			irs = get_be32(f + 38);
		acks++;
	}
	return 0;
}

static const struct netdev_ops dev_ops = { .transmit = transmit };
static struct netdev dev = { .name = "net0", .mac = { 2, 0, 0, 0, 0, 1 }, .link_up = true, .ops = &dev_ops };

/* A segment of len bytes in f: its length. */
static size_t make(uint8_t *f, uint32_t seq, uint8_t flags, const uint8_t *opt, size_t opt_len, size_t len)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45 };
	uint8_t *ip = f + 14, *t = f + 34;
	size_t all = 20 + opt_len + len;

	memset(f, 0, 54);
	memcpy(f, head, sizeof head);
	put_be16(ip + 2, (uint16_t)(20 + all));
	ip[8] = 64;
	ip[9] = IP_PROTO_TCP;
	put_be32(ip + 12, 0x0a000002);
	put_be32(ip + 16, 0x0a000001);
	csum_put(ip + 10, csum_finish(csum_add(0, ip, 20)));
	put_be16(t, 80);
	put_be16(t + 2, 1024);
	put_be32(t + 4, seq);
	put_be32(t + 8, irs + 1);
	t[12] = (uint8_t)((20 + opt_len) / 4 << 4);
	t[13] = flags;
	put_be16(t + 14, 0xffff);
	memcpy(t + 20, opt, opt_len);
	csum_put(t + 16, csum_finish(csum_add(csum_pseudo(V4(0x0a000002), V4(0x0a000001), 6, all), t, all)));
	return 34 + all;
}

/* Another sequence number; the checksum follows (RFC 1624). */
static void renumber(uint8_t *f, uint32_t seq)
{
	uint8_t *t = f + 34;
	uint32_t sum = (uint16_t)~get_be16(t + 16) + (uint16_t)~get_be16(t + 4) + (uint16_t)~get_be16(t + 6) +
		(seq >> 16) + (seq & 0xffff);

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	put_be32(t + 4, seq);
	put_be16(t + 16, (uint16_t)~sum);
}

int main(int argc, char **argv)
{
	static const struct net_ops ops = { op_random, op_alloc, op_free, op_wake, op_event, NULL };
	static const uint8_t arp[60] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1,
		2, 0, 0, 0, 0, 2, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1 };
	static const uint8_t syn_opt[20] = { 2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0 };
	static const uint8_t ts_opt[12] = { 1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0 };
	static uint8_t slot[SLOTS][HEAD + SEG + 8];
	uint64_t total = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1024) << 20, segments = 0, now = 1000;
	uint8_t *sink = malloc(SINK), f[200];
	size_t in_sink = 0;
	struct timespec t0, t1;
	uint32_t seq = 1001;
	double s;
	int sock;

	net_init(&n, &ops);
	link_add(&n, &dev);
	link_configure(&n, link_get(&n, 0), V4(0x0a000001), 24);
	net_input(&n, &dev, arp, sizeof arp, now);
	sock = sock_open(&n, SOCK_TCP);
	sock_bind(&n, sock, NULL, 1024);
	sock_connect(&n, sock, V4(0x0a000002), 80);
	net_input(&n, &dev, f, make(f, 1000, TCP_SYN | TCP_ACK, syn_opt, sizeof syn_opt, 0), now);
	for (unsigned i = 0; i < SLOTS; i++) {
		for (unsigned k = 0; k < SEG; k++)
			slot[i][2 + HEAD + k] = (uint8_t)(k * 7 + i);
		make(slot[i] + 2, seq, TCP_ACK, ts_opt, sizeof ts_opt, SEG);
	}
	dev.rx_checked = argc > 2;
	clock_gettime(CLOCK_MONOTONIC, &t0);
	while (segments * SEG < total) {
		if (!in_sink)
			sock_sink(&n, sock, sink, SINK / SEG * SEG);
		for (unsigned i = 0; i < BATCH; i++) {
			uint8_t *p = slot[segments++ % SLOTS] + 2;
			renumber(p, seq);
			net_input(&n, &dev, p, HEAD + SEG, now);
			seq += SEG;
			in_sink += SEG;
			if (in_sink == SINK / SEG * SEG) {
				if (sock_sink_done(&n, sock) != in_sink)
					return 1;
				sock_sink(&n, sock, NULL, 0);
				sock_sink(&n, sock, sink, SINK / SEG * SEG);
				in_sink = 0;
			}
		}
		now += 100;
		net_poll(&n, now);
	}
	clock_gettime(CLOCK_MONOTONIC, &t1);
	s = (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9;
	if (n.count[CNT_tcp_in] != segments + 1 || n.count[CNT_tcp_out_of_order] || n.count[CNT_tcp_bad_checksum])
		return 1;
	printf("segments %llu acks %u GB/s %.2f\n", (unsigned long long)segments, acks,
		(double)segments * SEG / s / 1e9);
	net_destroy(&n);
	free(sink);
	return 0;
}
