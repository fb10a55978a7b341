/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ARP (RFC 826), see arp.h.  Learns from answers and from requests meant for
 * us; that a station which is known is another now, only from the answer to a
 * question that it has not answered itself.  Called by ethernet.c,
 * ip.c and net_poll().
 */
#include "net/arp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/bytes.h"
#include "net/cursor.h"
#include "net/ethernet.h"
#include "net/net.h"

#define ARP_LEN 28u
#define ARP_REQUEST 1u
#define ARP_REPLY 2u

struct arp_packet {
	struct arp_packet *next;
	bool answer;
	size_t len, room;		/* bytes of the frame, which begins at ETH_ROOM; bytes in frame[] */
	uint8_t frame[];
};

static void send_arp(struct link *l, uint16_t op, uint32_t from_ip, const uint8_t *to_mac, uint32_t to_ip)
{
	uint8_t room[ETH_ROOM + ETH_MIN], *f = room + ETH_ROOM, *p = f + ETH_HEADER;
	bool bcast = to_mac == eth_broadcast;

	put_be16(p, 1);				/* Ethernet */
	put_be16(p + 2, ETH_TYPE_IP);
	p[4] = 6;
	p[5] = 4;
	put_be16(p + 6, op);
	memcpy(p + 8, l->dev->mac, 6);
	put_be32(p + 14, from_ip);
	if (bcast)
		memset(p + 18, 0, 6);
	else
		memcpy(p + 18, to_mac, 6);
	put_be32(p + 24, to_ip);
	(void)eth_send(l, to_mac, ETH_TYPE_ARP, f, ETH_HEADER + ARP_LEN);	/* loss is seen by the retry */
}

void arp_probe(struct link *l)
{
	send_arp(l, ARP_REQUEST, 0, eth_broadcast, l->addr.v4);
}

void arp_announce(struct link *l)
{
	/* Hosts keep still about an announcement of their own address; a probe they answer. */
	arp_probe(l);
	send_arp(l, ARP_REQUEST, l->addr.v4, eth_broadcast, l->addr.v4);
}

static struct arp_entry *find(struct net *n, const struct link *l, uint32_t ip)
{
	for (struct arp_entry *e = n->arp.entry; e < n->arp.entry + n->arp.top; e++)
		if (e->state != ARP_FREE && e->ip == ip && e->link == l)
			return e;
	return NULL;
}

static struct arp_packet *dequeue(struct net *n, struct arp_entry *e)
{
	struct arp_packet *pk = e->queue;

	if (pk) {
		e->queue = pk->next;
		n->arp.queued--;
		n->arp.answers -= pk->answer;
	}
	return pk;
}

static void packet_free(struct net *n, struct arp_packet *pk)
{
	net_free(n, pk, sizeof *pk + pk->room);
}

/* Nobody answered (or the entry is needed for another): its packets' senders are told. */
static void give_up(struct net *n, struct arp_entry *e, int err)
{
	struct arp_packet *pk;

	e->state = ARP_FREE;
	while ((pk = dequeue(n, e))) {
		if (err)
			icmp_error_deliver(n, pk->frame + ETH_ROOM + ETH_HEADER, pk->len - ETH_HEADER,
					   net_addr_v4(e->ip), err, 0);
		else
			net_count(n, CNT_arp_queue_full);
		packet_free(n, pk);
	}
}

static bool is_ours(const struct net *n, const struct arp_entry *e)
{
	return e->ours_us && n->now_us - e->ours_us < ARP_OURS_US;
}

/*
 * A slot for ip: a free one, else the one whose last use is longest ago, ours
 * after all others.  NULL: a stranger caused it, and there are only ours.
 */
static struct arp_entry *claim(struct net *n, uint32_t ip, struct link *l, bool stranger)
{
	struct arp_entry *best = n->arp.entry;

	for (struct arp_entry *e = n->arp.entry; e < n->arp.entry + ARP_ENTRIES; e++) {
		if (e->state == ARP_FREE) {
			best = e;
			break;
		}
		bool ours = is_ours(n, e), best_ours = is_ours(n, best);
		if (ours == best_ours ? e->used < best->used : best_ours)
			best = e;
	}
	if (stranger && best->state != ARP_FREE && is_ours(n, best))
		return NULL;
	give_up(n, best, 0);
	if (best == n->arp.entry + n->arp.top)
		n->arp.top++;
	*best = (struct arp_entry){ .ip = ip, .link = l, .used = ++n->arp.uses };
	return best;
}

static void learn(struct net *n, struct arp_entry *e, const uint8_t *mac)
{
	struct arp_packet *pk;

	memcpy(e->mac, mac, 6);
	e->state = ARP_KNOWN;
	e->known_us = n->now_us;
	e->tries = 0;
	while ((pk = dequeue(n, e))) {
		(void)eth_send(e->link, e->mac, ETH_TYPE_IP, pk->frame + ETH_ROOM, pk->len);
		packet_free(n, pk);
	}
}

/* Somebody else says that our address is his (RFC 5227 2.4 b). */
static void conflict(struct net *n, struct link *l, const uint8_t *mac)
{
	char text[80], ip[NET_ADDR_TEXT];

	net_count(n, CNT_arp_conflict);
	l->contested = true;
	memcpy(l->contender, mac, 6);
	if (n->now_us < l->defend_us)
		return;
	l->defend_us = n->now_us + ARP_DEFEND_US;
	send_arp(l, ARP_REQUEST, l->addr.v4, eth_broadcast, l->addr.v4);
	snprintf(text, sizeof text, "%s: %02x:%02x:%02x:%02x:%02x:%02x uses our address %s too", l->name,
		 mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], net_addr_format(&l->addr, ip));
	n->ops.event(n->ops.ctx, text);
}

/* Who is known already is asked alone first (RFC 1122 2.3.2.1), and answers: then nobody else is heard. */
static void ask(struct net *n, struct arp_entry *e)
{
	bool alone = e->state == ARP_REFRESHING && !e->tries;

	e->tries++;
	e->retry_us = n->now_us + ARP_RETRY_US;
	send_arp(e->link, ARP_REQUEST, e->link->addr.v4, alone ? e->mac : eth_broadcast, e->ip);
}

static void refresh(struct net *n, struct arp_entry *e)
{
	e->state = ARP_REFRESHING;
	e->tries = 0;
	ask(n, e);
}

/*
 * The station mac says that it has e's address, answering us or of its own accord.  One that is known by another
 * mac is asked whether it is there still; only when it keeps silent, and all were asked, another's answer counts.
 */
static bool may_be_believed(struct net *n, struct arp_entry *e, const uint8_t *mac, bool answer)
{
	if (e->state == ARP_FREE || e->state == ARP_ASKING || !memcmp(e->mac, mac, 6))
		return true;
	if (e->state == ARP_REFRESHING)
		return answer && e->tries > 1;
	if (n->now_us - e->known_us >= ARP_RETRY_US)
		refresh(n, e);
	return false;
}

void arp_input(struct net *n, struct link *l, const uint8_t *p, size_t len)
{
	struct cursor c = cur_make(p, len);
	const uint8_t *h = cur_bytes(&c, ARP_LEN), *sha;
	uint32_t sip, tip;
	uint16_t op;
	bool for_us;

	/* Ethernet and IPv4, addresses of 6 and 4 bytes, from one station */
	if (!h || memcmp(h, "\0\1\10\0\6\4", 6) || (h[8] & 1) || get_be16(h + 6) - ARP_REQUEST > 1u) {
		net_count(n, CNT_arp_bad);
		return;
	}
	op = get_be16(h + 6);
	sha = h + 8;
	sip = get_be32(h + 14);
	tip = get_be32(h + 24);
	if (!l->addr.family || !memcmp(sha, l->dev->mac, 6)) {
		net_count(n, CNT_arp_ignored);
		return;
	}
	if (sip == l->addr.v4) {
		conflict(n, l, sha);
		return;
	}
	for_us = tip == l->addr.v4;
	struct net_addr sender = net_addr_v4(sip);
	if (sip && !ip_is_broadcast(n, &sender)) {	/* 0: a probe (RFC 5227), nothing to learn */
		struct arp_entry *e = find(n, l, sip);
		if (!e && for_us && op == ARP_REQUEST)
			e = claim(n, sip, l, true);
		if (e && may_be_believed(n, e, sha, for_us && op == ARP_REPLY))
			learn(n, e, sha);
	}
	if (for_us && op == ARP_REQUEST)
		send_arp(l, ARP_REPLY, l->addr.v4, sha, sip);
}

static void enqueue(struct net *n, struct arp_entry *e, bool answer, const uint8_t *frame, size_t len)
{
	size_t room = ETH_ROOM + (len < ETH_MIN ? ETH_MIN : len);
	struct arp_packet *pk = NULL, **at = &e->queue;

	if (answer ? n->arp.answers < ARP_QUEUE_ANSWERS
		   : n->arp.queued - n->arp.answers < ARP_QUEUE_MAX - ARP_QUEUE_ANSWERS)
		pk = net_alloc(n, sizeof *pk + room);
	if (!pk) {
		net_count(n, CNT_arp_queue_full);
		return;
	}
	pk->next = NULL;
	pk->answer = answer;
	pk->len = len;
	pk->room = room;
	memcpy(pk->frame + ETH_ROOM, frame, len);
	while (*at)
		at = &(*at)->next;
	*at = pk;
	n->arp.queued++;
	n->arp.answers += answer;
}

/*
 * Who only listens, as a log's server does, makes a card look deaf.  Nothing
 * having been heard at all, the neighbour is asked, alone (RFC 1122 2.3.2.1,
 * unicast poll): where there is anybody, there is an answer.
 */
static void poll_silent(struct net *n, struct arp_entry *e)
{
	uint32_t heard = e->link->dev->rx_frames;

	if (e->heard == heard && n->now_us - e->silent_us < ARP_POLL_US)
		return;
	if (e->heard == heard)
		send_arp(e->link, ARP_REQUEST, e->link->addr.v4, e->mac, e->ip);
	e->heard = heard;
	e->silent_us = n->now_us;
}

/* Nothing more can wait: an answer goes back the way its question came, if that is being looked at. */
static int send_without_place(struct net *n, const struct ip_path *path, uint8_t *frame, size_t len)
{
	if (path->answer && n->from.link == path->link && n->from.ip->v4 == get_be32(frame + ETH_HEADER + 16))
		return eth_send(path->link, n->from.mac, ETH_TYPE_IP, frame, len);
	net_count(n, CNT_arp_queue_full);
	return 0;
}

void arp_met(struct net *n, struct link *l, uint32_t ip)
{
	struct arp_entry *e = find(n, l, ip);

	if (n->from.link != l || (e && e->state != ARP_ASKING))
		return;
	if (!e)
		e = claim(n, ip, l, true);
	if (e)
		learn(n, e, n->from.mac);
}

int arp_send(struct net *n, const struct ip_path *path, uint8_t *frame, size_t len)
{
	struct arp_entry *e = find(n, path->link, path->next_hop);

	if (path->answer && (!e || e->state == ARP_ASKING) && n->arp.answers == ARP_QUEUE_ANSWERS)
		return send_without_place(n, path, frame, len);
	if (!e) {
		e = claim(n, path->next_hop, path->link, path->answer);
		if (!e)
			return send_without_place(n, path, frame, len);
		e->state = ARP_ASKING;
		ask(n, e);
	}
	e->used = ++n->arp.uses;
	if (!path->answer)
		e->ours_us = n->now_us;
	if (e->state == ARP_ASKING) {
		enqueue(n, e, path->answer, frame, len);
		return 0;
	}
	if (e->state == ARP_KNOWN)
		poll_silent(n, e);
	if (e->state == ARP_KNOWN && n->now_us - e->known_us > (path->unanswered ? ARP_DOUBT_US : ARP_FRESH_US))
		refresh(n, e);
	return eth_send(e->link, e->mac, ETH_TYPE_IP, frame, len);
}

void arp_timer(struct net *n)
{
	for (struct arp_entry *e = n->arp.entry; e < n->arp.entry + n->arp.top; e++) {
		if ((e->state != ARP_ASKING && e->state != ARP_REFRESHING) || e->retry_us > n->now_us)
			continue;
		if (e->tries < ARP_TRIES) {
			ask(n, e);
		} else {
			net_count(n, CNT_arp_failed);
			give_up(n, e, -EHOSTUNREACH);
		}
	}
}

void arp_link_up(struct net *n, const struct link *l)
{
	for (struct arp_entry *e = n->arp.entry; e < n->arp.entry + n->arp.top; e++)
		if (e->state == ARP_ASKING && e->link == l) {
			e->tries = 0;
			e->retry_us = n->now_us;
		}
}

uint64_t arp_next_timer(const struct net *n)
{
	uint64_t next = NET_NEVER;

	for (const struct arp_entry *e = n->arp.entry; e < n->arp.entry + n->arp.top; e++)
		if ((e->state == ARP_ASKING || e->state == ARP_REFRESHING) && e->retry_us < next)
			next = e->retry_us;
	return next;
}

void arp_flush(struct net *n, const struct link *l)
{
	for (struct arp_entry *e = n->arp.entry; e < n->arp.entry + n->arp.top; e++)
		if (e->state != ARP_FREE && e->link == l)
			give_up(n, e, 0);
}

const struct arp_entry *arp_get(const struct net *n, unsigned i)
{
	for (const struct arp_entry *e = n->arp.entry; e < n->arp.entry + n->arp.top; e++)
		if (e->state != ARP_FREE && i-- == 0)
			return e;
	return NULL;
}
