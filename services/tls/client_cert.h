/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who we are to a server that asks (RFC 8446, 4.3.2; RFC 5246, 7.4.4): one chain
 * of certificates and the key of its first.  Pure.
 *
 *	err = client_cert_set(cert, cert_len, key, key_len, &why);
 *	...
 *	own = client_cert_hold();			of a connection, until client_cert_drop(own)
 *	err = client_cert_show(own, &config);		for that one
 *
 * Another one may be set meanwhile: who holds one goes on with it.
 */
#ifndef SERVICES_TLS_CLIENT_CERT_H
#define SERVICES_TLS_CLIENT_CERT_H

#include <stddef.h>

#include <mbedtls/ssl.h>

struct client_cert;

/*
 * From now on new connections show these, PEM or DER, the key without a password; without one of the two
 * (length 0) none.  Both are copied.  0; or -EBADMSG and *why, a phrase, or -ENOMEM, and then none is shown.
 */
int client_cert_set(const void *cert, size_t cert_len, const void *key, size_t key_len, const char **why);
/* What is set, or NULL. */
struct client_cert *client_cert_hold(void);
/* NULL is ignored.  The key is overwritten with the last one's. */
void client_cert_drop(struct client_cert *c);
/* 0 or -ENOMEM; mbedtls_ssl_conf_own_cert(config, NULL, NULL) takes it back, before the drop. */
int client_cert_show(struct client_cert *c, mbedtls_ssl_config *config);

#endif
