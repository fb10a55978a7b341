/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections kept open between requests (RFC 9112, 9.3), shared by all who
 * download.  Whoever takes one owns it; the pool knows only those that idle.
 * When it is full the one that idles for longest goes.
 */
#ifndef SERVICES_HTTP_HTTP_POOL_H
#define SERVICES_HTTP_HTTP_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "services/fetch/url.h"

struct stream;

#define HTTP_POOL_MAX 6

/*
 * The present era: http_pool_close() begins another, for by then the ways to
 * servers may have changed.  Who connects notes it first, and says it when it gives the connection to the pool.
 */
unsigned http_pool_era(void);
/*
 * Gives s to the pool, as a connection to u's server; peer: its address for
 * people.  One of another era is closed, and so is one of https that is no open stream of TLS, or was judged
 * by what is believed no more (tls_is_good()).
 */
void http_pool_keep(struct stream *s, const struct url *u, const char *peer, unsigned era, uint64_t now_us);
/* One to u's server that the server has neither closed nor spoken on, and its peer; or NULL. */
struct stream *http_pool_take(const struct url *u, char *peer, size_t cap);
void http_pool_close(void);

#endif
