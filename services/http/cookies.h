/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cookies of one session (RFC 6265): by host, path and whether the way is
 * secure.  Pure; one piece of memory, in which the oldest make room, a host's
 * own where it has much.  What is in them never gets into messages.
 *
 *	cookies_take(&jar, &url, "id=7; Path=/", now_us);	of each Set-Cookie
 *	len = cookies_write(&jar, &url, now_us, out, sizeof(out));	"id=7"
 *
 * Left out: dates, but that Expires in a year before 2000, by which servers
 * take a cookie back, does so - no clock is needed for that; and the list of
 * domains in which everybody may have a name: a Domain has to have a dot.
 */
#ifndef SERVICES_HTTP_COOKIES_H
#define SERVICES_HTTP_COOKIES_H

#include <stddef.h>
#include <stdint.h>

#include "services/fetch/url.h"

#define COOKIES_LEN 8192u	/* of all, with where they belong */
#define COOKIES_SENT 2048u	/* in a request: no more of them than that, nor of one host in the jar */

struct cookie_jar {
	size_t len;
	uint8_t data[COOKIES_LEN];
};

/* What a response from that URL said in a Set-Cookie; what is no cookie, or not for that host, is left out. */
void cookies_take(struct cookie_jar *j, const struct url *from, const char *said, uint64_t now_us);
/* What a request for that URL has to say in Cookie, with a NUL: its length, 0 where there are none. */
size_t cookies_write(const struct cookie_jar *j, const struct url *to, uint64_t now_us, char *out, size_t cap);

#endif
