/* SPDX-License-Identifier: BSD-2-Clause */
/* The far side's name server, by UDP and TCP: see far.h. */
#include <errno.h>
#include <string.h>

#include "kernel/clock.h"
#include "net/net.h"
#include "tests/world/far.h"
#include "tests/world/far_parts.h"

#define SLOW_US		400000u
#define BIG_US		300000u
#define CONNS		16

static int dns_udp = -1, dns_tcp = -1;

static size_t put_address(uint8_t *out, uint32_t address)
{
	const uint8_t record[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, (uint8_t)(address >> 24),
				   (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address };
	memcpy(out, record, sizeof(record));
	return sizeof(record);
}

/* The answer to a query in out (as long as it and 32 bytes more): its length.  *delay_us UINT64_MAX: none. */
static size_t dns_answer(const uint8_t *query, size_t len, uint8_t *out, uint64_t *delay_us, bool by_tcp)
{
	const char *name = (const char *)query + 13;	/* the first label, of a name that ends with .test */
	bool ipv4 = query[len - 3] == 1, big = !strncmp(name, "big", 3) || !strncmp(name, "drip", 4);
	bool files = !strncmp(name, "files", 5), known = big || files || !strncmp(name, "slow", 4);
	*delay_us = big ? BIG_US : !strncmp(name, "slow", 4) ? SLOW_US : !strncmp(name, "mute", 4) ? UINT64_MAX : 0;
	memcpy(out, query, len);
	out[2] = 0x81;
	out[3] = known ? 0x80 : 0x83;
	if (big && !by_tcp) {
		out[2] |= 2;		/* TC */
		*delay_us = 0;
		return len;
	}
	if (!known || !ipv4)
		return len;
	out[7] = 1;
	if (files && far_files_first) {
		out[7]++;
		len += put_address(out + len, far_files_first);
	}
	return len + put_address(out + len, files ? far_files_at : FAR_IP);
}

static void serve_udp(struct net *n)
{
	uint8_t in[512], out[600];
	uint64_t delay_us;
	struct net_addr from;
	uint16_t port;
	int got;
	while ((got = sock_recvfrom(n, dns_udp, in, sizeof(in), &from, &port)) >= 0)
		if (got > 20) {
			size_t len = dns_answer(in, (size_t)got, out, &delay_us, false);
			if (delay_us != UINT64_MAX)
				far_answer(dns_udp, delay_us, out, len, from, port);
		}
}

/* ---- by TCP ---- */

static struct conn {
	int sock;			/* -1: free */
	size_t in_len, out_len;
	uint64_t due_us;		/* of the answer */
	size_t out_at;			/* bytes sent, where they go one by one */
	bool drips;
	uint8_t in[600], out[600];
} conns[CONNS];

static void accept_all(struct net *n)
{
	int s;
	while ((s = sock_accept(n, dns_tcp, NULL, NULL)) >= 0) {
		struct conn *c = conns;
		while (c < conns + CONNS && c->sock >= 0)
			c++;
		if (c == conns + CONNS) {
			sock_abort(n, s);
			continue;
		}
		c->sock = s;
		c->in_len = c->out_len = c->out_at = 0;
		c->drips = false;
	}
}

static void serve_conn(struct net *n, struct conn *c)
{
	int got = sock_recv(n, c->sock, c->in + c->in_len, sizeof(c->in) - c->in_len);
	if (got == 0 || (got < 0 && got != -EAGAIN)) {
		sock_close(n, c->sock);
		c->sock = -1;
		return;
	}
	c->in_len += got > 0 ? (size_t)got : 0;
	if (!c->out_len && c->in_len > 22 && c->in_len >= 2u + c->in[1]) {
		uint64_t delay_us;
		size_t len = dns_answer(c->in + 2, c->in_len - 2, c->out + 2, &delay_us, true);
		c->out[0] = (uint8_t)(len >> 8);
		c->out[1] = (uint8_t)len;
		c->out_len = len + 2;
		c->due_us = clock_us() + delay_us;
		c->drips = !strncmp((char *)c->in + 15, "drip", 4);
		c->in_len = 0;
	}
	if (c->drips && c->out_at < c->out_len && c->due_us <= clock_us() &&
	    sock_send(n, c->sock, c->out + c->out_at, 1) > 0) {
		c->out_at++;
		c->due_us = clock_us() + 500000;
	}
	if (!c->drips && c->out_len && c->due_us <= clock_us() && sock_send(n, c->sock, c->out, c->out_len) > 0)
		c->out_len = 0;
}

void far_dns_open(struct net *n, bool on)
{
	static bool begun;
	for (struct conn *c = conns; !begun && c < conns + CONNS; c++)
		c->sock = -1;
	begun = true;
	if (!on) {
		sock_close(n, dns_udp);
		sock_close(n, dns_tcp);
	}
	dns_udp = on ? far_udp(n, 53) : -1;
	dns_tcp = on ? far_tcp(n, 53) : -1;
}

void far_dns_turn(struct net *n)
{
	serve_udp(n);
	accept_all(n);
	for (struct conn *c = conns; c < conns + CONNS; c++)
		if (c->sock >= 0)
			serve_conn(n, c);
}

void far_dns_drop(struct net *n)
{
	uint8_t in[600];
	while (sock_recvfrom(n, dns_udp, in, sizeof(in), NULL, NULL) >= 0)
		;
}
