/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS 1.2 (RFC 5246) and 1.3 (RFC 8446), the client's side, as a stream on
 * another one (net/stream.h); Mbed TLS's.  Pure: never waits; what it needs of the machine comes by
 * tls_setup().
 *
 *	s = tls_client(below, "boot.example.com");	below is its own now
 *	while ((n = tls_step(s)) == -EAGAIN || n == 0)
 *		if (n) net_wait_stream(s, SOCK_IN, deadline_us); else task_yield();
 *	if (n < 0)
 *		...tls_why(s) says why; stream_abort(s)...
 *
 * Nothing is sent or read above before the server's chain of certificates has
 * been judged (chain.h).  An end of the stream below without TLS's own
 * (close_notify) is an error, -ECONNABORTED: somebody may have cut it off.
 *
 * Leaves out: renegotiation, compression, early data, the server's side.
 */
#ifndef SERVICES_TLS_TLS_H
#define SERVICES_TLS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/tls/chain.h"

struct stream;

#define TLS_WHY_MAX 256

/* What is the machine's. */
struct tls_machine {
	uint32_t (*random32)(void);	/* good for secrets: who opens a connection has waited for that */
	int64_t (*now_s)(void);		/* seconds since 1970, or CHAIN_NO_TIME (chain.h) */
	/* memory for what may live longer than a task, zeroed; free() overwrites it.  NULL: the C library's */
	void *(*alloc)(size_t n, size_t len);
	void (*free)(void *p);
};

/* Before anything else of it. */
void tls_setup(const struct tls_machine *m);

/* A clock that cannot be right counts as the day of this program's making (chain.h). */
void tls_mend_clock(bool mend);
/* The machine's, by which chains are judged. */
struct chain_clock tls_clock(void);

/* One on below, to the server of that name; NULL: no memory, and below is still the caller's.  Does nothing yet. */
struct stream *tls_client(struct stream *below, const char *host);
/*
 * One step of the handshake: 1, it is open; 0, there is more to do at once, but let others run first; -EAGAIN, wait
 * for stream_events(); or -E, for good: -EACCES, the server is not believed; else it cannot be spoken to.
 */
int tls_step(struct stream *s);
/* It is a stream of TLS, open and without an error, and what is believed has not changed since it was judged. */
bool tls_is_good(const struct stream *s);
/* After an error: what is wrong, and what to do; a phrase that begins with a verb, of the server; or "". */
const char *tls_why(const struct stream *s);
/* What is to be said although it is open; or "". */
const char *tls_warning(const struct stream *s);
/* "TLSv1.3, TLS1-3-CHACHA20-POLY1305-SHA256" */
void tls_describe(const struct stream *s, char *text, size_t cap);

#endif
