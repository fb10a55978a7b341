/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets: non-blocking, named by small integers, as in POSIX where they do
 * the same.  Every call returns at once; -EAGAIN says "not now", and
 * sock_events() or services/stack's net_wait() say when.  Other negative
 * values are errors; a connection's error is sticky until sock_close().
 * A descriptor that is not open gives -EBADF everywhere.
 *
 * TCP's errors: -ECONNREFUSED, -ECONNRESET, -ETIMEDOUT (nobody answers),
 * -EHOSTUNREACH, -ENETUNREACH (no route), -EADDRNOTAVAIL (our address went),
 * -ENOMEM, -EPIPE (send after shutdown), -ENOTCONN.
 */
#ifndef NET_SOCK_H
#define NET_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

#define NET_SOCKS 64

struct net;
struct link;
struct stream;
struct tcp_conn;
struct udp_datagram;

/* Kinds of socket. */
#define SOCK_TCP 1
#define SOCK_UDP 2

/* Events.  Bits 0..3. */
#define SOCK_IN 1u	/* recv, recvfrom or accept would not say -EAGAIN; or a sink is full */
#define SOCK_OUT 2u	/* send would take something; a connect has ended well */
#define SOCK_ERR 4u	/* sock_error() is not 0 */
#define SOCK_HUP 8u	/* the peer has sent its FIN, or the connection is gone */

/* Options of sock_set and sock_get. */
enum sock_opt {
	SOCK_OPT_BROADCAST,	/* 1: sending to broadcast addresses is allowed */
	SOCK_OPT_KEEPALIVE,	/* seconds of silence until the peer is probed, and again; 0 (default) never */
	SOCK_OPT_KEEP_INTERVAL,	/* seconds between probes, 1..32767; default 10, or KEEPALIVE's where that is less */
	SOCK_OPT_KEEP_PROBES,	/* how many go unanswered until the connection has ended, 1..127; default 6 */
	SOCK_OPT_TTL,		/* 1..255; default 64 */
	SOCK_OPT_GROUP_TTL,	/* of what is sent to multicast groups; 1..255; default 64 */
	SOCK_OPT_TOS,		/* 0 (default)..255: IP's type of service */
	SOCK_OPT_OWNER,		/* (uintptr_t) of anything: see sock_close_owner */
	/*
	 * bytes; before connect or listen.  TCP: the ring (default 256
	 * KiB, after accept 16 KiB); UDP: the queue (64 KiB)
	 */
	SOCK_OPT_RCVBUF,
	SOCK_OPT_MSS,		/* TCP, before connect: no larger segments, either way; 0 (default): by the path */
	SOCK_OPT_NODELAY,	/* 1: small segments are sent at once (no Nagle) */
	/*
	 * 1, before bind: others with this option may have the same
	 * port, and each gets its broadcasts and multicasts; UDP
	 */
	SOCK_OPT_REUSE,
	/*
	 * (uintptr_t) of a const struct sock_group: a multicast group to receive from (the socket must be bound to
	 * the port): -EADDRINUSE when joined already, -ENOBUFS
	 */
	SOCK_OPT_JOIN,
	SOCK_OPT_LEAVE,		/* likewise: -EADDRNOTAVAIL when not joined */
	SOCK_OPT_LINK,		/* (uintptr_t) of a struct link, or 0: send and receive through it only */
	SOCK_OPT_GROUP_LINK,	/* the same, for what is sent to multicast groups only */
	/* to get only */
	SOCK_OPT_TYPE,		/* SOCK_TCP, SOCK_UDP */
	SOCK_OPT_LISTENING,	/* 1 or 0, as the next two */
	SOCK_OPT_CONNECTED,	/* TCP: a connect was begun or an accept made; UDP: a peer is set */
	SOCK_OPT_SILENT_MS,	/* TCP: since the last good segment, if only an ACK, came */
	SOCK_OPT_LARGEST,	/* TCP: bytes of data in the largest segment that has come; 0: none, so far */
	SOCK_OPT_OVER,		/* TCP: the connection has ended in both directions */
};

struct sock_group {
	struct net_addr addr;
	const struct link *link;	/* by which it is joined; NULL: by the socket's own, or else by every link */
};

/* For the `sockets` command. */
struct sock_info {
	int type;		/* SOCK_TCP, SOCK_UDP */
	int fd;			/* -1: closed by its user, the stack is finishing */
	const char *state;	/* "ESTABLISHED", "LISTEN", for UDP "" */
	struct net_addr local, remote;
	const struct link *link;	/* bound to, or the one that has the local address; or NULL */
	uint16_t local_port, remote_port;
	size_t recv_len, send_len;	/* bytes waiting for the user, for the peer */
	uintptr_t owner;
	uint32_t rtt_us;	/* smoothed; TCP */
	uint32_t window;	/* what we last offered; TCP */
	uint32_t ranges;	/* ranges held out of order; TCP */
};

/* Inside: of use to net/ only. */
/* What a connection has of its socket. */
struct sock_opts {
	uint8_t ttl, group_ttl, tos;
	bool nodelay;
	uint8_t keep_probes;
	uint16_t mss, keep_interval_s;
	uint32_t keepalive_s;
};

struct sock {
	uint8_t type;			/* 0: free */
	bool listening, broadcast, connected, reuse;
	struct sock_opts opts;
	uint8_t groups;			/* bit i: in n->igmp.group[i] */
	uint8_t backlog;
	struct net_addr local, remote;
	struct net_addr sent_to;	/* UDP: where the last datagram went */
	uint16_t local_port, remote_port;
	int error;			/* 0 or -E: UDP's pending error */
	uint32_t rcvbuf;
	uintptr_t owner;
	struct link *link;		/* bound to, or NULL */
	struct link *group_link;	/* to multicast groups by this, or NULL */
	struct tcp_conn *conn;		/* TCP, once connected or accepted */
	struct udp_datagram *head, *tail;	/* UDP's queue */
	uint32_t queued;		/* bytes in it, with bookkeeping */
};

/* A new socket: its number, or -EMFILE, -EINVAL. */
int sock_open(struct net *n, int type);
/* No addr: every address.  port 0: one is chosen.  0, -EADDRINUSE, -EADDRNOTAVAIL, -EINVAL (bound already). */
int sock_bind(struct net *n, int s, const struct net_addr *addr, uint16_t port);
/*
 * At most `backlog` (1..16) connections wait for accept, and as many
 * more are being opened; then the oldest unopened one goes.
 */
int sock_listen(struct net *n, int s, int backlog);
/* The next connection's socket (options and owner inherited), or -EAGAIN, -EMFILE.  addr and port may be NULL. */
int sock_accept(struct net *n, int s, struct net_addr *addr, uint16_t *port);
/*
 * TCP: -EINPROGRESS; SOCK_OUT tells of success, SOCK_ERR of failure (sock_error()).  Later calls: -EALREADY, -EISCONN.
 * UDP: 0; sets the peer that send and recv use and that errors and datagrams are taken from.  No address takes it away.
 */
int sock_connect(struct net *n, int s, const struct net_addr *addr, uint16_t port);
/* TCP: bytes taken, maybe fewer than len, or -EAGAIN.  UDP: all or -EMSGSIZE. */
int sock_send(struct net *n, int s, const void *buf, size_t len);
/* TCP: bytes, 0 at the end of the stream, -EAGAIN.  Data that came before an error is still read first. */
int sock_recv(struct net *n, int s, void *buf, size_t len);
/* UDP: len, -EMSGSIZE (over the MTU), -EACCES (broadcast not allowed), -ENETUNREACH, -ENETDOWN. */
int sock_sendto(struct net *n, int s, const void *buf, size_t len, const struct net_addr *addr, uint16_t port);
/* UDP: bytes copied, at most len; the rest of a longer datagram is lost.  -EAGAIN.  addr and port may be NULL. */
int sock_recvfrom(struct net *n, int s, void *buf, size_t len, struct net_addr *addr, uint16_t *port);
/* As sock_recv or sock_recvfrom would give, but it stays to be read. */
int sock_peek(struct net *n, int s, void *buf, size_t len, struct net_addr *addr, uint16_t *port);

/*
 * Direct placement: the next len bytes of the stream that were not yet read
 * go straight to base, which stays valid and untouched by others until the
 * sink is full or taken away.  What has come already is moved at once; later
 * segments are copied from the frame to their place, in order or not.  Bytes
 * before sock_sink_done() are the stream's; those after it may hold parts
 * that came early.  When the sink is full, SOCK_IN says so until the next
 * sock_recv or sock_sink, and what follows goes to the ring again.
 * sock_recv gives -EAGAIN while the sink fills, and 0 or the error when the
 * stream ends in it.
 *
 * base NULL, len 0 takes the sink away: what came out of order into it is
 * forgotten (the peer sends it again).  sock_close and sock_abort do so too.
 * 0, -ENOTCONN, or -EBUSY when a sink is not yet full.
 */
int sock_sink(struct net *n, int s, void *base, size_t len);
/* Contiguous bytes placed in the present or last sink. */
size_t sock_sink_done(const struct net *n, int s);

/* No more sends: what was taken is delivered, then FIN.  Receiving goes on.  0 or -ENOTCONN. */
int sock_shutdown(struct net *n, int s);
/*
 * The descriptor is free at once; the stack delivers what was
 * taken.  Unread data makes it a reset (RFC 1122, 4.2.2.13).
 */
int sock_close(struct net *n, int s);
/* As sock_close, with RST instead of FIN. */
int sock_abort(struct net *n, int s);
/* Aborts all sockets whose owner is `owner`. */
void sock_close_owner(struct net *n, uintptr_t owner);

/*
 * The stream (net/stream.h) that a TCP socket is, connected or about to be; NULL for others.  It is the socket itself
 * under another name: whichever of the two is closed, both are.
 */
struct stream *sock_stream(struct net *n, int s);

/* What is possible now: SOCK_IN | SOCK_OUT | SOCK_ERR | SOCK_HUP.  A bad descriptor: SOCK_ERR. */
unsigned sock_events(const struct net *n, int s);
/* 0 or the -E the socket suffers from.  UDP: reading it clears it. */
int sock_error(struct net *n, int s);
/* addr and port may be NULL.  0 or -ENOTCONN.  The name of UDP with a peer: what it would be sent from now. */
int sock_getsockname(const struct net *n, int s, struct net_addr *addr, uint16_t *port);
int sock_getpeername(const struct net *n, int s, struct net_addr *addr, uint16_t *port);
/* 0, -EINVAL. */
int sock_set(struct net *n, int s, enum sock_opt opt, uintptr_t value);
/* The value of an option that is not JOIN or LEAVE and no link, or -EINVAL. */
intptr_t sock_get(const struct net *n, int s, enum sock_opt opt);
/* The i-th line (0..) of all sockets and all connections without one: false when there is none. */
bool sock_info(const struct net *n, unsigned i, struct sock_info *out);

/* Below: for the files of net/ only.  An open socket by its number, or NULL. */
struct sock *sock_of(const struct net *n, int s);
void sock_leave_groups(struct net *n, struct sock *k);

#endif
