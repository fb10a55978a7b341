/* SPDX-License-Identifier: BSD-2-Clause */
/* Our own certificate: see client_cert.h.  Called by tls_settings.c and tls.c. */
#include "services/tls/client_cert.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <mbedtls/pk.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>

#include "services/tls/roots.h"
#include "services/tls/tls_random.h"

struct client_cert {
	unsigned held;			/* by connections, and while it is the one that is set */
	mbedtls_x509_crt chain;
	mbedtls_pk_context key;
};

static struct client_cert *current;

static int random_bytes(void *ctx, unsigned char *out, size_t len)
{
	(void)ctx;
	tls_random(out, len);
	return 0;
}

/* With a NUL behind it, as the library wants PEM: its length with that, or without where it is DER; 0: no memory. */
static size_t copy(const void *data, size_t len, unsigned char **out)
{
	*out = mbedtls_calloc(1, len + 1);
	if (!*out)
		return 0;
	memcpy(*out, data, len);
	return strstr((const char *)*out, "-----BEGIN ") ? len + 1 : len;
}

static int read_chain(struct client_cert *c, const void *data, size_t len)
{
	unsigned char *text;
	size_t n = copy(data, len, &text);
	int err = n ? mbedtls_x509_crt_parse(&c->chain, text, n) : MBEDTLS_ERR_X509_ALLOC_FAILED;

	mbedtls_free(text);
	return err;
}

static int read_key(struct client_cert *c, const void *data, size_t len)
{
	unsigned char *text;
	size_t n = copy(data, len, &text);
	int err = n ? mbedtls_pk_parse_key(&c->key, text, n, NULL, 0, random_bytes, NULL) :
		  MBEDTLS_ERR_PK_ALLOC_FAILED;

	if (n)
		mbedtls_platform_zeroize(text, n);
	mbedtls_free(text);
	return err;
}

static int fill(struct client_cert *c, const void *cert, size_t cert_len, const void *key, size_t key_len,
		const char **why)
{
	int err = read_chain(c, cert, cert_len);

	*why = "cert holds no certificate, neither as PEM nor as DER";
	if (err == 0) {
		err = read_key(c, key, key_len);
		*why = err == MBEDTLS_ERR_PK_PASSWORD_REQUIRED ? "the key in privkey is locked by a password: openssl "
			"pkey writes it without" : "privkey holds no key of RSA, P-256 or P-384, neither as PEM nor "
			"as DER";
	}
	if (err == 0) {
		err = mbedtls_pk_check_pair(&c->chain.pk, &c->key, random_bytes, NULL);
		*why = "privkey is not the key of cert's first certificate (clear one before the other is changed)";
	}
	return !err ? 0 : tls_short_of_memory ? -ENOMEM : -EBADMSG;
}

static void drop(struct client_cert *c)
{
	if (!c || --c->held)
		return;
	mbedtls_x509_crt_free(&c->chain);
	mbedtls_pk_free(&c->key);
	mbedtls_free(c);
}

static int set(const void *cert, size_t cert_len, const void *key, size_t key_len, const char **why)
{
	struct client_cert *c;
	int err;

	if (current)
		roots_note_change();	/* what was opened as somebody else is used no more */
	drop(current);
	current = NULL;
	if (!cert_len || !key_len)
		return 0;
	c = mbedtls_calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	mbedtls_x509_crt_init(&c->chain);
	mbedtls_pk_init(&c->key);
	c->held = 1;
	err = fill(c, cert, cert_len, key, key_len, why);
	if (err < 0) {
		drop(c);
		return err;
	}
	roots_note_change();
	current = c;
	return 0;
}

int client_cert_set(const void *cert, size_t cert_len, const void *key, size_t key_len, const char **why)
{
	tls_lasting = true;
	tls_short_of_memory = false;
	int err = set(cert, cert_len, key, key_len, why);
	tls_lasting = false;
	return err;
}

struct client_cert *client_cert_hold(void)
{
	if (current)
		current->held++;
	return current;
}

void client_cert_drop(struct client_cert *c)
{
	drop(c);
}

int client_cert_show(struct client_cert *c, mbedtls_ssl_config *config)
{
	return mbedtls_ssl_conf_own_cert(config, &c->chain, &c->key) == 0 ? 0 : -ENOMEM;
}
