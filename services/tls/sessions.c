/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions that may be resumed: see sessions.h.  Called by tls.c. */
#include "services/tls/sessions.h"

#include <stdio.h>
#include <string.h>

#include <mbedtls/platform.h>

#include "services/tls/roots.h"

static struct kept {
	char host[256];			/* "": none */
	mbedtls_ssl_session session;
	unsigned believed_in;
	int64_t judged_s;
} kept[SESSIONS_MAX];
static unsigned oldest;

/* What was judged is not judged again; and the library would lose it when the server goes on without the session. */
static void drop_certificate(mbedtls_ssl_session *s)
{
	mbedtls_x509_crt_free(s->MBEDTLS_PRIVATE(peer_cert));
	mbedtls_free(s->MBEDTLS_PRIVATE(peer_cert));
	s->MBEDTLS_PRIVATE(peer_cert) = NULL;
}

/* All of it is overwritten, secrets too. */
static void forget(struct kept *k)
{
	mbedtls_ssl_session_free(&k->session);
	k->host[0] = '\0';
}

static struct kept *of(const char *host)
{
	for (struct kept *k = kept; k < kept + SESSIONS_MAX; k++)
		if (*host && !strcmp(k->host, host))
			return k;
	return NULL;
}

void sessions_keep(const char *host, mbedtls_ssl_context *ssl, int64_t judged_s)
{
	struct kept *k = of(host);

	if (!k) {
		k = &kept[oldest];
		oldest = (oldest + 1) % SESSIONS_MAX;
	}
	forget(k);
	if (mbedtls_ssl_get_session(ssl, &k->session) != 0) {
		forget(k);
		return;
	}
	drop_certificate(&k->session);
	snprintf(k->host, sizeof(k->host), "%s", host);
	k->believed_in = roots_changes();
	k->judged_s = judged_s;
}

void sessions_forget(const char *host)
{
	struct kept *k = of(host);

	if (k)
		forget(k);
}

bool sessions_offer(const char *host, mbedtls_ssl_context *ssl, int64_t now_s, int64_t *judged_s)
{
	struct kept *k = of(host);

	if (!k)
		return false;
	/* a clock that was set meanwhile makes them differ, too */
	if (k->believed_in != roots_changes() || now_s < k->judged_s ||
	    (uint64_t)now_s - (uint64_t)k->judged_s > SESSION_LASTS_S ||
	    mbedtls_ssl_set_session(ssl, &k->session) != 0) {
		forget(k);
		return false;
	}
	*judged_s = k->judged_s;
	return true;
}
