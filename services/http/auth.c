/* SPDX-License-Identifier: BSD-2-Clause */
/* Challenges and their answers: see auth.h.  Called by http_head.c and http_request.c. */
#include "services/http/auth.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <mbedtls/md5.h>
#include <mbedtls/sha256.h>

#include "services/fetch/url.h"

/* ---- reading challenges ---- */

#define WORD_MAX 32u

static bool is_token(char ch)
{
	return ch > ' ' && ch < 0x7f && !strchr("()<>@,;:\\\"/[]?={}", ch);
}

/* A token, as much of it as there is room for; past it. */
static const char *get_token(const char *s, char *out, size_t cap)
{
	size_t n = 0;

	for (; is_token(*s); s++)
		if (n + 1 < cap)
			out[n++] = *s;
	out[n] = '\0';
	return s;
}

/* A token or a quoted string; *fits: all of it is in out, and printable. */
static const char *get_value(const char *s, char *out, size_t cap, bool *fits)
{
	bool quoted = *s == '"';
	size_t n = 0;

	*fits = true;
	for (s += quoted; *s && (quoted ? *s != '"' : *s != ',' && *s != ' ' && *s != '\t'); s++) {
		if (quoted && *s == '\\' && s[1])
			s++;
		if (n + 1 >= cap || (unsigned char)*s < ' ' || *s == 0x7f)
			*fits = false;
		else
			out[n++] = *s;
	}
	out[n] = '\0';
	return s + (quoted && *s);
}

/* A word of a list that is parted by commas and blanks. */
static bool lists(const char *s, const char *word)
{
	for (size_t len; s += strspn(s, ", \t"), *s; s += len) {
		len = strcspn(s, ", \t");
		if (len == strlen(word) && !strncasecmp(s, word, len))
			return true;
	}
	return false;
}

/* What one challenge says: d collects, bad: it cannot be answered. */
struct reading {
	char scheme[WORD_MAX];
	struct http_challenge d;
	bool bad, has_qop;
};

static void parameter(struct reading *r, const char *name, const char *value, bool fits)
{
	struct http_challenge *d = &r->d;
	size_t len = strlen(value);

	if (!strcasecmp(name, "realm") || !strcasecmp(name, "nonce") || !strcasecmp(name, "opaque")) {
		r->bad |= !fits;
		strcpy(*name == 'r' || *name == 'R' ? d->realm : *name == 'n' || *name == 'N' ? d->nonce : d->opaque,
		       value);
		d->has_opaque |= *name == 'o' || *name == 'O';
	} else if (!strcasecmp(name, "algorithm")) {
		d->session = len > 5 && !strcasecmp(value + len - 5, "-sess");
		len -= d->session ? 5 : 0;
		d->digest = len == 3 && !strncasecmp(value, "md5", len) ? DIGEST_MD5 :
			    len == 7 && !strncasecmp(value, "sha-256", len) ? DIGEST_SHA256 : DIGEST_NONE;
	} else if (!strcasecmp(name, "qop")) {
		r->has_qop = true;
		d->auth = lists(value, "auth");
	}
}

/* The challenge is whole: it is kept if there is no better one. */
static void take(struct http_challenge *c, struct reading *r)
{
	bool basic = c->basic || !strcasecmp(r->scheme, "basic");

	if (!strcasecmp(r->scheme, "digest") && !r->bad && r->d.nonce[0] && (r->d.auth || !r->has_qop) &&
	    r->d.digest > c->digest)
		*c = r->d;
	c->basic = basic;
	*r = (struct reading){ .d = { .digest = DIGEST_MD5 } };	/* which is meant where none is named */
}

void http_challenge_read(struct http_challenge *c, const char *s)
{
	struct reading r = { .d = { .digest = DIGEST_MD5 } };
	char name[WORD_MAX], value[AUTH_TEXT_MAX];
	const char *after;
	bool fits;

	while (s += strspn(s, ", \t"), *s) {
		after = get_token(s, name, sizeof(name));
		if (after == s)			/* no such thing can stand here */
			break;
		s = after + strspn(after, " \t");
		if (*s == '=') {
			s++;
			s = get_value(s + strspn(s, " \t"), value, sizeof(value), &fits);
			parameter(&r, name, value, fits);
		} else {
			take(c, &r);
			strcpy(r.scheme, name);
		}
	}
	take(c, &r);
}

/* ---- answering ---- */


#define MD5_LEN 16u
#define SHA256_LEN 32u

/* Of texts with ':' between them, up to a NULL. */
static size_t hash_md5(const char *const *texts, uint8_t *out)
{
	mbedtls_md5_context ctx;

	mbedtls_md5_init(&ctx);
	mbedtls_md5_starts(&ctx);
	for (const char *const *t = texts; *t; t++) {
		mbedtls_md5_update(&ctx, (const uint8_t *)":", t != texts);
		mbedtls_md5_update(&ctx, (const uint8_t *)*t, strlen(*t));
	}
	mbedtls_md5_finish(&ctx, out);
	mbedtls_md5_free(&ctx);
	return MD5_LEN;
}

static size_t hash_sha256(const char *const *texts, uint8_t *out)
{
	mbedtls_sha256_context ctx;

	mbedtls_sha256_init(&ctx);
	mbedtls_sha256_starts(&ctx, 0);
	for (const char *const *t = texts; *t; t++) {
		mbedtls_sha256_update(&ctx, (const uint8_t *)":", t != texts);
		mbedtls_sha256_update(&ctx, (const uint8_t *)*t, strlen(*t));
	}
	mbedtls_sha256_finish(&ctx, out);
	mbedtls_sha256_free(&ctx);
	return SHA256_LEN;
}

/* As hexadecimal digits. */
static void hash_texts(const struct http_challenge *c, const char *const *texts, char out[AUTH_DIGEST_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t hash[SHA256_LEN];
	size_t n = c->digest == DIGEST_SHA256 ? hash_sha256(texts, hash) : hash_md5(texts, hash);

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[hash[i] >> 4];
		out[2 * i + 1] = digits[hash[i] & 15];
	}
	out[2 * n] = '\0';
}

void http_digest(const struct http_challenge *c, const struct http_login *l, const char *method, const char *uri,
		 const char *cnonce, char out[AUTH_DIGEST_TEXT])
{
	char who[AUTH_DIGEST_TEXT], what[AUTH_DIGEST_TEXT], nc[9];

	hash_texts(c, (const char *[]){ l->user, c->realm, l->password, NULL }, who);
	if (c->session) {
		memcpy(out, who, sizeof(who));
		hash_texts(c, (const char *[]){ out, c->nonce, cnonce, NULL }, who);
	}
	hash_texts(c, (const char *[]){ method, uri, NULL }, what);
	snprintf(nc, sizeof(nc), "%08x", c->nc);
	if (c->auth)
		hash_texts(c, (const char *[]){ who, c->nonce, nc, cnonce, "auth", what, NULL }, out);
	else
		hash_texts(c, (const char *[]){ who, c->nonce, what, NULL }, out);
}

/* ---- who one is ---- */

static char user_set[URL_SECRET_MAX], password_set[URL_SECRET_MAX];

bool http_login_set(const char *user, const char *password)
{
	bool fits = strlen(user) < sizeof(user_set) && strlen(password) < sizeof(password_set);

	snprintf(user_set, sizeof(user_set), "%s", fits ? user : "");
	snprintf(password_set, sizeof(password_set), "%s", fits ? password : "");
	return fits;
}

const struct http_login *http_login_of_settings(void)
{
	static const struct http_login login = { user_set, password_set };

	return user_set[0] ? &login : NULL;
}
