/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of TLS: certificates of every kind, made on the spot, and a server
 * in this process, both OpenSSL's; and the stream to it, which cuts what passes
 * into pieces by a seed, and changes or ends it where it is told to.
 */
#ifndef TESTS_UNIT_TLS_SERVER_H
#define TESTS_UNIT_TLS_SERVER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/stream.h"

#define DAY 86400

struct made {
	X509 *crt;
	EVP_PKEY *key;
};

/* What a certificate is to be; 0 and NULL: the usual. */
struct make {
	const char *name, *names;	/* CN; subjectAltName, as "DNS:a.test,IP:10.0.0.1" */
	const struct made *by;		/* who signs it; NULL: itself */
	const char *basic, *use, *extended, *feature;	/* extensions as OpenSSL's configuration has them; "": none */
	const EVP_MD *md;
	unsigned rsa;			/* bits; 0: EC */
	const char *curve;
	bool key_id;			/* with a subjectKeyIdentifier */
	long from_days, to_days;	/* as seen from now_s; both 0: a year each way */
	int64_t now_s;
};

static inline void add_extension(X509 *crt, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, crt, crt, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (!e)
		abort();
	X509_add_ext(crt, e, -1);
	X509_EXTENSION_free(e);
}

static inline struct made make_cert(const struct make *m)
{
	static long serial = 1;
	struct made c = { .crt = X509_new() };
	static EVP_PKEY *rsa;		/* the last one made, for that takes long */
	if (m->rsa && (!rsa || EVP_PKEY_get_bits(rsa) != (int)m->rsa)) {
		EVP_PKEY_free(rsa);
		rsa = EVP_RSA_gen(m->rsa);
	}
	if (m->rsa)
		EVP_PKEY_up_ref(rsa);
	c.key = m->rsa ? rsa : EVP_EC_gen(m->curve ? m->curve : "P-256");
	X509_set_version(c.crt, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(c.crt), serial++);
	bool usual = !m->from_days && !m->to_days;
	ASN1_TIME_set(X509_getm_notBefore(c.crt), m->now_s + (usual ? -365 : m->from_days) * DAY);
	ASN1_TIME_set(X509_getm_notAfter(c.crt), m->now_s + (usual ? 365 : m->to_days) * DAY);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(c.crt), "CN", MBSTRING_ASC, (const uint8_t *)m->name, -1,
				   -1, 0);
	X509_set_issuer_name(c.crt, X509_get_subject_name(m->by ? m->by->crt : c.crt));
	X509_set_pubkey(c.crt, c.key);
	bool ca = !m->names;
	const char *basic = m->basic ? m->basic : ca ? "critical,CA:TRUE" : "";
	const char *use = m->use ? m->use : ca ? "critical,keyCertSign" : "";
	if (*basic)
		add_extension(c.crt, NID_basic_constraints, basic);
	if (*use)
		add_extension(c.crt, NID_key_usage, use);
	if (m->names)
		add_extension(c.crt, NID_subject_alt_name, m->names);
	if (m->extended)
		add_extension(c.crt, NID_ext_key_usage, m->extended);
	if (m->key_id)
		add_extension(c.crt, NID_subject_key_identifier, "hash");
	if (m->feature)
		add_extension(c.crt, NID_tlsfeature, m->feature);
	if (!X509_sign(c.crt, m->by ? m->by->key : c.key, m->md ? m->md : EVP_sha256()))
		abort();
	return c;
}

static inline void unmake(struct made *c)
{
	X509_free(c->crt);
	EVP_PKEY_free(c->key);
	*c = (struct made){ NULL, NULL };
}

/* SHA-256 of the whole, or of its public key, as people write it. */
static inline const char *sum_text(const X509 *crt, bool of_key)
{
	static char text[2][65];
	uint8_t *der = NULL, sum[32];
	int len = of_key ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(crt), &der) : i2d_X509((X509 *)crt, &der);
	EVP_Digest(der, (size_t)len, sum, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	for (unsigned i = 0; i < 32; i++)
		sprintf(text[of_key] + 2 * i, "%02x", sum[i]);
	return text[of_key];
}

/* The other end: a server, and the stream to it. */
struct server {
	struct stream stream;		/* first: what the client stands on */
	SSL_CTX *ctx;
	SSL *ssl;
	BIO *in, *out;			/* what it gets and gives */
	uint32_t rng;
	size_t passed;			/* bytes to the client so far */
	size_t change_at;		/* the one of them to be changed; 0: none */
	size_t end_at;			/* so many come, and then the end; 0: all */
	bool ended, refuses;		/* the end has come; nothing can be sent now */
	bool aborted, closed;
	unsigned garbage_at;		/* the record, from 1 on, whose contents are changed, each byte; 0: none */
	bool garbage_type;		/* or but what it is a record of */
	unsigned records;		/* that have begun so far */
	size_t record_left;
	uint8_t head[5], head_len;
	bool whole;			/* all that is there comes at once, and what is not will not */
	bool weaken;			/* somebody on the way takes TLS 1.3 out of what the client offers */
};

static inline struct server *server_of(const struct stream *s)
{
	return (struct server *)s;
}

static inline uint32_t server_random(struct server *s, uint32_t below)
{
	s->rng = s->rng * 1664525u + 1013904223u;
	return (s->rng >> 8) % below;
}

/* supported_versions (43) of 1.3 and 1.2: both become 1.2. */
static inline void weaken_hello(uint8_t *p, size_t len)
{
	static const uint8_t both[] = { 0, 43, 0, 5, 4, 3, 4, 3, 3 };
	for (size_t i = 0; i + sizeof(both) <= len; i++)
		if (!memcmp(p + i, both, sizeof(both)))
			p[i + 6] = 3;
}

static inline int server_send(struct stream *st, const void *buf, size_t len)
{
	struct server *s = server_of(st);
	uint8_t copy[8192];
	if (s->refuses || !server_random(s, 4))
		return -EAGAIN;
	if (!s->weaken)
		len = server_random(s, (uint32_t)len) + 1;
	memcpy(copy, buf, len < sizeof(copy) ? len : sizeof(copy));
	if (s->weaken)
		weaken_hello(copy, len);
	BIO_write(s->in, copy, (int)len);
	return (int)len;
}

static inline void spoil_record(struct server *s, uint8_t *p, size_t len)
{
	for (; len--; p++) {
		bool head = !s->record_left, type = head && !s->head_len;
		if (head) {
			s->records += type;
			s->head[s->head_len++] = *p;
			s->record_left = s->head_len == 5 ? (size_t)(s->head[3] << 8 | s->head[4]) : 0;
			s->head_len %= 5;
		} else {
			s->record_left--;
		}
		if (s->records == s->garbage_at && (s->garbage_type ? type : !head))
			*p = type ? 99 : (uint8_t)(*p ^ (server_random(s, 256) | 1));
	}
}

static inline int server_recv(struct stream *st, void *buf, size_t len)
{
	struct server *s = server_of(st);
	if (s->end_at && s->passed >= s->end_at)
		s->ended = true;
	if (s->end_at && !s->ended && len > s->end_at - s->passed)
		len = s->end_at - s->passed;
	if (!len || (!s->ended && !s->whole && !server_random(s, 4)))
		return len ? -EAGAIN : 0;
	int most = s->whole ? (int)len : (int)(server_random(s, (uint32_t)len) + 1);
	int n = s->end_at && s->ended ? 0 : BIO_read(s->out, buf, most);
	if (n <= 0)
		return s->ended ? 0 : -EAGAIN;
	if (s->change_at && s->change_at > s->passed && s->change_at <= s->passed + (size_t)n)
		((uint8_t *)buf)[s->change_at - s->passed - 1] ^= 1u << (s->change_at % 8);
	s->passed += (size_t)n;
	if (s->garbage_at)
		spoil_record(s, buf, (size_t)n);
	return n;
}

static inline int server_shutdown(struct stream *st)
{
	(void)st;
	return 0;
}

static inline void server_close(struct stream *st, bool abort)
{
	server_of(st)->closed = true;
	server_of(st)->aborted = abort;
}

static inline unsigned server_events(struct stream *st)
{
	(void)st;
	return SOCK_IN | SOCK_OUT;
}

static inline int server_error(const struct stream *st)
{
	(void)st;
	return 0;
}

/* One with that certificate, which sends `count` more of them. */
static inline void server_begin(struct server *s, const struct made *own, X509 *const *more, unsigned count,
				int version, const char *ciphers, uint32_t seed)
{
	static const struct stream_ops ops = {
		.send = server_send, .recv = server_recv, .peek = server_recv, .shutdown = server_shutdown,
		.close = server_close, .events = server_events, .error = server_error, .sock = server_error,
	};
	*s = (struct server){ .stream.ops = &ops, .rng = seed, .ctx = SSL_CTX_new(TLS_server_method()) };
	SSL_CTX_set_security_level(s->ctx, 0);
	if (version) {
		SSL_CTX_set_min_proto_version(s->ctx, version);
		SSL_CTX_set_max_proto_version(s->ctx, version);
	}
	if (ciphers && version == TLS1_3_VERSION)
		SSL_CTX_set_ciphersuites(s->ctx, ciphers);
	else if (ciphers)
		SSL_CTX_set_cipher_list(s->ctx, ciphers);
	if (SSL_CTX_use_certificate(s->ctx, own->crt) != 1 || SSL_CTX_use_PrivateKey(s->ctx, own->key) != 1)
		abort();
	for (unsigned i = 0; i < count; i++)
		SSL_CTX_add1_chain_cert(s->ctx, more[i]);
	SSL_CTX_set_mode(s->ctx, SSL_MODE_NO_AUTO_CHAIN);
	s->ssl = SSL_new(s->ctx);
	s->in = BIO_new(BIO_s_mem());
	s->out = BIO_new(BIO_s_mem());
	SSL_set_bio(s->ssl, s->in, s->out);
	SSL_set_accept_state(s->ssl);
}

static inline void server_end(struct server *s)
{
	SSL_free(s->ssl);
	SSL_CTX_free(s->ctx);
	ERR_clear_error();
}

#endif
