/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One try at a download over multicast TFTP, RFC 2090's or PXE's own: tftm.c on two UDP sockets, one that asks and
 * one in the group, blocks copied to their place as they come.  Where the server has no multicast it is asked by tftp:
 * for the same.  Called by the fetch service, through the schemes' rows.
 */
#include "services/tftp/tftm_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "net/net.h"
#include "services/dhcp/dhcp_service.h"
#include "services/dhcp/pxebs.h"
#include "services/fetch/source.h"
#include "services/stack/stack.h"
#include "services/tftp/tftm.h"
#include "services/tftp/tftp_source.h"

#define TRIES 3
#define MTFTP_PORT 1759		/* where a URL names none, as the first PXE servers had it */
#define LISTENS 2		/* s, by PXE's, where no lease says how long */
#define QUEUE (256u << 10)	/* of the group's socket: many blocks come while a machine does other things */

struct tftm_source {
	int asks, hears;		/* sockets; hears is in the group */
	bool asks_open, hears_open;
	struct net_addr addr;
	struct sock_group group;
	uint16_t port;			/* the group's */
	struct tftm transfer;
	struct tftp_output output;
	uint8_t packet[TFTP_PACKET_MAX + 1];
};

static enum source_end failed(struct source *s, const struct tftm *t)
{
	s->limit = TRIES;
	return source_fail(s, t->error == -ETIMEDOUT || t->error == -EIO ? SOURCE_BROKEN : SOURCE_ENDED, t->error,
			   "%s: %s%s", s->status.peer, t->error_text, t->error == -EFBIG ? "; tftp: has it" : "");
}

static void leave(struct tftm_source *t)
{
	if (t->hears_open)
		sock_close(net_stack(), t->hears);
	t->hears_open = false;
}

/* Into the group that the server told, if that is another than before. */
static enum source_end join(struct source *s, struct tftm_source *t)
{
	struct net *n = net_stack();
	int err;

	if (t->hears_open && net_addr_equal(&t->group.addr, &t->transfer.group) && t->port == t->transfer.port_of_group)
		return SOURCE_OK;
	leave(t);
	t->group.addr = t->transfer.group;
	t->port = t->transfer.port_of_group;
	t->hears = sock_open(n, SOCK_UDP);
	if (t->hears < 0)
		return source_fail(s, SOURCE_BROKEN, t->hears, "no socket: %s", err_text(t->hears));
	t->hears_open = true;
	sock_set(n, t->hears, SOCK_OPT_REUSE, 1);
	sock_set(n, t->hears, SOCK_OPT_RCVBUF, QUEUE);
	err = sock_bind(n, t->hears, NULL, t->port);
	if (err == 0)
		err = sock_set(n, t->hears, SOCK_OPT_JOIN, (uintptr_t)&t->group);
	return err < 0 ? source_fail(s, SOURCE_BROKEN, err, "the group that %s names cannot be joined: %s",
				     s->status.peer, err_text(err)) : SOURCE_OK;
}

/* What has come by one of the sockets means; *any false: nothing has. */
static enum tftm_event hear(struct tftm_source *t, int sock, bool *any)
{
	struct net_addr from;
	uint16_t port;
	int n;

	while ((n = sock_recvfrom(net_stack(), sock, t->packet, sizeof(t->packet), &from, &port)) >= 0)
		if (net_addr_equal(&from, &t->addr)) {
			*any = true;
			return tftm_input(&t->transfer, port, sock != t->asks, t->packet,
					  (size_t)n < sizeof(t->packet) ? (size_t)n : sizeof(t->packet), clock_us());
		}
	return TFTM_EV_NONE;
}

static void send(const struct source *s, struct tftm_source *t)
{
	uint16_t port = t->output.port == TFTP_PORT ? s->url.port : t->output.port;

	if (t->output.len)
		(void)sock_sendto(net_stack(), t->asks, t->output.data, t->output.len, &t->addr, port);
}

static enum source_end await(struct source *s, uint64_t due)
{
	uint64_t end = budget_deadline(&s->budget);
	int err;

	s->tell(s);
	if (net_wait_any(due < end ? due : end) == -ECANCELED)
		return source_fail(s, SOURCE_ENDED, -ECANCELED, "cancelled");
	err = budget_check(&s->budget, clock_us());
	if (!err)
		return SOURCE_OK;
	s->limit = TRIES;
	return source_over_budget(s, err, &s->budget);
}

/* Goes on until something is to be done: its event; or *end is how the try ends. */
static enum tftm_event next(struct source *s, struct tftm_source *t, enum source_end *end)
{
	enum tftm_event ev = TFTM_EV_NONE;

	for (*end = SOURCE_OK; *end == SOURCE_OK && ev == TFTM_EV_NONE;) {
		bool any = false;
		ev = hear(t, t->asks, &any);
		if (!any && t->hears_open)
			ev = hear(t, t->hears, &any);
		if (ev != TFTM_EV_NONE)
			break;
		ev = tftm_poll(&t->transfer, clock_us(), random_u32(), &t->output);
		send(s, t);
		if (!any && !t->output.len && ev == TFTM_EV_NONE)
			*end = await(s, tftm_deadline(&t->transfer));
	}
	if (ev == TFTM_EV_ERROR)
		*end = failed(s, &t->transfer);
	if (ev == TFTM_EV_GROUP)
		*end = join(s, t);
	return ev;
}

/* The server is to be asked by tftp:, after these words, if there are any. */
static enum source_end plain(struct source *s, const char *words)
{
	if (*words)
		log_line("%s: %s; asking it by tftp:", s->status.peer, words);
	strcpy(s->url.scheme, "tftp");
	if (s->scheme == &tftm_scheme)
		return SOURCE_MOVED;
	s->url.port = TFTP_PORT;
	s->url.target[strcspn(s->url.target, "?")] = '\0';
	return SOURCE_MOVED;
}

/* The server's address, the file's name, and a socket to ask by: OK, or how the try ends. */
static enum source_end begin(struct source *s, struct tftm_source *t, size_t len, char name[TFTP_NAME_MAX])
{
	enum source_end end = tftp_source_begin(s, len, name, &t->addr);

	if (end != SOURCE_OK)
		return end;
	source_enter(s, FETCH_WAITING);
	t->asks = sock_open(net_stack(), SOCK_UDP);
	if (t->asks < 0)
		return source_fail(s, SOURCE_BROKEN, t->asks, "no socket: %s", err_text(t->asks));
	t->asks_open = true;
	return SOURCE_OK;
}

/* The first that comes of the file. */
static enum source_end receiving(struct source *s, struct tftm_source *t)
{
	s->size = t->transfer.size;
	source_enter(s, FETCH_RECEIVING);
	s->budget.limits.silence_s = 0;		/* tftm.c asks again, and knows when that is no use */
	return SOURCE_OK;
}

static enum source_end tftm_open(struct source *s)
{
	struct tftm_source *t = s->state;
	char name[TFTP_NAME_MAX];
	enum source_end end = begin(s, t, strlen(s->url.target + 1), name);

	if (end != SOURCE_OK)
		return end;
	tftm_start(&t->transfer, name, net_path_mtu(net_stack(), &t->addr), clock_us());
	enum tftm_event ev = next(s, t, &end);
	if (ev == TFTM_EV_PLAIN)
		return plain(s, "has no multicast");
	return end == SOURCE_OK ? receiving(s, t) : end;
}

/* ---- PXE's own ---- */

/* The lease in whose packet it stands, by which a boot file comes so; or NULL. */
static const struct dhcp_lease *lease_says(struct pxebs_mtftp *m)
{
	const struct dhcp_lease *l = dhcp_service_lease();
	bool proxy = l && l->boot_file_from_proxy;

	return l && pxebs_mtftp(m, proxy ? l->proxy : l->raw, proxy ? l->proxy_len : l->raw_len) ? l : NULL;
}

void mtftp_prefer(struct url *url)
{
	struct pxebs_mtftp m;

	if (strcmp(url->scheme, "tftp") || !lease_says(&m))
		return;
	strcpy(url->scheme, "mtftp");
	url->port = m.server_port;
}

/* Group and port behind "?", or the lease's: false, there are none for that file. */
static bool read_group(struct pxebs_mtftp *m, const char *query, const char *name)
{
	const struct dhcp_lease *l = lease_says(m);
	const char *group = strstr(query, "group="), *port = strstr(query, "port=");
	char ip[NET_ADDR_TEXT];

	if (!*query)
		return l && !strcmp(name, l->boot_file + strspn(l->boot_file, "/"));
	if (!group || !port || strcspn(group + 6, "&") >= sizeof(ip))
		return false;
	m->first_s = m->again_s = LISTENS;
	unsigned long number = strtoul(port + 5, NULL, 10);
	m->port = number <= UINT16_MAX ? (uint16_t)number : 0;
	snprintf(ip, sizeof(ip), "%.*s", (int)strcspn(group + 6, "&"), group + 6);
	return net_addr_parse(ip, &m->group) == 0 && net_addr_is_multicast(&m->group) && m->port;
}

/* How long the file is, by TFTP: OK and *size, 0 where the server does not say; or how the try ends. */
static enum source_end ask_size(struct source *s, struct tftm_source *t, const char *name, uint64_t *size)
{
	struct tftp *q = s->more = calloc(1, sizeof(*q));
	enum source_end end = SOURCE_OK;
	enum tftp_event ev = TFTP_EV_NONE;

	if (!q)
		return source_fail(s, SOURCE_ENDED, -ENOMEM, "there is no memory to ask how long it is");
	tftp_start(q, name, net_path_mtu(net_stack(), &t->addr), clock_us());
	while (end == SOURCE_OK && ev == TFTP_EV_NONE) {
		struct net_addr from;
		uint16_t port;
		int n = sock_recvfrom(net_stack(), t->asks, t->packet, sizeof(t->packet), &from, &port);

		if (n >= 0 && net_addr_equal(&from, &t->addr))
			ev = tftp_input(q, port, t->packet, (size_t)n < sizeof(t->packet) ? (size_t)n :
					sizeof(t->packet), clock_us());
		else if (n < 0)
			ev = tftp_poll(q, clock_us(), random_u32(), &t->output);
		if (n < 0 && t->output.len)
			sock_sendto(net_stack(), t->asks, t->output.data, t->output.len, &t->addr, t->output.port);
		else if (n < 0 && ev == TFTP_EV_NONE)
			end = await(s, tftp_deadline(q));
	}
	*size = ev == TFTP_EV_SIZE ? q->size : 0;
	if (ev == TFTP_EV_ERROR)
		end = source_fail(s, q->error == -ETIMEDOUT ? SOURCE_BROKEN : SOURCE_ENDED, q->error, "%s: %s",
				  s->status.peer, q->error_text);
	tftp_abort(q);
	tftp_poll(q, clock_us(), random_u32(), &t->output);
	if (t->output.len)
		sock_sendto(net_stack(), t->asks, t->output.data, t->output.len, &t->addr, t->output.port);
	t->output.len = 0;
	return end;
}

static enum source_end mtftp_open(struct source *s)
{
	struct tftm_source *t = s->state;
	size_t len = strcspn(s->url.target + 1, "?");
	struct pxebs_mtftp m;
	char name[TFTP_NAME_MAX];
	uint64_t size = 0;
	enum source_end end = begin(s, t, len, name);

	if (end != SOURCE_OK)
		return end;
	if (!read_group(&m, s->url.target + 1 + len, name))
		return plain(s, s->url.target[1 + len] ? "no group and port stand behind the URL's ?" : "");
	end = ask_size(s, t, name, &size);
	if (end != SOURCE_OK)
		return end;
	if (!size || tftm_listen(&t->transfer, name, &m.group, m.port, size, m.first_s, m.again_s, clock_us()) < 0)
		return plain(s, size ? "it has more blocks than MTFTP has numbers" : "does not say how long it is");
	end = join(s, t);
	return end == SOURCE_OK ? receiving(s, t) : end;
}

/* All of it, in the order in which it comes; s->at is how much of the file's beginning is whole. */
static enum source_end tftm_read(struct source *s, void *place, size_t len)
{
	struct tftm_source *t = s->state;
	struct tftm *m = &t->transfer;
	enum source_end end = SOURCE_OK;
	enum tftm_event ev = TFTM_EV_NONE;

	if (s->at || len < m->size)
		return source_fail(s, SOURCE_ENDED, -ENOMEM, "there is no room for it in one piece");
	while (end == SOURCE_OK && ev != TFTM_EV_DONE) {
		ev = next(s, t, &end);
		if (ev == TFTM_EV_PLAIN)
			return plain(s, "nobody sends to the group, and nobody does when asked");
		if (m->data_len)
			memcpy((uint8_t *)place + m->at, m->data, m->data_len);
		budget_count(&s->budget, m->data_len, clock_us());
		m->data_len = 0;
		s->at = tftm_whole(m);
	}
	if (end != SOURCE_OK)
		return end;
	s->over = true;
	log_line("%s: %u of %u blocks came by multicast without our asking", s->status.peer, m->blocks - m->asked,
		 m->blocks);
	return SOURCE_OK;
}

/* The last word: the final ACK, or an ERROR. */
static void tftm_close(struct source *s)
{
	struct tftm_source *t = s->state;

	leave(t);
	if (!t->asks_open)
		return;
	tftm_abort(&t->transfer);
	tftm_poll(&t->transfer, clock_us(), random_u32(), &t->output);
	send(s, t);
	sock_close(net_stack(), t->asks);
	t->asks_open = false;
}

const struct scheme tftm_scheme = {
	.name = "tftm", .server = "a TFTP server", .port = TFTP_PORT, .state_len = sizeof(struct tftm_source),
	.open = tftm_open, .read = tftm_read, .close = tftm_close,
};

const struct scheme mtftp_scheme = {
	.name = "mtftp", .server = "a TFTP server", .port = MTFTP_PORT, .state_len = sizeof(struct tftm_source),
	.open = mtftp_open, .read = tftm_read, .close = tftm_close,
};
