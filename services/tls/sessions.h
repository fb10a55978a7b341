/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions that may be resumed (RFC 5077; RFC 8446, 2.2), the last one of each of a few hosts: the next connection
 * there goes without certificates and their signatures.  Pure.
 *
 *	offered = sessions_offer(host, &ssl, now_s, &judged_s);	before the handshake
 *	...no certificate has come: the server knows the session; it is who it was when that was judged...
 *	sessions_keep(host, &ssl, judged_s);			of one that is open
 *
 * What was judged then counts for an hour, as long as what is believed (roots_changes()) stays the same.
 */
#ifndef SERVICES_TLS_SESSIONS_H
#define SERVICES_TLS_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <mbedtls/ssl.h>

#define SESSIONS_MAX 4u			/* hosts; of the others the one that was kept first goes */
#define SESSION_LASTS_S 3600

/* Keeps the one of an open connection to that host, whose chain was judged then by what is believed now. */
void sessions_keep(const char *host, mbedtls_ssl_context *ssl, int64_t judged_s);
/* It is offered no more. */
void sessions_forget(const char *host);
/* Offers the host's one to it, if there is one that still counts: true, and when its chain was judged. */
bool sessions_offer(const char *host, mbedtls_ssl_context *ssl, int64_t now_s, int64_t *judged_s);

#endif
