/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How servers and proxies ask who one is (RFC 9110, 11.6; Basic: RFC 7617;
 * Digest: RFC 7616, with MD5 or SHA-256), and what Digest answers.  Pure.
 */
#ifndef SERVICES_HTTP_AUTH_H
#define SERVICES_HTTP_AUTH_H

#include <stdbool.h>

#define AUTH_TEXT_MAX 256u		/* of a realm, nonce or opaque, with a NUL */
#define AUTH_DIGEST_TEXT 65u		/* a digest in hexadecimal digits, with a NUL */
#define AUTH_CNONCE_TEXT 17u

/* The best of what a head's challenges offer; all zero: none that we can answer. */
struct http_challenge {
	bool basic;
	enum { DIGEST_NONE, DIGEST_MD5, DIGEST_SHA256 } digest;
	/* Of the digest, without quotation marks. */
	bool session, auth;		/* algorithm "...-sess"; qop "auth" is there, without it the older way */
	bool has_opaque;
	unsigned nc;			/* requests that answer it, the one that is sent too (RFC 7616, 3.4) */
	char realm[AUTH_TEXT_MAX], nonce[AUTH_TEXT_MAX], opaque[AUTH_TEXT_MAX];
};

/* A header's value: one challenge, or several. */
void http_challenge_read(struct http_challenge *c, const char *value);

struct http_login {
	const char *user, *password;
};

/* What is answered to a digest challenge. */
void http_digest(const struct http_challenge *c, const struct http_login *l, const char *method, const char *uri,
		 const char *cnonce, char out[AUTH_DIGEST_TEXT]);

/* Who one is where a URL does not say; user "": nobody.  False: too long, and then nobody. */
bool http_login_set(const char *user, const char *password);
/* NULL: nobody. */
const struct http_login *http_login_of_settings(void);

#endif
