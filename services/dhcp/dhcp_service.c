/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dhcp service: dhcp.c on a UDP socket, the stack configured from its
 * lease, each step said in the log.  All state is static, so a task that
 * starts again after a fault goes on with the lease that it finds.
 */
#include "services/dhcp/dhcp_service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/clock.h"
#include "kernel/err.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/service.h"
#include "net/net.h"
#include "services/stack/stack.h"

#define SLICE_US	100000u		/* how long a request may wait while the handshake listens */
#define BACKGROUND_US	60000000u	/* between attempts to get a lost lease again */

static struct dhcp_client client;
static struct dhcp_identity identity;
static struct dhcp_output output;
static uint8_t packet[DHCP_MAX_LEN];
static int sock = -1;
static bool started;			/* client is initialised */
static bool background;			/* a lease was lost: nobody waits, but it is wanted again */
static uint64_t background_us;		/* next attempt, when background and the last failed */
static int asker;			/* the request that waits for the handshake, 0: none */

void dhcp_set_identity(const uint8_t *uuid, const char *hostname)
{
	identity.has_uuid = uuid != NULL;
	if (uuid)
		memcpy(identity.uuid, uuid, sizeof(identity.uuid));
	snprintf(identity.hostname, sizeof(identity.hostname), "%s", hostname ? hostname : "");
}

const struct dhcp_lease *dhcp_service_lease(void)
{
	return client.lease.addr.family ? &client.lease : NULL;
}

static void close_socket(void)
{
	if (sock >= 0)
		sock_close(net_stack(), sock);
	sock = -1;
}

void dhcp_cleanup(struct service *self)
{
	(void)self;
	close_socket();
	asker = 0;	/* the kernel answers it */
}

static int open_socket(void)
{
	struct net *n = net_stack();
	int err;

	if (sock >= 0)
		return 0;
	sock = sock_open(n, SOCK_UDP);
	if (sock < 0)
		return sock;
	sock_set(n, sock, SOCK_OPT_BROADCAST, 1);
	sock_set(n, sock, SOCK_OPT_DEVICE, (uintptr_t)net_card());
	err = sock_bind(n, sock, NULL, DHCP_CLIENT_PORT);
	if (err < 0)
		close_socket();
	return err;
}

/* ---- what a person reads ---- */

static void say_mac(char *to, size_t cap, const uint8_t *m)
{
	snprintf(to, cap, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static void say_sent(enum dhcp_state before)
{
	char mac[18], a[NET_ADDR_TEXT], b[NET_ADDR_TEXT];

	say_mac(mac, sizeof(mac), identity.mac);
	if (output.type == DHCP_DISCOVER && client.sent == 1)
		log_line("dhcp: DISCOVER (xid %08x) on %s %s", (unsigned)client.xid, net_card()->name, mac);
	else if (output.type == DHCP_DISCOVER)
		log_line("dhcp: DISCOVER again (try %u)", client.sent);
	else if (client.state == DHCP_REQUESTING)
		log_line("dhcp: REQUEST %s from %s", net_addr_format(&client.chosen.addr, a),
			 net_addr_format(&client.chosen.server_id, b));
	else if (before != DHCP_BOUND)		/* a renewal that goes well is one line */
		log_line("dhcp: REQUEST again to keep %s%s", net_addr_format(&client.lease.addr, a),
			 client.state == DHCP_REBINDING ? ", from any server" : "");
}

static void say_offer(enum dhcp_event ev)
{
	const struct dhcp_offer *o = &client.offer_seen;
	char a[NET_ADDR_TEXT], b[NET_ADDR_TEXT];

	if (ev == DHCP_EV_PROXY)
		log_line("dhcp: OFFER of boot file %s from PXE server %s", o->boot_file,
			 net_addr_format(&o->server_id, b));
	else
		log_line("dhcp: OFFER %s from %s%s%s", net_addr_format(&o->addr, a), net_addr_format(&o->server_id, b),
			 o->boot_file[0] ? ", boot file " : "", o->boot_file);
}

static void say_addrs(const char *what, const struct net_addr *addrs, unsigned count)
{
	char text[DHCP_MAX_ADDRS * (NET_ADDR_TEXT + 1)] = "", ip[NET_ADDR_TEXT];

	for (unsigned i = 0; i < count; i++) {
		strcat(text, " ");
		strcat(text, net_addr_format(&addrs[i], ip));
	}
	log_line("dhcp:   %s%s", what, count ? text : " none");
}

static void say_lease(void)
{
	const struct dhcp_lease *l = &client.lease;
	struct net_addr mask = net_mask(l->len);
	char a[NET_ADDR_TEXT], b[NET_ADDR_TEXT];

	log_line("dhcp: ACK %s from %s", net_addr_format(&l->addr, a), net_addr_format(&l->server_id, b));
	log_line("dhcp:   address     %s mask %s", a, net_addr_format(&mask, b));
	say_addrs("gateway    ", l->gateways, l->gateway_count);
	say_addrs("dns        ", l->dns, l->dns_count);
	if (l->search[0])
		log_line("dhcp:   domain      %s", l->search);
	log_line("dhcp:   next-server %s", net_addr_format(&l->next_server, a));
	log_line("dhcp:   boot file   %s%s", l->boot_file[0] ? l->boot_file : "none",
		 l->boot_file_from_proxy ? " (ProxyDHCP)" : "");
	if (l->lease_s == DHCP_FOREVER)
		log_line("dhcp:   lease       for ever");
	else
		log_line("dhcp:   lease       %u s, renewed after %u s", (unsigned)l->lease_s, (unsigned)l->t1_s);
}

/* ---- the stack ---- */

static const struct net_prefix all;		/* the default route's */

static int configure_stack(void)
{
	struct net *n = net_stack();
	const struct dhcp_lease *l = &client.lease;
	int err = net_if_configure(n, net_card(), &l->addr, l->len);

	if (err < 0)
		return err;
	net_route_del(n, &all);
	return l->gateway_count ? net_route_add(n, &all, &l->gateways[0]) : 0;
}

static void deconfigure_stack(void)
{
	net_route_del(net_stack(), &all);
	net_if_configure(net_stack(), net_card(), NULL, 0);
}

static void conclude(int result)
{
	request_reply(asker, result, NULL, 0);
	asker = 0;
}

static void bound(void)
{
	int err = configure_stack();
	char ip[NET_ADDR_TEXT];

	say_lease();
	if (err < 0) {
		log_line("dhcp: the stack refuses address %s or its gateway: %s; no network until `dhcp` is tried again",
			 net_addr_format(&client.lease.addr, ip), err_text(err));
		deconfigure_stack();
		dhcp_init(&client, &identity);
	}
	background = background && err < 0;
	conclude(err);
}

static void failed(void)
{
	log_line("dhcp: no lease: %s; %s", client.error_text,
		 background ? "trying again in a minute" : "check cable and server, then try `dhcp` again");
	background_us = clock_us() + BACKGROUND_US;
	conclude(client.error);
}

static void handle(enum dhcp_event ev)
{
	char ip[NET_ADDR_TEXT];

	switch (ev) {
	case DHCP_EV_NONE:
		break;
	case DHCP_EV_OFFER:
	case DHCP_EV_PROXY:
		say_offer(ev);
		break;
	case DHCP_EV_BOUND:
		bound();
		break;
	case DHCP_EV_RENEWED:
		log_line("dhcp: ACK, %s kept for another %u s", net_addr_format(&client.lease.addr, ip),
			 (unsigned)client.lease.lease_s);
		configure_stack();
		break;
	case DHCP_EV_NAK:
	case DHCP_EV_EXPIRED:
		log_line("dhcp: %s; asking for a new address", ev == DHCP_EV_NAK ? client.error_text : "the lease ran out");
		if (net_if_get(net_stack(), net_card())->addr.family) {
			deconfigure_stack();
			background = true;
		}
		break;
	case DHCP_EV_FAILED:
		failed();
		break;
	}
}

/* ---- requests ---- */

static void begin(void)
{
	memcpy(identity.mac, net_card()->mac, sizeof(identity.mac));
	deconfigure_stack();
	close_socket();
	dhcp_init(&client, &identity);
	dhcp_start(&client, clock_us(), random_u32());
}

static void configure(int r)
{
	bool running = client.state == DHCP_SELECTING || client.state == DHCP_REQUESTING;

	if (!net_card() || asker) {
		request_reply(r, asker ? -EBUSY : -ENODEV, NULL, 0);
		return;
	}
	asker = r;
	if (!running || background)
		begin();
	background = false;
}

static void forget_lease(void)
{
	close_socket();
	dhcp_init(&client, &identity);
	background = false;
	if (net_card())
		deconfigure_stack();
}

static void release(int r)
{
	if (client.lease.addr.family && open_socket() >= 0) {
		dhcp_release(&client, clock_us(), random_u32(), &output);
		sock_sendto(net_stack(), sock, output.data, output.len, &output.dst, DHCP_SERVER_PORT);
		log_line("dhcp: RELEASE");
	}
	forget_lease();
	conclude(-ECANCELED);
	request_reply(r, 0, NULL, 0);
}

static void serve(int r)
{
	switch (request_type(r)) {
	case DHCP_MSG_CONFIGURE:
		configure(r);
		break;
	case DHCP_MSG_RELEASE:
		release(r);
		break;
	default:
		request_reply(r, -ENOSYS, NULL, 0);
	}
}

/* Whoever wanted the lease wants it no more. */
static void give_up(void)
{
	log_line("dhcp: given up, as nobody waits for it any more");
	forget_lease();
	conclude(-ECANCELED);
}

/* ---- the task ---- */

/* Sends what is due. */
static void step(void)
{
	enum dhcp_state before = client.state;
	enum dhcp_event ev = dhcp_poll(&client, clock_us(), random_u32(), &output);
	int err = open_socket();

	handle(ev);
	if (!output.len)
		return;
	if (err >= 0)
		err = sock_sendto(net_stack(), sock, output.data, output.len, &output.dst, DHCP_SERVER_PORT);
	say_sent(before);
	if (err < 0)
		log_line("dhcp: it could not be sent: %s; it is sent again later", err_text(err));
}

static void receive(void)
{
	struct net_addr from;
	uint16_t port;
	int n;

	while ((n = sock_recvfrom(net_stack(), sock, packet, sizeof(packet), &from, &port)) >= 0)
		if (port == DHCP_SERVER_PORT)
			handle(dhcp_input(&client, packet, (size_t)n < sizeof(packet) ? (size_t)n : sizeof(packet),
					  &from, clock_us()));
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* In the middle of an exchange, the socket is listened to. */
static bool exchanging(void)
{
	return client.state != DHCP_IDLE && client.state != DHCP_FAILED && client.state != DHCP_BOUND;
}

void dhcp_main(void *arg)
{
	struct service *self = arg;
	uint64_t until;
	int r;

	if (!started)
		dhcp_init(&client, &identity);
	started = true;
	for (;;) {
		if (!exchanging())
			close_socket();
		until = dhcp_deadline(&client);
		if (background && client.state == DHCP_FAILED)
			until = background_us;
		if (exchanging() && open_socket() >= 0) {
			net_wait(sock, SOCK_IN, sooner(until, clock_us() + SLICE_US));
			receive();
			until = 0;
		}
		if (port_receive(&self->port, &r, until) == 0)
			serve(r);
		if (request_cancelled(asker))
			give_up();
		if (background && client.state == DHCP_FAILED && clock_us() >= background_us)
			begin();
		if (clock_us() >= dhcp_deadline(&client))
			step();
	}
}

/* ---- for other tasks ---- */

int dhcp_configure(uint64_t deadline_us, bool (*stop)(void))
{
	return port_call_unless(service_port("dhcp"), DHCP_MSG_CONFIGURE, NULL, 0, NULL, 0, deadline_us, stop);
}

int dhcp_release_lease(uint64_t deadline_us)
{
	return port_call(service_port("dhcp"), DHCP_MSG_RELEASE, NULL, 0, NULL, 0, deadline_us);
}
