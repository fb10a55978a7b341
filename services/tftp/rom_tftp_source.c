/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One try at a download by the ROM's own stack: see rom_tftp_source.h.  Its calls hold the machine until something
 * comes, so others run between any two blocks.  Called by the fetch service, through the scheme's row.
 */
#include "services/tftp/rom_tftp_source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/native/native.h"
#include "drivers/undi/base_code.h"
#include "drivers/undi/undi.h"
#include "kernel/clock.h"
#include "kernel/log.h"
#include "kernel/random.h"
#include "kernel/task.h"
#include "net/net.h"
#include "services/dhcp/dhcp_packet.h"
#include "services/fetch/fetch_policy.h"
#include "services/fetch/source.h"
#include "services/firmware/machine.h"
#include "services/stack/stack.h"
#include "services/tftp/tftp.h"
#include "services/tftp/tftp_source.h"

#define TRIES 2				/* the ROM asks again by itself */
#define TURN_MS 20			/* before the ROM's stack is looked at once more */
#define UDP_PORTS 49152u		/* ours is one of the 16384 from here on (RFC 6335) */

struct rom_source {
	bool lent, file_open, udp_open;
	struct undi_server server;
	uint8_t own[4];
	uint16_t block;			/* of TFTP's blocks, bytes */
	struct source_packet came;	/* in packet */
	/* by UDP */
	uint16_t port;
	struct tftp transfer;
	struct tftp_output output;
	uint8_t packet[TFTP_PACKET_MAX];
};

static bool in_use;			/* by a source: the ROM has one file at a time */

/* The lease that the ROM got, or false. */
static bool rom_lease(struct dhcp_header *h)
{
	const struct machine_packet *ack = &machine_facts()->rom_ack;

	return ack->len && dhcp_parse(ack->data, ack->len, h) == 0 && h->yiaddr;
}

static bool have_address(void)
{
	const struct link *l;

	for (unsigned i = 0; (l = link_get(net_stack(), i)); i++)
		if (l->addr.family)
			return true;
	return false;
}

const struct scheme *rom_tftp_instead(void)
{
	struct dhcp_header h;
	int how = fetch_by_rom();

	return (how > 0 || (how < 0 && !have_address())) && rom_lease(&h) ? &rom_tftp_scheme : NULL;
}

void rom_tftp_say(void)
{
	struct dhcp_header h;
	char ip[NET_ADDR_TEXT];

	if (!rom_lease(&h))
		return;
	const struct net_addr own = net_addr_v4(h.yiaddr);
	log_line("tftp: no link has an address, but the ROM has %s: tftp: files come by its own TFTP (tftp-by-rom=0 "
		 "forbids that)", net_addr_format(&own, ip));
}

/* Which gateway leads there from the ROM's network, or none. */
static struct net_addr gateway_to(const struct net_addr *to, const struct net_addr *own)
{
	const struct machine_packet *ack = &machine_facts()->rom_ack;
	const struct net_addr mask = dhcp_option_addr(ack->data, ack->len, DHCP_OPT_MASK);
	const struct net_prefix here = { *own, (uint8_t)(mask.family ? net_mask_len(&mask) : 0) };

	return net_prefix_has(&here, to) ? (struct net_addr){ 0 } :
	       dhcp_option_addr(ack->data, ack->len, DHCP_OPT_ROUTERS);
}

static enum source_end failed(struct source *s, int err, const char *what)
{
	const char *why = err == -ENOENT ? "the server has no such file; check the path" :
			  err == -EACCES ? "the server does not give it out" :
			  err == -ETIMEDOUT ? "no answer; is a TFTP server running there?" : "it failed";

	s->limit = TRIES;
	return source_fail(s, err == -ETIMEDOUT || err == -EIO ? SOURCE_BROKEN : SOURCE_ENDED, err,
			   "%s: by the ROM's own %s: %s (status %02xh)", s->status.peer, what, why, undi_base_status());
}

static enum source_end over_time(struct source *s)
{
	int err = budget_check(&s->budget, clock_us());

	s->limit = TRIES;
	return err ? source_over_budget(s, err, &s->budget) : SOURCE_OK;
}

/* Others have their turn. */
static enum source_end turn(struct source *s, unsigned ms)
{
	s->tell(s);
	if (ms)
		task_sleep_ms(ms);
	else
		task_yield();
	return task_cancelled() ? source_fail(s, SOURCE_ENDED, -ECANCELED, "cancelled") : over_time(s);
}

/* Until the ROM's stack is ours, and has the card. */
static enum source_end borrow(struct source *s, struct rom_source *t)
{
	while (in_use) {			/* its file has a budget of its own, and ends */
		s->tell(s);
		if (task_sleep_ms(TURN_MS) < 0)
			return source_fail(s, SOURCE_ENDED, -ECANCELED, "cancelled");
	}
	int err = undi_lend();
	if (err == -EBUSY && native_yield())
		err = undi_lend();
	if (err < 0)
		return source_fail(s, SOURCE_ENDED, err, "the ROM's own TFTP cannot be used: %s", err == -ENODEV ?
				   "no PXE stack is there that started us" : "its card is not open");
	t->lent = in_use = true;
	source_enter(s, FETCH_WAITING);
	return SOURCE_OK;
}

/* ---- by its UDP ---- */

static enum source_end udp_next(struct source *s, struct rom_source *t)
{
	struct undi_server from = { .port = 0 };
	enum source_end end;

	for (;;) {
		int n = tftp_deadline(&t->transfer) ?
			undi_udp_receive(t->own, t->port, t->packet, sizeof(t->packet), &from) : 0;
		enum tftp_event ev = TFTP_EV_NONE;
		bool any = n > 0 && !memcmp(from.addr, t->server.addr, sizeof(from.addr));

		if (any)
			ev = tftp_input(&t->transfer, from.port, t->packet, (size_t)n, clock_us());
		else
			ev = tftp_poll(&t->transfer, clock_us(), random_u32(), &t->output);
		if (!any && t->output.len) {
			struct undi_server to = t->server;
			to.port = t->output.port == TFTP_PORT ? t->server.port : t->output.port;
			undi_udp_send(&to, t->port, t->output.data, t->output.len);
		}
		switch (ev) {
		case TFTP_EV_SIZE:
			s->size = t->transfer.size;
			return SOURCE_OK;
		case TFTP_EV_DATA:
		case TFTP_EV_DONE:
			t->came.data = t->transfer.data;
			t->came.len = t->transfer.data_len;
			t->came.last = ev == TFTP_EV_DONE;
			return SOURCE_OK;
		case TFTP_EV_ERROR:
			s->limit = TRIES;
			return source_fail(s, t->transfer.error == -ETIMEDOUT ? SOURCE_BROKEN : SOURCE_ENDED,
					   t->transfer.error, "%s: by the ROM's own UDP: %s", s->status.peer,
					   t->transfer.error_text);
		default:
			end = turn(s, any || t->output.len ? 0 : TURN_MS);
			if (end != SOURCE_OK)
				return end;
		}
	}
}

static enum source_end udp_begin(struct source *s, struct rom_source *t, const char *name)
{
	int err = undi_udp_open(t->own);

	if (err < 0)
		return failed(s, err, "UDP");
	t->udp_open = true;
	t->port = (uint16_t)(UDP_PORTS + random_u32() % (65536 - UDP_PORTS));
	tftp_start(&t->transfer, name, NETDEV_MTU_MAX, clock_us());
	t->transfer.asked = 1;		/* how many datagrams a ROM holds nobody knows */
	t->transfer.settled = true;
	return udp_next(s, t);
}

/* ---- by its TFTP ---- */

static enum source_end tftp_next(struct source *s, struct rom_source *t)
{
	int n = undi_tftp_read(t->packet);

	if (n < 0)
		return failed(s, n, "TFTP");
	t->came.data = t->packet;
	t->came.len = (size_t)n;
	t->came.last = n < t->block;
	if (t->came.last && s->size != SOURCE_SIZE_UNKNOWN && s->at + t->came.len != s->size)
		return source_broken_off(s, -EIO, "has ended the file");
	return SOURCE_OK;
}

static enum source_end tftp_begin(struct source *s, struct rom_source *t, const char *name)
{
	uint32_t size;

	int err = t->server.port == TFTP_PORT ? undi_tftp_size(&t->server, name, &size) : -ENOTSUP;

	if (err == -ETIMEDOUT)		/* once is long enough: all stands still meanwhile */
		return failed(s, err, "TFTP");
	if (err == 0)
		s->size = size;
	if (s->want == SOURCE_FACTS && s->size != SOURCE_SIZE_UNKNOWN)
		return SOURCE_OK;
	int n = undi_tftp_open(&t->server, name);
	if (n == -ENOTSUP)
		return udp_begin(s, t, name);
	if (n < 0)
		return failed(s, n, "TFTP");
	t->block = (uint16_t)n;
	t->file_open = true;
	return SOURCE_OK;
}

/* ---- the scheme ---- */

static enum source_end rom_open(struct source *s)
{
	struct rom_source *t = s->state;
	struct net_addr server;
	struct dhcp_header h;
	char name[TFTP_NAME_MAX];

	if (!rom_lease(&h))
		return source_fail(s, SOURCE_ENDED, -ENETUNREACH, "the ROM has no address of its own");
	enum source_end end = tftp_source_begin(s, strlen(s->url.target + 1), name, &server);
	if (end != SOURCE_OK)
		return end;
	const struct net_addr own = net_addr_v4(h.yiaddr), gateway = gateway_to(&server, &own);
	net_addr_to_bytes(&own, t->own);
	net_addr_to_bytes(&server, t->server.addr);
	net_addr_to_bytes(&gateway, t->server.gateway);
	t->server.port = s->url.port;
	end = borrow(s, t);
	if (end == SOURCE_OK)
		end = strlen(name) < UNDI_NAME_MAX ? tftp_begin(s, t, name) : udp_begin(s, t, name);
	if (end != SOURCE_OK)
		return end;
	source_enter(s, FETCH_RECEIVING);
	s->budget.limits.silence_s = 0;		/* the ROM, or tftp.c, asks again, and knows when that is no use */
	return SOURCE_OK;
}

static enum source_end rom_next(struct source *s)
{
	struct rom_source *t = s->state;
	enum source_end end = turn(s, 0);

	if (end == SOURCE_OK)
		end = t->udp_open ? udp_next(s, t) : tftp_next(s, t);
	if (end == SOURCE_OK)
		budget_count(&s->budget, t->came.len, clock_us());
	return end;
}

static enum source_end rom_read(struct source *s, void *to, size_t len)
{
	struct rom_source *t = s->state;

	return source_read_packets(s, &t->came, to, len, rom_next);
}

static void rom_close(struct source *s)
{
	struct rom_source *t = s->state;

	if (t->file_open)
		undi_tftp_close();
	if (t->udp_open) {
		tftp_abort(&t->transfer);
		tftp_poll(&t->transfer, clock_us(), random_u32(), &t->output);
		struct undi_server to = t->server;
		to.port = t->output.port;
		if (t->output.len)
			undi_udp_send(&to, t->port, t->output.data, t->output.len);
		undi_udp_close();
	}
	if (t->lent) {
		in_use = false;
		undi_take_back();
	}
	t->file_open = t->udp_open = t->lent = false;
}

const struct scheme rom_tftp_scheme = {
	.name = "pxe-tftp", .server = "a TFTP server", .port = TFTP_PORT, .state_len = sizeof(struct rom_source),
	.open = rom_open, .read = rom_read, .close = rom_close,
};
