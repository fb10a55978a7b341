/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DHCP client: discovery, choice among offers, renewal (RFC 2131 section 4.4),
 * with what PXE adds (PXE 2.1 section 2.2): ProxyDHCP offers on port 67; what
 * is asked on port 4011 is pxebs.c's.  Leaves out INIT-REBOOT.  Called by dhcp_life.c
 * and dhcp_service.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/net.h"
#include "services/dhcp/dhcp_lease.h"
#include "services/dhcp/pxebs.h"

#define SECOND		1000000ull
#define MAX_DISCOVERS	7	/* at 0 1 3 7 15 23 31 s, given up at 39 s: outlasts the 30 s of a spanning tree */
#define BRIEF_DISCOVERS	3	/* at 0 1 3 s, given up at 7 s: there is a lease to go on with */
#define BOOTP_LEN	300u	/* of its packets (RFC 951, 3) */
#define BOOTP_AFTER	2	/* DISCOVERs that no DHCP server has answered: 3 s */
#define MAX_REQUESTS	3	/* at 0 1 3 s, given up at 7 s */
#define GIVE_UP		(39 * SECOND)	/* no DISCOVER after that, whatever the answers were */
#define PAUSE_MAX	(8 * SECOND)
#define OFFER_WAIT	(1 * SECOND)	/* from the DISCOVER, for an offer with a boot file */
#define OFFER_WAIT_MIN	(SECOND / 4)	/* from an offer without one */
#define PROXY_WAIT	(6 * SECOND)	/* from an offer without one, for a proxy that the ROM had */
#define NAK_PAUSE	(2 * SECOND)
#define DECLINE_PAUSE	(10 * SECOND)	/* RFC 2131, 3.1.5 */
#define RENEW_PAUSE_MIN	(5 * SECOND)

/* Seconds until the next try: 1 2 4 8 8 ..., a quarter more or less. */
static uint64_t backoff(unsigned tries, uint32_t random)
{
	uint64_t base = tries < 4 ? SECOND << tries : PAUSE_MAX;

	return base - base / 4 + random % (uint32_t)(base / 2);
}

void dhcp_init(struct dhcp_client *c, const struct dhcp_identity *id)
{
	memset(c, 0, sizeof(*c));
	c->id = *id;
}

static void select_again(struct dhcp_client *c, uint64_t now_us, uint32_t random)
{
	c->state = DHCP_SELECTING;
	c->xid = random ? random : 1;
	c->offer_count = 0;
	c->proxy_len = c->bootp_len = 0;
	c->proxy_has_file = c->no_proxy = false;
	c->proxy_until_us = 0;
	c->next_us = now_us;
}

void dhcp_start(struct dhcp_client *c, uint64_t now_us, uint32_t random)
{
	memset(&c->lease, 0, sizeof(c->lease));
	c->begun_us = now_us;
	c->sent = c->nonsense = c->naks = c->tries = 0;
	c->error = 0;
	c->error_text[0] = '\0';
	c->brief = false;
	memset(&c->chosen, 0, sizeof(c->chosen));
	select_again(c, now_us, random);
}

uint64_t dhcp_deadline(const struct dhcp_client *c)
{
	return c->state == DHCP_IDLE || c->state == DHCP_FAILED ? UINT64_MAX : c->next_us;
}

bool dhcp_holds_lease(const struct dhcp_client *c)
{
	return c->state == DHCP_BOUND || c->state == DHCP_RENEWING || c->state == DHCP_REBINDING;
}

const char *dhcp_user_class(const struct dhcp_client *c)
{
	return c->id.user_class[0] ? c->id.user_class : DHCP_USER_CLASS;
}

static void build(const struct dhcp_client *c, struct dhcp_output *out, uint8_t type, uint64_t now_us)
{
	struct dhcp_writer w = { .p = out->data, .cap = sizeof(out->data) };
	uint64_t secs = (now_us - c->begun_us) / SECOND;
	struct dhcp_header h = {
		.op = 1, .htype = 1, .hlen = 6, .xid = c->xid,
		.secs = secs < 0xffff ? (uint16_t)secs : 0xffff,
	};
	bool bound = dhcp_holds_lease(c);

	memcpy(h.chaddr, c->id.mac, 6);
	h.ciaddr = bound ? c->lease.addr.v4 : 0;
	h.flags = bound ? 0 : 0x8000;	/* answers by broadcast: no address to be reached at yet */
	out->type = type;
	out->src = net_addr_v4(h.ciaddr);
	out->dst = c->state == DHCP_RENEWING || type == DHCP_RELEASE ? c->lease.server_id : net_addr_v4(IP_BROADCAST);
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, DHCP_OPT_TYPE, &type, 1);
	if (c->state == DHCP_REQUESTING) {
		dhcp_write_u32(&w, DHCP_OPT_REQUESTED_ADDR, c->chosen.addr.v4);
		dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, c->chosen.server_id.v4);
	} else if (type == DHCP_RELEASE) {
		dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, c->lease.server_id.v4);
	}
	dhcp_write_identity(&c->id, &w);
	dhcp_write_end(&w);
	out->len = w.full ? 0 : w.len;
}

static void leave(struct dhcp_client *c, enum dhcp_untaken_why why, const struct net_addr *from, uint32_t detail)
{
	struct dhcp_untaken *u = &c->untaken[why];

	u->count++;
	u->from = *from;
	u->detail = detail;
}

/* The same of an answer to us that nobody can use. */
static enum dhcp_event waste(struct dhcp_client *c, enum dhcp_untaken_why why, const struct net_addr *from,
			     uint32_t detail)
{
	leave(c, why, from, detail);
	c->nonsense++;
	return DHCP_EV_NONE;
}

static enum dhcp_event pass_by(struct dhcp_client *c, enum dhcp_untaken_why why, const struct net_addr *from)
{
	leave(c, why, from, 0);
	return DHCP_EV_NONE;
}

static enum dhcp_event fail(struct dhcp_client *c, uint64_t now_us)
{
	unsigned s = (unsigned)((now_us - c->begun_us) / SECOND);
	char *t = c->error_text, ip[NET_ADDR_TEXT];
	const size_t cap = sizeof(c->error_text);

	c->state = DHCP_FAILED;
	if (c->naks) {		/* error_text holds the server's words since the NAK */
		c->error = -EACCES;
	} else if (c->chosen.addr.family) {
		c->error = -ETIMEDOUT;
		snprintf(t, cap, "%s offered an address but did not confirm it in %u s",
			 net_addr_format(&c->chosen.server_id, ip), s);
	} else if (c->proxy_len) {
		c->error = -ETIMEDOUT;
		snprintf(t, cap, "only a ProxyDHCP server answered %u DISCOVERs in %u s, and it gives no address",
			 c->sent, s);
	} else if (c->nonsense) {
		c->error = -EPROTO;
		snprintf(t, cap, "%u answers to %u DISCOVERs in %u s, none of them usable", c->nonsense, c->sent, s);
	} else {
		c->error = -ETIMEDOUT;
		snprintf(t, cap, "no server answered %u DISCOVERs in %u s", c->sent, s);
	}
	return DHCP_EV_FAILED;
}

/* The first offer with a boot file, else the first. */
static void choose(struct dhcp_client *c)
{
	unsigned best = 0;

	while (best < c->offer_count && !c->offers[best].has_file)
		best++;
	best = best < c->offer_count ? best : 0;
	c->chosen = c->offers[best];
	for (unsigned i = 0; i < c->offer_count; i++)
		if (i != best)
			leave(c, c->chosen.has_file && !c->offers[i].has_file ? DHCP_UNTAKEN_NO_FILE :
			      DHCP_UNTAKEN_LATER, &c->offers[i].server_id, c->chosen.server_id.v4);
	if (c->bootp_len)
		leave(c, DHCP_UNTAKEN_BOOTP, &c->bootp_from, 0);
	c->state = DHCP_REQUESTING;
	c->tries = 0;
}

/* No DHCP server answers, but this one has: nobody is asked, its word is all there is (RFC 951). */
static enum dhcp_event take_bootp(struct dhcp_client *c, uint64_t now_us)
{
	struct dhcp_header h;

	dhcp_parse(c->bootp, c->bootp_len, &h);
	dhcp_lease_read(c, &h, c->bootp, c->bootp_len, &c->bootp_from);
	c->state = DHCP_BOUND;
	c->bound_us = now_us;
	c->used_s = 0;
	c->next_us = UINT64_MAX;
	return DHCP_EV_BOUND;
}

static enum dhcp_event poll_selecting(struct dhcp_client *c, uint64_t now_us, uint32_t random, struct dhcp_output *out)
{
	unsigned most = c->brief && !c->naks ? BRIEF_DISCOVERS : MAX_DISCOVERS;

	if (c->bootp_len && !c->offer_count && c->sent >= BOOTP_AFTER)
		return take_bootp(c, now_us);
	if (!c->offer_count && (c->sent >= most || now_us >= c->begun_us + GIVE_UP))
		return fail(c, now_us);
	build(c, out, DHCP_DISCOVER, now_us);
	c->sent_us = now_us;
	c->next_us = now_us + backoff(c->sent, random);
	if (c->offer_count && c->next_us > c->proxy_until_us)
		c->next_us = c->proxy_until_us;
	c->sent++;
	return DHCP_EV_NONE;
}

static enum dhcp_event poll_requesting(struct dhcp_client *c, uint64_t now_us, uint32_t random, struct dhcp_output *out)
{
	if (c->tries >= MAX_REQUESTS) {
		select_again(c, now_us, random);
		return poll_selecting(c, now_us, random, out);
	}
	build(c, out, DHCP_REQUEST, now_us);
	c->sent_us = now_us;
	c->next_us = now_us + backoff(c->tries, random);
	c->tries++;
	return DHCP_EV_NONE;
}

static enum dhcp_event lose_lease(struct dhcp_client *c, uint64_t start_us, uint32_t random, enum dhcp_event why)
{
	dhcp_start(c, start_us, random);
	return why;
}

/* RFC 2131, 4.4.5: half of the time left until the next stage, then that stage. */
static enum dhcp_event poll_renewing(struct dhcp_client *c, uint64_t now_us, uint32_t random, struct dhcp_output *out)
{
	uint64_t t2 = c->bound_us + c->lease.t2_s * SECOND, end = c->bound_us + c->lease.lease_s * SECOND, until, half;

	if (now_us >= end)
		return lose_lease(c, now_us, random, DHCP_EV_EXPIRED);
	if (c->state == DHCP_BOUND)
		c->xid = random ? random : 1;
	c->state = now_us >= t2 ? DHCP_REBINDING : DHCP_RENEWING;
	until = now_us >= t2 ? end : t2;
	half = (until - now_us) / 2;
	build(c, out, DHCP_REQUEST, now_us);
	c->sent_us = now_us;
	c->next_us = now_us + (half > RENEW_PAUSE_MIN ? half : RENEW_PAUSE_MIN);
	if (c->next_us > until)
		c->next_us = until;
	return DHCP_EV_NONE;
}

enum dhcp_event dhcp_poll(struct dhcp_client *c, uint64_t now_us, uint32_t random, struct dhcp_output *out)
{
	out->len = 0;
	if (now_us < dhcp_deadline(c))
		return DHCP_EV_NONE;
	if (c->state == DHCP_SELECTING && c->offer_count && now_us >= c->proxy_until_us)
		choose(c);
	switch (c->state) {
	case DHCP_SELECTING:	return poll_selecting(c, now_us, random, out);
	case DHCP_REQUESTING:	return poll_requesting(c, now_us, random, out);
	case DHCP_BOUND:
	case DHCP_RENEWING:
	case DHCP_REBINDING:	return poll_renewing(c, now_us, random, out);
	default:		return DHCP_EV_NONE;
	}
}

/* RFC 2131, table 5, lets little be in it. */
void dhcp_decline(struct dhcp_client *c, uint64_t now_us, uint32_t random, struct dhcp_output *out)
{
	struct dhcp_writer w = { .p = out->data, .cap = sizeof(out->data) };
	struct dhcp_header h = { .op = 1, .htype = 1, .hlen = 6, .xid = random ? random : 1 };

	memcpy(h.chaddr, c->id.mac, 6);
	out->type = DHCP_DECLINE;
	out->src = net_addr_v4(0);
	out->dst = net_addr_v4(IP_BROADCAST);
	dhcp_write_header(&w, &h);
	dhcp_write_option(&w, DHCP_OPT_TYPE, &out->type, 1);
	dhcp_write_client_id(&c->id, &w);
	dhcp_write_u32(&w, DHCP_OPT_REQUESTED_ADDR, c->lease.addr.v4);
	dhcp_write_u32(&w, DHCP_OPT_SERVER_ID, c->lease.server_id.v4);
	dhcp_write_end(&w);
	out->len = c->lease.bootp ? 0 : w.len;
	dhcp_start(c, now_us + DECLINE_PAUSE, random * 2654435761u + 1);
}

void dhcp_release(struct dhcp_client *c, uint64_t now_us, uint32_t random, struct dhcp_output *out)
{
	out->len = 0;
	if (dhcp_holds_lease(c) && !c->lease.bootp) {
		c->xid = random;
		build(c, out, DHCP_RELEASE, now_us);
	}
}

/* ---- answers ---- */

static void see(struct dhcp_client *c, const struct dhcp_offer *o, const char file[DHCP_STRING_MAX])
{
	c->offer_seen = *o;
	memcpy(c->file_seen, file, sizeof(c->file_seen));
}

/* A proxy that the ROM had was waited for, and is here. */
static void hurry(struct dhcp_client *c, uint64_t now_us)
{
	uint64_t soon = now_us + OFFER_WAIT_MIN;

	if (c->state != DHCP_SELECTING || !c->offer_count || !c->proxy_until_us)
		return;
	c->proxy_until_us = 0;
	c->next_us = c->next_us < soon ? c->next_us : soon;
}

static enum dhcp_event got_proxy(struct dhcp_client *c, const struct dhcp_offer *o, const char file[DHCP_STRING_MAX],
				 const void *raw, size_t len, uint64_t now_us)
{
	struct net_addr before = dhcp_option_addr(c->proxy, c->proxy_len, DHCP_OPT_SERVER_ID);
	bool again = net_addr_equal(before.family ? &before : &c->proxy_from, &o->server_id);

	if (c->no_proxy)
		return pass_by(c, DHCP_UNTAKEN_NO_PROXY, &o->from);
	if (!o->has_file && !pxebs_is_pxe(raw, len))
		return pass_by(c, DHCP_UNTAKEN_EMPTY, &o->from);
	if (o->has_file ? c->proxy_has_file : c->proxy_len)
		return again ? DHCP_EV_NONE : pass_by(c, DHCP_UNTAKEN_PROXY, &o->from);
	dhcp_keep_proxy(c, raw, len, &o->from);
	if (!o->has_file) {	/* another one may name it yet; else this one is asked on port 4011 */
		hurry(c, now_us);
		return DHCP_EV_NONE;
	}
	see(c, o, file);
	c->proxy_until_us = 0;
	if (c->offer_count && c->state == DHCP_SELECTING)
		c->next_us = now_us;
	return DHCP_EV_PROXY;
}

/* A server that knows of no ProxyDHCP spares us the wait for one. */
static void heed_no_proxy(struct dhcp_client *c, const void *raw, size_t len)
{
	uint8_t none = 0;

	(void)dhcp_option(raw, len, DHCP_OPT_IPXE, DHCP_IPXE_NO_PROXY, &none, 1);
	c->no_proxy = c->no_proxy || none;
	if (none)
		c->proxy_len = c->proxy_has_file = 0;
}

static enum dhcp_event got_offer(struct dhcp_client *c, const struct dhcp_offer *o, const char file[DHCP_STRING_MAX],
				 const void *raw, size_t len, uint64_t now_us)
{
	uint64_t wait;

	if (!o->addr.family)
		return got_proxy(c, o, file, raw, len, now_us);
	for (unsigned i = 0; i < c->offer_count; i++)
		if (net_addr_equal(&c->offers[i].server_id, &o->server_id))
			return DHCP_EV_NONE;
	if (c->state != DHCP_SELECTING || c->offer_count == DHCP_MAX_OFFERS) {
		leave(c, DHCP_UNTAKEN_LATER, &o->server_id, c->chosen.server_id.v4);
		return DHCP_EV_NONE;
	}
	c->offers[c->offer_count++] = *o;
	see(c, o, file);
	heed_no_proxy(c, raw, len);
	if (o->has_file || c->proxy_has_file || c->no_proxy) {
		c->next_us = now_us;
		c->proxy_until_us = 0;
	} else if (c->offer_count == 1) {
		wait = c->sent_us + OFFER_WAIT;
		c->next_us = wait > now_us + OFFER_WAIT_MIN ? wait : now_us + OFFER_WAIT_MIN;
		c->proxy_until_us = c->awaits_proxy && !c->proxy_len ? now_us + PROXY_WAIT : 0;
	}
	return DHCP_EV_OFFER;
}

static enum dhcp_event got_bootp(struct dhcp_client *c, const struct dhcp_offer *o, const char file[DHCP_STRING_MAX],
				 const void *raw, size_t len)
{
	if (c->state != DHCP_SELECTING || (c->bootp_len && !net_addr_equal(&o->from, &c->bootp_from)))
		return pass_by(c, DHCP_UNTAKEN_BOOTP, &o->from);
	if (c->bootp_len)
		return DHCP_EV_NONE;
	memcpy(c->bootp, raw, len);
	c->bootp_len = (uint16_t)len;
	c->bootp_from = o->from;
	see(c, o, file);
	return DHCP_EV_OFFER;
}

static enum dhcp_event got_ack(struct dhcp_client *c, const struct dhcp_header *h, const void *raw, size_t len,
			       const struct net_addr *from)
{
	enum dhcp_event ev = c->state == DHCP_REQUESTING ? DHCP_EV_BOUND : DHCP_EV_RENEWED;

	dhcp_lease_read(c, h, raw, len, from);
	c->state = DHCP_BOUND;
	c->bound_us = c->sent_us;
	c->used_s = 0;
	c->tries = 0;
	c->next_us = c->lease.lease_s == DHCP_FOREVER ? UINT64_MAX : c->bound_us + c->lease.t1_s * SECOND;
	return ev;
}

static enum dhcp_event got_nak(struct dhcp_client *c, const void *raw, size_t len, const struct net_addr *server,
			       uint64_t now_us)
{
	unsigned naks = c->naks + 1;
	char message[DHCP_STRING_MAX], why[48], ip[NET_ADDR_TEXT];

	dhcp_option_string(raw, len, DHCP_OPT_MESSAGE, message, sizeof(message));
	dhcp_show(message, why, sizeof(why));
	if (dhcp_holds_lease(c)) {
		dhcp_start(c, now_us + NAK_PAUSE, c->xid + 1);
	} else {
		select_again(c, now_us + NAK_PAUSE, c->xid + 1);
	}
	c->naks = naks;
	snprintf(c->error_text, sizeof(c->error_text), "%s refused the request%s%s",
		 net_addr_format(server, ip), why[0] ? ": " : "", why);
	return DHCP_EV_NAK;
}

enum dhcp_event dhcp_input(struct dhcp_client *c, const void *data, size_t len, const struct net_addr *from,
			   uint64_t now_us)
{
	struct dhcp_header h;
	struct dhcp_offer o;
	char file[DHCP_STRING_MAX];
	uint8_t type = 0, bare[DHCP_BARE_LEN];
	bool asked = c->state == DHCP_REQUESTING || c->state == DHCP_RENEWING || c->state == DHCP_REBINDING;

	if (c->state == DHCP_IDLE || c->state == DHCP_FAILED || c->state == DHCP_BOUND)
		return DHCP_EV_NONE;
	bool plain = dhcp_from_bootp(bare, data, len);

	if (plain) {
		data = bare;
		len = sizeof(bare);
	}
	if (len > DHCP_MAX_LEN || dhcp_parse(data, len, &h) < 0 || h.op != 2)
		return waste(c, DHCP_UNTAKEN_MALFORMED, from, (uint32_t)len);
	if (h.hlen != 6 || memcmp(h.chaddr, c->id.mac, 6) != 0)
		return pass_by(c, DHCP_UNTAKEN_OTHERS, from);
	dhcp_option(data, len, DHCP_OPT_TYPE, 0, &type, 1);
	memset(file, 0, sizeof(file));
	dhcp_offer_read(&o, file, &h, data, len, from);
	if (h.xid != c->xid)
		return waste(c, DHCP_UNTAKEN_XID, from, h.xid);
	if (type != DHCP_NAK && (o.addr.family || type != DHCP_OFFER) && !net_addr_is_host(&o.addr))
		return waste(c, DHCP_UNTAKEN_ADDRESS, from, o.addr.v4);
	if (o.bootp && !plain && len < BOOTP_LEN)	/* DHCP whose options are cut off */
		return waste(c, DHCP_UNTAKEN_CUT, from, (uint32_t)len);
	if (o.bootp)
		return got_bootp(c, &o, file, data, len);
	if (type == DHCP_OFFER && (c->state == DHCP_SELECTING || c->state == DHCP_REQUESTING))
		return got_offer(c, &o, file, data, len, now_us);
	if (!asked || (c->state != DHCP_REBINDING &&
		       !net_addr_equal(&o.server_id, c->state == DHCP_RENEWING ? &c->lease.server_id :
				       &c->chosen.server_id)))
		return pass_by(c, DHCP_UNTAKEN_SERVER, &o.server_id);
	if (type == DHCP_ACK)
		return got_ack(c, &h, data, len, from);
	if (type == DHCP_NAK)
		return got_nak(c, data, len, &o.server_id, now_us);
	return waste(c, DHCP_UNTAKEN_TYPE, from, type);
}

void dhcp_wrong_port(struct dhcp_client *c, const void *data, size_t len, const struct net_addr *from, uint16_t port)
{
	struct dhcp_header h;

	if (len <= DHCP_MAX_LEN && dhcp_parse(data, len, &h) == 0 && h.op == 2 && h.hlen == 6 &&
	    !memcmp(h.chaddr, c->id.mac, 6))
		waste(c, DHCP_UNTAKEN_PORT, from, port);
}
