/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dhcp service: dhcp.c on UDP sockets, a client for each link, the links
 * configured from their leases (dhcp_life.c), each step said in the log
 * (dhcp_log.c).  All state is static (dhcp_holder.c), so a task that starts again
 * after a fault goes on with the leases that it finds.
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
#include "services/dhcp/dhcp_life.h"
#include "services/dhcp/dhcp_log.h"
#include "services/dhcp/dhcp_rom.h"
#include "services/stack/stack.h"

#define SLICE_US	100000u		/* how long a request may wait while the handshake listens */
#define PAUSE_US	1000000u	/* for the service to hear of it */
#define FRESH_US	3000000u	/* a lease that came by itself is as good as one asked for now */

static struct dhcp_output output;
static uint8_t packet[DHCP_MAX_LEN];

/* ---- requests ---- */

void dhcp_cleanup(struct service *self)
{
	(void)self;
	for (struct dhcp_holder *h = dhcp_holders; h < dhcp_holders + NET_LINKS; h++)
		if (h->link) {
			dhcp_holder_close(h);
			h->asker = 0;	/* the kernel answers it */
		}
}
static void configure(struct dhcp_holder *h, int r)
{
	bool running = h->client.state == DHCP_SELECTING || h->client.state == DHCP_REQUESTING;
	bool same = !strcmp(h->user_class, dhcp_asked_as(NULL));
	bool fresh = same && h->came_us && clock_us() < h->came_us + FRESH_US && dhcp_holder_lease(h);
	if (h->asker) {
		request_reply(r, -EBUSY, NULL, 0);
		return;
	}
	h->asker = r;
	dhcp_holder_latest(h);
	h->came_us = 0;
	if (fresh)
		dhcp_life_conclude(h, 0);
	else if (!running || h->background || !same) {
		snprintf(h->user_class, sizeof(h->user_class), "%s", dhcp_asked_as(NULL));
		dhcp_life_begin(h);
	}
	h->background = h->quiet = false;
}

static void forget_lease(struct dhcp_holder *h)
{
	dhcp_holder_close(h);
	dhcp_init(&h->client, &dhcp_identity);
	h->bound_us = 0;
	h->background = h->quiet = false;
	dhcp_life_end(h);
}

/* On links where a lease was asked for in vain it is asked for without a word, or no more. */
static void ask_quietly(bool on)
{
	for (struct dhcp_holder *h = dhcp_holders; h < dhcp_holders + NET_LINKS; h++) {
		if (!h->link || h->asker)
			continue;
		if (on && h->client.state == DHCP_FAILED && !h->background) {
			h->background = h->quiet = true;
			h->background_us = clock_us() + DHCP_QUIET_US;
		} else if (!on && h->quiet) {
			forget_lease(h);
		}
	}
}

/* Its server is told that the lease is given back. */
static void part(struct dhcp_holder *h)
{
	dhcp_life_keep(h);
	if (!dhcp_holder_lease(h) || dhcp_holder_open(h) < 0)
		return;
	dhcp_release(&h->client, clock_us(), random_u32(), &output);
	if (output.len)
		sock_sendto(net_stack(), h->sock, output.data, output.len, &output.dst, DHCP_SERVER_PORT);
	log_line("dhcp: RELEASE on %s", h->link->name);
}

static void part_all(void)
{
	for (struct dhcp_holder *h = dhcp_holders; h < dhcp_holders + NET_LINKS; h++)
		if (h->link)
			part(h);
}

static void release(struct dhcp_holder *h, int r)
{
	part(h);
	dhcp_rom_spoil(h->link->dev->mac);
	forget_lease(h);
	dhcp_life_conclude(h, -ECANCELED);
	h->link = NULL;
	request_reply(r, 0, NULL, 0);
}

/* Whoever wanted the lease wants it no more. */
static void give_up(struct dhcp_holder *h)
{
	log_line("dhcp: given up on %s, as nobody waits for it any more%s", h->link->name,
		 dhcp_kept.of == h ? "; its lease stays in force" : "");
	if (!dhcp_life_keep(h))
		forget_lease(h);
	dhcp_life_conclude(h, -ECANCELED);
}

static void serve(int r)
{
	unsigned type = request_type(r);
	if (type == DHCP_MSG_PAUSE || type == DHCP_MSG_TRY || type == DHCP_MSG_PART) {
		if (type == DHCP_MSG_PART)
			part_all();
		else
			ask_quietly(type == DHCP_MSG_PAUSE);
		request_reply(r, 0, NULL, 0);
		return;
	}
	const char *name = request_in_text(r);
	struct link *l = name ? link_find(net_stack(), name) : NULL;
	struct dhcp_holder *h = l ? dhcp_holder_make(l) : NULL;

	if (h && request_cancelled(h->asker))	/* who asked before has gone just now */
		give_up(h);
	if (!h)
		request_reply(r, l ? -ENOSPC : -ENODEV, NULL, 0);
	else if (type == DHCP_MSG_CONFIGURE)
		configure(h, r);
	else if (type == DHCP_MSG_RELEASE)
		release(h, r);
	else
		request_reply(r, -ENOSYS, NULL, 0);
}

/* ---- the task ---- */

/* Sends what is due. */
static void step(struct dhcp_holder *h)
{
	enum dhcp_state before = h->client.state;
	enum dhcp_event ev = dhcp_poll(&h->client, clock_us(), random_u32(), &output);
	int err = dhcp_holder_open(h);

	dhcp_log_untaken(h);
	dhcp_life_handle(h, ev);
	if (!output.len)
		return;
	if (err >= 0)
		err = sock_sendto(net_stack(), h->sock, output.data, output.len, &output.dst, DHCP_SERVER_PORT);
	dhcp_log_sent(h, before, output.type);
	if (err < 0)
		log_warn("dhcp: it could not be sent on %s: %s; it is sent again later", h->link->name, err_text(err));
}

static void receive(struct dhcp_holder *h)
{
	struct net_addr from;
	uint16_t port;
	int n;

	while ((n = sock_recvfrom(net_stack(), h->sock, packet, sizeof(packet), &from, &port)) >= 0) {
		size_t len = (size_t)n < sizeof(packet) ? (size_t)n : sizeof(packet);
		random_stir(packet, len);
		if (port != DHCP_SERVER_PORT) {
			dhcp_wrong_port(&h->client, packet, len, &from, port);
			continue;
		}
		dhcp_life_handle(h, dhcp_input(&h->client, packet, len, &from, clock_us()));
	}
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* In the middle of an exchange, the socket is listened to. */
static bool exchanging(const struct dhcp_holder *h)
{
	return h->client.state != DHCP_IDLE && h->client.state != DHCP_FAILED && h->client.state != DHCP_BOUND;
}

/* When something is due for h. */
static uint64_t deadline(const struct dhcp_holder *h)
{
	uint64_t until = dhcp_deadline(&h->client);

	if (h->background && h->client.state == DHCP_FAILED)
		return h->background_us;
	if (!h->bound_us)
		return until;
	return sooner(until, h->asker ? h->bound_us + DHCP_PROBE_WAIT_US : clock_us() + SLICE_US);
}

/* What has come, and what is due. */
static void attend(struct dhcp_holder *h)
{
	if (exchanging(h) && dhcp_holder_open(h) >= 0)
		receive(h);
	dhcp_log_untaken(h);
	if (request_cancelled(h->asker))
		give_up(h);
	if (h->bound_us)
		dhcp_life_watch(h, &output);
	if (h->background && h->client.state == DHCP_FAILED && clock_us() >= h->background_us)
		dhcp_life_begin(h);
	if (dhcp_kept.of == h && !dhcp_link_left_s(h->link)) {
		log_line("dhcp: the lease on %s ran out", h->link->name);
		dhcp_life_lose_kept(h);
	}
	if (clock_us() >= dhcp_deadline(&h->client))
		step(h);
	if (!exchanging(h))
		dhcp_holder_close(h);
}

void dhcp_main(void *arg)
{
	struct service *self = arg;
	int r;

	for (;;) {
		uint64_t until = CLOCK_NEVER;
		bool listening = false;
		for (struct dhcp_holder *h = dhcp_holders; h < dhcp_holders + NET_LINKS; h++)
			if (h->link) {
				until = sooner(until, deadline(h));
				listening = listening || exchanging(h) || (h->bound_us && h->asker);
			}
		if (listening) {
			net_wait_any(sooner(until, clock_us() + SLICE_US));
			until = 0;
		}
		if (port_receive(&self->port, &r, until) == 0)
			serve(r);
		for (struct dhcp_holder *h = dhcp_holders; h < dhcp_holders + NET_LINKS; h++)
			if (h->link)
				attend(h);
	}
}

/* ---- for other tasks ---- */

int dhcp_configure(const struct link *l, uint64_t deadline_us, bool (*stop)(void))
{
	return port_call_unless(service_port("dhcp"), DHCP_MSG_CONFIGURE, l->name, strlen(l->name) + 1, NULL, 0,
				deadline_us,
				stop);
}

void dhcp_pause(bool on)
{
	port_call(service_port("dhcp"), on ? DHCP_MSG_PAUSE : DHCP_MSG_TRY, NULL, 0, NULL, 0, clock_us() + PAUSE_US);
}

void dhcp_part(uint64_t deadline_us)
{
	port_call(service_port("dhcp"), DHCP_MSG_PART, NULL, 0, NULL, 0, deadline_us);
}

int dhcp_release_lease(const struct link *l, uint64_t deadline_us)
{
	return port_call(service_port("dhcp"), DHCP_MSG_RELEASE, l->name, strlen(l->name) + 1, NULL, 0, deadline_us);
}
