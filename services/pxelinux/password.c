/* SPDX-License-Identifier: BSD-2-Clause */
/* Encrypted passwords.  See password.h. */
#include "services/pxelinux/password.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/md.h>

#define SALT_MD5_MAX 8u
#define SALT_SHA_MAX 16u
#define ROUNDS_MD5 1000ul
#define ROUNDS_DEFAULT 5000ul
#define ROUNDS_MIN 1000ul
#define ROUNDS_AT_ONCE 100ul
#define TYPED_MAX 256u			/* the cost of a password grows with its square */
#define DIGITS_MAX 88u			/* of 64 bytes */
#define ROUNDS_WORD "rounds="

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char crypt64[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

struct text {
	const uint8_t *at;
	size_t len;
};

struct work {
	mbedtls_md_context_t md;
	size_t size;			/* of the hash */
	struct text key, salt;
	bool (*pause)(void);
};

static void add(struct work *w, const void *at, size_t len)
{
	mbedtls_md_update(&w->md, at, len);
}

static void add_text(struct work *w, struct text t)
{
	add(w, t.at, t.len);
}

/* A hash, again and again, until so many bytes are there. */
static void add_repeated(struct work *w, const uint8_t *hash, size_t len)
{
	for (; len > w->size; len -= w->size)
		add(w, hash, w->size);
	add(w, hash, len);
}

/* So many digits of 24 bits, the lowest first. */
static char *put_digits(char *out, uint32_t bits, unsigned digits)
{
	for (; digits--; bits >>= 6)
		*out++ = crypt64[bits & 63];
	return out;
}

static uint32_t bits_of(const uint8_t *h, unsigned a, unsigned b, unsigned c)
{
	return (uint32_t)h[a] << 16 | (uint32_t)h[b] << 8 | h[c];
}

/* ---- SHA-256 and SHA-512 ---- */

/* A hash spread over len bytes, which are the caller's to free. */
static uint8_t *spread(const struct work *w, const uint8_t *hash, size_t len)
{
	uint8_t *out = malloc(len + 1);
	for (size_t at = 0; out && at < len; at += w->size)
		memcpy(out + at, hash, len - at < w->size ? len - at : w->size);
	return out;
}

static void sha_rounds(struct work *w, unsigned long i, uint8_t *hash, struct text p, struct text s)
{
	mbedtls_md_starts(&w->md);
	if (i & 1)
		add_text(w, p);
	else
		add(w, hash, w->size);
	if (i % 3)
		add_text(w, s);
	if (i % 7)
		add_text(w, p);
	if (i & 1)
		add(w, hash, w->size);
	else
		add_text(w, p);
	mbedtls_md_finish(&w->md, hash);
}

static void sha_digits(const struct work *w, const uint8_t *h, char *out)
{
	unsigned third = (unsigned)w->size / 3, a = 0, b = third, c = 2 * third;
	for (unsigned i = 0; i < third; i++) {
		out = put_digits(out, bits_of(h, a, b, c), 4);
		unsigned first = a;		/* the three go round, each time one on */
		if (w->size == 32)
			a = c + 1, c = b + 1, b = first + 1;
		else
			a = b + 1, b = c + 1, c = first + 1;
	}
	out = w->size == 32 ? put_digits(out, (uint32_t)h[31] << 8 | h[30], 3) : put_digits(out, h[63], 2);
	*out = '\0';
}

/* The steps' names are those of the description. */
static enum password sha_crypt(struct work *w, unsigned long rounds, char *out)
{
	uint8_t a[MBEDTLS_MD_MAX_SIZE], b[MBEDTLS_MD_MAX_SIZE];
	mbedtls_md_starts(&w->md);
	add_text(w, w->key);
	add_text(w, w->salt);
	add_text(w, w->key);
	mbedtls_md_finish(&w->md, b);
	mbedtls_md_starts(&w->md);
	add_text(w, w->key);
	add_text(w, w->salt);
	add_repeated(w, b, w->key.len);
	for (size_t n = w->key.len; n; n >>= 1) {
		if (n & 1)
			add(w, b, w->size);
		else
			add_text(w, w->key);
	}
	mbedtls_md_finish(&w->md, a);
	mbedtls_md_starts(&w->md);
	for (size_t i = 0; i < w->key.len; i++)
		add_text(w, w->key);
	mbedtls_md_finish(&w->md, b);
	struct text p = { .at = spread(w, b, w->key.len), .len = w->key.len };
	mbedtls_md_starts(&w->md);
	for (unsigned i = 0; i < 16u + a[0]; i++)
		add_text(w, w->salt);
	mbedtls_md_finish(&w->md, b);
	struct text s = { .at = spread(w, b, w->salt.len), .len = w->salt.len };
	enum password result = p.at && s.at ? PASSWORD_OPENS : PASSWORD_NO_MEMORY;
	for (unsigned long i = 0; result == PASSWORD_OPENS && i < rounds; i++) {
		sha_rounds(w, i, a, p, s);
		if (i % ROUNDS_AT_ONCE == 0 && w->pause())
			result = PASSWORD_ENDED;
	}
	free((void *)p.at);
	free((void *)s.at);
	sha_digits(w, a, out);
	return result;
}

/* ---- MD5 ---- */

static void md5_round(struct work *w, unsigned i, uint8_t *hash)
{
	mbedtls_md_starts(&w->md);
	if (i & 1)
		add_text(w, w->key);
	else
		add(w, hash, w->size);
	if (i % 3)
		add_text(w, w->salt);
	if (i % 7)
		add_text(w, w->key);
	if (i & 1)
		add(w, hash, w->size);
	else
		add_text(w, w->key);
	mbedtls_md_finish(&w->md, hash);
}

static enum password md5_crypt(struct work *w, char *out)
{
	uint8_t h[MBEDTLS_MD_MAX_SIZE];
	mbedtls_md_starts(&w->md);
	add_text(w, w->key);
	add_text(w, w->salt);
	add_text(w, w->key);
	mbedtls_md_finish(&w->md, h);
	mbedtls_md_starts(&w->md);
	add_text(w, w->key);
	add(w, "$1$", 3);
	add_text(w, w->salt);
	add_repeated(w, h, w->key.len);
	for (size_t n = w->key.len; n; n >>= 1)		/* a zero, or the first letter */
		add(w, n & 1 ? (const void *)"" : w->key.at, 1);
	mbedtls_md_finish(&w->md, h);
	for (unsigned i = 0; i < ROUNDS_MD5; i++) {
		md5_round(w, i, h);
		if (i % ROUNDS_AT_ONCE == 0 && w->pause())
			return PASSWORD_ENDED;
	}
	for (unsigned i = 0; i < 5; i++)
		out = put_digits(out, bits_of(h, i, i + 6, i == 4 ? 5 : i + 12), 4);
	*put_digits(out, h[11], 2) = '\0';
	return PASSWORD_OPENS;
}

/* ---- SHA-1, once ---- */

static enum password sha1_text(struct work *w, char *out)
{
	uint8_t h[MBEDTLS_MD_MAX_SIZE] = { 0 };
	mbedtls_md_starts(&w->md);
	add_text(w, w->salt);
	add_text(w, w->key);
	mbedtls_md_finish(&w->md, h);
	unsigned digits = ((unsigned)w->size * 8 + 5) / 6;
	for (unsigned i = 0; i < digits; i++) {
		unsigned bit = i * 6, two = (unsigned)h[bit / 8] << 8 | h[bit / 8 + 1];
		*out++ = base64[two >> (10 - bit % 8) & 63];
	}
	*out = '\0';
	return PASSWORD_OPENS;
}

/* ---- which ---- */

static const struct kind {
	char letter;
	mbedtls_md_type_t md;
	size_t salt_max;
} kinds[] = {
	{ '1', MBEDTLS_MD_MD5, SALT_MD5_MAX }, { '4', MBEDTLS_MD_SHA1, SIZE_MAX },
	{ '5', MBEDTLS_MD_SHA256, SALT_SHA_MAX }, { '6', MBEDTLS_MD_SHA512, SALT_SHA_MAX },
};

/* An encrypted one's parts. */
struct kept {
	const struct kind *kind;
	unsigned long rounds;
	struct text salt;
	const char *digits;
};

static bool parse(const char *text, struct kept *k)
{
	char *end;
	*k = (struct kept){ .rounds = ROUNDS_DEFAULT };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (text[0] == '$' && text[1] == kinds[i].letter && text[2] == '$')
			k->kind = &kinds[i];
	if (!k->kind)
		return false;
	text += 3;
	if (k->kind->letter >= '5' && !strncmp(text, ROUNDS_WORD, sizeof(ROUNDS_WORD) - 1)) {
		k->rounds = strtoul(text + sizeof(ROUNDS_WORD) - 1, &end, 10);
		if (*end != '$' || k->rounds > PASSWORD_ROUNDS_MAX)
			return false;
		k->rounds = k->rounds < ROUNDS_MIN ? ROUNDS_MIN : k->rounds;
		text = end + 1;
	}
	size_t len = strcspn(text, "$");
	bool ended = text[len];
	k->digits = text + len + 1;
	len = len < k->kind->salt_max ? len : k->kind->salt_max;
	k->salt = (struct text){ .at = (const uint8_t *)text, .len = len };
	return ended && *k->digits && strlen(k->digits) <= DIGITS_MAX;
}

bool password_is_known(const char *kept)
{
	struct kept k;
	return kept[0] != '$' || parse(kept, &k);
}

/* In a time that does not tell where they differ. */
static bool same(const char *a, const char *b)
{
	size_t len = strlen(a), other = strlen(b);
	unsigned differ = len != other;
	for (size_t i = 0; len == other && i < len; i++)
		differ |= (unsigned char)a[i] ^ (unsigned char)b[i];
	return !differ;
}

enum password password_check(const char *kept, const char *typed, bool (*pause)(void))
{
	char digits[DIGITS_MAX + 1], wanted[DIGITS_MAX + 1];
	struct kept k;
	if (kept[0] != '$')
		return *kept && same(kept, typed) ? PASSWORD_OPENS : PASSWORD_WRONG;
	if (!parse(kept, &k))
		return PASSWORD_FORM;
	if (strlen(typed) > TYPED_MAX)
		return PASSWORD_WRONG;
	struct work w = { .key = { (const uint8_t *)typed, strlen(typed) }, .salt = k.salt, .pause = pause };
	const mbedtls_md_info_t *md = mbedtls_md_info_from_type(k.kind->md);
	w.size = mbedtls_md_get_size(md);
	mbedtls_md_init(&w.md);
	enum password result = PASSWORD_NO_MEMORY;
	if (mbedtls_md_setup(&w.md, md, 0) == 0)
		result = k.kind->letter == '1' ? md5_crypt(&w, digits) :
			 k.kind->letter == '4' ? sha1_text(&w, digits) : sha_crypt(&w, k.rounds, digits);
	mbedtls_md_free(&w.md);
	/* sha1pass writes a $ behind it, and others padding */
	size_t len = strcspn(k.digits, "$=");
	memcpy(wanted, k.digits, len);
	wanted[len] = '\0';
	return result == PASSWORD_OPENS && !same(digits, wanted) ? PASSWORD_WRONG : result;
}
