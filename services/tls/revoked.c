/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of certificates that were taken back: see revoked.h.  Called by chain.c and cert_commands.c. */
#include "services/tls/revoked.h"

#include <errno.h>
#include <string.h>

#include <mbedtls/platform.h>

#include "services/tls/roots.h"
#include "services/tls/tls_random.h"

static enum revoked_rule rule;
static mbedtls_x509_crl lists;

void revoked_set_rule(enum revoked_rule wanted)
{
	if (wanted != rule)
		roots_note_change();
	rule = wanted;
}

enum revoked_rule revoked_rule(void)
{
	return rule;
}

static int add(const void *data, size_t len)
{
	unsigned char *text = mbedtls_calloc(1, len + 1);	/* PEM is to end in a NUL */

	if (!text)
		return -ENOMEM;
	memcpy(text, data, len);
	int err = mbedtls_x509_crl_parse(&lists, text, strstr((const char *)text, "-----BEGIN ") ? len + 1 : len);

	mbedtls_free(text);
	return err == 0 ? 0 : tls_short_of_memory ? -ENOMEM : -EBADMSG;
}

int revoked_add(const void *data, size_t len)
{
	if (len > REVOKED_FILE_MAX)
		return -EFBIG;
	roots_note_change();
	tls_lasting = true;
	tls_short_of_memory = false;
	int err = add(data, len);
	tls_lasting = false;
	return err;
}

mbedtls_x509_crl *revoked_lists(void)
{
	return lists.version ? &lists : NULL;
}

void revoked_forget(void)
{
	if (lists.version)
		roots_note_change();
	mbedtls_x509_crl_free(&lists);
	mbedtls_x509_crl_init(&lists);
}
