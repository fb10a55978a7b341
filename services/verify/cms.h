/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures that lie beside what they are for: CMS SignedData (RFC 5652, 5; once PKCS #7) without contents, as
 * DER or PEM, with and without signed attributes, signers named by issuer and number or by key identifier.  Pure;
 * the ASN.1, the certificates and all cryptography are Mbed TLS's.
 *
 *	err = cms_parse(&c, file, len, &why);
 *	if (err == 0)
 *		err = cms_verify(&c, &q, &verdict);	q.digest computes the sums of what is signed, and may wait
 *	cms_free(&c);
 *
 * Every signer has to be right, or with q.signer every one of that name: the signature is by its key, its chain
 * leads to what is believed (services/tls/chain.h), and its certificate is for digitalSignature and codeSigning.
 *
 * Leaves out: BER, countersignatures, lists of revocations, times that the signer names.
 */
#ifndef SERVICES_VERIFY_CMS_H
#define SERVICES_VERIFY_CMS_H

#include <stddef.h>
#include <stdint.h>

#include <mbedtls/md.h>
#include <mbedtls/x509_crt.h>

#include "services/tls/chain.h"
#include "services/tls/roots.h"

#define CMS_LEN_MAX 65536u		/* bytes of a signature's file */
#define CMS_SIGNERS_MAX 4u
#define CMS_HASH_MAX 64u		/* SHA-512 */

struct cms_signer {
	mbedtls_x509_buf issuer, serial;	/* whose certificate; or, with issuer.p NULL, */
	mbedtls_x509_buf key_id;
	mbedtls_md_type_t md;			/* what is signed was summed up by */
	mbedtls_pk_type_t scheme;		/* MBEDTLS_PK_RSA, _RSASSA_PSS or _ECDSA */
	mbedtls_x509_buf attributes;		/* what is signed instead of the contents, tag and length too; p NULL */
	mbedtls_x509_buf digest;		/* the contents' sum among them */
	mbedtls_x509_buf signature;
};

struct cms {
	uint8_t *der;				/* all that follows points into it */
	mbedtls_x509_crt certs;			/* raw.p NULL: none */
	unsigned count;
	struct cms_signer signers[CMS_SIGNERS_MAX];
};

/* The sum of what is signed, CMS_HASH_MAX bytes at the most: 0 or -E.  May wait, and let others run. */
typedef int cms_digest_fn(void *ctx, mbedtls_md_type_t md, uint8_t *sum);

struct cms_question {
	const char *signer;			/* the common name that a signer has to have; NULL: any */
	struct chain_clock clock;
	cms_digest_fn *digest;
	void *ctx;
};

struct cms_verdict {
	struct chain_verdict chain;		/* why, a phrase of the signature; warning */
	char by[ROOTS_NAME_MAX];		/* who has signed, as roots_name() */
};

/* 0; or -EBADMSG and *why, a phrase of the file: what it is not, and what to do; or -ENOMEM.  Then *c holds nothing. */
int cms_parse(struct cms *c, const void *file, size_t len, const char **why);
/* 0; -EACCES, with the reason; -ENOMEM; what q->digest gave. */
int cms_verify(struct cms *c, const struct cms_question *q, struct cms_verdict *v);
void cms_free(struct cms *c);

#endif
