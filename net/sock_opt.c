/* SPDX-License-Identifier: BSD-2-Clause */
/* The sockets' options: see sock.h.  Called by the services; calls igmp.c. */
#include <errno.h>

#include "net/net.h"

static int set_byte(uint8_t *to, uintptr_t value, uintptr_t least)
{
	if (value < least || value > 255)
		return -EINVAL;
	*to = (uint8_t)value;
	return 0;
}

static int set_rcvbuf(struct sock *k, uintptr_t value)
{
	if (k->conn || value > 0x40000000u)
		return -EINVAL;
	k->rcvbuf = (uint32_t)value;
	return 0;
}

static int set_link(const struct net *n, struct link **to, struct link *l)
{
	bool known = !l;

	for (unsigned i = 0; i < n->link_top; i++)
		known = known || (l == &n->links[i] && l->dev);
	if (!known)
		return -EINVAL;
	*to = l;
	return 0;
}

/* As it is asked for: by one link, or wherever there is one. */
static const struct link *link_of_group(const struct sock *k, const struct sock_group *g)
{
	return g->link ? g->link : k->link;
}

static int join(struct net *n, struct sock *k, const struct sock_group *g)
{
	const struct link *l = link_of_group(k, g);
	unsigned i = igmp_find(n, g->addr.v4, l);
	int group;

	if (k->type != SOCK_UDP || (l && !l->dev))
		return -EINVAL;
	if (i < NET_GROUPS && (k->groups & 1u << i))
		return -EADDRINUSE;
	group = igmp_join(n, g->addr.v4, l);
	if (group < 0)
		return group;
	k->groups |= (uint8_t)(1u << group);
	return 0;
}

static int leave(struct net *n, struct sock *k, const struct sock_group *g)
{
	unsigned i = igmp_find(n, g->addr.v4, link_of_group(k, g));

	if (i == NET_GROUPS || !(k->groups & 1u << i))
		return -EADDRNOTAVAIL;
	k->groups &= (uint8_t)~(1u << i);
	igmp_leave(n, i);
	return 0;
}

void sock_leave_groups(struct net *n, struct sock *k)
{
	for (unsigned i = 0; i < NET_GROUPS; i++)
		if (k->groups & 1u << i)
			igmp_leave(n, i);
	k->groups = 0;
}

int sock_set(struct net *n, int s, enum sock_opt opt, uintptr_t value)
{
	struct sock *k = sock_of(n, s);
	int err = 0;

	if (!k)
		return -EBADF;
	switch (opt) {
	case SOCK_OPT_BROADCAST:
		k->broadcast = value;
		break;
	case SOCK_OPT_KEEPALIVE:
		k->opts.keepalive_s = (uint32_t)value;
		break;
	case SOCK_OPT_KEEP_INTERVAL:
		err = value && value <= INT16_MAX ? 0 : -EINVAL;
		if (!err)
			k->opts.keep_interval_s = (uint16_t)value;
		break;
	case SOCK_OPT_KEEP_PROBES:
		err = set_byte(&k->opts.keep_probes, value, 1);
		break;
	case SOCK_OPT_TTL:
		err = set_byte(&k->opts.ttl, value, 1);
		break;
	case SOCK_OPT_GROUP_TTL:
		err = set_byte(&k->opts.group_ttl, value, 1);
		break;
	case SOCK_OPT_TOS:
		err = set_byte(&k->opts.tos, value, 0);
		break;
	case SOCK_OPT_OWNER:
		k->owner = value;
		break;
	case SOCK_OPT_RCVBUF:
		err = set_rcvbuf(k, value);
		break;
	case SOCK_OPT_MSS:
		err = value && (value < TCP_MSS_MIN || value > UINT16_MAX) ? -EINVAL : 0;
		if (!err)
			k->opts.mss = (uint16_t)value;
		break;
	case SOCK_OPT_NODELAY:
		k->opts.nodelay = value;
		break;
	case SOCK_OPT_REUSE:
		k->reuse = value;
		break;
	case SOCK_OPT_JOIN:
		err = join(n, k, (const struct sock_group *)value);
		break;
	case SOCK_OPT_LEAVE:
		err = leave(n, k, (const struct sock_group *)value);
		break;
	case SOCK_OPT_LINK:
		err = set_link(n, &k->link, (struct link *)value);
		break;
	case SOCK_OPT_GROUP_LINK:
		err = set_link(n, &k->group_link, (struct link *)value);
		break;
	default:
		err = -EINVAL;
	}
	if (k->conn) {
		k->conn->opts = k->opts;
		k->conn->keep_at = !k->opts.keepalive_s || !tcp_synced(k->conn) ? NET_NEVER :
				   n->now_us + k->opts.keepalive_s * UINT64_C(1000000);
	}
	return err;
}

intptr_t sock_get(const struct net *n, int s, enum sock_opt opt)
{
	const struct sock *k = sock_of(n, s);

	if (!k)
		return -EBADF;
	switch (opt) {
	case SOCK_OPT_BROADCAST:
		return k->broadcast;
	case SOCK_OPT_KEEPALIVE:
		return (intptr_t)k->opts.keepalive_s;
	case SOCK_OPT_KEEP_INTERVAL:
		return k->opts.keep_interval_s;
	case SOCK_OPT_KEEP_PROBES:
		return k->opts.keep_probes;
	case SOCK_OPT_TTL:
		return k->opts.ttl;
	case SOCK_OPT_GROUP_TTL:
		return k->opts.group_ttl;
	case SOCK_OPT_TOS:
		return k->opts.tos;
	case SOCK_OPT_OWNER:
		return (intptr_t)k->owner;
	case SOCK_OPT_RCVBUF:
		return (intptr_t)(k->conn ? k->conn->ring_len : k->rcvbuf);
	case SOCK_OPT_MSS:
		return k->conn ? k->conn->mss : k->opts.mss;
	case SOCK_OPT_SILENT_MS:
		return k->conn ? (intptr_t)((n->now_us - k->conn->heard_us) / 1000) : 0;
	case SOCK_OPT_LARGEST:
		return k->conn ? (intptr_t)k->conn->seg_max : 0;
	case SOCK_OPT_NODELAY:
		return k->opts.nodelay;
	case SOCK_OPT_REUSE:
		return k->reuse;
	case SOCK_OPT_TYPE:
		return k->type;
	case SOCK_OPT_LISTENING:
		return k->listening;
	case SOCK_OPT_CONNECTED:
		return k->conn || k->connected;
	case SOCK_OPT_OVER:
		return k->conn && k->conn->state == TCP_CLOSED;
	default:
		return -EINVAL;
	}
}
