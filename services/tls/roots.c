/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom TLS believes: see roots.h.  Called by chain.c, and by tls_settings.c and cert_commands.c. */
#include "services/tls/roots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <mbedtls/sha256.h>

#include "services/tls/tls_random.h"

static struct sums {
	unsigned count;
	uint8_t sum[ROOTS_MAX][ROOTS_HASH_LEN];
} believed[ROOTS_KINDS];

static struct stored {
	mbedtls_x509_crt crt;		/* first: its `next` is the next one's, too */
	uint8_t file[ROOTS_HASH_LEN];	/* SHA-256 of the one that it came in */
} *store;
static unsigned stored_count, changes;

static int digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* The next byte of *text: 1; 0 at the end; -EINVAL. */
static int next_byte(const char **text, uint8_t *byte)
{
	const char *at = *text + strspn(*text, ":-, \t\r\n");

	*text = at;
	if (!*at)
		return 0;
	if (digit(at[0]) < 0 || digit(at[1]) < 0)
		return -EINVAL;
	*byte = (uint8_t)(digit(at[0]) << 4 | digit(at[1]));
	*text = at + 2;
	return 1;
}

int roots_set(enum roots_kind kind, const char *text)
{
	struct sums *s = calloc(1, sizeof(*s));
	size_t n = 0;
	uint8_t byte;
	int more = s ? 1 : -ENOMEM;

	while (more > 0 && (more = next_byte(&text, &byte)) > 0) {
		if (n == sizeof(s->sum))
			more = -E2BIG;
		else
			s->sum[n / ROOTS_HASH_LEN][n % ROOTS_HASH_LEN] = byte;
		n++;
	}
	if (!more && n % ROOTS_HASH_LEN)
		more = -EINVAL;
	if (!more) {
		s->count = (unsigned)(n / ROOTS_HASH_LEN);
		changes += memcmp(&believed[kind], s, sizeof(*s)) != 0;
		believed[kind] = *s;
	}
	free(s);
	return more;
}

unsigned roots_changes(void)
{
	return changes;
}

void roots_note_change(void)
{
	changes++;
}

bool roots_any(void)
{
	return believed[ROOTS_FINGERPRINTS].count || believed[ROOTS_PINS].count || believed[ROOTS_BUNDLES].count;
}

bool roots_only_pins(void)
{
	return believed[ROOTS_PINS].count && !believed[ROOTS_FINGERPRINTS].count && !believed[ROOTS_BUNDLES].count;
}

static void sum_of(enum roots_kind kind, const mbedtls_x509_crt *crt, uint8_t sum[ROOTS_HASH_LEN])
{
	const mbedtls_x509_buf *b = kind == ROOTS_PINS ? &crt->pk_raw : &crt->raw;

	mbedtls_sha256(b->p, b->len, sum, 0);
}

static bool is_believed(enum roots_kind kind, const uint8_t sum[ROOTS_HASH_LEN])
{
	for (unsigned i = 0; i < believed[kind].count; i++)
		if (!memcmp(believed[kind].sum[i], sum, ROOTS_HASH_LEN))
			return true;
	return false;
}

static struct stored *find_stored(const mbedtls_x509_crt *crt)
{
	struct stored *s = store;

	while (s && (s->crt.raw.len != crt->raw.len || memcmp(s->crt.raw.p, crt->raw.p, crt->raw.len)))
		s = (struct stored *)s->crt.next;
	return s;
}

bool roots_has(enum roots_kind kind, const mbedtls_x509_crt *crt)
{
	uint8_t sum[ROOTS_HASH_LEN];

	sum_of(kind, crt, sum);
	return is_believed(kind, sum);
}

bool roots_in_bundle(const mbedtls_x509_crt *crt)
{
	const struct stored *s = believed[ROOTS_BUNDLES].count ? find_stored(crt) : NULL;

	return s && is_believed(ROOTS_BUNDLES, s->file);
}

void roots_sum(enum roots_kind kind, const mbedtls_x509_crt *crt, char text[ROOTS_HASH_TEXT])
{
	uint8_t sum[ROOTS_HASH_LEN];

	sum_of(kind, crt, sum);
	for (unsigned i = 0; i < ROOTS_HASH_LEN; i++)
		snprintf(text + 2 * i, 3, "%02x", sum[i]);
}

void roots_name(const mbedtls_x509_name *name, char text[ROOTS_NAME_MAX])
{
	char whole[512];

	if (mbedtls_x509_dn_gets(whole, sizeof(whole), name) < 0)
		snprintf(whole, sizeof(whole), "(a name of more than %u bytes)", (unsigned)sizeof(whole) - 1);
	if (snprintf(text, ROOTS_NAME_MAX, "%s", *whole ? whole : "(no name)") >= (int)ROOTS_NAME_MAX)
		memcpy(text + ROOTS_NAME_MAX - 4, "...", 4);
}

bool roots_is_called(const mbedtls_x509_crt *crt, const char *cn)
{
	for (const mbedtls_x509_name *n = &crt->subject; n; n = n->next)
		if (n->oid.p && MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &n->oid) == 0 && n->val.len == strlen(cn) &&
		    !memcmp(n->val.p, cn, n->val.len))
			return true;
	return false;
}

/* One of the file's, in DER: 1 when it came, 0 when it is another's or there already, or -E. */
static int store_one(const mbedtls_x509_crt *crt, const char *cn, const uint8_t file[ROOTS_HASH_LEN])
{
	struct stored *there = find_stored(crt);

	if (cn && !roots_is_called(crt, cn))
		return 0;
	if (there) {
		changes += memcmp(there->file, file, ROOTS_HASH_LEN) != 0;
		if (!is_believed(ROOTS_BUNDLES, there->file))
			memcpy(there->file, file, ROOTS_HASH_LEN);
		return 0;
	}
	if (stored_count == ROOTS_STORED_MAX)
		return -ENOSPC;
	struct stored *s = mbedtls_calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	mbedtls_x509_crt_init(&s->crt);
	if (mbedtls_x509_crt_parse_der(&s->crt, crt->raw.p, crt->raw.len) != 0) {
		mbedtls_x509_crt_free(&s->crt);
		mbedtls_free(s);
		return -ENOMEM;
	}
	memcpy(s->file, file, ROOTS_HASH_LEN);
	s->crt.next = (mbedtls_x509_crt *)store;
	store = s;
	stored_count++;
	changes++;
	return 1;
}

static int store_file(const void *data, size_t len, const char *cn)
{
	mbedtls_x509_crt file;
	uint8_t sum[ROOTS_HASH_LEN], *text = mbedtls_calloc(1, len + 1);	/* PEM is to end in a NUL */
	int came = 0, named = 0, n = 0, err;

	if (!text)
		return -ENOMEM;
	memcpy(text, data, len);
	mbedtls_sha256(data, len, sum, 0);
	bool pem = strstr((const char *)text, "-----BEGIN CERTIFICATE-----");
	mbedtls_x509_crt_init(&file);
	err = mbedtls_x509_crt_parse(&file, text, pem ? len + 1 : len);
	mbedtls_free(text);
	bool short_of_memory = tls_short_of_memory;
	for (const mbedtls_x509_crt *c = &file; !short_of_memory && err >= 0 && c && c->raw.p && n >= 0; c = c->next) {
		named += !cn || roots_is_called(c, cn);
		n = store_one(c, cn, sum);
		came += n > 0;
	}
	bool empty = !file.raw.p;
	mbedtls_x509_crt_free(&file);
	if (short_of_memory)
		return -ENOMEM;
	if (err < 0 || empty)
		return -EBADMSG;
	return n < 0 ? n : named ? came : -ENOENT;
}

int roots_store(const void *data, size_t len, const char *cn)
{
	tls_lasting = true;
	tls_short_of_memory = false;
	int n = store_file(data, len, cn);
	tls_lasting = false;
	return n;
}

const mbedtls_x509_crt *roots_stored(void)
{
	return store ? &store->crt : NULL;
}

unsigned roots_free(const char *cn)
{
	unsigned gone = 0;

	for (struct stored **at = &store; *at;) {
		struct stored *s = *at;

		if (cn && !roots_is_called(&s->crt, cn)) {
			at = (struct stored **)&s->crt.next;
			continue;
		}
		*at = (struct stored *)s->crt.next;
		s->crt.next = NULL;		/* those behind it are no part of it */
		mbedtls_x509_crt_free(&s->crt);
		mbedtls_free(s);
		stored_count--;
		changes++;
		gone++;
	}
	return gone;
}
