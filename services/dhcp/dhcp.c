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
#define NAK_PAUSE	(2 * SECOND)
#define DECLINE_PAUSE	(10 * SECOND)	/* RFC 2131, 3.1.5 */
#define RENEW_PAUSE_MIN	(5 * SECOND)
#define BETWEEN_LIVES_S	10	/* from what one life remembers to the next one's start */

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

static bool holds_lease(const struct dhcp_client *c)
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
	bool bound = holds_lease(c);

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
	c->chosen = c->offers[best < c->offer_count ? best : 0];
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

	if (c->bootp_len && c->sent >= BOOTP_AFTER)
		return take_bootp(c, now_us);
	if (c->sent >= most || now_us >= c->begun_us + GIVE_UP)
		return fail(c, now_us);
	build(c, out, DHCP_DISCOVER, now_us);
	c->sent_us = now_us;
	c->next_us = now_us + backoff(c->sent, random);
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
	if (c->state == DHCP_SELECTING && c->offer_count)
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
	if (holds_lease(c) && !c->lease.bootp) {
		c->xid = random;
		build(c, out, DHCP_RELEASE, now_us);
	}
	c->state = DHCP_IDLE;
	memset(&c->lease, 0, sizeof(c->lease));
}

/* ---- answers ---- */

/* Between two lives of one and the same file, so its form is ours; behind it the proxy's offer, the DHCPACK. */
struct remembered {
	struct net_addr server, proxy_from;
	uint32_t age_s;
	uint16_t proxy_len, raw_len;
};

size_t dhcp_remember(const struct dhcp_client *c, uint64_t now_us, void *buf, size_t cap)
{
	const struct dhcp_lease *l = &c->lease;
	struct remembered r = { .server = l->server_id, .proxy_from = l->proxy_from, .proxy_len = l->proxy_len,
				.raw_len = l->raw_len };
	uint8_t *at = buf;

	if (!holds_lease(c))
		return 0;
	r.age_s = c->used_s + (uint32_t)((now_us - c->bound_us) / SECOND);
	if (sizeof(r) + r.proxy_len + r.raw_len > cap)
		return 0;
	memcpy(at, &r, sizeof(r));
	memcpy(at + sizeof(r), l->proxy, r.proxy_len);
	memcpy(at + sizeof(r) + r.proxy_len, l->raw, r.raw_len);
	return sizeof(r) + r.proxy_len + r.raw_len;
}

static uint32_t less(uint32_t time_s, uint32_t age_s)
{
	return time_s == DHCP_FOREVER ? time_s : time_s > age_s ? time_s - age_s : 0;
}

int dhcp_resume(struct dhcp_client *c, uint64_t now_us, const void *buf, size_t len)
{
	const uint8_t *at = (const uint8_t *)buf + sizeof(struct remembered);
	struct dhcp_lease *l = &c->lease;
	struct remembered r;
	struct dhcp_header h;

	if (len < sizeof(r))
		return -EPROTO;
	memcpy(&r, buf, sizeof(r));
	if (r.proxy_len > sizeof(c->proxy) || r.raw_len > DHCP_MAX_LEN ||
	    len != sizeof(r) + r.proxy_len + r.raw_len || dhcp_parse(at + r.proxy_len, r.raw_len, &h) < 0)
		return -EPROTO;
	const struct net_addr mine = net_addr_v4(h.yiaddr);
	if (!net_addr_is_host(&mine))
		return -EPROTO;
	if (memcmp(h.chaddr, c->id.mac, sizeof(c->id.mac)) != 0)
		return -EACCES;
	dhcp_keep_proxy(c, at, r.proxy_len, &r.proxy_from);
	dhcp_lease_read(c, &h, at + r.proxy_len, r.raw_len, &r.server);
	r.age_s += BETWEEN_LIVES_S + (uint32_t)(now_us / SECOND);
	l->lease_s = less(l->lease_s, r.age_s);
	if (!l->lease_s) {
		memset(l, 0, sizeof(*l));
		return -ETIMEDOUT;
	}
	l->t1_s = less(l->t1_s, r.age_s);
	l->t2_s = less(l->t2_s, r.age_s);
	c->state = DHCP_BOUND;
	c->bound_us = now_us;
	c->used_s = r.age_s;
	c->next_us = l->lease_s == DHCP_FOREVER ? UINT64_MAX : now_us + l->t1_s * SECOND;
	return 0;
}

static void see(struct dhcp_client *c, const struct dhcp_offer *o, const char file[DHCP_STRING_MAX])
{
	c->offer_seen = *o;
	memcpy(c->file_seen, file, sizeof(c->file_seen));
}

static enum dhcp_event got_proxy(struct dhcp_client *c, const struct dhcp_offer *o, const char file[DHCP_STRING_MAX],
				 const void *raw, size_t len, uint64_t now_us)
{
	if (c->no_proxy || (o->has_file ? c->proxy_has_file : c->proxy_len || !pxebs_is_pxe(raw, len)))
		return DHCP_EV_NONE;
	dhcp_keep_proxy(c, raw, len, &o->from);
	if (!o->has_file)	/* another one may name it yet; else this one is asked on port 4011 */
		return DHCP_EV_NONE;
	see(c, o, file);
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
	if (c->state != DHCP_SELECTING || c->offer_count == DHCP_MAX_OFFERS)
		return DHCP_EV_NONE;
	for (unsigned i = 0; i < c->offer_count; i++)
		if (net_addr_equal(&c->offers[i].server_id, &o->server_id))
			return DHCP_EV_NONE;
	c->offers[c->offer_count++] = *o;
	see(c, o, file);
	heed_no_proxy(c, raw, len);
	if (o->has_file || c->proxy_has_file || c->no_proxy) {
		c->next_us = now_us;
	} else if (c->offer_count == 1) {
		wait = c->sent_us + OFFER_WAIT;
		c->next_us = wait > now_us + OFFER_WAIT_MIN ? wait : now_us + OFFER_WAIT_MIN;
	}
	return DHCP_EV_OFFER;
}

static enum dhcp_event got_bootp(struct dhcp_client *c, const struct dhcp_offer *o, const char file[DHCP_STRING_MAX],
				 const void *raw, size_t len)
{
	if (c->state != DHCP_SELECTING || c->bootp_len)
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
	if (holds_lease(c)) {
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
	if (len > DHCP_MAX_LEN || dhcp_parse(data, len, &h) < 0 || h.op != 2) {
		c->nonsense++;
		return DHCP_EV_NONE;
	}
	if (h.hlen != 6 || memcmp(h.chaddr, c->id.mac, 6) != 0)
		return DHCP_EV_NONE;	/* another machine's */
	dhcp_option(data, len, DHCP_OPT_TYPE, 0, &type, 1);
	memset(file, 0, sizeof(file));
	dhcp_offer_read(&o, file, &h, data, len, from);
	if (h.xid != c->xid || (type != DHCP_NAK && (o.addr.family || type != DHCP_OFFER) &&
				!net_addr_is_host(&o.addr))) {
		c->nonsense++;
		return DHCP_EV_NONE;
	}
	if (o.bootp && !plain && len < BOOTP_LEN) {
		c->nonsense++;		/* DHCP whose options are cut off */
		return DHCP_EV_NONE;
	}
	if (o.bootp)
		return got_bootp(c, &o, file, data, len);
	if (type == DHCP_OFFER && (c->state == DHCP_SELECTING || c->state == DHCP_REQUESTING))
		return got_offer(c, &o, file, data, len, now_us);
	if (!asked || (c->state != DHCP_REBINDING &&
		       !net_addr_equal(&o.server_id, c->state == DHCP_RENEWING ? &c->lease.server_id :
				       &c->chosen.server_id)))
		return DHCP_EV_NONE;	/* another server's word on another offer */
	if (type == DHCP_ACK)
		return got_ack(c, &h, data, len, from);
	if (type == DHCP_NAK)
		return got_nak(c, data, len, &o.server_id, now_us);
	c->nonsense++;
	return DHCP_EV_NONE;
}
