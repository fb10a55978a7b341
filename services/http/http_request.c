/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP requests (RFC 9110), with who asks for it (RFC 7617, 7616).
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "services/fetch/params.h"
#include "services/http/http.h"

struct text {
	char *p;
	size_t cap, len;
	bool full;
};

static void __attribute__((format(printf, 2, 3))) add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p + t->len, t->cap - t->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->cap - t->len)
		t->full = true;
	else
		t->len += (size_t)n;
}

/* "user:password" in base64 (RFC 4648, 4). */
static void add_basic(struct text *t, const struct http_login *l)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char plain[2 * URL_SECRET_MAX];
	size_t n = (size_t)snprintf(plain, sizeof(plain), "%s:%s", l->user, l->password);

	add(t, "Basic ");
	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)(uint8_t)plain[i] << 16;

		if (i + 1 < n)
			v |= (uint32_t)(uint8_t)plain[i + 1] << 8;
		if (i + 2 < n)
			v |= (uint8_t)plain[i + 2];
		add(t, "%c%c%c%c", digits[v >> 18], digits[v >> 12 & 63],
		    i + 1 < n ? digits[v >> 6 & 63] : '=', i + 2 < n ? digits[v & 63] : '=');
	}
	add(t, "\r\n");
}

/* name="value"; what would end a header's line is left out: a server that has such a user does not know him so. */
static void add_quoted(struct text *t, const char *name, const char *value)
{
	add(t, "%s=\"", name);
	for (; *value; value++)
		if (*value != '\r' && *value != '\n')
			add(t, *value == '"' || *value == '\\' ? "\\%c" : "%c", *value);
	add(t, "\"");
}

/* RFC 7616, 3.4 */
static void add_digest(struct text *t, const struct http_challenge *c, const struct http_login *l, const char *method,
		       const struct http_request *r)
{
	char response[AUTH_DIGEST_TEXT];

	http_digest(c, l, method, r->url->target, r->cnonce, response);
	add_quoted(t, "Digest username", l->user);
	add_quoted(t, ", realm", c->realm);
	add_quoted(t, ", nonce", c->nonce);
	add_quoted(t, ", uri", r->url->target);
	add(t, ", response=\"%s\", algorithm=%s%s", response, c->digest == DIGEST_SHA256 ? "SHA-256" : "MD5",
	    c->session ? "-sess" : "");
	if (c->has_opaque)
		add_quoted(t, ", opaque", c->opaque);
	if (c->auth || c->session)
		add(t, ", cnonce=\"%s\"", r->cnonce);
	if (c->auth)
		add(t, ", qop=auth, nc=%08x", c->nc);
	add(t, "\r\n");
}

static void add_login(struct text *t, const char *header, const struct http_challenge *c, const struct http_login *l,
		      const char *method, const struct http_request *r)
{
	add(t, "%s: ", header);
	if (c && c->digest)
		add_digest(t, c, l, method, r);
	else
		add_basic(t, l);
}

static void add_proxy_login(struct text *t, const char *method, const struct http_request *r)
{
	if (!r->proxy || !r->proxy->has_user)
		return;
	const struct http_login l = { r->proxy->user, r->proxy->password };

	add_login(t, "Proxy-Authorization", r->proxy_challenge, &l, method, r);
}

static void add_host(struct text *t, const struct url *u)
{
	add(t, "%s", u->host);
	if (u->port != (strcmp(u->scheme, "https") ? 80 : 443))
		add(t, ":%u", u->port);
}

static int build(char *buf, size_t cap, const struct http_request *r, const char *cookies)
{
	struct text t = { .p = buf, .cap = cap };
	const struct url *u = r->url;

	const char *method = r->method ? r->method : r->body_type ? "POST" : "GET";
	const struct http_login of_url = { u->user, u->password }, *login = u->has_user ? &of_url : r->login;

	add(&t, "%s ", method);
	if (!strcmp(method, "CONNECT")) {	/* RFC 9112, 3.2.3; what is the server's, it hears by that tunnel */
		add(&t, "%s:%u HTTP/1.1\r\nHost: %s:%u\r\nUser-Agent: %s\r\n", u->host, u->port, u->host, u->port,
		    r->agent && *r->agent ? r->agent : HTTP_AGENT);
		add_proxy_login(&t, method, r);
		add(&t, "\r\n");
		return t.full ? -ENOBUFS : (int)t.len;
	}
	if (r->proxy) {			/* RFC 9112, 3.2.2 */
		add(&t, "%s://", u->scheme);
		add_host(&t, u);
	}
	add(&t, "%s HTTP/1.1\r\nHost: ", u->target);
	add_host(&t, u);
	add(&t, "\r\n");
	if (!params_has_header(r->headers, "User-Agent"))
		add(&t, "User-Agent: %s\r\n", r->agent && *r->agent ? r->agent : HTTP_AGENT);
	if (!params_has_header(r->headers, "Accept"))
		add(&t, "Accept: */*\r\n");
	if (!params_has_header(r->headers, "Accept-Encoding"))
		add(&t, "Accept-Encoding: identity\r\n");
	add(&t, "Connection: keep-alive\r\n%s", r->headers ? r->headers : "");
	if (cookies && *cookies && !params_has_header(r->headers, "Cookie"))
		add(&t, "Cookie: %s\r\n", cookies);
	if (r->body_type)
		add(&t, "Content-Type: %s\r\nContent-Length: %lu\r\n", r->body_type, (unsigned long)r->body_len);
	if (r->range_from || r->range_to) {
		add(&t, "Range: bytes=%llu-", (unsigned long long)r->range_from);
		add(&t, r->range_to ? "%llu\r\n" : "\r\n", (unsigned long long)r->range_to);
		if (r->if_range && r->if_range[0])
			add(&t, "If-Range: %s\r\n", r->if_range);
	}
	if (login && !params_has_header(r->headers, "Authorization"))
		add_login(&t, "Authorization", r->challenge, login, method, r);
	add_proxy_login(&t, method, r);
	add(&t, "\r\n");
	return t.full ? -ENOBUFS : (int)t.len;
}

int http_build_request(char *buf, size_t cap, const struct http_request *r)
{
	int n = build(buf, cap, r, r->cookies);

	/* a long URL, which somebody has asked for, comes before what a server has said in passing */
	return n == -ENOBUFS ? build(buf, cap, r, NULL) : n;
}
