/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * URLs (RFC 3986): parsing, relative references, text.  Pure; no allocation.
 * IPv6 literals are not taken.  The fragment is dropped.
 */
#ifndef SERVICES_FETCH_URL_H
#define SERVICES_FETCH_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

#define URL_TEXT_MAX 8192	/* a URL as text with its NUL: presigned ones have several KiB */
#define URL_SECRET_MAX 1024	/* user, and password, each with its NUL: either may be a token */
/* What -ENAMETOOLONG means, for people; of URL_TEXT_MAX, host, URL_SECRET_MAX. */
#define URL_LIMITS "a URL may have 8191 bytes, its host 255, user and password 1023 each"

struct url {
	char scheme[32];	/* lower case: "http"; of one of 32 letters or more, the first 28 and "..." */
	char host[256];		/* name or dotted number, lower case; "" is refused */
	uint16_t port;		/* the scheme's own when the URL names none */
	bool has_user;		/* user and password, percent-decoded */
	char user[URL_SECRET_MAX], password[URL_SECRET_MAX];
	char target[URL_TEXT_MAX];	/* "/path?query": begins with '/', unsafe bytes percent-encoded */
};

/*
 * Parses an absolute URL: 0, -EINVAL (no URL), -ENAMETOOLONG, or
 * -EPROTONOSUPPORT (a scheme that is not in the table; u->scheme is set).
 */
int url_parse(struct url *u, const char *text);
/* True if text begins with a scheme ("x:"), so that it is not a relative reference. */
bool url_is_absolute(const char *text);
/*
 * How much of an absolute URL is the folder that it is in, with its slash: all before the path's last part.  In
 * bare names (url_from_boot_file()) in which there is no '/', `\` parts folders: Windows' servers have that.
 */
size_t url_folder_len(const char *text);
/* The same of a bare name, as DHCP servers give it. */
size_t url_bare_folder_len(const char *name);
/* Resolves a reference against base (RFC 3986, 5.2); out may not be base.  As url_parse(). */
int url_resolve(struct url *out, const struct url *base, const char *ref);
/*
 * The URL as text, without user and password, which never get into messages:
 * its whole length; at most cap-1 bytes are written.
 */
size_t url_format(const struct url *u, char *buf, size_t cap);
/* With user and password, as url_parse() reads it again: its length or -ENAMETOOLONG.  Not for messages. */
int url_format_whole(const struct url *u, char *buf, size_t cap);
/*
 * A URL given as text, for messages: user and password replaced by "...@", also where it is no good URL.
 * As url_format(), but what is cut ends with "...".
 */
size_t url_redact(const char *text, char *buf, size_t cap);
/*
 * What a DHCP server's boot file means: a URL as it is, or a bare name on
 * next_server, a host or "", by the scheme that has such (PXE's and iPXE's reading: TFTP), any byte allowed in it.
 * As url_parse(); -EDESTADDRREQ when a bare name has no server.
 */
int url_from_boot_file(struct url *u, const char *next_server, const char *file);
/* Same scheme, host and port. */
bool url_same_server(const struct url *a, const struct url *b);
/* Where a redirect leads: as url_resolve(); the user and password go along to the same server only. */
int url_redirect(struct url *out, const struct url *from, const char *location);
/* Percent-decodes src into buf: length, -ENAMETOOLONG, or -EINVAL for %00. */
int url_decode(const char *src, size_t len, char *buf, size_t cap);

#endif
