/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * URLs: RFC 3986, of the schemes in the table (scheme.h).  Leaves out IPv6
 * literals, international names, and normalisation beyond dot segments and
 * letter case.  Called by the fetch service and by whoever turns a script's or
 * a DHCP server's words into something to fetch.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/secret.h"
#include "net/net.h"
#include "services/fetch/scheme.h"
#include "services/fetch/url.h"

static bool is_alpha(char ch)
{
	return (ch | 0x20) >= 'a' && (ch | 0x20) <= 'z';
}

static bool is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

static char lower(char ch)
{
	return ch >= 'A' && ch <= 'Z' ? (char)(ch + 32) : ch;
}

static int hex(char ch)
{
	if (is_digit(ch))
		return ch - '0';
	ch = lower(ch);
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* Length of the scheme before its ':', or 0 (RFC 3986, 3.1). */
static size_t scheme_len(const char *s)
{
	size_t n = 0;

	if (!is_alpha(s[0]))
		return 0;
	while (is_alpha(s[n]) || is_digit(s[n]) || s[n] == '+' || s[n] == '-' || s[n] == '.')
		n++;
	return s[n] == ':' ? n : 0;
}

/* Of a path without a folder by '/', the part up to its last `\`, encoded; 0: there is none. */
static size_t backslash_folder(const char *path, size_t len)
{
	for (size_t i = len; i-- > 1;)
		if (path[i] == '/')
			return 0;
	for (size_t i = len; i-- > 3;)
		if (path[i - 2] == '%' && path[i - 1] == '5' && (path[i] | 0x20) == 'c')
			return i + 1;
	return 0;
}

static bool is_bare_scheme(const char *name, size_t len)
{
	const struct scheme *bare = scheme_of_bare_names();

	return bare && strlen(bare->name) == len && !strncmp(bare->name, name, len);
}

size_t url_bare_folder_len(const char *name)
{
	const char *slash = strrchr(name, '/'), *last = slash ? slash : strrchr(name, '\\');

	return last ? (size_t)(last + 1 - name) : 0;
}

size_t url_folder_len(const char *text)
{
	const char *host = strstr(text, "://");
	size_t path = host ? (size_t)(host - text) + 3 : 0, len;
	path += strcspn(text + path, "/?#");
	len = path + strcspn(text + path, "?#");
	size_t folder = host && is_bare_scheme(text, (size_t)(host - text)) ?
			backslash_folder(text + path, len - path) : 0;
	if (folder)
		return path + folder;
	while (len > path && text[len - 1] != '/')
		len--;
	return len;
}

bool url_is_absolute(const char *text)
{
	return scheme_len(text) != 0;
}

static uint16_t default_port(const char *name)
{
	const struct scheme *s = scheme_find(name);

	return s ? s->port : 0;
}

int url_decode(const char *src, size_t len, char *buf, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char ch = src[i];

		if (ch == '%' && len - i > 2 && hex(src[i + 1]) >= 0 && hex(src[i + 2]) >= 0) {
			ch = (char)(hex(src[i + 1]) << 4 | hex(src[i + 2]));
			i += 2;
		}
		if (!ch)
			return -EINVAL;
		if (n + 1 >= cap)
			return -ENAMETOOLONG;
		buf[n++] = ch;
	}
	buf[n] = '\0';
	return (int)n;
}

/* Appends a byte of a path or query, encoded if it must be. */
static int put_encoded(char *buf, size_t cap, size_t *n, char ch, bool encode)
{
	static const char digits[] = "0123456789ABCDEF";

	if (*n + (encode ? 3 : 1) >= cap)
		return -ENAMETOOLONG;
	if (encode) {
		buf[(*n)++] = '%';
		buf[(*n)++] = digits[(uint8_t)ch >> 4];
		ch = digits[(uint8_t)ch & 15];
	}
	buf[(*n)++] = ch;
	buf[*n] = '\0';
	return 0;
}

static bool unsafe(char ch)
{
	return ch <= ' ' || ch >= 0x7f || strchr("\"<>\\^`{|}", ch);
}

/* Path and query as they go on the wire: what is encoded stays, what must be is. */
static int encode_target(const char *src, size_t len, char *buf, size_t cap, size_t *n)
{
	int err = 0;

	for (size_t i = 0; i < len && !err; i++) {
		bool stray = src[i] == '%' && !(len - i > 2 && hex(src[i + 1]) >= 0 && hex(src[i + 2]) >= 0);
		err = put_encoded(buf, cap, n, src[i], stray || unsafe(src[i]));
	}
	return err;
}

/* RFC 3986, 5.2.4, in place on a path that begins with '/'; the query after it moves along. */
static void remove_dot_segments(char *target)
{
	char *in = target, *out = target;

	while (*in && *in != '?') {
		size_t n = 1 + strcspn(in + 1, "/?");	/* "/segment" */
		bool last = in[n] != '/';
		bool dot = n == 2 && in[1] == '.', dots = n == 3 && in[1] == '.' && in[2] == '.';

		if (dots)
			while (out > target && *--out != '/')
				;
		if (!dot && !dots) {
			memmove(out, in, n);
			out += n;
		} else if (last) {
			*out++ = '/';
		}
		in += n;
	}
	if (out == target)
		*out++ = '/';
	memmove(out, in, strlen(in) + 1);
}

/* "host[:port]" */
static int parse_host(struct url *u, const char *s, size_t len)
{
	size_t n = 0;
	uint32_t port = 0;

	while (n < len && s[n] != ':') {
		char ch = lower(s[n]);

		if (!is_alpha(ch) && !is_digit(ch) && ch != '.' && ch != '-' && ch != '_')
			return -EINVAL;
		if (n + 1 >= sizeof(u->host))
			return -ENAMETOOLONG;
		u->host[n++] = ch;
	}
	u->host[n] = '\0';
	if (!n)
		return -EINVAL;
	u->port = default_port(u->scheme);
	if (len - n <= 1)		/* "host" and "host:" */
		return 0;
	while (++n < len) {
		if (!is_digit(s[n]))
			return -EINVAL;
		port = port * 10 + (uint32_t)(s[n] - '0');
		if (port > 65535)
			return -EINVAL;
	}
	u->port = (uint16_t)port;
	return port ? 0 : -EINVAL;
}

/* "[user[:password]@]host[:port]" */
static int parse_authority(struct url *u, const char *s, size_t len)
{
	size_t at = len, colon;
	int err;

	while (at && s[at - 1] != '@')
		at--;
	if (at) {
		for (colon = 0; colon < at - 1 && s[colon] != ':'; colon++)
			;
		u->has_user = true;
		err = url_decode(s, colon, u->user, sizeof(u->user));
		if (err >= 0 && colon < at - 1)
			err = url_decode(s + colon + 1, at - 2 - colon, u->password, sizeof(u->password));
		if (err < 0)
			return err;
	}
	return parse_host(u, s + at, len - at);
}

/* The target from "[path][?query]", which ends at a fragment. */
static int set_target(struct url *u, const char *s)
{
	size_t n = 0;
	int err = 0;

	if (*s != '/')
		err = put_encoded(u->target, sizeof(u->target), &n, '/', false);
	if (!err)
		err = encode_target(s, strcspn(s, "#"), u->target, sizeof(u->target), &n);
	if (!err)
		remove_dot_segments(u->target);
	return err;
}

/* What follows "scheme:" when it begins with "//". */
static int parse_rest(struct url *u, const char *s)
{
	size_t len;
	int err;

	if (s[0] != '/' || s[1] != '/')
		return -EINVAL;
	s += 2;
	len = strcspn(s, "/?#");
	err = parse_authority(u, s, len);
	return err < 0 ? err : set_target(u, s + len);
}

int url_parse(struct url *u, const char *text)
{
	size_t n = scheme_len(text);

	memset(u, 0, sizeof(*u));
	if (!n)
		return -EINVAL;
	for (size_t i = 0; i < n && i + 1 < sizeof(u->scheme); i++)
		u->scheme[i] = lower(text[i]);
	if (n >= sizeof(u->scheme))
		memcpy(u->scheme + sizeof(u->scheme) - 4, "...", 4);
	if (!scheme_find(u->scheme))
		return -EPROTONOSUPPORT;
	return parse_rest(u, text + n + 1);
}

/* With '/' for each `\` that is encoded; and back, but for the first byte: 0 or -ENAMETOOLONG. */
static void unescape_backslashes(char *target)
{
	char *to = target;

	for (const char *from = target; *from; to++) {
		bool is = from[0] == '%' && from[1] == '5' && (from[2] | 0x20) == 'c';
		*to = is ? '/' : *from;
		from += is ? 3 : 1;
	}
	*to = '\0';
}

static int escape_backslashes(char *target, size_t cap)
{
	for (char *at = target + 1; (at = strchr(at, '/')) != NULL; at += 3) {
		if (strlen(target) + 3 > cap)
			return -ENAMETOOLONG;
		memmove(at + 3, at + 1, strlen(at));
		memcpy(at, "%5C", 3);
	}
	return 0;
}

/* Relative to a server's name with `\` between folders: as if it were '/', which that server may not know. */
static int resolve_among_backslashes(struct url *out, const char *ref)
{
	size_t keep;
	int err;

	unescape_backslashes(out->target);
	for (keep = strlen(out->target); out->target[keep - 1] != '/'; keep--)
		;
	out->target[keep] = '\0';
	err = encode_target(ref, strcspn(ref, "#"), out->target, sizeof(out->target), &keep);
	if (err < 0)
		return err;
	unescape_backslashes(out->target);
	remove_dot_segments(out->target);
	return escape_backslashes(out->target, sizeof(out->target));
}

int url_resolve(struct url *out, const struct url *base, const char *ref)
{
	size_t keep;

	if (url_is_absolute(ref))
		return url_parse(out, ref);
	*out = *base;
	if (ref[0] == '/' && ref[1] == '/') {
		memset(out, 0, sizeof(*out));
		memcpy(out->scheme, base->scheme, sizeof(out->scheme));
		return parse_rest(out, ref);
	}
	if (ref[0] == '/')
		return set_target(out, ref);
	if (!ref[0] || ref[0] == '#')
		return 0;
	keep = strcspn(base->target, "?");
	if (ref[0] != '?' && is_bare_scheme(base->scheme, strlen(base->scheme)) &&
	    backslash_folder(base->target, keep))
		return resolve_among_backslashes(out, ref);
	if (ref[0] != '?')
		while (base->target[keep - 1] != '/')	/* it begins with one */
			keep--;
	out->target[keep] = '\0';
	int err = encode_target(ref, strcspn(ref, "#"), out->target, sizeof(out->target), &keep);
	if (err == 0)
		remove_dot_segments(out->target);
	return err;
}

/* What is behind user and password. */
static size_t format_rest(const struct url *u, char *buf, size_t cap)
{
	char port[8] = "";

	if (u->port != default_port(u->scheme))
		snprintf(port, sizeof(port), ":%u", u->port);
	return (size_t)snprintf(buf, cap, "%s%s%s", u->host, port, u->target);
}

size_t url_format(const struct url *u, char *buf, size_t cap)
{
	size_t n = (size_t)snprintf(buf, cap, "%s://", u->scheme);

	return n + (n < cap ? format_rest(u, buf + n, cap - n) : format_rest(u, NULL, 0));
}

/* All that is no letter or digit encoded, so that no reader takes a byte of it for what ends it. */
static int put_secret(char *buf, size_t cap, size_t *n, const char *s, char end)
{
	int err = 0;

	for (; *s && !err; s++)
		err = put_encoded(buf, cap, n, *s, !is_alpha(*s) && !is_digit(*s));
	return err ? err : put_encoded(buf, cap, n, end, false);
}

int url_format_whole(const struct url *u, char *buf, size_t cap)
{
	size_t n = (size_t)snprintf(buf, cap, "%s://", u->scheme);
	int err = n < cap ? 0 : -ENAMETOOLONG;

	if (u->has_user && !err)
		err = put_secret(buf, cap, &n, u->user, ':');
	if (u->has_user && !err)
		err = put_secret(buf, cap, &n, u->password, '@');
	if (err < 0)
		return err;
	n += format_rest(u, buf + n, cap - n);
	return n < cap ? (int)n : -ENAMETOOLONG;
}

size_t url_redact(const char *text, char *buf, size_t cap)
{
	size_t n = scheme_len(text), head = 0, at = 0;

	n += n && text[n] == ':';
	if (strncmp(text + n, "//", 2) == 0) {
		head = n + 2;
		at = secret_userinfo(text + head);
	}
	n = (size_t)snprintf(buf, cap, "%.*s%s%s", (int)head, text, at ? "...@" : "", text + head + at);
	if (n >= cap && cap > 3)
		memcpy(buf + cap - 4, "...", 4);
	return n;
}

int url_from_boot_file(struct url *u, const char *next_server, const char *file)
{
	const struct scheme *bare = scheme_of_bare_names();
	size_t n = 0;
	int err = 0;

	if (strstr(file, "://") && url_is_absolute(file))
		return url_parse(u, file);
	memset(u, 0, sizeof(*u));
	if (!*file)
		return -EINVAL;
	if (!*next_server)
		return -EDESTADDRREQ;
	if (!bare)
		return -EPROTONOSUPPORT;
	strcpy(u->scheme, bare->name);
	err = parse_host(u, next_server, strlen(next_server));
	if (err < 0)
		return err;
	err = put_encoded(u->target, sizeof(u->target), &n, '/', false);
	for (; *file && !err; file++)
		err = put_encoded(u->target, sizeof(u->target), &n, *file, unsafe(*file) || strchr("%?#", *file));
	return err;
}

bool url_same_server(const struct url *a, const struct url *b)
{
	return a->port == b->port && !strcmp(a->scheme, b->scheme) && !strcmp(a->host, b->host);
}

int url_redirect(struct url *out, const struct url *from, const char *location)
{
	int err = url_resolve(out, from, location);

	if (err < 0)
		return err;
	if (!url_same_server(out, from))
		return 0;
	if (!out->has_user) {
		out->has_user = from->has_user;
		memcpy(out->user, from->user, sizeof(out->user));
		memcpy(out->password, from->password, sizeof(out->password));
	}
	return 0;
}
