/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets as POSIX has them: blocking unless told otherwise, with timeouts,
 * addresses in network byte order.  Each function is the POSIX call of the
 * same name without `bsd_`, and behaves as POSIX.1-2017 says, but for this:
 * it returns -E instead of setting errno, IPv4 is the only family, close()
 * never waits (SO_LINGER with a time is kept, and what is to be sent is sent
 * behind it), TCP_KEEPIDLE switches SO_KEEPALIVE on, too, and what is sent to
 * a multicast group comes back to none of our own sockets.  For
 * programs written for sockets (the module SDK gives these their POSIX
 * names); the loader's own services use net/sock.h.
 *
 * Pure: waiting is done by bsd_ops, so that all of it runs in tests.
 * Descriptors are those of net/sock.h, at most NET_SOCKS in all; one that
 * belongs to another owner counts as not open (-EBADF).
 */
#ifndef SDK_BSD_BSD_H
#define SDK_BSD_BSD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

#include "net/sock.h"

/* The numbers are Linux's. */
enum { AF_UNSPEC = 0, AF_INET = 2 };
enum { SOCK_STREAM = SOCK_TCP, SOCK_DGRAM = SOCK_UDP };
enum { IPPROTO_IP = 0, IPPROTO_TCP = 6, IPPROTO_UDP = 17 };
enum { SHUT_RD = 0, SHUT_WR = 1, SHUT_RDWR = 2 };
enum { MSG_PEEK = 2, MSG_DONTWAIT = 0x40, MSG_WAITALL = 0x100, MSG_NOSIGNAL = 0x4000 };
enum { SOL_SOCKET = 1 };
enum {
	SO_REUSEADDR = 2, SO_TYPE = 3, SO_ERROR = 4, SO_BROADCAST = 6, SO_SNDBUF = 7, SO_RCVBUF = 8, SO_KEEPALIVE = 9,
	SO_LINGER = 13, SO_REUSEPORT = 15,
	SO_RCVTIMEO = 20, SO_SNDTIMEO = 21, SO_ACCEPTCONN = 30
};
enum { TCP_NODELAY = 1, TCP_MAXSEG = 2, TCP_KEEPIDLE = 4, TCP_KEEPINTVL = 5, TCP_KEEPCNT = 6 };
enum {
	IP_TOS = 1, IP_TTL_OPTION = 2,	/* IP_TTL in POSIX's words */
	IP_MULTICAST_IF = 32, IP_MULTICAST_TTL = 33, IP_MULTICAST_LOOP = 34, IP_ADD_MEMBERSHIP = 35,
	IP_DROP_MEMBERSHIP = 36
};
enum {
	POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 0x10, POLLNVAL = 0x20, POLLRDNORM = 0x40, POLLWRNORM = 0x100,
	POLLRDHUP = 0x2000
};
enum { AI_PASSIVE = 1, AI_NUMERICHOST = 4, AI_NUMERICSERV = 0x400 };
enum {
	EAI_BADFLAGS = -1, EAI_NONAME = -2, EAI_AGAIN = -3, EAI_FAIL = -4, EAI_FAMILY = -6, EAI_SOCKTYPE = -7,
	EAI_SERVICE = -8, EAI_MEMORY = -10
};

typedef uint32_t socklen_t;

struct sockaddr_in {
	uint16_t sin_family;
	uint16_t sin_port;		/* network byte order */
	uint32_t sin_addr;		/* network byte order */
	uint8_t sin_zero[8];
};

struct pollfd {
	int fd;
	short events, revents;
};

struct linger {
	int l_onoff, l_linger;
};

struct ip_mreq {
	uint32_t imr_multiaddr, imr_interface;	/* network byte order; the interface by its address, 0: all */
};

struct addrinfo {
	int ai_flags, ai_family, ai_socktype, ai_protocol;
	socklen_t ai_addrlen;
	struct sockaddr_in *ai_addr;
	char *ai_canonname;		/* always NULL */
	struct addrinfo *ai_next;
};

struct bsd_ops {
	uint64_t (*now_us)(void *ctx);
	/*
	 * Waits until socket s (-1: any, or anything else) may have one of SOCK_IN, SOCK_OUT...: 0 or more, or -E
	 * (-ETIMEDOUT, -EINTR).
	 */
	int (*wait)(void *ctx, int s, unsigned events, uint64_t deadline_us);
	/* As dns_lookup(). */
	int (*lookup)(void *ctx, const char *name, struct net_addr *addrs, unsigned max, uint64_t deadline_us);
	void *ctx;
};

/* One user of sockets.  All zero, then bsd_init(). */
struct bsd {
	struct net *net;
	struct bsd_ops ops;
	uintptr_t owner;
	struct bsd_state {
		bool nonblock, read_shut, told;	/* told: the connection's error was reported once */
		struct linger linger;		/* on, without a time: close() resets the connection */
		uint64_t rcv_us, snd_us;	/* timeouts, 0: none */
	} state[NET_SOCKS];
};

/* owner: see SOCK_OPT_OWNER; nobody else's.  ops is copied. */
void bsd_init(struct bsd *b, struct net *n, const struct bsd_ops *ops, uintptr_t owner);
/* Aborts all that b still has open. */
void bsd_end(struct bsd *b);

int bsd_socket(struct bsd *b, int domain, int type, int protocol);
int bsd_bind(struct bsd *b, int s, const struct sockaddr_in *a, socklen_t len);
int bsd_listen(struct bsd *b, int s, int backlog);
int bsd_accept(struct bsd *b, int s, struct sockaddr_in *a, socklen_t *len);
int bsd_connect(struct bsd *b, int s, const struct sockaddr_in *a, socklen_t len);
int bsd_send(struct bsd *b, int s, const void *p, size_t len, int flags);
int bsd_recv(struct bsd *b, int s, void *p, size_t len, int flags);
int bsd_sendto(struct bsd *b, int s, const void *p, size_t len, int flags, const struct sockaddr_in *a, socklen_t alen);
int bsd_recvfrom(struct bsd *b, int s, void *p, size_t len, int flags, struct sockaddr_in *a, socklen_t *alen);
int bsd_shutdown(struct bsd *b, int s, int how);
int bsd_close(struct bsd *b, int s);
/* timeout_ms -1: for ever */
int bsd_poll(struct bsd *b, struct pollfd *fds, unsigned count, int timeout_ms);
/* Sets of descriptors are words: bit s is socket s.  Each may be NULL; timeout NULL: for ever. */
int bsd_select(struct bsd *b, int nfds, uint64_t *rd, uint64_t *wr, uint64_t *ex, const struct timeval *timeout);
int bsd_getsockname(struct bsd *b, int s, struct sockaddr_in *a, socklen_t *len);
int bsd_getpeername(struct bsd *b, int s, struct sockaddr_in *a, socklen_t *len);
int bsd_setsockopt(struct bsd *b, int s, int level, int name, const void *value, socklen_t len);
int bsd_getsockopt(struct bsd *b, int s, int level, int name, void *value, socklen_t *len);
/* fcntl()'s O_NONBLOCK: on 1, 0, or -1 to ask; the setting now, or -EBADF. */
int bsd_nonblock(struct bsd *b, int s, int on);

/* 0 or EAI_...  The list is malloc()'s. */
int bsd_getaddrinfo(struct bsd *b, const char *node, const char *service, const struct addrinfo *hints,
		    struct addrinfo **res);
void bsd_freeaddrinfo(struct addrinfo *res);

#endif
