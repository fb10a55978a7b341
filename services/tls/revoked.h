/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of certificates that their CAs have taken back (CRL; RFC 5280, 5), of those CAs that the site wants asked.
 * Pure.  A list counts only when chain.c has seen the CA's signature below it; here they are but kept.
 */
#ifndef SERVICES_TLS_REVOKED_H
#define SERVICES_TLS_REVOKED_H

#include <stddef.h>

#include <mbedtls/x509_crl.h>

#define REVOKED_FILE_MAX (64u << 10)	/* bytes of a list */

enum revoked_rule {
	REVOKED_IGNORED,		/* nobody wants lists asked: so it begins */
	REVOKED_WARNED,			/* where the list of a CA is not here, that is said */
	REVOKED_REFUSED,		/* and there nobody is believed */
};

void revoked_set_rule(enum revoked_rule rule);
enum revoked_rule revoked_rule(void);
/* A list, as DER or PEM: 0; -EBADMSG, it is none, -EFBIG, -ENOMEM. */
int revoked_add(const void *data, size_t len);
/* The first, or NULL; the others by ->next.  One whose version is 0 is none. */
mbedtls_x509_crl *revoked_lists(void);
void revoked_forget(void);

#endif
