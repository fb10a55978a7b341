/* SPDX-License-Identifier: BSD-2-Clause */
/* Cookies.  See cookies.h.  Called by http_source.c. */
#include "services/http/cookies.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define MAX_AGE_S 31536000u	/* longer is as good as for ever here, too */

/* In the jar's memory, one behind the other, the oldest first: this; then host, path and "name=value", with NULs. */
struct cookie {
	uint16_t len;			/* all of it */
	bool host_only, secure;
	uint64_t until_us;		/* UINT64_MAX: the session's end */
};

/* What a Set-Cookie says (RFC 6265, 5.2); pieces of it, not ended by NULs. */
struct said {
	const char *pair, *domain, *path;
	size_t pair_len, name_len, domain_len, path_len;
	struct cookie c;
	bool gone;			/* it is to be deleted */
};

static const char *host_of(const uint8_t *at)
{
	return (const char *)at + sizeof(struct cookie);
}

static const char *next_text(const char *text)
{
	return text + strlen(text) + 1;
}

static struct cookie head_of(const uint8_t *at)
{
	struct cookie c;
	memcpy(&c, at, sizeof(c));
	return c;
}

static void trim(const char **s, size_t *len)
{
	while (*len && (**s == ' ' || **s == '\t')) {
		++*s;
		--*len;
	}
	while (*len && ((*s)[*len - 1] == ' ' || (*s)[*len - 1] == '\t'))
		--*len;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool names(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && !strncasecmp(s, word, len);
}

static void max_age(struct said *said, const char *v, size_t len, uint64_t now_us)
{
	uint64_t n = 0;

	if (!len || !(is_digit(*v) || *v == '-'))
		return;
	for (size_t i = 0; i < len && is_digit(v[i]) && n <= MAX_AGE_S; i++)
		n = n * 10 + (uint64_t)(v[i] - '0');
	said->gone = !n;
	said->c.until_us = n > MAX_AGE_S ? UINT64_MAX : now_us + n * 1000000;
}

/* "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01-Jan-70 ...": a year of the century before. */
static bool long_past(const char *v, size_t len)
{
	for (size_t i = 1; i + 2 < len; i++) {
		if ((v[i - 1] == ' ' || v[i - 1] == '-') && v[i] == '1' && v[i + 1] == '9' && is_digit(v[i + 2]))
			return true;
		if (v[i - 1] == '-' && v[i] >= '7' && v[i] <= '9' && is_digit(v[i + 1]) && v[i + 2] == ' ')
			return true;
	}
	return false;
}

static void attribute(struct said *said, const char *name, size_t len, uint64_t now_us, bool *aged)
{
	const char *eq = memchr(name, '=', len), *v = eq ? eq + 1 : name + len;
	size_t v_len = (size_t)(name + len - v), n_len = eq ? (size_t)(eq - name) : len;

	trim(&name, &n_len);
	trim(&v, &v_len);
	if (names(name, n_len, "secure")) {
		said->c.secure = true;
	} else if (names(name, n_len, "max-age")) {
		max_age(said, v, v_len, now_us);
		*aged = true;
	} else if (names(name, n_len, "expires") && !*aged) {
		said->gone = long_past(v, v_len);
	} else if (names(name, n_len, "domain")) {
		said->domain = v + (v_len && *v == '.');
		said->domain_len = v_len - (v_len && *v == '.');
	} else if (names(name, n_len, "path")) {
		said->path = v;
		said->path_len = v_len && *v == '/' ? v_len : 0;
	}
}

/* False if it is no cookie. */
static bool read_it(struct said *said, const char *s, uint64_t now_us)
{
	bool aged = false;
	const char *eq;

	for (const char *p = s; *p; p++)
		if ((*p < ' ' && *p != '\t') || *p > '~')
			return false;
	*said = (struct said){ .pair = s, .pair_len = strcspn(s, ";"), .c.until_us = UINT64_MAX };
	trim(&said->pair, &said->pair_len);
	eq = memchr(said->pair, '=', said->pair_len);
	said->name_len = eq ? (size_t)(eq - said->pair) : 0;
	for (s += strcspn(s, ";"); *s; s += strcspn(s, ";")) {
		s++;
		attribute(said, s, strcspn(s, ";"), now_us, &aged);
	}
	return said->name_len;
}

/* The host is that domain, or in it (5.1.3); an address is only itself. */
static bool in_domain(const char *host, const char *domain, size_t len)
{
	size_t n = strlen(host);

	if (n == len)
		return !strncasecmp(host, domain, len);
	return n > len && host[n - len - 1] == '.' && !strncasecmp(host + n - len, domain, len) &&
	       !is_digit(host[n - 1]);
}

/* 5.1.4 */
static bool on_path(const char *target, const char *path)
{
	size_t len = strcspn(target, "?"), n = strlen(path);

	return n <= len && !memcmp(target, path, n) && (n == len || path[n - 1] == '/' || target[n] == '/');
}

static void drop(struct cookie_jar *j, uint8_t *at)
{
	size_t len = head_of(at).len;

	j->len -= len;
	memmove(at, at + len, j->len - (size_t)(at - j->data));
}

/* The one of the same name, host and path goes: false if that is one for https alone, which http cannot change. */
static bool drop_same(struct cookie_jar *j, const char *host, size_t host_len, const char *path, size_t path_len,
		      const struct said *said, bool by_https)
{
	for (uint8_t *at = j->data; at < j->data + j->len;) {
		const char *h = host_of(at), *p = next_text(h), *pair = next_text(p);

		if (strlen(h) == host_len && !strncasecmp(h, host, host_len) && strlen(p) == path_len &&
		    !memcmp(p, path, path_len) && !strncmp(pair, said->pair, said->name_len) &&
		    pair[said->name_len] == '=') {
			if (head_of(at).secure && !by_https)
				return false;
			drop(j, at);
		} else {
			at += head_of(at).len;
		}
	}
	return true;
}

/* Room for so much more of a host's: the oldest of its own go where it would have more than a request can tell it. */
static void make_room(struct cookie_jar *j, const char *host, size_t host_len, size_t len)
{
	uint8_t *oldest;

	do {
		size_t all = len;
		oldest = NULL;
		for (uint8_t *at = j->data; at < j->data + j->len; at += head_of(at).len)
			if (strlen(host_of(at)) == host_len && !strncasecmp(host_of(at), host, host_len)) {
				all += head_of(at).len;
				oldest = oldest ? oldest : at;
			}
		if (oldest && all > COOKIES_SENT)
			drop(j, oldest);
		else
			oldest = NULL;
	} while (oldest);
	while (j->len + len > sizeof(j->data))
		drop(j, j->data);
}

static uint8_t *put(uint8_t *to, const char *text, size_t len)
{
	memcpy(to, text, len);
	to[len] = '\0';
	return to + len + 1;
}

void cookies_take(struct cookie_jar *j, const struct url *from, const char *text, uint64_t now_us)
{
	struct said said;
	const char *host = from->host, *path = from->target, *end = path + strcspn(path, "?");
	size_t host_len = strlen(host), path_len, len;

	if (!read_it(&said, text, now_us) || (said.c.secure && strcmp(from->scheme, "https")))
		return;
	said.c.host_only = !said.domain_len;
	if (said.domain_len) {
		if (!in_domain(host, said.domain, said.domain_len) ||
		    (said.domain_len != host_len && !memchr(said.domain, '.', said.domain_len)))
			return;
		host = said.domain;
		host_len = said.domain_len;
	}
	while (end > path && *end != '/')
		end--;
	path_len = end > path ? (size_t)(end - path) : 1;	/* the target begins with a '/' */
	if (said.path_len) {
		path = said.path;
		path_len = said.path_len;
	}
	if (!drop_same(j, host, host_len, path, path_len, &said, !strcmp(from->scheme, "https")))
		return;			/* RFC 6265bis, 5.7 */
	len = sizeof(said.c) + host_len + path_len + said.pair_len + 3;
	if (said.gone || said.pair_len >= COOKIES_SENT || len > sizeof(j->data))
		return;
	make_room(j, host, host_len, len);
	said.c.len = (uint16_t)len;
	uint8_t *to = j->data + j->len;

	memcpy(to, &said.c, sizeof(said.c));
	to = put(to + sizeof(said.c), host, host_len);
	to = put(to, path, path_len);
	put(to, said.pair, said.pair_len);
	j->len += len;
}

static bool belongs(const uint8_t *at, const struct url *to, uint64_t now_us)
{
	struct cookie c = head_of(at);
	const char *host = host_of(at);

	return c.until_us > now_us && (!c.secure || !strcmp(to->scheme, "https")) &&
	       (c.host_only ? !strcasecmp(host, to->host) : in_domain(to->host, host, strlen(host))) &&
	       on_path(to->target, next_text(host));
}

size_t cookies_write(const struct cookie_jar *j, const struct url *to, uint64_t now_us, char *out, size_t cap)
{
	size_t len = 0, longest = SIZE_MAX;

	*out = '\0';
	while (longest) {		/* longer paths first, and then as they came (5.4) */
		size_t below = longest;

		longest = 0;
		for (const uint8_t *at = j->data; at < j->data + j->len; at += head_of(at).len) {
			size_t n = strlen(next_text(host_of(at)));
			if (n < below && n > longest && belongs(at, to, now_us))
				longest = n;
		}
		for (const uint8_t *at = j->data; longest && at < j->data + j->len; at += head_of(at).len) {
			const char *path = next_text(host_of(at)), *pair = next_text(path);
			size_t n = strlen(pair), gap = len ? 2 : 0;

			if (strlen(path) != longest || !belongs(at, to, now_us) || len + gap + n >= cap)
				continue;
			memcpy(out + len, "; ", gap);
			memcpy(out + len + gap, pair, n + 1);
			len += gap + n;
		}
	}
	return len;
}
