/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom TLS believes: fingerprints of certificates, pins of keys, and the store
 * of certificates that `certstore` fills.  Pure; kept until it is set anew.
 *
 * A certificate in the store is believed no more than one that a server sends,
 * but for those of a file that is named as a whole: it only helps to complete a chain.
 */
#ifndef SERVICES_TLS_ROOTS_H
#define SERVICES_TLS_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/x509_crt.h>

#define ROOTS_HASH_LEN 32u		/* SHA-256 */
#define ROOTS_HASH_TEXT 65u		/* as hexadecimal digits, with a NUL */
#define ROOTS_MAX 32u			/* fingerprints, and pins */
#define ROOTS_STORED_MAX 512u		/* certificates in the store: Mozilla's bundle has some 150 */
#define ROOTS_NAME_MAX 72u		/* of a subject as people see it, with a NUL; longer ones end in "..." */

/* Sums of certificates, of public keys, and of files whose certificates, once they are stored, servers may lead to. */
enum roots_kind { ROOTS_FINGERPRINTS, ROOTS_PINS, ROOTS_BUNDLES, ROOTS_KINDS };

/*
 * From now on these are believed: SHA-256 sums in hexadecimal digits, one
 * after the other, with ':', '-', ',' or blanks anywhere between two digits'
 * pairs; "": none.  0; or -EINVAL (no sums), -E2BIG (more than ROOTS_MAX), and
 * nothing has changed.
 */
int roots_set(enum roots_kind kind, const char *text);
bool roots_any(void);
/* Pins are all that is believed. */
bool roots_only_pins(void);
/* Counts how often what is believed has changed, the store too; roots_note_change(): so has something else of it. */
unsigned roots_changes(void);
void roots_note_change(void);
/* Is that certificate among the fingerprints; is its public key among the pins? */
bool roots_has(enum roots_kind kind, const mbedtls_x509_crt *crt);
/* Is it stored, from one of the files: good for servers, and not for who signs what is run? */
bool roots_in_bundle(const mbedtls_x509_crt *crt);
/* The certificate's fingerprint, or its key's, in hexadecimal digits. */
void roots_sum(enum roots_kind kind, const mbedtls_x509_crt *crt, char text[ROOTS_HASH_TEXT]);

/* "CN=Example CA, O=Example": the subject, or the issuer. */
void roots_name(const mbedtls_x509_name *name, char text[ROOTS_NAME_MAX]);
/* The subject's common name is `cn`. */
bool roots_is_called(const mbedtls_x509_crt *crt, const char *cn);

/*
 * Puts the certificates of a file (PEM, any number; or DER) into the store, those of
 * that common name only where cn is not NULL: how many came that were not there; or -EBADMSG (no
 * certificate), -ENOENT (none of that name), -ENOSPC, -ENOMEM.
 */
int roots_store(const void *data, size_t len, const char *cn);
/* The first of the store, the others by ->next; NULL: it is empty. */
const mbedtls_x509_crt *roots_stored(void);
/* Those of that common name go, or, with NULL, all: how many. */
unsigned roots_free(const char *cn);

#endif
