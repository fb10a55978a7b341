/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One try at a download over TFTP: tftp.c on a UDP socket, blocks appended in
 * order.  TFTP cannot resume: each try begins at the start.
 */
#include <errno.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/random.h"
#include "net/net.h"
#include "services/fetch/fetch_job.h"
#include "services/stack/stack.h"
#include "services/tftp/tftp.h"

#define TFTP_TRIES 3		/* each with its own retransmissions */

static int sock = -1;
static struct tftp transfer;
static struct tftp_output output;
static uint8_t packet[TFTP_PACKET_MAX + 1];

void fetch_tftp_close(void)
{
	if (sock >= 0)
		sock_close(net_stack(), sock);
	sock = -1;
}

static enum fetch_outcome failed(struct fetch_job *j)
{
	int err = transfer.error;
	bool silent = err == -ETIMEDOUT && !transfer.port;

	/* Silence has outlasted the machine's own retransmissions: more of the same is no use. */
	j->limit = silent ? 1 : TFTP_TRIES;
	return fetch_fail(j, err == -ETIMEDOUT || err == -EIO ? FETCH_BROKEN : FETCH_ENDED, err, "%s%s %s%s",
			  j->status.peer, err == -ETIMEDOUT || err == -EPROTO ? ":" : " says:", transfer.error_text,
			  err == -ENOENT ? "; check the path" : silent ? "; is a TFTP server running there?" : "");
}

/* One event of the machine: GOT at the end, BROKEN or ENDED, or REDIRECTED for "go on". */
static enum fetch_outcome handle(struct fetch_job *j, enum tftp_event ev)
{
	enum fetch_outcome o;

	switch (ev) {
	case TFTP_EV_SIZE:
		j->status.phase = FETCH_RECEIVING;
		j->status.total = transfer.size;
		o = fetch_reserve(j, transfer.size);
		break;
	case TFTP_EV_DATA:
	case TFTP_EV_DONE:
		j->status.phase = FETCH_RECEIVING;
		o = transfer.data_len ? fetch_append(j, transfer.data, transfer.data_len) : FETCH_GOT;
		if (ev == TFTP_EV_DONE)
			return o;
		break;
	case TFTP_EV_ERROR:
		return failed(j);
	default:
		return FETCH_REDIRECTED;
	}
	return o == FETCH_GOT ? FETCH_REDIRECTED : o;
}

/* Sends what the machine has ready. */
static enum fetch_outcome step(struct fetch_job *j, const struct net_addr *addr)
{
	enum tftp_event ev = tftp_poll(&transfer, clock_us(), random_u32(), &output);
	int err;

	if (output.len) {
		err = sock_sendto(net_stack(), sock, output.data, output.len, addr,
				  output.port == TFTP_PORT ? j->url.port : output.port);
		if (err == -ENETUNREACH)
			return fetch_fail(j, FETCH_ENDED, err, "there is no route to %s; is the network configured?",
					  j->status.peer);
	}
	return handle(j, ev);
}

static enum fetch_outcome receive(struct fetch_job *j, const struct net_addr *addr)
{
	struct net_addr from;
	uint16_t port;
	enum fetch_outcome o = FETCH_REDIRECTED;
	int n;

	while (o == FETCH_REDIRECTED &&
	       (n = sock_recvfrom(net_stack(), sock, packet, sizeof(packet), &from, &port)) >= 0) {
		if (!net_addr_equal(&from, addr))
			continue;
		o = handle(j, tftp_input(&transfer, port, packet, (size_t)n < sizeof(packet) ? (size_t)n : sizeof(packet), clock_us()));
		if (o == FETCH_REDIRECTED)
			o = step(j, addr);
	}
	return o;
}

static enum fetch_outcome run(struct fetch_job *j, const struct net_addr *addr)
{
	enum fetch_outcome o;
	int n;

	fetch_set_peer(j, addr, j->url.port);
	for (;;) {
		o = step(j, addr);
		if (o != FETCH_REDIRECTED)
			return o;
		n = fetch_wait_socket(j, sock, SOCK_IN, tftp_deadline(&transfer));
		if (n == -ECANCELED)
			return fetch_fail(j, FETCH_ENDED, n, "cancelled");
		o = receive(j, addr);
		if (o != FETCH_REDIRECTED)
			return o;
	}
}

enum fetch_outcome fetch_tftp(struct fetch_job *j)
{
	char name[TFTP_NAME_MAX];
	enum fetch_outcome o = FETCH_BROKEN;
	int n;

	if (url_tftp_name(&j->url, name, sizeof(name)) < 0)
		return fetch_fail(j, FETCH_ENDED, -ENAMETOOLONG, "the file name is too long for TFTP");
	n = fetch_resolve(j, &o);
	if (n <= 0)
		return o;
	j->out->len = 0;
	j->validator[0] = '\0';
	j->status.total = j->status.got = 0;
	j->status.phase = FETCH_WAITING;
	sock = sock_open(net_stack(), SOCK_UDP);
	if (sock < 0)
		return fetch_fail(j, FETCH_BROKEN, sock, "no socket: %s", err_text(sock));
	tftp_start(&transfer, name, clock_us());
	o = run(j, &j->addrs[j->status.tries % (unsigned)n]);
	/* The last word: the final ACK, or an ERROR that stops the server. */
	tftp_abort(&transfer);
	tftp_poll(&transfer, clock_us(), random_u32(), &output);
	if (output.len)
		sock_sendto(net_stack(), sock, output.data, output.len, &j->addrs[j->status.tries % (unsigned)n],
			    output.port);
	fetch_tftp_close();
	return o;
}
