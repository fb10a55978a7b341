/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One try at a download over TFTP: tftp.c on a UDP socket, blocks copied to
 * their place in order.  TFTP cannot resume: each try begins at the start.
 * Called by the fetch service, through the scheme's row.
 */
#include "services/tftp/tftp_source.h"

#include <errno.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/random.h"
#include "net/net.h"
#include "services/dns/dns.h"
#include "services/fetch/fetch_policy.h"
#include "services/fetch/source.h"
#include "services/stack/stack.h"
#include "services/tftp/rom_tftp_source.h"
#include "services/tftp/tftp.h"
#include "services/tftp/tftp_window.h"

#define TRIES 3		/* each with its own retransmissions */
#define ANEW_MAX 2	/* of them, those begun anew for another window's sake */
#define HELD_BLOCK (TFTP_PACKET_MAX + 128)	/* what a block takes in the socket's queue */
#define QUEUE_LEAST 65536u

static struct tftp_windows windows;

struct tftp_source {
	bool open;			/* sock is */
	int sock;
	struct net_addr addr;
	struct net_addr stranger;	/* who answered instead, or none */
	struct tftp transfer;
	struct tftp_output output;
	struct source_packet came;	/* in packet */
	uint8_t packet[TFTP_PACKET_MAX + 1];
};

static enum source_end failed(struct source *s, const struct tftp *t, const struct net_addr *stranger)
{
	int err = t->error;
	bool silent = err == -ETIMEDOUT && !t->port;
	char way[SOURCE_WAY_MAX] = "", ip[NET_ADDR_TEXT];

	if (err == -EAGAIN) {
		s->promptly = true;
		return source_fail(s, SOURCE_BROKEN, -EIO, "%s: %s", s->status.peer, t->error_text);
	}
	/* Silence has outlasted the machine's own retransmissions: more of the same is no use. */
	s->limit = silent ? 1 : TRIES;
	if (silent && stranger->family)
		return source_fail(s, SOURCE_BROKEN, err, "%s: no answer, but %s answers in its place; "
				   "tftp-any-source=1 takes that", s->status.peer, net_addr_format(stranger, ip));
	if (err == -ETIMEDOUT)
		source_way(s, way, err);
	return source_fail(s, err == -ETIMEDOUT || err == -EIO ? SOURCE_BROKEN : SOURCE_ENDED, err, "%s%s %s%s%s",
			   s->status.peer, err == -ETIMEDOUT || err == -EPROTO ? ":" : " says:", t->error_text, way,
			   err == -ENOENT ? "; check the path" :
			   silent && !*way ? "; is a TFTP server running there?" : "");
}

/* Sends what is ready: 0, or -ENETUNREACH. */
static int send(const struct source *s, struct tftp_source *t)
{
	uint16_t port = t->output.port == TFTP_PORT ? s->url.port : t->output.port;

	if (!t->output.len)
		return 0;
	int err = sock_sendto(net_stack(), t->sock, t->output.data, t->output.len, &t->addr, port);
	return err == -ENETUNREACH ? err : 0;
}

/* Is a datagram from there the server's?  Before the first one that is, any machine's may be, by setting. */
static bool is_from_server(struct source *s, struct tftp_source *t, const struct net_addr *from, size_t len)
{
	bool first = !t->transfer.port;

	if (net_addr_equal(from, &t->addr))
		return true;
	if (!first || !tftp_is_answer(t->packet, len))
		return false;
	t->stranger = *from;
	if (!fetch_any_source())
		return false;
	t->addr = *from;
	source_set_peer(s, from, s->url.port);
	return true;
}

/* What the server's next datagram means; *any false: none is there. */
static enum tftp_event receive(struct source *s, struct tftp_source *t, bool *any)
{
	struct net_addr from;
	uint16_t port;
	int n;

	while ((n = sock_recvfrom(net_stack(), t->sock, t->packet, sizeof(t->packet), &from, &port)) >= 0) {
		size_t len = (size_t)n < sizeof(t->packet) ? (size_t)n : sizeof(t->packet);
		if (!is_from_server(s, t, &from, len))
			continue;
		*any = true;
		return tftp_input(&t->transfer, port, t->packet, len, clock_us());
	}
	*any = false;
	return TFTP_EV_NONE;
}

/* Waits for the next packet, or until something is due: OK, or how it ends. */
static enum source_end await(struct source *s, struct tftp_source *t)
{
	uint64_t due = tftp_deadline(&t->transfer), end = budget_deadline(&s->budget);
	int err;

	s->tell(s);
	if (net_wait(t->sock, SOCK_IN, due < end ? due : end) == -ECANCELED)
		return source_fail(s, SOURCE_ENDED, -ECANCELED, "cancelled");
	err = budget_check(&s->budget, clock_us());
	if (!err)
		return SOURCE_OK;
	s->limit = TRIES;
	return source_over_budget(s, err, &s->budget);
}

/* Goes on until the server has said something: SIZE, or data.  All that came before has been read. */
static enum source_end next(struct source *s)
{
	struct tftp_source *t = s->state;
	enum source_end end;

	for (;;) {
		bool any = false;
		enum tftp_event ev = TFTP_EV_NONE;

		/* what has come meanwhile is heard before silence is judged */
		if (tftp_deadline(&t->transfer))
			ev = receive(s, t, &any);
		if (!any)
			ev = tftp_poll(&t->transfer, clock_us(), random_u32(), &t->output);
		if (!any && send(s, t) < 0)
			return source_fail(s, SOURCE_ENDED, -ENETUNREACH,
					   "there is no route to %s; is the network configured?", s->status.peer);
		if (ev == TFTP_EV_NONE && (any || t->output.len))
			continue;
		switch (ev) {
		case TFTP_EV_SIZE:
			s->size = t->transfer.size;
			return SOURCE_OK;
		case TFTP_EV_DATA:
		case TFTP_EV_DONE:
			t->came.data = t->transfer.data;
			t->came.len = t->transfer.data_len;
			t->came.last = ev == TFTP_EV_DONE;
			budget_count(&s->budget, t->came.len, clock_us());
			return SOURCE_OK;
		case TFTP_EV_ERROR:
			return failed(s, &t->transfer, &t->stranger);
		default:
			end = await(s, t);
			if (end != SOURCE_OK)
				return end;
		}
	}
}

enum source_end tftp_source_begin(struct source *s, size_t len, char name[TFTP_NAME_MAX], struct net_addr *server)
{
	struct net_addr addrs[DNS_MAX_ADDRS];
	enum source_end end = SOURCE_BROKEN;
	int n = url_decode(s->url.target + 1, len, name, TFTP_NAME_MAX);

	if (n < 0)
		return source_fail(s, SOURCE_ENDED, n, n == -EINVAL ? "TFTP knows no file name with a byte 0 in it" :
				   "the file name is longer than TFTP's 511 bytes");
	n = source_resolve(s, addrs, DNS_MAX_ADDRS, &end);
	if (n <= 0)
		return end;
	*server = addrs[s->status.tries % (unsigned)n];
	source_set_peer(s, server, s->url.port);
	s->at = 0;
	s->size = SOURCE_SIZE_UNKNOWN;
	return SOURCE_OK;
}

static enum source_end tftp_open(struct source *s)
{
	struct tftp_source *t = s->state;
	char name[TFTP_NAME_MAX];
	enum source_end end = tftp_source_begin(s, strlen(s->url.target + 1), name, &t->addr);

	if (end != SOURCE_OK)
		return end;
	source_enter(s, FETCH_WAITING);
	t->sock = sock_open(net_stack(), SOCK_UDP);
	if (t->sock < 0)
		return source_fail(s, SOURCE_BROKEN, t->sock, "no socket: %s", err_text(t->sock));
	t->open = true;
	tftp_start(&t->transfer, name, net_path_mtu(net_stack(), &t->addr), clock_us());
	t->transfer.asked = tftp_window(&windows, &t->addr, net_path_flight(net_stack(), &t->addr));
	t->transfer.settled = s->status.tries >= ANEW_MAX;
	sock_set(net_stack(), t->sock, SOCK_OPT_RCVBUF, QUEUE_LEAST + t->transfer.asked * HELD_BLOCK);
	end = next(s);
	if (end == SOURCE_OK) {
		source_enter(s, FETCH_RECEIVING);
		s->budget.limits.silence_s = 0;		/* tftp.c asks again, and knows when that is no use */
	}
	return end;
}

static enum source_end tftp_read(struct source *s, void *to, size_t len)
{
	struct tftp_source *t = s->state;

	return source_read_packets(s, &t->came, to, len, next);
}

/* The last word: the final ACK, or an ERROR that stops the server. */
static void tftp_close(struct source *s)
{
	struct tftp_source *t = s->state;

	if (!t->open)
		return;
	tftp_window_learn(&windows, &t->addr, &t->transfer);
	tftp_abort(&t->transfer);
	tftp_poll(&t->transfer, clock_us(), random_u32(), &t->output);
	send(s, t);
	sock_close(net_stack(), t->sock);
	t->open = false;
}

const struct scheme tftp_scheme = {
	.name = "tftp", .server = "a TFTP server", .port = TFTP_PORT, .can = SCHEME_BARE,
	.state_len = sizeof(struct tftp_source),
	.open = tftp_open, .read = tftp_read, .close = tftp_close, .instead = rom_tftp_instead,
};
