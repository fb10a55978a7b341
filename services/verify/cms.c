/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures beside files: see cms.h.  Called by signature.c. */
#include "services/verify/cms.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/platform.h>

#include "services/tls/tls_random.h"

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define SET (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET)
#define TAG(n) (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | (n))
#define TAG_OF_BYTES(n) (MBEDTLS_ASN1_CONTEXT_SPECIFIC | (n))

/* attributes' types (RFC 5652, 11.1 and 11.2) */
#define CONTENT_TYPE MBEDTLS_OID_PKCS9 "\x03"
#define MESSAGE_DIGEST MBEDTLS_OID_PKCS9 "\x04"

static const char no_cms[] = "it is no signature in the form of CMS, as openssl cms -sign -binary -outform DER makes "
	"it";
static const char truncated[] = "it is a damaged signature: fetch or make it again";

/* What is left of the bytes in which something lies. */
struct span {
	uint8_t *p, *end;
};

/* Into what lies in the next one, which has to have that tag; *in goes behind it. */
static bool enter(struct span *in, int tag, struct span *out)
{
	size_t len;

	if (mbedtls_asn1_get_tag(&in->p, in->end, &len, tag) != 0)
		return false;
	*out = (struct span){ in->p, in->p + len };
	in->p += len;
	return true;
}

static bool enter_whole(struct span *in, int tag, struct span *out, mbedtls_x509_buf *whole)
{
	uint8_t *from = in->p;

	if (!enter(in, tag, out))
		return false;
	*whole = (mbedtls_x509_buf){ .tag = tag, .p = from, .len = (size_t)(in->p - from) };
	return true;
}

static bool bytes(struct span *in, int tag, mbedtls_x509_buf *out)
{
	struct span s;

	if (!enter(in, tag, &s))
		return false;
	*out = (mbedtls_x509_buf){ .tag = tag, .p = s.p, .len = (size_t)(s.end - s.p) };
	return true;
}

static bool begins_with(const struct span *in, int tag)
{
	return in->p < in->end && *in->p == tag;
}

static bool same(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b)
{
	return a->len == b->len && !memcmp(a->p, b->p, a->len);
}

/* The name of an algorithm; its parameters are not looked at: they change nothing (see scheme_of). */
static bool algorithm(struct span *in, mbedtls_x509_buf *oid)
{
	struct span s;

	return enter(in, SEQUENCE, &s) && bytes(&s, MBEDTLS_ASN1_OID, oid);
}

/* ---- parsing ---- */

/*
 * The scheme, and that it is of the same hash: false, one that is not known.  RSASSA-PSS names hash, mask and salt by
 * parameters: a signature with others than the digest's hash for both does not verify.
 */
static bool scheme_of(const mbedtls_x509_buf *oid, struct cms_signer *s)
{
	mbedtls_md_type_t md = s->md;

	if (mbedtls_oid_get_pk_alg(oid, &s->scheme) != 0) {
		if (mbedtls_oid_get_sig_alg(oid, &md, &s->scheme) != 0)
			return false;
		if (s->scheme == MBEDTLS_PK_RSASSA_PSS)
			md = s->md;
	}
	if (s->scheme == MBEDTLS_PK_ECKEY)
		s->scheme = MBEDTLS_PK_ECDSA;
	return md == s->md && (s->scheme == MBEDTLS_PK_RSA || s->scheme == MBEDTLS_PK_RSASSA_PSS ||
			       s->scheme == MBEDTLS_PK_ECDSA);
}

/* One attribute that counts may be there once, with one value. */
static bool attribute(struct span *in, const mbedtls_x509_buf *content_type, struct cms_signer *s, bool *typed)
{
	struct span a, values;
	mbedtls_x509_buf oid, value;

	if (!enter(in, SEQUENCE, &a) || !bytes(&a, MBEDTLS_ASN1_OID, &oid) || !enter(&a, SET, &values))
		return false;
	if (MBEDTLS_OID_CMP(CONTENT_TYPE, &oid) == 0) {
		if (*typed || !bytes(&values, MBEDTLS_ASN1_OID, &value) || values.p != values.end)
			return false;
		*typed = same(&value, content_type);
		return *typed;
	}
	if (MBEDTLS_OID_CMP(MESSAGE_DIGEST, &oid) == 0)
		return !s->digest.p && bytes(&values, MBEDTLS_ASN1_OCTET_STRING, &s->digest) && values.p == values.end;
	return true;
}

static const char *attributes(struct span *in, const mbedtls_x509_buf *content_type, struct cms_signer *s)
{
	struct span all;
	bool typed = false;

	if (!begins_with(in, TAG(0)))	/* RFC 5652, 5.3 */
		return MBEDTLS_OID_CMP(MBEDTLS_OID_PKCS7_DATA, content_type) == 0 ? NULL :
		       "it is without signed attributes, and for contents of another type than data: make it again";
	if (!enter_whole(in, TAG(0), &all, &s->attributes))
		return truncated;
	while (all.p < all.end)
		if (!attribute(&all, content_type, s, &typed))
			return "it has attributes that are damaged, or for contents of another type: make it again";
	return typed && s->digest.p ? NULL : "it has signed attributes without the contents' type and digest: make it "
	       "again";
}

static const char *one_signer(struct span *in, const mbedtls_x509_buf *content_type, struct cms_signer *s)
{
	struct span info, id;
	mbedtls_x509_buf oid;
	int version;

	if (!enter(in, SEQUENCE, &info) || mbedtls_asn1_get_int(&info.p, info.end, &version) != 0)
		return truncated;
	if (begins_with(&info, SEQUENCE)) {
		struct span name;

		if (!enter(&info, SEQUENCE, &id) || !enter_whole(&id, SEQUENCE, &name, &s->issuer) ||
		    !bytes(&id, MBEDTLS_ASN1_INTEGER, &s->serial))
			return truncated;
	} else if (!bytes(&info, TAG_OF_BYTES(0), &s->key_id)) {
		return truncated;
	}
	if (!algorithm(&info, &oid))
		return truncated;
	if (mbedtls_oid_get_md_alg(&oid, &s->md) != 0 ||
	    (s->md != MBEDTLS_MD_SHA256 && s->md != MBEDTLS_MD_SHA384 && s->md != MBEDTLS_MD_SHA512))
		return "it is made by a hash that is broken, or not known here: sign with -md sha256, sha384 or sha512";
	const char *why = attributes(&info, content_type, s);

	if (why)
		return why;
	if (!algorithm(&info, &oid))
		return truncated;
	if (!scheme_of(&oid, s))
		return "it is made by a kind of key that is not known here: sign with RSA, or ECDSA by P-256 or P-384";
	return bytes(&info, MBEDTLS_ASN1_OCTET_STRING, &s->signature) ? NULL : truncated;
}

/* Certificates that cannot be read are as good as none; what else may be among them is not for us. */
static int certificates(struct cms *c, struct span *in)
{
	struct span all, one;
	mbedtls_x509_buf whole;

	if (!begins_with(in, TAG(0)))
		return 0;
	if (!enter(in, TAG(0), &all))
		return -EBADMSG;
	while (all.p < all.end) {
		if (!enter_whole(&all, *all.p, &one, &whole))
			return -EBADMSG;
		if (whole.tag == SEQUENCE && mbedtls_x509_crt_parse_der_nocopy(&c->certs, whole.p, whole.len) != 0 &&
		    tls_short_of_memory)
			return -ENOMEM;
	}
	return 0;
}

static int signed_data(struct cms *c, struct span *in, const char **why)
{
	struct span all, skipped, contents;
	mbedtls_x509_buf content_type;
	int version, err;

	*why = truncated;
	if (!enter(in, SEQUENCE, &all) || mbedtls_asn1_get_int(&all.p, all.end, &version) != 0 ||
	    !enter(&all, SET, &skipped) || !enter(&all, SEQUENCE, &contents) ||
	    !bytes(&contents, MBEDTLS_ASN1_OID, &content_type))
		return -EBADMSG;
	if (contents.p != contents.end) {
		*why = "it has contents of its own: sign without -nodetach";
		return -EBADMSG;
	}
	err = certificates(c, &all);
	if (err < 0)
		return err;
	if (begins_with(&all, TAG(1)) && !enter(&all, TAG(1), &skipped))
		return -EBADMSG;
	if (!enter(&all, SET, &contents) || all.p != all.end)
		return -EBADMSG;
	while (contents.p < contents.end) {
		if (c->count == CMS_SIGNERS_MAX) {
			*why = "it has more than 4 signers, which are not looked at: sign with fewer";
			return -EBADMSG;
		}
		const char *wrong = one_signer(&contents, &content_type, &c->signers[c->count++]);

		if (wrong) {
			*why = wrong;
			return -EBADMSG;
		}
	}
	*why = "it has no signer: sign with -signer";
	return c->count ? 0 : -EBADMSG;
}

/* The file as DER, in memory of our own: 0, or -ENOMEM. */
static int take(struct cms *c, const uint8_t *file, size_t len, size_t *der_len)
{
	static const char *const kinds[][2] = {
		{ "-----BEGIN CMS-----", "-----END CMS-----" }, { "-----BEGIN PKCS7-----", "-----END PKCS7-----" },
	};
	mbedtls_pem_context pem;
	size_t used;
	uint8_t *text = mbedtls_calloc(1, len + 1);

	if (!text)
		return -ENOMEM;
	memcpy(text, file, len);
	c->der = text;
	*der_len = len;
	for (unsigned i = 0; i < 2; i++) {
		int err = 0;

		if (!strstr((const char *)text, kinds[i][0]))
			continue;
		mbedtls_pem_init(&pem);
		if (mbedtls_pem_read_buffer(&pem, kinds[i][0], kinds[i][1], text, NULL, 0, &used) == 0) {
			const uint8_t *der = mbedtls_pem_get_buffer(&pem, der_len);

			memcpy(text, der, *der_len);	/* it is shorter than its text */
		} else {
			err = *der_len = 0;
		}
		mbedtls_pem_free(&pem);
		return err;
	}
	return 0;
}

int cms_parse(struct cms *c, const void *file, size_t len, const char **why)
{
	struct span s, info, inside;
	mbedtls_x509_buf oid;
	size_t der_len;
	int err;

	memset(c, 0, sizeof(*c));
	mbedtls_x509_crt_init(&c->certs);
	tls_short_of_memory = false;
	*why = "it is longer than the 64 KiB that a signature may have";
	err = len > CMS_LEN_MAX ? -EBADMSG : take(c, file, len, &der_len);
	if (err == 0) {
		s = (struct span){ c->der, c->der + der_len };
		*why = no_cms;
		err = enter(&s, SEQUENCE, &info) && bytes(&info, MBEDTLS_ASN1_OID, &oid) &&
		      MBEDTLS_OID_CMP(MBEDTLS_OID_PKCS7_SIGNED_DATA, &oid) == 0 && enter(&info, TAG(0), &inside) ?
		      signed_data(c, &inside, why) : -EBADMSG;
	}
	if (err < 0)
		cms_free(c);
	return err < 0 && tls_short_of_memory ? -ENOMEM : err;
}

void cms_free(struct cms *c)
{
	mbedtls_x509_crt_free(&c->certs);
	mbedtls_free(c->der);
	memset(c, 0, sizeof(*c));
}

/* ---- verifying ---- */

static int refuse(struct cms_verdict *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int refuse(struct cms_verdict *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v->chain.why, sizeof(v->chain.why), fmt, ap);
	va_end(ap);
	return -EACCES;
}

static bool is_of(const struct cms_signer *s, const mbedtls_x509_crt *crt)
{
	if (!s->issuer.p)
		return crt->subject_key_id.p && same(&s->key_id, &crt->subject_key_id);
	return same(&s->issuer, &crt->issuer_raw) && same(&s->serial, &crt->serial);
}

/* The signer's certificate, that came along or is stored. */
static const mbedtls_x509_crt *certificate_of(const struct cms *c, const struct cms_signer *s)
{
	const mbedtls_x509_crt *crt = c->certs.raw.p ? &c->certs : NULL;

	while (crt && !is_of(s, crt))
		crt = crt->next;
	if (crt)
		return crt;
	crt = roots_stored();
	while (crt && !is_of(s, crt))
		crt = crt->next;
	return crt;
}

/* The sum that is signed: 0, -EACCES, or what q->digest gave. */
static int sum_signed(const struct cms_signer *s, const struct cms_question *q, uint8_t *sum, struct cms_verdict *v)
{
	const mbedtls_md_info_t *md = mbedtls_md_info_from_type(s->md);
	mbedtls_md_context_t ctx;
	static const uint8_t set = SET;
	int err = q->digest(q->ctx, s->md, sum);

	if (err < 0 || !s->attributes.p)
		return err;
	if (s->digest.len != mbedtls_md_get_size(md) || memcmp(s->digest.p, sum, s->digest.len))
		return refuse(v, "it is for other contents: the file has changed since, or the signature is another's");
	mbedtls_md_init(&ctx);
	err = mbedtls_md_setup(&ctx, md, 0) == 0 && mbedtls_md_starts(&ctx) == 0 &&
	      /* they count as the SET that they are, not under the tag that they have here (5.4) */
	      mbedtls_md_update(&ctx, &set, 1) == 0 &&
	      mbedtls_md_update(&ctx, s->attributes.p + 1, s->attributes.len - 1) == 0 &&
	      mbedtls_md_finish(&ctx, sum) == 0 ? 0 : -ENOMEM;
	mbedtls_md_free(&ctx);
	return err;
}

static bool is_signed(const struct cms_signer *s, const mbedtls_x509_crt *crt, const uint8_t *sum)
{
	size_t len = mbedtls_md_get_size(mbedtls_md_info_from_type(s->md));
	mbedtls_pk_rsassa_pss_options pss = {
		.mgf1_hash_id = s->md, .expected_salt_len = MBEDTLS_RSA_SALT_LEN_ANY,
	};

	return mbedtls_pk_verify_ext(s->scheme, s->scheme == MBEDTLS_PK_RSASSA_PSS ? &pss : NULL,
				     (mbedtls_pk_context *)&crt->pk, s->md, sum, len, s->signature.p,
				     s->signature.len) == 0;
}

static int verify_one(const struct cms *c, const struct cms_signer *s, const mbedtls_x509_crt *crt,
		      const struct cms_question *q, struct cms_verdict *v)
{
	uint8_t sum[CMS_HASH_MAX];
	char name[ROOTS_NAME_MAX];
	struct chain_question chain = {
		.of = crt, .sent = c->certs.raw.p ? &c->certs : NULL, .clock = q->clock, .use = CHAIN_CODE,
	};
	int err = chain_judge(&chain, &v->chain);

	if (err == 0)
		err = sum_signed(s, q, sum, v);
	tls_short_of_memory = false;
	if (err < 0 || is_signed(s, crt, sum))
		return err;
	if (tls_short_of_memory)
		return -ENOMEM;
	roots_name(&crt->subject, name);
	return refuse(v, "it is not by the key of %s for this file: the file or the signature has changed since, or it "
		      "is another's", name);
}

int cms_verify(struct cms *c, const struct cms_question *q, struct cms_verdict *v)
{
	unsigned verified = 0;

	memset(v, 0, sizeof(*v));
	for (unsigned i = 0; i < c->count; i++) {
		const mbedtls_x509_crt *crt = certificate_of(c, &c->signers[i]);

		if (!crt && q->signer)
			continue;		/* of what name it is is not known */
		if (!crt)
			return refuse(v, "it lacks its signer's certificate: sign without -nocerts, or certstore URL");
		if (q->signer && !roots_is_called(crt, q->signer))
			continue;
		int err = verify_one(c, &c->signers[i], crt, q, v);

		if (err < 0)
			return err;
		if (!verified++)
			roots_name(&crt->subject, v->by);
	}
	return verified ? 0 : refuse(v, "it is not by a signer with the common name %s", q->signer);
}
