/* SPDX-License-Identifier: BSD-2-Clause */
/* What all schemes need of the fetch service: words for what failed, the way to a server.  See scheme.h. */
#ifndef SERVICES_FETCH_SOURCE_H
#define SERVICES_FETCH_SOURCE_H

#include "services/fetch/scheme.h"

struct net_addr;
struct stream;

#define SOURCE_WAY_MAX 80
#define SOURCE_PROBED_S 3u	/* a silent peer is asked for a sign of life so often */

/* Sets err and why, and gives `end` back. */
enum source_end source_fail(struct source *s, enum source_end end, int err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The same with the usual words for a connection's error. */
enum source_end source_broken(struct source *s, int err);
/* Of a server that does not answer, what ARP knows of the way to it, to stand behind that, or "". */
const char *source_way(const struct source *s, char out[SOURCE_WAY_MAX], int err);
/* source_fail() of a try that ends in the middle of the file: "PEER what after 1000 of 3000 bytes". */
enum source_end source_broken_off(struct source *s, int err, const char *what);
/* The same when budget_check() has said err of b. */
enum source_end source_over_budget(struct source *s, int err, const struct budget *b);
/*
 * Nothing has come by a stream for as long as was to be waited: sets s->gone.  Where the peer's machine is there, the
 * next try waits for longer, and asks for small packets if no large one has come: a tunnel on the way may lose them.
 */
void source_silent(struct source *s, struct stream *on);
/* What has been concluded of servers on the way is forgotten. */
void source_forget(void);
/* Changes the phase, tells it, and begins its budget: WAITING's for the answer, RECEIVING's for the body. */
void source_enter(struct source *s, enum fetch_phase phase);
/* "the proxy ", to stand before the peer where it is one, or "". */
const char *source_role(const struct source *s);
void source_set_peer(struct source *s, const struct net_addr *addr, uint16_t port);
/* Whose host and port are connected to: the URL's, or the proxy's. */
const struct url *source_server(const struct source *s);
/* The addresses of its host: their count, or <= 0 and *end, said.  Waits. */
int source_resolve(struct source *s, struct net_addr *addrs, unsigned max, enum source_end *end);
/* The most bytes of data in a packet that this server is to send; 0: what the path takes. */
uint16_t source_mss(const struct source *s, const struct net_addr *server);
/*
 * A stream to the first of them that takes it: OK, or BROKEN or ENDED, said.  Who has not answered after 250 ms, or
 * refuses, gets the next one beside him (RFC 8305, 5).  Waits; a scheme's close() has to call source_drop_dials().
 */
enum source_end source_connect(struct source *s, struct stream **out);
/* Lets go of the connections that are being opened, if it was in there that the task ended. */
void source_drop_dials(struct source *s);
/* Whether a connection is probed while it is silent: it is while somebody waits for it, not while it is only kept. */
void source_probe(struct stream *on, bool probed);
/* net_wait_stream(), after telling. */
int source_wait(struct source *s, struct stream *on, unsigned events, uint64_t deadline_us);
/* All len bytes of what is said to the server, within b: 0 or -E. */
int source_say(struct source *s, struct stream *on, const void *data, size_t len, struct budget *b);
/* What it says next, at most cap bytes, within b: their count, -EPIPE at the stream's end, or -E.  Others run first. */
int source_hear(struct source *s, struct stream *on, void *buf, size_t cap, struct budget *b);
/* Why the conversation with s->status.peer broke before the file came; spoken: it had said something. */
enum source_end source_broken_talk(struct source *s, struct stream *on, int err, bool spoken);
/*
 * The file's next len bytes from a stream that has nothing else, straight to their place, s->at raised and the budget
 * kept: 0 when all are there; -EPIPE at the stream's end, or another -E.
 */
int source_receive(struct source *s, struct stream *on, void *place, size_t len);

/* What has come of a file, in a packet of the scheme's, and was not read yet. */
struct source_packet {
	const uint8_t *data;
	size_t len;
	bool last;			/* nothing comes after that */
};
/* A scheme's read() of what comes in packets: copies them in order; next() brings *p the one that follows. */
enum source_end source_read_packets(struct source *s, struct source_packet *p, void *place, size_t len,
				    enum source_end (*next)(struct source *s));

#endif
