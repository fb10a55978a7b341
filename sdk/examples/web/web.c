/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A web console: a page that shows this boot to a browser, and takes commands from one who has the password.
 *
 *	set web.password some-words
 *	run --background http://10.0.0.1/web.umod
 *
 * web [--private] [PORT [ADDRESS]]: port 80 of all addresses, else that one.  Without web.password the page only shows;
 * with --private it shows nothing without it.  Names by which browsers may ask for this machine, besides its
 * addresses, ${hostname} and ${hostname}.${domain}: web.host.  There is no TLS: what goes over the wire, the password
 * too, can be read there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "web.h"

#define CLIENTS 12
#define CLIENTS_EACH 6			/* of one address: as many as browsers open */
#define REQUEST_MS 10000u		/* for all of a request */
#define ANSWER_MS 30000u
#define IDLE_MS 30000u			/* between two */
#define CLOSED_MS 2000u
#define SETTLED_MS 2000u		/* so long none is closed for another that comes */
#define RATE_MS 20u			/* between two requests of one connection, on average, ... */
#define BURST_MS 1000u			/* ... over so long */

static struct client {
	int fd;				/* -1: free */
	struct sockaddr_in peer;
	uint64_t since_ms;		/* it does what it does now */
	uint64_t paid_ms;		/* its requests so far are paid for until then */
	size_t len;			/* of a request that is not whole */
	char in[REQUEST_MAX + BODY_MAX];
	struct text out;
	size_t sent;
	bool closing, closed;		/* the answer is the last; it has gone out, and what still comes is not read */
} clients[CLIENTS];

static void drop(struct client *c)
{
	close(c->fd);
	free(c->out.data);
	c->out = (struct text){ 0 };
	c->fd = -1;
}

/* The answer goes out as far as it can. */
static void send_more(struct client *c)
{
	while (c->sent < c->out.len) {
		ssize_t n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent, 0);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			drop(c);
			return;
		}
		c->sent += (size_t)n;
	}
	free(c->out.data);
	c->out = (struct text){ 0 };
	c->sent = 0;
	c->since_ms = now_ms();
	if (c->closing) {		/* closed with something unread, the answer would be lost */
		shutdown(c->fd, SHUT_WR);
		c->closed = true;
	}
}

static bool too_fast(struct client *c)
{
	uint64_t now = now_ms();
	if (c->paid_ms < now)
		c->paid_ms = now;
	c->paid_ms += RATE_MS;
	return c->paid_ms > now + BURST_MS;
}

/* What has come is answered, a request after the other as long as answers go out at once. */
static void serve(struct client *c)
{
	struct request r;
	while (c->fd >= 0 && !c->out.len && !c->closed) {
		int n = request_parse(c->in, c->len, &r);
		if (!n)
			return;
		if (n > 0 && too_fast(c))
			n = -429;
		if (n < 0) {
			answer_status(-n, &c->out);
			c->closing = true;
		} else {
			socklen_t len = sizeof r.local;
			r.peer = c->peer;
			getsockname(c->fd, (struct sockaddr *)&r.local, &len);
			answer(&r, &c->out);
			c->closing = r.close;
			c->len -= (size_t)n;
			memmove(c->in, c->in + n, c->len);
		}
		if (c->out.failed) {
			drop(c);
			return;
		}
		c->since_ms = now_ms();
		send_more(c);
	}
}

static void receive(struct client *c)
{
	if (c->closed)
		c->len = 0;
	ssize_t n = recv(c->fd, c->in + c->len, sizeof c->in - c->len, 0);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	if (n <= 0) {
		drop(c);
		return;
	}
	if (!c->len && !c->closed)
		c->since_ms = now_ms();
	c->len += (size_t)n;
	serve(c);
}

static unsigned held_by(struct in_addr who)
{
	unsigned n = 0;
	for (unsigned i = 0; i < CLIENTS; i++)
		n += clients[i].fd >= 0 && clients[i].peer.sin_addr.s_addr == who.s_addr;
	return n;
}

/* A free place; or that of whoever has most of them, and waits for longest; NULL: none has settled. */
static struct client *place(void)
{
	struct client *best = NULL;
	unsigned most = 0;
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client *c = &clients[i];
		if (c->fd < 0)
			return c;
		unsigned n = held_by(c->peer.sin_addr);
		if (now_ms() - c->since_ms >= SETTLED_MS && (n > most || (n == most && c->since_ms < best->since_ms))) {
			best = c;
			most = n;
		}
	}
	if (best)
		drop(best);
	return best;
}

static void take(int listener)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof peer;
	int fd = accept(listener, (struct sockaddr *)&peer, &len);
	if (fd < 0)
		return;
	struct client *c = held_by(peer.sin_addr) < CLIENTS_EACH ? place() : NULL;
	if (!c) {
		close(fd);
		return;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	*c = (struct client){ .fd = fd, .peer = peer, .since_ms = now_ms() };
}

/* Whoever takes too long is let go. */
static void hurry(void)
{
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client *c = &clients[i];
		uint64_t most = c->closed ? CLOSED_MS : c->out.len ? ANSWER_MS : c->len ? REQUEST_MS : IDLE_MS;
		if (c->fd >= 0 && now_ms() - c->since_ms > most)
			drop(c);
	}
}

static int open_port(unsigned port, const char *address)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	if (address && !inet_aton(address, &at.sin_addr)) {
		fprintf(stderr, "web: %s is no address\n", address);
		return -1;
	}
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, CLIENTS) < 0) {
		fprintf(stderr, "web: port %u: %s\n", port, strerror(errno));
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void watch(int listener)
{
	for (;;) {
		struct pollfd p[CLIENTS + 1] = { [CLIENTS] = { .fd = listener, .events = POLLIN } };
		for (unsigned i = 0; i < CLIENTS; i++)
			p[i] = (struct pollfd){ .fd = clients[i].fd, .events = clients[i].out.len ? POLLOUT : POLLIN };
		poll(p, CLIENTS + 1, 1000);
		for (unsigned i = 0; i < CLIENTS; i++) {
			if (clients[i].fd < 0 || clients[i].fd != p[i].fd || !p[i].revents)
				continue;
			if (!clients[i].out.len) {
				receive(&clients[i]);
				continue;
			}
			send_more(&clients[i]);
			serve(&clients[i]);
		}
		if (p[CLIENTS].revents)
			take(listener);
		hurry();
	}
}

int main(int argc, char **argv)
{
	int at = 1;
	if (at < argc && !strcmp(argv[at], "--private")) {
		answer_private = true;
		at++;
	}
	unsigned port = at < argc ? (unsigned)atoi(argv[at++]) : 80;
	const char *address = at < argc ? argv[at++] : NULL;
	if (at < argc || !port || port > 65535) {
		fprintf(stderr, "usage: web [--private] [PORT [ADDRESS]]\n");
		return 2;
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		clients[i].fd = -1;
	int listener = open_port(port, address);
	if (listener < 0)
		return 1;
	printf("web: port %u shows this boot%s\n", port, guard_has_password() ?
	       ", and takes commands with web.password" : "; commands it takes only once web.password is set");
	if (guard_has_password())
		printf("web: there is no TLS: the password can be read on the wire\n");
	watch(listener);
}
