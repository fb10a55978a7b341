/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections kept open: see http_pool.h.  Called by http_source.c. */
#include "services/http/http_pool.h"

#include <stdio.h>
#include <string.h>

#include "net/stream.h"
#include "services/tls/tls.h"

struct kept {
	struct stream *stream;		/* NULL: a free place */
	char scheme[sizeof(((struct url *)0)->scheme)];
	char host[sizeof(((struct url *)0)->host)];
	uint16_t port;
	char peer[24];
	uint64_t since_us;
};

static struct kept kept[HTTP_POOL_MAX];
static unsigned era;

static void hang_up(struct kept *k)
{
	if (k->stream)
		stream_close(k->stream);
	k->stream = NULL;
}

/* The scheme's promise holds of the stream. */
static bool is_good(const struct stream *s, const char *scheme)
{
	return strcmp(scheme, "https") || tls_is_good(s);
}

unsigned http_pool_era(void)
{
	return era;
}

void http_pool_keep(struct stream *s, const struct url *u, const char *peer, unsigned of, uint64_t now_us)
{
	struct kept *at = kept;

	if (of != era || !is_good(s, u->scheme)) {
		stream_close(s);
		return;
	}
	for (struct kept *k = kept; k < kept + HTTP_POOL_MAX && at->stream; k++)
		if (!k->stream || k->since_us < at->since_us)
			at = k;
	hang_up(at);
	*at = (struct kept){ .stream = s, .port = u->port, .since_us = now_us };
	memcpy(at->scheme, u->scheme, sizeof(at->scheme));
	memcpy(at->host, u->host, sizeof(at->host));
	snprintf(at->peer, sizeof(at->peer), "%s", peer);
}

struct stream *http_pool_take(const struct url *u, char *peer, size_t cap)
{
	for (struct kept *k = kept; k < kept + HTTP_POOL_MAX; k++) {
		struct stream *s = k->stream;

		if (!s || k->port != u->port || strcmp(k->scheme, u->scheme) || strcmp(k->host, u->host))
			continue;
		if (!is_good(s, k->scheme) || stream_events(s) & (SOCK_IN | SOCK_ERR | SOCK_HUP)) {
			hang_up(k);
			continue;
		}
		snprintf(peer, cap, "%s", k->peer);
		k->stream = NULL;
		return s;
	}
	return NULL;
}

void http_pool_close(void)
{
	era++;
	for (struct kept *k = kept; k < kept + HTTP_POOL_MAX; k++)
		hang_up(k);
}
